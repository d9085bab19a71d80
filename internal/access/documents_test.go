package access

import (
	"errors"
	"strings"
	"testing"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// Whoever has the database can neither read whose document an official has nor give them another one's, nor one in clear: what does
// not open lets nobody in, since an official without a document may handle any case.
func TestDocumentsOfAccountsAreNotInTheStore(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	passport := ident.Document{Type: ident.DocPassport, No: "E12345678"}
	a, b := s.official("li.clerk", caseflow.RoleClerk), s.official("wang.head", caseflow.RoleHead)
	for _, who := range []*store.Account{a, b} {
		if err := s.SetDocument(t.Context(), System, Latest(who.ID), passport); err != nil {
			t.Fatal(err)
		}
	}
	stored, other := s.store.accounts[a.ID], s.store.accounts[b.ID]
	if seal.KeyOf(stored.DocNo) == "" || strings.Contains(stored.DocNo, passport.No) || stored.DocNo == other.DocNo {
		t.Fatalf("stored as %q and %q", stored.DocNo, other.DocNo)
	}
	who, _, err := s.Who(t.Context(), s.signIn("li.clerk", good))
	if err != nil || who.Document != passport {
		t.Errorf("signed in as %v, %v", who, err)
	}
	for name, no := range map[string]string{"of another account": other.DocNo, "in clear": "E87654321", "cut": stored.DocNo[:len(stored.DocNo)-2]} {
		forged := stored
		forged.DocNo = no
		s.store.accounts[a.ID] = forged
		if _, _, err := s.SignIn(t.Context(), "li.clerk", good, clientA); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("a number %s: %v", name, err)
		}
		if _, err := s.Account(t.Context(), System, a.ID); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("a number %s is shown: %v", name, err)
		}
	}
}

// A telephone is sealed for its account: moved to another it opens nothing, and one from before telephones were sealed is read as it stands.
func TestTelephonesAreNotInTheStore(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	a, b := s.citizen("13800000003"), s.citizen("13800000004")
	stored, other := s.store.accounts[a.ID], s.store.accounts[b.ID]
	if seal.KeyOf(stored.Phone) == "" || strings.Contains(stored.Phone, "13800000003") {
		t.Fatalf("stored as %q", stored.Phone)
	}
	for phone, want := range map[string]string{stored.Phone: "+8613800000003", "+8613900000000": "+8613900000000", "": ""} {
		stored.Phone = phone
		s.store.accounts[a.ID] = stored
		if got, err := s.Account(t.Context(), System, a.ID); err != nil || got.Phone != want {
			t.Errorf("%q opens to %+v, %v", phone, got, err)
		}
	}
	stored.Phone = other.Phone
	s.store.accounts[a.ID] = stored
	if _, err := s.Account(t.Context(), System, a.ID); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("of another account: %v", err)
	}
}

// A citizen whose document was lost with its key gets it back from the papers that a window sees, and has none before.
func TestADocumentThatWasLostComesBackWithThePapers(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{})
	c, window := s.citizen("13800000002"), s.official("li.window", caseflow.RoleClerk)
	key := seal.KeyOf(s.store.accounts[c.ID].DocNo)
	lost, err := NewGate(s.store, Options{Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{"another": 0, key: 1} {
		if n, err := lost.LoseDocuments(t.Context(), id); n != want || err != nil {
			t.Errorf("%d documents of the key %s, %v", n, id, err)
		}
	}
	if a := s.store.accounts[c.ID]; a.DocNo != "" || a.DocType != "" || !a.Verified.IsZero() || a.Disabled {
		t.Errorf("left: %+v", a)
	}
	passport := ident.Document{Type: ident.DocPassport, No: "E12345678"}
	got, err := s.Vouch(t.Context(), actorOf(window), "13800000002", passport)
	if err != nil || documentOf(got) != passport || got.Verified.IsZero() || seal.KeyOf(s.store.accounts[c.ID].DocNo) == "" {
		t.Errorf("after the papers: %+v, %v", got, err)
	}
	if _, err := s.Vouch(t.Context(), actorOf(window), "13800000002", ident.Document{Type: ident.DocPassport, No: "E87654321"}); code(err) != CodeNoSuchPerson {
		t.Errorf("other papers: %v", err)
	}
}
