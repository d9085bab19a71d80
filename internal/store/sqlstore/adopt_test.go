package sqlstore

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/storetest"
)

// lines are the lines of a dump below the head of one of the tables that Adopt takes over; of the leaves, those of rows that it takes.
func lines(dump string) (all []string) {
	taken, leaves := false, false
	for l := range strings.Lines(dump) {
		if strings.HasPrefix(l, "{") {
			taken, leaves = false, strings.HasPrefix(l, `{"table":"`+tWaiting.name+`"`)
			for t := range adopted {
				taken = taken || strings.HasPrefix(l, `{"table":"`+t.name+`"`)
			}
		}
		if taken && (!leaves || strings.Contains(l, `","`+store.LeafEntry+`","`) || strings.Contains(l, `","`+store.LeafLook+`","`)) {
			all = append(all, l)
		}
	}
	return all
}

func TestAdopt_takes_cases_and_accounts_over_and_leaves_the_rest(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		from, to := newStore(t, Options{Address: liteFile(t)}), newStore(t, Options{Address: address(t)})
		fill(t, from, 3)
		if _, err := to.PutSetting(t.Context(), "key", []byte("own")); err != nil {
			t.Fatal(err)
		}
		mine := store.Account{ID: "m", Login: "zhao", Region: "610600", Added: storetest.At(3)}
		if err := to.AddAccount(t.Context(), mine); err != nil {
			t.Fatal(err)
		}
		if err := to.Adopt(t.Context(), from, storetest.Region, "made", []byte("yes")); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(lines(dump(t, to)), "")
		for _, l := range lines(dump(t, from)) {
			if !strings.Contains(got, l) {
				t.Errorf("not taken over: %.200s", l)
			}
		}
		if v, err := to.Setting(t.Context(), "key"); err != nil || string(v) != "own" {
			t.Errorf("the store's own setting is %q, %v", v, err)
		}
		if _, err := to.AccountByLogin(t.Context(), "zhao"); err != nil {
			t.Error(err)
		}
		if _, err := to.Session(t.Context(), []byte("h")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session was taken over: %v", err)
		}
		if err := to.Commit(t.Context(), storetest.Next(1, caseEntries+1)); err != nil {
			t.Errorf("a case goes on: %v", err)
		}
	})
}

func TestAdopt_takes_all_or_nothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, address func(testing.TB) string) {
		from, to := newStore(t, Options{Address: liteFile(t)}), newStore(t, Options{Address: address(t)})
		fill(t, from, 200)
		empty := dump(t, to)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := to.Adopt(ctx, from, storetest.Region, "made", nil); err == nil {
			t.Error("a cancelled one succeeded")
		}
		clash := storetest.Opening(150) // in the way of one of the last cases, but of a region that the caller does not ask for
		if err := to.Commit(t.Context(), clash); err != nil {
			t.Fatal(err)
		}
		before := dump(t, to)
		for _, c := range []struct {
			region string
			want   error
		}{{"610600", nil}, {storetest.Region, store.ErrConflict}} {
			err := to.Adopt(t.Context(), from, c.region, "made", nil)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("region %s: %v, want %v", c.region, err, c.want)
			}
			if dump(t, to) != before || before == empty {
				t.Errorf("region %s: something was written", c.region)
			}
		}
		if _, err := to.PutSetting(t.Context(), "made", nil); err != nil {
			t.Fatal(err)
		}
		if err := to.Adopt(t.Context(), from, "610600", "made", nil); !errors.Is(err, store.ErrConflict) {
			t.Errorf("where the setting stands: %v", err)
		}
	})
}
