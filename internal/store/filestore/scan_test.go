package filestore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// clamd speaks INSTREAM as clamd does: it finds the EICAR test text, and refuses more than 1 MiB.
type clamd struct {
	mu    sync.Mutex
	seen  [][]byte
	reply string // instead of a verdict; "hang": none
}

func startClamd(t *testing.T, network, address string) (*clamd, string) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	c := &clamd{}
	var open sync.WaitGroup
	done := make(chan struct{})
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { c.serve(conn, done) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); close(done); open.Wait() })
	return c, l.Addr().String()
}

func (c *clamd) serve(conn net.Conn, done chan struct{}) {
	defer conn.Close() //nolint:errcheck // a test's
	head := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(conn, head); err != nil || string(head) != "zINSTREAM\x00" {
		_, _ = io.WriteString(conn, "UNKNOWN COMMAND\x00")
		return
	}
	var got []byte
	for {
		var size uint32
		if binary.Read(conn, binary.BigEndian, &size) != nil {
			return
		}
		if size == 0 {
			break
		}
		if len(got)+int(size) > 1<<20 {
			_, _ = io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
			return
		}
		chunk := make([]byte, size)
		if _, err := io.ReadFull(conn, chunk); err != nil {
			return
		}
		got = append(got, chunk...)
	}
	c.mu.Lock()
	c.seen = append(c.seen, got)
	reply := c.reply
	c.mu.Unlock()
	switch {
	case reply == "hang":
		<-done
	case reply != "":
		_, _ = io.WriteString(conn, reply)
	case bytes.Contains(got, []byte("EICAR-STANDARD-ANTIVIRUS-TEST-FILE")):
		_, _ = io.WriteString(conn, "stream: Win.Test.EICAR_HDB-1 FOUND\x00")
	default:
		_, _ = io.WriteString(conn, "stream: OK\x00")
	}
}

func (c *clamd) say(reply string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reply = reply
}

func TestScan_keeps_what_is_clean_and_nothing_else(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			address := "127.0.0.1:0"
			if network == "unix" {
				address = filepath.Join(t.TempDir(), "clamd.sock")
			}
			c, at := startClamd(t, network, address)
			s, err := filestore.Open(t.TempDir(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			s.ScanWith(filestore.ClamAV{Address: at, Within: time.Second})
			put := func(more string) (filestore.Info, error) {
				return s.Put(t.Context(), "wang", bytes.NewReader([]byte("%PDF-1.7\n"+more)), filestore.MaxBytes)
			}
			clean, err := put("clean")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Stat(t.Context(), clean.Hash); err != nil || string(c.seen[0]) != "%PDF-1.7\nclean" {
				t.Errorf("%v; the scanner saw %q", err, c.seen[0])
			}
			var why *filestore.Unfit
			if info, err := put(`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`); !errors.As(err, &why) || why.Code != filestore.UnfitVirus {
				t.Errorf("infected: %+v %v", info, err)
			}
			for _, reply := range []string{"hang", "stream: OK FOUND? ERROR\x00", "garbage", "\x00", "stream: OK\x00 and more"} {
				c.say(reply)
				if _, err := put("unsure " + reply); !errors.Is(err, store.ErrBusy) {
					t.Errorf("%q: %v", reply, err)
				}
			}
			c.say("")
			if _, err := put(string(bytes.Repeat([]byte("x"), 2<<20))); !errors.Is(err, store.ErrBusy) {
				t.Errorf("longer than the scanner takes: %v", err)
			}
		})
	}
}

func TestScan_refuses_while_the_scanner_is_away(t *testing.T) {
	t.Parallel()
	s, err := filestore.Open(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.ScanWith(filestore.ClamAV{Address: filepath.Join(t.TempDir(), "nobody.sock"), Within: time.Second})
	if _, err := s.Put(t.Context(), "wang", bytes.NewReader([]byte("%PDF-1.7\n")), filestore.MaxBytes); !errors.Is(err, store.ErrBusy) {
		t.Errorf("%v", err)
	}
}
