package console

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// quarantineStates are what the filter of the list offers, what waits for somebody first.
var quarantineStates = []string{store.QuarantineAsked, store.QuarantineHeld, store.QuarantineReleased, store.QuarantineTaken, store.QuarantineDeleted}

// quarantineList lists the uploads that the scanner warned of (隔离文件). What a file is called is not shown: it may name a person, and
// says nothing about danger.
func (c *Console) quarantineList(p *page) error {
	states := ui.Field{Kind: ui.KindSelect, Name: "state"}
	for _, s := range quarantineStates {
		states.Options = append(states.Options, ui.Option{Value: s, Label: p.T("console.quarantine.state." + s)})
	}
	v := p.list("quarantine", states, p.regionField())
	var q store.QuarantineQuery
	if s := p.asked("state"); s != "" {
		q.States = []string{s}
	}
	return v.long("quarantine", access.ListExported, []string{"at", "finding", "state", "case", "size", "region"}, func(cursor string, limit int) ([]ui.TableRow, string, error) {
		q.Cursor, q.Limit = cursor, limit
		list, next, err := c.quarantine.List(p.r.Context(), p.Actor, p.asked("region"), q)
		rows := make([]ui.TableRow, len(list))
		for i := range list {
			f := &list[i]
			rows[i] = ui.TableRow{Cells: []ui.Cell{{At: f.At, Head: true, Href: quarantineAddress(f)}, {Text: p.finding(f), Href: quarantineAddress(f)}, {Tag: p.quarantineTag(f.State)},
				{Text: string(f.Case)}, {Text: megabytes(f.Bytes) + " MB"}, {Text: p.region(f.Region)}}}
		}
		return rows, next, err
	}, nil)
}

func quarantineAddress(f *store.Quarantined) string {
	return "/console/quarantine/" + url.PathEscape(quarantine.ID(f))
}

func (p *page) quarantineTag(state string) *ui.Tag {
	look := map[string]string{store.QuarantineHeld: "red", store.QuarantineAsked: "blue"}[state]
	return &ui.Tag{Text: p.T("console.quarantine.state." + state), Look: look}
}

// finding is what the scanner said.
func (p *page) finding(f *store.Quarantined) string {
	if f.Finding == "" {
		return p.T("console.quarantine.unscanned")
	}
	return f.Finding
}

// quarantinedView is one file with what may be done about it.
type quarantinedView struct {
	*page
	Facts                        ui.Summary
	Action                       string
	Reason                       ui.Field
	Asks, Agrees, Refuses, Drops bool
	Waits                        bool // for somebody else's agreement
}

func (c *Console) quarantined(p *page) error { return p.showQuarantined(http.StatusOK) }

func (p *page) showQuarantined(status int) error {
	region, id := quarantine.Parse(p.r.PathValue("file"))
	f, err := p.console.quarantine.File(p.r.Context(), p.Actor, region, id)
	if err != nil {
		return err
	}
	here := access.Resource{Region: region}
	asked, held := f.State == store.QuarantineAsked, f.State == store.QuarantineHeld
	asks, agrees := access.May(p.Actor, access.QuarantineAsk, here).Allow, access.May(p.Actor, access.QuarantineRelease, here).Allow
	v := &quarantinedView{page: p, Action: quarantineAddress(f), Asks: asks && held, Drops: asks && (held || asked),
		Agrees: agrees && asked && f.Asked != p.Actor.ID, Refuses: agrees && asked, Waits: asked && f.Asked == p.Actor.ID}
	v.Reason = ui.Field{Kind: ui.KindTextarea, Name: "reason", Label: p.T("console.field.reason"), Hint: p.T("console.quarantine.reason-hint"), Value: p.r.PostForm.Get("reason"),
		Error: p.Errors.Of("reason"), Max: quarantine.MaxReason}
	p.Title, p.Crumbs = p.T("console.quarantine.title"), []ui.Link{{Text: p.T("console.menu.quarantine"), Href: "/console/quarantine"}}
	for _, row := range [][2]string{{"state", p.T("console.quarantine.state." + f.State)}, {"finding", p.finding(f)}, {"at", i18n.Moment(p.Lang, f.At)}, {"case", string(f.Case)},
		{"account", p.whole(f.Account)}, {"size", megabytes(f.Bytes) + " MB"}, {"type", f.Type}, {"sha256", f.SHA256}, {"asked-by", p.whole(f.Asked)},
		{"decided-by", p.whole(f.Decided)}, {"reason", f.Reason}, {"region", p.region(f.Region)}} {
		if row[1] != "" {
			v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: p.T("console.field." + row[0]), Value: row[1]})
		}
	}
	if done := p.r.URL.Query().Get("done"); slices.Contains([]string{"ask", "release", "refuse", "delete"}, done) && p.Errors == nil {
		p.Notice = &ui.Notice{Kind: ui.Success, Title: p.T("console.quarantine.done." + done)}
	}
	return p.write(status, "quarantined", v)
}

// decideQuarantined asks for a release, agrees to one, refuses it, or deletes the file.
func (c *Console) decideQuarantined(p *page) error {
	region, id := quarantine.Parse(p.r.PathValue("file"))
	reason, ctx := p.r.PostForm.Get("reason"), p.r.Context()
	var err error
	switch p.r.PathValue("act") {
	case "ask":
		err = c.quarantine.Ask(ctx, p.Actor, region, id, reason)
	case "release":
		err = c.quarantine.Release(ctx, p.Actor, region, id)
	case "refuse":
		err = c.quarantine.Refuse(ctx, p.Actor, region, id, reason)
	case "delete":
		err = c.quarantine.Delete(ctx, p.Actor, region, id, reason)
	default:
		err = hall.ErrNotFound
	}
	if refusal, ok := kit.Refusal(err); ok {
		field := ""
		if refusal.Code == quarantine.CodeReason {
			field = "reason"
		}
		status, _ := kit.Status(err)
		p.Errors = &ui.Errors{Faults: []ui.Fault{{Field: field, Text: kit.Sentence(p.Lang, refusal)}}}
		return p.showQuarantined(status)
	}
	if err != nil {
		return err
	}
	return p.back("/console/quarantine/" + url.PathEscape(region+"."+id) + "?done=" + p.r.PathValue("act"))
}
