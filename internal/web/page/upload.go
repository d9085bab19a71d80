package page

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

const (
	// MaxUpload bounds one file where the pack allows more or says nothing.
	MaxUpload = 20 << 20
	// maxAnswer bounds a field of an upload form that is no file.
	maxAnswer = 8 << 10
)

// IsUpload reports whether a form may bring files: it streams, and has bounds of its own.
func IsUpload(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")
}

// Upload is the form by which files of one material come in, the same for an applicant and for a clerk who scans at the window.
type Upload struct {
	Lang     string
	Material *caseflow.Material
	Held     []caseflow.File // what the material holds already
	// Put keeps a file for who sends it, of at most max bytes, or refuses it.
	Put func(name string, content io.Reader, max int64) (caseflow.File, error)
	// Turn keeps another content of an image that the material holds: left, right or black.
	Turn func(f caseflow.File, how string) (caseflow.File, error)
	// Join keeps one PDF of pictures by their hashes, of at most max bytes.
	Join func(name string, hashes []string, max int64) (caseflow.File, error)
}

// Sent is what an upload form carried.
type Sent struct {
	Request, Act, Signed, Remove, Turn string
	Join                               string // pictures that come together become one PDF
	Again                              string // a file of an earlier case: case/hash
	Take                               string // a file that was released from quarantine: its id
	Licence, Leave                     string // a licence that is to stand for the material, or no more
	Files                              []caseflow.File

	faults []ui.Fault // why a file was not taken, each by its name
	over   []string   // files beyond the number that may come
}

// Field asks for files and lists those that are there; href is where one is read, fixed ones cannot be removed.
func (u *Upload) Field(errs *ui.Errors, href func(caseflow.File) string, fixed bool) ui.Field {
	f := ui.Field{
		Kind: ui.KindFile, Name: "files", Label: i18n.T(u.Lang, "public.choose-files"), Many: true,
		Accept: strings.Join(u.Material.Accept, ","), Types: typeWords(u.Material.Accept, u.Lang), Limit: sizeWords(limitOf(u.Material)), Error: errs.Of("files"),
	}
	for i, file := range u.Held {
		shown := ui.File{Name: file.Name, Size: sizeWords(file.Bytes), Href: href(file)}
		if file.Original != "" {
			shown.Note = i18n.T(u.Lang, "public.file-adapted")
		}
		if !fixed {
			shown.Remove, shown.Turns, shown.Up = file.Hash, strings.HasPrefix(file.Type, "image/"), i > 0
		}
		f.Files = append(f.Files, shown)
	}
	f.Joins = u.Material.Joins()
	f.Join = f.Joins && !fixed && len(pictures(u.Held)) > 1
	return f
}

// pictures are the hashes of those files that are pictures, in their order.
func pictures(files []caseflow.File) []string {
	var list []string
	for _, f := range files {
		if strings.HasPrefix(f.Type, "image/") {
			list = append(list, f.Hash)
		}
	}
	return list
}

// Receive reads an upload form as it streams in: files go to the store, the rest is small.
func (u *Upload) Receive(w http.ResponseWriter, r *http.Request) (*Sent, error) {
	r.Body = http.MaxBytesReader(w, r.Body, MaxSent)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, BadInput(err)
	}
	in := &Sent{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return in, u.joinSent(in)
		}
		if err != nil {
			return nil, BadInput(err)
		}
		if err := u.part(in, part); err != nil {
			return nil, err
		}
	}
}

// Typed reads what was typed into a field of a form with files, of at most max bytes. It refuses what is more, and as in a form without
// files what is not in UTF-8.
func Typed(part io.Reader, max int64) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, max+1))
	switch {
	case err != nil:
		return "", BadInput(err)
	case int64(len(text)) > max:
		return "", &http.MaxBytesError{Limit: max}
	case !utf8.Valid(text):
		return "", ErrEncoding
	}
	return string(text), nil
}

func (u *Upload) part(in *Sent, part *multipart.Part) error {
	if part.FormName() == "files" {
		name := caseflow.FileName(part.FileName())
		if name == "" {
			return nil
		}
		if len(in.Files) >= u.most(in) {
			in.over = append(in.over, name)
			return nil
		}
		f, err := u.Put(name, part, limitOf(u.Material))
		if refusal, refused := Refusal(err); refused {
			u.refuse(in, name, refusal)
			return nil
		}
		if err != nil {
			return err
		}
		in.Files = append(in.Files, f)
		return nil
	}
	text, err := Typed(part, maxAnswer)
	if err != nil {
		return err
	}
	for name, to := range map[string]*string{
		RequestField: &in.Request, "act": &in.Act, "signed": &in.Signed, ui.RemoveFile: &in.Remove, ui.TurnFile: &in.Turn, JoinField: &in.Join, AgainField: &in.Again, TakeField: &in.Take, UseField: &in.Licence, LeaveField: &in.Leave,
	} {
		if part.FormName() == name {
			*to = text
		}
	}
	return nil
}

// JoinField names the box that asks for one PDF. It stands before the files, so that it is known while they come.
const JoinField = "_join"

// maxPages is how many pictures may come to be one PDF.
const maxPages = 50

// most is how many files may come by one form.
func (u *Upload) most(in *Sent) int {
	room := caseflow.MaxFiles - len(u.Held)
	if in.Join != "" && u.Material.Joins() && room > 0 {
		return maxPages
	}
	return room
}

// joinSent makes one PDF of the pictures that came, in the place of the first, if the form asks for it. If one of them was not taken,
// the others stay pages of their own: a PDF that lacks a page looks whole.
func (u *Upload) joinSent(in *Sent) error {
	list := pictures(in.Files)
	if in.Join == "" || !u.Material.Joins() || len(list) < 2 {
		return nil
	}
	apart := func() {
		in.faults = append(in.faults, ui.Fault{Field: "files", Text: i18n.T(u.Lang, "public.fault-join")})
		in.Files = in.Files[:min(len(in.Files), caseflow.MaxFiles-len(u.Held))]
	}
	if len(in.faults)+len(in.over) > 0 {
		apart()
		return nil
	}
	f, err := u.Join(u.joinedName(), list, limitOf(u.Material))
	if refusal, refused := Refusal(err); refused {
		u.refuse(in, u.joinedName(), refusal)
		apart()
		return nil
	}
	if err != nil {
		return err
	}
	at := slices.IndexFunc(in.Files, func(f caseflow.File) bool { return f.Hash == list[0] })
	rest := slices.DeleteFunc(in.Files, func(f caseflow.File) bool { return slices.Contains(list, f.Hash) })
	in.Files = slices.Insert(rest, at, f)
	return nil
}

// joinedName is what the PDF is called: as the material.
func (u *Upload) joinedName() string {
	return caseflow.FileName(strings.NewReplacer("/", "、", "\\", "、").Replace(u.Material.Name.In(u.Lang)) + ".pdf")
}

// Attach adds the files to the material. One that is there already is not added again: the form was sent twice. One that is
// not taken keeps no other from being taken.
func (u *Upload) Attach(in *Sent, do func(caseflow.Command) error) error {
	for _, f := range in.Files {
		err := do(caseflow.Attach{Material: u.Material.ID, File: f})
		switch refusal, refused := Refusal(err); {
		case refused && (refusal.Code == caseflow.CodeFile || refusal.Code == caseflow.CodeTooMany):
			u.refuse(in, f.Name, refusal)
		case refused && refusal.Code == caseflow.CodeExists:
		case err != nil:
			return err
		}
	}
	return nil
}

// Rearrange turns a page of the material, or moves it before the one above; what the form says is of a file that is there, or
// nothing happens: the form was sent twice.
func (u *Upload) Rearrange(in *Sent, do func(caseflow.Command) error) error {
	how, hash, _ := strings.Cut(in.Turn, "/")
	if how == "join" {
		return u.joinHeld(do)
	}
	i := slices.IndexFunc(u.Held, func(f caseflow.File) bool { return f.Hash == hash })
	if i < 0 || how == "up" && i == 0 {
		return nil
	}
	cmd := caseflow.Attach{Material: u.Material.ID, File: u.Held[i]}
	if how == "up" {
		cmd.Before, cmd.File.From = u.Held[i-1].Hash, "" // the material has it already
	} else {
		turned, err := u.Turn(u.Held[i], how)
		if err != nil {
			return err
		}
		cmd.File, cmd.Replaces = turned, hash
	}
	err := do(cmd)
	if refusal, refused := Refusal(err); refused && refusal.Code == caseflow.CodeExists { // it looks as it did
		return nil
	}
	return err
}

// joinHeld makes one PDF of the pictures that the material holds. Fewer than two are left as they are: the form was sent twice.
func (u *Upload) joinHeld(do func(caseflow.Command) error) error {
	list := pictures(u.Held)
	if len(list) < 2 || !u.Material.Joins() {
		return nil
	}
	f, err := u.Join(u.joinedName(), list, limitOf(u.Material))
	if err != nil {
		return err
	}
	return do(caseflow.Attach{Material: u.Material.ID, File: f, Joins: list})
}

// AgainField names the button by which a file of an earlier case is used again: case/hash.
const AgainField = "_again"

// UseAgain adds a file of an earlier case. One that is there already is not added again: the form was sent twice.
func (u *Upload) UseAgain(in *Sent, do func(caseflow.Command) error) error {
	no, hash := in.Earlier()
	err := do(caseflow.Attach{Material: u.Material.ID, File: caseflow.File{Hash: hash, From: no}})
	if refusal, refused := Refusal(err); refused && refusal.Code == caseflow.CodeExists {
		return nil
	}
	return err
}

// Earlier is what Again says: the case that has the file, and its hash.
func (in *Sent) Earlier() (caseflow.CaseNo, string) {
	no, hash, _ := strings.Cut(in.Again, "/")
	return caseflow.CaseNo(no), hash
}

// Again is a file that can be used again, as a page offers it.
type Again struct {
	Value, Name, Case, Service, Day string
}

// Agains words what the hall offers.
func Agains(list []hall.Given, lang string) []Again {
	var all []Again
	for _, g := range list {
		all = append(all, Again{Value: string(g.Case) + "/" + g.File.Hash, Name: g.File.Name, Case: string(g.Case),
			Service: g.Item.In(lang), Day: g.File.Given.Text(lang)})
	}
	return all
}

// TakeField names the button by which a file that was released from quarantine is handed in.
const TakeField = "_take"

// Apart is a file that the scanner warned of, as a page shows it.
type Apart struct {
	Name, State, What string
	At                time.Time
	Take              string // its id, if who asks may hand it in now
}

// Aparts words the quarantined files of a material, for somebody.
func Aparts(list []store.Quarantined, by, lang string) []Apart {
	var all []Apart
	for i := range list {
		q := &list[i]
		if q.State == store.QuarantineTaken { // it is among the files
			continue
		}
		a := Apart{Name: q.Name, State: i18n.T(lang, "page.quarantine."+q.State), What: i18n.T(lang, "page.quarantine."+q.State+"-what"), At: q.At}
		if q.State == store.QuarantineReleased && q.Account == by {
			a.Take = q.ID
		}
		all = append(all, a)
	}
	return all
}

// None is the refusal of a form that should have carried a file and did not.
func (in *Sent) None() error {
	if len(in.Files) > 0 || len(in.faults) > 0 || len(in.over) > 0 {
		return nil
	}
	return &caseflow.Refusal{Code: caseflow.CodeFile, Args: []string{"none"}}
}

// refuse notes why a file was not taken; the other files are taken all the same.
func (u *Upload) refuse(in *Sent, name string, refusal *caseflow.Refusal) {
	if refusal.Code == caseflow.CodeTooMany {
		in.over = append(in.over, name)
		return
	}
	in.faults = append(in.faults, ui.Fault{Field: "files", Text: i18n.T(u.Lang, "public.row-label", name, u.Fault(refusal))})
}

// Errors is the summary of what was not taken; nil if all was.
func (in *Sent) Errors(lang string) *ui.Errors {
	list := in.faults
	if len(in.over) > 0 {
		word, most := "public.fault-many", caseflow.MaxFiles
		if in.Join != "" {
			word, most = "public.fault-many-join", maxPages
		}
		list = append(list, ui.Fault{Field: "files", Text: i18n.T(lang, word, most, i18n.Joined(lang, in.over))})
	}
	if len(list) == 0 {
		return nil
	}
	return &ui.Errors{Faults: list}
}

// Fault words why a file, or a signature, was not taken.
func (u *Upload) Fault(refusal *caseflow.Refusal) string {
	lang, m := u.Lang, u.Material
	why := ""
	if len(refusal.Args) > 0 {
		why = refusal.Args[0]
	}
	switch {
	case refusal.Code == caseflow.CodeWords && why == "other":
		return i18n.T(lang, "public.fault-sign-other")
	case refusal.Code == caseflow.CodeWords:
		return i18n.T(lang, "public.fault-sign")
	case refusal.Code == caseflow.CodeFile && why == "size":
		return i18n.T(lang, "public.fault-size", sizeWords(limitOf(m)))
	case refusal.Code == caseflow.CodeFile && why == "none":
		return i18n.T(lang, "public.fault-none")
	case refusal.Code == caseflow.CodeFile && i18n.Has("public.fault-"+why):
		return i18n.T(lang, "public.fault-"+why, typeWords(m.Accept, lang))
	}
	return Sentence(lang, refusal)
}

// limitOf is the largest file that a material takes, in bytes.
func limitOf(m *caseflow.Material) int64 {
	if m.MaxBytes <= 0 || m.MaxBytes > MaxUpload {
		return MaxUpload
	}
	return m.MaxBytes
}

func sizeWords(n int64) string {
	switch {
	case n >= 1<<20:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/(1<<20)), ".0") + " MB"
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

var typeNames = map[string]string{"application/pdf": "PDF", "image/jpeg": "JPG", "image/png": "PNG", "image/webp": "WebP"}

func typeWords(types []string, lang string) string {
	var names []string
	for _, t := range types {
		name := typeNames[t]
		if name == "" {
			_, name, _ = strings.Cut(t, "/")
		}
		names = append(names, name)
	}
	return i18n.Joined(lang, names)
}
