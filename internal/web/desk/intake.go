package desk

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// newPage opens a case for somebody at the window.
type newPage struct {
	*page
	ID     string
	Fields []ui.Field
	Agent  []ui.Field
	Turn   string // number that the applicant was called by, and its lobby
	Lobby  string
	ByTurn string    // the number as people read it
	Known  []string  // what was filled in from where, or why not
	Same   []ui.Link // open cases of the same applicant for the same service
	None   string    // that the department takes nothing in here, and why; then there is no form
	Others []string  // places where it does, each with the services
	Ready  bool      // all that must be there was filled in: the button has the focus
}

// newCase asks who wants what.
func (d *Desk) newCase(p *page, r *http.Request) error {
	if !p.Actor.Has(caseflow.RoleClerk) {
		return hall.ErrNotFound
	}
	return p.showNew(http.StatusOK, answers(r.URL.Query()), nil)
}

func (p *page) showNew(status int, typed answers, same []ui.Link) error {
	p.Title = p.T("desk.nav.new")
	v := &newPage{page: p, ID: kit.NewRequestID(), Same: same, Known: p.known, Turn: typed.get("turn"), Lobby: typed.get("lobby")}
	if len(p.taken()) == 0 {
		p.Errors = nil // there is nothing to choose
		v.None, v.Others = p.T("desk.new.none-why", p.department(p.Actor.Department), p.region(p.Actor.Region)), p.takenElsewhere()
		return p.write(status, "new", v)
	}
	if err := v.byTurn(); err != nil {
		return err
	}
	field := func(list *[]ui.Field, f ui.Field) {
		f.Label = p.T("desk.ask." + f.Name)
		if _, ok := typed[f.Name]; ok {
			f.Value, f.Values = typed.get(f.Name), typed[f.Name]
		}
		f.Error = p.Errors.Of(f.Name)
		*list = append(*list, f)
	}
	var docs []ui.Option
	var channels []string
	for _, it := range p.taken() {
		for _, c := range it.TakenBy(p.Actor.Duties()...) {
			if !slices.Contains(channels, c) {
				channels = append(channels, c)
			}
		}
	}
	for _, t := range ident.DocTypes() {
		docs = append(docs, ui.Option{Value: string(t), Label: t.Text(p.Lang)})
	}
	service := p.serviceQuestion(typed)
	service.Label, service.Error = p.T("desk.ask.item"), p.Errors.Of(serviceField)
	v.Fields = append(v.Fields, service)
	field(&v.Fields, ui.Field{Kind: ui.KindSelect, Name: "docType", Value: string(ident.DocResidentID), Options: docs})
	field(&v.Fields, ui.Field{Kind: ui.KindID, Name: "docNo"})
	field(&v.Fields, ui.Field{Kind: ui.KindText, Name: "party", Width: "medium"})
	field(&v.Fields, ui.Field{Kind: ui.KindPhone, Name: "phone", Optional: true})
	channel := ui.Field{Kind: ui.KindRadio, Name: "channel", Inline: true}
	if len(channels) > 0 {
		channel.Value = channels[0]
	}
	for _, c := range channels {
		channel.Options = append(channel.Options, ui.Option{Value: c, Label: p.T("case.channel." + c)})
	}
	field(&v.Fields, channel)
	field(&v.Fields, ui.Field{Kind: ui.KindSelect, Name: "assisted", Optional: true, Hint: p.T("desk.assisted-hint"), Options: p.assistReasons()})
	field(&v.Agent, ui.Field{Kind: ui.KindText, Name: "agentName", Optional: true, Width: "medium"})
	field(&v.Agent, ui.Field{Kind: ui.KindSelect, Name: "agentType", Optional: true, Value: string(ident.DocResidentID), Options: docs})
	field(&v.Agent, ui.Field{Kind: ui.KindID, Name: "agentNo", Optional: true})
	field(&v.Agent, ui.Field{Kind: ui.KindPhone, Name: "agentPhone", Optional: true})
	basis := ui.Field{Kind: ui.KindSelect, Name: "agentBasis", Optional: true, Value: caseflow.BasisLetter}
	for _, b := range caseflow.AgentBases() {
		basis.Options = append(basis.Options, ui.Option{Value: b, Label: p.T("case.agent-basis." + b)})
	}
	field(&v.Agent, basis)
	v.focus(typed)
	return p.write(status, "new", v)
}

// focus puts the cursor where the clerk goes on, so that a case is opened without a mouse: at the service, then at the number of the
// document, and after what is known was filled in at what is still missing.
func (v *newPage) focus(typed answers) {
	if v.Errors != nil || len(v.Same) > 0 {
		return // what is said about it has the focus, or is read first
	}
	next := serviceField
	switch {
	case v.Fields[0].Value == "":
	case typed.get("docNo") == "":
		next = "docNo"
	default:
		next = "party"
		v.Ready = typed.get("party") != ""
	}
	for i := range v.Fields {
		v.Fields[i].Focus = v.Fields[i].Name == next && !v.Ready
	}
}

// byTurn names the number by which the applicant was called.
func (v *newPage) byTurn() error {
	turn := turnOf(v.Turn, v.Lobby, v.Now)
	if turn == nil {
		v.Turn = ""
		return nil
	}
	ln, err := v.desk.hall.WorkLine(v.r.Context(), v.Actor, v.Actor.Region, turn.Lobby, turn.Day)
	if err != nil {
		return err
	}
	for i := range ln.Turns {
		if ln.Turns[i].No == turn.No {
			v.ByTurn = ln.Turns[i].Label()
		}
	}
	return nil
}

// turnOf reads the number that a case is opened for, of today; nil if it is opened for none.
func turnOf(no, lobby string, now time.Time) *caseflow.Turn {
	n, err := strconv.Atoi(no)
	if err != nil || n < 1 {
		return nil
	}
	return &caseflow.Turn{Lobby: lobby, Day: workday.DateOf(now), No: n}
}

// taken lists the services for which the clerk takes requests in.
func (p *page) taken() []*caseflow.Item {
	return slices.DeleteFunc(slices.Clone(p.desk.guides.Items()), func(it *caseflow.Item) bool { return !p.mine(it) })
}

// takenElsewhere tells where departments like the own one take requests in, and for which services.
func (p *page) takenElsewhere() []string {
	services := map[string][]string{}
	var places []string
	for _, it := range p.desk.guides.Items() {
		if it.OfferedIn(p.Actor.Region) || len(it.TakenBy(p.Actor.Duties()...)) == 0 {
			continue
		}
		if services[it.Region] == nil {
			places = append(places, it.Region)
		}
		services[it.Region] = append(services[it.Region], it.Name.In(p.Lang))
	}
	var lines []string
	for _, place := range places {
		lines = append(lines, p.T("desk.new.elsewhere-line", p.region(place), p.joined(services[place])))
	}
	return lines
}

// openCase opens the case, unless its applicant seems to have one already: then it asks once more.
func (d *Desk) openCase(p *page, r *http.Request) error {
	typed := answers(r.PostForm)
	if seeksService(typed) {
		return p.showNew(http.StatusOK, typed, nil)
	}
	if typed.get("act") == "begin" { // from the page of callers, so that nobody's name is in an address
		if !p.keepsDoor() {
			return hall.ErrNotFound
		}
		return p.showNew(http.StatusOK, answers{"party": typed["party"], "phone": typed["phone"]}, nil)
	}
	if typed.get("act") == "fill" || p.Actor.Has(caseflow.RoleClerk) && p.onlyNumber(typed) {
		if !p.Actor.Has(caseflow.RoleClerk) {
			return hall.ErrNotFound
		}
		return p.fill(typed)
	}
	cmd := p.readOpen(typed)
	if p.Errors != nil {
		return p.showNew(http.StatusUnprocessableEntity, typed, nil)
	}
	_, repeat, err := d.hall.Answered(r.Context(), p.Actor, store.Key{Region: p.Actor.Region}, typed.get(kit.RequestField))
	if err != nil {
		return err
	}
	if typed.get("again") != "yes" && !repeat {
		same, err := d.sameCases(p, cmd)
		if err != nil {
			return err
		}
		if len(same) > 0 {
			return p.showNew(http.StatusConflict, typed, same)
		}
	}
	at := store.Key{Region: p.Actor.Region}
	receipt, err := d.hall.Do(r.Context(), p.Actor, typed.get(kit.RequestField), at, cmd)
	if refusal, ok := kit.Refusal(err); ok {
		p.Errors = p.openFaults(refusal)
		return p.showNew(http.StatusUnprocessableEntity, typed, nil)
	}
	if err != nil {
		return err
	}
	at.Case = receipt.Case
	why := oneOf(typed.get("assisted"), caseflow.Reasons())
	if it := d.hall.Item(cmd.Item); why == "" && it != nil && !p.Actor.Bears(it.Department) {
		why = "other" // a hotline or a station fills in for its applicants always
	}
	if why != "" {
		cmd := caseflow.Assist{How: caseflow.AssistOfficial, Why: why, Post: self(p.Actor)}
		if _, err := d.hall.Do(r.Context(), p.Actor, typed.get(kit.RequestField)+".assisted", at, cmd); err != nil {
			return fmt.Errorf("record the assistance: %w", err)
		}
	}
	return p.back(caseAddress(receipt.Case) + "/intake")
}

// partyFields are the questions of the page by the fields of the command.
var partyFields = map[string]string{
	"applicant.name": "party", "applicant.phone": "phone", "applicant.document": "docNo", "applicant.kind": "docType",
	"agent.name": "agentName", "agent.phone": "agentPhone", "agent.document": "agentNo", "agent.kind": "agentType", "channel": "channel",
}

// openFaults says at its question what is wrong with who asks.
func (p *page) openFaults(r *caseflow.Refusal) *ui.Errors {
	list := &ui.Errors{}
	for _, f := range r.Fields {
		name := partyFields[f.Field]
		text := f.Text.In(p.Lang)
		if name != "" && text == "" {
			label := p.T("desk.ask." + name)
			text = p.faultText(caseflow.FieldFault{Code: f.Code, Text: caseflow.Text{ZH: label, EN: label}})
		}
		list.Faults = append(list.Faults, ui.Fault{Field: name, Text: text})
	}
	if len(list.Faults) == 0 {
		list.Faults = []ui.Fault{{Text: p.refusalText(r)}}
	}
	return list
}

// readOpen reads who wants what, and puts what is wrong into the page's errors.
func (p *page) readOpen(typed answers) caseflow.Open {
	p.Errors = &ui.Errors{}
	wrong := func(field, text string) {
		p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: field, Text: text})
	}
	party := func(name, docType, docNo, phone string) caseflow.Party {
		party := caseflow.Party{Kind: "person", Phone: ident.Normalise(typed.get(phone))}
		var err error
		party.Document, err = p.document(typed, docType, docNo)
		var fault *ident.Fault
		if errors.As(err, &fault) {
			wrong(docNo, fault.Text(p.Lang))
		}
		if party.Name = typed.get(name); party.Name == "" {
			wrong(name, p.T("case.fault.required", p.T("desk.ask."+name)))
		}
		if party.Document.Type == ident.DocCreditCode {
			party.Kind = "organisation"
		}
		return party
	}
	cmd := caseflow.Open{Item: caseflow.ItemID(typed.get("item")), Channel: typed.get("channel"), Applicant: party("party", "docType", "docNo", "phone"),
		Turn: turnOf(typed.get("turn"), typed.get("lobby"), p.Now)}
	switch i := slices.IndexFunc(p.taken(), func(it *caseflow.Item) bool { return it.ID == cmd.Item }); {
	case i < 0:
		wrong("item", p.T("case.fault.choose", p.T("desk.ask.item")))
	case !slices.Contains(p.taken()[i].TakenBy(p.Actor.Duties()...), cmd.Channel):
		var names []string
		for _, c := range p.taken()[i].TakenBy(p.Actor.Duties()...) {
			names = append(names, p.T("case.channel."+c))
		}
		wrong("channel", p.T("desk.intake.channels", p.joined(names)))
	}
	if typed.get("agentName") != "" || typed.get("agentNo") != "" {
		agent := party("agentName", "agentType", "agentNo", "agentPhone")
		if agent.Basis = typed.get("agentBasis"); agent.Basis == "" {
			agent.Basis = caseflow.BasisLetter
		}
		cmd.Agent = &agent
	}
	if len(p.Errors.Faults) == 0 {
		p.Errors = nil
	}
	return cmd
}

// sameCases finds open cases of the same applicant for the same service.
func (d *Desk) sameCases(p *page, cmd caseflow.Open) ([]ui.Link, error) {
	rows, _, err := d.hall.Cases(p.r.Context(), p.Actor, store.CaseQuery{Region: p.Actor.Region, Item: cmd.Item, Search: cmd.Applicant.Name,
		Phases: []caseflow.Phase{caseflow.PhaseDraft, caseflow.PhaseReceived, caseflow.PhaseCorrecting, caseflow.PhaseRunning, caseflow.PhaseGranted}})
	if err != nil {
		return nil, err
	}
	var list []ui.Link
	for _, row := range rows {
		if row.Document == string(cmd.Applicant.Document.Type)+":"+cmd.Applicant.Document.No {
			list = append(list, ui.Link{Text: strings.Join(strings.Fields(string(row.Key.Case)+" "+row.Subject.Masked()+" "+p.T("desk.phase."+string(row.Phase))), " "),
				Href: caseAddress(row.Key.Case)})
		}
	}
	return list, nil
}

// intakePage is the whole form on one screen, with the materials.
type intakePage struct {
	*page
	*head
	ID        string
	Action    string
	Known     *kit.Knowing // that could be filled in
	Situation string       // where questions shorten the list of materials; "": the item asks none
	Groups    []intakeGroup
	Materials []intakeMaterial
	Again     bool // the form is corrected, not handed in for the first time
	Accepts   bool // whoever fills it in may accept it too: not a hotline or a station, which hand in for the department
	Version   string
	Saved     kit.Saving
	Clashes   *kit.Clashes
}

// intakeGroup is one page of the form.
type intakeGroup struct {
	Title  string
	Fields []ui.Field
	Asked  []string
}

// intakeMaterial is one material as the clerk ticks it off.
type intakeMaterial struct {
	ID, Name, Need, Promise string
	Files                   []ui.Link // scans that are there
	Seen, Deferred          bool
	OnFile                  string // the licence that stands for it
	Deferrable              bool
	Signed                  string
	Error                   string
}

func (d *Desk) intakeForm(p *page, _ *http.Request) error {
	s, err := p.typing("intake")
	if err != nil {
		return err
	}
	return p.showIntake(http.StatusOK, s, nil, nil)
}

// typing loads a case that the clerk fills in for its applicant; any other reads as not found.
func (p *page) typing(what string) (*scene, error) {
	s, err := p.scene(what, "")
	if err != nil {
		return nil, err
	}
	if !s.open(caseflow.SaveDraft{Data: []byte("{}")}) {
		return nil, hall.ErrNotFound
	}
	return s, nil
}

func (p *page) asker(s *scene) (*form.Asker, error) {
	asked, refusal := caseflow.Ask(s.c, s.it)
	if refusal != nil {
		return nil, refusal
	}
	data, err := form.Decode(s.c.Form)
	if err != nil {
		return nil, err
	}
	return &form.Asker{Lang: p.Lang, Department: p.department, Asked: asked, Answers: data, Schema: form.ReadSchema(s.it.Schema), Errors: p.Errors,
		People: form.PeopleOf(s.it, s.c, data, false), Finds: form.FindsIn(p.r.URL.Query())}, nil
}

// showIntake shows the form with what is saved, or with what was typed and not saved.
func (p *page) showIntake(status int, s *scene, typed answers, unsaved *typing) error {
	a, err := p.asker(s)
	if err != nil {
		return err
	}
	v := &intakePage{page: p, head: p.head(s), ID: kit.NewRequestID(), Action: caseAddress(s.c.No) + "/intake", Again: s.c.Phase == caseflow.PhaseCorrecting, Accepts: p.Actor.Bears(s.it.Department)}
	p.Title = p.T("desk.intake.title", v.Item)
	v.Version = form.Versions((&typing{scene: s}).questions(), a.Answers)
	v.Saved = kit.Saving{Last: p.T("form.saved-last", i18n.Moment(p.Lang, s.c.Updated)), Plain: p.T("desk.intake.saved-plain")}
	if unsaved != nil {
		v.Clashes, a.Answers = &kit.Clashes{List: p.clashes(unsaved), Take: v.Action}, unsaved.mine
	}
	offered, err := p.desk.hall.OfferedAnswers(p.r.Context(), p.Actor, keyOf(s.c))
	if err != nil {
		return err
	}
	if len(s.it.Situations) > 0 {
		v.Situation = situationAddress(s.c.No)
	}
	v.Known = kit.KnowingOf(offered, p.Lang, nil)
	for _, pg := range a.Asked.Pages {
		g := intakeGroup{Title: pg.Title.In(p.Lang), Fields: a.Fields(pg.Fields)}
		for i := range g.Fields {
			g.Asked = append(g.Asked, g.Fields[i].Name)
		}
		v.Groups = append(v.Groups, g)
	}
	for _, m := range a.Asked.Materials {
		st := s.c.Material(m.ID)
		if st == nil {
			continue
		}
		row := intakeMaterial{ID: m.ID, Name: m.Name.In(p.Lang), Need: p.T("case.material-need." + string(m.Need)),
			Seen: st.Paper || typed.get("material."+m.ID) == "seen", Deferred: st.State == caseflow.MaterialDeferred || typed.get("material."+m.ID) == "defer", Deferrable: m.Need == caseflow.Deferrable && m.Deferral != nil,
			Signed: typed.get("signed." + m.ID), Error: p.Errors.Of("material." + m.ID)}
		if st.OnFile != nil {
			row.OnFile = kit.OnFileWords(st.OnFile, p.Lang, p.granter)
		}
		for _, f := range st.Files {
			row.Files = append(row.Files, ui.Link{Text: f.Name, Href: caseAddress(s.c.No) + "/files/" + m.ID + "/" + f.Hash})
		}
		if m.Deferral != nil {
			row.Promise = m.Deferral.Promise.In(p.Lang)
		}
		v.Materials = append(v.Materials, row)
	}
	return p.write(status, "intake", v)
}

// intakeSave keeps what was typed and ticked, and hands it in if that button was pressed. What cannot be handed in is kept.
func (d *Desk) intakeSave(p *page, r *http.Request) error {
	if done, err := d.handedIn(p, r); done || err != nil {
		return err
	}
	s, err := p.typing("intake")
	if err != nil {
		return err
	}
	typed, key := answers(r.PostForm), store.Key{Region: s.c.Region, Case: s.c.No}
	request := typed.get(kit.RequestField)
	if request == "" {
		return hall.ErrBadRequest
	}
	edit := form.ReadEdit(r.PostForm)
	do := func(part string, cmd caseflow.Command) error {
		_, err := d.hall.Do(r.Context(), p.Actor, request+"."+part, key, cmd)
		return err
	}
	t, err := p.typed(s, edit)
	switch {
	case err != nil:
		return err
	case typed.get(form.AutosaveField) != "":
		return p.autosave(t)
	case len(p.clashes(t)) > 0:
		p.Errors = &ui.Errors{Title: p.T("form.clash-title"), Faults: []ui.Fault{{Text: p.T("form.clash-text", i18n.Moment(p.Lang, s.c.Updated))}}}
		return p.showIntake(http.StatusConflict, s, typed, t)
	}
	if err := p.save(t, request+".save"); err != nil {
		return err
	}
	if err := p.tick(s, typed, do); err != nil {
		return p.notHandedIn(typed, err)
	}
	if r.PostForm.Has(kit.FillField) {
		return p.fillAnswers(s.c, do)
	}
	if finds := searches(s.it, r.PostForm); len(finds) > 0 {
		return p.back(finds.Address(caseAddress(s.c.No) + "/intake"))
	}
	if edit.Any() {
		return p.back(caseAddress(s.c.No) + "/intake#" + edit.Anchor(s.it, t.patch))
	}
	if material, scan := strings.CutPrefix(typed.get("act"), "scan:"); scan {
		return p.back(scanAddress(s.c.No, material))
	}
	if typed.get("act") == "save" || typed.get("act") == "" {
		return p.back(caseAddress(s.c.No) + "/intake")
	}
	if err := handIn(s, typed.get("act"), do); err != nil {
		return p.notHandedIn(typed, err)
	}
	return p.back(caseAddress(s.c.No) + "/papers/" + hall.PaperReceipt)
}

// handedIn answers the repeat of a form that handed the request in, whose answer was lost on the way.
func (d *Desk) handedIn(p *page, r *http.Request) (bool, error) {
	key, err := hall.KeyOf(r.PathValue("no"))
	if err != nil {
		return false, err
	}
	typed := answers(r.PostForm)
	request := typed.get(kit.RequestField)
	_, repeat, err := d.hall.Answered(r.Context(), p.Actor, key, request+".hand-in")
	if err != nil || !repeat {
		return false, err
	}
	if typed.get("act") == "accept" {
		_, err = d.hall.Do(r.Context(), p.Actor, request+".accept", key, caseflow.Accept{})
		if _, refused := kit.Refusal(err); err != nil && !refused { // refused: somebody else has accepted it since
			return true, err
		}
	}
	return true, p.back(caseAddress(key.Case) + "/papers/" + hall.PaperReceipt)
}

// searches are what is looked for in the long lists of the form.
func searches(it *caseflow.Item, post url.Values) form.Finds {
	all := form.Finds{}
	for i := range it.Pages {
		maps.Copy(all, form.Searches(it.Pages[i].Fields, post))
	}
	return all
}

// tick records the originals that were seen and the materials that come later.
func (p *page) tick(s *scene, typed answers, do func(string, caseflow.Command) error) error {
	for i := range s.c.Materials {
		m := &s.c.Materials[i]
		switch choice := typed.get("material." + m.ID); {
		case choice == "seen" && !m.Paper:
			if err := do("seen."+m.ID, caseflow.SeenPaper{Material: m.ID}); err != nil {
				return err
			}
		case choice == "defer" && m.State == caseflow.MaterialMissing:
			err := do("defer."+m.ID, caseflow.Defer{Material: m.ID, Signed: typed.get("signed." + m.ID)})
			if refusal, ok := kit.Refusal(err); ok && refusal.Code == caseflow.CodeWords {
				return &caseflow.Refusal{Code: caseflow.CodeMaterial, Fields: []caseflow.FieldFault{{Field: "material." + m.ID, Code: "signed"}}}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// handIn hands the request in, again after a correction, and accepts it if that is asked as well.
func handIn(s *scene, act string, do func(string, caseflow.Command) error) error {
	var cmd caseflow.Command = caseflow.Submit{}
	if s.c.Phase == caseflow.PhaseCorrecting {
		cmd = caseflow.Correct{}
	}
	if err := do("hand-in", cmd); err != nil {
		return err
	}
	if act == "accept" {
		return do("accept", caseflow.Accept{})
	}
	return nil
}

// notHandedIn shows the form again with everything that is missing or wrong. It was saved.
func (p *page) notHandedIn(typed answers, err error) error {
	refusal, ok := kit.Refusal(err)
	if !ok {
		return err
	}
	s, err := p.typing("intake")
	if err != nil {
		return err
	}
	p.Errors = &ui.Errors{}
	for _, f := range refusal.Fields {
		p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: f.Field, Text: p.lackOf(s.it, f)})
	}
	if len(p.Errors.Faults) == 0 {
		p.Errors.Faults = []ui.Fault{{Text: p.refusalText(refusal)}}
	}
	return p.showIntake(http.StatusUnprocessableEntity, s, typed, nil)
}

// lackOf words what a request lacks: an answer, a material, a signature.
func (p *page) lackOf(it *caseflow.Item, f caseflow.FieldFault) string {
	name, isMaterial := strings.CutPrefix(f.Field, "material.")
	switch {
	case isMaterial && f.Code == "signed":
		return p.T("desk.intake.signed-missing", it.MaterialByID(name).Name.In(p.Lang))
	case isMaterial:
		return p.T("case.fault.material", it.MaterialByID(name).Name.In(p.Lang))
	}
	if text := f.Text.In(p.Lang); text != "" {
		return text
	}
	return p.faultText(f)
}
