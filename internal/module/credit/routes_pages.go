package credit

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// The addresses of the pages.
const (
	deskHome = "/desk/credit"
	ownHome  = "/my/credit"
)

// pages are the pages of the module.
type pages struct {
	*Module
	kit *page.Kit
}

func (p *pages) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /desk/credit", p.handle(ui.Desk, p.home))
	mux.HandleFunc("POST /desk/credit", p.handle(ui.Desk, p.upload))
	mux.HandleFunc("GET /desk/credit/batches/{batch}", p.handle(ui.Desk, p.batchPage))
	mux.HandleFunc("POST /desk/credit/party", p.handle(ui.Desk, p.party))
	mux.HandleFunc("GET /desk/credit/cases/{case}", p.handle(ui.Desk, p.check))
	mux.HandleFunc("GET /desk/credit/cases/{case}/party", p.handle(ui.Desk, p.ofCase))
	mux.HandleFunc("GET /desk/credit/published", p.handle(ui.Desk, p.shares))
	mux.HandleFunc("GET /credit", p.open(p.public))
	mux.HandleFunc("GET /credit/perk", p.open(p.code))
	mux.HandleFunc("GET /desk/credit/deeds", p.handle(ui.Desk, p.deeds))
	mux.HandleFunc("POST /desk/credit/deeds", p.handle(ui.Desk, p.report))
	mux.HandleFunc("GET /my/score", p.handle(ui.Public, p.score))
	mux.HandleFunc("POST /my/score", p.handle(ui.Public, p.change))
	mux.HandleFunc("GET /my/credit", p.handle(ui.Public, p.own))
	mux.HandleFunc("GET /my/credit/ask", p.handle(ui.Public, p.about))
	mux.HandleFunc("POST /my/credit/ask", p.handle(ui.Public, p.ask))
}

// asked is one request for a page of the module.
type asked struct {
	*page.Asked
	named func(region, id string) caseflow.Text
}

// source is what a department that reports is called, in the region of who asks, or in one.
func (a *asked) source(region, id string) string {
	if region == "" {
		region = a.By.Region
		if a.Account != nil {
			region = a.Account.Region
		}
	}
	return a.named(ident.Service().City(region), id).In(a.Lang)
}

func (p *pages) handle(layout string, serve func(*asked) error) http.HandlerFunc {
	return p.kit.SignedIn(layout, p.now, func(a *page.Asked) error { return serve(&asked{a, p.named}) })
}

// homeView is the desk's page of credit.
type homeView struct {
	*asked
	Reports, Looks bool
	Scores         bool // there is a citizens' score
	Send, Find     []ui.Field
	Batches        ui.Table
	Columns        []ui.Summary
}

func (p *pages) home(a *asked) error { return p.showHome(a, http.StatusOK) }

func (p *pages) showHome(a *asked, status int) error {
	v := &homeView{asked: a, Reports: reports(a.By), Looks: looks(a.By)}
	if !v.Reports && !v.Looks {
		return hall.ErrNotFound
	}
	a.Title = a.T("credit.title")
	if v.Looks {
		v.Find = []ui.Field{{Kind: ui.KindCode, Name: "code", Label: a.T("credit.code")}, {Kind: ui.KindText, Name: "reason", Label: a.T("credit.reason"),
			Hint: a.T("credit.reason-hint"), Max: maxReason / 3}}
		for i := range v.Find {
			f := &v.Find[i]
			f.Error, f.Value = a.Errors.Of(f.Name), a.Typed(f.Name)
		}
	}
	if !v.Reports {
		return p.show(a, status, "home", v)
	}
	v.Scores = p.scoreOf(ident.Service().City(a.By.Region)) != nil
	v.Send = []ui.Field{
		{Kind: ui.KindRadio, Name: "list", Label: a.T("credit.list"), Inline: true, Value: Records, Options: []ui.Option{{Value: Records, Label: a.T("credit.list-records")}, {Value: Parties, Label: a.T("credit.list-parties")}}},
		{Kind: ui.KindFile, Name: "file", Label: a.T("credit.file"), Hint: a.T("credit.file-hint", sheet.MaxRows, sheet.MaxFile>>20), Accept: ".csv,.xlsx", Error: a.Errors.Of("file")},
		{Kind: ui.KindRadio, Name: "accept", Label: a.T("credit.accept"), Value: Whole, Options: []ui.Option{{Value: Whole, Label: a.T("credit.accept-whole")}, {Value: Good, Label: a.T("credit.accept-good")}}},
	}
	for _, list := range []string{Records, Parties} {
		s := ui.Summary{Title: a.T("credit.list-" + list)}
		for _, c := range columnsOf(list) {
			row := ui.SummaryRow{Label: c.ZH, Value: a.T("credit.column." + c.Name)}
			if !c.Must {
				row.Value = a.T("credit.column-optional", row.Value)
			}
			s.Rows = append(s.Rows, row)
		}
		v.Columns = append(v.Columns, s)
	}
	list, err := p.Sent(a.R.Context(), a.By)
	if err != nil {
		return err
	}
	v.Batches = ui.Table{Caption: a.T("credit.batches"), Columns: []ui.Column{{Text: a.T("credit.batch")}, {Text: a.T("credit.list")}, {Text: a.T("credit.state")},
		{Text: a.T("credit.added"), Number: true}, {Text: a.T("credit.same"), Number: true}, {Text: a.T("credit.wrong"), Number: true}, {Text: a.T("credit.begun")}},
		Empty: &ui.Empty{Title: a.T("credit.batches-none"), Why: a.T("credit.batches-none-why")}}
	for i := range list {
		b := &list[i]
		v.Batches.Rows = append(v.Batches.Rows, ui.TableRow{Cells: []ui.Cell{{Text: strconv.FormatInt(b.No, 10), Head: true, Href: batchAddress(b.No), More: b.Name},
			{Text: a.T("credit.list-" + b.List)}, {Tag: a.stateTag(b.State)}, {Text: strconv.FormatInt(b.Added, 10)}, {Text: strconv.FormatInt(b.Same, 10)},
			{Text: strconv.FormatInt(b.Wrong, 10)}, {At: b.Begun}}})
	}
	return p.show(a, status, "home", v)
}

func batchAddress(no int64) string { return deskHome + "/batches/" + strconv.FormatInt(no, 10) }

func (a *asked) stateTag(state string) *ui.Tag {
	look := "ink"
	switch state {
	case Taken:
		look = "blue"
	case Refused, dropped:
		look = "red"
	}
	return &ui.Tag{Text: a.T("credit.batch-state." + state), Look: look}
}

func (p *pages) show(a *asked, status int, name string, v ui.View) error {
	p.kit.Show(a.W, status, "credit/"+name, v)
	return nil
}

// upload takes a file in. The form streams: list and accept stand before the file.
func (p *pages) upload(a *asked) error {
	if !reports(a.By) {
		return hall.ErrNotFound
	}
	a.R.Body = http.MaxBytesReader(a.W, a.R.Body, sheet.MaxFile+(1<<20))
	parts, err := a.R.MultipartReader()
	if err != nil {
		return page.BadInput(err)
	}
	s := Sending{List: Records}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return p.noFile(a, a.T("credit.file-none"))
		}
		if err != nil {
			return page.BadInput(err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return p.receive(a, s, part)
		}
		text, err := page.Typed(part, 100)
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "list":
			s.List = text
		case "accept":
			s.Accept = text
		}
	}
}

func (p *pages) receive(a *asked, s Sending, part *multipart.Part) error {
	s.Name = part.FileName()
	b, err := p.SendFile(a.R.Context(), a.By, s, part)
	if refusal, refused := page.Refusal(err); refused {
		return p.noFile(a, page.Sentence(a.Lang, refusal))
	}
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, batchAddress(b.No), http.StatusSeeOther)
	return nil
}

func (p *pages) noFile(a *asked, text string) error {
	a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "file", Text: text}}}
	return p.showHome(a, http.StatusUnprocessableEntity)
}

// batchPageView is one batch.
type batchPageView struct {
	*asked
	Batch  *Batch
	Sum    ui.Summary
	Faults ui.Table
	More   int64 // rows that are wrong and not listed
}

func (p *pages) batchPage(a *asked) error {
	no, err := strconv.ParseInt(a.R.PathValue("batch"), 10, 64)
	if err != nil {
		return hall.ErrNotFound
	}
	b, err := p.SentBatch(a.R.Context(), a.By, no)
	if err != nil {
		return err
	}
	a.Title = a.T("credit.batch-title", no)
	a.Crumbs = []ui.Link{{Text: a.T("credit.title"), Href: deskHome}}
	v := &batchPageView{asked: a, Batch: b}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	v.Sum.Rows = []ui.SummaryRow{{Label: a.T("credit.state"), Value: a.T("credit.batch-state." + b.State)}, {Label: a.T("credit.file"), Value: b.Name},
		{Label: a.T("credit.list"), Value: a.T("credit.list-" + b.List)}, {Label: a.T("credit.rows"), Value: number(b.Lines)}, {Label: a.T("credit.added"), Value: number(b.Added)},
		{Label: a.T("credit.same"), Value: number(b.Same)}, {Label: a.T("credit.wrong"), Value: number(b.Wrong)}, {Label: a.T("credit.begun"), Value: i18n.Moment(a.Lang, b.Begun)}}
	v.Faults = ui.Table{Caption: a.T("credit.faults"), Columns: []ui.Column{{Text: a.T("credit.row"), Number: true}, {Text: a.T("credit.column-name")}, {Text: a.T("credit.fault-what")}}}
	for _, f := range b.Faults {
		v.Faults.Rows = append(v.Faults.Rows, ui.TableRow{Cells: []ui.Cell{{Text: strconv.Itoa(f.Row), Head: true}, {Text: a.column(f.Column)}, {Text: a.fault(f)}}})
	}
	return p.show(a, http.StatusOK, "batch", v)
}

func (a *asked) column(name string) string {
	if name == "" {
		return ""
	}
	return a.T("credit.column." + name)
}

// party shows a party to an official who says why.
func (p *pages) party(a *asked) error {
	if !looks(a.By) {
		return hall.ErrNotFound
	}
	report, err := p.See(a.R.Context(), a.By, a.R.PostFormValue("code"), strings.TrimSpace(a.R.PostFormValue("reason")))
	refusal, refused := page.Refusal(err)
	switch {
	case refused:
		a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "reason", Text: page.Sentence(a.Lang, refusal)}}}
	case missing(err):
		a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "code", Text: a.T("credit.code-none")}}}
	case err != nil:
		return err
	default:
		a.Crumbs = []ui.Link{{Text: a.T("credit.title"), Href: deskHome}}
		return p.showParty(a, report, "")
	}
	return p.showHome(a, http.StatusUnprocessableEntity)
}

// missing reports whether there is no such thing.
func missing(err error) bool {
	status, _ := page.Status(err)
	return err != nil && status == http.StatusNotFound
}

// fault says what is wrong with a row; what identifiers lack, package ident says.
func (a *asked) fault(f sheet.Fault) string {
	if strings.Contains(f.Code, ".") {
		return (&ident.Fault{Code: f.Code}).Text(a.Lang)
	}
	if f.Code == "kind" || f.Code == "result" {
		return a.T("credit.fault."+f.Code, strings.Join(a.kindsAndResults(), a.T("console.and")))
	}
	return a.T("credit.fault." + f.Code)
}

// kindsAndResults are the words that files may have for kinds, each with those for its results.
func (a *asked) kindsAndResults() []string {
	in := func(w word) string { return caseflow.Text{ZH: w.zh, EN: w.name}.In(a.Lang) }
	list := make([]string, len(kinds))
	for i, k := range kinds {
		var words []string
		for _, r := range results[Kind(k.no)] {
			words = append(words, in(r))
		}
		list[i] = a.T("credit.kind-results", in(k), strings.Join(words, a.T("console.and")))
	}
	return list
}

// ownView lists the companies whose credit somebody may see.
type ownView struct {
	*asked
	Companies []ui.Link
	Unknown   string // city that has no record of the company that was asked for
}

func (p *pages) own(a *asked) error {
	a.Title = a.T("credit.own-title")
	owner := a.R.URL.Query().Get("owner")
	if owner != "" {
		account := account(a.R)
		city := ident.Service().City(account)
		report, err := p.Own(a.R.Context(), a.By, city, owner)
		a.Back = &ui.Link{Text: a.T("layout.back"), Href: ownHome}
		if errors.Is(err, store.ErrNotFound) { // it is theirs, and nothing is known of it
			return p.show(a, http.StatusOK, "own", &ownView{asked: a, Unknown: ident.Service().FullNameIn(city, a.Lang)})
		}
		if err != nil {
			return err
		}
		return p.showParty(a, report, owner)
	}
	spaces, err := p.hall.Spaces(a.R.Context(), a.By)
	if err != nil {
		return err
	}
	v := &ownView{asked: a}
	for i := range spaces {
		if s := &spaces[i]; s.Legal && caseflow.CompanyOf(s.Owner) != "" {
			v.Companies = append(v.Companies, ui.Link{Text: s.Name, Href: ownHome + "?owner=" + url.QueryEscape(s.Owner)})
		}
	}
	return p.show(a, http.StatusOK, "own", v)
}

func account(r *http.Request) string {
	_, account, ok := access.FromRequest(r)
	if !ok {
		return ""
	}
	return account.Region
}

// Empty says why there is nothing.
func (v *ownView) Empty() ui.Empty {
	if v.Unknown != "" {
		return ui.Empty{Title: v.T("credit.own-unknown", v.Unknown), Why: v.T("credit.own-unknown-why")}
	}
	return ui.Empty{Title: v.T("credit.own-none"), Why: v.T("credit.own-none-why")}
}
