package access

import (
	"context"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// SealedStore is a store in which the mail addresses of contacts are sealed, and clear to who works with it. What was stored before they
// were sealed is read as it stands, and sealed when it is written again or the key is changed.
type SealedStore struct {
	store.Store
	Ring *seal.Ring
}

// Contact gives a contact with its address open.
func (s SealedStore) Contact(ctx context.Context, account string) (store.Contact, error) {
	n, err := s.Store.Contact(ctx, account)
	if err == nil {
		err = s.open(&n)
	}
	return n, err
}

// Contacts gives contacts with their addresses open.
func (s SealedStore) Contacts(ctx context.Context, accounts []string) (map[string]store.Contact, error) {
	all, err := s.Store.Contacts(ctx, accounts)
	if err != nil {
		return nil, err
	}
	for account, n := range all {
		if err := s.open(&n); err != nil {
			return nil, err
		}
		all[account] = n
	}
	return all, nil
}

// PutContact seals the address.
func (s SealedStore) PutContact(ctx context.Context, n store.Contact) error {
	if n.Email != "" {
		sealed, err := s.Ring.Seal(store.SealedEmail.Place(n.Account), []byte(n.Email))
		if err != nil {
			return err
		}
		n.Email = sealed
	}
	return s.Store.PutContact(ctx, n)
}

// open opens the address. One that was lost with its key is confirmed no more.
func (s SealedStore) open(n *store.Contact) error {
	email, err := s.Ring.OpenEarlier(store.SealedEmail.Place(n.Account), n.Email)
	if err != nil {
		return fmt.Errorf("open the mail address of account %s: %w", n.Account, err)
	}
	if n.Email = string(email); n.Email == "" {
		n.Confirmed = time.Time{}
	}
	return nil
}
