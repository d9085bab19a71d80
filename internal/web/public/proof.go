package public

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// built holds what `make wasm` has built, if it has.
//
//go:embed verifier
var built embed.FS

// Verifier is what the verify page runs in the browser.
type Verifier struct {
	wasm []byte // compressed
	exec []byte // Go's loader
}

// OpenVerifier reads what scripts/wasm.sh has put into a folder; nil if it has not.
func OpenVerifier(dir fs.FS) *Verifier {
	wasm, err := fs.ReadFile(dir, "receipt.wasm.gz")
	if err != nil {
		return nil
	}
	exec, err := fs.ReadFile(dir, "wasm_exec.js")
	if err != nil {
		return nil
	}
	return &Verifier{wasm, exec}
}

func builtVerifier() *Verifier {
	dir, err := fs.Sub(built, "verifier")
	if err != nil {
		return nil
	}
	return OpenVerifier(dir)
}

// proofAddress is the verify page.
const proofAddress = "/verify/receipt"

// proofView is the page on which a receipt is checked in the browser.
type proofView struct {
	ui.Page
	Script bool // the browser can do it
	File   ui.Field
	Keys   ui.Field
	Max    int
}

func (s *Site) proofPage(w http.ResponseWriter, r *http.Request) {
	v := &proofView{Page: s.narrow(r, "", "/verify"), Script: s.verifier != nil, Max: receipt.MaxBytes}
	v.Title = v.T("public.proof-title")
	if v.Script {
		v.Scripts, v.Wasm = []string{"proof.js"}, true
	}
	v.File = ui.Field{Kind: ui.KindFile, Name: "receipt", Label: v.T("public.proof-file"), Hint: v.T("public.proof-file-hint"), Accept: "application/json,.json"}
	v.Keys = ui.Field{Kind: ui.KindTextarea, Name: "keys", Label: v.T("public.proof-keys"), Hint: v.T("public.proof-keys-hint"), Optional: true, Autocomplete: "off"}
	s.kit.Show(w, http.StatusOK, "public/proof", v)
}

// proofQR leads to the verify page.
func (s *Site) proofQR(w http.ResponseWriter, r *http.Request) { s.qr(w, r, s.origin(r)+proofAddress) }

// part serves a part of the verifier. It is asked for anew each time, and answered only if it has changed.
func (s *Site) part(mediaType string, of func(*Verifier) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.verifier == nil {
			s.fail(w, r, hall.ErrNotFound)
			return
		}
		body := of(s.verifier)
		sum := sha256.Sum256(body)
		h := w.Header()
		h.Set("Content-Type", mediaType)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
		if mediaType == "application/wasm" {
			h.Set("Content-Encoding", "gzip") // every browser that knows WebAssembly reads it
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}
}

// proofSchema is the JSON Schema of receipts.
func (s *Site) proofSchema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	_, _ = w.Write(receipt.Schema) // the client has gone: nobody to tell
}

// proof gives the owner the receipt with its proofs, to keep.
func (s *Site) proof(w http.ResponseWriter, r *http.Request, o *own) {
	p, err := s.hall.Prove(r.Context(), o.by, o.key)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	text, err := p.Encode()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", page.Attachment(string(o.key.Case)+"-receipt.json"))
	_, _ = w.Write(text) // #nosec G705 -- JSON, saved to a file; a write error has nobody to be told
}
