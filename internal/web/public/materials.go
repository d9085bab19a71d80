package public

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
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
	Again     []page.Again
	Apart     []page.Apart // what the scanner warned of
	OnFile    ui.OnFile
	There     bool // nothing more is needed: one may just go on
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
		v.Paper, v.Deferred, v.There = st.Paper, st.State == caseflow.MaterialDeferred, st.State != caseflow.MaterialMissing
	}
	v.Upload = s.upload(r, o, m).Field(errs, func(f caseflow.File) string { return o.path("/files/" + f.Hash) }, v.Fulfil)
	given, err := s.hall.GivenBefore(r.Context(), o.by, o.key, m.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v.Again = page.Agains(given, o.lang)
	apart, err := s.files.Apart(r.Context(), o.key)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v.Apart = page.Aparts(apart[m.ID], o.by.ID, o.lang)
	held, err := s.hall.OnFile(r.Context(), o.by, o.key, m.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if st := o.Case.Material(m.ID); st != nil {
		v.OnFile = page.OnFiles(st, held, o.lang, o.granter)
		v.OnFile.Action, v.OnFile.ID = v.Action, v.RequestID+"-l"
	}
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

// upload is the form for files of a material.
func (s *Site) upload(r *http.Request, o *own, m *caseflow.Material) *page.Upload {
	u := &page.Upload{Lang: o.lang, Material: m, Put: func(name string, content io.Reader, max int64) (caseflow.File, error) {
		return s.files.Put(r.Context(), o.by, quarantine.Place{Key: o.key, Material: m.ID, Name: name}, content, max)
	}, Turn: func(f caseflow.File, how string) (caseflow.File, error) {
		return s.files.Turn(r.Context(), o.by.ID, f, how)
	}, Join: func(name string, hashes []string, max int64) (caseflow.File, error) {
		return s.files.Join(r.Context(), o.by, quarantine.Place{Key: o.key, Material: m.ID, Name: name}, hashes, max)
	}}
	if st := o.Case.Material(m.ID); st != nil {
		u.Held = st.Files
	}
	return u
}

// granter names who issued a licence.
func (s *Site) granter(lang string) page.LicenceNamer {
	return func(item caseflow.ItemID, department string) string {
		return s.department(s.hall.Item(item), lang)(department)
	}
}

func (o *own) deferral(d *caseflow.Deferral) *deferralView {
	return &deferralView{
		Promise: d.Promise.In(o.lang), Limit: d.Rule.Limit.Text(o.lang), Basis: d.Rule.Basis.String(),
		Consequence: i18n.T(o.lang, "public.consequence."+string(d.Consequence)),
	}
}

// saveMaterial takes files, removes one, or defers the material.
func (s *Site) saveMaterial(w http.ResponseWriter, r *http.Request, o *own) {
	m := o.materialOf(r.PathValue("material"))
	if m == nil || !o.typing() && !o.promised(m.ID) {
		s.fail(w, r, hall.ErrNotFound)
		return
	}
	u := s.upload(r, o, m)
	in, err := u.Receive(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	field := "files"
	if in.Take != "" {
		err = s.take(r, o, in)
	}
	used := false
	if err == nil {
		used, err = in.UseLicence(m.ID, func(cmd caseflow.Command) error {
			_, err := s.hall.Do(r.Context(), o.by, "", o.key, cmd)
			return err
		})
	}
	switch {
	case err != nil:
	case used:
	case in.Again != "" && o.promised(m.ID):
		no, hash := in.Earlier()
		_, err = s.hall.Do(r.Context(), o.by, in.Request, o.key, caseflow.FulfilCommitment{Material: m.ID, Files: []caseflow.File{{Hash: hash, From: no}}})
	case in.Again != "":
		err = u.UseAgain(in, func(cmd caseflow.Command) error {
			_, err := s.hall.Do(r.Context(), o.by, "", o.key, cmd)
			return err
		})
	case o.promised(m.ID):
		err = s.fulfil(r, o, m, in)
	case in.Remove != "":
		_, err = s.hall.Do(r.Context(), o.by, "", o.key, caseflow.Detach{Material: m.ID, Hash: in.Remove})
	case in.Turn != "":
		err = u.Rearrange(in, func(cmd caseflow.Command) error {
			_, err := s.hall.Do(r.Context(), o.by, "", o.key, cmd)
			return err
		})
	case in.Act == "defer" && !o.maySign(in.Signed):
		field, err = "signed", &caseflow.Refusal{Code: caseflow.CodeWords, Args: []string{"other"}}
	case in.Act == "defer":
		field = "signed"
		_, err = s.hall.Do(r.Context(), o.by, in.Request, o.key, caseflow.Defer{Material: m.ID, Signed: strings.TrimSpace(in.Signed)})
	default:
		err = s.attach(r, o, u, in)
	}
	errs := in.Errors(o.lang)
	refusal, refused := page.Refusal(err)
	if refused && refusal.Code != caseflow.CodePhase {
		errs = &ui.Errors{Faults: []ui.Fault{{Field: field, Text: u.Fault(refusal)}}}
		err = nil
	}
	switch {
	case err == nil && errs != nil:
		if fresh, e := s.find(r, o.by, string(o.key.Case)); e == nil {
			o = fresh
		}
		s.showMaterial(w, r, o, m, errs, in.Signed, http.StatusUnprocessableEntity)
	case err != nil:
		s.fail(w, r, err)
	case used || in.Act == "upload" || in.Remove != "" || in.Turn != "" || in.Again != "" && o.typing():
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

// attach adds the files to the material, and asks for one where the button or the material does.
func (s *Site) attach(r *http.Request, o *own, u *page.Upload, in *page.Sent) error {
	if err := u.Attach(in, func(cmd caseflow.Command) error {
		_, err := s.hall.Do(r.Context(), o.by, "", o.key, cmd)
		return err
	}); err != nil {
		return err
	}
	st := o.Case.Material(u.Material.ID)
	if in.Act == "upload" || u.Material.Need == caseflow.Required && st != nil && st.State == caseflow.MaterialMissing {
		return in.None()
	}
	return nil
}

// take adds the file that was released from quarantine to what the form carries.
func (s *Site) take(r *http.Request, o *own, in *page.Sent) error {
	f, err := s.files.Take(r.Context(), o.by, o.key, in.Take)
	if err == nil {
		in.Act, in.Files = "upload", []caseflow.File{f}
	}
	return err
}

// fulfil hands in a material that was promised for later.
func (s *Site) fulfil(r *http.Request, o *own, m *caseflow.Material, in *page.Sent) error {
	if in.Errors(o.lang) != nil {
		return nil // a promise is kept with all files or none
	}
	_, err := s.hall.Do(r.Context(), o.by, in.Request, o.key, caseflow.FulfilCommitment{Material: m.ID, Files: in.Files})
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
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "private, no-store")
	if _, err := io.Copy(w, content); err != nil {
		s.log.Warn("file not sent whole", "req", page.Reference(r), "err", err)
	}
}
