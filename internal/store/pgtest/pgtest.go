//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Mode says how a server goes down.
type Mode string

const (
	// Fast ends every session, writes a checkpoint and stops in good order.
	Fast Mode = "fast"
	// Immediate stops without a checkpoint, as in a crash of the server: the
	// next start recovers from the write-ahead log.
	Immediate Mode = "immediate"
)

// Options says how a server of the test's own is set up.
type Options struct {
	// Hasty switches fsync and synchronous_commit off: fast, and lossy if the
	// machine (not just the server) goes down. Never for durability tests.
	Hasty bool
	// Settings are further lines for postgresql.conf, as name to value.
	Settings map[string]string
}

// Server is one throwaway PostgreSQL. Its methods may be called by several
// goroutines, except Stop, Resume and Restart, which want one caller at a time.
type Server struct {
	bin   string // folder of PostgreSQL's programs
	dir   string // private folder: data, socket, log
	user  account
	guard *os.File // write end of the guard's pipe; its end ends the server
	count atomic.Int64
}

// shared is the server behind Start and From, one for each test binary.
var shared struct {
	sync.Mutex
	server *Server
	models map[string]*sync.Once // databases that From copies, by name
}

// Start returns the connection URL of a fresh, empty database on the server
// that this test binary shares. The database goes when the test ends.
func Start(t testing.TB) (dsn string) {
	t.Helper()
	return common(t).Database(t)
}

// From is Start with a database that already holds what fill puts into one:
// fill is called once for a model of that name, from which all are copied. The
// name is a word of small letters; fill leaves no connection open.
func From(t testing.TB, model string, fill func(dsn string)) (dsn string) {
	t.Helper()
	s := common(t)
	shared.Lock()
	once := shared.models[model]
	if once == nil {
		once = &sync.Once{}
		shared.models[model] = once
	}
	shared.Unlock()
	once.Do(func() {
		if err := s.create(t.Context(), model, "template0"); err != nil {
			t.Fatalf("pgtest: create database: %v", err)
		}
		fill(s.url(model))
	})
	return s.copy(t, model)
}

// common is the server that this test binary shares.
func common(t testing.TB) *Server {
	t.Helper()
	bin := require(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		s, err := launch(bin, Options{Hasty: true})
		if err != nil {
			t.Fatalf("pgtest: %v", err)
		}
		shared.server, shared.models = s, map[string]*sync.Once{}
	}
	return shared.server
}

// New starts a server of the test's own, for tests that stop or restart it.
// It goes when the test ends.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := launch(require(t), o)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return s
}

// Database creates a fresh, empty database and returns its connection URL. The
// database goes when the test ends, whoever is still connected.
func (s *Server) Database(t testing.TB) (dsn string) {
	t.Helper()
	return s.copy(t, "template0")
}

// copy makes a database like another, to which nobody is connected.
func (s *Server) copy(t testing.TB, model string) (dsn string) {
	t.Helper()
	name := fmt.Sprintf("t%d", s.count.Add(1))
	if err := s.create(t.Context(), name, model); err != nil {
		t.Fatalf("pgtest: create database: %v", err)
	}
	t.Cleanup(func() {
		// t.Context is over by now. A server that the test stopped for good
		// takes its databases with it.
		if !s.up() {
			return
		}
		if err := s.admin(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("pgtest: drop database: %v", err)
		}
	})
	return s.url(name)
}

// create copies files instead of writing each page into the log (PostgreSQL 15
// and later): less work where nothing is flushed, and no worse elsewhere.
func (s *Server) create(ctx context.Context, name, model string) error {
	return s.admin(ctx, "CREATE DATABASE "+name+" TEMPLATE "+model+" STRATEGY file_copy")
}

// Stop takes the server down; connections break. Resume brings it back.
func (s *Server) Stop(t testing.TB, m Mode) {
	t.Helper()
	if err := s.stop(m); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}

// Resume starts a stopped server on the data it had. It returns when the
// server accepts connections.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}

// Restart is Stop followed by Resume.
func (s *Server) Restart(t testing.TB, m Mode) {
	t.Helper()
	s.Stop(t, m)
	s.Resume(t)
}

// Log returns what the server has logged so far.
func (s *Server) Log() string {
	b, err := os.ReadFile(s.logfile())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// require returns the folder of PostgreSQL's programs, or ends the test.
func require(t testing.TB) (bin string) {
	t.Helper()
	full := os.Getenv("TONGBAN_TEST_FULL") == "1"
	if testing.Short() && !full {
		t.Skip("needs PostgreSQL, which a short run leaves out (run: make test)")
	}
	bin, err := find(os.Getenv("PATH"), "/usr/lib/postgresql/*/bin")
	switch {
	case err == nil:
		return bin
	case full:
		t.Fatalf("needs PostgreSQL: %v (run: make deps)", err)
	default:
		t.Skipf("needs PostgreSQL: %v (run: make deps)", err)
	}
	return ""
}

// launch makes a cluster in a new private folder and starts it.
func launch(bin string, o Options) (s *Server, err error) {
	user, err := unprivileged()
	if err != nil {
		return nil, err
	}
	// The name is short because a socket's path has room for about 100 bytes.
	where := ""
	if o.Hasty {
		where = inMemory()
	}
	dir, err := os.MkdirTemp(where, "tbpg")
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	s = &Server{bin: bin, dir: dir, user: user}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := user.own(dir); err != nil {
		return s, err
	}
	if err := s.watch(); err != nil {
		return s, err
	}
	if err := s.run("initdb", "-D", s.data(), "-U", "tongban", "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync", "--no-instructions"); err != nil {
		return s, err
	}
	if err := s.configure(o); err != nil {
		return s, err
	}
	return s, s.start()
}

// configure appends the settings to the cluster's configuration; for a setting
// that is named twice PostgreSQL takes the last.
func (s *Server) configure(o Options) error {
	lines := []string{
		"listen_addresses = ''",
		"unix_socket_directories = " + quote(s.dir),
		"max_connections = 200",
		"shared_buffers = 64MB",
		"log_min_messages = warning",
	}
	if o.Hasty {
		lines = append(lines, "fsync = off", "synchronous_commit = off", "full_page_writes = off")
	}
	for name, value := range o.Settings {
		lines = append(lines, name+" = "+quote(value))
	}
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("configure PostgreSQL: %w", err)
	}
	_, err = f.WriteString("\n" + strings.Join(lines, "\n") + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("configure PostgreSQL: %w", err)
	}
	return nil
}

// quote makes a string of postgresql.conf.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// watch starts the guard: a shell that waits for its standard input to end,
// which it does when this process ends, however it ends, and then takes the
// server and its folder away.
func (s *Server) watch() error {
	const script = `cat >/dev/null; "$1" stop -D "$2/data" -m immediate >/dev/null 2>&1; rm -rf "$2"`
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("guard PostgreSQL: %w", err)
	}
	defer r.Close()
	guard := exec.Command("/bin/sh", "-c", script, "sh", filepath.Join(s.bin, "pg_ctl"), s.dir) // #nosec G204 -- test only; the script is constant
	guard.Stdin = r
	guard.Dir = "/"
	s.user.apply(guard)
	if err := guard.Start(); err != nil {
		return errors.Join(fmt.Errorf("guard PostgreSQL: %w", err), w.Close())
	}
	s.guard = w
	return nil
}

// close ends the server and removes its folder.
func (s *Server) close() error {
	var err error
	if s.up() {
		err = s.stop(Immediate)
	}
	if s.guard != nil {
		err = errors.Join(err, s.guard.Close())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func (s *Server) start() error {
	return s.run("pg_ctl", "start", "-D", s.data(), "-w", "-t", "60", "-s", "-l", s.logfile())
}

func (s *Server) stop(m Mode) error {
	return s.run("pg_ctl", "stop", "-D", s.data(), "-w", "-t", "60", "-s", "-m", string(m))
}

// up reports whether the server's process is there.
func (s *Server) up() bool {
	return s.run("pg_ctl", "status", "-D", s.data(), "-s") == nil
}

// run runs one of PostgreSQL's programs as the unprivileged user. Its output
// goes to a file, not a pipe: a pipe would stay open as long as the server.
func (s *Server) run(program string, args ...string) error {
	out, err := os.CreateTemp("", "tbpg-out")
	if err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	defer os.Remove(out.Name())
	defer out.Close()
	c := exec.Command(filepath.Join(s.bin, program), args...) // #nosec G204 -- test only; the caller names the program
	c.Dir = s.dir
	c.Stdout, c.Stderr = out, out
	s.user.apply(c)
	if err := c.Run(); err != nil {
		said, _ := os.ReadFile(out.Name()) // only adds to the error
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(string(said)))
	}
	return nil
}

// admin runs one statement in the maintenance database.
func (s *Server) admin(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func (s *Server) url(database string) string {
	q := url.Values{"host": {s.dir}, "port": {"5432"}, "user": {"tongban"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + q.Encode()
}

func (s *Server) data() string    { return filepath.Join(s.dir, "data") }
func (s *Server) logfile() string { return filepath.Join(s.dir, "log") }
