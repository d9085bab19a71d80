package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// recountPage lets an administrator count the limits of running cases again: the question, what would move, and what came
// of it, part by part.
type recountPage struct {
	*page
	Fields []ui.Field
	Keep   []ui.Field // hidden: what was asked, for the next part or the confirmation
	Tried  bool
	Sum    string
	Table  ui.Table
	Next   string // address of the next part of a trial
	More   bool   // another part is to be applied
	Empty  bool
}

// recountConfirm is the recount before it is applied.
type recountConfirm struct {
	*page
	Confirm ui.Confirm
}

// The names of the questions.
const (
	askRules  = "rules" // item and version, or calendarOnly
	askFrom   = "from"
	askWhy    = "reason"
	askCursor = "cursor"
)

const calendarOnly = "calendar"

// recounts lets those through who may recount; for others there is no such page.
func (d *Desk) recounts(serve func(p *page, typed answers) error) func(*page, *http.Request) error {
	return func(p *page, r *http.Request) error {
		if !access.May(p.Actor, access.CaseRecount, access.Resource{Region: p.Actor.Region}).Allow {
			return hall.ErrNotFound
		}
		p.Title = p.T("desk.recount.title")
		if r.Method == http.MethodPost {
			p.Crumbs = []ui.Link{{Text: p.T("desk.nav.recount"), Href: "/desk/recount"}}
		}
		return serve(p, answers(r.Form))
	}
}

// askRecount shows the question and, once it is asked, a part of what would move.
func (d *Desk) askRecount(p *page, typed answers) error {
	v := &recountPage{page: p}
	status := http.StatusOK
	if typed.get(askRules) != "" {
		change, ok := p.change(typed)
		if ok {
			part, err := d.hall.TryRecount(p.r.Context(), p.Actor, change, typed.get(askCursor))
			if errors.Is(err, store.ErrCursor) {
				return p.back("/desk/recount")
			}
			if refusal, refused := kit.Refusal(err); refused {
				p.recountFaults(refusal)
			} else if err != nil {
				return err
			} else {
				v.tried(typed, part)
			}
		}
		if p.Errors != nil {
			status = http.StatusUnprocessableEntity
		}
	}
	v.questions(typed)
	return p.write(status, "recount", v)
}

// questions are the fields of the form, with what was typed.
func (v *recountPage) questions(typed answers) {
	field := func(f ui.Field) {
		f.Label, f.Error = v.T("desk.recount."+f.Name), v.Errors.Of(f.Name)
		if _, ok := typed[f.Name]; ok {
			f.Value = typed.get(f.Name)
		}
		v.Fields = append(v.Fields, f)
	}
	rules := ui.Field{Kind: ui.KindSelect, Name: askRules, Options: []ui.Option{{Value: calendarOnly, Label: v.T("desk.recount.calendar")}}}
	for _, it := range v.desk.guides.Items() {
		for _, version := range v.desk.guides.Versions(it.Pack) {
			rules.Options = append(rules.Options, ui.Option{Value: string(it.ID) + "|" + version, Label: v.T("desk.recount.version", it.Name.In(v.Lang), version)})
		}
	}
	field(rules)
	field(ui.Field{Kind: ui.KindDate, Name: askFrom, Optional: true, Hint: v.T("desk.recount.from-hint")})
	field(ui.Field{Kind: ui.KindTextarea, Name: askWhy, Lines: 2, Max: caseflow.MaxWords, Hint: v.T("desk.recount.reason-hint")})
}

// change reads what is asked; false if a day cannot be read, which then stands in the page's errors.
func (p *page) change(typed answers) (hall.Change, bool) {
	c := hall.Change{Reason: strings.ReplaceAll(typed.get(askWhy), "\r\n", "\n")}
	item, version, _ := strings.Cut(typed.get(askRules), "|")
	if item != calendarOnly {
		c.Item, c.Version = caseflow.ItemID(item), version
	}
	if text := ident.Normalise(typed.get(askFrom)); text != "" && c.Version != "" {
		day, err := ui.Day(text)
		if err != nil {
			p.Errors = &ui.Errors{Faults: []ui.Fault{{Field: askFrom, Text: p.T("case.fault.other", p.T("desk.recount.from"))}}}
			return c, false
		}
		c.AcceptedFrom = day.Start()
	}
	return c, true
}

// recountFaults puts what is missing at its question.
func (p *page) recountFaults(r *caseflow.Refusal) {
	p.Errors = &ui.Errors{}
	for _, f := range r.Fields {
		name := map[string]string{"acceptedFrom": askFrom, "item": askRules, "version": askRules, "reason": askWhy}[f.Field]
		p.Errors.Faults = append(p.Errors.Faults, ui.Fault{Field: name, Text: p.T("case.fault.required", p.T("desk.recount."+name))})
	}
	if len(r.Fields) == 0 {
		p.Errors.Faults = []ui.Fault{{Field: askWhy, Text: p.refusalText(r)}}
	}
}

// keep carries the question from page to page.
func keep(typed answers, more ...ui.Field) []ui.Field {
	list := more
	for _, name := range []string{askRules, askFrom, askWhy} {
		list = append(list, ui.Field{Kind: ui.KindHidden, Name: name, Value: typed.get(name)})
	}
	return list
}

// tried shows a part of what would move.
func (v *recountPage) tried(typed answers, part *hall.RecountPage) {
	v.Tried, v.Keep = true, keep(typed, ui.Field{Name: kit.RequestField, Value: kit.NewRequestID()})
	v.rows(part)
	v.Empty = len(part.Cases) == 0 && part.Next == ""
	if part.Next != "" {
		next := url.Values{}
		for _, name := range []string{askRules, askFrom, askWhy} {
			next.Set(name, typed.get(name))
		}
		next.Set(askCursor, part.Next)
		v.Next = "/desk/recount?" + next.Encode()
	}
}

// rows lists the cases of a part, a row for each clock that moves.
func (v *recountPage) rows(part *hall.RecountPage) {
	v.Sum = v.T("desk.recount.sum", len(part.Cases), part.Kept)
	v.Table = ui.Table{Caption: v.T("desk.recount.table"), Columns: []ui.Column{{Text: v.T("desk.case-no")}, {Text: v.T("desk.recount.accepted")},
		{Text: v.T("desk.recount.clock")}, {Text: v.T("desk.recount.was")}, {Text: v.T("desk.recount.due")}, {Text: v.T("desk.recount.why")},
		{Text: v.T("desk.bulk.outcome")}}}
	for _, c := range part.Cases {
		look := ""
		if c.Outcome == hall.Busy || c.Outcome == hall.Failed {
			look = "red"
		}
		tag := &ui.Tag{Text: v.T("desk.recounted." + c.Outcome), Look: look}
		accepted := i18n.Date(v.Lang, c.Accepted)
		if c.Takes == hall.TakesSurely || c.Takes == hall.TakesIfAccepted {
			accepted = v.T("desk.recount.takes." + c.Takes)
		}
		first := []ui.Cell{{Text: string(c.Case), Head: true}, {Text: accepted}}
		if len(c.Moves) == 0 {
			none := ui.Cell{Text: v.T("desk.recount.later")}
			v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: append(first, none, ui.Cell{}, ui.Cell{}, ui.Cell{}, ui.Cell{Tag: tag})})
		}
		for _, m := range c.Moves {
			why := v.T("desk.recount.why-"+m.Why, m.Limit.Text(v.Lang))
			v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: append(first[:2:2], ui.Cell{Text: v.T("case.clock." + m.Kind), More: m.StepName.In(v.Lang)},
				ui.Cell{Text: i18n.Due(v.Lang, m.Was)}, ui.Cell{Text: i18n.Due(v.Lang, m.Due)}, ui.Cell{Text: why, More: m.Basis.String()}, ui.Cell{Tag: tag})})
		}
	}
}

// applyRecount asks once more, then applies the change part by part. Sent twice it acts once.
func (d *Desk) applyRecount(p *page, typed answers) error {
	request := typed.get(kit.RequestField)
	change, ok := p.change(typed)
	if request == "" || !ok {
		return hall.ErrBadRequest
	}
	if typed.get("confirmed") != "yes" {
		return d.confirmRecount(p, typed, change)
	}
	part, err := d.hall.Recount(p.r.Context(), p.Actor, request, change, typed.get(askCursor))
	if refusal, refused := kit.Refusal(err); refused {
		p.recountFaults(refusal)
		v := &recountPage{page: p}
		v.questions(typed)
		return p.write(http.StatusUnprocessableEntity, "recount", v)
	}
	if err != nil {
		return err
	}
	v := &recountPage{page: p, More: part.Next != ""}
	v.rows(part)
	v.Keep = keep(typed, ui.Field{Name: kit.RequestField, Value: request}, ui.Field{Name: "confirmed", Value: "yes"},
		ui.Field{Name: askCursor, Value: part.Next})
	p.Notice = &ui.Notice{Kind: ui.Success, Text: p.T("desk.recount.done", len(part.Cases))}
	for _, c := range part.Cases {
		if c.Outcome == hall.Busy || c.Outcome == hall.Failed {
			p.Notice = &ui.Notice{Kind: ui.Warning, Text: p.T("desk.recount.partly")}
		}
	}
	return p.show("recounted", v)
}

// confirmRecount names what is changed and what that does.
func (d *Desk) confirmRecount(p *page, typed answers, change hall.Change) error {
	p.Title = p.T("desk.confirm", p.T("desk.recount.title"))
	rules, from := p.T("desk.recount.calendar"), p.T("desk.recount.all")
	if change.Version != "" {
		rules = p.T("desk.recount.version", p.itemName(change.Item), change.Version)
		from = i18n.Date(p.Lang, change.AcceptedFrom)
	}
	return p.show("recount-confirm", &recountConfirm{page: p, Confirm: ui.Confirm{
		Question: p.Title, Result: p.T("desk.recount.result"), Action: "/desk/recount", Grave: true,
		Button: p.T("desk.confirm-button", p.T("desk.recount.title")), Cancel: "/desk/recount",
		Object: []ui.SummaryRow{{Label: p.T("desk.recount.rules"), Value: rules}, {Label: p.T("desk.recount.from"), Value: from},
			{Label: p.T("desk.recount.region"), Value: p.region(p.Actor.Region)}, {Label: p.T("desk.recount.reason"), Value: change.Reason}},
		Keep: keep(typed, ui.Field{Name: kit.RequestField, Value: typed.get(kit.RequestField)}, ui.Field{Name: "confirmed", Value: "yes"}),
	}})
}
