package sqlstore

import (
	"context"
	"errors"
	"slices"

	"github.com/tongban/tongban/internal/store"
)

// Contact returns how an account wants to be reached; all zero if it never said.
func (s *Store) Contact(ctx context.Context, account string) (store.Contact, error) {
	n := store.Contact{Account: account}
	err := s.one(ctx, func(sc scan) (err error) {
		n, err = scanContact(sc)
		return err
	}, "SELECT "+tContact.list("")+" FROM contact WHERE account = ?", account)
	if errors.Is(err, store.ErrNotFound) {
		return n, nil
	}
	return n, err
}

func scanContact(sc scan) (store.Contact, error) {
	var n store.Contact
	err := sc(&n.Account, &n.Email, store.At(&n.Confirmed), &n.NoEmail, &n.NoSMS, &n.QuietFrom, &n.QuietTo, &n.Code, store.At(&n.CodeUntil), &n.Tries, &n.Version)
	return n, err
}

// Contacts returns how accounts want to be reached.
func (s *Store) Contacts(ctx context.Context, accounts []string) (map[string]store.Contact, error) {
	all := make(map[string]store.Contact, len(accounts))
	for _, a := range accounts {
		all[a] = store.Contact{Account: a}
	}
	rows := make([][]any, manyCases)
	for some := range slices.Chunk(accounts, manyCases) {
		for i := range rows {
			rows[i] = []any{some[min(i, len(some)-1)]}
		}
		err := s.each(ctx, func(sc scan) error {
			n, err := scanContact(sc)
			all[n.Account] = n
			return err
		}, manyContacts.text(s.d, manyCases), s.d.args(manyContacts.kinds, rows)...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

var manyContacts = &shape{tContact.kinds[:1], func(d *dialect, n int) string {
	return "SELECT " + tContact.list("") + " FROM contact WHERE " + among(d, tContact.cols[:1], tContact.kinds[:1], n)
}}

// PutContact replaces how an account wants to be reached. ErrConflict if it was changed since.
func (s *Store) PutContact(ctx context.Context, n store.Contact) error {
	row := []any{n.Account, n.Email, store.Micros(n.Confirmed), truth(n.NoEmail), truth(n.NoSMS), int64(n.QuietFrom), int64(n.QuietTo), blob(n.Code),
		store.Micros(n.CodeUntil), int64(n.Tries), int64(n.Version) + 1}
	if err := checkText(row); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		var done int64
		var err error
		if n.Version == 0 {
			done, err = w.count(tContact.one(), row...)
		} else {
			done, err = w.count(`UPDATE contact SET email = ?, confirmed = ?, no_email = ?, no_sms = ?, quiet_from = ?, quiet_to = ?, code = ?,
				code_until = ?, tries = ?, version = ? WHERE account = ? AND version = ?`, append(row[1:], n.Account, int64(n.Version))...)
		}
		if err == nil && done == 0 {
			err = store.ErrConflict
		}
		return err
	})
}
