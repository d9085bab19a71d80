package pack

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// The sentences say what to mend, name the question, and never repeat what was typed.

var (
	textNotForm = caseflow.Text{ZH: "提交的内容读不出来，请刷新页面后重新提交。", EN: "What was sent cannot be read. Reload the page and send it again."}
	textShape   = caseflow.Text{ZH: "这一项的内容形式不对，请按表单重新填写。", EN: "This is not of the form that is asked for. Fill it in again as the form has it."}
	textUnknown = caseflow.Text{ZH: "表单没有这一项，请去掉后再提交。", EN: "The form has no such field. Remove it and send again."}
)

// chosen are the widgets that are answered by choosing.
var chosen = []string{"radio", "checkbox", "select", "region", "industry"}

func textRequired(f *caseflow.Field) caseflow.Text {
	switch {
	case f.Widget == "list":
		return caseflow.Text{ZH: "请至少添加一行：" + f.Label.ZH + "。", EN: "Add at least one row: " + f.Label.In("en") + "."}
	case slices.Contains(chosen, f.Widget):
		return caseflow.Text{ZH: "请选择" + f.Label.ZH + "。", EN: "Choose: " + f.Label.In("en") + "."}
	}
	return caseflow.Text{ZH: "请填写" + f.Label.ZH + "。", EN: "Enter: " + f.Label.In("en") + "."}
}

func rowLabel(list caseflow.Text, i int, q caseflow.Text) caseflow.Text {
	return caseflow.Text{ZH: fmt.Sprintf("%s第 %d 行的%s", list.ZH, i+1, q.ZH), EN: fmt.Sprintf("%s, row %d, %s", list.In("en"), i+1, q.In("en"))}
}

func textRow(list caseflow.Text, i int) caseflow.Text {
	return caseflow.Text{ZH: fmt.Sprintf("请重新填写%s第 %d 行。", list.ZH, i+1), EN: fmt.Sprintf("Fill in row %d of %s again.", i+1, list.In("en"))}
}

// schemaFault turns a finding of the schema into a code and a sentence.
func schemaFault(k jsonschema.ErrorKind, f *caseflow.Field, label caseflow.Text) (string, caseflow.Text) {
	say := func(zh, en string, args ...any) caseflow.Text {
		return caseflow.Text{ZH: label.ZH + fmt.Sprintf(zh, args...), EN: label.In("en") + fmt.Sprintf(en, args...)}
	}
	switch k := k.(type) {
	case *kind.Type:
		if slices.Contains(k.Want, "integer") || slices.Contains(k.Want, "number") {
			return "type", say("应为数字，请只填数字。", ": enter a number.")
		}
		return "type", say("的内容不对，请重新填写。", ": fill in again.")
	case *kind.Enum, *kind.Const:
		return "enum", say("：请从给出的选项中选择。", ": choose one of the answers given.")
	case *kind.MinLength:
		return "length", say("至少 %d 个字，现在是 %d 个。", " needs at least %d characters, not %d.", k.Want, k.Got)
	case *kind.MaxLength:
		return "length", say("最多 %d 个字，现在是 %d 个，请缩短。", " may have at most %d characters, not %d. Shorten it.", k.Want, k.Got)
	case *kind.MinItems:
		return "items", say("至少要有 %d 项。", " needs at least %d.", k.Want)
	case *kind.MaxItems:
		return "items", say("最多 %d 项，现在是 %d 项。", " may have at most %d, not %d.", k.Want, k.Got)
	case *kind.UniqueItems:
		return "items", say("里第 %d 项与第 %d 项重复，请删去一项。", ": items %d and %d are the same. Remove one.", k.Duplicates[0]+1, k.Duplicates[1]+1)
	case *kind.Minimum:
		return "range", say("不能小于 %s。", " must not be less than %s.", k.Want.RatString())
	case *kind.Maximum:
		return "range", say("不能大于 %s。", " must not be more than %s.", k.Want.RatString())
	case *kind.MultipleOf:
		return "range", say("应为 %s 的倍数。", " must be a multiple of %s.", k.Want.RatString())
	case *kind.Pattern:
		if f.Wrong.ZH != "" {
			return "pattern", f.Wrong
		}
	case *kind.AdditionalProperties:
		return "unknown", textUnknown
	}
	if f.Hint.ZH != "" {
		return "pattern", caseflow.Text{
			ZH: label.ZH + "的写法不对。" + f.Hint.ZH, EN: label.In("en") + " is not written as it should be. " + f.Hint.In("en"),
		}
	}
	return "pattern", say("的写法不对，请核对后重新填写。", " is not written as it should be. Check it and enter it again.")
}

var emailForm = regexp.MustCompile(`^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$`)

// formatFault judges a text by its format; bad is false if nothing is wrong.
func formatFault(format, s string, siblings map[string]any, label caseflow.Text, today workday.Date) (code string, text caseflow.Text, bad bool) {
	switch format {
	case "email":
		if !emailForm.MatchString(strings.TrimSpace(s)) {
			return "email", caseflow.Text{ZH: label.ZH + "的写法不对，应像 name@example.cn。", EN: label.In("en") + " is not an address such as name@example.cn."}, true
		}
	case "date":
		if _, err := workday.ParseDate(strings.TrimSpace(s)); err != nil {
			return "date", caseflow.Text{ZH: label.ZH + "应写成年-月-日，如 2026-11-23，并且是日历上有的日子。", EN: label.In("en") + " must be a date that exists, as year-month-day: 2026-11-23."}, true
		}
	case "region":
		if _, ok := ident.RegionByCode(ident.Normalise(s)); !ok {
			return "region", caseflow.Text{ZH: "请从列表中选择" + label.ZH + "。", EN: "Choose from the list: " + label.In("en") + "."}, true
		}
	case "industry":
		_, section := ident.IndustryByCode(ident.Normalise(s))
		_, class := ident.IndustryOfClass(ident.Normalise(s))
		if !section && !class {
			return "industry", caseflow.Text{ZH: label.ZH + "：请从国民经济行业分类中选择。", EN: label.In("en") + ": choose from the national classification of industries."}, true
		}
	default:
		return identFault(format, s, siblings, label, today)
	}
	return "", caseflow.Text{}, false
}

// identFault judges identifiers; package ident says which character is wrong and how.
func identFault(format, s string, siblings map[string]any, label caseflow.Text, today workday.Date) (string, caseflow.Text, bool) {
	now := today.Start()
	var err error
	switch format {
	case "credit-code":
		_, err = ident.ParseCreditCode(s)
	case "citizen-id":
		_, err = ident.ParseCitizenID(s, now)
	case "document-no":
		err = documentFault(s, siblings, now)
	case "phone":
		_, err = ident.ParsePhone(s)
	case "person-name":
		_, err = ident.Name(s)
	case "money":
		_, err = ident.ParseYuan(s)
	}
	var fault *ident.Fault
	if !errors.As(err, &fault) {
		return "", caseflow.Text{}, false
	}
	return fault.Code, caseflow.Text{ZH: label.ZH + "：" + fault.Text("zh"), EN: label.In("en") + ": " + fault.Text("en")}, true
}

// documentFault judges a document number by the type that stands beside it as docType; a resident identity card if none.
func documentFault(s string, siblings map[string]any, now time.Time) error {
	typ, _ := siblings["docType"].(string)
	if typ == "" {
		typ = string(ident.DocResidentID)
	}
	_, err := ident.Check(ident.Document{Type: ident.DocType(typ), No: s}, now)
	return err
}
