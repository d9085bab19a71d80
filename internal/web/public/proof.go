package public

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
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

// proofAddress is the verify page, which receipt.PrintedPage leads to.
const proofAddress = "/verify/receipt"

// maxVerified bounds the file that the page reads: the record of a draw among a hundred thousand is some 20 MB, and larger ones are for the
// command. A receipt has a smaller bound of its own.
const maxVerified = 64 << 20

// proofView is the page on which a receipt, or the record of a draw, is checked in the browser.
type proofView struct {
	ui.Page
	Script bool // the browser can do it
	File   ui.Field
	Paper  ui.Field
	Keys   ui.Field
	Max    int
}

func (s *Site) proofPage(w http.ResponseWriter, r *http.Request) {
	v := &proofView{Page: s.narrow(r, "", "/verify"), Script: s.verifier != nil, Max: maxVerified}
	v.Title = v.T("public.proof-title")
	if v.Script {
		v.Scripts, v.Wasm = []string{"proof.js"}, true
	}
	v.File = ui.Field{Kind: ui.KindFile, Name: "receipt", Label: v.T("public.proof-file"), Hint: v.T("public.proof-file-hint"), Optional: true, Accept: "application/json,.json"}
	v.Paper = ui.Field{Kind: ui.KindTextarea, Name: "printed", Label: v.T("public.proof-paper"), Hint: v.T("public.proof-paper-hint"), Optional: true, Autocomplete: "off"}
	v.Keys = ui.Field{Kind: ui.KindTextarea, Name: "keys", Label: v.T("public.proof-keys"), Hint: v.T("public.proof-keys-hint"), Optional: true, Autocomplete: "off"}
	s.kit.Show(w, http.StatusOK, "public/proof", v)
}

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

// knowsLeaf tells the verify page whether there is a case of the number and leaf that were scanned, and nothing of it.
func (s *Site) knowsLeaf(w http.ResponseWriter, r *http.Request) {
	key, err := hall.KeyOf(r.PathValue("case"))
	if err == nil {
		err = s.hall.KnowsLeaf(r.Context(), key, r.PathValue("leaf"))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// proof gives the owner the receipt with its proofs, to keep.
func (s *Site) proof(w http.ResponseWriter, r *http.Request, o *own) {
	p, err := s.hall.Prove(r.Context(), o.by, o.key)
	s.sendProof(w, r, o.key.Case, p, err)
}

// sendProof answers with a receipt as a file.
func (s *Site) sendProof(w http.ResponseWriter, r *http.Request, no caseflow.CaseNo, p *receipt.Receipt, err error) {
	var text []byte
	if err == nil {
		text, err = p.Encode()
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", page.Attachment(string(no)+"-receipt.json"))
	_, _ = w.Write(text) // #nosec G705 -- JSON, saved to a file; a write error has nobody to be told
}

// proofMark is the QR code that binds the evidence log to a printed receipt.
type proofMark struct {
	QR   *page.QR // nil while the entry is not in the log
	Text string   // that the code holds behind the address
	At   string   // address of the page that it leads to
}

func (s *Site) proofMark(r *http.Request, key store.Key, e *store.Entry) (proofMark, error) {
	m := proofMark{At: s.origin(r) + proofAddress}
	p, err := s.hall.Printed(r.Context(), key, e)
	if p != nil {
		m.Text = p.String()
		m.QR = page.NewQR(m.At + "#" + m.Text)
	}
	return m, err
}

// bearerProofView asks whoever has no account for what the receipt with proofs is given for.
type bearerProofView struct {
	ui.Page
	Item   string
	Fields []ui.Field
	Action string
	Cancel string
	Mark   proofMark
}

// bearerProofPage is for whoever was served at a window without an account, and holds the paper that acknowledges it.
func (s *Site) bearerProofPage(w http.ResponseWriter, r *http.Request) {
	if v, e := s.byReceipt(w, r); v != nil {
		s.showBearerProof(w, r, http.StatusOK, v, e, nil)
	}
}

func (s *Site) showBearerProof(w http.ResponseWriter, r *http.Request, status int, of *hall.View, e *store.Entry, errs *ui.Errors) {
	if of.Case.Owner != "" { // the owner signs in
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	back := progressAddress(of.Case.No, r.PathValue("digits"))
	v := &bearerProofView{Page: s.narrow(r, "", back), Item: of.Item.Name.In(page.Lang(r)), Action: r.URL.Path, Cancel: back}
	v.Title, v.Errors = v.T("public.proof-fetch-title"), errs
	v.Fields = []ui.Field{{Kind: ui.KindText, Name: "code", Label: v.T("public.proof-fetch-code"), Hint: v.T("public.proof-fetch-code-hint"), Autocomplete: "off",
		Value: r.PostFormValue("code"), Error: errs.Of("code")}}
	if of.AsksPhone() {
		v.Fields = append(v.Fields, ui.Field{Kind: ui.KindNumber, Name: "phone", Label: v.T("public.rate-phone"), Hint: v.T("public.rate-phone-hint"), Width: "short",
			Value: r.PostFormValue("phone"), Error: errs.Of("phone")})
	}
	var err error
	if v.Mark, err = s.proofMark(r, store.Key{Region: of.Case.Region, Case: of.Case.No}, e); err != nil {
		s.fail(w, r, err)
		return
	}
	s.kit.Show(w, status, "public/proof-fetch", v)
}

// bearerProof gives the receipt with proofs. What does not fit is answered as not found, so that it counts as a guess.
func (s *Site) bearerProof(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, page.BadInput(err))
		return
	}
	v, e := s.byReceipt(w, r)
	if v == nil {
		return
	}
	code := canonicalCode(r.PostForm.Get("code"))
	if code == "" {
		s.showBearerProof(w, r, http.StatusUnprocessableEntity, v, e, &ui.Errors{Faults: []ui.Fault{{Field: "code", Text: i18n.T(page.Lang(r), "public.proof-fetch-code-missing")}}})
		return
	}
	p, err := s.hall.ProveByReceipt(r.Context(), store.Key{Region: v.Case.Region, Case: v.Case.No}, r.PathValue("digits"), code, phoneEnd(r))
	if errors.Is(err, hall.ErrNotFound) {
		s.showBearerProof(w, r, http.StatusNotFound, v, e, &ui.Errors{Faults: []ui.Fault{{Field: "code", Text: i18n.T(page.Lang(r), "public.proof-fetch-other")}}})
		return
	}
	s.sendProof(w, r, v.Case.No, p, err)
}
