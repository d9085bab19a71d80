package access

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Vouch records that an official has seen the papers of somebody who has an account, and returns the account. The login and
// the number of the document are those of the papers: an account with another document is not found, so that nobody learns by
// trying whose a login is. A citizen whose document was lost with its key (LoseDocuments) gets it back from the papers. For who may
// record papers in the region of the account.
func (g *Gate) Vouch(ctx context.Context, by caseflow.Actor, login string, document ident.Document) (*store.Account, error) {
	if !May(by, MandateRecord, Resource{Region: by.Region}).Allow {
		return nil, store.ErrNotFound
	}
	a, err := g.accounts.AccountByLogin(ctx, canonicalLogin(login))
	if errors.Is(err, store.ErrNotFound) {
		return nil, refuse(CodeNoSuchPerson)
	}
	if err != nil {
		return nil, fmt.Errorf("find the account: %w", err)
	}
	a, err = g.update(ctx, Event{Kind: AccountChanged, At: g.now(), Account: a.ID, By: by.ID, Reason: "verified"}, func(a *store.Account) error {
		if !May(by, MandateRecord, Resource{Region: a.Region}).Allow {
			return refuse(CodeNoSuchPerson)
		}
		doc, _ := ident.Check(document, g.now())
		if a.Kind != caseflow.ActorCitizen || a.Disabled || doc.No == "" {
			return refuse(CodeNoSuchPerson)
		}
		if a.DocType == "" {
			a.DocType, a.DocNo = string(doc.Type), doc.No
		}
		if string(doc.Type) != a.DocType || !strings.EqualFold(doc.No, a.DocNo) {
			return refuse(CodeNoSuchPerson)
		}
		if a.Verified.IsZero() {
			a.Verified = g.now()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shown(a), nil
}
