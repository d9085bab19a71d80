package hall

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Issued is a paper as it was given.
type Issued struct {
	Paper
	View  *View  // the case as it was then, as far as the actor reads it; of PaperLicence as it is now
	Entry int    // of the journal, that gave it
	Code  string // for VerifyPaper; of a licence, for Verify

	now *Paper // what the case has under the name today; nil if nothing
}

// Replaced is when a later paper took the place of this one; zero while it stands.
func (i *Issued) Replaced() time.Time {
	if i.now != nil && i.now.At.After(i.At) {
		return i.now.At
	}
	return time.Time{}
}

// Issue gives a paper of the case as it was given, to somebody who may see the case. The same paper is the same whenever it
// is asked for: what the case has come to since then is not on it. It records no look: View does. ErrNotFound.
func (h *Hall) Issue(ctx context.Context, by caseflow.Actor, key store.Key, name string) (*Issued, error) {
	v, err := h.see(ctx, by, key, access.CaseSee)
	if err != nil {
		return nil, err
	}
	now := PaperNamed(v.Case, v.Item, name)
	if now == nil {
		return nil, ErrNotFound
	}
	var found *Issued
	err = h.issues(ctx, key, func(g *Issued, c *caseflow.Case) {
		if g.Name() == name && g.At.Equal(now.At) && found == nil {
			g.View = viewOf(standing{Actor: by}, v.Item, held{c: c.Clone(), entry: g.Entry})
			found = g
		}
	})
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, fmt.Errorf("case %s: no entry gave the paper %s", key.Case, name)
	}
	// What the actor does not read is not on the paper either.
	p := PaperNamed(found.View.Case, v.Item, name)
	if p == nil {
		return nil, ErrNotFound
	}
	found.Paper = *p
	if now.Licence != nil { // it shows whether it still holds
		found.Paper, found.View, found.Code = *now, v, now.Licence.Verify
	}
	return found, nil
}

// VerifyPaper finds a paper by the number of its case and the code that is printed on it: anybody may, that is what the code
// is for. It tells nothing of what stands on the paper. ErrNotFound if the two do not fit.
func (h *Hall) VerifyPaper(ctx context.Context, key store.Key, code string) (*Issued, *caseflow.Item, error) {
	if len(code) != paperCode.EncodedLen(paperCodeBytes) {
		return nil, nil, ErrNotFound
	}
	got, err := h.fresh(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	it, err := h.itemOf(got.c)
	if err != nil {
		return nil, nil, err
	}
	var found *Issued
	err = h.issues(ctx, key, func(g *Issued, _ *caseflow.Case) {
		if hmac.Equal([]byte(g.Code), []byte(code)) {
			found = g
		}
	})
	if err == nil && found == nil {
		err = ErrNotFound
	}
	if err != nil {
		return nil, nil, err
	}
	found.now = PaperNamed(got.c, it, found.Name())
	return found, it, nil
}

// issues goes through the journal of a case and tells of each paper with the entry that gave it, and the case after that
// entry, which is lent. Licences have codes of their own and are told like the rest.
func (h *Hall) issues(ctx context.Context, key store.Key, tell func(*Issued, *caseflow.Case)) error {
	list, err := h.store.Entries(ctx, key, 0, 0)
	if errors.Is(err, store.ErrNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	c := &caseflow.Case{}
	var it *caseflow.Item
	given := map[string]time.Time{}
	for i := range list {
		if err := apply(c, &list[i]); err != nil {
			return fmt.Errorf("case %s: %w", key.Case, err)
		}
		if it == nil {
			if it, err = h.itemOf(c); err != nil {
				return err
			}
		}
		for _, p := range Papers(c, it) {
			if at, before := given[p.Name()]; before && !p.At.After(at) {
				continue
			}
			given[p.Name()] = p.At
			tell(&Issued{Paper: p, Entry: list[i].No, Code: codeOf(list[i].Salt, p.Name())}, c)
		}
	}
	return nil
}

// paperCode writes codes in capitals and digits that are told apart when they are read out.
var paperCode = base32.StdEncoding.WithPadding(base32.NoPadding)

// paperCodeBytes are 128 bits: nobody guesses them.
const paperCodeBytes = 16

// codeOf is the code of the paper that an entry gave.
func codeOf(salt []byte, name string) string {
	return paperCode.EncodeToString(secretOf(salt, "paper:"+name)[:paperCodeBytes])
}

// secretOf are 32 bytes that who holds a paper of an entry is known by. They come from the entry's secret salt, which neither the public
// log nor a receipt shows, not from its leaf; and they say nothing of the paper.
func secretOf(salt []byte, what string) []byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(what))
	return mac.Sum(nil)
}
