package draws

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// The addresses of the pages.
const (
	publicHome = "/draws"
	deskHome   = "/desk/draws"
)

// pages are the pages of the module.
type pages struct {
	*Module
	kit *page.Kit
}

func (p *pages) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /draws", p.open(p.home))
	mux.HandleFunc("GET /draws/{draw}", p.open(p.one))
	mux.HandleFunc("GET /draws/{draw}/screen", p.open(p.screen))
	mux.HandleFunc("GET /draws/{draw}/record.json", p.open(p.download))
	mux.HandleFunc("GET /desk/draws", p.desk(p.home))
	mux.HandleFunc("POST /desk/draws", p.desk(p.upload))
	mux.HandleFunc("GET /desk/draws/{draw}", p.desk(p.one))
	mux.HandleFunc("POST /desk/draws/keys", p.desk(p.makeKey))
	mux.HandleFunc("POST /desk/draws/{draw}", p.desk(p.act))
}

// asked is one request for a page of the module.
type asked struct{ *page.Asked }

func (p *pages) open(serve func(*asked) error) http.HandlerFunc {
	return p.kit.Anybody(ui.Public, p.now, func(a *page.Asked) error { return serve(&asked{a}) })
}

// desk serves a page to whoever runs draws.
func (p *pages) desk(serve func(*asked) error) http.HandlerFunc {
	return p.kit.SignedIn(ui.Desk, p.now, func(a *page.Asked) error {
		if !mayKeep(a.By) {
			return hall.ErrNotFound
		}
		return serve(&asked{a})
	})
}

// homeAt is where the list of a door is.
func (a *asked) homeAt() string {
	if a.Layout == ui.Desk {
		return deskHome
	}
	return publicHome
}

// homeView is the list of draws.
type homeView struct {
	*asked
	Desk bool
	List ui.Table
	File ui.Field
	Keys ui.Table // of the office, for proofs
}

func (p *pages) home(a *asked) error { return p.showHome(a, http.StatusOK) }

func (p *pages) showHome(a *asked, status int) error {
	v := &homeView{asked: a, Desk: a.Layout == ui.Desk}
	var list []Draw
	var err error
	if v.Desk {
		list, err = p.Kept(a.R.Context(), a.By, listed)
	} else {
		list, err = p.List(a.R.Context(), a.By, "", listed)
	}
	if err != nil {
		return err
	}
	a.Title = a.T("draws.title")
	v.File = ui.Field{Kind: ui.KindFile, Name: "file", Label: a.T("draws.file"), Hint: a.T("draws.file-hint"), Accept: ".json", Error: a.Errors.Of("file")}
	v.List = ui.Table{Caption: a.T("draws.title"), HideCaption: true, Columns: []ui.Column{{Text: a.T("draws.draw")}, {Text: a.T("draws.state")}, {Text: a.T("draws.opens")}, {Text: a.T("draws.pool"), Number: true}, {Text: a.T("draws.quota"), Number: true}},
		Empty: &ui.Empty{Title: a.T("draws.none"), Why: a.T("draws.none-why")}}
	for i := range list {
		d := &list[i]
		v.List.Rows = append(v.List.Rows, ui.TableRow{Cells: []ui.Cell{{Text: d.Title, Head: true, Href: a.homeAt() + "/" + d.ID(), More: p.department(d.Place, d.Department).In(a.Lang)},
			{Tag: a.tag(d.State)}, {At: d.Opens}, {Text: strconv.FormatInt(d.Pool, 10)}, {Text: strconv.FormatInt(d.Quota, 10)}}})
	}
	if v.Desk {
		if v.Keys, err = p.keyTable(a); err != nil {
			return err
		}
	}
	p.kit.Show(a.W, status, "draws/home", v)
	return nil
}

func (a *asked) tag(state string) *ui.Tag {
	look := map[string]string{Proposed: "ink", Committed: "blue", Drawn: "blue", Abandoned: "red"}[state]
	return &ui.Tag{Text: a.T("draws.state." + state), Look: look}
}

// oneView is one draw, for everybody and for who runs it.
type oneView struct {
	*asked
	Draw                                    *Draw
	s                                       *sheet
	Facts                                   ui.Summary
	Sources, Strata, DrawnNow, Gone, Events ui.Table
	Body                                    string
	Find                                    ui.Field
	Found                                   *ui.Summary
	Lost                                    bool // asked for, and not in the pool
	// for who runs it
	Confirm, Waits, MayAbandon, Agrees, Asked bool // Waits: for somebody else to confirm; Asked: that it be abandoned, and somebody else has to agree
	Give                                      []ui.Field
	proves                                    map[string]bool // fields of sources whose proof the office makes
	Reason                                    ui.Field
}

func (p *pages) one(a *asked) error { return p.showOne(a, http.StatusOK) }

func (p *pages) showOne(a *asked, status int) error {
	d, err := p.Published(a.R.Context(), a.By, a.R.PathValue("draw"))
	if err == nil && a.Layout == ui.Desk && !keeps(a.By, d.Place, d.Department) {
		err = hall.ErrNotFound
	}
	if err != nil {
		return err
	}
	s, err := p.sheet(a.R.Context(), d)
	if err != nil {
		return err
	}
	a.Title = d.Title
	a.Crumbs = []ui.Link{{Text: a.T("draws.title"), Href: a.homeAt()}}
	v := &oneView{asked: a, Draw: d, s: s, Body: string(s.record.Commitment().Body())}
	v.facts(p.department(d.Place, d.Department).In(a.Lang))
	v.sources()
	v.strata()
	v.drawn()
	v.happened()
	if a.Layout == ui.Desk {
		keys, err := p.keysOf(a.R.Context(), d.Place, d.Department)
		if err != nil {
			return err
		}
		v.acts(keys)
	} else if err := v.find(p); err != nil {
		return err
	}
	p.kit.Show(a.W, status, "draws/one", v)
	return nil
}

func (v *oneView) facts(department string) {
	d := v.Draw
	add := func(key, value string) {
		if value != "" {
			v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: v.T(key), Value: value})
		}
	}
	code := func(key, value string) {
		if value != "" {
			v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: v.T(key), Copy: &ui.Copy{Code: value, What: v.T(key)}})
		}
	}
	add("draws.state", v.T("draws.state."+d.State))
	add("draws.department", department)
	add("draws.opens", i18n.Moment(v.Lang, d.Opens))
	if !d.Committed.IsZero() {
		add("draws.committed", i18n.Moment(v.Lang, d.Committed))
	}
	if !d.Drawn.IsZero() {
		add("draws.drawn-at", i18n.Moment(v.Lang, d.Drawn))
	}
	if d.State == Abandoned {
		add("draws.abandoned-why", d.Reason)
	} else if d.Ender != "" {
		add("draws.asked-why", d.Reason)
	}
	code("draws.commitment", d.Commitment)
	code("draws.predecessor", d.Predecessor)
	if seed, ok := v.s.record.Seed(); ok {
		code("draws.seed", seed.String())
	}
}

func (v *oneView) sources() {
	v.Sources = ui.Table{Caption: v.T("draws.sources"), Columns: []ui.Column{{Text: v.T("draws.source")}, {Text: v.T("draws.kind")}, {Text: v.T("draws.value")}}}
	for i, o := range v.s.record.Commitment().Plan().Sources {
		text := v.T("draws.value-none")
		if g, ok := v.s.given[i]; ok {
			if text = v.T("draws.value-sealed"); v.Draw.State != Committed && !v.Draw.Drawn.IsZero() {
				text = clip(spelled(&o, g.text))
			}
		}
		v.Sources.Rows = append(v.Sources.Rows, ui.TableRow{Cells: []ui.Cell{{Text: o.Name, Head: true}, {Text: v.T("draws.kind." + o.Kind)}, {Text: text}}})
	}
}

// spelled is what a source gave as the record has it, however it was typed in.
func spelled(o *draw.Source, typed string) string {
	v, err := draw.ParseValue(*o, typed)
	if err != nil || len(v.Numbers) == 0 {
		return typed
	}
	list := make([]string, len(v.Numbers))
	for i, n := range v.Numbers {
		list[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(list, ",")
}

// clip cuts a signed note to what fits into a table; the record has all of it.
func clip(text string) string {
	if r := []rune(strings.TrimSpace(text)); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return text
}

func (v *oneView) strata() {
	v.Strata = ui.Table{Caption: v.T("draws.strata"), Columns: []ui.Column{{Text: v.T("draws.stratum")}, {Text: v.T("draws.size"), Number: true}, {Text: v.T("draws.quota"), Number: true}}}
	for _, q := range v.s.record.Commitment().Strata() {
		v.Strata.Rows = append(v.Strata.Rows, ui.TableRow{Cells: []ui.Cell{{Text: q.ID, Head: true}, {Text: strconv.FormatInt(q.Size, 10)}, {Text: strconv.FormatInt(q.Quota, 10)}}})
	}
}

// shownDrawn is how many of those drawn a page lists.
const shownDrawn = 200

func (v *oneView) drawn() {
	ids := v.s.record.Drawn()
	v.DrawnNow = ui.Table{Caption: v.T("draws.drawn", len(ids)), Columns: []ui.Column{{Text: v.T("draws.id")}, {Text: v.T("draws.team")}}}
	for _, id := range ids[:min(len(ids), shownDrawn)] {
		v.DrawnNow.Rows = append(v.DrawnNow.Rows, ui.TableRow{Cells: []ui.Cell{{Text: id, Head: true, Href: publicHome + "/" + v.Draw.ID() + "?id=" + url.QueryEscape(id) + "#own"}, {Text: strings.Join(v.s.record.Team(id), " ")}}})
	}
	v.Gone = ui.Table{Caption: v.T("draws.withdrawals"), Columns: []ui.Column{{Text: v.T("draws.id")}, {Text: v.T("draws.reason")}, {Text: v.T("draws.replacement")}}}
	for _, w := range v.s.record.Withdrawals() {
		v.Gone.Rows = append(v.Gone.Rows, ui.TableRow{Cells: []ui.Cell{{Text: w.ID, Head: true}, {Text: w.Reason}, {Text: w.Replacement}}})
	}
}

// More is how many are drawn beyond those that the page lists.
func (v *oneView) More() int { return max(0, len(v.s.record.Drawn())-shownDrawn) }

func (v *oneView) happened() {
	v.Events = ui.Table{Caption: v.T("draws.events"), Columns: []ui.Column{{Text: v.T("draws.no"), Number: true}, {Text: v.T("draws.when")}, {Text: v.T("draws.what")}, {Text: v.T("draws.digest")}}}
	for _, e := range v.s.events {
		v.Events.Rows = append(v.Events.Rows, ui.TableRow{Cells: []ui.Cell{{Text: strconv.FormatInt(e.Seq, 10), Head: true}, {At: e.At},
			{Text: v.T("draws.event." + e.Kind), More: e.Words}, {Text: e.Digest}}})
	}
}

// find answers: was I drawn, and why or why not.
func (v *oneView) find(p *pages) error {
	id := strings.TrimSpace(v.R.URL.Query().Get("id"))
	v.Find = ui.Field{Kind: ui.KindCode, Name: "id", Label: v.T("draws.own-id"), Hint: v.T("draws.own-hint"), Value: id}
	if id == "" {
		return nil
	}
	s, err := p.Standing(v.R.Context(), v.Draw, id)
	if errors.Is(err, hall.ErrNotFound) {
		v.Lost = true
		return nil
	}
	if err != nil {
		return err
	}
	key := "draws.own-out"
	switch {
	case v.Draw.State == Abandoned:
		key = "draws.own-abandoned"
	case s.Withdrawn != "":
		key = "draws.own-withdrawn"
	case s.Excluded != "":
		key = "draws.own-excluded"
	case v.Draw.State == Committed:
		key = "draws.own-waits"
	case s.In:
		key = "draws.own-in"
	}
	f := &ui.Summary{Rows: []ui.SummaryRow{{Label: v.T("draws.own-result"), Value: v.T(key)}}}
	for _, row := range [][2]string{{"draws.reason", s.Withdrawn + s.Excluded}, {"draws.stratum", s.Stratum}, {"draws.ticket", s.Ticket}, {"draws.cut", s.Cut}, {"draws.team", strings.Join(s.With, " ")}, {"draws.line", s.Membership.Line}} {
		if row[1] != "" {
			f.Rows = append(f.Rows, ui.SummaryRow{Label: v.T(row[0]), Value: row[1]})
		}
	}
	v.Found = f
	return nil
}

// acts are what who runs the draw may do now.
func (v *oneView) acts(keys []OfficeKey) {
	d := v.Draw
	v.proves = map[string]bool{}
	v.Confirm = d.State == Proposed && d.Proposer != v.By.ID
	v.Waits = d.State == Proposed && !v.Confirm
	v.MayAbandon = d.State != Abandoned && d.Ender != v.By.ID
	v.Agrees = d.Ender != ""
	v.Asked = d.State != Abandoned && d.Ender == v.By.ID
	v.Reason = ui.Field{Kind: ui.KindText, Name: "reason", Label: v.T("draws.reason"), Hint: v.T("draws.reason-hint"), Value: v.Typed("reason"), Error: v.Errors.Of("reason")}
	if d.State != Committed || v.Now.Before(d.Opens) {
		return
	}
	for i, o := range v.s.record.Commitment().Plan().Sources {
		if _, given := v.s.given[i]; given {
			continue
		}
		name := "value" + strconv.Itoa(i)
		f := ui.Field{Kind: ui.KindText, Name: name, Label: v.T("draws.give-of", o.Name), Hint: v.T("draws.give."+o.Kind, o.Rolls+o.Count, o.Faces), Value: v.Typed(name), Error: v.Errors.Of(name)}
		if o.Kind == draw.Checkpoint || o.Kind == draw.Beacon || o.Kind == draw.VRF {
			f.Kind = ui.KindTextarea
		}
		v.proves[name] = keyOf(keys, &o) != nil
		v.Give = append(v.Give, f)
	}
}

// Proves reports whether the office has the key of the source that a field is for.
func (v *oneView) Proves(f ui.Field) bool { return v.proves[f.Name] }

// Source is the number of the source that a field is for.
func (v *oneView) Source(f ui.Field) string { return strings.TrimPrefix(f.Name, "value") }

// act is a form of the desk's page of a draw.
func (p *pages) act(a *asked) error {
	id, ctx := a.R.PathValue("draw"), a.R.Context()
	var err error
	field := "reason"
	switch act := a.R.PostFormValue("act"); act {
	case "confirm":
		err = p.Confirm(ctx, a.By, id)
	case "abandon":
		err = p.Abandon(ctx, a.By, id, a.R.PostFormValue("reason"))
	default:
		number, prove := strings.CutPrefix(act, "prove")
		n, wrong := strconv.Atoi(number)
		if wrong != nil {
			return page.BadInput(wrong)
		}
		if field = "value" + number; prove {
			err = p.Prove(ctx, a.By, id, n)
		} else {
			err = p.Give(ctx, a.By, id, n, a.R.PostFormValue(field))
		}
	}
	if refusal, refused := page.Refusal(err); refused {
		a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: field, Text: words(a.Lang, refusal)}}}
		return p.showOne(a, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, deskHome+"/"+id, http.StatusSeeOther)
	return nil
}

// keyTable lists the keys of an office.
func (p *pages) keyTable(a *asked) (ui.Table, error) {
	t := ui.Table{Caption: a.T("draws.keys"), HideCaption: true, Columns: []ui.Column{{Text: a.T("draws.key")}, {Text: a.T("draws.key-began")}},
		Empty: &ui.Empty{Title: a.T("draws.keys-none"), Why: a.T("draws.keys-none-why")}}
	keys, err := p.Module.Keys(a.R.Context(), a.By)
	for _, k := range keys {
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: k.Public, Head: true}, {At: k.Began}}})
	}
	return t, err
}

// makeKey makes a key of the office.
func (p *pages) makeKey(a *asked) error {
	_, err := p.MakeKey(a.R.Context(), a.By)
	if refusal, refused := page.Refusal(err); refused {
		a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "keys", Text: words(a.Lang, refusal)}}}
		return p.showHome(a, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, deskHome+"#draw-keys", http.StatusSeeOther)
	return nil
}

// words are a refusal and what package draw says.
func words(lang string, r *caseflow.Refusal) string {
	text := page.Sentence(lang, r)
	for _, f := range r.Fields {
		text += " " + f.Text.In(lang)
	}
	return text
}

// upload takes a plan in.
func (p *pages) upload(a *asked) error {
	a.R.Body = http.MaxBytesReader(a.W, a.R.Body, maxPlan+(1<<20))
	parts, err := a.R.MultipartReader()
	if err != nil {
		return page.BadInput(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return p.noPlan(a, a.T("draws.file-none"))
		}
		if err != nil {
			return page.BadInput(err)
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		d, err := p.ProposeFile(a.R.Context(), a.By, part)
		if refusal, refused := page.Refusal(err); refused {
			return p.noPlan(a, words(a.Lang, refusal))
		}
		if err != nil {
			return err
		}
		http.Redirect(a.W, a.R, deskHome+"/"+d.ID(), http.StatusSeeOther)
		return nil
	}
}

func (p *pages) noPlan(a *asked, text string) error {
	a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "file", Text: text}}}
	return p.showHome(a, http.StatusUnprocessableEntity)
}

// screenView is what hangs on the wall while a draw is made.
type screenView struct {
	*asked
	Draw    *Draw
	s       *sheet
	Sources ui.Table
	Count   int
	More    int    // drawn beyond those that a wall shows
	Still   string // address of the screen that does not reload by itself
}

// screenEvery is after how many seconds the screen loads itself again while something is waited for.
const screenEvery = "5"

func (p *pages) screen(a *asked) error {
	d, err := p.Published(a.R.Context(), caseflow.Actor{}, a.R.PathValue("draw"))
	if err != nil {
		return err
	}
	s, err := p.sheet(a.R.Context(), d)
	if err != nil {
		return err
	}
	a.Title, a.Bare = d.Title, true
	one := &oneView{asked: a, Draw: d, s: s}
	one.sources()
	one.Sources.HideCaption = true
	v := &screenView{asked: a, Draw: d, s: s, Sources: one.Sources, Count: len(s.record.Drawn()), More: one.More()}
	if d.State == Committed && a.R.URL.Query().Get("still") == "" {
		a.W.Header().Set("Refresh", screenEvery)
		v.Still = publicHome + "/" + d.ID() + "/screen?still=1"
	}
	p.kit.Show(a.W, http.StatusOK, "draws/screen", v)
	return nil
}

// Seed is the mixed seed, "" before the draw.
func (v *screenView) Seed() string {
	if seed, ok := v.s.record.Seed(); ok {
		return seed.String()
	}
	return ""
}

// Cells are those drawn with who goes there, as many as a wall shows.
func (v *screenView) Cells() []string {
	list := v.s.record.Drawn()
	list = list[:min(len(list), shownDrawn)]
	for i, id := range list {
		list[i] = strings.Join(append([]string{id}, v.s.record.Team(id)...), " ")
	}
	return list
}

func (p *pages) download(a *asked) error {
	d, err := p.Published(a.R.Context(), a.By, a.R.PathValue("draw"))
	if err != nil {
		return err
	}
	text, err := p.text(a.R.Context(), d)
	if err != nil {
		return err
	}
	h := a.W.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="draw-`+d.ID()+`.json"`)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = a.W.Write(text) // an error is of a client that is gone
	return nil
}
