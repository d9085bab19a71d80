// Package paper words the papers that a case gives: receipts, notices, decisions, proofs of delivery, licences. Each is one
// Doc, which the print pages of the doors show and package pdf writes as a file, so that nothing stands in two places.
//
// A paper says what was so when it was given (hall.Issue), in the words of the item and its pack, else in those of the
// catalogue. The package knows no page and no file; it decides nothing.
package paper

import (
	"strconv"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/workday"
)

// Source is what a paper is written from. All but Masked, Given and Origin are needed.
type Source struct {
	*hall.Issued
	Lang       string
	Department func(id string, at time.Time) string // its name in the language, as it was when the paper was given
	Origin     string                               // address of the site, for QR codes; empty: no codes
	Given      hall.Acknowledged                    // of the receipt: the digits with which its bearer follows the case, and what binds the log
	Masked     bool                                 // hide personal data
}

// Title is what a paper is called.
func Title(p *hall.Paper, lang string) string {
	if p.Licence != nil {
		return p.Licence.Name.In(lang)
	}
	if p.Kind == hall.PaperGranted || p.Kind == hall.PaperRefused {
		return KindText(lang, p.Of, p.Kind)
	}
	return i18n.T(lang, "paper.title."+p.Kind)
}

// Titles is Title in both languages.
func Titles(p *hall.Paper) caseflow.Text {
	return caseflow.Text{ZH: Title(p, i18n.Chinese), EN: Title(p, i18n.English)}
}

// Write words the paper.
func Write(s Source) *Doc {
	w := writer{Source: s, c: s.View.Case, it: s.View.Item}
	w.item = w.it.Name.In(s.Lang)
	y, m, d := workday.DateOf(s.At).Civil()
	w.Doc = Doc{Kind: s.Kind, Lang: s.Lang, Office: s.Department(s.Paper.Department, s.At), Title: Title(&s.Paper, s.Lang), Number: s.Number,
		To: w.t("paper.to", w.name()), Seal: true, At: s.At, Date: w.t("paper.date", y, int(m), d)}
	w.rows = []Row{{w.t("paper.case-no"), string(w.c.No)}}
	if subject := w.it.SubjectOf(w.c.Form); subject.Text != "" {
		text := subject.Text
		if s.Masked {
			text = subject.Masked()
		}
		w.rows = append(w.rows, Row{w.t("paper.subject"), text})
	}
	if w.acknowledges() {
		w.row("paper.digits", s.Given.Digits)
	}
	w.text()
	w.foot()
	w.marks()
	return &w.Doc
}

// writer writes one paper.
type writer struct {
	Source
	Doc
	c    *caseflow.Case
	it   *caseflow.Item
	item string // its name
	rows []Row  // facts that stand below the first paragraph
}

func (w *writer) t(key string, args ...any) string { return i18n.T(w.Source.Lang, key, args...) }

func (w *writer) say(key string, args ...any) { w.add(Block{Text: w.t(key, args...)}) }

// sayOf says it in the words of the item's kind.
func (w *writer) sayOf(what string, args ...any) {
	w.add(Block{Text: KindText(w.Source.Lang, w.it.Kind, what, args...)})
}

func (w *writer) add(b Block) { w.Blocks = append(w.Blocks, b) }

func (w *writer) row(key, value string) {
	if value != "" {
		w.rows = append(w.rows, Row{w.t(key), value})
	}
}

// facts puts the facts where they are wanted.
func (w *writer) facts() { w.add(Block{Rows: w.rows}) }

// due is when a clock of the case ends.
func (w *writer) due(id string) string {
	if k := w.c.Clock(id); k != nil {
		return i18n.Due(w.Source.Lang, k.Due)
	}
	return ""
}

// name is the applicant's.
func (w *writer) name() string {
	if a := w.c.Applicant; w.Masked && a.Kind != "organisation" {
		return ident.MaskName(a.Name)
	}
	return w.c.Applicant.Name
}

// person is a name that somebody wrote by hand.
func (w *writer) person(name string) string {
	if w.Masked {
		return ident.MaskName(name)
	}
	return name
}

//house:long one case a paper
func (w *writer) text() {
	switch w.Source.Kind {
	case hall.PaperReceipt:
		w.say("paper.receipt-text", w.item)
		w.facts()
		w.materials()
		w.next()
	case hall.PaperAcceptance:
		if late := w.late(); late != "" {
			w.say("paper.acceptance-deferral", w.item, late)
		} else {
			w.say("paper.acceptance-text", w.item)
		}
		w.say("paper.acceptance-limits", w.due(caseflow.ClockStatutory), w.due(caseflow.ClockPromised))
		w.facts()
	case hall.PaperCorrection:
		w.sayOf("correction-intro", w.item)
		w.points(w.c.Correction.Points)
		w.say("paper.correction-until", w.due(caseflow.ClockCorrection))
		w.facts()
	case hall.PaperDeferral:
		w.say("paper.deferral-text", w.item)
		w.facts()
		w.commitments()
		w.Sign = []string{w.t("paper.sign")}
	case hall.PaperPromise:
		w.promise()
	case hall.PaperGranted:
		w.sayOf("granted-text", w.item)
		w.facts()
		w.licences()
	case hall.PaperDelivery:
		w.delivery()
	case hall.PaperExtension:
		x := w.c.Clock(caseflow.ClockStatutory).Extended
		w.say("paper.extension-text", w.item, x.Limit.Text(w.Source.Lang), w.due(caseflow.ClockStatutory))
		w.row("paper.why", x.Reason)
		w.row("paper.clause", x.Basis.String())
		w.facts()
	case hall.PaperStop:
		w.stop()
	case hall.PaperClosed:
		w.closed()
	case hall.PaperLicence:
		w.licence()
	default:
		d := Decision{w.Paper}
		w.add(Block{Text: d.sentence(w.it, w.Source.Lang)})
		w.rows = append(w.rows, d.Rows(w.it, w.Source.Lang)...)
		w.facts()
		w.add(Block{Text: d.Ground.Relief.In(w.Source.Lang)})
	}
}

// next says until when acceptance is decided and, where a law says so, what silence means; 行政许可法 art. 32 is that of licences alone.
func (w *writer) next() {
	w.say("paper.receipt-next", w.due(caseflow.ClockAcceptance))
	if k := w.c.Clock(caseflow.ClockAcceptance); k != nil && k.Rule.Effect == caseflow.EffectAccept {
		w.sayOf("silence")
	}
}

func (w *writer) materials() {
	t := &Table{Head: []string{w.t("paper.no"), w.t("paper.material"), w.t("paper.given")}, Wide: 1}
	for i := range w.it.Materials {
		m := &w.it.Materials[i]
		st := w.c.Material(m.ID)
		if st == nil || st.State == caseflow.MaterialMissing {
			continue
		}
		how := w.t("case.material." + st.State)
		if st.Paper {
			how = w.t("desk.original-seen")
		}
		t.Cells = append(t.Cells, []string{strconv.Itoa(len(t.Cells) + 1), m.Name.In(w.Source.Lang), how})
	}
	if t.Cells != nil {
		w.add(Block{Table: t})
	}
}

// late names the materials that were promised for later when the case was accepted.
func (w *writer) late() string {
	var names []string
	for _, k := range w.c.Commitments {
		if m := w.it.MaterialByID(k.Material); m != nil && (k.Ended.IsZero() || k.Ended.After(w.c.Accepted)) {
			names = append(names, m.Name.In(w.Source.Lang))
		}
	}
	return i18n.Joined(w.Source.Lang, names)
}

// Points are the points of a correction notice, each with the clause that asks for it.
func Points(points []caseflow.CorrectionPoint, it *caseflow.Item, lang string) []string {
	var list []string
	for _, p := range points {
		text := p.Words
		for i := range it.Corrections {
			if g := &it.Corrections[i]; g.ID == p.Ground && g.Basis.Law != "" {
				text = i18n.T(lang, "paper.brackets", text, i18n.T(lang, "paper.under", g.Basis.String()))
			}
		}
		list = append(list, text)
	}
	return list
}

func (w *writer) points(points []caseflow.CorrectionPoint) {
	w.add(Block{Points: Points(points, w.it, w.Source.Lang)})
}

// until is when what was deferred is due; before its clock runs, how long it may take.
func (w *writer) until(m *caseflow.Material) string {
	due := w.due(caseflow.ClockCommitment + ":" + m.ID)
	if due == "" && m.Deferral != nil {
		return w.t("paper.until-limit", m.Deferral.Rule.Limit.Text(w.Source.Lang))
	}
	return due
}

// commitments lists what was promised for later: material, day, and what follows if it does not come.
func (w *writer) commitments() {
	t := &Table{Head: []string{w.t("paper.no"), w.t("paper.material"), w.t("paper.until"), w.t("paper.otherwise")}, Wide: 1}
	for _, k := range w.c.Commitments {
		if m := w.it.MaterialByID(k.Material); m != nil {
			t.Cells = append(t.Cells, []string{strconv.Itoa(len(t.Cells) + 1), m.Name.In(w.Source.Lang),
				w.until(m), w.t("desk.consequence." + string(k.Consequence))})
		}
	}
	w.add(Block{Table: t})
}

// promise is what the applicant signs: it has no number and no seal, and goes to the office.
func (w *writer) promise() {
	w.To, w.Doc.Number, w.Seal = w.t("paper.to", w.Office), "", false
	w.say("paper.promise-text", w.item, string(w.c.No))
	w.commitments()
	signed := ""
	for _, k := range w.c.Commitments {
		if k.Words != "" {
			w.add(Block{Text: k.Words})
		}
		signed = k.Signed
	}
	w.say("paper.promise-known")
	w.Sign = []string{w.t("paper.promise-sign", w.person(signed)), w.Date}
}

func (w *writer) licences() {
	if len(w.c.Licences) == 0 {
		return
	}
	t := &Table{Head: []string{w.t("paper.licence-name"), w.t("paper.licence-no")}}
	for i := range w.c.Licences {
		t.Cells = append(t.Cells, []string{w.c.Licences[i].Name.In(w.Source.Lang), w.c.Licences[i].No})
	}
	w.add(Block{Table: t})
}

func (w *writer) delivery() {
	last := w.c.Deliveries[len(w.c.Deliveries)-1]
	w.say("paper.delivery-text", w.item)
	w.row("paper.how", w.t("case.deliver."+last.How))
	w.row("paper.receiver", w.person(last.Receiver))
	w.row("paper.waybill", last.Waybill)
	w.row("paper.handed-at", i18n.Moment(w.Source.Lang, last.At))
	w.facts()
	w.licences()
	w.Sign = []string{w.t("paper.sign")}
}

// stop is the notice of the latest special procedure.
func (w *writer) stop() {
	n := len(w.c.Stops) - 1
	for n > 0 && !w.c.Stops[n].Special() {
		n--
	}
	last := w.c.Stops[n]
	name, basis := last.Cause, ""
	for _, cause := range w.it.Stops {
		if cause.ID == last.Cause {
			name, basis = cause.Name.In(w.Source.Lang), cause.Basis.String()
		}
	}
	w.say("paper.stop-text", w.item, name, last.Need.Text(w.Source.Lang))
	w.row("paper.why", last.Reason)
	w.row("paper.clause", basis)
	w.facts()
}

func (w *writer) closed() {
	if len(w.c.Licences) == 0 {
		w.say("paper.closed-none", w.item)
	} else {
		w.say("paper.closed-text", w.item)
	}
	w.facts()
	w.licences()
	w.say("paper.closed-rate")
}

// licence is the licence itself.
func (w *writer) licence() {
	l := w.Licence
	w.To = ""
	w.rows = nil
	holder := l.Holder
	if w.Masked && w.c.Applicant.Kind == "person" {
		holder = ident.MaskName(holder)
	}
	w.row("paper.holder", holder)
	if !w.Masked {
		w.rows = append(w.rows, Facts(l, w.it, w.Source.Lang, nil)...)
	}
	if !l.Expires.IsZero() {
		w.row("paper.expires", l.Expires.Text(w.Source.Lang))
	}
	if l.State != caseflow.LicenceValid {
		w.row("paper.state", w.t("case.licence."+l.State))
	}
	w.facts()
	w.say("paper.issued-by", w.Office)
}

// foot is where to ask and to complain, and a remark on what this copy is.
func (w *writer) foot() {
	k := w.it.Contact
	if k.Ask != "" {
		w.Foot = append(w.Foot, w.t("paper.ask", k.Ask))
	}
	if k.Complain != "" {
		w.Foot = append(w.Foot, w.t("paper.complain", k.Complain))
	}
	if address := k.Address.In(w.Source.Lang); address != "" {
		w.Foot = append(w.Foot, address)
	}
	if w.Masked {
		w.Foot = append(w.Foot, w.t("paper.masked"))
	}
}

// marks are the addresses at which the paper is verified and its case followed. A copy with masked data is not the paper.
func (w *writer) marks() {
	if w.Origin == "" || w.Masked {
		return
	}
	address := w.Origin + "/verify/" + string(w.c.No) + "/" + w.Code
	if w.Licence != nil {
		address = w.Origin + "/verify/" + w.Code
	}
	w.Verify = &Mark{Address: address, Code: w.Code, Words: w.t("paper.verify-words")}
	if !w.acknowledges() {
		return
	}
	digits := w.Given.Digits
	w.Follow = &Mark{Address: w.Origin + "/progress/" + string(w.c.No) + "/" + digits, Code: digits, Words: w.t("paper.follow-words")}
	if p := w.Given.Printed; p != nil {
		w.Proof = &Mark{Address: w.Origin + receipt.PrintedPage + "#" + p.String(), Code: p.String(), Words: w.t("paper.proof-words")}
	}
}

// acknowledges reports whether the paper is one by which the applicant follows the case.
func (w *writer) acknowledges() bool {
	return w.Given.Digits != "" && (w.Source.Kind == hall.PaperReceipt || w.Source.Kind == hall.PaperAcceptance)
}
