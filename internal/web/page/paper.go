package page

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/paper/pdf"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/ui"
)

// PaperFile is the ending of a paper's address at which it is a PDF file.
const PaperFile = ".pdf"

// PaperRequest says which paper of whose case is asked for at a door, and where the page leads back to.
type PaperRequest struct {
	Hall       *hall.Hall
	View       *hall.View // whose look is recorded
	Key        store.Key
	Name       string // may end in PaperFile
	Masked     bool   // personal data are hidden, and no code leads anywhere
	Department func(id string, at time.Time) string
	Origin     string // address of the site as a phone reaches it
	Home, Text string // address of the case and what the link says
}

// PaperView is the page of one paper, to be read and printed.
type PaperView struct {
	ui.Page
	Doc        *paper.Doc
	File       string // address of the PDF
	Home, Text string
}

// Paper answers with a paper of a case as a page, or as a file where the name ends so.
func (k *Kit) Paper(w http.ResponseWriter, r *http.Request, p ui.Page, ask PaperRequest) error {
	name, asFile := strings.CutSuffix(ask.Name, PaperFile)
	issued, err := ask.Hall.Issue(r.Context(), ask.View.Actor(), ask.Key, name)
	if err != nil {
		return err
	}
	given, err := ask.Hall.Acknowledged(r.Context(), ask.View.Actor(), ask.Key, issued.Entry)
	if err != nil {
		return err
	}
	doc := paper.Write(paper.Source{Issued: issued, Lang: p.Lang, Department: ask.Department, Origin: ask.Origin, Given: given, Masked: ask.Masked})
	if asFile {
		return Printed(w, r, doc, string(ask.Key.Case)+"-"+name)
	}
	p.Title, p.Narrow = doc.Title, true
	k.Show(w, http.StatusOK, "page/paper", &PaperView{Page: p, Doc: doc, File: r.URL.Path + PaperFile, Home: ask.Home, Text: ask.Text})
	return nil
}

// Printed answers with a paper as a file that the browser shows.
func Printed(w http.ResponseWriter, r *http.Request, doc *paper.Doc, name string) error {
	data, err := pdf.Write(r.Context(), doc)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Content-Disposition", strings.Replace(Attachment(doc.Title+"-"+name+PaperFile), "attachment", "inline", 1))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(data) // the client has gone: nobody to tell
	return nil
}

// QR is a QR code as squares, so that a page shows it without a picture from elsewhere.
type QR struct {
	Size int
	Path string // of an SVG path
	Text string
}

// Pixels is how large it stands on a screen: two a module at least, which a phone can read from there.
func (q *QR) Pixels() int { return max(112, 2*q.Size) }

// NewQR draws the text; nil if it is too long to be drawn.
func NewQR(text string) *QR {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil
	}
	bits := code.Bitmap()
	var b strings.Builder
	for y, row := range bits {
		for x, dark := range row {
			if dark {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return &QR{Size: len(bits), Path: b.String(), Text: text}
}

// MarkView is a code on a paper with what it is for.
type MarkView struct {
	QR          *QR
	Words, Code string
}

// Marks are the codes on the paper.
func Marks(d *paper.Doc) []MarkView {
	var list []MarkView
	for _, m := range []*paper.Mark{d.Verify, d.Follow, d.Proof} {
		if m != nil {
			list = append(list, MarkView{NewQR(m.Address), m.Words, m.Code})
		}
	}
	return list
}

// Soon reports whether the paper acknowledges what the evidence log has not taken in yet: then one code is still missing.
func (v *PaperView) Soon() bool { return v.Doc.Follow != nil && v.Doc.Proof == nil }

// Marks are the codes on the paper, for the template.
func (v *PaperView) Marks() []MarkView { return Marks(v.Doc) }
