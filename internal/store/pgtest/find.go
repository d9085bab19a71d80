//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// find returns the folder that holds PostgreSQL's programs: the first of path
// (as in $PATH), else the highest version that matches the glob pattern.
func find(path, pattern string) (bin string, err error) {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL: %w", err)
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	for _, dir := range append(filepath.SplitList(path), dirs...) {
		if complete(dir) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no initdb, pg_ctl and postgres on PATH or in %s", pattern)
}

// complete reports whether all the programs that a server needs are in dir.
func complete(dir string) bool {
	for _, program := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, program)); err != nil {
			return false
		}
	}
	return true
}

// version is the number in .../postgresql/15/bin, 0 if there is none.
func version(bin string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	if err != nil {
		return 0
	}
	return n
}

// account is the user PostgreSQL runs as; the zero value is whoever runs the
// test.
type account struct{ cred *syscall.Credential }

// unprivileged returns the account to use: our own, or, since PostgreSQL
// refuses root, that of postgres or nobody.
func unprivileged() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
		}
	}
	return account{}, fmt.Errorf("PostgreSQL refuses to run as root and there is no user postgres or nobody (run the tests as another user)")
}

// own gives a folder to the account.
func (a account) own(dir string) error {
	if a.cred == nil {
		return nil
	}
	if err := os.Chown(dir, int(a.cred.Uid), int(a.cred.Gid)); err != nil {
		return fmt.Errorf("give the folder to PostgreSQL's user: %w", err)
	}
	return nil
}

// apply makes a command run as the account, in a process group of its own so
// that an interrupt at the terminal does not reach it before its turn.
func (a account) apply(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: a.cred}
	// PGPORT and its kin speak of the caller's own servers.
	c.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") }),
		"LC_ALL=C.UTF-8")
}
