package desk

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// maxBulk is how many rows one act may take.
const maxBulk = 100

// bulkPage tells the outcome of each row.
type bulkPage struct {
	*page
	Table ui.Table
	Done  int
	Queue string
}

// bulk claims, or agrees to, the ticked rows of the queue. Each row is a command of its own: one that fails does not
// stop the others, and the page says of each what came of it.
func (d *Desk) bulk(p *page, r *http.Request) error {
	verb := r.PostFormValue("act")
	request := r.PostFormValue(kit.RequestField)
	rows := r.PostForm["row"]
	if verb, one, ok := strings.Cut(r.PostFormValue("one"), " "); ok { // the button of a single row
		rows = []string{one}
		return d.bulkRows(p, verb, request, rows)
	}
	return d.bulkRows(p, verb, request, rows)
}

func (d *Desk) bulkRows(p *page, verb, request string, rows []string) error {
	if verb != "claim" && verb != "agree" {
		return hall.ErrBadRequest
	}
	if len(rows) == 0 || len(rows) > maxBulk {
		p.Errors, p.Here = &ui.Errors{Title: p.T("desk.bulk.none", maxBulk)}, backTo(p.r)
		return d.queueWith(p, http.StatusUnprocessableEntity)
	}
	v := &bulkPage{page: p, Queue: backTo(p.r)}
	p.Title, p.Here = p.T("desk.bulk.title-"+verb), v.Queue
	v.Table = ui.Table{Caption: p.Title, HideCaption: true, Columns: []ui.Column{{Text: p.T("desk.case-no")}, {Text: p.T("desk.subject")}, {Text: p.T("desk.step")}, {Text: p.T("desk.bulk.outcome")}}}
	list, err := d.bulkList(p, verb, rows)
	if err != nil {
		return err
	}
	for _, b := range list {
		line, ok, err := d.bulkRow(p, verb, request, b)
		if err != nil {
			return err
		}
		if ok {
			v.Done++
		}
		v.Table.Rows = append(v.Table.Rows, line)
	}
	if len(rows) == 1 && v.Done == 1 && verb == "claim" { // one claimed: straight to the work
		no, _, _ := strings.Cut(rows[0], "/")
		return p.back(caseAddress(caseflow.CaseNo(no)) + "?done=claim")
	}
	kind := ui.Success
	if v.Done < len(rows) {
		kind = ui.Warning
	}
	p.Notice = &ui.Notice{Kind: kind, Text: p.T("desk.bulk.sum", len(rows), v.Done)}
	return p.show("bulk", v)
}

// backTo is the queue that the rows were ticked in.
func backTo(r *http.Request) string {
	if to := kit.Local(r.PostFormValue("next")); strings.HasPrefix(to, "/desk") {
		return to
	}
	return "/desk"
}

// bulkItem is a ticked row: a task of a case, which is nil if there is none that the actor may see.
type bulkItem struct {
	no   string
	task int
	key  store.Key
	view *hall.View
}

// bulkList reads rows, given as number/task, and looks at their cases all at once.
func (d *Desk) bulkList(p *page, verb string, rows []string) ([]*bulkItem, error) {
	all := make([]*bulkItem, len(rows))
	var found []*bulkItem
	var keys []store.Key
	for i, row := range rows {
		no, task, _ := strings.Cut(row, "/")
		all[i] = &bulkItem{no: no}
		key, err := hall.KeyOf(no)
		id, idErr := strconv.Atoi(task)
		if err != nil || idErr != nil {
			continue
		}
		all[i].key, all[i].task = key, id
		found, keys = append(found, all[i]), append(keys, key)
	}
	views, err := d.hall.Views(p.r.Context(), p.Actor, keys, "act:"+verb, "")
	if err != nil {
		return nil, err
	}
	for i, b := range found {
		b.view = views[i]
	}
	return all, nil
}

// bulkRow does the act for one row.
func (d *Desk) bulkRow(p *page, verb, request string, b *bulkItem) (ui.TableRow, bool, error) {
	subject := ""
	line := func(step, outcome string, ok bool) ui.TableRow {
		look := ""
		if !ok {
			look = "red"
		}
		return ui.TableRow{Cells: []ui.Cell{{Text: b.no, Href: caseAddress(caseflow.CaseNo(b.no)), Head: true}, {Text: subject}, {Text: step},
			{Tag: &ui.Tag{Text: outcome, Look: look}}}}
	}
	if b.view == nil {
		return line("", p.T("desk.bulk.not-found"), false), false, nil
	}
	a := aboutOf(b.view.Item.SubjectOf(b.view.Case.Form), b.view.Case.Applicant.Name, string(b.view.Case.Applicant.Document.Type))
	subject = cmp.Or(a.Subject, a.Applicant)
	step, safe := p.bulkStep(b.view, b.task)
	var cmd caseflow.Command = caseflow.Claim{Task: b.task}
	if verb == "agree" {
		if !safe {
			return line(step, p.T("desk.bulk.one-by-one"), false), false, nil
		}
		cmd = caseflow.Complete{Task: b.task, Outcome: caseflow.OutcomeAgree}
	}
	_, err := d.hall.Do(p.r.Context(), p.Actor, request+"."+strconv.Itoa(b.task)+"."+b.no, b.key, cmd)
	if refusal, ok := kit.Refusal(err); ok {
		return line(step, p.refusalText(refusal), false), false, nil
	}
	if errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrFull) || errors.Is(err, hall.ErrBehind) {
		return line(step, p.T("desk.bulk.busy"), false), false, nil
	}
	if err != nil {
		return ui.TableRow{}, false, err
	}
	return line(step, p.T("desk.bulk.done-"+verb), true), true, nil
}

// bulkStep names the step of a task, and tells whether it may be agreed to together with others.
func (p *page) bulkStep(v *hall.View, task int) (string, bool) {
	t := v.Case.Task(task)
	if t == nil {
		return "", false
	}
	def := v.Item.StepByID(t.Step)
	if def == nil || t.Kind != caseflow.TaskStep {
		return p.T("case.task-kind." + t.Kind), false
	}
	return def.Name.In(p.Lang), t.Delegator == "" && safeToAgree(def)
}
