package sqlstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

// What is personal in the rows of the tests below.
const (
	citizen  = "id:610502199212120024"
	legal    = "id:610502198512310019"
	mobile   = "13891300001"
	answered = "家庭住址东风大街十六号"
)

var personalValues = []string{citizen, "610502199212120024", legal, "610502198512310019", mobile, answered}

// personal puts what is personal into a store, and seek looks for it at every place.
func personal(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	c := storetest.Opening(9)
	c.Row.Document, c.Row.Keys = citizen, []string{mobile, strings.TrimPrefix(citizen, "id:")}
	c.Entry.Events = []byte(`[{"type":"x","address":"` + answered + `","phone":"` + mobile + `"}]`)
	c.Snapshot = []byte(`{"address":"` + answered + strings.Repeat("。", 200) + `"}`)
	c.Messages = []store.Message{{Channel: "sms", Recipient: mobile, Body: []byte(`{"words":"` + answered + `"}`), Next: storetest.At(0)}}
	c.Licences = []store.LicenceRow{{Key: c.Key, No: "L1", Document: citizen, Legal: legal, State: "valid", Item: "open-company", Body: []byte(`{"of":"` + answered + `"}`)}}
	c.Names = []store.NameRow{{Key: c.Key, Name: "渭南市华山客栈有限公司", Trade: "华山", Division: "61", Holder: citizen, Since: storetest.At(0)}}
	err := errors.Join(s.Commit(ctx, c),
		s.AddAccount(ctx, store.Account{ID: "a1", Login: mobile, Kind: caseflow.ActorCitizen, Region: storetest.Region}),
		s.AddAccount(ctx, store.Account{ID: "a2", Login: "wang.clerk", Kind: caseflow.ActorOfficial, Region: storetest.Region}),
		s.AddMandate(ctx, store.Mandate{ID: "m9", Kind: store.MandateLegal, Principal: "a1", Document: citizen, State: store.MandateActive}),
		s.Update(ctx, func(w store.Writer) error {
			return w.Leaf(store.ModuleLeaf{Region: storetest.Region, Module: "sample", Name: "x", At: storetest.At(1), Data: []byte(`{"of":"` + mobile + `"}`)})
		}))
	if err != nil {
		t.Fatal(err)
	}
}

func seek(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	is := func(what string, got, want any, err error) {
		t.Helper()
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
	for _, q := range []store.CaseQuery{{Search: mobile}, {Search: strings.TrimPrefix(citizen, "id:")}, {Document: citizen}, {Document: citizen, Search: "华山"}, {Owner: "citizen-1", Document: citizen}} {
		q.Region = storetest.Region
		list, _, err := s.Cases(ctx, q)
		if is(fmt.Sprintf("cases by %+v", q), len(list), 1, err); len(list) == 1 {
			is("its document", list[0].Document, citizen, nil)
		}
	}
	l, err := s.Load(ctx, storetest.KeyOf(9))
	if err != nil || !bytes.Contains(l.Snapshot, []byte(answered)) {
		t.Errorf("the snapshot is %+v, %v", l, err)
	}
	entries, err := s.Entries(ctx, storetest.KeyOf(9), 0, 0)
	if err != nil || len(entries) != 1 || !bytes.Contains(entries[0].Events, []byte(mobile)) {
		t.Errorf("the entries are %+v, %v", entries, err)
	}
	of, err := s.LicencesOf(ctx, []string{storetest.Region}, citizen)
	if is("licences of a holder", len(of), 1, err); len(of) == 1 {
		is("holder", of[0].Document+of[0].Legal, citizen+legal, nil)
		is("body", bytes.Contains(of[0].Body, []byte(answered)), true, nil)
	}
	naming, err := s.LicencesNaming(ctx, storetest.Region, legal)
	is("licences of a representative", len(naming), 1, err)
	names, err := s.Names(ctx, store.NameQuery{Region: storetest.Region, Trade: "华山", At: storetest.At(1)})
	if is("names", len(names), 1, err); len(names) == 1 {
		is("who holds it", names[0].Holder, citizen, nil)
	}
	sent, _, err := s.Messages(ctx, store.MessageQuery{Region: storetest.Region, Recipients: []string{mobile}})
	if is("messages", len(sent), 1, err); len(sent) == 1 {
		is("recipient", sent[0].Recipient+string(sent[0].Body), mobile+`{"words":"`+answered+`"}`, nil)
	}
	account, err := s.AccountByLogin(ctx, mobile)
	if is("account", account != nil, true, err); account != nil {
		is("login", account.Login, mobile, nil)
	}
	_, err = s.AccountByLogin(ctx, "wang.clerk")
	is("official", nil, nil, err)
	for _, q := range []store.AccountQuery{{Login: mobile}, {Search: mobile}, {}} {
		q.Kind, q.Regions = caseflow.ActorCitizen, []string{storetest.Region}
		list, _, err := s.FindAccounts(ctx, q)
		is(fmt.Sprintf("accounts by %+v", q), len(list), 1, err)
	}
	is("a login that is taken", errors.Is(s.AddAccount(ctx, store.Account{ID: "a3", Login: mobile}), store.ErrConflict), true, nil)
	m, err := s.Mandate(ctx, "m9")
	if is("mandate", m != nil, true, err); m != nil {
		is("principal", m.Document, citizen, nil)
	}
	leaf, err := s.ModuleLeaf(ctx, storetest.Region, "sample", "x", 0)
	is("a module's leaf", string(leaf.Data), `{"of":"`+mobile+`"}`, err)
}

// stored is everything that the database holds of a store, opened without keys.
func stored(t testing.TB, address string) string {
	t.Helper()
	s, err := Open(t.Context(), Options{Address: address, Schemas: sampleOnly})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all strings.Builder
	for _, table := range s.tables() {
		dest := make([]any, len(table.cols))
		for i := range dest {
			dest[i] = new(any)
		}
		err := s.each(t.Context(), func(sc scan) error {
			err := sc(dest...)
			for _, d := range dest {
				fmt.Fprintf(&all, "%s\n", *d.(*any))
			}
			return err
		}, table.all())
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func hides(t testing.TB, what, text string) {
	t.Helper()
	for _, v := range personalValues {
		if strings.Contains(text, v) {
			t.Errorf("%s holds %s in the clear", what, v)
		}
	}
}

func TestWhatIsPersonalIsSealedAndFound(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		o := Options{Address: address(t), Schemas: sampleOnly, Ring: newRing(t)}
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		personal(t, s)
		seek(t, s)
		hides(t, "a dump", dump(t, s))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(stored(t, o.Address), "wang.clerk") {
			t.Error("the test does not see what is stored")
		}
		hides(t, "the database", stored(t, o.Address))
		if s.d.inside {
			file, err := os.ReadFile(o.Address)
			if err != nil {
				t.Fatal(err)
			}
			hides(t, "the file", string(file))
		}
		seek(t, newStore(t, o))
	})
}

// A store in the clear is sealed, its key and then its finder changed; a pass that breaks off goes on where it was.
func TestReseal_seals_everything_anew(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		o := Options{Address: address(t), Schemas: sampleOnly}
		s := newStore(t, o)
		personal(t, s)
		fill(t, s, 3)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		o.Ring = newRing(t)
		if _, err := Open(t.Context(), o); !errors.Is(err, ErrKeys) {
			t.Fatalf("a store in the clear was opened to be sealed from now on: %v", err)
		}
		for i, change := range []func(time.Time, string) (string, error){nil, o.Ring.Rotate, o.Ring.RotateFinder} {
			if change != nil {
				if _, err := change(storetest.At(1), ""); err != nil {
					t.Fatal(err)
				}
			}
			keys := resealed(t, o, i != 1)
			s := newStore(t, o)
			seek(t, s)
			if again, err := s.Reseal(t.Context(), unseen); err != nil || again != 0 {
				t.Errorf("sealed again: %d, %v", again, err)
			}
			if len(keys) != 2 {
				t.Errorf("values are sealed with %v", keys)
			}
			hides(t, "the database", stored(t, o.Address))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// resealed seals a store anew, and stops once in between. It returns how many values are sealed with each key. refused
// says whether the store may not be used until the end.
func resealed(t testing.TB, o Options, refused bool) map[string]int {
	t.Helper()
	o.Anew = true
	s := newStore(t, o)
	defer s.Close()
	ctx, stop := context.WithCancel(t.Context())
	s.told = func(statement string) {
		if strings.Contains(statement, "FROM licence") {
			stop()
		}
	}
	if n, err := s.Reseal(ctx, unseen); err == nil || n == 0 {
		t.Errorf("stopped half way: %d rows, %v", n, err)
	}
	o.Anew = false
	half, err := Open(t.Context(), o)
	if err == nil {
		half.Close()
	}
	if errors.Is(err, ErrKeys) != refused {
		t.Errorf("opened half sealed: %v, want a refusal: %v", err, refused)
	}
	s.told = nil
	if _, err := s.Reseal(t.Context(), unseen); err != nil {
		t.Fatal(err)
	}
	keys, err := s.Sealed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func unseen(string, int) {}

func TestSealedStoreRefusesOtherKeys(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		o := Options{Address: address(t), Schemas: sampleOnly, Ring: newRing(t)}
		s := newStore(t, o)
		personal(t, s)
		archive := dump(t, s)
		other := o
		other.Ring = newRing(t)
		if _, err := Open(t.Context(), other); !errors.Is(err, ErrKeys) {
			t.Errorf("opened with other keys: %v", err)
		}
		without := o
		without.Ring = nil
		blind := newStore(t, without)
		if _, err := blind.Load(t.Context(), storetest.KeyOf(9)); !errors.Is(err, seal.ErrKey) {
			t.Errorf("read without keys: %v", err)
		}
		if _, err := blind.AccountByLogin(t.Context(), "wang.clerk"); err != nil {
			t.Errorf("an official without keys: %v", err)
		}
		files := func(each func(func(caseflow.File) error) error) error {
			return each(func(caseflow.File) error { return nil })
		}
		to := Options{Address: address(t), Schemas: sampleOnly, Ring: other.Ring}
		if err := Restore(t.Context(), to, strings.NewReader(archive), files); !errors.Is(err, ErrKeys) {
			t.Errorf("restored with other keys: %v", err)
		}
		to.Ring = o.Ring
		if err := Restore(t.Context(), to, strings.NewReader(archive), files); err != nil {
			t.Fatal(err)
		}
		seek(t, newStore(t, to))
	})
}

// A value that somebody has changed in the database is refused, not read as something else.
func TestASealedValueThatWasChangedIsRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		s := newStore(t, Options{Address: address(t), Schemas: sampleOnly, Ring: newRing(t)})
		personal(t, s)
		var b bytes.Buffer
		if err := s.Backup(t.Context(), &b, func(caseflow.File) error { return io.EOF }); err != nil {
			t.Fatalf("a backup that looks for files: %v", err)
		}
		err := s.tx(t.Context(), func(w *writer) error {
			return errors.Join(w.exec("UPDATE account SET login = login || 'A' WHERE id = 'a1'"), w.exec("UPDATE case_snapshot SET body = (SELECT body FROM licence)"),
				w.exec("UPDATE journal SET events = ?", []byte("\x02AAAAAAAA")))
		})
		if err != nil {
			t.Fatal(err)
		}
		if a, err := s.AccountByID(t.Context(), "a1"); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("a login that was changed: %+v, %v", a, err)
		}
		if e, err := s.Entries(t.Context(), storetest.KeyOf(9), 0, 0); !errors.Is(err, seal.ErrKey) {
			t.Errorf("an entry under a key that nobody has: %+v, %v", e, err)
		}
		if err := s.Backup(t.Context(), io.Discard, func(caseflow.File) error { return nil }); err == nil {
			t.Error("a backup that cannot tell its files was made")
		}
	})
}

// A ring from before there were finders opens no store but one that is to be sealed anew.
func TestARingWithoutAFinderOnlySealsAnew(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, seal.FileName), []byte("A256GCM AAAAAAAA "+strings.Repeat("A", 43)+" 2026-11-24T01:00:00Z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := seal.Open(folder, storetest.At(0))
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Address: liteFile(t), Schemas: sampleOnly}
	s := newStore(t, o)
	personal(t, s)
	o.Ring = ring
	if _, err := Open(t.Context(), o); !errors.Is(err, ErrKeys) {
		t.Errorf("opened: %v", err)
	}
	o.Anew = true
	s = newStore(t, o)
	if _, err := ring.RotateFinder(storetest.At(1), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reseal(t.Context(), unseen); err != nil {
		t.Fatal(err)
	}
	o.Anew = false
	seek(t, newStore(t, o))
}
