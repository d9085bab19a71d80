package sqlstore

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tongban/tongban/internal/store"
)

// adopted are the tables whose rows Adopt takes over. Accounts and regions that are there already stay as they are.
var adopted = map[*table]*shape{
	tRegion: tRegion.keep, tAccount: tAccount.keep, tMandate: tMandate.keep, tJournal: tJournal.add, tSnapshot: tSnapshot.add, tCase: tCase.add,
	tParty: tParty.add, tGram: tGram.add, tTask: tTask.add, tClock: tClock.add, tLicence: tLicence.add, tNotice: tNotice.add, tName: tName.add, tMessage: tMessage.add,
	tLook: tLook.add, tTotal: tTotal.add, tWaiting: tWaiting.add,
}

// ofCases are the leaves of entries and looks, whose rows are adopted.
func ofCases(leaves [][]any) [][]any {
	return slices.DeleteFunc(leaves, func(row []any) bool { return row[1] != store.LeafEntry && row[1] != store.LeafLook })
}

// Adopt takes the cases and accounts of another store into this one, in one transaction that also stores a setting: all of
// it or nothing. ErrConflict, and nothing is written, if the setting stands already or the region has cases. Both
// stores are at the same migration, and the other one has no log yet, so that its leaves wait; what else this one holds stays.
func (s *Store) Adopt(ctx context.Context, from *Store, region, setting string, value []byte) error {
	if err := checkText([]any{region, setting}); err != nil {
		return err
	}
	if from.Suite() != s.Suite() {
		return fmt.Errorf("store: leaves of suite %s cannot be taken into a store of suite %s", from.Suite(), s.Suite())
	}
	r, w := io.Pipe()
	read := make(chan struct{})
	go func() {
		defer close(read)
		w.CloseWithError(from.Backup(ctx, w, nil))
	}()
	err := s.adopt(ctx, r, region, setting, value)
	r.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // lets the other side go
	<-read
	return err
}

func (s *Store) adopt(ctx context.Context, r io.Reader, region, setting string, value []byte) error {
	w := <-s.idle
	defer func() { s.idle <- w }()
	err := w.transact(s.d.begin, func() error {
		n, err := w.count(tSetting.one(), setting, blob(value))
		if err != nil {
			return err
		}
		taken := n == 0
		err = w.query(func(scan) error { taken = true; return nil }, "SELECT 1 FROM journal WHERE region = ? LIMIT 1", region)
		switch {
		case err != nil:
			return err
		case taken:
			return fmt.Errorf("%w: region %s has cases, or setting %s stands", store.ErrConflict, region, setting)
		}
		in := &loader{ctx: ctx, w: w, lines: bufio.NewReaderSize(r, 1<<16), sum: sha256.New(), only: adopted}
		return in.load()
	})
	return s.ended(err)
}
