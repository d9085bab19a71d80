package hall

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// The kinds of papers. Each is owed in writing, with the office's seal and a date (行政许可法 art. 32, 38, 42, 44, 45).
const (
	PaperReceipt     = "receipt"      // 收件凭证
	PaperCorrection  = "correction"   // 补正材料一次性告知书
	PaperAcceptance  = "acceptance"   // 受理通知书
	PaperDeferral    = "deferral"     // 容缺受理通知书
	PaperExtension   = "extension"    // 延期告知书
	PaperStop        = "stop"         // 特别程序告知书
	PaperGranted     = "granted"      // 准予行政许可决定书
	PaperRefusedPart = "refused-part" // of one item of a bundle, while the others go on
	PaperDeclined    = "declined"     // 不予受理
	PaperRefused     = "refused"      // 不予许可
	PaperRevoked     = "revoked"      // 撤销
	PaperDelivery    = "delivery"     // 送达回证
)

// paperWord is the word in the number of a paper: 渭南市受〔2026〕7号 has 受.
var paperWord = map[string]string{
	PaperReceipt: "收", PaperCorrection: "补", PaperAcceptance: "受", PaperDeferral: "容", PaperExtension: "延", PaperStop: "特",
	PaperGranted: "许", PaperRefusedPart: "不办", PaperDeclined: "不受", PaperRefused: "不许", PaperRevoked: "撤", PaperDelivery: "送",
}

// Paper is one paper that a case has come to.
type Paper struct {
	Kind       string
	Part       *caseflow.Part // of PaperRefusedPart
	Department string         // whose seal it bears
	Number     string
	At         time.Time
	Ground     *caseflow.GroundUsed // of a decision against the applicant
}

// Name is the paper's name in addresses, unique within its case.
func (p *Paper) Name() string {
	if p.Part != nil {
		return PaperRefused + "-" + string(p.Part.ID)
	}
	return p.Kind
}

// PaperKind is the kind of the paper that a name in an address means; "" if no paper of any case is called so.
func PaperKind(name string) string {
	switch part, ofPart := strings.CutPrefix(name, PaperRefused+"-"); {
	case ofPart && part != "":
		return PaperRefusedPart
	case paperWord[name] != "":
		return name
	}
	return ""
}

// PaperNumber is the number that a paper of the case has, or will have: 渭南市受〔2026〕7号.
func PaperNumber(c *caseflow.Case, kind string, at time.Time) string {
	return paperNumber(c, kind, at, fmt.Sprint(c.Serial))
}

func paperNumber(c *caseflow.Case, kind string, at time.Time, serial string) string {
	region := c.Region
	if r, ok := ident.Service().ByCode(c.Region); ok {
		region = r.Name
	}
	year, _, _ := workday.DateOf(at).Civil()
	return fmt.Sprintf("%s%s〔%d〕%s号", region, paperWord[kind], year, serial)
}

// Papers lists the papers that the case has come to, in the order in which they are given.
func Papers(c *caseflow.Case, it *caseflow.Item) []Paper {
	var list []Paper
	add := func(come bool, kind string, at time.Time) {
		if come {
			list = append(list, Paper{Kind: kind, Department: it.Department, Number: PaperNumber(c, kind, at), At: at})
		}
	}
	add(!c.Submitted.IsZero(), PaperReceipt, c.Submitted)
	if c.Correction != nil {
		add(true, PaperCorrection, c.Correction.At)
	}
	add(!c.Accepted.IsZero(), PaperAcceptance, c.Accepted)
	add(len(c.Commitments) > 0 && !c.Submitted.IsZero(), PaperDeferral, c.Submitted)
	if k := c.Clock(caseflow.ClockStatutory); k != nil && k.Extended != nil {
		add(true, PaperExtension, k.Extended.At)
	}
	if n := len(c.Stops); n > 0 {
		add(true, PaperStop, c.Stops[n-1].From)
	}
	add(!c.Decided.IsZero() && c.Phase != caseflow.PhaseRefused, PaperGranted, c.Decided)
	list = append(list, Decisions(c, it)...)
	if n := len(c.Deliveries); n > 0 {
		add(true, PaperDelivery, c.Deliveries[n-1].At)
	}
	return list
}

// PaperNamed finds one paper of the case by its name; nil if the case has not come to it.
func PaperNamed(c *caseflow.Case, it *caseflow.Item, name string) *Paper {
	list := Papers(c, it)
	if i := slices.IndexFunc(list, func(p Paper) bool { return p.Name() == name }); i >= 0 {
		return &list[i]
	}
	return nil
}

// Decisions lists the papers of decisions against the applicant, those on parts first: each is told in writing with its reason
// and the ways to have it reviewed (行政许可法 art. 38(2)). A part whose refusal has refused the whole is not listed beside it.
func Decisions(c *caseflow.Case, it *caseflow.Item) []Paper {
	var list []Paper
	for i := range c.Parts {
		p := &c.Parts[i]
		def := it.PartByID(p.ID)
		if p.State != caseflow.PartRefused || p.Ground == nil || def == nil {
			continue
		}
		at := refusedAt(c, it, p.ID)
		if c.Phase == caseflow.PhaseRefused && at.Equal(c.Ended) {
			continue
		}
		list = append(list, Paper{Kind: PaperRefusedPart, Part: def, Department: def.Department, At: at, Ground: p.Ground,
			Number: paperNumber(c, PaperRefusedPart, at, fmt.Sprintf("%d-%d", c.Serial, i+1))})
	}
	kind := map[caseflow.Phase]string{caseflow.PhaseDeclined: PaperDeclined, caseflow.PhaseRefused: PaperRefused,
		caseflow.PhaseRevoked: PaperRevoked}[c.Phase]
	if kind != "" && c.Ground != nil {
		list = append(list, Paper{Kind: kind, Department: it.Department, Number: PaperNumber(c, kind, c.Ended), At: c.Ended, Ground: c.Ground})
	}
	return list
}

// refusedAt is when the last step of a refused part was given its outcome.
func refusedAt(c *caseflow.Case, it *caseflow.Item, part caseflow.PartID) time.Time {
	var at time.Time
	for i := range c.Steps {
		st := &c.Steps[i]
		if def := it.StepByID(st.ID); def != nil && def.Part == part && st.State == caseflow.StepDone && st.Done.After(at) {
			at = st.Done
		}
	}
	return at
}
