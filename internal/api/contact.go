package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/access"
)

// ContactView is how you want to be reached outside the program.
type ContactView struct {
	Email     string    `json:"email,omitempty" maxLength:"254"`
	Confirmed time.Time `json:"confirmed,omitzero" readOnly:"true" doc:"When its code came back; nothing is sent there before"`
	NoEmail   bool      `json:"noEmail,omitempty" doc:"Send no mail for now"`
	NoSMS     bool      `json:"noSMS,omitempty" doc:"Send no text messages"`
	QuietFrom string    `json:"quietFrom,omitempty" maxLength:"5" example:"22:00" doc:"Hours in which only what the law demands is sent; both or neither"`
	QuietTo   string    `json:"quietTo,omitempty" maxLength:"5" example:"07:00"`
}

// ContactAnswer is a ContactView.
type ContactAnswer struct{ Body ContactView }

type contactInput struct {
	caller
	Body ContactView
}

type contactCodeInput struct {
	caller
	Body struct {
		Code string `json:"code" maxLength:"20" doc:"That came by mail"`
	}
}

func (a *API) registerContact() {
	tags := []string{"accounts"}
	huma.Register(a.huma, huma.Operation{OperationID: "see-contact", Method: http.MethodGet, Path: "/me/contact", Tags: tags,
		Summary: "How you want to be reached outside the program"}, a.contact)
	huma.Register(a.huma, huma.Operation{OperationID: "choose-contact", Method: http.MethodPost, Path: "/me/contact", Tags: tags,
		Summary: "Say how you want to be reached: all of it, as it is to be; another mail address must be confirmed"}, a.chooseContact)
	huma.Register(a.huma, huma.Operation{OperationID: "send-code", Method: http.MethodPost, Path: "/me/contact/code", Tags: tags,
		Summary: "Have a code sent to your mail address"}, a.sendCode)
	huma.Register(a.huma, huma.Operation{OperationID: "confirm-email", Method: http.MethodPost, Path: "/me/contact/confirm", Tags: tags,
		Summary: "Give the code back that came by mail"}, a.confirmEmail)
}

func (a *API) contact(ctx context.Context, in *caller) (*ContactAnswer, error) {
	n, err := a.o.Contacts.See(ctx, in.by.ID)
	if err != nil {
		return nil, err
	}
	w := access.WishOf(n)
	return &ContactAnswer{ContactView{Email: w.Email, Confirmed: n.Confirmed, NoEmail: w.NoEmail, NoSMS: w.NoSMS, QuietFrom: w.QuietFrom, QuietTo: w.QuietTo}}, nil
}

func (a *API) chooseContact(ctx context.Context, in *contactInput) (*ContactAnswer, error) {
	b := in.Body
	err := a.o.Contacts.Choose(ctx, in.by.ID, access.Wish{Email: b.Email, NoEmail: b.NoEmail, NoSMS: b.NoSMS, QuietFrom: b.QuietFrom, QuietTo: b.QuietTo})
	if err != nil {
		return nil, err
	}
	return a.contact(ctx, &in.caller)
}

func (a *API) sendCode(ctx context.Context, in *caller) (*struct{}, error) {
	return nil, a.o.Contacts.SendCode(ctx, in.by.ID)
}

func (a *API) confirmEmail(ctx context.Context, in *contactCodeInput) (*struct{}, error) {
	return nil, a.o.Contacts.Confirm(ctx, in.by.ID, in.Body.Code)
}
