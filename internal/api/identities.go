package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/access"
)

// ProviderView is a sign-in service. One signs in by it in a browser, at /signin: it leads back to that page and nowhere else.
type ProviderView struct {
	ID    string    `json:"id"`
	Name  Bilingual `json:"name"`
	Realm string    `json:"realm" enum:"parties,officials"`
}

// Bilingual is a text in both languages.
type Bilingual struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// ProviderList is the sign-in services that are set up.
type ProviderList struct {
	Body struct {
		Providers []ProviderView `json:"providers" nullable:"false"`
	}
}

// IdentityView is a person of a sign-in service that an account is linked to.
type IdentityView struct {
	Provider string    `json:"provider,omitempty" doc:"Left out if it is no longer set up"`
	Issuer   string    `json:"issuer"`
	Subject  string    `json:"subject"`
	Added    time.Time `json:"added"`
}

// IdentityList is the persons of sign-in services that an account is linked to.
type IdentityList struct {
	Body struct {
		Identities []IdentityView `json:"identities" nullable:"false"`
	}
}

// IdentityName names an identity.
type IdentityName struct {
	Issuer  string `json:"issuer" maxLength:"500"`
	Subject string `json:"subject" maxLength:"255"`
}

type unlinkInput struct {
	caller
	Body struct {
		IdentityName
		PasswordAgain
	}
}

type linkOfficialInput struct {
	caller
	AccountPath
	Body struct {
		OnVersion
		Provider string `json:"provider" maxLength:"31"`
		Subject  string `json:"subject" maxLength:"255" doc:"The identifier of the person at the sign-in service"`
	}
}

type unlinkOfficialInput struct {
	caller
	AccountPath
	Body IdentityName
}

func (a *API) registerIdentities() {
	tags := []string{"accounts"}
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "list-providers", Method: http.MethodGet, Path: "/providers", Tags: tags,
		Summary: "The sign-in services that people may use"}), a.providers)
	huma.Register(a.huma, huma.Operation{OperationID: "list-identities", Method: http.MethodGet, Path: "/me/identities", Tags: tags,
		Summary: "The sign-in services that your account is linked to"}, a.identities)
	huma.Register(a.huma, huma.Operation{OperationID: "unlink-identity", Method: http.MethodPost, Path: "/me/identities/remove", Tags: tags,
		Summary: "Unlink your account from a sign-in service"}, a.unlink)
	huma.Register(a.huma, huma.Operation{OperationID: "list-account-identities", Method: http.MethodGet, Path: "/console/accounts/{account}/identities", Tags: tags,
		Summary: "The sign-in services that an account is linked to: for administrators of the region"}, a.identitiesOf)
	huma.Register(a.huma, huma.Operation{OperationID: "link-official", Method: http.MethodPost, Path: "/console/accounts/{account}/identities", Tags: tags,
		Summary: "Link an official's account to a person of a sign-in service: for the system administrator; an account with a role is closed by it until the security administrator opens it"}, a.linkOfficial)
	huma.Register(a.huma, huma.Operation{OperationID: "unlink-official", Method: http.MethodPost, Path: "/console/accounts/{account}/identities/remove", Tags: tags,
		Summary: "Unlink an account and end its sessions: for the security administrator of the region"}, a.unlinkOfficial)
}

func (a *API) providers(context.Context, *caller) (*ProviderList, error) {
	out := &ProviderList{}
	out.Body.Providers = []ProviderView{}
	for _, p := range a.o.Gate.Providers() {
		out.Body.Providers = append(out.Body.Providers, ProviderView{ID: p.ID, Name: Bilingual(p.Name), Realm: p.Realm})
	}
	return out, nil
}

func identityList(list []access.OwnIdentity) *IdentityList {
	out := &IdentityList{}
	out.Body.Identities = make([]IdentityView, len(list))
	for i, own := range list {
		out.Body.Identities[i] = IdentityView(own)
	}
	return out
}

func (a *API) identities(ctx context.Context, in *caller) (*IdentityList, error) {
	own, err := a.o.Gate.Identities(ctx, in.token)
	if err != nil {
		return nil, err
	}
	return identityList(own.List), nil
}

func (a *API) unlink(ctx context.Context, in *unlinkInput) (*struct{}, error) {
	return nil, a.o.Gate.Unlink(ctx, in.token, in.Body.Issuer, in.Body.Subject, in.Body.Old, a.door.Client(in.request))
}

func (a *API) identitiesOf(ctx context.Context, in *accountInput) (*IdentityList, error) {
	list, err := a.o.Gate.IdentitiesOf(ctx, in.by, in.Account)
	if err != nil {
		return nil, err
	}
	return identityList(list), nil
}

func (a *API) linkOfficial(ctx context.Context, in *linkOfficialInput) (*struct{}, error) {
	return nil, a.o.Gate.LinkOfficial(ctx, in.by, access.At{ID: in.Account, Version: in.Body.Version}, in.Body.Provider, in.Body.Subject)
}

func (a *API) unlinkOfficial(ctx context.Context, in *unlinkOfficialInput) (*struct{}, error) {
	return nil, a.o.Gate.UnlinkOfficial(ctx, in.by, in.Account, in.Body.Issuer, in.Body.Subject)
}
