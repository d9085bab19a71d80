package page

import (
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// UseField and LeaveField name the buttons by which a licence that is here stands for a material, and does not any more.
const (
	UseField   = "_licence"
	LeaveField = "_leave"
)

// LicenceNamer names the department that issued a licence, by the item of the case that granted it.
type LicenceNamer func(item caseflow.ItemID, department string) string

// OnFiles words what the hall knows of a material's licences.
func OnFiles(st *caseflow.MaterialState, held []caseflow.Held, lang string, name LicenceNamer) ui.OnFile {
	var v ui.OnFile
	if l := st.OnFile; l != nil {
		v.Used = OnFileWords(l, lang, name)
	}
	for _, h := range held {
		if st.OnFile == nil || st.OnFile.No != h.No {
			v.Offers = append(v.Offers, ui.OnFileOffer{No: h.No, Words: i18n.T(lang, "case.on-file-offer", h.Name.In(lang), h.No, name(h.Item, h.Department),
				workday.DateOf(h.Issued).Text(lang), string(h.Case)) + until(h.Expires, lang)})
		}
	}
	return v
}

// OnFileWords say which licence stands for a material, who issued it when, and when it was looked up last.
func OnFileWords(l *caseflow.OnFile, lang string, name LicenceNamer) string {
	return i18n.T(lang, "case.on-file-used", l.Name.In(lang), l.No, name(l.Item, l.Department), workday.DateOf(l.Issued).Text(lang),
		string(l.Case), i18n.Moment(lang, l.Checked)) + until(l.Expires, lang)
}

func until(expires workday.Date, lang string) string {
	if expires.IsZero() {
		return ""
	}
	return i18n.T(lang, "case.on-file-until", expires.Text(lang))
}

// UseLicence gives the command that a button of OnFile stands for; false if none was pressed. What stands already is no fault:
// the form was sent twice.
func (in *Sent) UseLicence(material string, do func(caseflow.Command) error) (bool, error) {
	if in.Licence == "" && in.Leave == "" {
		return false, nil
	}
	err := do(caseflow.UseLicence{Material: material, No: in.Licence})
	if refusal, refused := Refusal(err); refused && (refusal.Code == caseflow.CodeExists || in.Leave != "" && refusal.Code == caseflow.CodeNoSuchMaterial) {
		return true, nil
	}
	return true, err
}
