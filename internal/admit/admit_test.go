package admit

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// fill takes all places.
func fill(t *testing.T, r *Room) {
	t.Helper()
	for range r.bound {
		if !r.Enter(t.Context()) {
			t.Fatal("an empty room is full")
		}
	}
}

func TestRoom_takes_a_burst_and_refuses_what_stands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(2, 2)
		fill(t, r)
		in := make(chan bool, 2)
		for range 2 {
			go func() { in <- r.Enter(t.Context()) }()
		}
		synctest.Wait()
		if r.Enter(t.Context()) {
			t.Error("more waited than may")
		}
		<-time.After(burst - time.Millisecond)
		r.Leave()
		if !<-in {
			t.Error("who came in a burst did not wait until there was a place")
		}
		if <-in {
			t.Error("somebody got in although nobody left")
		}
		began := time.Now()
		if r.Enter(t.Context()) || time.Since(began) != standing {
			t.Errorf("in a queue that stands one waited %v", time.Since(began))
		}
		r.Leave()
		r.Leave()
		fill(t, r) // without waiting, but not yet for long
		began = time.Now()
		if r.Enter(t.Context()) || time.Since(began) != standing {
			t.Errorf("in a queue that was gone for a moment one waited %v", time.Since(began))
		}
		r.Leave()
		r.Leave()
		<-time.After(interval + time.Millisecond)
		fill(t, r) // nobody else came: a stall looks the same
		began = time.Now()
		if r.Enter(t.Context()) || time.Since(began) != standing {
			t.Errorf("after a time in which nobody came one waited %v", time.Since(began))
		}
		for range proof {
			r.Leave()
			if !r.Enter(t.Context()) {
				t.Fatal("no place although somebody left")
			}
		}
		<-time.After(interval + time.Millisecond) // it is calm again
		began = time.Now()
		if r.Enter(t.Context()) || time.Since(began) != burst {
			t.Errorf("after the queue had been gone one waited %v", time.Since(began))
		}
	})
}

func TestRoom_serves_who_came_last_in_overload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(4, 8)
		fill(t, r)
		early, late := make(chan bool, 1), make(chan bool, 1)
		wait := func(in chan bool) {
			go func() { in <- r.Enter(t.Context()) }()
			synctest.Wait()
		}
		wait(early) // in what looks like a burst
		<-time.After(interval + time.Millisecond)
		wait(late)
		r.Leave()
		if !<-late {
			t.Error("who came just now did not get the place that was left")
		}
		if len(early) > 0 {
			t.Fatal("who came before did not go on waiting")
		}
		r.Leave()
		if !<-early {
			t.Error("nobody else waited, and who came before got no place")
		}
	})
}

func TestRoom_does_not_wait_for_who_is_gone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(1, 1)
		fill(t, r)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		if r.Enter(ctx) || time.Since(began) != time.Millisecond {
			t.Errorf("waited %v", time.Since(began))
		}
	})
}

func TestRoom_without_waiters_refuses_at_once(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(1, 0)
		fill(t, r)
		began := time.Now()
		if r.Enter(t.Context()) || time.Since(began) != 0 {
			t.Errorf("waited %v", time.Since(began))
		}
	})
}

func TestRoom_is_full_for_who_asks_before_only_if_a_queue_stands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(1, 2)
		fill(t, r)
		in := make(chan bool)
		go func() { in <- r.Enter(t.Context()) }()
		synctest.Wait()
		if r.Full() {
			t.Error("one who waits in a burst is a queue that stands")
		}
		<-time.After(interval + time.Millisecond)
		if !r.Full() {
			t.Error("a queue that stands is not seen")
		}
		began := time.Now()
		if r.Enter(t.Context()) || time.Since(began) != 0 {
			t.Errorf("behind a queue that is as long as it may be one waited %v", time.Since(began))
		}
		if <-in {
			t.Error("somebody got in although nobody left")
		}
	})
}

func TestRoom_bound_follows_the_processors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(64, 64)
		r.few = 2
		r.move(0)
		if r.bound != 64 {
			t.Errorf("the bound has grown to %d", r.bound)
		}
		for range 10 {
			r.Enter(t.Context())
		}
		for _, want := range []int{7, 5, 3, 2, 2} {
			if r.move(behind + 1); r.bound != want {
				t.Errorf("the bound is %d, want %d", r.bound, want)
			}
		}
		in := make(chan bool)
		go func() { in <- r.Enter(t.Context()) }()
		synctest.Wait()
		for range 9 { // one is left inside
			r.Leave()
		}
		if !<-in {
			t.Error("who waited did not get the place that was left")
		}
		go func() { in <- r.Enter(t.Context()) }()
		synctest.Wait()
		r.move(behind) // in time again: one place more
		if !<-in {
			t.Error("a place that came back was given to nobody")
		}
		for range 40 {
			r.move(0)
		}
		if r.bound != 64 {
			t.Errorf("the bound has come back to %d", r.bound)
		}
	})
}

func TestLatencies_are_seen_when_more_runs_than_there_are_processors(t *testing.T) {
	var l latencies
	l.since()
	done := make(chan struct{})
	for range 16 * runtime.GOMAXPROCS(0) {
		go func() {
			for began := time.Now(); time.Since(began) < 100*time.Millisecond; {
				continue
			}
			done <- struct{}{}
		}()
	}
	for range 16 * runtime.GOMAXPROCS(0) {
		<-done
	}
	if late := l.since(); late <= behind {
		t.Errorf("of 16 goroutines a processor nine of ten waited at most %v", late)
	}
}

func TestRoom_gap_is_when_nobody_is_inside_and_comes_in_time(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(2, 2)
		waited := func() time.Duration {
			began := time.Now()
			r.Gap(t.Context())
			return time.Since(began)
		}
		if d := waited(); d != 0 {
			t.Errorf("while nobody was inside it waited %v", d)
		}
		fill(t, r)
		if d := waited(); d != gap {
			t.Errorf("while somebody was inside all the time it waited %v", d)
		}
		for range 2 {
			time.AfterFunc(gap/2, r.Leave)
		}
		if d := waited(); d != gap/2 {
			t.Errorf("for two who left after %v it waited %v", gap/2, d)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		fill(t, r)
		began := time.Now()
		if r.Gap(ctx); time.Since(began) != 0 {
			t.Error("it waits though nobody asks any more")
		}
	})
}
