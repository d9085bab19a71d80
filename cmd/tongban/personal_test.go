package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// Neither the files of the database nor a dump of it have a telephone or a mail address of an account in the clear; what was stored
// before they were sealed is read all the same, and sealed when the key is changed.
func TestPersonal_columns_of_accounts_are_sealed(t *testing.T) {
	for name, dsn := range map[string]func(testing.TB) string{"SQLite": func(testing.TB) string { return "" }, "PostgreSQL": pgtest.Start} {
		t.Run(name, func(t *testing.T) {
			f := placeFlags{Data: t.TempDir(), Store: dsn(t)}
			now := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
			a, err := storeFlags{placeFlags: f}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), func() time.Time { return now })
			must(t, err)
			defer func() { must(t, a.close()) }()
			const phone, mail, early = "13912345678", "sealed.li@example.cn", "early@mail.example.cn"
			_, err = a.gate.Seed(t.Context(), []access.NewAccount{{Login: "li.clerk", Kind: caseflow.ActorOfficial, Name: "李晓梅",
				Region: "610500", Department: "market", Roles: []string{caseflow.RoleClerk}, Phone: phone}})
			must(t, err)
			id := idOf(t, a, "li.clerk")
			contacts := access.NewContacts(a.sealed, a.hall.Now, nil, nil)
			must(t, contacts.Choose(t.Context(), id, access.Wish{Email: mail}))
			notThere(t, f, phone, mail)
			must(t, a.store.PutContact(t.Context(), store.Contact{Account: "earlier", Email: early}))
			wantMail := func() {
				t.Helper()
				for who, want := range map[string]string{id: mail, "earlier": early} {
					if n, err := contacts.See(t.Context(), who); err != nil || n.Email != want {
						t.Errorf("the address of %s is %q, %v", who, n.Email, err)
					}
				}
				all, err := a.sealed.Contacts(t.Context(), []string{id, "earlier", "nobody"})
				if err != nil || all[id].Email != mail || all["earlier"].Email != early || all["nobody"].Email != "" {
					t.Errorf("together: %v, %v", all, err)
				}
				if official, err := a.gate.Account(t.Context(), access.System, id); err != nil || official.Phone != "+86"+phone {
					t.Errorf("the official is %+v, %v", official, err)
				}
			}
			wantMail()
			where := f.flags()
			if code, out := obey(t, now, append([]string{"key", "list"}, where...)...); code != 0 || !strings.Contains(out, "clear                    1") {
				t.Errorf("list: %d %s", code, out)
			}
			if code, out := obey(t, now, append([]string{"key", "rotate", "--cipher", "SM4GCM"}, where...)...); code != 0 {
				t.Errorf("rotate: %d %s", code, out)
			}
			wantMail()
			keys := map[string]int{}
			for _, column := range []store.SealedColumn{store.SealedPhone, store.SealedEmail} {
				list, err := a.store.SealedValues(t.Context(), column, "", 10)
				must(t, err)
				for _, v := range list {
					keys[seal.KeyOf(v.Text)]++
				}
			}
			if got := slices.Collect(maps.Keys(keys)); len(got) != 1 || got[0] != lastKey(t, f.Data) || keys[got[0]] != 3 {
				t.Errorf("sealed with %v", keys)
			}
		})
	}
}

func (f placeFlags) flags() []string {
	where := []string{"--data", f.Data}
	if f.Store != "" {
		where = append(where, "--store", f.Store)
	}
	return where
}

// notThere looks for words in the files of the database and in a dump.
func notThere(t *testing.T, f placeFlags, words ...string) {
	t.Helper()
	st, err := f.openExisting(t.Context(), time.Now)
	must(t, err)
	var dump bytes.Buffer
	must(t, st.Backup(t.Context(), &dump, func(caseflow.File) error { return nil }))
	must(t, st.Close())
	texts := map[string][]byte{"the dump": dump.Bytes()}
	files, err := filepath.Glob(filepath.Join(f.Data, "*.db*")) // none where the store is PostgreSQL
	must(t, err)
	for _, name := range files {
		texts[name], err = os.ReadFile(name)
		must(t, err)
	}
	for name, text := range texts {
		for _, word := range words {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s has %s in clear", name, word)
			}
		}
	}
}
