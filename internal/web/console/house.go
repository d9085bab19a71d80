package console

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// onlineView lists who is signed in, with a button for each that ends it.
type onlineView struct {
	*listView
	Lines []present
	Ends  bool
}

type present struct {
	Name, Login, Department, Address, Agent string
	Started, Seen                           time.Time
	Action, Session                         string
}

// online is who is signed in (在线用户).
func (c *Console) online(p *page) error {
	v := &onlineView{listView: p.list("online", p.choice("kind", caseflow.ActorOfficial, caseflow.ActorCitizen), p.regionField()),
		Ends: p.may(access.AccountManage)}
	q := store.SessionQuery{Kind: p.asked("kind"), Cursor: p.asked("cursor"), Limit: v.Rows}
	if kind := p.wanted(); kind != "" {
		return p.exportOnline(kind, q)
	}
	list, next, err := c.gate.Online(p.r.Context(), p.Actor, p.asked("region"), q)
	if err != nil {
		return err
	}
	all, err := c.gate.CountOnline(p.r.Context(), p.Actor, p.asked("region"), q)
	if err != nil {
		return err
	}
	for i := range list {
		s := &list[i]
		line := present{Department: p.office(s.Owner.Region, s.Owner.Department), Address: s.Address, Agent: s.Agent, Started: s.Started, Seen: s.Seen, Session: s.ID}
		line.Name, line.Login = shownAs(&s.Owner)
		if s.Owner.ID != p.Actor.ID {
			line.Action = address(s.Owner.ID) + "/sign-out"
		}
		v.Lines = append(v.Lines, line)
	}
	t := ui.NewTurn(p.r.URL, v.Rows, next)
	t.Total, v.Turn, v.Exports = p.total(all), &t, p.exports()
	if p.r.URL.Query().Get("done") == "signed-out" {
		p.Notice = &ui.Notice{Kind: ui.Success, Title: p.T("console.done.signed-out")}
	}
	return p.show("online", v)
}

// exportOnline sends who is online as a file.
func (p *page) exportOnline(kind string, q store.SessionQuery) error {
	q.Limit = exportRows
	return p.export(kind, table{"online", access.ListExported, p.heads([]string{"name", "login", "department", "since", "seen", "address"}), func(cursor string) ([][]any, string, error) {
		q.Cursor = cursor
		list, next, err := p.console.gate.Online(p.r.Context(), p.Actor, p.asked("region"), q)
		rows := make([][]any, len(list))
		for i := range list {
			s := &list[i]
			name, login := shownAs(&s.Owner)
			rows[i] = []any{name, login, p.department(s.Owner.Department), instant(s.Started), instant(s.Seen), s.Address}
		}
		return rows, next, err
	}})
}

// systemView is how the system stands.
type systemView struct {
	*page
	Facts ui.Summary
	Tiles ui.Tiles
}

func (c *Console) system(p *page) error {
	m, err := c.hall.Monitor(p.r.Context(), p.Actor)
	if err != nil {
		return err
	}
	p.Title = p.T("console.menu.system")
	if err := c.lagging(p); err != nil {
		return err
	}
	v := &systemView{page: p}
	fact := func(key, value string) {
		v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: p.T("console.system." + key), Value: value})
	}
	fact("version", m.Version)
	fact("database", m.Database)
	fact("started", i18n.Moment(p.Lang, m.Started))
	fact("uptime", p.lasting(m.At.Sub(m.Started).Truncate(time.Minute)))
	beat := p.T("console.nothing")
	if !m.LastBeat.IsZero() {
		beat = i18n.Moment(p.Lang, m.LastBeat)
	}
	fact("beat", beat)
	if !m.Load.Oldest.IsZero() {
		fact("oldest", i18n.Moment(p.Lang, m.Load.Oldest))
	}
	tile := func(key string, n int, red bool) {
		v.Tiles.Tiles = append(v.Tiles.Tiles, ui.Tile{Label: p.T("console.system." + key), Value: i18n.Number(int64(n)), Red: red && n > 0})
	}
	tile("waking", m.Load.Waking, false)
	tile("waiting", m.Load.Waiting, false)
	tile("dead", m.Load.Dead, true)
	tile("open", m.Load.Open, false)
	v.Tiles.Tiles = append(v.Tiles.Tiles, ui.Tile{Label: p.T("console.system.size"), Value: fmt.Sprintf("%.1f", float64(m.Load.Bytes)/(1<<20)), Unit: "MB"})
	v.Tiles.Source, v.Tiles.At = p.T("console.system.source"), m.At
	return p.show("system", v)
}

// lasting is a length of time in days, hours, minutes and seconds, without those of which there are none.
func (p *page) lasting(d time.Duration) string {
	var parts []string
	for _, u := range []struct {
		key string
		of  time.Duration
	}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}, {"seconds", time.Second}} {
		if n := d / u.of; n > 0 || u.of == time.Second && parts == nil {
			parts = append(parts, p.T("console.lasting."+u.key, int(n)))
			d -= n * u.of
		}
	}
	return strings.Join(parts, " ")
}

// packsView lists packs, or the versions of one.
type packsView struct {
	*page
	Lead    string
	Table   ui.Table
	Exports []ui.Link
	Compare *formView // compares two versions; nil: there is one
	Diff    *ui.Table
	Same    bool
}

func (p *page) packs() error {
	if !p.may(access.SystemSee) {
		return store.ErrNotFound
	}
	p.Title = p.T("console.menu.packs")
	return nil
}

// packList lists the packs that run, each with its newest version.
func (c *Console) packList(p *page) error {
	if err := p.packs(); err != nil {
		return err
	}
	v := &packsView{page: p, Lead: p.T("console.lead.packs"), Table: ui.Table{Caption: p.Title, HideCaption: true,
		Columns: p.headings("pack", "pack-name", "version", "versions", "items", "department")}}
	for _, k := range c.packs.Packs() {
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: []ui.Cell{{Text: k.ID, Href: packAddress(k.ID), Head: true}, {Text: k.Name.In(p.Lang)}, {Text: k.Version},
			{Text: i18n.Number(int64(len(c.packs.Versions(k.ID))))}, {Text: i18n.Number(int64(len(k.Items)))}, {Text: i18n.Number(int64(len(k.Departments)))}}})
	}
	if kind := p.wanted(); kind != "" {
		return p.exportTable(kind, "packs", p.packItems())
	}
	v.Exports = p.exports()
	return p.show("packs", v)
}

// packItems are the items of all packs in all versions that are loaded, with what they promise.
func (p *page) packItems() *ui.Table {
	t := &ui.Table{Columns: p.headings("pack", "pack-name", "version", "newest", "item-id", "item", "statutory", "promised", "visits", "fee", "steps")}
	for _, newest := range p.console.packs.Packs() {
		for _, version := range p.console.packs.Versions(newest.ID) {
			k, err := p.console.packs.Pack(newest.ID, version)
			if err != nil {
				continue // it was listed a moment ago; a version is never unloaded
			}
			current := p.T("public.no")
			if version == newest.Version {
				current = p.T("public.yes")
			}
			for _, it := range k.Items {
				promise := p.promise(it)
				row := append([]ui.Cell{{Text: k.ID}, {Text: k.Name.In(p.Lang)}, {Text: version}, {Text: current}, {Text: string(it.ID)}}, promise...)
				t.Rows = append(t.Rows, ui.TableRow{Cells: row})
			}
		}
	}
	return t
}

// promise is what an item promises, by its columns: item, limits, visits, fee, steps.
func (p *page) promise(it *caseflow.Item) []ui.Cell {
	fee := p.T("console.packs.free")
	if it.Fee.Fen > 0 {
		fee = "¥" + strings.TrimSuffix(fmt.Sprintf("%d.%02d", it.Fee.Fen/100, it.Fee.Fen%100), ".00")
	}
	return []ui.Cell{{Text: it.Name.In(p.Lang), More: string(it.ID), Head: true}, p.rule(it.Limits.Statutory), p.rule(it.Limits.Promised),
		{Text: i18n.Number(int64(it.Visits))}, {Text: fee}, {Text: i18n.Number(int64(len(it.Steps)))}}
}

func (p *page) headings(names ...string) []ui.Column {
	var list []ui.Column
	for _, head := range p.heads(names) {
		list = append(list, ui.Column{Text: head})
	}
	return list
}

func packAddress(parts ...string) string {
	at := "/console/packs"
	for _, part := range parts {
		at += "/" + url.PathEscape(part)
	}
	return at
}

// packVersions lists the versions of a pack with their proofs, and compares two of them.
func (c *Console) packVersions(p *page) error {
	if err := p.packs(); err != nil {
		return err
	}
	newest, err := c.packs.Pack(p.r.PathValue("pack"), "")
	if err != nil {
		return err
	}
	proofs, err := c.packs.Proofs(p.r.Context())
	if err != nil {
		return err
	}
	p.Crumbs = []ui.Link{{Text: p.Title, Href: packAddress()}}
	p.Title = newest.Name.In(p.Lang)
	versions := c.packs.Versions(newest.ID)
	v := &packsView{page: p, Lead: newest.ID, Table: ui.Table{Caption: p.T("console.packs.versions"), Columns: p.headings("version", "proof", "added", "digest")}}
	for _, version := range slices.Backward(versions) {
		cells := []ui.Cell{{Text: version, Href: packAddress(newest.ID, version), Head: true}, {Tag: &ui.Tag{Text: p.T("console.proof.unknown")}}, {}, {}}
		for _, row := range proofs {
			if row.ID == newest.ID && row.Version == version {
				cells[1].Tag, cells[2].At, cells[3].Text = p.proof(row), row.Added, fmt.Sprintf("%x", row.Digest[:min(8, len(row.Digest))])
			}
		}
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: cells})
	}
	if len(versions) < 2 {
		return p.show("packs", v)
	}
	old, new := p.asked("old"), p.asked("new")
	if old == "" {
		old, new = versions[len(versions)-2], versions[len(versions)-1]
	}
	v.Compare = p.comparing(versions, old, new)
	return p.compare(v, newest.ID, old, new)
}

// proof says who vouches for a stored version: this build, another one, or none that is known.
func (p *page) proof(row store.PackRow) *ui.Tag {
	switch build := p.console.packs.Build(); {
	case row.Proved != "" && row.Proved == build:
		return &ui.Tag{Text: p.T("console.proof.here"), Look: "blue"}
	case row.Proved != "":
		return &ui.Tag{Text: p.T("console.proof.before")}
	}
	return &ui.Tag{Text: p.T("console.proof.loading")}
}

func (p *page) comparing(versions []string, old, new string) *formView {
	f := &formView{page: p, Button: p.T("console.packs.compare")}
	for _, side := range [][2]string{{"old", old}, {"new", new}} {
		field := ui.Field{Kind: ui.KindSelect, Name: side[0], Label: p.T("console.field." + side[0]), Value: side[1], Width: "short"}
		for _, version := range versions {
			field.Options = append(field.Options, ui.Option{Value: version, Label: version})
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}

// promisesView is what each item of a version promises.
type promisesView struct {
	*page
	Lead    string
	Table   ui.Table
	Exports []ui.Link
	Kept    *ui.Table // how they were kept on live cases here
}

// packVersion lists what each item of a version promises: its limits with the clauses, visits and fee.
func (c *Console) packVersion(p *page) error {
	if err := p.packs(); err != nil {
		return err
	}
	k, err := c.packs.Pack(p.r.PathValue("pack"), p.r.PathValue("version"))
	if err != nil {
		return err
	}
	p.Crumbs = []ui.Link{{Text: p.Title, Href: packAddress()}, {Text: k.Name.In(p.Lang), Href: packAddress(k.ID)}}
	p.Title = p.T("console.packs.promises", k.Name.In(p.Lang), k.Version)
	v := &promisesView{page: p, Lead: p.T("console.packs.promises-lead"), Table: ui.Table{Caption: p.Title, HideCaption: true,
		Columns: p.headings("item", "statutory", "promised", "visits", "fee", "steps")}}
	for _, it := range k.Items {
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: p.promise(it)})
	}
	if kind := p.wanted(); kind != "" {
		return p.exportTable(kind, "promises", &v.Table)
	}
	v.Exports = p.exports()
	if v.Kept, err = p.kept(k); err != nil {
		return err
	}
	return p.show("promises", v)
}

// kept is how the live cases here kept what a version promises; nil for who may not see figures.
func (p *page) kept(k *pack.Pack) (*ui.Table, error) {
	kept, period, err := p.console.hall.Kept(p.r.Context(), p.Actor, p.Actor.Region)
	if errors.Is(err, hall.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := &ui.Table{Caption: p.T("console.kept.title", period.From.Text(p.Lang), period.To.Text(p.Lang)), Columns: []ui.Column{{Text: p.T("console.kept.item")},
		{Text: p.T("console.kept.limit")}, {Text: p.T("console.kept.kept"), Number: true}, {Text: p.T("console.kept.broken"), Number: true}, {Text: p.T("console.kept.share"), Number: true}}}
	for _, it := range k.Items {
		for _, promise := range stat.Promises(it) {
			o := kept[it.ID][promise.Measure()]
			share := "—"
			if v, ok := o.Share(); ok {
				share = strconv.FormatFloat(v*100, 'f', 1, 64) + "%"
			}
			what := p.T("case.clock." + promise.Kind)
			if s := it.StepByID(promise.Step); s != nil {
				what = s.Name.In(p.Lang)
			}
			t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: it.Name.In(p.Lang), Head: true}, {Text: what, More: promise.Rule.Limit.Text(p.Lang)},
				{Text: i18n.Number(o.Kept)}, {Text: i18n.Number(o.Broken)}, {Text: share}}})
		}
	}
	return t, nil
}

// rule is a limit with its clause.
func (p *page) rule(r caseflow.Rule) ui.Cell {
	if r.Limit.N == 0 {
		return ui.Cell{Text: p.T("console.nothing")}
	}
	return ui.Cell{Text: r.Limit.Text(p.Lang), More: r.Basis.String()}
}
