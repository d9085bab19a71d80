package caseflow

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/workday"
)

// OnFile is a licence of the applicant that was granted here and stands for a material (证照免提交), as it was when it was
// looked up last. What a government can look up it does not ask for (国务院关于在线政务服务的若干规定 art. 7).
type OnFile struct {
	No         string       `json:"no"`
	Kind       string       `json:"kind"`
	Name       Text         `json:"name"`
	Region     string       `json:"region"` // of the case that granted it
	Case       CaseNo       `json:"case"`
	Item       ItemID       `json:"item"`       // of that case
	Department string       `json:"department"` // that issued it
	Issued     time.Time    `json:"issued"`
	Expires    workday.Date `json:"expires,omitzero"`
	Checked    time.Time    `json:"checked"` // when it was found to be valid
}

// UseLicence lets a licence that was granted here stand for a material, so that nothing is handed in; an empty No takes it away
// again. Who may save the draft: of citizens the applicant, if somebody has seen their papers, or who acts for the company.
type UseLicence struct {
	Material string `json:"material"`
	No       string `json:"no,omitempty"`
}

// The events of a licence that stands for a material.
type (
	// LicenceUsed says which licence stands for it, where it was found and when.
	LicenceUsed struct {
		Material string `json:"material"`
		Licence  OnFile `json:"licence"`
	}
	// LicenceLeft says that none does any more.
	LicenceLeft struct {
		Material string `json:"material"`
	}
	// LicenceChecked says that it was looked up again, and is valid.
	LicenceChecked struct {
		Material string `json:"material"`
		No       string `json:"no"`
	}
)

func (UseLicence) Verb() string     { return "use-licence" }
func (LicenceUsed) Name() string    { return "licence-used" }
func (LicenceLeft) Name() string    { return "licence-left" }
func (LicenceChecked) Name() string { return "licence-checked" }

func (e LicenceUsed) apply(c *Case, _ Meta) {
	if s := c.Material(e.Material); s != nil {
		s.OnFile, s.State = &e.Licence, MaterialGiven
	}
}

func (e LicenceLeft) apply(c *Case, _ Meta) {
	if s := c.Material(e.Material); s != nil {
		s.OnFile = nil
		s.emptied()
	}
}

func (e LicenceChecked) apply(c *Case, m Meta) {
	if s := c.Material(e.Material); s != nil && s.OnFile != nil && s.OnFile.No == e.No {
		seen := *s.OnFile
		seen.Checked = m.At
		s.OnFile = &seen
	}
}

// emptied makes a material missing again when nothing of it is left.
func (s *MaterialState) emptied() {
	if len(s.Files) == 0 && !s.Paper && s.OnFile == nil {
		s.Files, s.State = nil, MaterialMissing
	}
}

// TakesLicences reports whether a licence may stand for some material of the item.
func (it *Item) TakesLicences() bool {
	return slices.ContainsFunc(it.Materials, func(m Material) bool { return len(m.Licences) > 0 })
}

// ShowsLicences reports whether an actor may learn which licences the applicant of a case holds, and use them for it: a
// number is easily typed, so a citizen is the applicant with papers that somebody has seen, or acts for the company.
func (c *Case) ShowsLicences(by Actor) bool {
	switch {
	case by.Kind != ActorCitizen:
		return by.Kind == ActorOfficial || by.Kind == ActorSystem
	case CompanyOf(c.Owner) != "":
		return CompanyOf(c.Owner) == c.Applicant.Document.No
	}
	return by.Verified && by.Document == c.Applicant.Document
}

// Stands reports whether a licence may stand for the material on a day.
func (m *Material) Stands(h *Held, today workday.Date) bool {
	return h.State == LicenceValid && slices.Contains(m.Licences, h.Kind) && (h.Expires.IsZero() || today <= h.Expires)
}

// OnFile is the licence as it stands for a material, looked up at an instant.
func (h *Held) OnFile(at time.Time) OnFile {
	return OnFile{
		No: h.No, Kind: h.Kind, Name: h.Name, Region: h.Region, Case: h.Case, Item: h.Item, Department: h.Department,
		Issued: h.Issued, Expires: h.Expires, Checked: at,
	}
}

func (d *decider) useLicence(cmd UseLicence) *Refusal {
	if r := d.typing(); r != nil {
		return r
	}
	m, s := d.it.MaterialByID(cmd.Material), d.c.Material(cmd.Material)
	if m == nil || s == nil {
		return refuse(CodeNoSuchMaterial)
	}
	if cmd.No == "" {
		if s.OnFile == nil {
			return refuse(CodeNoSuchMaterial)
		}
		d.emit(LicenceLeft{Material: cmd.Material})
		return nil
	}
	if !d.c.ShowsLicences(d.by) {
		return refuse(CodeNotYours)
	}
	h := d.onFile(m, func(h *Held) bool { return h.No == cmd.No })
	switch {
	case h == nil:
		return licenceGone(m)
	case s.OnFile != nil && s.OnFile.No == h.No:
		return refuse(CodeExists)
	}
	return d.use(m, h)
}

// onFile finds the newest licence of the applicant that may stand for the material, and that is such.
func (d *decider) onFile(m *Material, such func(*Held) bool) *Held {
	for i := range d.env.Held {
		if h := &d.env.Held[i]; m.Stands(h, workday.DateOf(d.env.Now)) && such(h) {
			return h
		}
	}
	return nil
}

func licenceGone(m *Material) *Refusal {
	return &Refusal{Code: CodeLicenceGone, Fields: []FieldFault{{Field: "material." + m.ID, Code: "licence", Text: m.Name}}}
}

// use lets the licence stand for the material and fills the answers that it knows, where nothing was typed.
func (d *decider) use(m *Material, h *Held) *Refusal {
	form, r := d.filled(m, h)
	if r != nil {
		return r
	}
	d.emit(LicenceUsed{Material: m.ID, Licence: h.OnFile(d.env.Now)})
	d.handedIn(m.ID)
	if form != nil {
		d.emit(DraftSaved{Form: form})
		d.form = nil
	}
	return nil
}

// filled is the form with what the licence knows; nil if that changes nothing. A value that the form does not take is left out.
func (d *decider) filled(m *Material, h *Held) (json.RawMessage, *Refusal) {
	form, changed := map[string]any{}, false
	if len(d.c.Form) > 0 {
		var err error
		if form, err = decodeObject(d.c.Form); err != nil {
			return nil, refuse(CodeForm)
		}
	}
	for _, f := range m.Fills {
		name := strings.TrimPrefix(f.Field, "form.")
		if was, _ := dotted.At(form, name); was != nil && was != "" {
			continue
		}
		if v := h.Value(f.From); v != nil && d.it.DraftTakes(name, v) {
			dotted.Set(form, name, v)
			changed = true
		}
	}
	if !changed {
		return nil, nil
	}
	return encodeForm(form)
}

// DraftTakes reports whether the form has room for a value of this type at a name.
func (it *Item) DraftTakes(name string, v any) bool {
	if it.CheckDraft == nil {
		return true
	}
	one := map[string]any{}
	dotted.Set(one, name, v)
	data, err := json.Marshal(one)
	return err == nil && len(it.CheckDraft(data)) == 0
}

// Value is what a licence says under a key; nil if it says nothing.
func (h *Held) Value(key string) any {
	switch {
	case key == FillNo:
		return h.No
	case key == FillHolder:
		return h.Holder
	case key == FillIssued:
		return workday.DateOf(h.Issued).String()
	case key == FillExpires && !h.Expires.IsZero():
		return h.Expires.String()
	}
	shown, err := decodeObject(h.Data)
	if err != nil {
		return nil
	}
	return shown[strings.TrimPrefix(key, FillShown)]
}

// useHeld lets what the applicant holds stand for the materials of a case that begins: nobody is asked for what is here.
func (d *decider) useHeld() *Refusal {
	if !d.c.ShowsLicences(d.by) {
		return nil
	}
	for i := range d.it.Materials {
		m := &d.it.Materials[i]
		if h := d.onFile(m, func(*Held) bool { return true }); h != nil {
			if r := d.use(m, h); r != nil {
				return r
			}
		}
	}
	return nil
}

// recheck looks the licences up again that stand for materials which the request needs: one that was revoked, ended or has
// expired since is no material.
func (d *decider) recheck() *Refusal {
	if d.trying || !slices.ContainsFunc(d.c.Materials, func(s MaterialState) bool { return s.OnFile != nil }) {
		return nil
	}
	wanted := map[PartID]bool{"": true} // one in doubt counts, as at acceptance: a rule that fails locks no case
	for i := range d.it.Parts {
		p := &d.it.Parts[i]
		ok, r := d.holdsTrue(p.When, string(p.ID))
		wanted[p.ID] = ok || r != nil
	}
	for i := range d.it.Materials {
		m := &d.it.Materials[i]
		s := d.c.Material(m.ID)
		if s == nil || s.OnFile == nil {
			continue
		}
		if needed, r := d.needsMaterial(m, wanted); r == nil && !needed {
			continue
		}
		used := s.OnFile
		if d.onFile(m, func(h *Held) bool { return h.No == used.No && h.Region == used.Region && h.Case == used.Case }) == nil {
			return licenceGone(m).because("国务院关于在线政务服务的若干规定", "7")
		}
		d.emit(LicenceChecked{Material: m.ID, No: used.No})
	}
	return nil
}
