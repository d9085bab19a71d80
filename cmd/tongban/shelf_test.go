package main

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/workday"
)

// running is a hall in this process, with an administrator and a clerk who are signed in.
type running struct {
	app          *app
	address      string
	admin, clerk *client
}

func start(t *testing.T, f placeFlags) *running {
	t.Helper()
	return startAt(t, f, time.Now)
}

func startAt(t *testing.T, f placeFlags, now func() time.Time) *running {
	t.Helper()
	a, err := storeFlags{placeFlags: f}.open(t.Context(), slog.New(slog.DiscardHandler), now)
	must(t, err)
	handler, err := a.handler(serveCommand{Region: weinan}, nil)
	must(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		must(t, a.close())
	})
	r := &running{app: a, address: server.URL, admin: newClient(server.URL), clerk: newClient(server.URL)}
	added, err := a.gate.Seed(t.Context(), []access.NewAccount{
		{Login: "keeper", Kind: caseflow.ActorOfficial, Name: "管理员", Region: weinan, Department: "it", Roles: []string{caseflow.RoleAdmin}},
		{Login: "counter", Kind: caseflow.ActorOfficial, Name: "窗口", Region: weinan, Department: "market", Roles: []string{caseflow.RoleClerk}},
	})
	must(t, err)
	if len(added) == 2 { // else another server of the store has them
		r.admin.signIn(t, "keeper", added[0].Password)
		r.clerk.signIn(t, "counter", added[1].Password)
	}
	return r
}

// zipped is a folder as it is sent.
func zipped(t *testing.T, dir string) []byte {
	t.Helper()
	p, problems := pack.Load(os.DirFS(dir))
	if p == nil {
		t.Fatal(problems)
	}
	archive, err := p.Archive()
	must(t, err)
	return archive
}

func (c *client) version(t *testing.T, no caseflow.CaseNo) string {
	t.Helper()
	return c.detail(t, no).Version
}

// An administrator loads a version while the hall is open: the case that is there stays on the old one and goes on, a new
// one begins with the new; what does not hold is refused with file and line, and changes nothing.
func TestPackLoad_over_the_API_without_a_restart(t *testing.T) {
	t.Parallel()
	r := start(t, placeFlags{Data: t.TempDir()})
	li := citizen(t, r.address, 1)
	old := li.open(t, 1)
	newer := zipped(t, pack03(t, "pack.yaml", "version: 1.2.0", "version: 1.3.0"))
	r.clerk.want(t, http.StatusNotFound, "POST", "/packs", newer, nil)
	li.want(t, http.StatusNotFound, "POST", "/packs", newer, nil)
	newClient(r.address).want(t, http.StatusUnauthorized, "POST", "/packs", newer, nil)

	status, answer, err := r.admin.send("POST", "/packs", "", zipped(t, pack03(t, "items/company-open.yaml", "needs: [nameCheck]", "needs: [nameChek]")))
	must(t, err)
	var problem api.Problem
	must(t, json.Unmarshal(answer, &problem))
	if status != http.StatusUnprocessableEntity || problem.Code != "pack" || len(problem.Fields) == 0 ||
		!strings.HasPrefix(problem.Fields[0].Field, "items/company-open.yaml:") || !strings.Contains(string(answer), "nameChek") {
		t.Errorf("a broken pack: %d %s", status, answer)
	}
	r.admin.want(t, http.StatusUnprocessableEntity, "POST", "/packs", []byte("no zip"), nil)
	r.admin.want(t, http.StatusConflict, "POST", "/packs", zipped(t, pack03(t, "pack.yaml", "{zh: 企业开办“", "{zh: 开办企业“")), nil)
	// of another city: its own administrator loads it
	status, answer, err = r.admin.send("POST", "/packs", "", zipped(t, "../../packs/04-ankang-open-company"))
	must(t, err)
	if status != http.StatusForbidden || !strings.Contains(string(answer), `"code":"other-region"`) || !strings.Contains(string(answer), "610900") {
		t.Errorf("a pack of another city: %d %s", status, answer)
	}
	if v := li.version(t, li.open(t, 1)); v != "1.2.0" {
		t.Errorf("what was refused runs: a new case is on %s", v)
	}

	var loaded api.LoadedPack
	r.admin.want(t, http.StatusCreated, "POST", "/packs", newer, &loaded)
	if loaded.Version != "1.3.0" || loaded.Loaded != "1.3.0" || len(loaded.Versions) != 2 {
		t.Errorf("answered %+v", loaded)
	}
	r.admin.want(t, http.StatusCreated, "POST", "/packs", newer, nil) // again: nothing new
	fresh := li.submitted(t, 1)
	li.give(t, old, "save-draft", map[string]any{"data": form(1)})
	if a, b := li.version(t, old), li.version(t, fresh); a != "1.2.0" || b != "1.3.0" {
		t.Errorf("the old case is on %s, the new one on %s", a, b)
	}
	var list struct{ Packs []api.PackView }
	r.admin.want(t, http.StatusOK, "GET", "/packs", nil, &list)
	if len(list.Packs) != 4 || strings.Join(list.Packs[0].Versions, " ") != "1.2.0 1.3.0" {
		t.Errorf("the list is %+v", list)
	}
	r.clerk.want(t, http.StatusNotFound, "GET", "/packs", nil, nil)
}

// The command line puts a pack into the store of a running server, which finds it by itself.
func TestPackLoad_from_the_command_line_reaches_a_running_server(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	address, _ := here(t, time.Now, "--data", data)
	li := citizen(t, address, 1)
	old := li.open(t, 1)
	folder := t.TempDir() // of packs
	must(t, os.Rename(pack03(t, "pack.yaml", "version: 1.2.0", "version: 1.3.0"), filepath.Join(folder, "03")))
	if out := does(t, "pack", "load", folder, "--data", data); !strings.Contains(out, "03-weinan-open-company 1.3.0 loaded") {
		t.Errorf("printed %q", out)
	}
	st, err := placeFlags{Data: data}.openExisting(t.Context(), time.Now)
	must(t, err)
	traces, _, err := st.FindTraces(t.Context(), store.TraceQuery{Log: store.OperationLog, Regions: []string{"610500"}, Kinds: []string{string(access.PackLoaded)}})
	must(t, errors.Join(err, st.Close()))
	if len(traces) != 1 || traces[0].Reason != "03-weinan-open-company 1.3.0" || traces[0].By != access.System.ID {
		t.Errorf("the operation log says %+v", traces)
	}
	for until := time.Now().Add(time.Minute); ; {
		var guide api.Guide
		li.want(t, http.StatusOK, "GET", "/items/company-open", nil, &guide)
		if guide.Version == "1.3.0" {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the server never took it")
		}
	}
	fresh := li.open(t, 1)
	li.give(t, old, "save-draft", map[string]any{"data": form(1)})
	if a, b := li.version(t, old), li.version(t, fresh); a != "1.2.0" || b != "1.3.0" {
		t.Errorf("the old case is on %s, the new one on %s", a, b)
	}
	bad := pack03(t, "items/company-open.yaml", "needs: [nameCheck]", "needs: [nameChek]")
	refuses(t, "nameChek", "pack", "load", bad, "--data", data)
	refuses(t, "raise version", "pack", "load", pack03(t, "pack.yaml", "{zh: 企业开办“", "{zh: 开办企业“"), "--data", data)
	refuses(t, "there is no store", "pack", "load", folder, "--data", filepath.Join(data, "typo"))
}

// A server meets a case of a version that only another one has loaded.
func TestPackLoad_on_one_server_serves_cases_on_the_other(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Start(t)
	own, other := t.TempDir(), t.TempDir()
	first := start(t, placeFlags{Data: own, Store: dsn})
	carryKeys(t, own, other)
	second := start(t, placeFlags{Data: other, Store: dsn})
	li := citizen(t, first.address, 1)
	first.admin.want(t, http.StatusCreated, "POST", "/packs", zipped(t, pack03(t, "pack.yaml", "version: 1.2.0", "version: 1.3.0")), nil)
	no := li.open(t, 1)
	li.base = second.address
	if v := li.version(t, no); v != "1.3.0" {
		t.Errorf("the other server shows version %s", v)
	}
	li.give(t, no, "save-draft", map[string]any{"data": form(1)})
	must(t, second.app.items.refresh(t.Context()))
	if v := li.version(t, li.open(t, 1)); v != "1.3.0" {
		t.Errorf("a case opened on the other server is on %s", v)
	}
}

func TestSchemas_are_printed_and_served(t *testing.T) {
	t.Parallel()
	r := start(t, placeFlags{Data: t.TempDir()})
	for name := range strings.FieldsSeq(does(t, "pack", "schema")) {
		printed := does(t, "pack", "schema", name)
		resp, err := http.Get(r.address + "/schemas/" + name + ".schema.json")
		must(t, err)
		served, err := io.ReadAll(resp.Body)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/schema+json" || string(served) != printed || !json.Valid(served) {
			t.Errorf("%s: %d %s %.80s", name, resp.StatusCode, resp.Header.Get("Content-Type"), served)
		}
	}
	resp, err := http.Get(r.address + "/schemas/secret.schema.json")
	must(t, err)
	must(t, resp.Body.Close())
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown schema: %d", resp.StatusCode)
	}
	if _, errw, code := cli(t, "pack", "schema", "common"); code != 2 || !strings.Contains(errw, "rules") {
		t.Errorf("exit %d, %q", code, errw)
	}
}

// One pack whose scenario fails and one that cannot be read keep no other from being checked.
func TestPackCheck_reports_every_pack(t *testing.T) {
	t.Parallel()
	base := filepath.FromSlash("../../internal/pack/testdata/base")
	folder := t.TempDir()
	for _, name := range []string{"bad", "broken"} {
		must(t, os.CopyFS(filepath.Join(folder, name), os.DirFS(base)))
	}
	walk := filepath.Join(folder, "bad", "walk.yaml")
	text, err := os.ReadFile(filepath.Clean(walk))
	must(t, err)
	must(t, os.WriteFile(walk, []byte(strings.Replace(string(text), "phase: received", "phase: closed", 1)), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "broken", "pack.yaml"), []byte("id: ["), 0o600))
	out, errw, code := cli(t, "pack", "check", folder, base)
	if code != 1 || strings.TrimSpace(strings.Split(out, " holds")[0]) != "base 1.2.3" || strings.Count(out, "\n") != 1 {
		t.Errorf("exit %d, printed %q", code, out)
	}
	for _, want := range []string{"bad/walk.yaml:21: ", "want closed", "broken/pack.yaml:2: "} {
		if !strings.Contains(errw, want) {
			t.Errorf("standard error lacks %q:\n%s", want, errw)
		}
	}
	if _, errw, code := cli(t, "pack", "check", t.TempDir()); code != 2 || !strings.Contains(errw, "pack.yaml") {
		t.Errorf("an empty folder: exit %d, %q", code, errw)
	}
}

// A law that changes at midnight: what is accepted after it has the new limit, on a version that was loaded before, without a
// restart; what was accepted keeps the old. A limit that ends with nothing in its place is told of, and the old one stays.
func TestLimits_of_a_new_day_hold_without_a_restart(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	clock.Store(time.Date(2027, 12, 31, 15, 59, 0, 0, time.UTC).UnixMicro()) // a minute before midnight in Weinan
	r := startAt(t, placeFlags{Data: t.TempDir()}, func() time.Time { return time.UnixMicro(clock.Load()) })
	laws, err := workday.StatutoryLimits().With([]byte(`{"schema":"tongban.timelimits/1","text_as_of":"2027-12-01","note":"","limits":[
		{"id":"registration.company","name":"登记","n":2,"unit":"workday","starts":"材料齐全","extension":"3 workdays, head","effect":null,"basis":"市场主体登记管理条例","article":"18","source":"t","verified":true,"valid_from":"2028-01-01","valid_to":"2028-01-31"}]}`))
	must(t, err)
	r.app.items.laws = laws
	must(t, r.app.items.turn()) // the same day: nothing to do
	li := citizen(t, r.address, 1)
	before, after := li.submitted(t, 1), li.submitted(t, 1)
	limit := func(no caseflow.CaseNo) string {
		t.Helper()
		for _, k := range li.detail(t, no).Clocks {
			if k.ID == caseflow.ClockStatutory {
				return k.Limit.String() + " " + k.Basis
			}
		}
		return ""
	}
	r.clerk.give(t, before, "accept", nil)
	clock.Add((2 * time.Minute).Microseconds())
	must(t, r.app.items.turn())
	r.clerk.give(t, after, "accept", nil)
	if got := limit(before); got != "3 workday 《市场主体登记管理条例》第19条" {
		t.Errorf("accepted before midnight: %s", got)
	}
	if got := limit(after); got != "2 workday 《市场主体登记管理条例》第18条" {
		t.Errorf("accepted after midnight: %s", got)
	}
	if due := li.detail(t, li.open(t, 1)).Version; due != "1.2.0" {
		t.Errorf("a new case begins with version %s", due)
	}
	clock.Add((40 * 24 * time.Hour).Microseconds())
	if err := r.app.items.turn(); err == nil || !strings.Contains(err.Error(), "1.2.0 keeps the limits of another day") {
		t.Errorf("a limit that ended: %v", err)
	}
	if it := r.app.items.Current("company-open"); it == nil || it.Limits.Statutory.Limit.N != 2 {
		t.Errorf("the item is %+v", it)
	}
}
