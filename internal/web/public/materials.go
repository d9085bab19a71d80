package public

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

const (
	// MaxUpload bounds one file where the pack allows more or says nothing.
	MaxUpload = 20 << 20
	// maxPlain bounds a field of an upload form that is no file.
	maxPlain = 8 << 10
)

// materialView is the page of one material.
type materialView struct {
	ui.Page
	Material  *caseflow.Material
	Need      string
	Source    string
	Basis     string
	Sample    string
	Blank     string
	Standard  string
	Upload    ui.Field
	Points    []string
	Paper     bool
	Deferred  bool
	Fulfil    bool // a promised material that is brought later
	Deferral  *deferralView
	Signed    ui.Field
	Action    string
	RequestID string
	Go        ui.Button
	Put       ui.Button
}

// deferralView is the promise under which a material may come later.
type deferralView struct {
	Promise, Limit, Consequence, Basis string
}

// materialOf finds the material that the address names, if it is asked for.
func (o *own) materialOf(id string) *caseflow.Material {
	for _, m := range o.asked.Materials {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// promised reports whether the material is one that was promised for later and has not come.
func (o *own) promised(id string) bool {
	for _, k := range o.Case.Commitments {
		if k.Material == id && k.State == caseflow.CommitmentOpen {
			return !o.typing() && o.Case.Phase.Open() || o.Case.Phase == caseflow.PhaseClosed
		}
	}
	return false
}

func (s *Site) materialPage(w http.ResponseWriter, r *http.Request, o *own) {
	m := o.materialOf(r.PathValue("material"))
	if m == nil || !o.typing() && !o.promised(m.ID) {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	s.showMaterial(w, r, o, m, nil, "", http.StatusOK)
}

func (s *Site) showMaterial(w http.ResponseWriter, r *http.Request, o *own, m *caseflow.Material, errs *ui.Errors, signed string, status int) {
	back := o.path("")
	if checking(r) {
		back = o.path("/check")
	}
	v := &materialView{
		Page: s.narrow(r, m.Name.In(o.lang), back), Material: m, Basis: m.Basis.String(),
		Need: i18n.T(o.lang, "case.material-need."+string(m.Need)), Source: i18n.T(o.lang, "public.source."+m.Source),
		Action: o.path("/materials/"+m.ID) + keepQuery(r), RequestID: page.NewRequestID(), Fulfil: o.promised(m.ID),
		Go:  ui.Button{Text: i18n.T(o.lang, "public.continue"), Name: "act", Value: "continue"},
		Put: ui.Button{Text: i18n.T(o.lang, "public.upload"), Name: "act", Value: "upload", Look: "secondary"},
	}
	v.Errors = errs
	if m.Sample != "" {
		v.Sample = "/services/" + string(o.Item.ID) + "/samples/" + m.ID
	}
	if m.Blank != "" {
		v.Blank = "/services/" + string(o.Item.ID) + "/blanks/" + m.ID
	}
	if s := m.Standard.In(o.lang); s != "" {
		v.Standard = i18n.T(o.lang, "public.standard", s)
	}
	if st := o.Case.Material(m.ID); st != nil {
		v.Paper, v.Deferred = st.Paper, st.State == caseflow.MaterialDeferred
	}
	v.Upload = o.upload(m, v.Fulfil, errs)
	if d := m.Deferral; d != nil && o.typing() && !v.Deferred && len(v.Upload.Files) == 0 {
		v.Deferral = o.deferral(d)
		v.Signed = ui.Field{Kind: ui.KindText, Name: "signed", Label: i18n.T(o.lang, "public.sign"), Value: signed,
			Hint: i18n.T(o.lang, "public.sign-hint"), Error: errs.Of("signed"), Max: 100, Width: "medium"}
	}
	if o.Case.Phase == caseflow.PhaseCorrecting {
		for _, c := range o.Case.Correction.Points {
			if c.Material == m.ID {
				v.Points = append(v.Points, c.Words)
			}
		}
	}
	s.kit.Show(w, status, "public/material", v)
}

func (o *own) upload(m *caseflow.Material, fulfil bool, errs *ui.Errors) ui.Field {
	f := ui.Field{
		Kind: ui.KindFile, Name: "files", Label: i18n.T(o.lang, "public.choose-files"), Many: true,
		Accept: strings.Join(m.Accept, ","), Types: typeWords(m.Accept, o.lang), Limit: sizeWords(limitOf(m)), Error: errs.Of("files"),
	}
	st := o.Case.Material(m.ID)
	if st == nil {
		return f
	}
	for _, file := range st.Files {
		u := ui.File{Name: file.Name, Size: sizeWords(file.Bytes), Href: o.path("/files/" + file.Hash)}
		if !fulfil {
			u.Remove = file.Hash
		}
		f.Files = append(f.Files, u)
	}
	return f
}

func (o *own) deferral(d *caseflow.Deferral) *deferralView {
	return &deferralView{
		Promise: d.Promise.In(o.lang), Limit: d.Rule.Limit.Text(o.lang), Basis: d.Rule.Basis.String(),
		Consequence: i18n.T(o.lang, "public.consequence."+string(d.Consequence)),
	}
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
	return form.Joined(lang, names)
}

// sent is what an upload form carried.
type sent struct {
	request, act, signed, remove string
	files                        []caseflow.File
	faults                       []ui.Fault // why a file was not taken, each by its name
	over                         []string   // files beyond the number that a material holds
}

// refuse notes why a file was not taken; the other files are taken all the same.
func (in *sent) refuse(lang, name string, refusal *caseflow.Refusal, m *caseflow.Material) {
	if refusal.Code == caseflow.CodeTooMany {
		in.over = append(in.over, name)
		return
	}
	in.faults = append(in.faults, ui.Fault{Field: "files", Text: i18n.T(lang, "public.row-label", name, materialFault(lang, refusal, m))})
}

// errors is the summary of what was not taken; nil if all was.
func (in *sent) errors(lang string) *ui.Errors {
	list := in.faults
	if len(in.over) > 0 {
		list = append(list, ui.Fault{Field: "files", Text: i18n.T(lang, "public.fault-many", caseflow.MaxFiles, form.Joined(lang, in.over))})
	}
	if len(list) == 0 {
		return nil
	}
	return &ui.Errors{Faults: list}
}

// saveMaterial takes files, removes one, or defers the material.
func (s *Site) saveMaterial(w http.ResponseWriter, r *http.Request, o *own) {
	m := o.materialOf(r.PathValue("material"))
	if m == nil || !o.typing() && !o.promised(m.ID) {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	in, err := s.receive(w, r, o, m)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	field := "files"
	switch {
	case o.promised(m.ID):
		err = s.fulfil(r, o, m, in)
	case in.remove != "":
		_, err = s.hall.Do(r.Context(), o.by, "", o.key, caseflow.Detach{Material: m.ID, Hash: in.remove})
	case in.act == "defer" && !o.maySign(in.signed):
		field, err = "signed", &caseflow.Refusal{Code: caseflow.CodeWords, Args: []string{"other"}}
	case in.act == "defer":
		field = "signed"
		_, err = s.hall.Do(r.Context(), o.by, in.request, o.key, caseflow.Defer{Material: m.ID, Signed: strings.TrimSpace(in.signed)})
	default:
		err = s.attach(r, o, m, in)
	}
	errs := in.errors(o.lang)
	refusal, refused := page.Refusal(err)
	if refused && refusal.Code != caseflow.CodePhase {
		errs = &ui.Errors{Faults: []ui.Fault{{Field: field, Text: materialFault(o.lang, refusal, m)}}}
		err = nil
	}
	switch {
	case err == nil && errs != nil:
		if fresh, e := s.find(r, o.by, string(o.key.Case)); e == nil {
			o = fresh
		}
		s.showMaterial(w, r, o, m, errs, in.signed, http.StatusUnprocessableEntity)
	case err != nil:
		s.fail(w, r, err)
	case in.act == "upload" || in.remove != "":
		http.Redirect(w, r, o.path("/materials/"+m.ID)+keepQuery(r), http.StatusSeeOther)
	default:
		http.Redirect(w, r, o.afterMaterial(r, m), http.StatusSeeOther)
	}
}

// maySign reports whether a name is that of somebody who can promise for the request: the applicant, who acts for the
// applicant, or whom the request itself names as legal representative. Nothing typed is for the core to refuse.
func (o *own) maySign(name string) bool {
	name = ident.Normalise(name)
	signers := []string{o.Case.Applicant.Name, o.by.Name}
	if o.Case.Agent != nil {
		signers = append(signers, o.Case.Agent.Name)
	}
	if legal, ok := o.data.At("legal.name").(string); ok {
		signers = append(signers, legal)
	}
	return name == "" || slices.ContainsFunc(signers, func(s string) bool { return s != "" && ident.Normalise(s) == name })
}

// afterMaterial is the next material, the check of answers, or the task list.
func (o *own) afterMaterial(r *http.Request, m *caseflow.Material) string {
	if checking(r) {
		return o.path("/check")
	}
	return o.path("")
}

// materialFault words why a file, or a signature, was not taken.
func materialFault(lang string, refusal *caseflow.Refusal, m *caseflow.Material) string {
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
	return page.Sentence(lang, refusal)
}

// receive reads an upload form as it streams in: files go to the store, the rest is small.
func (s *Site) receive(w http.ResponseWriter, r *http.Request, o *own, m *caseflow.Material) (*sent, error) {
	r.Body = http.MaxBytesReader(w, r.Body, page.MaxSent)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, page.BadInput(err)
	}
	in := &sent{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return in, nil
		}
		if err != nil {
			return nil, page.BadInput(err)
		}
		if err := s.part(r, o, m, in, part); err != nil {
			return nil, err
		}
	}
}

func (s *Site) part(r *http.Request, o *own, m *caseflow.Material, in *sent, part *multipart.Part) error {
	if part.FormName() == "files" {
		name := fileName(part.FileName())
		if name == "" {
			return nil
		}
		if st := o.Case.Material(m.ID); st != nil && len(st.Files)+len(in.files) >= caseflow.MaxFiles {
			in.over = append(in.over, name)
			return nil
		}
		f, err := s.files.Put(r.Context(), o.by.ID, name, part, limitOf(m))
		if refusal, refused := page.Refusal(err); refused {
			in.refuse(o.lang, name, refusal, m)
			return nil
		}
		if err != nil {
			return err
		}
		in.files = append(in.files, f)
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(part, maxPlain))
	if err != nil {
		return page.BadInput(err)
	}
	for name, to := range map[string]*string{
		page.RequestField: &in.request, "act": &in.act, "signed": &in.signed, ui.RemoveFile: &in.remove,
	} {
		if part.FormName() == name {
			*to = strings.ToValidUTF8(string(text), "")
		}
	}
	return nil
}

// fileName keeps the last part of what a browser calls a file, without what a name cannot hold.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name)
	if name == "." || name == "/" || name == ".." {
		return ""
	}
	runes := []rune(name)
	if len(runes) > caseflow.MaxFileName {
		ext := []rune(path.Ext(name))
		if len(ext) > 10 {
			ext = nil
		}
		name = string(runes[:caseflow.MaxFileName-len(ext)]) + string(ext)
	}
	return name
}

// attach adds the files to the material. One that is there already is not added again: the form was sent twice. One that is
// not taken keeps no other from being taken.
func (s *Site) attach(r *http.Request, o *own, m *caseflow.Material, in *sent) error {
	for _, f := range in.files {
		_, err := s.hall.Do(r.Context(), o.by, "", o.key, caseflow.Attach{Material: m.ID, File: f})
		switch refusal, refused := page.Refusal(err); {
		case refused && (refusal.Code == caseflow.CodeFile || refusal.Code == caseflow.CodeTooMany):
			in.refuse(o.lang, f.Name, refusal, m)
		case refused && refusal.Code == caseflow.CodeExists:
		case err != nil:
			return err
		}
	}
	st := o.Case.Material(m.ID)
	if len(in.files) == 0 && in.errors(o.lang) == nil && (in.act == "upload" || m.Need == caseflow.Required && st != nil && st.State == caseflow.MaterialMissing) {
		return &caseflow.Refusal{Code: caseflow.CodeFile, Args: []string{"none"}}
	}
	return nil
}

// fulfil hands in a material that was promised for later.
func (s *Site) fulfil(r *http.Request, o *own, m *caseflow.Material, in *sent) error {
	if in.errors(o.lang) != nil {
		return nil // a promise is kept with all files or none
	}
	_, err := s.hall.Do(r.Context(), o.by, in.request, o.key, caseflow.FulfilCommitment{Material: m.ID, Files: in.files})
	return err
}

// file hands an uploaded file back to its owner.
func (s *Site) file(w http.ResponseWriter, r *http.Request, o *own) {
	for _, m := range o.Case.Materials {
		for _, f := range m.Files {
			if f.Hash == r.PathValue("hash") {
				s.serveFile(w, r, f)
				return
			}
		}
	}
	s.fail(w, r, hall.ErrNotFound)
}

func (s *Site) serveFile(w http.ResponseWriter, r *http.Request, f caseflow.File) {
	content, err := s.files.Open(r.Context(), f.Hash)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer content.Close() //nolint:errcheck // read only
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", page.Attachment(f.Name))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	if _, err := io.Copy(w, content); err != nil {
		s.log.Warn("file not sent whole", "req", page.Reference(r), "err", err)
	}
}
