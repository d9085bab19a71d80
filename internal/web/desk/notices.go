package desk

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/i18n"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// notices sets out what the case shows to everybody (公示), and each objection to it. Who objected is personal: masked until somebody
// says why they look, and not there at all for departments that do not answer it.
func (v *casePage) notices(s *scene) error {
	for i := range s.c.Publications {
		p := &s.c.Publications[i]
		posted, err := v.desk.hall.Notice(v.r.Context(), v.Actor, hall.NoticeID(s.c.No, p.No))
		if err != nil {
			return err
		}
		rec := record{ID: "notice:" + strconv.Itoa(p.No), Rows: ui.Summary{Title: posted.Name.In(v.Lang)}}
		rec.Rows.Rows = append([]ui.SummaryRow{{Label: v.T("desk.state"), Value: v.T("case.publication." + p.State)},
			{Label: v.T("desk.notice-time"), Value: v.T("desk.statistics.period", i18n.Moment(v.Lang, p.From), i18n.Due(v.Lang, posted.Until))}},
			kit.Shown(posted, v.Lang, form.Reading)...)
		for j := range p.Objections {
			rec.Rows.Rows = append(rec.Rows.Rows, v.objection(&p.Objections[j], posted.Ask))
		}
		v.Notices = append(v.Notices, rec)
	}
	return nil
}

// objection is one objection: when, on what ground, in whose words, who, and how it stands.
func (v *casePage) objection(o *caseflow.Objection, reasons []caseflow.Option) ui.SummaryRow {
	ground := o.Reason
	if i := slices.IndexFunc(reasons, func(r caseflow.Option) bool { return r.Value == o.Reason }); i >= 0 {
		ground = reasons[i].Label.In(v.Lang)
	}
	name, contact := o.Name, o.Contact
	if !v.Full {
		name, contact = ident.MaskName(name), ident.MaskPhone(contact)
	}
	department := ""
	if o.Department != "" {
		department = v.department(o.Department)
	}
	who := strings.Join(slices.DeleteFunc([]string{department, name, contact}, func(s string) bool { return s == "" }), " ")
	if who != "" {
		who = v.T("desk.objection-by", who)
	}
	row := ui.SummaryRow{Label: v.T("desk.objection", o.ID), Lines: []string{i18n.Moment(v.Lang, o.At), ground, o.Words, who, v.T("case.objection." + o.State)}}
	if o.Answer != "" {
		row.Lines = append(row.Lines, o.Answer)
	}
	return row
}
