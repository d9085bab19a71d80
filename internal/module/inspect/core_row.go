package inspect

import (
	"errors"
	"slices"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/workday"
)

// The lists that departments send.
const (
	Items      = "items"
	Inspectors = "inspectors"
	Objects    = "objects"
)

// Lists lists them.
func Lists() []string { return []string{Items, Inspectors, Objects} }

// columnsOf are the columns of a list; nil if there is no such list.
func columnsOf(list string) []sheet.Column {
	switch list {
	case Items:
		return []sheet.Column{{Name: "id", ZH: "事项编号", Must: true, Most: 40}, {Name: "name", ZH: "抽查事项", Must: true, Most: 100}, {Name: "kind", ZH: "事项类别", Must: true, Most: 10},
			{Name: "method", ZH: "检查方式", Must: true, Most: 20}, {Name: "basis", ZH: "检查依据", Must: true, Most: 300}, {Name: "subject", ZH: "检查对象", Most: 100}}
	case Inspectors:
		return []sheet.Column{{Name: "id", ZH: "执法证号", Must: true, Most: 40}, {Name: "name", ZH: "姓名", Must: true, Most: 40}, {Name: "login", ZH: "账号", Must: true, Most: 60},
			{Name: "until", ZH: "证件有效期至", Must: true, Most: 20, Day: true}, {Name: "areas", ZH: "可派区域", Most: 400}, {Name: "fields", ZH: "业务专长", Most: 400}, {Name: "barred", ZH: "回避对象", Most: 4000}}
	case Objects:
		return []sheet.Column{{Name: "party", ZH: "统一社会信用代码", Must: true, Most: 40}, {Name: "name", ZH: "名称", Must: true, Most: caseflow.MaxName}, {Name: "area", ZH: "所在区县", Must: true, Most: 40},
			{Name: "address", ZH: "地址", Must: true, Most: 200}, {Name: "industry", ZH: "行业", Most: 60}}
	}
	return nil
}

// reader reads the values of a row and keeps what is wrong.
type reader struct {
	no     int
	row    sheet.Row
	text   map[string]string
	faults []sheet.Fault
}

func read(no int, row sheet.Row, list string) *reader {
	r := &reader{no: no, row: row, text: map[string]string{}}
	for _, c := range columnsOf(list) {
		text, code := row.Text(c)
		if code != "" {
			r.fault(c.Name, code)
		}
		r.text[c.Name] = text
	}
	return r
}

func (r *reader) fault(column, code string) {
	r.faults = append(r.faults, sheet.Fault{Row: r.no, Column: column, Code: code})
}

// words are the parts of a value.
func (r *reader) words(column string) []string {
	list := strings.FieldsFunc(r.text[column], func(c rune) bool { return strings.ContainsRune(" ;；、,，", c) })
	slices.Sort(list)
	return slices.Compact(list)
}

// code is a credit code that passes its check character.
func (r *reader) code(column, text string) string {
	if text == "" {
		return ""
	}
	code, err := ident.ParseCreditCode(text)
	var fault *ident.Fault
	if errors.As(err, &fault) {
		r.fault(column, fault.Code)
	}
	return string(code)
}

// area is a county or city by its code or its name, within the register.
func (r *reader) area(column, text, register string) string {
	if text == "" {
		return ""
	}
	for _, one := range append([]ident.Region{{Code: register}}, ident.Service().Children(register)...) {
		if one.Code == text || one.Name == text {
			return one.Code
		}
	}
	r.fault(column, "area")
	return ""
}

// readItem reads a row as a check item.
func readItem(no int, row sheet.Row) (CheckItem, []sheet.Fault) {
	r := read(no, row, Items)
	it := CheckItem{ID: r.text["id"], Name: r.text["name"], Method: r.text["method"], Basis: r.text["basis"], Subject: r.text["subject"]}
	switch r.text["kind"] {
	case "重点", "重点检查事项", "key":
		it.Key = true
	case "一般", "一般检查事项", "general", "":
	default:
		r.fault("kind", "kind")
	}
	if strings.ContainsAny(it.ID, "/ ") {
		r.fault("id", "characters")
	}
	return it, r.faults
}

// readInspector reads a row as an inspector of a register.
func readInspector(no int, row sheet.Row, register string) (Inspector, []sheet.Fault) {
	r := read(no, row, Inspectors)
	one := Inspector{ID: r.text["id"], Name: r.text["name"], Login: r.text["login"], Fields: r.words("fields")}
	if text := r.text["until"]; text != "" {
		d, err := workday.ParseDate(strings.ReplaceAll(text, "/", "-"))
		if err != nil {
			r.fault("until", "date")
		}
		one.Until = d
	}
	for _, text := range r.words("areas") {
		if code := r.area("areas", text, register); code != "" {
			one.Areas = append(one.Areas, code)
		}
	}
	for _, text := range r.words("barred") {
		one.Barred = append(one.Barred, r.code("barred", text))
	}
	return one, r.faults
}

// readObject reads a row as an object of a register. Its name is one that a case can be opened against: what is found there may be handed
// over to who enforces.
func readObject(no int, row sheet.Row, register string) (Object, []sheet.Fault) {
	r := read(no, row, Objects)
	o := Object{Party: r.code("party", r.text["party"]), Name: r.text["name"], Area: r.area("area", r.text["area"], register), Address: r.text["address"], Industry: r.text["industry"]}
	if o.Name != "" && unfit(o.Name) {
		r.fault("name", "firm")
	}
	return o, r.faults
}

// unfit reports whether a name cannot be that of a firm in a case.
func unfit(name string) bool {
	fault, _ := (caseflow.Party{Kind: caseflow.KindOrganisation, Name: name}).NameFault()
	return fault != ""
}
