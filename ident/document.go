package ident

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// DocType is the type of a document that says who a party is. The values are stored: only ever add.
type DocType string

// The types of document.
const (
	// DocResidentID is the resident identity card, 居民身份证.
	DocResidentID DocType = "resident-id"
	// DocPassport is any country's passport, 护照.
	DocPassport DocType = "passport"
	// DocHKMacaoPermit is the mainland travel permit for Hong Kong and Macao residents, 港澳居民来往内地通行证.
	DocHKMacaoPermit DocType = "hk-macao-permit"
	// DocTaiwanPermit is the mainland travel permit for Taiwan residents, 台湾居民来往大陆通行证.
	DocTaiwanPermit DocType = "taiwan-permit"
	// DocResidencePermit is the residence permit for Hong Kong, Macao and Taiwan residents, 港澳台居民居住证.
	DocResidencePermit DocType = "hmt-residence-permit"
	// DocForeignResident is the foreign permanent resident card, 外国人永久居留身份证.
	DocForeignResident DocType = "foreign-permanent-resident"
	// DocCreditCode is an organisation's unified social credit code, 统一社会信用代码.
	DocCreditCode DocType = "credit-code"
)

var docTypes = []DocType{DocResidentID, DocPassport, DocHKMacaoPermit, DocTaiwanPermit, DocResidencePermit,
	DocForeignResident, DocCreditCode}

var docTypeNames = map[DocType][2]string{
	DocResidentID:      {"居民身份证", "resident identity card"},
	DocPassport:        {"护照", "passport"},
	DocHKMacaoPermit:   {"港澳居民来往内地通行证", "mainland travel permit (Hong Kong and Macao)"},
	DocTaiwanPermit:    {"台湾居民来往大陆通行证", "mainland travel permit (Taiwan)"},
	DocResidencePermit: {"港澳台居民居住证", "residence permit (Hong Kong, Macao, Taiwan)"},
	DocForeignResident: {"外国人永久居留身份证", "foreign permanent resident card"},
	DocCreditCode:      {"统一社会信用代码", "unified social credit code"},
}

// DocTypes lists the types in the order in which a form offers them.
func DocTypes() []DocType { return slices.Clone(docTypes) }

// Text names the type in "zh" (any other language: English); the bare value if it is unknown.
func (t DocType) Text(lang string) string {
	if name, ok := docTypeNames[t]; ok {
		return pick(name, lang)
	}
	return string(t)
}

// Document says who a party is: a type of document and its number. fmt and log/slog show the number masked (a credit
// code is public and is shown); the field No and JSON hold the real one.
type Document struct {
	Type DocType `json:"docType"`
	No   string  `json:"docNo"`
}

// Check reads the number by the rule of its type and returns the document with the number in canonical form. today is
// the present day, for birth dates inside numbers. The error is a [*Fault].
//
// Rules with a check character: resident id, residence permit (begins with 81, 82 or 83), the foreigners' card of 2023 (18
// digits that begin with 9), credit code. The others have none, so only their form is checked: Hong Kong and Macao permit H
// or M with 8 digits (10 on the cards of 1999), Taiwan permit 8 digits (before 2008-09-25: 10 and the sign of the office),
// the foreigners' card before 2023 three letters and 12 digits. These forms were read in what the issuing authorities
// announced (公安部 2008, 2010; 国家移民管理局 2023).
//
// Unverified: a passport has 5 to 15 letters and digits. Countries differ, and no one source says how much.
func Check(doc Document, today time.Time) (Document, error) {
	no := bare(doc.No)
	var err error
	switch doc.Type {
	case DocResidentID:
		var id CitizenID
		if id, err = ParseCitizenID(no, today); err == nil {
			err = asError(residentFault(string(id)))
		}
	case DocResidencePermit:
		if _, err = ParseCitizenID(no, today); err == nil && !permitPrefix(no) {
			err = &Fault{Code: "citizen.prefix", Pos: 1, Got: no[:2], Want: "81/82/83"}
		}
	case DocCreditCode:
		_, err = ParseCreditCode(no)
	case DocPassport:
		err = asError(passportFault(no))
	case DocHKMacaoPermit:
		err = asError(hkMacaoFault(no))
	case DocTaiwanPermit:
		err = asError(formFault("taiwan", no, "99999999", "9999999999", "9999999999A"))
	case DocForeignResident:
		err = asError(foreignFault(no, today))
	default:
		err = &Fault{Code: "doc.type"}
	}
	if err != nil {
		return Document{}, err
	}
	return Document{Type: doc.Type, No: no}, nil
}

// asError keeps a nil fault a nil error.
func asError(f *Fault) error {
	if f == nil {
		return nil
	}
	return f
}

// residentFault refuses right numbers that belong to another document: citizen ids begin with 1 to 8, and 81 to 83
// are residence permits.
func residentFault(no string) *Fault {
	switch {
	case permitPrefix(no):
		return &Fault{Code: "citizen.permit", Pos: 1, Got: no[:2]}
	case no[0] == '9':
		return &Fault{Code: "citizen.foreign", Pos: 1, Got: no[:1]}
	}
	return nil
}

func passportFault(no string) *Fault {
	n := utf8.RuneCountInString(no)
	if n == 0 {
		return &Fault{Code: "passport.empty"}
	}
	if n < 5 || n > 15 {
		return &Fault{Code: "passport.length", Got: count(n), Want: "5-15"}
	}
	if pos, r := firstNot(no, func(_ int, r rune) bool { return isDigit(r) || isUpper(r) }); pos > 0 {
		return &Fault{Code: "passport.char", Pos: pos, Got: shown(r), Want: likely(r, "")}
	}
	if !strings.ContainsAny(no, "0123456789") {
		return &Fault{Code: "passport.digit"}
	}
	return nil
}

func hkMacaoFault(no string) *Fault {
	f := formFault("hkmacao", no, "A99999999", "A9999999999")
	if f == nil && no[0] != 'H' && no[0] != 'M' {
		f = &Fault{Code: "hkmacao.prefix", Pos: 1, Got: no[:1], Want: "H/M"}
	}
	return f
}

func foreignFault(no string, today time.Time) *Fault {
	if len(no) == 15 {
		return formFault("foreigncard", no, "AAA999999999999")
	}
	if f := citizenFault("foreigncard", no, today); f != nil {
		if f.Code == "foreigncard.length" {
			f.Want = "18/15"
		}
		return f
	}
	if no[0] != '9' {
		return &Fault{Code: "foreigncard.prefix", Pos: 1, Got: no[:1], Want: "9"}
	}
	return nil
}

// formFault checks no against the form of its own length: "9" stands for a digit, "A" for a letter.
func formFault(kind, no string, forms ...string) *Fault {
	n := utf8.RuneCountInString(no)
	if n == 0 {
		return &Fault{Code: kind + ".empty"}
	}
	i := slices.IndexFunc(forms, func(form string) bool { return len(form) == n })
	if i < 0 {
		lengths := make([]string, len(forms))
		for j, form := range forms {
			lengths[j] = count(len(form))
		}
		return &Fault{Code: kind + ".length", Got: count(n), Want: strings.Join(lengths, "/")}
	}
	pos, r := firstNot(no, func(pos int, r rune) bool {
		if forms[i][pos-1] == '9' {
			return isDigit(r)
		}
		return isUpper(r)
	})
	switch {
	case pos == 0:
		return nil
	case forms[i][pos-1] == '9':
		return &Fault{Code: kind + ".digit", Pos: pos, Got: shown(r), Want: likely(r, "0123456789")}
	}
	return &Fault{Code: kind + ".char", Pos: pos, Got: shown(r)}
}

// Masked is the number as lists, exports and logs show it.
func (d Document) Masked() string {
	if d.Type == DocCreditCode {
		return d.No
	}
	return MaskID(d.No)
}

// String is the type and the masked number.
func (d Document) String() string { return string(d.Type) + " " + d.Masked() }

// LogValue is the type and the masked number.
func (d Document) LogValue() slog.Value {
	return slog.GroupValue(slog.String("docType", string(d.Type)), slog.String("docNo", d.Masked()))
}

// Format prints String whatever the verb.
func (d Document) Format(f fmt.State, verb rune) { formatMasked(f, verb, d.String()) }
