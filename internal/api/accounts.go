package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/store"
)

// SignedIn is the answer to a sign-in.
type SignedIn struct {
	Body struct {
		Token string      `json:"token" doc:"For the header Authorization: Bearer; keep it secret"`
		Me    AccountView `json:"me"`
	}
}

// AccountView is an account as its owner sees it.
type AccountView struct {
	ID         string         `json:"id"`
	Kind       string         `json:"kind" enum:"citizen,official"`
	Login      string         `json:"login"`
	Name       string         `json:"name"`
	Region     string         `json:"region"`
	Department string         `json:"department,omitempty"`
	Roles      []string       `json:"roles,omitempty"`
	Document   ident.Document `json:"document,omitzero"`
	Phone      string         `json:"phone,omitempty"`
	MustChange bool           `json:"mustChange,omitempty" doc:"Choose a password of your own before anything else"`
}

func accountView(a *store.Account) AccountView {
	return AccountView{ID: a.ID, Kind: a.Kind, Login: a.Login, Name: a.Name, Region: a.Region, Department: a.Department,
		Roles: a.Roles, Document: ident.Document{Type: ident.DocType(a.DocType), No: a.DocNo}, Phone: a.Phone, MustChange: a.MustChange}
}

// Credentials are what somebody signs in with.
type Credentials struct {
	Login    string `json:"login" maxLength:"256" doc:"Of a citizen: the mobile number"`
	Password string `json:"password" maxLength:"1024" format:"password"`
	Code     string `json:"code,omitempty" maxLength:"64" doc:"Of the second factor, where the problem second-factor asks for one"`
}

type signInInput struct {
	caller
	Body Credentials
}

// Registration is what somebody types to register as a citizen.
type Registration struct {
	Name     string         `json:"name" maxLength:"100"`
	Document ident.Document `json:"document"`
	Phone    string         `json:"phone" maxLength:"40" doc:"Mobile; it becomes the login"`
	Password string         `json:"password" maxLength:"1024" format:"password"`
	Region   string         `json:"region" maxLength:"20"`
}

type registerInput struct {
	caller
	Body Registration
}

// AccountAnswer is one account.
type AccountAnswer struct{ Body AccountView }

// PasswordChange is the old password and the new one.
type PasswordChange struct {
	Old string `json:"old" maxLength:"1024" format:"password"`
	New string `json:"new" maxLength:"1024" format:"password"`
}

type passwordInput struct {
	caller
	Body PasswordChange
}

// TokenAnswer is the token of a new session.
type TokenAnswer struct {
	Body struct {
		Token string `json:"token"`
	}
}

// SessionView is one of one's own sessions.
type SessionView struct {
	ID      string    `json:"id"`
	Started time.Time `json:"started"`
	Seen    time.Time `json:"seen"`
	Address string    `json:"address"`
	Agent   string    `json:"agent"`
	Current bool      `json:"current,omitempty"`
}

// SessionList is one's own sessions.
type SessionList struct {
	Body struct {
		Sessions []SessionView `json:"sessions" nullable:"false"`
	}
}

type sessionInput struct {
	caller
	ID string `path:"session" maxLength:"40"`
}

func (a *API) registerAccounts() {
	tags := []string{"accounts"}
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "sign-in", Method: http.MethodPost, Path: "/sessions", Tags: tags,
		Summary: "Sign in", DefaultStatus: http.StatusCreated}), a.signIn)
	huma.Register(a.huma, huma.Operation{OperationID: "sign-out", Method: http.MethodDelete, Path: "/sessions/current", Tags: tags,
		Summary: "Sign out"}, a.signOut)
	huma.Register(a.huma, huma.Operation{OperationID: "list-sessions", Method: http.MethodGet, Path: "/sessions", Tags: tags,
		Summary: "Your sessions"}, a.sessions)
	huma.Register(a.huma, huma.Operation{OperationID: "end-session", Method: http.MethodDelete, Path: "/sessions/{session}", Tags: tags,
		Summary: "End one of your sessions"}, a.endSession)
	huma.Register(a.huma, huma.Operation{OperationID: "end-other-sessions", Method: http.MethodDelete, Path: "/sessions/others", Tags: tags,
		Summary: "End all your sessions but this one"}, a.endOthers)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "register", Method: http.MethodPost, Path: "/accounts", Tags: tags,
		Summary: "Register as a citizen", DefaultStatus: http.StatusCreated}), a.registerCitizen)
	huma.Register(a.huma, huma.Operation{OperationID: "me", Method: http.MethodGet, Path: "/me", Tags: tags,
		Summary: "Who you are"}, a.me)
	huma.Register(a.huma, huma.Operation{OperationID: "change-password", Method: http.MethodPost, Path: "/me/password", Tags: tags,
		Summary: "Change your password; all sessions end and a new one begins"}, a.changePassword)
}

func (a *API) signIn(ctx context.Context, in *signInInput) (*SignedIn, error) {
	from := a.door.Client(in.request)
	token, account, err := a.o.Gate.SignIn(ctx, in.Body.Login, in.Body.Password, from)
	var step *access.Step
	if errors.As(err, &step) && in.Body.Code != "" {
		token, account, err = a.o.Gate.PassFactor(ctx, step.Ticket, in.Body.Code, from)
	}
	if err != nil {
		return nil, err
	}
	out := &SignedIn{}
	out.Body.Token, out.Body.Me = token.Reveal(), accountView(account)
	return out, nil
}

func (a *API) signOut(ctx context.Context, in *caller) (*struct{}, error) {
	return nil, a.o.Gate.SignOut(ctx, in.token)
}

func (a *API) sessions(ctx context.Context, in *caller) (*SessionList, error) {
	list, err := a.o.Gate.Sittings(ctx, in.token)
	if err != nil {
		return nil, err
	}
	out := &SessionList{}
	out.Body.Sessions = make([]SessionView, len(list))
	for i, s := range list {
		out.Body.Sessions[i] = SessionView(s)
	}
	return out, nil
}

func (a *API) endSession(ctx context.Context, in *sessionInput) (*struct{}, error) {
	return nil, a.o.Gate.EndSitting(ctx, in.token, in.ID)
}

func (a *API) endOthers(ctx context.Context, in *caller) (*struct{}, error) {
	_, err := a.o.Gate.EndOthers(ctx, in.token)
	return nil, err
}

func (a *API) registerCitizen(ctx context.Context, in *registerInput) (*AccountAnswer, error) {
	b := in.Body
	account, err := a.o.Gate.Register(ctx, access.NewCitizen{Name: b.Name, Document: b.Document, Phone: b.Phone,
		Password: b.Password, Region: b.Region}, a.door.Client(in.request))
	if err != nil {
		return nil, err
	}
	return &AccountAnswer{accountView(account)}, nil
}

func (a *API) me(_ context.Context, in *caller) (*AccountAnswer, error) {
	return &AccountAnswer{accountView(in.account)}, nil
}

func (a *API) changePassword(ctx context.Context, in *passwordInput) (*TokenAnswer, error) {
	token, err := a.o.Gate.ChangePassword(ctx, in.token, in.Body.Old, in.Body.New, a.door.Client(in.request))
	if err != nil {
		return nil, err
	}
	out := &TokenAnswer{}
	out.Body.Token = token.Reveal()
	return out, nil
}
