package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// sealedAccounts are accounts whose document and telephone numbers are sealed in the store and clear to the gate. Whoever has only the
// database, or a backup, reads of which kind a document is and not its number. Numbers are compared when they are open: nothing looks
// for an account by one.
//
// Without keys, numbers stay as they are sealed, and none can be set.
type sealedAccounts struct {
	store.Accounts
	ring *seal.Ring
}

// closed is an account as it is stored.
func (s sealedAccounts) closed(a store.Account) (_ store.Account, err error) {
	if a.DocNo, err = s.shut(store.SealedDocument.Place(a.ID), a.DocNo); err == nil {
		a.Phone, err = s.shut(store.SealedPhone.Place(a.ID), a.Phone)
	}
	return a, err
}

func (s sealedAccounts) shut(place, number string) (string, error) {
	switch {
	case number == "" || s.ring == nil && seal.KeyOf(number) != "":
		return number, nil
	case s.ring == nil:
		return "", errors.New("access: no keys to seal the numbers of an account")
	}
	return s.ring.Seal(place, []byte(number))
}

// open gives an account that was read its numbers. What does not open is an error: an official whose document nobody can read
// would be taken for somebody without one, who may handle any case. A telephone that was stored before telephones were sealed is what
// stands there.
func (s sealedAccounts) open(a *store.Account) error {
	if s.ring == nil {
		return nil
	}
	if a.DocNo != "" {
		no, err := s.ring.Open(store.SealedDocument.Place(a.ID), a.DocNo)
		if err != nil {
			return fmt.Errorf("open the document of account %s: %w", a.ID, err)
		}
		a.DocNo = string(no)
	}
	phone, err := s.ring.OpenEarlier(store.SealedPhone.Place(a.ID), a.Phone)
	if err != nil {
		return fmt.Errorf("open the telephone of account %s: %w", a.ID, err)
	}
	a.Phone = string(phone)
	return nil
}

// LoseDocuments takes away the documents whose numbers were sealed with a key that nobody has any more, and returns how many; telephones
// and mail addresses that were sealed with it too. An
// official who can do something is closed by it until who may manage accounts opens the account again, as when a document is set
// (SetDocument); the papers of a citizen have to be seen again (Vouch). For a gate without keys, and a person who is sure.
func (g *Gate) LoseDocuments(ctx context.Context, key string) (int, error) {
	n := 0
	err := g.eachValue(ctx, func(v store.SealedValue) error {
		if seal.KeyOf(v.Text) != key {
			return nil
		}
		if v.Column != store.SealedDocument {
			if err := g.accounts.ResealValue(ctx, v, ""); !errors.Is(err, store.ErrConflict) { // it was changed meanwhile
				return err
			}
			return nil
		}
		e := Event{Kind: AccountChanged, At: g.now(), Account: v.Account, By: System.ID, Reason: "document"}
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
