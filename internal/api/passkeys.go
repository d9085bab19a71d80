package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/access"
)

// PasskeyOptions is what a browser needs for a passkey.
type PasskeyOptions struct {
	Body struct {
		Ticket  string         `json:"ticket" doc:"To be sent with the answer"`
		Options map[string]any `json:"options" doc:"PublicKeyCredentialCreationOptions or …RequestOptions of WebAuthn, as JSON"`
	}
}

// PasskeyAnswer is what the browser answered.
type PasskeyAnswer struct {
	Ticket string         `json:"ticket" maxLength:"64"`
	Answer map[string]any `json:"answer" doc:"PublicKeyCredential of WebAuthn, as JSON"`
}

type passkeyInput struct {
	caller
	Body PasskeyAnswer
}

type newPasskeyInput struct {
	caller
	Body struct {
		PasskeyAnswer
		Name string `json:"name" maxLength:"200" doc:"For you to tell them apart"`
	}
}

// AddedPasskey is a new session, and recovery codes if there were none.
type AddedPasskey struct {
	Body struct {
		Token    string   `json:"token" doc:"Of a new session; all others have ended"`
		Recovery []string `json:"recovery,omitempty" doc:"Shown this once"`
	}
}

func (a *API) registerPasskeys(tags []string) {
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "ask-passkey", Method: http.MethodPost, Path: "/sessions/passkey/options", Tags: tags,
		Summary: "Begin to sign in with a passkey"}), a.askPasskey)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "sign-in-passkey", Method: http.MethodPost, Path: "/sessions/passkey", Tags: tags,
		Summary: "Sign in with a passkey", DefaultStatus: http.StatusCreated}), a.signInPasskey)
	huma.Register(a.huma, huma.Operation{OperationID: "start-passkey", Method: http.MethodPost, Path: "/me/factors/passkey", Tags: tags,
		Summary: "Begin to add a passkey"}, a.startPasskey)
	huma.Register(a.huma, huma.Operation{OperationID: "add-passkey", Method: http.MethodPost, Path: "/me/factors/passkey/confirm", Tags: tags,
		Summary: "Put a passkey into use; all sessions end and a new one begins"}, a.addPasskey)
}

func passkeyOptions(options json.RawMessage, ticket access.Token, err error) (*PasskeyOptions, error) {
	if err != nil {
		return nil, err
	}
	out := &PasskeyOptions{}
	out.Body.Ticket = ticket.Reveal()
	return out, json.Unmarshal(options, &out.Body.Options)
}

// read is the ticket and the answer as the gate takes them. A ticket that is none is one that has run out.
func (p PasskeyAnswer) read() (access.Token, []byte, error) {
	ticket, err := access.ParseToken(p.Ticket)
	if err != nil {
		ticket = access.Token{}
	}
	answer, err := json.Marshal(p.Answer)
	return ticket, answer, err
}

func (a *API) askPasskey(ctx context.Context, in *caller) (*PasskeyOptions, error) {
	return passkeyOptions(a.o.Gate.AskPasskey(ctx, a.door.Origin(in.request), a.door.Client(in.request)))
}

func (a *API) signInPasskey(ctx context.Context, in *passkeyInput) (*SignedIn, error) {
	ticket, answer, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	token, account, err := a.o.Gate.SignInPasskey(ctx, ticket, answer, a.door.Origin(in.request), a.door.Client(in.request))
	if err != nil {
		return nil, err
	}
	out := &SignedIn{}
	out.Body.Token, out.Body.Me = token.Reveal(), accountView(account)
	return out, nil
}

func (a *API) startPasskey(ctx context.Context, in *againInput) (*PasskeyOptions, error) {
	return passkeyOptions(a.o.Gate.StartPasskey(ctx, in.token, in.Body.Old, a.door.Origin(in.request), a.door.Client(in.request)))
}

func (a *API) addPasskey(ctx context.Context, in *newPasskeyInput) (*AddedPasskey, error) {
	ticket, answer, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	token, codes, err := a.o.Gate.AddPasskey(ctx, in.token, ticket, in.Body.Name, answer, a.door.Origin(in.request), a.door.Client(in.request))
	if err != nil {
		return nil, err
	}
	out := &AddedPasskey{}
	out.Body.Token, out.Body.Recovery = token.Reveal(), codes
	return out, nil
}
