package hall

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// officeForm is what the id of a new department looks like.
var officeForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)

// What may be wrong with a reform, by its code.
var reformFaults = map[string]caseflow.Text{
	"office.unknown": {ZH: "本地区没有这个部门。并入新设的部门时，请同时填写它的名称。", EN: "The region has no such department. To merge into a new one, give its name too."},
	"office.gone":    {ZH: "这个部门已经并入其他部门，不能再调整。", EN: "This department has been merged into another one and cannot be changed any more."},
	"office.self":    {ZH: "部门不能并入自己。", EN: "A department is not merged into itself."},
	"office.many":    {ZH: "一次最多并入 20 个部门，每个只选一次。", EN: "Choose at most 20 departments, each once."},
	"office.pending": {ZH: "这个部门还有一项没有生效的机构调整，请先处理完那一项。", EN: "Another reform of this department is not in force yet. Settle that one first."},
	"office.id":      {ZH: "部门代码用小写字母开头，只含小写字母、数字和连字符，2 到 40 个字符。", EN: "The id begins with a small letter and has 2 to 40 small letters, digits and hyphens."},
	"office.short":   {ZH: "简称不超过 12 个字，英文简称不超过 40 个字母。", EN: "The short name has at most 12 characters, in English 40."},
	"office.name":    {ZH: "请填写部门名称，不超过 100 个字。", EN: "Give the name, at most 100 characters."},
	"office.same":    {ZH: "名称没有变化，请填写新的名称。", EN: "The name is as it was. Give the new one."},
	"office.taken":   {ZH: "本地区另一个部门正在使用这个名称。", EN: "Another department of the region has this name."},
	"reform.basis":   {ZH: "请填写调整依据（文件名称和文号），不超过 200 个字。", EN: "Give the document that orders it, at most 200 characters."},
	"reform.day":     {ZH: "请填写今天或者以后一年以内的日期。", EN: "Give today or a day within a year from now."},
	"reform.stay":    {ZH: "名单中有人不是被并入部门的工作人员。", EN: "Somebody on the list is no official of a department that goes."},
}

// reformCheck collects what is wrong.
type reformCheck struct {
	region string
	known  []Department
	all    []store.Reform
	faults []caseflow.FieldFault
}

func (c *reformCheck) fault(field, code string) {
	c.faults = append(c.faults, caseflow.FieldFault{Field: field, Code: code, Text: reformFaults[code]})
}

func (c *reformCheck) find(id string) *Department {
	if i := slices.IndexFunc(c.known, func(d Department) bool { return d.ID == id }); i >= 0 {
		return &c.known[i]
	}
	return nil
}

// pending reports whether a reform that does not count yet speaks of a department.
func (c *reformCheck) pending(id string) bool {
	return slices.ContainsFunc(c.all, func(r store.Reform) bool {
		waits := r.State == store.ReformProposed || r.State == store.ReformAgreed
		return waits && r.Region == c.region && (r.Target == id || slices.ContainsFunc(r.Gone, func(o store.Office) bool { return o.ID == id }))
	})
}

// usable finds a department that may still be reformed.
func (c *reformCheck) usable(field, id string) *Department {
	d := c.find(id)
	switch {
	case d == nil:
		c.fault(field, "office.unknown")
	case d.Into != "":
		c.fault(field, "office.gone")
	case c.pending(id):
		c.fault(field, "office.pending")
	default:
		return d
	}
	return nil
}

// newReform checks a reform. A refusal names every field that is wrong; ErrNotFound for who may not propose.
func (h *Hall) newReform(ctx context.Context, by caseflow.Actor, n NewReform) (*store.Reform, error) {
	if !access.May(by, access.DepartmentReform, access.Resource{Region: n.Region}).Allow || !knownRegion(n.Region) {
		return nil, ErrNotFound
	}
	if err := h.FollowReforms(ctx); err != nil {
		return nil, err
	}
	accounts, err := h.store.ListOfficials(ctx, n.Region)
	if err != nil {
		return nil, fmt.Errorf("officials of %s: %w", n.Region, err)
	}
	c := &reformCheck{region: n.Region, known: h.departmentsIn(n.Region, accounts)}
	if c.all, err = h.store.Reforms(ctx); err != nil {
		return nil, fmt.Errorf("reforms: %w", err)
	}
	r := &store.Reform{Region: n.Region, State: store.ReformProposed, Target: strings.TrimSpace(n.Target), Basis: strings.TrimSpace(n.Basis), By: by.ID, At: h.Now(),
		Name: caseflow.Text{ZH: strings.TrimSpace(n.Name.ZH), EN: strings.TrimSpace(n.Name.EN)}, Short: caseflow.Text{ZH: strings.TrimSpace(n.Short.ZH), EN: strings.TrimSpace(n.Short.EN)}, Stay: slices.Compact(slices.Sorted(slices.Values(n.Stay)))}
	c.goes(r, n.Gone)
	if c.faults == nil {
		c.target(r)
	}
	c.stay(r, accounts)
	if r.Basis == "" || len([]rune(r.Basis)) > maxBasis {
		c.fault("basis", "reform.basis")
	}
	if today := workday.DateOf(r.At); n.From != 0 && (n.From < today || n.From > today+maxAhead) {
		c.fault("from", "reform.day")
	} else if n.From > today {
		r.From = n.From.Start()
	}
	if c.faults != nil {
		return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: c.faults}
	}
	return r, nil
}

// goes checks the departments that are to go.
func (c *reformCheck) goes(r *store.Reform, ids []string) {
	if len(ids) > maxGone || len(slices.Compact(slices.Sorted(slices.Values(ids)))) < len(ids) {
		c.fault("gone", "office.many")
		return
	}
	for _, id := range ids {
		if id == r.Target {
			c.fault("gone", "office.self")
			continue
		}
		if d := c.usable("gone", id); d != nil {
			r.Gone = append(r.Gone, store.Office{ID: id, Name: d.Name})
		}
	}
}

// target checks the department that goes on, or is new.
func (c *reformCheck) target(r *store.Reform) {
	named := r.Name != caseflow.Text{}
	fresh := c.find(r.Target) == nil && len(r.Gone) > 0 && named
	switch {
	case fresh && !officeForm.MatchString(r.Target):
		c.fault("target", "office.id")
	case fresh && c.pending(r.Target):
		c.fault("target", "office.pending")
	case !fresh:
		d := c.usable("target", r.Target)
		if d == nil {
			return
		}
		if r.Was = d.Name; !named {
			r.Name = d.Name
		}
	}
	same := func(d Department) bool {
		return d.ID != r.Target && d.Into == "" && d.Name.ZH == r.Name.ZH && !slices.ContainsFunc(r.Gone, func(o store.Office) bool { return o.ID == d.ID })
	}
	if utf8.RuneCountInString(r.Short.ZH) > maxShort || utf8.RuneCountInString(r.Short.EN) > maxShortEnglish || strings.ContainsFunc(r.Short.ZH+r.Short.EN, unicode.IsControl) {
		c.fault("short", "office.short")
	}
	switch {
	case r.Name.ZH == "" || len([]rune(r.Name.ZH)) > maxOffice || len([]rune(r.Name.EN)) > maxOffice || strings.ContainsFunc(r.Name.ZH+r.Name.EN, unicode.IsControl):
		c.fault("name", "office.name")
	case len(r.Gone) == 0 && r.Name == r.Was:
		c.fault("name", "office.same")
	case slices.ContainsFunc(c.known, same):
		c.fault("name", "office.taken")
	}
}

// stay checks who is not to go over.
func (c *reformCheck) stay(r *store.Reform, accounts []store.Account) {
	for _, id := range r.Stay {
		i := slices.IndexFunc(accounts, func(a store.Account) bool { return a.ID == id })
		if i < 0 || !slices.ContainsFunc(r.Gone, func(o store.Office) bool { return o.ID == accounts[i].Department }) {
			c.fault("stay", "reform.stay")
			return
		}
	}
}
