package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// sealedAccounts are accounts whose document numbers are sealed in the store and clear to the gate. Whoever has only the
// database, or a backup, reads of which kind a document is and not its number. Numbers are compared when they are open: nothing looks
// for an account by one.
//
// Without keys, numbers stay as they are sealed, and none can be set.
type sealedAccounts struct {
	store.Accounts
	ring *seal.Ring
}

func documentPlace(account string) string { return "account.document/" + account }

// closed is an account as it is stored.
func (s sealedAccounts) closed(a store.Account) (store.Account, error) {
	if a.DocNo == "" || s.ring == nil && seal.KeyOf(a.DocNo) != "" {
		return a, nil
	}
	if s.ring == nil {
		return a, errors.New("access: no keys to seal the document of an account")
	}
	var err error
	a.DocNo, err = s.ring.Seal(documentPlace(a.ID), []byte(a.DocNo))
	return a, err
}

// open gives an account that was read its document. What does not open is an error: an official whose document nobody can read
// would be taken for somebody without one, who may handle any case.
func (s sealedAccounts) open(a *store.Account) error {
	if a.DocNo == "" || s.ring == nil {
		return nil
	}
	no, err := s.ring.Open(documentPlace(a.ID), a.DocNo)
	if err != nil {
		return fmt.Errorf("open the document of account %s: %w", a.ID, err)
	}
	a.DocNo = string(no)
	return nil
}

// LoseDocuments takes away the documents whose numbers were sealed with a key that nobody has any more, and returns how many. An
// official who can do something is closed by it until who may manage accounts opens the account again, as when a document is set
// (SetDocument); the papers of a citizen have to be seen again (Vouch). For a gate without keys, and a person who is sure.
func (g *Gate) LoseDocuments(ctx context.Context, key string) (int, error) {
	n := 0
	err := g.eachDocument(ctx, func(d store.SealedDocument) error {
		if seal.KeyOf(d.No) != key {
			return nil
		}
		e := Event{Kind: AccountChanged, At: g.now(), Account: d.Account, By: System.ID, Reason: "document"}
		a, err := g.update(ctx, e, func(a *store.Account) error {
			a.DocType, a.DocNo, a.Verified = "", "", time.Time{}
			a.Disabled = a.Disabled || len(a.Roles) > 0
			return nil
		})
		if err == nil && a.Disabled {
			err = g.endAll(ctx, a)
		}
		n++
		return err
	})
	return n, err
}

func (s sealedAccounts) AddAccount(ctx context.Context, a store.Account, traces ...store.Trace) error {
	a, err := s.closed(a)
	if err != nil {
		return err
	}
	return s.Accounts.AddAccount(ctx, a, traces...)
}

func (s sealedAccounts) UpdateAccount(ctx context.Context, a store.Account, traces ...store.Trace) error {
	a, err := s.closed(a)
	if err != nil {
		return err
	}
	return s.Accounts.UpdateAccount(ctx, a, traces...)
}

func (s sealedAccounts) AddIdentity(ctx context.Context, i store.Identity, fresh *store.Account, traces ...store.Trace) error {
	if fresh != nil {
		a, err := s.closed(*fresh)
		if err != nil {
			return err
		}
		fresh = &a
	}
	return s.Accounts.AddIdentity(ctx, i, fresh, traces...)
}

func (s sealedAccounts) AccountByLogin(ctx context.Context, login string) (*store.Account, error) {
	return s.opened(s.Accounts.AccountByLogin(ctx, login))
}

func (s sealedAccounts) AccountByID(ctx context.Context, id string) (*store.Account, error) {
	return s.opened(s.Accounts.AccountByID(ctx, id))
}

func (s sealedAccounts) opened(a *store.Account, err error) (*store.Account, error) {
	if err == nil {
		err = s.open(a)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (s sealedAccounts) ListOfficials(ctx context.Context, region string) ([]store.Account, error) {
	list, err := s.Accounts.ListOfficials(ctx, region)
	for i := 0; i < len(list) && err == nil; i++ {
		err = s.open(&list[i])
	}
	return list, err
}

func (s sealedAccounts) FindAccounts(ctx context.Context, q store.AccountQuery) ([]store.Account, string, error) {
	list, next, err := s.Accounts.FindAccounts(ctx, q)
	for i := 0; i < len(list) && err == nil; i++ {
		err = s.open(&list[i])
	}
	return list, next, err
}

func (s sealedAccounts) OpenSessions(ctx context.Context, q store.SessionQuery) ([]store.OpenSession, string, error) {
	list, next, err := s.Accounts.OpenSessions(ctx, q)
	for i := 0; i < len(list) && err == nil; i++ {
		err = s.open(&list[i].Owner)
	}
	return list, next, err
}
