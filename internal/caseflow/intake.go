package caseflow

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/workday"
)

// Bounds on what one case may hold.
const (
	MaxForm     = 256 << 10 // bytes of form data
	MaxFiles    = 20        // per material
	MaxFileName = 200       // characters
	MaxTasks    = 2000
)

func (d *decider) open(cmd Open) *Refusal {
	if !slices.Contains(channels, cmd.Channel) {
		return refuse(CodeForm, "channel")
	}
	owner := cmd.Owner
	switch d.by.Kind {
	case ActorCitizen:
		if cmd.Channel != ChannelOnline && cmd.Channel != ChannelTerminal {
			return refuse(CodeNotYours)
		}
		owner = d.by.ID
	case ActorOfficial:
		if cmd.Channel == ChannelOnline || !d.clerk() {
			return refuse(CodeNotYours)
		}
	default:
		return refuse(CodeNotYours)
	}
	if f := checkParty(cmd.Applicant, "applicant"); f != nil {
		return &Refusal{Code: CodeForm, Fields: f}
	}
	if cmd.Agent != nil {
		if f := checkParty(*cmd.Agent, "agent"); f != nil {
			return &Refusal{Code: CodeForm, Fields: f}
		}
	}
	e := Opened{
		No: d.env.No, Region: d.env.Region, Serial: d.env.Serial, Item: d.it.ID, Pack: d.it.Pack, Version: d.it.Version,
		Applicant: cmd.Applicant, Agent: cmd.Agent, Owner: owner, Channel: cmd.Channel,
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

func checkParty(p Party, at string) []FieldFault {
	var faults []FieldFault
	if p.Kind != "person" && p.Kind != "organisation" {
		faults = append(faults, FieldFault{Field: at + ".kind", Code: "enum"})
	}
	if p.Name == "" || utf8.RuneCountInString(p.Name) > 100 {
		faults = append(faults, FieldFault{Field: at + ".name", Code: "required"})
	}
	if p.Document.No == "" || len(p.Document.No) > 40 {
		faults = append(faults, FieldFault{Field: at + ".document", Code: "required"})
	}
	if len(p.Phone) > 40 {
		faults = append(faults, FieldFault{Field: at + ".phone", Code: "length"})
	}
	return faults
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
	form, err := mergePatch(d.c.Form, cmd.Data)
	if err != nil || len(form) > MaxForm {
		return refuse(CodeForm)
	}
	d.form = nil
	d.emit(DraftSaved{Form: form})
	return nil
}

// mergePatch applies an RFC 7396 merge patch to an object; keys come out sorted, so equal data are equal bytes.
func mergePatch(target, patch json.RawMessage) (json.RawMessage, error) {
	old, add := map[string]any{}, map[string]any{}
	if len(target) > 0 {
		if err := unmarshalNumbers(target, &old); err != nil {
			return nil, err
		}
	}
	if err := unmarshalNumbers(patch, &add); err != nil {
		return nil, err
	}
	return json.Marshal(merge(old, add))
}

func unmarshalNumbers(data json.RawMessage, v *map[string]any) error {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber() // a large amount must not pass through a float
	return dec.Decode(v)
}

func merge(target, patch map[string]any) map[string]any {
	if target == nil {
		target = map[string]any{}
	}
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(target, k)
		case map[string]any:
			sub, _ := target[k].(map[string]any)
			target[k] = merge(sub, v)
		default:
			target[k] = v
		}
	}
	return target
}

func (d *decider) attach(cmd Attach) *Refusal {
	if r := d.typing(); r != nil {
		return r
	}
	return d.attachFile(cmd.Material, cmd.File, func() { d.emit(Attached(cmd)) })
}

// attachFile checks a file against what the material accepts, then runs then.
func (d *decider) attachFile(material string, f File, then func()) *Refusal {
	m, s := d.it.MaterialByID(material), d.c.Material(material)
	if m == nil || s == nil {
		return refuse(CodeNoSuchMaterial, material)
	}
	hash, err := hex.DecodeString(f.Hash)
	switch {
	case err != nil || len(hash) != 32 || f.Hash != strings.ToLower(f.Hash):
		return refuse(CodeFile, "hash")
	case f.Name == "" || utf8.RuneCountInString(f.Name) > MaxFileName || strings.ContainsAny(f.Name, "\r\n\x00/\\"):
		return refuse(CodeFile, "name")
	case f.Bytes <= 0 || m.MaxBytes > 0 && f.Bytes > m.MaxBytes:
		return refuse(CodeFile, "size")
	case len(m.Accept) > 0 && !slices.Contains(m.Accept, f.Type):
		return refuse(CodeFile, "type")
	case len(s.Files) >= MaxFiles:
		return refuse(CodeTooMany, "files")
	case slices.ContainsFunc(s.Files, func(g File) bool { return g.Hash == f.Hash }):
		return refuse(CodeExists)
	}
	then()
	return nil
}

func (d *decider) detach(cmd Detach) *Refusal {
	if r := d.typing(); r != nil {
		return r
	}
	s := d.c.Material(cmd.Material)
	if s == nil || !slices.ContainsFunc(s.Files, func(f File) bool { return f.Hash == cmd.Hash }) {
		return refuse(CodeNoSuchMaterial, cmd.Material)
	}
	d.emit(Detached(cmd))
	return nil
}

func (d *decider) seenPaper(cmd SeenPaper) *Refusal {
	if !d.clerk() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseDraft, PhaseReceived, PhaseCorrecting); r != nil {
		return r
	}
	if d.c.Material(cmd.Material) == nil {
		return refuse(CodeNoSuchMaterial, cmd.Material)
	}
	d.emit(PaperSeen(cmd))
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
		return refuse(CodeNoSuchMaterial, cmd.Material)
	case m.Need != Deferrable || m.Deferral == nil || s.State == MaterialGiven:
		return refuse(CodeNotDeferrable, cmd.Material)
	case s.State == MaterialDeferred:
		return refuse(CodeExists)
	}
	if r := words(cmd.Signed, true); r != nil {
		return r
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
		wanted[p.ID] = ok
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
	if r := d.ready(); r != nil {
		return r
	}
	d.emit(Submitted{})
	d.startClock(ClockAcceptance, ClockAcceptance, "", d.it.Department, d.it.Limits.Acceptance, d.env.Now)
	d.openAcceptTask()
	return nil
}

func (d *decider) openAcceptTask() {
	d.newTask(Task{Kind: TaskAccept, By: Post{Department: d.it.Department, Role: RoleClerk}})
}

// atWindow refuses unless a clerk of the leading department may judge what came in, then takes the acceptance task.
func (d *decider) atWindow(outcome string) *Refusal {
	if !d.clerk() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseReceived); r != nil {
		return r
	}
	for i := range d.c.Tasks {
		if t := &d.c.Tasks[i]; t.Kind == TaskAccept && t.Live() {
			if _, r := d.holds(t.ID); r != nil {
				return r
			}
			d.emit(TaskEnded{Task: t.ID, Outcome: outcome})
			return nil
		}
	}
	return refuse(CodeNoSuchTask)
}

func (d *decider) accept() *Refusal {
	if r := d.atWindow("accept"); r != nil {
		return r
	}
	d.endClock(ClockAcceptance, false)
	return d.begin(d.env.Now, false)
}

// begin starts the case's clocks from an instant, and the flow.
func (d *decider) begin(from time.Time, silent bool) *Refusal {
	if silent {
		d.cancelTasks(func(t *Task) bool { return t.Kind == TaskAccept }, "ended")
	}
	d.emit(Accepted{From: from, Silent: silent})
	d.startClock(ClockStatutory, ClockStatutory, "", d.it.Department, d.it.Limits.Statutory, from)
	d.startClock(ClockPromised, ClockPromised, "", d.it.Department, d.it.Limits.Promised, from)
	for _, k := range d.c.Commitments {
		if m := d.it.MaterialByID(k.Material); m != nil && m.Deferral != nil && k.State == CommitmentOpen {
			rule := m.Deferral.Rule
			rule.Effect = EffectBreach
			// The applicant learns of a silent acceptance only now: the promise runs from here.
			d.startClock("commitment:"+k.Material, ClockCommitment, "", BearerApplicant, rule, d.env.Now)
		}
	}
	wanted, r := d.wantedParts()
	if r != nil {
		return r
	}
	for i := range d.it.Parts {
		if id := d.it.Parts[i].ID; !wanted[id] {
			d.emit(PartLeftOut{Part: id})
		}
	}
	return d.advance()
}

func (d *decider) decline(cmd Decline) *Refusal {
	ground, r := d.ground(cmd.Ground, cmd.Words)
	if r != nil {
		return r
	}
	if r := d.atWindow("decline"); r != nil {
		return r
	}
	d.endClock(ClockAcceptance, false)
	d.closeAll("ended")
	d.emit(Declined{Ground: *ground})
	return nil
}

// ground quotes a ground of the item, with the ways to have the refusal reviewed.
func (d *decider) ground(id, say string) (*GroundUsed, *Refusal) {
	i := slices.IndexFunc(d.it.Grounds, func(g Ground) bool { return g.ID == id })
	if i < 0 {
		return nil, refuse(CodeGround, id).because("行政许可法", "38")
	}
	if r := words(say, true); r != nil {
		return nil, r
	}
	return &GroundUsed{ID: id, Text: say, Basis: d.it.Grounds[i].Basis, Relief: d.it.Relief}, nil
}

// requestCorrection is the one-time notice (一次性告知).
func (d *decider) requestCorrection(cmd RequestCorrection) *Refusal {
	if d.c.Correction != nil {
		return refuse(CodeCorrectedOnce).because("行政许可法", "32(4)")
	}
	if len(cmd.Points) == 0 || len(cmd.Points) > 100 {
		return refuse(CodeCorrectionEmpty)
	}
	for _, p := range cmd.Points {
		if r := words(p.Words, true); r != nil {
			return r
		}
		if p.Material != "" && d.c.Material(p.Material) == nil {
			return refuse(CodeNoSuchMaterial, p.Material)
		}
	}
	if r := d.atWindow("correction"); r != nil {
		return r
	}
	d.hold(ClockAcceptance)
	d.emit(CorrectionRequested(cmd))
	d.startClock(ClockCorrection, ClockCorrection, "", BearerApplicant, d.it.Limits.Correction, d.env.Now)
	return nil
}

func (d *decider) correct() *Refusal {
	if !d.files() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseCorrecting); r != nil {
		return r
	}
	if r := d.ready(); r != nil {
		return r
	}
	d.endClock(ClockCorrection, false)
	d.emit(Corrected{})
	if k := d.c.Clock(ClockAcceptance); k != nil {
		d.free(k, d.env.Now)
	}
	d.openAcceptTask()
	return nil
}

func (d *decider) withdraw(cmd Withdraw) *Refusal {
	if !d.files() {
		return refuse(CodeNotYours)
	}
	if r := d.in(PhaseDraft, PhaseReceived, PhaseCorrecting, PhaseRunning); r != nil {
		return r
	}
	if r := words(cmd.Reason, false); r != nil {
		return r
	}
	if len(d.c.Licences) > 0 {
		return refuse(CodeTooLate)
	}
	d.closeAll("ended")
	d.emit(TakenOut{Reason: cmd.Reason})
	return nil
}

// closeAll cancels every live task and ends every clock of the case; an open stop ends too.
func (d *decider) closeAll(why string) {
	if s := d.c.Stopped(); s != nil {
		d.emit(StopEnded{Stop: s.ID, At: d.env.Now})
	}
	d.cancelTasks(func(t *Task) bool { return t.Kind != TaskOrder && t.Kind != TaskCallback }, why)
	for i := range d.c.Clocks {
		k := d.c.Clocks[i]
		if k.Kind != ClockOrder {
			d.endClock(k.ID, k.State == ClockStopped || k.Bearer == BearerApplicant || d.env.Now.Before(k.Due))
		}
	}
}

// cancelTasks drops the live tasks that the choice picks, with their clocks.
func (d *decider) cancelTasks(pick func(*Task) bool, why string) {
	for i := range d.c.Tasks {
		if t := &d.c.Tasks[i]; t.Live() && pick(t) {
			id := t.ID
			d.emit(TaskDropped{Task: id, Why: why})
			d.endClock(TaskClock(id), true)
		}
	}
}
