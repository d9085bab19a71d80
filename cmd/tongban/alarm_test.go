package main

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/api"
)

// An alarm about a log is settled by the security administrator alone, once and with a reason; it stays with its evidence, everybody sees the
// reason, and nothing warns of it any more. What comes later is another alarm.
func TestAlarm_is_settled_and_stays(t *testing.T) {
	t.Parallel()
	log := newLog(t, "village.example/log")
	data := t.TempDir()
	demoOf(t, 1, "--data", data)
	w := newCity(t, "w", "--data", data, "--demo")
	printed := w.process.out.String()
	w.join(1, []*city{{name: "nobody", listen: freePort(t), wit: w.wit}}, log.key)
	fork := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
	hand := func(msg []byte, old int64, want int) {
		t.Helper()
		if status, _, body := w.handIn(evidence.Submission{Old: old, Checkpoint: msg}); status != want {
			t.Fatalf("%d %s, want %d", status, body, want)
		}
	}
	hand(log.grow("one", 5), 0, http.StatusOK)
	hand(fork.grow("other", 5), 5, http.StatusConflict)
	as := func(login string) *client { return official(t, w.address, printed, login) }
	security := as("security")
	var view api.LogView
	security.want(t, http.StatusOK, "GET", "/log", nil, &view)
	if len(view.Alarms) != 1 || !view.Alarms[0].Settled.IsZero() {
		t.Fatalf("alarms %+v", view.Alarms)
	}
	id := view.Alarms[0].ID
	first := func() string { return security.page(t, "/console") }
	const alarm = "有日志与见证过的内容不一致"
	if said := first(); !strings.Contains(said, alarm) {
		t.Errorf("the administrator's first page does not tell of the alarm: %s", said)
	}
	settle := "/console/alarms/" + id + "/settle"
	const reason = "村里误用同一密钥开了两台服务器，已更换密钥"
	said := map[string]string{"reason": reason}
	for _, who := range []string{"admin", "audit", "window"} {
		as(who).want(t, http.StatusNotFound, "POST", settle, said, nil)
	}
	security.want(t, http.StatusNotFound, "POST", "/console/alarms/0123456789abcdef/settle", said, nil)
	for _, bad := range []string{"", "  ", "a\u0007b", strings.Repeat("长", maxSettled+1)} {
		security.want(t, http.StatusUnprocessableEntity, "POST", settle, map[string]string{"reason": bad}, nil)
	}
	security.want(t, http.StatusOK, "POST", settle, said, &view)
	if a := view.Alarms[0]; a.Settled.IsZero() || a.Reason != reason || !strings.Contains(w.get(a.Evidence), "village.example/log\n5\n") {
		t.Errorf("settled: %+v", a)
	}
	security.want(t, http.StatusUnprocessableEntity, "POST", settle, map[string]string{"reason": "another"}, nil)
	if page := w.get("/log"); !strings.Contains(page, reason) {
		t.Error("the page of the log does not tell the reason")
	}
	if said := first(); strings.Contains(said, alarm) || !strings.Contains(said, "/console/log") {
		t.Errorf("the first page still tells of an alarm that was settled: %s", said)
	}
	w.until("no alarm", func() bool { return w.metric(`tongban_log_alarms{kind="forked"} 0`) })
	hand(fork.grow("more", 3), 5, http.StatusUnprocessableEntity) // unproven: another alarm
	hand(func() []byte {
		other := &shownLog{t: t, dir: t.TempDir(), tree: evidence.EmptyTree(), key: log.key, sign: log.sign}
		return other.grow("third", 5)
	}(), 5, http.StatusConflict)
	w.until("a new alarm", func() bool { return w.metric(`tongban_log_alarms{kind="forked"} 1`) })
	security.want(t, http.StatusOK, "GET", "/log", nil, &view)
	if len(view.Alarms) != 3 || view.Alarms[2].ID != id || view.Alarms[2].Reason != reason {
		t.Errorf("alarms %+v", view.Alarms)
	}
	status, traces, err := as("audit").send("GET", "/console/operations", "", nil)
	if err != nil || status != http.StatusOK || !strings.Contains(string(traces), "alarm-settled") || !strings.Contains(string(traces), reason) {
		t.Errorf("the operation log: %d, %v", status, err)
	}
	if _, errs, code := cli(t, "log", "check", w.address+"/log"); code != 0 {
		t.Error(errs)
	}
	if code := w.end(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if _, errs, code := cli(t, "log", "compare", "--data", data); code != 0 {
		t.Errorf("store and log: %s", errs)
	}
}

// page is a page as whoever is signed in reads it.
func (c *client) page(t testing.TB, path string) string {
	t.Helper()
	_, body := c.read(t, path)
	return body
}

// read asks for a page as whoever is signed in, where redirects lead.
func (c *client) read(t testing.TB, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+path, nil)
	must(t, err)
	if c.token != "" {
		r.AddCookie(&http.Cookie{Name: "tongban", Value: c.token})
	}
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	text, err := io.ReadAll(resp.Body)
	must(t, errors.Join(err, resp.Body.Close()))
	return resp.StatusCode, string(text)
}
