package hall_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/line"
	"github.com/tongban/tongban/internal/store"
)

// wide is a lobby of 64 windows.
func wide() []line.Lobby {
	l := line.Lobby{ID: "hall", Region: region, Department: "hall", Groups: []line.Group{{Letter: "A"}}}
	for i := range 64 {
		l.Windows = append(l.Windows, line.Window{ID: fmt.Sprint(i + 1)})
	}
	return []line.Lobby{l}
}

// Sixty-four windows call at the same moment, on two servers, and each key is pressed twice: each gets somebody else, and nobody waits.
func TestLineCallsEverybodyOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c := monday()
		servers := make([]*hall.Hall, 2)
		for i := range servers {
			var err error
			if servers[i], err = hall.New(hall.Options{Store: st, Catalogue: shelf{}, Lobbies: wide, Now: c.Now}); err != nil {
				t.Fatal(err)
			}
		}
		clerk := official("o-clerk", "hall", caseflow.RoleClerk)
		for i := range 64 {
			if _, err := servers[i%2].TakeTurn(t.Context(), clerk, fmt.Sprint("t", i), region, "hall", hall.Taking{Letter: "A", Origin: line.WalkIn}); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		at := map[int]string{}
		for i := range 128 {
			window := fmt.Sprint(i/2 + 1)
			wg.Go(func() {
				got, err := servers[i%2].AtWindow(t.Context(), clerk, region, "hall", line.Act{What: line.Next, Window: window, Request: "n" + window})
				if err != nil {
					t.Errorf("window %s: %v", window, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if there := at[got.No]; there != "" && there != window {
					t.Errorf("%s is called to windows %s and %s", got.Label(), there, window)
				}
				at[got.No] = window
			})
		}
		wg.Wait()
		if len(at) != 64 {
			t.Errorf("%d were called", len(at))
		}
	})
}
