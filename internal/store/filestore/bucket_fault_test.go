package filestore_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// object reports whether a request is for the content of a file.
func object(r *http.Request, method string) bool {
	return r.Method == method && strings.Contains(r.URL.Path, "/sha/")
}

func TestBucket_that_fails_while_it_takes_a_file_has_none(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := s.openWithin(t, 2*time.Second)
	s.stumble(func(w http.ResponseWriter, r *http.Request) bool {
		if object(r, http.MethodPut) {
			_, _ = io.CopyN(io.Discard, r.Body, 3) // some of it came
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		return false
	})
	if _, err := b.Put(t.Context(), "u-wang", bytes.NewReader(pdf(1)), 1<<20); !errors.Is(err, store.ErrBusy) {
		t.Fatalf("a file that the service did not take: %v", err)
	}
	s.stumble(nil)
	if left := s.names(t, "sha"); len(left) > 0 {
		t.Fatalf("it was not taken, and is there: %v", left)
	}
	info, err := b.Put(t.Context(), "u-wang", bytes.NewReader(pdf(1)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, b, info.Hash); !bytes.Equal(got, pdf(1)) {
		t.Errorf("kept %q", got)
	}
}

func TestBucket_that_breaks_off_gives_no_half_file(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := s.openWithin(t, 2*time.Second)
	content := append(pdf(1), bytes.Repeat([]byte("0123456789"), 50_000)...)
	info, err := b.Put(t.Context(), "u-wang", bytes.NewReader(content), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	s.stumble(func(w http.ResponseWriter, r *http.Request) bool {
		if !object(r, http.MethodGet) {
			return false
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		_, _ = w.Write(content[:1000])
		panic(http.ErrAbortHandler) // the line breaks
	})
	f, err := b.Open(t.Context(), info.Hash)
	if err != nil {
		return // said at once: as good
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err == nil {
		t.Errorf("%d of %d bytes were given for the whole file", len(got), len(content))
	}
}
