package witness

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

const (
	theKey = "key"                // of the one row of witness_key
	place  = "witness_key.secret" // what the secret is sealed to
)

// keyRow is the row of witness_key. A witness has one key, and keeps it: others name it in their policies.
type keyRow struct {
	name, secret string
	began        int64
}

func readKey(ctx context.Context, st store.Modules) (k keyRow, err error) {
	err = st.Read(ctx, func(sc store.Scan) error { return sc(&k.name, &k.secret, &k.began) }, "SELECT name, secret, began FROM witness_key WHERE id = ?", theKey)
	return k, err
}

// ownKey reads the key, or makes it. Of two servers that make one at the same time the first does.
func ownKey(ctx context.Context, o Options) (evidence.WitnessKey, ed25519.PrivateKey, error) {
	k, err := readKey(ctx, o.Store)
	if err == nil && k.secret == "" {
		if err = makeKey(ctx, o); err == nil {
			k, err = readKey(ctx, o.Store)
		}
	}
	if err != nil {
		return evidence.WitnessKey{}, nil, fmt.Errorf("key of the witness: %w", err)
	}
	if o.Name != "" && o.Name != k.name {
		return evidence.WitnessKey{}, nil, fmt.Errorf("the witness is called %s and keeps that name, not %.60q", k.name, o.Name)
	}
	seed, err := o.Seal.Open(place, k.secret)
	if err == nil && len(seed) != ed25519.SeedSize {
		err = errors.New("it is no key")
	}
	if err != nil {
		return evidence.WitnessKey{}, nil, fmt.Errorf("key of the witness: %w (put the %s that belongs to this store into the data folder)", err, seal.FileName)
	}
	secret := ed25519.NewKeyFromSeed(seed)
	public, err := evidence.NewWitnessKey(k.name, secret.Public().(ed25519.PublicKey))
	return public, secret, err
}

func makeKey(ctx context.Context, o Options) error {
	if !evidence.ValidOrigin(o.Name) {
		return fmt.Errorf("a witness cannot be called %.60q (a name without spaces and plus signs)", o.Name)
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(o.Rand, seed); err != nil {
		return err
	}
	secret, err := o.Seal.Seal(place, seed)
	if err != nil {
		return err
	}
	return o.Store.Update(ctx, func(tx store.Writer) error {
		return tx.Keep("witness_key", []any{theKey, o.Name, secret, o.Now().UnixMicro()})
	})
}

// Reseal seals the secret with the newest key of the ring, and returns how many it changed.
func Reseal(ctx context.Context, st store.Modules, ring *seal.Ring) (int, error) {
	k, err := readKey(ctx, st)
	if err != nil || k.secret == "" {
		return 0, err
	}
	current, err := ring.Current()
	if err != nil || seal.KeyOf(k.secret) == current {
		return 0, err
	}
	plain, err := ring.Open(place, k.secret)
	if err != nil {
		return 0, fmt.Errorf("key of the witness: %w", err)
	}
	secret, err := ring.Seal(place, plain)
	if err != nil {
		return 0, err
	}
	return 1, st.Update(ctx, func(tx store.Writer) error {
		n, err := tx.Exec("UPDATE witness_key SET secret = ? WHERE id = ? AND secret = ?", secret, theKey, k.secret)
		if err == nil && n == 0 {
			err = store.ErrConflict
		}
		return err
	})
}

// SealedWith counts the secrets that are sealed with each key of a ring.
func SealedWith(ctx context.Context, st store.Modules) (map[string]int, error) {
	k, err := readKey(ctx, st)
	if err != nil || k.secret == "" {
		return nil, err
	}
	return map[string]int{seal.KeyOf(k.secret): 1}, nil
}
