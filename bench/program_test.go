package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkProgram builds the program as it is released and starts it again and again on a store that it made before:
// "start-ms" until /readyz says yes, "rest-MB" resident then, "binary-MB" on disk. The first start, which makes keys and
// demo data, is not counted.
func BenchmarkProgram(b *testing.B) {
	bin := program(b)
	size, err := os.Stat(bin)
	if err != nil {
		b.Fatal(err)
	}
	data := b.TempDir()
	start(b, bin, data)
	var took, rest float64
	b.ResetTimer()
	for range b.N {
		d, kilobytes := start(b, bin, data)
		took += d.Seconds()
		rest = max(rest, kilobytes)
	}
	b.ReportMetric(1000*took/float64(b.N), "start-ms")
	b.ReportMetric(rest/1024, "rest-MB")
	b.ReportMetric(float64(size.Size())/(1<<20), "binary-MB")
}

// program builds the program as it is released.
func program(b *testing.B) string {
	b.Helper()
	bin := filepath.Join(b.TempDir(), "tongban")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "../cmd/tongban")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// start runs the program until it is ready, and returns how long that took and how much memory it then holds.
func start(b *testing.B, bin, data string) (time.Duration, float64) {
	b.Helper()
	began := time.Now()
	s := serve(b, bin, data)
	took, kilobytes := time.Since(began), resident(b, s.cmd.Process.Pid)
	s.stop(b)
	return took, kilobytes
}

// server is the program, running.
type server struct {
	address string
	cmd     *exec.Cmd
	ended   chan error
	log     bytes.Buffer
}

// serve starts the program on a data folder and waits until it is ready.
func serve(b *testing.B, bin, data string) *server {
	b.Helper()
	return serveBy(b, []string{bin}, data)
}

// serveBy does so by another program that becomes it, such as taskset.
func serveBy(b *testing.B, bin []string, data string) *server {
	b.Helper()
	s := &server{address: free(b), ended: make(chan error, 1)}
	args := append(bin[1:], "serve", "--data", data, "--listen", s.address, "--log-level", "warn")
	s.cmd = exec.CommandContext(b.Context(), bin[0], args...)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	if err := ready(b.Context(), "http://"+s.address+"/readyz", s.ended); err != nil {
		_ = s.cmd.Process.Kill() // it may have ended by itself
		b.Fatalf("%v\n%s", err, s.log.String())
	}
	return s
}

// rest waits until the program has done what so many new cases give it to do by itself, such as records of credit: until it takes less than a
// twentieth of a processor for three seconds. Then what was written on the way, such as the program itself, is put on the disk, which would
// else do so half a minute later while the log waits.
func (s *server) rest(b *testing.B) {
	b.Helper()
	defer syscall.Sync()
	const ticks = 100 // of processor time in a second, as Linux counts them
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for calm, before := 0, processor(b, s.cmd.Process.Pid); calm < 3; {
		select {
		case err := <-s.ended:
			b.Fatalf("ended before it rested: %v\n%s", err, s.log.String())
		case <-second.C:
		}
		now := processor(b, s.cmd.Process.Pid)
		if calm++; now-before >= ticks/20 {
			calm = 0
		}
		before = now
	}
}

// processor is the time that a process has had, in ticks.
func processor(b *testing.B, pid int) int {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := bytes.Cut(stat, []byte(") ")) // the name before may hold anything
	fields := strings.Fields(string(rest))
	if len(fields) < 13 {
		b.Fatalf("/proc says of the process %q", stat)
	}
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err, err2); err != nil {
		b.Fatal(err)
	}
	return user + system
}

// stop ends the program in good order.
func (s *server) stop(b *testing.B) {
	b.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		b.Fatalf("the program did not stop in good order: %v\n%s", err, s.log.String())
	}
}

// free finds a port that nobody listens on.
func free(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ready asks every few milliseconds until the answer is 200. The program has a minute.
func ready(ctx context.Context, url string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ask := time.NewTicker(2 * time.Millisecond)
	defer ask.Stop()
	for {
		select {
		case <-ctx.Done():
			return errors.New("not ready after a minute")
		case err := <-ended:
			return fmt.Errorf("ended before it was ready: %w", err)
		case <-ask.C:
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			continue // nobody listens yet
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// resident is VmRSS of a process, in kilobytes.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kilobytes); n == 1 {
			return kilobytes
		}
	}
	b.Fatal("no VmRSS in /proc")
	return 0
}
