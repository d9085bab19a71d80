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
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkProgram builds the program as it is released and starts it again and again on a store that it made before:
// "start-ms" until /readyz says yes, "rest-MB" resident then, "binary-MB" on disk. The first start, which makes keys and
// demo data, is not counted.
func BenchmarkProgram(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "tongban")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "../cmd/tongban")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
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

// start runs the program until it is ready, and returns how long that took and how much memory it then holds.
func start(b *testing.B, bin, data string) (time.Duration, float64) {
	b.Helper()
	address := free(b)
	var log bytes.Buffer
	cmd := exec.CommandContext(b.Context(), bin, "serve", "--data", data, "--listen", address)
	cmd.Stdout, cmd.Stderr = &log, &log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if err := ready(b.Context(), "http://"+address+"/readyz", ended); err != nil {
		_ = cmd.Process.Kill() // it may have ended by itself
		b.Fatalf("%v\n%s", err, log.String())
	}
	took := time.Since(began)
	kilobytes := resident(b, cmd.Process.Pid)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := <-ended; err != nil {
		b.Fatalf("the program did not stop in good order: %v\n%s", err, log.String())
	}
	return took, kilobytes
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
