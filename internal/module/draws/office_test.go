package draws

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// The office proves by a key of its own, which nobody reads: not before the draw opens, not for another office, as one value among those of two people.
func TestOffice_proves_what_it_adds(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		k, err := b.MakeKey(ctx, wang)
		must(t, err)
		foreign, err := b.MakeKey(ctx, other)
		must(t, err)
		if _, err := b.MakeKey(ctx, caseflow.Actor{ID: "citizen", Kind: caseflow.ActorCitizen}); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("a citizen makes a key: %v", err)
		}
		if _, err := b.Keys(ctx, caseflow.Actor{}); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("keys are shown: %v", err)
		}
		list, err := b.Keys(ctx, li)
		must(t, err)
		if len(list) != 1 || list[0].Public != k.Public {
			t.Errorf("keys %v", list)
		}
		p := plan("抽查")
		p.Sources = []draw.Source{{Kind: draw.VRF, Name: "机关", Key: k.Public}, {Kind: draw.Dice, Name: "企业", Rolls: 8, Faces: 6}, {Kind: draw.VRF, Name: "税务", Key: foreign.Public}, {Kind: draw.Public, Name: "指数"}}
		no, err := b.Propose(ctx, wang, "", p)
		must(t, err)
		d, err := b.Find(ctx, "610700", no)
		must(t, err)
		id := d.ID()
		code(t, b.Prove(ctx, li, id, 0), CodeState)
		must(t, b.Confirm(ctx, li, id))
		code(t, b.Prove(ctx, li, id, 0), "seed.early")
		b.at(3, 1)
		code(t, b.Prove(ctx, li, id, 1), CodeKey)
		code(t, b.Prove(ctx, li, id, 2), CodeKey)
		if err := b.Prove(ctx, other, id, 2); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("another office: %v", err)
		}
		if err := errors.Join(b.Prove(ctx, li, id, 9), b.Prove(ctx, li, id, -1)); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("no such source: %v", err)
		}
		must(t, b.Prove(ctx, li, id, 0))
		must(t, b.Prove(ctx, li, id, 0)) // twice is once
		code(t, b.Prove(ctx, wang, id, 0), CodeGiven)
		must(t, b.Give(ctx, wang, id, 1, dice))
		secret, err := b.seal.Open(sealedAt(foreign.Public), foreign.secret)
		must(t, err)
		raw, err := hex.DecodeString(d.Commitment)
		must(t, err)
		hash := draw.Hash(raw)
		proof, err := draw.VRFProve([32]byte(secret), hash[:])
		must(t, err)
		must(t, b.Give(ctx, wang, id, 2, hex.EncodeToString(proof[:]))) // made by the other office, typed in
		must(t, b.Give(ctx, wang, id, 3, "3344.5"))
		d, err = b.Find(ctx, "610700", no)
		must(t, err)
		text, err := b.text(ctx, d)
		must(t, err)
		if _, err := draw.Verify(text); err != nil || d.State != Drawn {
			t.Errorf("%s: %v", d.State, err)
		}
	})
}

// Secrets of offices lie sealed, and are sealed anew with a new key of the ring.
func TestOffice_keys_are_sealed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		k, err := b.MakeKey(ctx, wang)
		must(t, err)
		plain, err := b.ring.Open(sealedAt(k.Public), k.secret)
		must(t, err)
		for range 2 {
			id, err := b.ring.Rotate(b.time(), "")
			must(t, err)
			if n, err := Reseal(ctx, b.st, b.ring); err != nil || n != 1 {
				t.Errorf("%d sealed anew, %v", n, err)
			}
			if count, err := SealedWith(ctx, b.st); err != nil || count[id] != 1 || len(count) != 1 {
				t.Errorf("sealed with %v, %v", count, err)
			}
		}
		if n, err := Reseal(ctx, b.st, b.ring); err != nil || n != 0 {
			t.Errorf("%d sealed anew without need, %v", n, err)
		}
		list, err := b.Keys(ctx, wang)
		must(t, err)
		again, err := b.ring.Open(sealedAt(k.Public), list[0].secret)
		if err != nil || string(again) != string(plain) || strings.Contains(list[0].secret, hex.EncodeToString(plain)) {
			t.Errorf("the secret is another, or lies open: %v", err)
		}
		var rows []string
		must(t, b.st.View(ctx, func(r store.Reader) error {
			return r.Read(store.Column(&rows), "SELECT secret FROM draws_key")
		}))
		if len(rows) != 1 || seal.KeyOf(rows[0]) == "" || strings.Contains(rows[0], string(plain)) {
			t.Errorf("rows %q", rows)
		}
		for range maxKeys - 1 {
			_, err := b.MakeKey(ctx, wang)
			must(t, err)
		}
		_, err = b.MakeKey(ctx, wang)
		code(t, err, CodeKeys)
	})
}
