package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

const (
	atOnce   = 64 // requests
	sizeType = "text/x.tlog.size"
	addPath  = "/add-checkpoint"
	seenPath = "/checkpoint"
)

// Handler speaks c2sp.org/tlog-witness below a prefix that is taken off before: POST /add-checkpoint. Beside that it shows what the witness has
// signed last of a log, GET /checkpoint?origin=NAME, and its public keys, one a line, the newest first, GET /key.
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	room := make(chan struct{}, atOnce)
	mux.HandleFunc("POST "+addPath, func(rw http.ResponseWriter, r *http.Request) {
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
		default:
			rw.Header().Set("Retry-After", "1")
			http.Error(rw, "busy", http.StatusServiceUnavailable)
			return
		}
		w.add(rw, r)
	})
	mux.HandleFunc("GET "+seenPath, w.seen)
	mux.HandleFunc("GET /key", func(rw http.ResponseWriter, r *http.Request) {
		keys, err := w.Keys(r.Context())
		if err != nil {
			w.o.Log.Error("witness", "err", err)
			http.Error(rw, "the witness cannot read its keys", http.StatusInternalServerError)
			return
		}
		plain(rw, "text/plain; charset=utf-8")
		for _, k := range keys {
			_, _ = io.WriteString(rw, k.String()+"\n")
		}
	})
	return mux
}

func plain(rw http.ResponseWriter, mediaType string) {
	rw.Header().Set("Content-Type", mediaType)
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.Header().Set("Cache-Control", "no-store")
}

func (w *Witness) add(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, evidence.MaxSubmission))
	if err != nil {
		http.Error(rw, "the request is too long, or broke off", http.StatusBadRequest)
		return
	}
	lines, err := w.Add(r.Context(), body)
	var elsewhere Elsewhere
	switch {
	case err == nil:
		plain(rw, "text/plain; charset=utf-8")
		_, _ = rw.Write(lines)
	case errors.As(err, &elsewhere):
		plain(rw, sizeType)
		rw.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(rw, "%d\n", elsewhere.Size)
	case errors.Is(err, ErrForked):
		http.Error(rw, "of this size another root was signed", http.StatusConflict)
	case errors.Is(err, ErrUnproven):
		http.Error(rw, "the proof of consistency does not hold", http.StatusUnprocessableEntity)
	case errors.Is(err, ErrUnknown):
		http.Error(rw, "this log is not watched here", http.StatusNotFound)
	case errors.Is(err, ErrUnsigned):
		http.Error(rw, "no known key of the log has signed the checkpoint", http.StatusForbidden)
	case errors.Is(err, evidence.ErrSubmission):
		http.Error(rw, err.Error(), http.StatusBadRequest)
	default:
		w.o.Log.Error("witness", "err", err)
		http.Error(rw, "the witness cannot keep what it signs; try again later", http.StatusInternalServerError)
	}
}

func (w *Witness) seen(rw http.ResponseWriter, r *http.Request) {
	msg, err := w.Signed(r.Context(), r.URL.Query().Get("origin"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		http.NotFound(rw, r)
	case err != nil:
		w.o.Log.Error("witness", "err", err)
		http.Error(rw, "the witness cannot read what it has signed", http.StatusInternalServerError)
	default:
		plain(rw, "text/plain; charset=utf-8")
		rw.Header().Set("Access-Control-Allow-Origin", "*") // a page of another site may compare
		_, _ = rw.Write(msg)
	}
}

// reply is what a witness has answered.
type reply struct {
	status int
	size   int64 // of a 409 that names one; else -1
	body   []byte
}

// mostReply bounds what is read of an answer.
const mostReply = evidence.MaxCheckpoint

// submit hands a submission in.
func submit(ctx context.Context, client *http.Client, prefix string, s evidence.Submission) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(prefix, "/")+addPath, bytes.NewReader(s.Text()))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, body, err := exchange(client, req)
	if err != nil {
		return reply{}, err
	}
	got := reply{resp.StatusCode, -1, body}
	if resp.StatusCode == http.StatusConflict && strings.HasPrefix(resp.Header.Get("Content-Type"), sizeType) {
		if n, err := strconv.ParseInt(strings.TrimSuffix(string(body), "\n"), 10, 64); err == nil && n >= 0 && n <= evidence.MaxSize {
			got.size = n
		}
	}
	return got, nil
}

// Seen asks a witness at an address for the checkpoint of a log that it has signed last; nil if it does not tell.
func Seen(ctx context.Context, client *http.Client, prefix, origin string) []byte {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(prefix, "/")+seenPath+"?origin="+url.QueryEscape(origin), nil)
	if err != nil {
		return nil
	}
	resp, body, err := exchange(client, req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil
	}
	return body
}

func exchange(client *http.Client, req *http.Request) (*http.Response, []byte, error) {
	req.Header.Set("User-Agent", "Tongban")
	resp, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address
		}
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostReply+1))
	if err = errors.Join(err, resp.Body.Close()); err == nil && len(body) > mostReply {
		err = errors.New("the answer is too long")
	}
	return resp, body, err
}
