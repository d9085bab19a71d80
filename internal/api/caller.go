package api

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// caller is who sent a request; inputs of operations embed it. It is filled in before the handler runs.
type caller struct {
	by      caseflow.Actor
	account *store.Account
	token   access.Token
	request *http.Request
}

// Caller is who sent a request, for inputs of modules' operations.
type Caller struct{ caller }

// By is who sent the request; the zero actor if nobody is signed in.
func (c *Caller) By() caseflow.Actor { return c.by }

// Login is the name under which the caller signs in; "" if nobody is signed in.
func (c *Caller) Login() string {
	if c.account == nil {
		return ""
	}
	return c.account.Login
}

// Body is what the request carries, for operations whose body is a file (see [Uploads]). An error of it is the answer.
func (c *Caller) Body(ctx context.Context) io.Reader {
	return &carried{c.request.Body, of(ctx)}
}

// carried answers for a body that does not come whole.
type carried struct {
	in io.Reader
	ex *exchange
}

// Read is io.Reader's.
func (r *carried) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, r.ex.unread(err)
	}
	return n, err
}

// Home is the region that a list means when none is given.
func (c *Caller) Home(region string) (string, error) { return c.home(region) }

// Resolve fills in who sends the request. It finds no fault: operations that need somebody have asked before.
func (c *caller) Resolve(ctx huma.Context) []error {
	c.request, _ = humago.Unwrap(ctx)
	c.by, c.account, _ = access.FromRequest(c.request)
	c.token = access.TokenFromRequest(c.request)
	return nil
}

// home is the region that a list means when none is given.
func (c *caller) home(region string) (string, error) {
	if region == "" && c.account != nil {
		region = c.account.Region
	}
	if _, ok := ident.Service().ByCode(region); ok {
		return region, nil
	}
	if _, ok := ident.RegionByCode(region); ok {
		return region, nil
	}
	return "", &caseflow.Refusal{Code: codeFields, Fields: []caseflow.FieldFault{{Field: "region", Code: "region.unknown"}}}
}

// CasePath is the number of a case in a path.
type CasePath struct {
	Case string `path:"case" doc:"Case number, such as 610502-20261124-000001" example:"610502-20261124-000001"`
}

// key is the case's key.
func (p CasePath) key() (store.Key, error) { return hall.KeyOf(p.Case) }

// PageQuery is where a list begins and how long it is.
type PageQuery struct {
	Region string `query:"region" maxLength:"20" doc:"Region code; your own if left out"`
	Cursor string `query:"cursor" maxLength:"500" doc:"The next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}
