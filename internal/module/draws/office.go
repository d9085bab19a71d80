package draws

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// maxKeys bounds the keys of an office: one every few years is enough.
const maxKeys = 20

// OfficeKey is a key of RFC 9381 by which an office proves what it adds to a seed. Its secret lies sealed in the store and is shown to nobody.
type OfficeKey struct {
	Place      string // region of the office
	Department string
	Public     string // 64 hexadecimal digits, as the source of a plan has it
	Began      time.Time
	secret     string // sealed
}

// sealedAt is what a secret is sealed to.
func sealedAt(public string) string { return "draws_key.secret/" + public }

// MakeKey makes a new key of somebody's office. Older ones go on proving what was committed to with them. CodeKeys if there are too many.
func (m *Module) MakeKey(ctx context.Context, by caseflow.Actor) (*OfficeKey, error) {
	if !mayKeep(by) {
		return nil, hall.ErrNotFound
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // it never fails
	public := draw.VRFPublic(secret)
	k := &OfficeKey{Place: by.Region, Department: by.Department, Public: hex.EncodeToString(public[:]), Began: m.now().UTC().Truncate(time.Microsecond)}
	var err error
	if k.secret, err = m.seal.Seal(sealedAt(k.Public), secret[:]); err != nil {
		return nil, err
	}
	return k, m.st.Update(ctx, func(w store.Writer) error {
		kept, err := officeKeys(w, "WHERE region = ? AND department = ?", k.Place, k.Department)
		if err == nil && len(kept) >= maxKeys {
			err = refuse(CodeKeys)
		}
		if err != nil {
			return err
		}
		return w.Add("draws_key", []any{k.Place, k.Department, k.Public, k.secret, store.Micros(k.Began)})
	})
}

// Keys lists the keys of somebody's office, the newest first. ErrNotFound for who runs no draws.
func (m *Module) Keys(ctx context.Context, by caseflow.Actor) ([]OfficeKey, error) {
	if !mayKeep(by) {
		return nil, hall.ErrNotFound
	}
	return m.keysOf(ctx, by.Region, by.Department)
}

func (m *Module) keysOf(ctx context.Context, place, department string) (list []OfficeKey, err error) {
	err = m.st.View(ctx, func(r store.Reader) error {
		list, err = officeKeys(r, "WHERE region = ? AND department = ?", place, department)
		return err
	})
	return list, err
}

func officeKeys(r store.Reader, where string, args ...any) (list []OfficeKey, err error) {
	err = r.Read(func(sc store.Scan) error {
		var k OfficeKey
		err := sc(&k.Place, &k.Department, &k.Public, &k.secret, store.At(&k.Began))
		list = append(list, k)
		return err
	}, "SELECT region, department, public, secret, began FROM draws_key "+where+" ORDER BY region, department, began DESC, public", args...)
	return list, err
}

// Prove gives what a source of kind vrf gives: the proof of the office over the hash of the commitment, by the key that the plan names. It is
// given as any other value is, by who asks for it and not before the draw opens. CodeKey if the office has not that key.
func (m *Module) Prove(ctx context.Context, by caseflow.Actor, id string, source int) error {
	d, err := m.own(ctx, by, id)
	if err != nil {
		return err
	}
	r, err := m.record(ctx, d)
	if err != nil {
		return err
	}
	sources := r.Commitment().Plan().Sources
	if source < 0 || source >= len(sources) {
		return hall.ErrNotFound
	}
	keys, err := m.keysOf(ctx, d.Place, d.Department)
	if err != nil {
		return err
	}
	k := keyOf(keys, &sources[source])
	if k == nil {
		return refuse(CodeKey)
	}
	if d.State != Committed || m.now().Before(d.Opens) { // nobody is shown the proof before
		return m.mayGive(by, d, sources, nil, source)
	}
	secret, err := m.seal.Open(sealedAt(k.Public), k.secret)
	if err != nil || len(secret) != 32 {
		return errors.Join(fmt.Errorf("key of the office %s %s", k.Place, k.Department), err)
	}
	hash := r.Commitment().Hash()
	proof, err := draw.VRFProve([32]byte(secret), hash[:])
	if err != nil {
		return err
	}
	return m.Give(ctx, by, id, source, hex.EncodeToString(proof[:]))
}

// keyOf is the key that a source names; nil if it is none of them.
func keyOf(keys []OfficeKey, o *draw.Source) *OfficeKey {
	for i := range keys {
		if o.Kind == draw.VRF && o.Key == keys[i].Public {
			return &keys[i]
		}
	}
	return nil
}

// Reseal seals the secrets of all offices with the newest key of the ring, and returns how many it changed.
func Reseal(ctx context.Context, st store.Modules, ring *seal.Ring) (int, error) {
	current, err := ring.Current()
	if err != nil {
		return 0, err
	}
	n := 0
	err = st.Update(ctx, func(w store.Writer) error {
		n = 0
		keys, err := officeKeys(w, "")
		if err != nil {
			return err
		}
		for _, k := range keys {
			if seal.KeyOf(k.secret) == current {
				continue
			}
			plain, err := ring.Open(sealedAt(k.Public), k.secret)
			if err != nil {
				return fmt.Errorf("key of the office %s %s: %w", k.Place, k.Department, err)
			}
			secret, err := ring.Seal(sealedAt(k.Public), plain)
			if err != nil {
				return err
			}
			if err := w.Put("draws_key", []any{k.Place, k.Department, k.Public, secret, store.Micros(k.Began)}); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// SealedWith counts the secrets that are sealed with each key of a ring.
func SealedWith(ctx context.Context, st store.Modules) (map[string]int, error) {
	count := map[string]int{}
	return count, st.View(ctx, func(r store.Reader) error {
		keys, err := officeKeys(r, "")
		for _, k := range keys {
			count[seal.KeyOf(k.secret)]++
		}
		return err
	})
}
