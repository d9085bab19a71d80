package sequencer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// begin makes the first key if there is none, and returns those that sign. The log keeps the name that its first key has.
func (s *Sequencer) begin(ctx context.Context) ([]note.Signer, error) {
	keys, err := s.keys(ctx)
	if err == nil && len(keys) == 0 {
		if !evidence.ValidOrigin(s.o.Origin) {
			return nil, fmt.Errorf("a log cannot be called %.60q (a name without spaces and plus signs)", s.o.Origin)
		}
		if err = AddKey(ctx, s.o.Store, s.o.Seal, s.o.Origin, s.o.Now(), s.o.Rand.Read); errors.Is(err, store.ErrConflict) {
			err = nil // another server was quicker
		}
		if err == nil {
			keys, err = s.keys(ctx)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	name, err := nameOf(keys)
	if err != nil {
		return nil, err
	}
	if s.o.Origin != "" && s.o.Origin != name {
		return nil, fmt.Errorf("the log is called %s and keeps that name, not %.60q (leave out --log-origin, or mend it)", name, s.o.Origin)
	}
	s.o.Origin = name
	return s.signers(keys)
}

// nameOf is the name of the log whose keys they are.
func nameOf(keys []store.LogKey) (string, error) {
	if len(keys) == 0 {
		return "", errors.New("the log has no key")
	}
	v, err := evidence.ParseKey(keys[0].Public)
	if err != nil {
		return "", err
	}
	return v.Name(), nil
}

func (s *Sequencer) keys(ctx context.Context) ([]store.LogKey, error) { return s.o.Store.LogKeys(ctx) }

// signers are the keys that have not ended.
func (s *Sequencer) signers(keys []store.LogKey) ([]note.Signer, error) {
	var all []note.Signer
	for _, k := range keys {
		if !k.Ended.IsZero() {
			continue
		}
		secret, err := s.o.Seal.Open(place(k.ID), k.Secret)
		if err != nil {
			return nil, fmt.Errorf("the key %s of the log: %w (put the %s that belongs to this store into the data folder)", k.ID, err, seal.FileName)
		}
		signer, err := evidence.NewSigner(string(secret), s.o.Rand)
		if err != nil {
			return nil, fmt.Errorf("the key %s of the log: %w", k.ID, err)
		}
		all = append(all, signer)
	}
	if len(all) == 0 {
		return nil, errors.New("no key of the log signs any more (tongban log rotate makes one)")
	}
	return all, nil
}

// place is what the secret of a key is sealed to.
func place(id string) string { return "log_key.secret/" + id }

// reading is a source of randomness.
type reading func([]byte) (int, error)

// Read is io.Reader's.
func (r reading) Read(p []byte) (int, error) { return r(p) }

// AddKey makes a key that signs the log from now on, beside those that do; of suite SM one of Ed25519 and one of SM2. store.ErrConflict if another
// was made at the same time.
func AddKey(ctx context.Context, st store.Evidence, ring *seal.Ring, name string, now time.Time, random func([]byte) (int, error)) error {
	makers := []func(io.Reader, string) (string, string, error){note.GenerateKey}
	if st.Suite() == evidence.SM {
		makers = append(makers, evidence.GenerateSM2Key)
	}
	keys := make([]store.LogKey, len(makers))
	for i, generate := range makers {
		skey, vkey, err := generate(reading(random), name)
		if err != nil {
			return err
		}
		id := strings.Split(strings.TrimPrefix(vkey, name+"+"), "+")[0]
		secret, err := ring.Seal(place(id), []byte(skey))
		if err != nil {
			return err
		}
		keys[i] = store.LogKey{ID: id, Public: vkey, Secret: secret, Began: now.UTC()}
	}
	return st.AddLogKey(ctx, keys...)
}

// Reseal seals the secrets of all keys with the newest key of the ring, and returns how many it changed.
func Reseal(ctx context.Context, st store.Evidence, ring *seal.Ring) (int, error) {
	keys, err := st.LogKeys(ctx)
	if err != nil {
		return 0, err
	}
	current, err := ring.Current()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, k := range keys {
		if k.Secret == "" || seal.KeyOf(k.Secret) == current {
			continue
		}
		plain, err := ring.Open(place(k.ID), k.Secret)
		if err != nil {
			return n, fmt.Errorf("the key %s of the log: %w", k.ID, err)
		}
		secret, err := ring.Seal(place(k.ID), plain)
		if err != nil {
			return n, err
		}
		if err := st.ResealLogKey(ctx, k.ID, k.Secret, secret); err != nil {
			return n, fmt.Errorf("the key %s of the log: %w", k.ID, err)
		}
		n++
	}
	return n, nil
}

// SealedWith counts the secrets that are sealed with each key of a ring.
func SealedWith(ctx context.Context, st store.Evidence) (map[string]int, error) {
	keys, err := st.LogKeys(ctx)
	count := map[string]int{}
	for _, k := range keys {
		if k.Secret != "" {
			count[seal.KeyOf(k.Secret)]++
		}
	}
	return count, err
}
