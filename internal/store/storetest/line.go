package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

const lineDay = workday.Date(20781)

// turn is one that is complete in every field that can be set.
func turn(request string) line.Turn {
	return line.Turn{Region: Region, Lobby: "hall", Day: lineDay, Code: "code of " + request, Letter: "A", Class: "elderly", Origin: line.Online,
		Holder: "digest", State: line.Waiting, For: "2", Taken: At(1), Back: At(2), Request: request,
		History: []line.Step{{At: At(1), By: "wang", What: "taken", Window: "1", To: "2", Note: "需要刻章", Request: request}}}
}

var lines = group{
	"a turn has the next number of its lobby and day, once for a request": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		for n := 1; n <= 3; n++ {
			want := turn(fmt.Sprint("r", n))
			want.No = n
			same(t, "added", got(s.AddTurn(ctx, turn(want.Request))).must(t), want)
			same(t, "by code", got(s.TurnByCode(ctx, Region, want.Code)).must(t), want)
		}
		again := turn("r2")
		again.Code, again.Letter = "another", "B"
		if have := got(s.AddTurn(ctx, again)).must(t); have.No != 2 || have.Letter != "A" {
			t.Errorf("the same request: %+v", have)
		}
		elsewhere := turn("r1")
		elsewhere.Lobby, elsewhere.Code = "other", "c1"
		tomorrow := turn("r1")
		tomorrow.Day, tomorrow.Code = lineDay+1, "c2"
		same(t, "elsewhere", got(s.AddTurn(ctx, elsewhere)).must(t).No, 1)
		same(t, "tomorrow", got(s.AddTurn(ctx, tomorrow)).must(t).No, 1)
		same(t, "listed", len(got(s.Turns(ctx, Region, "hall", lineDay)).must(t)), 3)
		taken := turn("r9")
		taken.Code = turn("r1").Code
		wantErr(t, errOf(s.AddTurn(ctx, taken)), store.ErrConflict)
		wantErr(t, errOf(s.TurnByCode(ctx, Region, "none")), store.ErrNotFound)
		wantErr(t, errOf(s.TurnByCode(ctx, Region, "")), store.ErrNotFound)
		wantErr(t, errOf(s.TurnByCode(ctx, "610900", turn("r1").Code)), store.ErrNotFound)
	},
	"numbers that are taken at once have no gap and none twice": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		errs := together(32, func(i int) error {
			for {
				_, err := s.AddTurn(ctx, turn(fmt.Sprint("r", i)))
				if !errors.Is(err, store.ErrConflict) {
					return err
				}
			}
		})
		for _, err := range errs {
			must(t, err)
		}
		var numbers, want []int
		for i, u := range got(s.Turns(ctx, Region, "hall", lineDay)).must(t) {
			numbers, want = append(numbers, u.No), append(want, i+1)
		}
		if !slices.Equal(numbers, want) || len(want) != 32 {
			t.Errorf("%v", numbers)
		}
	},
	"turns change together or not at all, and only as they were read": func(t *testing.T, s store.Store) {
		ctx := t.Context()
		a, b := got(s.AddTurn(ctx, turn("a"))).must(t), got(s.AddTurn(ctx, turn("b"))).must(t)
		a.State, a.Window, a.For, a.Called, a.Ended, a.Back, a.By = line.Done, "1", "", At(3), At(4), At(5), "li"
		a.History = append(a.History, line.Step{At: At(4), What: line.Finish})
		b.State, b.Window = line.Called, "1"
		must(t, s.UpdateTurns(ctx, []line.Turn{a, b}))
		a.Version, b.Version = 1, 1
		same(t, "changed", got(s.Turns(ctx, Region, "hall", lineDay)).must(t), []line.Turn{a, b})
		old, fresh := a, b
		old.Version, old.State, fresh.State = 0, line.Waiting, line.Passed
		wantErr(t, s.UpdateTurns(ctx, []line.Turn{fresh, old}), store.ErrConflict)
		same(t, "unchanged", got(s.Turns(ctx, Region, "hall", lineDay)).must(t), []line.Turn{a, b})
		errs := together(8, func(i int) error {
			mine := b
			mine.State, mine.By = line.Passed, fmt.Sprint(i)
			return s.UpdateTurns(ctx, []line.Turn{mine})
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				wantErr(t, err, store.ErrConflict)
			}
		}
		same(t, "won", won, 1)
	},
}
