package filestore_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
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
			var why *filestore.Suspect
			if info, err := put(eicar); !errors.As(err, &why) || why.Code() != filestore.UnfitVirus || why.Finding != "Win.Test.EICAR_HDB-1" {
				t.Errorf("infected: %+v %v", info, err)
			}
			for _, reply := range []string{"hang", "stream: OK FOUND? ERROR\x00", "garbage", "\x00", "stream: OK\x00 and more", "INSTREAM size limit exceeded. ERROR\x00"} {
				c.say(reply)
				if _, err := put("unsure " + reply); !errors.As(err, &why) || why.Code() != filestore.UnfitUnscanned {
					t.Errorf("%q: %v", reply, err)
				}
			}
			c.say("stream: \x1b[31mEvil\nname FOUND\x00")
			if _, err := put("named"); !errors.As(err, &why) || why.Finding != "_[31mEvil_name" {
				t.Errorf("a name that is no name: %+v", err)
			}
			c.say("")
			if _, err := put(string(bytes.Repeat([]byte("x"), 2<<20))); !errors.As(err, &why) || why.Code() != filestore.UnfitUnscanned {
				t.Errorf("longer than the scanner takes: %v", err)
			}
		})
	}
}

// eicar is what every scanner takes for a virus, and what is none.
const eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// What the scanner warns of is kept whole under a name that is no hash: nobody opens it, it goes out in no export, it does not wait
// for a case. It comes in as any other file once it is released, and is gone once it is dropped.
func TestScan_keeps_apart_what_it_warns_of(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, at func() home) {
		t.Parallel()
		_, clamav := startClamd(t, "tcp", "127.0.0.1:0")
		h := at()
		s := h.open(t)
		s.ScanWith(filestore.ClamAV{Address: clamav, Within: 10 * time.Second})
		content := []byte("%PDF-1.7\n" + eicar)
		sum := sha256.Sum256(content)
		hash := hex.EncodeToString(sum[:])
		var a *filestore.Suspect
		if _, err := s.Put(t.Context(), "wang", bytes.NewReader(content), filestore.MaxBytes); !errors.As(err, &a) {
			t.Fatal(err)
		}
		if a.Info != (filestore.Info{Hash: hash, Bytes: int64(len(content)), Type: filestore.PDF}) {
			t.Errorf("kept apart: %+v", a.Info)
		}
		for _, name := range []string{hash, a.ID, "../apart/" + a.ID} {
			if _, err := s.Open(t.Context(), name); !errors.Is(err, filestore.ErrNotFound) {
				t.Errorf("opened as %s: %v", name, err)
			}
		}
		if held, err := s.Hold(t.Context(), hash, store.Key{Region: "610500", Case: "1"}); err != nil || held {
			t.Errorf("a case holds it: %v", err)
		}
		var out bytes.Buffer
		if err := s.Export(t.Context(), &out); err != nil || bytes.Contains(out.Bytes(), []byte("EICAR")) {
			t.Errorf("exported: %v", err)
		}
		if n := append(append(h.names(t, "sha"), h.names(t, "by")...), h.names(t, "new")...); len(n) > 0 {
			t.Errorf("kept as a file: %v", n)
		}
		if ids := apart(t, s); !slices.Equal(ids, []string{a.ID}) {
			t.Errorf("apart: %v, want %s", ids, a.ID)
		}
		for _, id := range []string{"", "NOBODY", "../tmp/x", hash} {
			if _, err := s.Release(t.Context(), id, "wang"); !errors.Is(err, filestore.ErrNotFound) {
				t.Errorf("released %q: %v", id, err)
			}
		}
		for range 2 { // also again
			if info, err := s.Release(t.Context(), a.ID, "wang"); err != nil || info != a.Info {
				t.Fatalf("released: %+v %v", info, err)
			}
		}
		if by, err := s.PutBy(t.Context(), hash, "wang"); err != nil || !by {
			t.Errorf("the released file is not wang's: %v", err)
		}
		for range 2 {
			if err := s.Drop(t.Context(), a.ID); err != nil {
				t.Fatal(err)
			}
		}
		if ids := apart(t, s); len(ids) > 0 {
			t.Errorf("dropped, and still there: %v", ids)
		}
		if err := s.Drop(t.Context(), "../sha/"+hash); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(t.Context(), hash); err != nil {
			t.Errorf("what was released is gone: %v", err)
		}
	})
}

// apart lists what a store keeps apart.
func apart(t *testing.T, s filestore.Store) (ids []string) {
	t.Helper()
	err := s.Apart(t.Context(), func(id string, since time.Time) error {
		if since.IsZero() || time.Since(since) > time.Hour {
			t.Errorf("%s is apart since %v", id, since)
		}
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
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
