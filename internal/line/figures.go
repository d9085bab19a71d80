package line

import (
	"slices"
	"time"
)

// Figures are what is counted of turns.
type Figures struct {
	Taken, Waiting, Called, Done, Passed, Left int
	Wait, Service                              Times
}

// Times are quantiles of minutes, rounded up, each that of a turn (nearest rank).
type Times struct {
	N      int `json:"n"`
	Median int `json:"median"`
	P90    int `json:"p90"`
	Most   int `json:"most"`
}

// Count counts the turns that fit.
func Count(turns []Turn, fits func(*Turn) bool) Figures {
	var f Figures
	var wait, service []time.Duration
	for i := range turns {
		t := &turns[i]
		if !fits(t) {
			continue
		}
		f.Taken++
		switch t.State {
		case Waiting:
			f.Waiting++
		case Called:
			f.Called++
		case Done:
			f.Done++
			service = append(service, t.Ended.Sub(t.Called))
		case Passed:
			f.Passed++
		case Left:
			f.Left++
		}
		if !t.Called.IsZero() && t.State != Passed {
			wait = append(wait, t.Called.Sub(t.Taken))
		}
	}
	f.Wait, f.Service = timesOf(wait), timesOf(service)
	return f
}

// All fits every turn.
func All(*Turn) bool { return true }

func timesOf(list []time.Duration) Times {
	if len(list) == 0 {
		return Times{}
	}
	slices.Sort(list)
	at := func(percent int) int { return minutes(list[(len(list)*percent+99)/100-1]) }
	return Times{N: len(list), Median: at(50), P90: at(90), Most: at(100)}
}

// minutes rounds up; a clock that was set back gives none.
func minutes(d time.Duration) int { return int((max(d, 0) + time.Minute - 1) / time.Minute) }

// enough is how many were served before a wait is told.
const enough = 3

// active is for how long after its last act a window counts as one that is open.
const active = 30 * time.Minute

// Estimate is how many minutes a turn that waits will wait, from what those of its group took today and the windows that are at
// work; false while fewer than three were served or no window that could call it is at work. It is no promise.
func (l *Lobby) Estimate(turns []Turn, t *Turn, now time.Time) (int, bool) {
	var took []time.Duration
	open := map[string]bool{}
	for i := range turns {
		u := &turns[i]
		if u.State == Done && u.Letter == t.Letter {
			took = append(took, max(u.Ended.Sub(u.Called), 0))
		}
		if n := len(u.History); n > 0 && u.Window != "" && now.Sub(u.History[n-1].At) <= active && l.At(u.Window)(t) {
			open[u.Window] = true
		}
	}
	if len(took) < enough || len(open) == 0 {
		return 0, false
	}
	slices.Sort(took)
	median := took[(len(took)-1)/2]
	return minutes(time.Duration(l.Ahead(turns, t)+1) * median / time.Duration(len(open))), true
}
