package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// What is personal is sealed before it is written and opened when it is read, if the store was opened with a ring (docs/adr/0059). The
// values of rows say how:
//
//	packed  bytes: compressed, then sealed
//	found   text by which rows are found: sealed by the finder, so that equal values look equal
//	listed  names by which a case is found, in the clear, and numbers among them, each sealed by the finder
//
// A sealed value begins with a mark, which names the cipher, and with the id of its key; a value without a mark stands in the clear.
// Nobody above the rows sees this. A dump keeps values as they are stored: it is read with the same ring.
type (
	packed []byte
	found  string
	listed string
)

// marks are those of sealed values by their cipher: no name, number or JSON begins with one.
var marks = map[string]string{seal.AES256GCM: "\x02", seal.AES256SIV: "\x03", seal.SM4GCM: "\x04", seal.SM4SIV: "\x05"}

// headLength is how long mark and key are.
const headLength = 1 + seal.IDLength

// keyOf is the id of the key of a stored value; "" if it stands in the clear.
func keyOf[T string | []byte](stored T) string {
	if len(stored) < headLength || stored[0] < 2 || stored[0] > 5 {
		return ""
	}
	return string(stored[1:headLength])
}

// The places to which values are sealed. A value is not bound to its row: that nothing was moved, the leaves of entries tell.
const (
	packedPlace = "store.bytes"
	foundPlace  = "store.found"
)

// sealedBy is the setting that names the finder by which the store's rows are found.
const sealedBy = "sealed"

// ErrKeys: the store was not sealed with the keys at hand.
var ErrKeys = errors.New("sqlstore: the store was sealed with other keys, or was not sealed yet")

// sealer seals the values of rows; the zero value leaves them in the clear.
type sealer struct {
	key    *seal.Key
	finder *seal.Finder
}

// seals takes the ring that a store is opened with.
func (s *Store) seals(o Options) (err error) {
	if s.ring = o.Ring; s.ring == nil {
		return nil
	}
	if s.finder, err = s.ring.Finder(); !errors.Is(err, seal.ErrKey) { // a ring from before there were finders gets one by tongban key rotate
		return err
	}
	if o.Anew {
		return nil
	}
	return ErrKeys
}

// Ring is what the store was opened with; nil if it seals nothing.
func (s *Store) Ring() *seal.Ring { return s.ring }

// sealer seals with the newest key.
func (s *Store) sealer() (sealer, error) {
	if s.ring == nil {
		return sealer{}, nil
	}
	key, err := s.ring.Newest()
	return sealer{key, s.finder}, err
}

// row replaces the values that are sealed by what is stored.
func (c sealer) row(row []any) {
	for i, v := range row {
		switch v := v.(type) {
		case packed:
			row[i] = c.pack(v)
		case found:
			row[i] = c.found(string(v))
		case listed:
			row[i] = c.list(string(v))
		}
	}
}

func (c sealer) pack(value []byte) []byte {
	small := compress(value)
	if c.key == nil {
		return small
	}
	return c.cover(small)
}

// cover seals what is compressed already.
func (c sealer) cover(small []byte) []byte {
	return append([]byte(marks[c.key.Cipher]), c.key.SealBytes(packedPlace, small)...)
}

func (c sealer) found(value string) string {
	if c.finder == nil || value == "" {
		return value
	}
	return marks[c.finder.Cipher] + c.finder.Seal(foundPlace, value)
}

// list seals the numbers among names.
func (c sealer) list(names string) string {
	if c.finder == nil || !strings.Contains(names, exact) {
		return names
	}
	all := strings.Split(names, begin)
	for i, name := range all {
		if number, is := strings.CutPrefix(name, exact); is {
			all[i] = exact + c.found(number)
		}
	}
	return strings.Join(all, begin)
}

// sealRow seals the values of a row.
func (s *Store) sealRow(row []any) error {
	c, err := s.sealer()
	if err == nil {
		c.row(row)
	}
	return err
}

// asked is the stored form of a value that rows are found by.
func (s *Store) asked(value string) string { return sealer{finder: s.finder}.found(value) }

// opener is a place of a row's value that may be sealed.
type opener interface {
	open(r *seal.Ring) error
}

// opening reads the values of a row and opens them.
func (s *Store) opening(sc scan) scan {
	return func(dest ...any) error {
		if err := sc(dest...); err != nil {
			return err
		}
		for _, d := range dest {
			if v, is := d.(opener); is {
				if err := v.open(s.ring); err != nil {
					return fmt.Errorf("open a sealed value: %w", err)
				}
			}
		}
		return nil
	}
}

// covered is a text column whose values may be sealed, as a place that a row is read into: it holds the plain value. Without keys it
// holds what is stored.
type covered string

func (v *covered) open(r *seal.Ring) error {
	if r == nil {
		return nil
	}
	plain, err := uncover(r, string(*v))
	*v = covered(plain)
	return err
}

// uncover is the value of stored text that may be sealed.
func uncover(r *seal.Ring, stored string) (string, error) {
	if keyOf(stored) == "" {
		return stored, nil
	}
	return r.OpenFound(foundPlace, stored[1:])
}

// open opens what Scan has left sealed.
func (z *zipped) open(r *seal.Ring) error {
	value, err := unpack(r, *z)
	*z = value
	return err
}

// unpack is the value of stored bytes that may be sealed.
func unpack(r *seal.Ring, stored []byte) ([]byte, error) {
	if keyOf(stored) == "" {
		return stored, nil
	}
	if r == nil {
		return nil, seal.ErrKey
	}
	small, err := r.OpenBytes(packedPlace, stored[1:])
	if err != nil {
		return nil, err
	}
	return decompress(small)
}

// repack is what is stored of bytes of a dump.
func repack(value []byte) []byte {
	if keyOf(value) != "" {
		return value
	}
	return compress(value)
}

// checkSealed refuses a store that holds cases or accounts and was not sealed with the ring, and says of one that holds none that it is.
func (s *Store) checkSealed(ctx context.Context) error {
	if s.ring == nil {
		return nil
	}
	by, err := s.Setting(ctx, sealedBy)
	switch {
	case err == nil && string(by) == s.finder.ID:
		return nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		return w.settleSealed(s.finder.ID)
	})
}
