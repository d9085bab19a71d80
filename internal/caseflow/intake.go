package caseflow

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/workday"
)

// Bounds on what one case may hold.
const (
	MaxForm     = 256 << 10 // bytes of form data
	MaxFiles    = 20        // per material
	MaxFileName = 200       // characters
	MaxPoints   = 100       // of a correction
	MaxTasks    = 2000      // no command adds optional ones beyond
)

func (d *decider) open(cmd Open) *Refusal {
	owner := cmd.Owner
	switch d.by.Kind {
	case ActorCitizen:
		if d.it.Officious() { // nobody asks to be punished
			return refuse(CodeNotOffered)
		}
		if cmd.Channel != ChannelOnline && cmd.Channel != ChannelTerminal {
			return refuse(CodeNotYours)
		}
		if owner = d.by.ID; d.by.For != "" {
			owner = d.by.For
		}
	case ActorOfficial:
		if cmd.Channel == ChannelOnline || !d.atDoor(cmd.Channel) {
			return refuse(CodeNotYours)
		}
	default:
		return refuse(CodeNotYours)
	}
	if d.it.Benefit != nil { // nobody asks for it
		return refuse(CodeNotOffered, "benefit")
	}
	if slices.Contains(channels, cmd.Channel) && len(d.it.Channels) > 0 && !slices.Contains(d.it.Channels, cmd.Channel) {
		return refuse(CodeNotOffered, "channel")
	}
	if r := d.opened(cmd, owner, nil); r != nil {
		return r
	}
	return d.useHeld()
}

// opened starts the case for somebody, or (parent) for a step of another one.
func (d *decider) opened(cmd Open, owner string, parent *Parent) *Refusal {
	if !d.it.OfferedIn(d.env.Region) {
		return refuse(CodeNotOffered)
	}
	if !slices.Contains(channels, cmd.Channel) {
		return refuse(CodeForm, "channel")
	}
	if !line(owner, MaxID) {
		return refuse(CodeForm, "owner")
	}
	var faults []FieldFault
	cmd.Applicant, faults = d.party(cmd.Applicant, "applicant")
	if cmd.Agent != nil {
		agent, more := d.party(*cmd.Agent, "agent")
		cmd.Agent, faults = &agent, append(faults, more...)
	}
	if len(faults) == 0 {
		faults = d.represented(cmd)
	}
	if len(faults) > 0 {
		return &Refusal{Code: CodeForm, Fields: faults}
	}
	e := Opened{
		No: d.env.No, Region: d.env.Region, Serial: d.env.Serial, Item: d.it.ID, Pack: d.it.Pack, Version: d.it.Version,
		Applicant: cmd.Applicant, Agent: cmd.Agent, Owner: owner, Channel: cmd.Channel, Parent: parent, Turn: cmd.Turn,
	}
	for i := range d.it.Materials {
		e.Materials = append(e.Materials, d.it.Materials[i].ID)
	}
	for i := range d.it.Steps {
		e.Steps = append(e.Steps, d.it.Steps[i].ID)
	}
	for i := range d.it.Parts {
		e.Parts = append(e.Parts, d.it.Parts[i].ID)
	}
	d.emit(e)
	return nil
}

// represented finds what is wrong with who stands for whom: nobody asks in the name of somebody else but as their agent, with
// what they act on.
func (d *decider) represented(cmd Open) []FieldFault {
	if a := cmd.Agent; a != nil && !slices.Contains(AgentBases(), a.Basis) {
		return []FieldFault{{Field: "agent.basis", Code: "required"}}
	}
	own := func(p *Party) bool { return p.Document == d.by.Document && p.Name == d.by.Name }
	switch a := cmd.Agent; {
	case d.by.Kind != ActorCitizen || own(&cmd.Applicant):
		return nil
	case a == nil && cmd.Applicant.Document == d.by.Document:
		return []FieldFault{{Field: "applicant.name", Code: "self"}}
	case a == nil:
		return []FieldFault{{Field: "agent", Code: "required"}}
	case !own(a):
		return []FieldFault{{Field: "agent", Code: "self"}}
	}
	return nil
}

// party checks who asks and brings the number of their document into its canonical form.
func (d *decider) party(p Party, at string) (Party, []FieldFault) {
	var faults []FieldFault
	fault := func(field, code string) { faults = append(faults, FieldFault{Field: at + "." + field, Code: code}) }
	unfit := func(field, code string, err error) {
		x := FieldFault{Field: at + "." + field, Code: code}
		if f, ok := errors.AsType[*ident.Fault](err); ok {
			x.Code, x.Text = f.Code, Text{ZH: f.Text("zh"), EN: f.Text("en")}
		}
		faults = append(faults, x)
	}
	if p.Kind != "person" && p.Kind != "organisation" {
		fault("kind", "enum")
	}
	if code, err := p.NameFault(); code != "" {
		unfit("name", code, err)
	}
	if p.Phone != "" {
		if _, err := ident.ParsePhone(p.Phone); err != nil {
			unfit("phone", "pattern", err)
		}
	}
	if p.Document.No == "" {
		fault("document", "required")
		return p, faults
	}
	doc, err := ident.Check(p.Document, d.env.Now)
	if err != nil {
		wrong := FieldFault{Field: at + ".document", Code: "doc.no"}
		if f, ok := errors.AsType[*ident.Fault](err); ok {
			wrong.Code, wrong.Text = f.Code, Text{f.Text("zh"), f.Text("en")}
		}
		return p, append(faults, wrong)
	}
	if (doc.Type == ident.DocCreditCode) != (p.Kind == "organisation") {
		fault("document", "doc.kind")
	}
	p.Document = doc
	return p, faults
}

// NameFault says what is wrong with a party's name, as an applicant's; "" if nothing is (required, length, pattern). A person's is judged as
// in any form; an organisation's has letters of any script, digits and the signs of company names, so that no markup stands on a licence.
func (p Party) NameFault() (string, error) {
	switch {
	case p.Name == "":
		return "required", nil
	case !line(p.Name, MaxName):
		return "length", nil
	case p.Kind == "person":
		_, err := ident.Name(p.Name)
		if err != nil {
			return "pattern", err
		}
	case strings.ContainsFunc(p.Name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" ·•・()（）“”《》、，,.．&＆'’+-—－／/#", r)
	}):
		return "pattern", nil
	}
	return "", nil
}

// typing refuses unless the actor may change the request now.
func (d *decider) typing() *Refusal {
	if !d.files() {
		return refuse(CodeNotYours)
	}
	return d.in(PhaseDraft, PhaseCorrecting)
}

func (d *decider) saveDraft(cmd SaveDraft) *Refusal {
	if r := d.typing(); r != nil {
		return r
	}
	if d.it.CheckDraft != nil {
		if faults := d.it.CheckDraft(cmd.Data); len(faults) > 0 {
			return &Refusal{Code: CodeForm, Fields: faults}
		}
	}
	form, err := mergePatch(d.c.Form, cmd.Data)
	if err != nil || len(form) > MaxForm {
		return refuse(CodeForm)
	}
	c, typed := *d.c, *d // nothing has happened to the case yet
	c.Form = form
	typed.c, typed.form = &c, nil
	if _, r := typed.facts(); r != nil { // a number that no rule could read, such as 1e400, would block the case later
		return r
	}
	d.emit(DraftSaved{Form: form})
	d.form = nil
	return nil
}

func (d *decider) attach(cmd Attach) *Refusal {
	if r := d.typing(); r != nil {
		return r
	}
	s := d.c.Material(cmd.Material)
	if s == nil {
		return refuse(CodeNoSuchMaterial)
	}
	for _, other := range append([]string{cmd.Before, cmd.Replaces}, cmd.Joins...) {
		if other != "" && s.file(other) == nil {
			return refuse(CodeNoSuchMaterial)
		}
	}
	if len(cmd.Joins) > 0 && (cmd.Before != "" || cmd.Replaces != "" || repeated(cmd.Joins)) {
		return refuse(CodeNoSuchMaterial)
	}
	if f := s.file(cmd.File.Hash); f != nil && cmd.Before != "" && cmd.Before != f.Hash && cmd.Replaces == "" {
		cmd.File = *f
		d.emit(Attached(cmd))
		return nil
	}
	room := MaxFiles + len(cmd.Joins)
	if cmd.Replaces != "" {
		room++
	}
	files := []File{cmd.File}
	if r := d.newFiles(cmd.Material, files, room); r != nil {
		return r
	}
	cmd.File = files[0]
	d.emit(Attached(cmd))
	d.handedIn(cmd.Material)
	return nil
}

// repeated reports whether one of the names is empty or stands there twice.
func repeated(names []string) bool {
	for i, name := range names {
		if name == "" || slices.Contains(names[:i], name) {
			return true
		}
	}
	return false
}

// Holds reports whether a file of the material has a hash.
func (s *MaterialState) Holds(hash string) bool { return s.file(hash) != nil }

// file is the file of a material that has a hash; nil if there is none.
func (s *MaterialState) file(hash string) *File {
	if i := slices.IndexFunc(s.Files, func(f File) bool { return f.Hash == hash }); i >= 0 {
		return &s.Files[i]
	}
	return nil
}

// handedIn keeps the promise of a deferred material that came in before acceptance after all.
func (d *decider) handedIn(material string) {
	if d.committed(material) {
		d.emit(PromiseKept{Material: material})
		d.endClock(commitmentClock(material), false)
	}
}

func commitmentClock(material string) string { return "commitment:" + material }

// newFiles checks files against what the material accepts and has room for, and that none is there already, and names their digest.
func (d *decider) newFiles(material string, files []File, room int) *Refusal {
	m, s := d.it.MaterialByID(material), d.c.Material(material)
	if m == nil || s == nil {
		return refuse(CodeNoSuchMaterial)
	}
	if len(s.Files)+len(files) > room {
		return refuse(CodeTooMany, "files")
	}
	for i, f := range files {
		if r := m.takes(f); r != nil {
			return r
		}
		same := func(g File) bool { return g.Hash == f.Hash }
		if slices.ContainsFunc(s.Files, same) || slices.ContainsFunc(files[:i], same) {
			return refuse(CodeExists)
		}
		files[i].Digest = FileDigest
	}
	return nil
}

// Takes reports whether a file is of a type and size that the material accepts.
func (m *Material) Takes(f File) bool { return m.takes(f) == nil }

// StillValid reports whether a file that was given on a day may be used again on another.
func (m *Material) StillValid(given, today workday.Date) bool {
	return m.ValidDays == 0 || int(today)-int(given) <= m.ValidDays
}

// takes refuses a file that the material does not accept.
func (m *Material) takes(f File) *Refusal {
	switch {
	case !isHash(f.Hash) || f.Original != "" && !isHash(f.Original):
		return refuse(CodeFile, "hash")
	case f.Name == "" || !line(f.Name, MaxFileName) || strings.ContainsAny(f.Name, `/\`):
		return refuse(CodeFile, "name")
	case f.Bytes <= 0 || m.MaxBytes > 0 && f.Bytes > m.MaxBytes:
		return refuse(CodeFile, "size")
	case len(m.Accept) > 0 && !slices.Contains(m.Accept, f.Type) || !line(f.Type, MaxName):
		return refuse(CodeFile, "type")
	}
	return nil
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && s == strings.ToLower(s)
}

func (d *decider) detach(cmd Detach) *Refusal {
	if r := d.typing(); r != nil {
		return r
	}
	s := d.c.Material(cmd.Material)
	if s == nil || !slices.ContainsFunc(s.Files, func(f File) bool { return f.Hash == cmd.Hash }) {
		return refuse(CodeNoSuchMaterial)
	}
	d.emit(Detached(cmd))
	return nil
}

func (d *decider) seenPaper(cmd SeenPaper) *Refusal {
	if !d.atDoor(d.c.Channel) {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseDraft, PhaseReceived, PhaseCorrecting); r != nil {
		return r
	}
	if d.c.Material(cmd.Material) == nil {
		return refuse(CodeNoSuchMaterial)
	}
	d.emit(PaperSeen(cmd))
	d.handedIn(cmd.Material)
	return nil
}

// deferMaterial lets a material come later against a signed commitment (容缺受理).
func (d *decider) deferMaterial(cmd Defer) *Refusal {
	if r := d.typing(); r != nil {
		return r
	}
	m, s := d.it.MaterialByID(cmd.Material), d.c.Material(cmd.Material)
	switch {
	case m == nil || s == nil:
		return refuse(CodeNoSuchMaterial)
	case m.Need != Deferrable || m.Deferral == nil || s.State == MaterialGiven:
		return refuse(CodeNotDeferrable)
	case s.State == MaterialDeferred:
		return refuse(CodeExists)
	}
	if cmd.Signed != d.c.Applicant.Name && (d.c.Agent == nil || cmd.Signed != d.c.Agent.Name) {
		return refuse(CodeWords, "signed")
	}
	d.emit(Deferred{Commitment: Commitment{
		Material: cmd.Material, Words: m.Deferral.Promise.ZH, Signed: cmd.Signed, At: d.env.Now,
		State: CommitmentOpen, Consequence: m.Deferral.Consequence,
	}})
	return nil
}

// ready refuses unless the form is valid and every needed material is there or deferred.
func (d *decider) ready() *Refusal {
	if d.it.CheckForm != nil {
		form := d.c.Form
		if len(form) == 0 {
			form = json.RawMessage("{}")
		}
		if faults := d.it.CheckForm(form, "", workday.DateOf(d.env.Now)); len(faults) > 0 {
			return &Refusal{Code: CodeForm, Fields: faults}
		}
	}
	wanted, r := d.wantedParts()
	if r != nil {
		return r
	}
	if len(d.it.Parts) > 0 && len(wanted) == 1 {
		return refuse(CodeForm, "parts")
	}
	var missing []FieldFault
	for i := range d.it.Materials {
		m := &d.it.Materials[i]
		needed, r := d.needsMaterial(m, wanted)
		if r != nil {
			return r
		}
		if s := d.c.Material(m.ID); needed && m.Need != Optional && s != nil && s.State == MaterialMissing {
			missing = append(missing, FieldFault{Field: "material." + m.ID, Code: "required", Text: m.Name})
		}
	}
	if len(missing) > 0 {
		return &Refusal{Code: CodeMaterial, Fields: missing}
	}
	return nil
}

func (d *decider) wantedParts() (map[PartID]bool, *Refusal) {
	wanted := map[PartID]bool{"": true}
	for i := range d.it.Parts {
		p := &d.it.Parts[i]
		ok, r := d.holdsTrue(p.When, string(p.ID))
		if r != nil {
			return nil, r
		}
		if ok {
			wanted[p.ID] = true
		}
	}
	return wanted, nil
}

func (d *decider) needsMaterial(m *Material, wanted map[PartID]bool) (bool, *Refusal) {
	if len(m.Parts) > 0 && !slices.ContainsFunc(m.Parts, func(p PartID) bool { return wanted[p] }) {
		return false, nil
	}
	return d.holdsTrue(m.When, m.ID)
}

func (d *decider) submit() *Refusal {
	if !d.files() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseDraft); r != nil {
		return r
	}
	return d.handIn()
}

// handIn takes the request in, if nothing is missing.
func (d *decider) handIn() *Refusal {
	if r := d.ready(); r != nil {
		return r
	}
	if r := d.recheck(); r != nil {
		return r
	}
	if r := d.claimName(); r != nil {
		return r
	}
	if r := d.cancels(); r != nil {
		return r
	}
	d.emit(Submitted{})
	if d.it.Instant || d.it.Benefit != nil {
		if r := d.renews(); r != nil { // first, since what is accepted may be decided at once
			return r
		}
		d.begin(d.env.Now, false)
		return nil
	}
	d.startClock(ClockAcceptance, ClockAcceptance, "", d.it.Department, d.limits().Acceptance, d.env.Now)
	d.openAcceptTask()
	return d.renews()
}
