package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// FactorView is something that you prove beside the password.
type FactorView struct {
	ID    string    `json:"id"`
	Kind  string    `json:"kind" enum:"totp,passkey"`
	Name  string    `json:"name,omitempty"`
	Added time.Time `json:"added"`
	Used  time.Time `json:"used"`
}

// FactorList is what you prove beside the password.
type FactorList struct {
	Body struct {
		Factors  []FactorView `json:"factors" nullable:"false"`
		Recovery int          `json:"recovery" doc:"Recovery codes that are left"`
		Must     bool         `json:"must,omitempty" doc:"Your post needs a second factor: set one up before anything else"`
		Taken    time.Time    `json:"taken,omitzero" doc:"When an administrator took your factors away, for a week and until you have another"`
	}
}

// PasswordAgain is the password of who is signed in already.
type PasswordAgain struct {
	Old string `json:"old" maxLength:"1024" format:"password" doc:"Your password once more"`
}

type againInput struct {
	caller
	Body PasswordAgain
}

type removeFactorInput struct {
	caller
	ID   string `path:"factor" maxLength:"1400"`
	Body PasswordAgain
}

// EnrolmentAnswer is what an authenticator app needs.
type EnrolmentAnswer struct {
	Body struct {
		Secret string `json:"secret" doc:"Base32, to be typed"`
		URI    string `json:"uri" doc:"otpauth://, to be shown as a QR code"`
	}
}

type codeInput struct {
	caller
	Body struct {
		Code string `json:"code" maxLength:"64" doc:"What the app shows now"`
	}
}

// ConfirmedAnswer is a new session, and the recovery codes.
type ConfirmedAnswer struct {
	Body struct {
		Token    string   `json:"token" doc:"Of a new session; all others have ended"`
		Recovery []string `json:"recovery" nullable:"false" doc:"Shown this once"`
	}
}

// RecoveryAnswer is new recovery codes.
type RecoveryAnswer struct {
	Body struct {
		Recovery []string `json:"recovery" nullable:"false" doc:"Shown this once"`
	}
}

func (a *API) registerFactors() {
	tags := []string{"accounts"}
	huma.Register(a.huma, huma.Operation{OperationID: "list-factors", Method: http.MethodGet, Path: "/me/factors", Tags: tags,
		Summary: "What you prove beside the password"}, a.factors)
	huma.Register(a.huma, huma.Operation{OperationID: "start-totp", Method: http.MethodPost, Path: "/me/factors/totp", Tags: tags,
		Summary: "Begin to set up an authenticator app"}, a.startTOTP)
	huma.Register(a.huma, huma.Operation{OperationID: "confirm-totp", Method: http.MethodPost, Path: "/me/factors/totp/confirm", Tags: tags,
		Summary: "Put the app into use by a code of it; all sessions end and a new one begins"}, a.confirmTOTP)
	huma.Register(a.huma, huma.Operation{OperationID: "new-recovery-codes", Method: http.MethodPost, Path: "/me/recovery-codes", Tags: tags,
		Summary: "Replace your recovery codes"}, a.newRecovery)
	huma.Register(a.huma, huma.Operation{OperationID: "remove-factor", Method: http.MethodPost, Path: "/me/factors/{factor}/remove", Tags: tags,
		Summary: "Take away one of your factors; all sessions end and a new one begins"}, a.removeFactor)
	a.registerPasskeys(tags)
	huma.Register(a.huma, huma.Operation{OperationID: "take-factors", Method: http.MethodDelete, Path: "/accounts/{account}/factors", Tags: tags,
		Summary: "Take away the second factors of somebody who has lost them: for the security administrator of the region"}, a.takeFactors)
}

func (a *API) factors(ctx context.Context, in *caller) (*FactorList, error) {
	own, err := a.o.Gate.Factors(ctx, in.token)
	if err != nil {
		return nil, err
	}
	out := &FactorList{}
	out.Body.Factors, out.Body.Recovery, out.Body.Must = make([]FactorView, len(own.List)), own.Recovery, own.Must
	out.Body.Taken = own.Taken
	for i, f := range own.List {
		out.Body.Factors[i] = FactorView(f)
	}
	return out, nil
}

func (a *API) startTOTP(ctx context.Context, in *againInput) (*EnrolmentAnswer, error) {
	e, err := a.o.Gate.StartTOTP(ctx, in.token, in.Body.Old, a.door.Client(in.request))
	if err != nil {
		return nil, err
	}
	out := &EnrolmentAnswer{}
	out.Body.Secret, out.Body.URI = e.Secret, e.URI
	return out, nil
}

func (a *API) confirmTOTP(ctx context.Context, in *codeInput) (*ConfirmedAnswer, error) {
	token, codes, err := a.o.Gate.ConfirmTOTP(ctx, in.token, in.Body.Code, a.door.Client(in.request))
	if err != nil {
		return nil, err
	}
	out := &ConfirmedAnswer{}
	out.Body.Token, out.Body.Recovery = token.Reveal(), codes
	return out, nil
}

func (a *API) newRecovery(ctx context.Context, in *againInput) (*RecoveryAnswer, error) {
	codes, err := a.o.Gate.NewRecovery(ctx, in.token, in.Body.Old, a.door.Client(in.request))
	if err != nil {
		return nil, err
	}
	out := &RecoveryAnswer{}
	out.Body.Recovery = codes
	return out, nil
}

func (a *API) removeFactor(ctx context.Context, in *removeFactorInput) (*TokenAnswer, error) {
	token, err := a.o.Gate.RemoveFactor(ctx, in.token, in.ID, in.Body.Old, a.door.Client(in.request))
	if err != nil {
		return nil, err
	}
	out := &TokenAnswer{}
	out.Body.Token = token.Reveal()
	return out, nil
}

func (a *API) takeFactors(ctx context.Context, in *accountInput) (*struct{}, error) {
	return nil, a.o.Gate.TakeFactors(ctx, in.by, in.Account)
}
