package desk

import (
	"fmt"
	"net/http"
	"strings"

	qrcode "github.com/skip2/go-qrcode"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

func (v *casePage) papers(s *scene) {
	for _, paper := range hall.Papers(s.c, s.it) {
		text := ""
		if paper.Ground != nil {
			d := kit.Decision{Paper: paper}
			text = d.Title(v.Lang)
			if d.Part != nil {
				text = v.brackets(text, d.Part.Name.In(v.Lang))
			}
		} else {
			text = v.T("desk.paper." + paper.Kind)
		}
		v.Papers = append(v.Papers, ui.Link{Text: text, Href: caseAddress(s.c.No) + "/papers/" + paper.Name()})
	}
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
	v := &correctionView{Office: p.department(s.it.Department), Number: hall.PaperNumber(s.c, hall.PaperCorrection, from),
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

// paper prints one of the case's papers.
func (d *Desk) paper(p *page, r *http.Request) error {
	name := r.PathValue("paper")
	kind := hall.PaperKind(name)
	if kind == "" {
		return hall.ErrNotFound
	}
	s, err := p.scene("paper:"+kind, p.T("desk.paper.reason"))
	if err != nil {
		return err
	}
	paper := hall.PaperNamed(s.c, s.it, name)
	if paper == nil {
		return hall.ErrNotFound
	}
	v := &paperPage{page: p, Office: p.department(paper.Department), Number: paper.Number, To: p.labelled(s.c.Applicant.Name, ""),
		Contact: s.it.Contact, Home: caseAddress(s.c.No) + "/materials"}
	if paper.Ground != nil {
		v.decision(s, &kit.Decision{Paper: *paper})
	} else {
		v.Name = p.T("desk.paper." + kind)
		v.fill(s, kind)
		if kind == hall.PaperReceipt || kind == hall.PaperAcceptance {
			err = v.tracked(s)
		}
	}
	if err != nil {
		return err
	}
	p.Title = v.Name
	y, m, day := workday.DateOf(paper.At).Civil()
	v.Date = p.T("desk.paper.date", y, int(m), day)
	return p.show("paper", v)
}

// decision writes the paper of a decision against the applicant.
func (v *paperPage) decision(s *scene, d *kit.Decision) {
	v.Name = d.Title(v.Lang)
	v.Paragraphs = []string{d.Sentence(s.it, v.Lang)}
	v.Rows = append([]ui.SummaryRow{{Label: v.T("desk.case-no"), Value: string(s.c.No)}}, d.Rows(s.it, v.Lang)...)
	v.Relief = d.Ground.Relief.In(v.Lang)
}

// fill writes the paper's own text.
//
//house:long one case a paper
func (v *paperPage) fill(s *scene, kind string) {
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
	switch kind {
	case hall.PaperReceipt:
		say("desk.paper.receipt-text", item)
		v.materials(s)
		say("desk.paper.receipt-next", due(caseflow.ClockAcceptance))
	case hall.PaperAcceptance:
		if late := v.deferred(s); len(late) > 0 {
			say("desk.paper.acceptance-deferral", item, v.joined(late))
		} else {
			say("desk.paper.acceptance-text", item)
		}
		say("desk.paper.acceptance-limits", due(caseflow.ClockStatutory), due(caseflow.ClockPromised))
	case hall.PaperCorrection:
		n := v.correction(s, c.Correction.Points)
		v.Paragraphs, v.Points = append(v.Paragraphs, n.Intro), n.Points
		v.Relief = n.Until
	case hall.PaperGranted:
		say("desk.paper.granted-text", item)
		for i := range c.Licences {
			v.Rows = append(v.Rows, ui.SummaryRow{Label: c.Licences[i].Name.In(v.Lang), Value: c.Licences[i].No})
		}
	case hall.PaperDelivery:
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
	case hall.PaperExtension:
		x := c.Clock(caseflow.ClockStatutory).Extended
		say("desk.paper.extension-text", item, x.Limit.Text(v.Lang), due(caseflow.ClockStatutory))
		row("desk.reason", x.Reason)
		if s.it.Extension != nil {
			row("desk.clause", s.it.Extension.Basis.String())
		}
	case hall.PaperStop:
		v.stop(s, item)
	case hall.PaperDeferral:
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
	}
}

// tracked puts on a paper how its bearer follows the case and rates the service without an account: a code, and where it goes.
func (v *paperPage) tracked(s *scene) error {
	history, err := v.desk.hall.History(v.r.Context(), v.Actor, store.Key{Region: s.c.Region, Case: s.c.No})
	if err != nil {
		return err
	}
	if e := hall.Receipted(history); e != nil {
		v.Rows = append(v.Rows, ui.SummaryRow{Label: v.T("desk.paper.digits"), Value: e.Digits()})
		v.QR = newQR(v.address("/progress/" + string(s.c.No) + "/" + e.Digits()))
	}
	return nil
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
func (v *paperPage) stop(s *scene, item string) {
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
