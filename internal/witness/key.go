package witness

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// place is what the secret of a key is sealed to.
func place(id string) string { return "witness_key.secret/" + id }

// keyRow is a row of witness_key; its id is that of the key. All keys of a witness have its name and sign: others name one in their policies, and
// while it is changed some name the older and some the newer.
type keyRow struct {
	id, name, secret string
}

// keyRows reads the keys, the oldest first.
func keyRows(ctx context.Context, st store.Modules) (all []keyRow, err error) {
	err = st.Read(ctx, func(sc store.Scan) error {
		var k keyRow
		err := sc(&k.id, &k.name, &k.secret)
		all = append(all, k)
		return err
	}, "SELECT id, name, secret FROM witness_key ORDER BY began, id")
	return all, err
}

// ownKey is a key with which this witness signs.
type ownKey struct {
	public evidence.WitnessKey
	secret ed25519.PrivateKey
}

// ownKeys reads the keys, the oldest first.
func ownKeys(ctx context.Context, st store.Modules, ring *seal.Ring) ([]ownKey, error) {
	rows, err := keyRows(ctx, st)
	if err != nil {
		return nil, fmt.Errorf("keys of the witness: %w", err)
	}
	all := make([]ownKey, len(rows))
	for i, k := range rows {
		seed, err := ring.Open(place(k.id), k.secret)
		if err == nil && len(seed) != ed25519.SeedSize {
			err = errors.New("it is no key")
		}
		if err != nil {
			return nil, fmt.Errorf("key %s of the witness: %w (put the %s that belongs to this store into the data folder)", k.id, err, seal.FileName)
		}
		all[i].secret = ed25519.NewKeyFromSeed(seed)
		if all[i].public, err = evidence.NewWitnessKey(k.name, all[i].secret.Public().(ed25519.PublicKey)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// firstKey makes the first key, if there is none, and refuses another name than the witness has. Of two servers that make one at the same time the
// first does.
func firstKey(ctx context.Context, o Options) error {
	rows, err := keyRows(ctx, o.Store)
	if err == nil && len(rows) == 0 {
		if err = makeKey(ctx, o, o.Name, false); err == nil {
			rows, err = keyRows(ctx, o.Store)
		}
	}
	if err != nil {
		return fmt.Errorf("key of the witness: %w", err)
	}
	if name := rows[0].name; o.Name != "" && o.Name != name {
		return fmt.Errorf("the witness is called %s and keeps that name, not %.60q", name, o.Name)
	}
	return nil
}

// makeKey makes a key: the first, or one more.
func makeKey(ctx context.Context, o Options, name string, more bool) error {
	public, secret, err := ed25519.GenerateKey(o.Rand)
	if err != nil {
		return err
	}
	key, err := evidence.NewWitnessKey(name, public)
	if err != nil {
		return fmt.Errorf("a witness cannot be called %.60q (a name without spaces and plus signs)", name)
	}
	sealed, err := o.Seal.Seal(place(key.ID()), secret.Seed())
	if err != nil {
		return err
	}
	return o.Store.Update(ctx, func(tx store.Writer) error {
		there := 0
		if err := tx.Read(store.Into(&there), "SELECT COUNT(*) FROM witness_key"); err != nil {
			return err
		}
		if there > 0 && !more {
			return nil
		}
		return tx.Keep("witness_key", []any{key.ID(), name, sealed, o.Now().UnixMicro()})
	})
}

// ErrNoKey: the witness has no such key, or it is its only one.
var ErrNoKey = errors.New("witness: no such key, or the only one")

// Keys are the public keys of the witness of a store, the newest first; none if it is none.
func Keys(ctx context.Context, st store.Modules, ring *seal.Ring) ([]evidence.WitnessKey, error) {
	own, err := ownKeys(ctx, st, ring)
	keys := make([]evidence.WitnessKey, len(own))
	for i := range own {
		keys[len(own)-1-i] = own[i].public
	}
	return keys, err
}

// AddKey makes a key with which the witness signs from now on, beside those that it has. ErrNoKey if it has none.
func AddKey(ctx context.Context, o Options) error {
	rows, err := keyRows(ctx, o.Store)
	if err == nil && len(rows) == 0 {
		err = ErrNoKey
	}
	if err != nil {
		return err
	}
	return makeKey(ctx, o, rows[0].name, true)
}

// EndKey lets the key with the id sign no more, and forgets it. ErrNoKey.
func EndKey(ctx context.Context, st store.Modules, id string) error {
	return st.Update(ctx, func(tx store.Writer) error {
		others := 0
		if err := tx.Read(store.Into(&others), "SELECT COUNT(*) FROM witness_key WHERE id <> ?", id); err != nil {
			return err
		}
		if others == 0 {
			return ErrNoKey
		}
		n, err := tx.Exec("DELETE FROM witness_key WHERE id = ?", id)
		if err == nil && n == 0 {
			err = ErrNoKey
		}
		return err
	})
}

// Reseal seals the secrets with the newest key of the ring, and returns how many it changed.
func Reseal(ctx context.Context, st store.Modules, ring *seal.Ring) (int, error) {
	rows, err := keyRows(ctx, st)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	current, err := ring.Current()
	if err != nil {
		return 0, err
	}
	changed := 0
	for _, k := range rows {
		if seal.KeyOf(k.secret) == current {
			continue
		}
		plain, err := ring.Open(place(k.id), k.secret)
		if err != nil {
			return changed, fmt.Errorf("key %s of the witness: %w", k.id, err)
		}
		secret, err := ring.Seal(place(k.id), plain)
		if err != nil {
			return changed, err
		}
		err = st.Update(ctx, func(tx store.Writer) error {
			n, err := tx.Exec("UPDATE witness_key SET secret = ? WHERE id = ? AND secret = ?", secret, k.id, k.secret)
			if err == nil && n == 0 {
				err = store.ErrConflict
			}
			return err
		})
		if err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}

// SealedWith counts the secrets that are sealed with each key of a ring.
func SealedWith(ctx context.Context, st store.Modules) (map[string]int, error) {
	rows, err := keyRows(ctx, st)
	count := map[string]int{}
	for _, k := range rows {
		count[seal.KeyOf(k.secret)]++
	}
	return count, err
}
