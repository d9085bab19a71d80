package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// keeper is the system administrator of a served demo.
func keeper(t testing.TB, address, printed string) *client {
	t.Helper()
	return official(t, address, printed, "admin")
}

// official signs in as somebody of a demo, with the password that serve printed.
func official(t testing.TB, address, printed, login string) *client {
	t.Helper()
	for line := range strings.Lines(printed) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == login {
			c := newClient(address)
			c.signIn(t, login, words[1])
			return c
		}
	}
	t.Fatalf("no password of %s is printed: %s", login, printed)
	return nil
}

// archives asks for the list until its first archive is as it is waited for.
func (c *client) archives(t testing.TB, state func(*api.ArchiveView) bool) []api.ArchiveView {
	t.Helper()
	var list struct{ Archives []api.ArchiveView }
	until(t, func() bool {
		c.want(t, http.StatusOK, "GET", "/console/backups", nil, &list)
		return len(list.Archives) > 0 && state(&list.Archives[0])
	})
	return list.Archives
}

func ended(a *api.ArchiveView) bool { return !a.Ended.IsZero() || a.Fault != "" }

func tried(a *api.ArchiveView) bool {
	return a.Trial != nil && (!a.Trial.Ended.IsZero() || a.Trial.Fault != "")
}

// From the button to the trial: the archive that the server makes is one that the command line restores and verifies; a trial finds
// it good and leaves nothing behind; one that was changed by one bit is found out; and the operation log names all of it.
func TestBackups_are_made_tried_and_recorded(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"SQLite", "PostgreSQL"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{"--data", dir}
			if kind == "PostgreSQL" {
				args = append(args, "--store", pgtest.Start(t))
			}
			demoOf(t, 6, args...)
			p := serve(t, append([]string{"--demo"}, args...)...)
			c := keeper(t, p.address, p.waitFor("audit"))
			var a api.ArchiveView
			c.want(t, http.StatusAccepted, "POST", "/console/backups", nil, &a)
			made := c.archives(t, ended)[0]
			file, keys := filepath.Join(dir, "backups", made.Name), filepath.Join(dir, seal.FileName)
			if info, err := os.Stat(file); err != nil || made.Fault != "" || made.Bytes != info.Size() || info.Mode().Perm() != 0o600 || len(made.SHA256) != 64 {
				t.Fatalf("made %+v: %v %v", made, info, err)
			}
			c.want(t, http.StatusAccepted, "POST", "/console/backups/"+made.Name+"/try", nil, nil)
			good := c.archives(t, tried)[0].Trial
			if good.Fault != "" || good.Cases < 6 || good.Entries <= good.Cases || good.Files == 0 {
				t.Errorf("the trial found %+v", good)
			}
			if out := does(t, "verify", "backup", "--keys", keys, file); out != fmt.Sprintf("sound: %d cases, %d entries, %d files\n", good.Cases, good.Entries, good.Files) {
				t.Errorf("verify says %s", out)
			}
			does(t, "restore", "--data", filepath.Join(dir, "again"), "--keys", keys, file)
			content, err := os.ReadFile(filepath.Clean(file))
			must(t, err)
			content[len(content)/3] ^= 1
			must(t, os.WriteFile(file, content, 0o600))
			c.want(t, http.StatusAccepted, "POST", "/console/backups/"+made.Name+"/try", nil, nil)
			if bad := c.archives(t, tried)[0].Trial; bad.Fault != "damaged" {
				t.Errorf("of a changed archive the trial found %+v", bad)
			}
			refuses(t, "verify", "verify", "backup", file)
			if left, err := filepath.Glob(filepath.Join(dir, "backups", "try*")); err != nil || len(left) > 0 {
				t.Errorf("the trials left %v %v", left, err)
			}
			c.want(t, http.StatusNotFound, "POST", "/console/backups/none.backup/try", nil, nil)
			var log struct{ Traces []api.TraceView }
			official(t, p.address, p.out.String(), "audit").want(t, http.StatusOK, "GET", "/console/operations?limit=50", nil, &log)
			var kinds []string
			for _, e := range slices.Backward(log.Traces) {
				if e.Reason == made.Name {
					kinds = append(kinds, e.Kind)
				}
			}
			if got := strings.Join(kinds, " "); got != "backup-begun backup-ended trial-begun trial-ended trial-begun trial-ended" {
				t.Errorf("the operation log has %s", got)
			}
			if code := p.end(); code != 0 {
				t.Errorf("serve ended with %d: %s", code, p.err)
			}
		})
	}
}
