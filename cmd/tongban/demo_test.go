package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// killWhileMaking waits until a demo is being made in the folder and has come so far, in bytes, and kills the program then.
func killWhileMaking(t testing.TB, data string, bytes int64, flags ...string) {
	t.Helper()
	c := child(append([]string{"serve", "--listen", "127.0.0.1:0", "--demo"}, flags...)...)
	errw := &buffer{}
	c.Stderr = errw
	must(t, c.Start())
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	until(t, func() bool {
		var size int64
		files, err := filepath.Glob(filepath.Join(data, making+"*", "*"))
		must(t, err)
		for _, f := range files {
			if info, err := os.Stat(f); err == nil {
				size += info.Size()
			}
		}
		select {
		case err := <-done:
			t.Fatalf("the program ended before it was killed: %v %s", err, errw)
		default:
		}
		return size >= bytes
	})
	must(t, c.Process.Kill())
	<-done
}

// demoSeen is what of a demo the store shows: cases and accounts.
func demoSeen(t testing.TB, f placeFlags) (cases, accounts int) {
	t.Helper()
	st, err := f.openStore(t.Context(), time.Now)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	keys, err := st.Keys(t.Context(), weinan, "", 1000)
	must(t, err)
	for _, kind := range []string{caseflow.ActorOfficial, caseflow.ActorCitizen} {
		n, err := st.CountAccounts(t.Context(), store.AccountQuery{Kind: kind, Regions: []string{weinan}})
		must(t, err)
		accounts += n.N
	}
	return len(keys), accounts
}

// A kill at any moment of making the first demo leaves none of it to be seen; the next start makes all of it.
func TestServe_killed_while_it_makes_the_demo_begins_again(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills servers, which -short leaves out")
	}
	onBoth(t, func(t *testing.T, f placeFlags, flags []string) {
		for _, size := range []int64{1, 200_000, 800_000, 2_000_000} {
			killWhileMaking(t, f.Data, size, flags...)
			cases, accounts := demoSeen(t, f)
			if accounts == 18 && cases >= demoCases*3/4 { // the kill came late: all of it stands
				break
			}
			if cases != 0 || accounts != 0 {
				t.Errorf("killed after %d bytes: %d cases and %d accounts of half a demo are seen", size, cases, accounts)
			}
		}
		p := serve(t, append(flags, "--demo")...)
		c := newClient(p.address)
		signed := false
		for _, line := range strings.Split(p.waitFor("supervisor"), "\n") {
			if w := strings.Fields(line); len(w) >= 3 && w[0] == "window" {
				c.signIn(t, w[0], w[1])
				signed = true
			}
		}
		if code := p.end(); code != 0 || !signed {
			t.Errorf("exit %d, signed in: %t: %s", code, signed, p.err)
		}
		if cases, accounts := demoSeen(t, f); cases < demoCases*3/4 || accounts != 17 {
			t.Errorf("%d cases and %d accounts after the next start, want about %d and 17", cases, accounts, demoCases)
		}
		left, err := filepath.Glob(filepath.Join(f.Data, "demo-logins.json.*"))
		if err != nil || len(left) != 0 {
			t.Errorf("passwords of demos that never were: %v, %v", left, err)
		}
	})
}

// The passwords are kept before the demo stands and named after it: a kill between the two loses nothing.
func TestDemo_killed_before_its_passwords_have_their_name_prints_them(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := demoOf(t, 2, "--data", data)
	st, err := placeFlags{Data: data}.openStore(t.Context(), time.Now)
	must(t, err)
	id, err := st.Setting(t.Context(), "demo:"+weinan)
	must(t, err)
	must(t, st.Close())
	must(t, os.Rename(loginFile(data).path(), loginFile(data).pending(string(id))))
	must(t, os.WriteFile(loginFile(data).pending("LOST"), []byte("[]"), 0o600))
	if again := does(t, "demo", "--data", data, "--cases", "2"); again != first || strings.Count(first, "\n") != 35 {
		t.Errorf("printed\n%s\nat first and then\n%s", first, again)
	}
}

// A hall with cases, or accounts, of its own keeps them, and gets no case among its own.
func TestDemo_leaves_a_hall_at_work_alone(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := serve(t, "--data", data)
	c := citizen(t, p.address, 1)
	does(t, "user", "add", "window", "--data", data, "--name", "李敏", "--region", weinan, "--department", "market", "--role", "clerk")
	other := t.TempDir()
	does(t, "migrate", "--new", "--data", other)
	does(t, "user", "add", "window", "--data", other, "--name", "李敏", "--region", weinan, "--department", "market", "--role", "clerk")
	no := c.open(t, 1)
	if out := does(t, "demo", "--data", data); out != "" {
		t.Errorf("a demo was made in a hall at work: %s", out)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit %d: %s", code, p.err)
	}
	if cases, accounts := demoSeen(t, placeFlags{Data: data}); cases != 1 || accounts != 2 {
		t.Errorf("%d cases and %d accounts beside %s, want 1 and 2", cases, accounts, no)
	}

	out := does(t, "demo", "--data", other, "--cases", "2") // an account of its own, and no case
	if strings.Contains(out, "window\t") || strings.Count(out, "\n") != 34 {
		t.Errorf("printed\n%s\nwant thirty-four accounts, without window, which somebody has", out)
	}
	st, err := placeFlags{Data: other}.openStore(t.Context(), time.Now)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	if a, err := st.AccountByLogin(t.Context(), "window"); err != nil || !a.MustChange {
		t.Errorf("the account that was there: %+v, %v", a, err)
	}
	if _, err := st.AccountByLogin(t.Context(), "head"); err != nil {
		t.Error(err)
	}
}

// Of two servers that make the demo of one database at once one takes it over, and the other leaves it at that.
func TestDemo_of_two_servers_is_one(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	a, err := storeFlags{placeFlags: placeFlags{Data: data}}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), time.Now)
	must(t, err)
	defer func() { must(t, a.close()) }()
	o := demoOptions{region: weinan, data: data, now: time.Now(), seed: 1, cases: 3}
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			_, err := a.demo(t.Context(), o)
			errs <- err
		}()
	}
	for range cap(errs) {
		must(t, <-errs)
	}
	if cases, accounts := demoSeen(t, placeFlags{Data: data}); cases > 3 || cases == 0 || accounts != 17 {
		t.Errorf("%d cases and %d accounts, want 3 and 17 at most", cases, accounts)
	}
	logins, err := a.demo(t.Context(), o)
	must(t, err)
	if len(logins) != 35 {
		t.Errorf("%d passwords are kept, want 35", len(logins))
	}
	for _, l := range logins {
		if _, _, err := a.gate.SignIn(t.Context(), l.Login, l.Password, access.Client{Address: "127.0.0.1"}); err != nil {
			t.Errorf("%s: %v", l.Login, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(data, making+"*")); err != nil || len(left) != 0 {
		t.Errorf("folders of makers are left: %v %v", left, err)
	}
	if err := a.store.Adopt(t.Context(), a.store, weinan, "another", nil); !errors.Is(err, store.ErrConflict) {
		t.Errorf("taking over into a region with cases: %v", err)
	}
}

// Who decides on a case has looked at it: the applicants of the demo see who did.
func TestDemo_shows_who_looked(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	a, err := storeFlags{placeFlags: placeFlags{Data: data}}.open(t.Context(), serveCommand{LogLevel: "error"}.logger(&world{err: &buffer{}}), time.Now)
	must(t, err)
	defer func() { must(t, a.close()) }()
	_, err = a.demo(t.Context(), demoOptions{region: weinan, data: data, now: time.Now(), seed: 1, cases: 6})
	must(t, err)
	keys, err := a.store.Keys(t.Context(), weinan, "", 1000)
	must(t, err)
	officials := 0
	for _, key := range keys {
		looks, err := a.store.Looks(t.Context(), key)
		must(t, err)
		entries, err := a.store.Entries(t.Context(), key, 0, 0)
		must(t, err)
		for _, e := range entries {
			if e.Actor.Kind != caseflow.ActorOfficial {
				continue
			}
			officials++
			if !slices.ContainsFunc(looks, func(l store.Look) bool { return l.Account == e.Actor.ID && !l.At.After(e.At) }) {
				t.Errorf("%s gave %s in case %s without a look at it", e.Actor.ID, e.Verb, key.Case)
			}
		}
	}
	if officials == 0 {
		t.Error("no official did anything")
	}
}

// The demo has a company with two agents, and a person who acts for two companies.
func TestDemo_has_agents_of_companies(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	demoOf(t, 24, "--data", data)
	st, err := placeFlags{Data: data}.openStore(t.Context(), time.Now)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	a, err := st.AccountByLogin(t.Context(), "13800000003")
	must(t, err)
	list, _, err := st.Mandates(t.Context(), store.MandateQuery{Agent: a.ID, State: store.MandateActive})
	must(t, err)
	if len(list) != 2 || list[0].Principal == list[1].Principal {
		t.Fatalf("the second agent has %+v", list)
	}
	agents, _, err := st.Mandates(t.Context(), store.MandateQuery{Principal: list[1].Principal, Kind: store.MandateAgent})
	must(t, err)
	owners, _, err := st.Mandates(t.Context(), store.MandateQuery{Principal: list[0].Principal, Kind: store.MandateAgent})
	must(t, err)
	if max(len(agents), len(owners)) != 2 {
		t.Errorf("no company has two agents: %+v %+v", agents, owners)
	}
}
