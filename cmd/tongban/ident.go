package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
)

// identCommand checks identifiers.
type identCommand struct {
	Check identCheckCommand `cmd:"" help:"Check a code. Exit 0 if it is valid; 1 if not, with what is wrong on standard error."`
}

type identCheckCommand struct {
	Code string `arg:"" help:"What to check."`
	As   string `default:"auto" enum:"auto,uscc,org,citizen,phone,region,industry" help:"auto, uscc, org, citizen, phone, region or industry."`
	JSON bool   `name:"json" help:"Print all of it as JSON."`
	Lang string `default:"zh" enum:"zh,en" env:"TONGBAN_LANG" help:"Language of the fault: zh or en."`
}

// checked is what was found out about a code.
type checked struct {
	Kind      string            `json:"kind"`
	Valid     bool              `json:"valid"`
	Canonical string            `json:"canonical,omitempty"`
	Parts     map[string]string `json:"parts,omitempty"`
	Warnings  []string          `json:"warnings,omitempty"`
	Fault     string            `json:"fault,omitempty"`
	Code      string            `json:"code,omitempty"`
}

// Run prints the canonical form and its parts, or what is wrong.
func (c identCheckCommand) Run(w *world) error {
	kind := c.As
	if kind == "auto" {
		kind = guess(c.Code)
	}
	got, err := check(kind, c.Code, c.Lang, w.now())
	if ident.Normalise(c.Code) == "" {
		err = errors.New(said("nothing", c.Lang))
	}
	got.Kind, got.Valid = kind, err == nil
	var fault *ident.Fault
	switch {
	case errors.As(err, &fault):
		got.Fault, got.Code = fault.Text(c.Lang), fault.Code
	case err != nil:
		got.Fault = err.Error()
	}
	if c.JSON {
		if err := json.NewEncoder(w.out).Encode(got); err != nil {
			return err
		}
	}
	if err != nil {
		fmt.Fprintln(w.err, got.Fault)
		return errNo
	}
	if c.JSON {
		return nil
	}
	var b strings.Builder
	fmt.Fprintln(&b, got.Canonical, kind)
	for _, k := range sortedKeys(got.Parts) {
		fmt.Fprintf(&b, "  %s%s%s\n", said(k, c.Lang), said("colon", c.Lang), got.Parts[k])
	}
	for _, warning := range got.Warnings {
		fmt.Fprintf(&b, "  %s%s%s\n", said("warning", c.Lang), said("colon", c.Lang), warning)
	}
	_, err = fmt.Fprint(w.out, b.String())
	return err
}

// said is a word of this command in the language asked for. The keys of the parts are those of the JSON.
func said(key, lang string) string {
	w, ok := map[string][2]string{
		"colon": {"：", ": "}, "warning": {"提示", "warning"}, "authority": {"登记管理部门代码", "authority"}, "category": {"机构类别代码", "category"},
		"region": {"行政区划", "region"}, "organisation code": {"组织机构代码", "organisation code"}, "birth": {"出生日期", "birth"},
		"sex": {"性别", "sex"}, "kind": {"种类", "kind"}, "name": {"名称", "name"}, "full name": {"全称", "full name"},
		"no-region":   {"本程序的行政区划表和服务区域中没有代码 %.20q。表中有各省，以及陕西省各市、县", "no region has the code %.20q in the tables that are built in, and no service area: they hold all provinces, and the cities and counties of Shaanxi"},
		"nothing":     {"没有要检查的代码", "there is no code to check"},
		"no-industry": {"国民经济行业分类（GB/T 4754）中没有门类或大类代码 %.20q", "no section or division of GB/T 4754 has the code %.20q"},
	}[key]
	switch {
	case !ok:
		return key
	case lang == "en":
		return w[1]
	}
	return w[0]
}

// checkRegionCode finds a unit of GB/T 2260, or a service area such as yangling.
func checkRegionCode(s, lang string) (checked, error) {
	code := strings.ToLower(ident.Normalise(s))
	r, ok := regionByCode(code)
	if !ok {
		return checked{}, fmt.Errorf(said("no-region", lang), s)
	}
	full := ident.Administrative().FullName(code)
	if full == "" {
		full = ident.Service().FullName(code)
	}
	return checked{Canonical: r.Code, Parts: map[string]string{"name": r.Name, "full name": full}}, nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// guess tells by the length what kind of code was meant.
func guess(s string) string {
	n := ident.Normalise(s)
	plain := strings.ReplaceAll(n, "-", "")
	letters := strings.ContainsFunc(strings.TrimSuffix(plain, "X"), func(r rune) bool { return r >= 'A' && r <= 'Z' })
	if _, area := ident.Service().ByCode(strings.ToLower(n)); area {
		return "region"
	}
	switch {
	case strings.HasPrefix(n, "+"):
		return "phone"
	case len(plain) == 18 && !letters && !strings.HasPrefix(plain, "9") || len(plain) == 15 && !letters:
		return "citizen"
	case len(plain) >= 16:
		return "uscc"
	case len(plain) == 9 && !strings.HasPrefix(n, "0"):
		return "org"
	case len(plain) == 6 && !letters:
		return "region"
	case len(plain) <= 3, len(plain) <= 5 && letters:
		return "industry"
	}
	return "phone"
}

func check(kind, s, lang string, now time.Time) (checked, error) {
	switch kind {
	case "uscc":
		code, err := ident.ParseCreditCode(s)
		if err != nil {
			return checked{}, err
		}
		got := checked{Canonical: string(code), Parts: map[string]string{
			"authority": string(code.Authority()), "category": string(code.Category()), "region": code.Region(),
			"organisation code": code.OrgCode().Format(),
		}}
		for _, f := range code.Warnings() {
			got.Warnings = append(got.Warnings, f.Text(lang))
		}
		return got, nil
	case "org":
		code, err := ident.ParseOrgCode(s)
		if err != nil {
			return checked{}, err
		}
		return checked{Canonical: code.Format()}, nil
	case "citizen":
		return checkCitizen(s, lang, now)
	case "phone":
		p, err := ident.ParsePhone(s)
		return checked{Canonical: p.E164, Parts: map[string]string{"kind": string(p.Kind)}}, err
	case "region":
		return checkRegionCode(s, lang)
	default:
		i, ok := ident.IndustryByCode(s)
		if !ok {
			return checked{}, fmt.Errorf(said("no-industry", lang), s)
		}
		return checked{Canonical: i.Code, Parts: map[string]string{"name": i.Name}}, nil
	}
}

func checkCitizen(s, lang string, now time.Time) (checked, error) {
	id, err := ident.ParseCitizenID(s, now)
	var fault *ident.Fault
	if errors.As(err, &fault) && fault.Code == "citizen.old" {
		id, err = ident.UpgradeCitizenID(s, now)
	}
	if err != nil {
		return checked{}, err
	}
	return checked{Canonical: id.Reveal(), Parts: map[string]string{"region": id.Region(), "birth": id.Birth().Format("2006-01-02"), "sex": id.Sex().Text(lang)}}, nil
}
