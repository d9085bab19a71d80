package desk

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// The papers that a window prints, 行政许可法 art. 32: with the name of the office, a seal and a date.
const (
	paperReceipt    = "receipt"    // 收件凭证
	paperAcceptance = "acceptance" // 受理通知书
	paperCorrection = "correction" // 补正材料一次性告知书
	paperGranted    = "granted"    // 准予行政许可决定书
	paperDelivery   = "delivery"   // 送达回证
	paperExtension  = "extension"  // 延期告知书
	paperStop       = "stop"       // 特别程序告知书
	paperDeferral   = "deferral"   // 容缺受理通知书
)

// paperWord is the word in the number of a paper: 渭市监受〔2026〕7号 has 受.
var paperWord = map[string]string{paperReceipt: "收", paperAcceptance: "受", paperCorrection: "补",
	paperGranted: "许", paperDelivery: "送", paperExtension: "延", paperStop: "特", paperDeferral: "容"}

// papersOf lists the papers that the case has come to, in the order in which they are given.
func papersOf(s *scene) []string {
	c := s.c
	var list []string
	add := func(ok bool, paper string) {
		if ok {
			list = append(list, paper)
		}
	}
	add(!c.Submitted.IsZero(), paperReceipt)
	add(c.Correction != nil, paperCorrection)
	add(!c.Accepted.IsZero(), paperAcceptance)
	add(len(c.Commitments) > 0 && !c.Submitted.IsZero(), paperDeferral)
	k := c.Clock(caseflow.ClockStatutory)
	add(k != nil && k.Extended != nil, paperExtension)
	add(len(c.Stops) > 0, paperStop)
	add(!c.Decided.IsZero() && c.Phase != caseflow.PhaseRefused, paperGranted)
	for _, decision := range kit.Decisions(c, s.it) {
		list = append(list, decision.Paper())
	}
	add(len(c.Deliveries) > 0, paperDelivery)
	return list
}

func (v *casePage) papers(s *scene) {
	for _, paper := range papersOf(s) {
		text := ""
		if d := decisionOf(s, paper); d != nil {
			text = d.Name(v.Lang)
			if d.Part != nil {
				text = v.brackets(text, d.Part.Name.In(v.Lang))
			}
		} else {
			text = v.T("desk.paper." + paper)
		}
		v.Papers = append(v.Papers, ui.Link{Text: text, Href: caseAddress(s.c.No) + "/papers/" + paper})
	}
}

// decisionOf finds the decision against the applicant that a paper tells; nil for any other paper.
func decisionOf(s *scene, paper string) *kit.Decision {
	list := kit.Decisions(s.c, s.it)
	if i := slices.IndexFunc(list, func(d kit.Decision) bool { return d.Paper() == paper }); i >= 0 {
		return &list[i]
	}
	return nil
}

// paperPage is one paper on A4.
type paperPage struct {
	*page
	Office     string
	Name       string // of the paper
	Number     string
	To         string
	Paragraphs []string
	Rows       []ui.SummaryRow
	Points     []string
	Relief     string
	Date       string
	Contact    caseflow.Contact
	QR         *qr
	Home       string
	Receiver   bool // leaves room for the receiver's signature
}

// correctionView is the one-time notice, as a preview and as a paper.
type correctionView struct {
	Office, Number, To string
	Intro              string
	Points             []string
	Until              string
}

// correction words the one-time notice of all that is to be mended.
func (p *page) correction(s *scene, points []caseflow.CorrectionPoint) *correctionView {
	from := s.now
	if s.c.Correction != nil {
		from = s.c.Correction.At
	}
	v := &correctionView{Office: p.department(s.it.Department), Number: p.paperNumber(s, paperCorrection, from),
		To: p.labelled(s.c.Applicant.Name, ""), Intro: p.T("desk.paper.correction-intro", s.it.Name.In(p.Lang))}
	for _, point := range points {
		text := point.Words
		for i := range s.it.Corrections {
			if g := &s.it.Corrections[i]; g.ID == point.Ground && g.Basis.Law != "" {
				text = p.brackets(text, p.T("desk.under", g.Basis.String()))
			}
		}
		v.Points = append(v.Points, text)
	}
	due := s.cal.Due(from, s.it.Limits.Correction.Limit)
	if k := s.c.Clock(caseflow.ClockCorrection); k != nil {
		due.At = k.Due
	}
	v.Until = p.T("desk.paper.correction-until", i18n.Due(p.Lang, due.At))
	return v
}

func (p *page) paperNumber(s *scene, paper string, at time.Time) string {
	year, _, _ := workday.DateOf(at).Civil()
	return fmt.Sprintf("%s%s〔%d〕%d号", p.region(s.c.Region), paperWord[paper], year, s.c.Serial)
}

// paper prints one of the case's papers.
func (d *Desk) paper(p *page, r *http.Request) error {
	name := r.PathValue("paper")
	if paperWord[name] == "" {
		return hall.ErrNotFound
	}
	s, err := p.scene("paper:"+name, p.T("desk.paper.reason"))
	if err != nil {
		return err
	}
	if !slices.Contains(papersOf(s), name) {
		return hall.ErrNotFound
	}
	v := &paperPage{page: p, To: p.labelled(s.c.Applicant.Name, ""), Contact: s.it.Contact, Home: caseAddress(s.c.No) + "/materials"}
	var at time.Time
	if d := decisionOf(s, name); d != nil {
		at = v.decision(s, d)
	} else {
		v.Office, v.Name = p.department(s.it.Department), p.T("desk.paper."+name)
		at = v.fill(s, name)
		v.Number = p.paperNumber(s, name, at)
	}
	p.Title = v.Name
	y, m, day := workday.DateOf(at).Civil()
	v.Date = p.T("desk.paper.date", y, int(m), day)
	return p.show("paper", v)
}

// decision writes the paper of a decision against the applicant and returns its date.
func (v *paperPage) decision(s *scene, d *kit.Decision) time.Time {
	v.Office, v.Name, v.Number = v.department(d.Department(s.it)), d.Name(v.Lang), d.Number(s.c)
	v.Paragraphs = []string{d.Sentence(s.it, v.Lang)}
	v.Rows = append([]ui.SummaryRow{{Label: v.T("desk.case-no"), Value: string(s.c.No)}}, d.Rows(s.it, v.Lang)...)
	v.Relief = d.Ground.Relief.In(v.Lang)
	return d.At
}

// fill writes the paper's own text and returns its date.
//
//house:long one case a paper
func (v *paperPage) fill(s *scene, name string) time.Time {
	c, item := s.c, s.it.Name.In(v.Lang)
	say := func(key string, args ...any) { v.Paragraphs = append(v.Paragraphs, v.T(key, args...)) }
	due := func(id string) string {
		if k := c.Clock(id); k != nil {
			return i18n.Due(v.Lang, k.Due)
		}
		return ""
	}
	row := func(key, value string) {
		v.Rows = append(v.Rows, ui.SummaryRow{Label: v.T(key), Value: value})
	}
	row("desk.case-no", string(c.No))
	if subject := s.it.SubjectOf(c.Form).Text; subject != "" {
		row("desk.subject", subject)
	}
	switch name {
	case paperReceipt:
		say("desk.paper.receipt-text", item)
		v.materials(s)
		say("desk.paper.receipt-next", due(caseflow.ClockAcceptance))
		v.QR = newQR(v.address("/progress"))
		return c.Submitted
	case paperAcceptance:
		if late := v.deferred(s); len(late) > 0 {
			say("desk.paper.acceptance-deferral", item, v.joined(late))
		} else {
			say("desk.paper.acceptance-text", item)
		}
		say("desk.paper.acceptance-limits", due(caseflow.ClockStatutory), due(caseflow.ClockPromised))
		v.QR = newQR(v.address("/progress"))
		return c.Accepted
	case paperCorrection:
		n := v.correction(s, c.Correction.Points)
		v.Paragraphs, v.Points = append(v.Paragraphs, n.Intro), n.Points
		v.Relief = n.Until
		return c.Correction.At
	case paperGranted:
		say("desk.paper.granted-text", item)
		for i := range c.Licences {
			v.Rows = append(v.Rows, ui.SummaryRow{Label: c.Licences[i].Name.In(v.Lang), Value: c.Licences[i].No})
		}
		return c.Decided
	case paperDelivery:
		say("desk.paper.delivery-text", item)
		v.Receiver = true
		last := c.Deliveries[len(c.Deliveries)-1]
		row("desk.how", v.T("case.deliver."+last.How))
		row("desk.receiver", last.Receiver)
		if last.Waybill != "" {
			row("desk.waybill", last.Waybill)
		}
		for i := range c.Licences {
			v.Points = append(v.Points, c.Licences[i].Name.In(v.Lang)+" "+c.Licences[i].No)
		}
		return last.At
	case paperExtension:
		x := c.Clock(caseflow.ClockStatutory).Extended
		say("desk.paper.extension-text", item, x.Limit.Text(v.Lang), due(caseflow.ClockStatutory))
		row("desk.reason", x.Reason)
		if s.it.Extension != nil {
			row("desk.clause", s.it.Extension.Basis.String())
		}
		return x.At
	case paperStop:
		return v.stop(s, item)
	case paperDeferral:
		say("desk.paper.deferral-text", item)
		for _, k := range c.Commitments {
			m := s.it.MaterialByID(k.Material)
			if m == nil {
				continue
			}
			v.Points = append(v.Points, v.T("desk.paper.deferral-point", m.Name.In(v.Lang), due("commitment:"+k.Material),
				v.T("desk.consequence."+string(k.Consequence)))+" "+k.Words)
		}
		v.Receiver = true
		return c.Submitted
	}
	return s.now
}

// deferred names the materials that were promised for later when the case was accepted.
func (v *paperPage) deferred(s *scene) []string {
	var names []string
	for _, k := range s.c.Commitments {
		if m := s.it.MaterialByID(k.Material); m != nil && (k.Ended.IsZero() || k.Ended.After(s.c.Accepted)) {
			names = append(names, m.Name.In(v.Lang))
		}
	}
	return names
}

// stop is the notice of the latest special procedure.
func (v *paperPage) stop(s *scene, item string) time.Time {
	last := s.c.Stops[len(s.c.Stops)-1]
	name := last.Cause
	for _, cause := range s.it.Stops {
		if cause.ID == last.Cause {
			name = cause.Name.In(v.Lang)
			v.Rows = append(v.Rows, ui.SummaryRow{Label: v.T("desk.clause"), Value: cause.Basis.String()})
		}
	}
	v.Rows = append(v.Rows, ui.SummaryRow{Label: v.T("desk.reason"), Value: last.Reason})
	v.Paragraphs = append(v.Paragraphs, v.T("desk.paper.stop-text", item, name, last.Need.Text(v.Lang)))
	return last.From
}

func (v *paperPage) materials(s *scene) {
	for i := range s.it.Materials {
		m := &s.it.Materials[i]
		if st := s.c.Material(m.ID); st != nil && st.State != caseflow.MaterialMissing {
			how := v.T("case.material." + st.State)
			if st.Paper {
				how = v.T("desk.original-seen")
			}
			v.Points = append(v.Points, v.brackets(m.Name.In(v.Lang), how))
		}
	}
}

// address is a page of the site as a phone reaches it.
func (v *paperPage) address(path string) string {
	base := v.desk.base
	if base == "" {
		scheme := "http"
		if v.r.TLS != nil {
			scheme = "https"
		}
		base = scheme + "://" + v.r.Host
	}
	return base + path
}

// qr is a QR code as squares, so that a page shows it without a picture from elsewhere.
type qr struct {
	Size int
	Path string // of an SVG path
	Text string
}

// newQR draws the text; nil if it is too long to be drawn.
func newQR(text string) *qr {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil
	}
	bits := code.Bitmap()
	var b strings.Builder
	for y, row := range bits {
		for x, dark := range row {
			if dark {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return &qr{Size: len(bits), Path: b.String(), Text: text}
}
