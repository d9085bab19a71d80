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
	PaperGranted     = "granted"      // 准予行政许可决定书 of a licence; other kinds of items call it otherwise
	PaperRefusedPart = "refused-part" // of one item of a bundle, while the others go on
	PaperDeclined    = "declined"     // 不予受理
	PaperRefused     = "refused"      // 不予行政许可决定书, likewise
	PaperRevoked     = "revoked"      // 撤销
	PaperDelivery    = "delivery"     // 送达回证
	PaperPromise     = "promise"      // 承诺书, which the applicant signs for a deferral
	PaperClosed      = "closed"       // 办结通知
	PaperLicence     = "licence"      // a licence itself; it has the number and the code of the licence
)

// paperWord is the word in the number of a paper: 渭南市受〔2026〕7号 has 受.
var paperWord = map[string]string{
	PaperReceipt: "收", PaperCorrection: "补", PaperAcceptance: "受", PaperDeferral: "容", PaperExtension: "延", PaperStop: "特",
	PaperGranted: "办", PaperRefusedPart: "不办", PaperDeclined: "不受", PaperRefused: "不办", PaperRevoked: "撤", PaperDelivery: "送",
	PaperPromise: "诺", PaperClosed: "结", PaperLicence: "证",
}

// decisionWord is the word in the number of a decision, by the kind of the item; "不" before it refuses. Any other kind has 办.
var decisionWord = map[string]string{
	"licensing": "许", "confirmation": "确", "payment": "给", "reward": "奖", "ruling": "裁", "inspection": "检",
	caseflow.KindPenalty: "罚", "coercion": "强", "collection": "征",
}

// wordOf is the word in the number of a paper of an item of a kind.
func wordOf(kind, item string) string {
	word := decisionWord[item]
	switch {
	case word == "":
	case kind == PaperGranted:
		return word
	case kind == PaperRefused:
		return "不" + word
	}
	return paperWord[kind]
}

// Paper is one paper that a case has come to.
type Paper struct {
	Kind       string
	Of         string            // kind of the item, after which a decision is called
	Part       *caseflow.Part    // of PaperRefusedPart
	Licence    *caseflow.Licence // of PaperLicence
	Department string            // whose seal it bears
	Number     string
	At         time.Time
	Ground     *caseflow.GroundUsed // of a decision against the applicant
}

// Name is the paper's name in addresses, unique within its case.
func (p *Paper) Name() string {
	switch {
	case p.Part != nil:
		return PaperRefused + "-" + string(p.Part.ID)
	case p.Licence != nil:
		return PaperLicence + "-" + p.Licence.No
	}
	return p.Kind
}

// PaperKind is the kind of the paper that a name in an address means; "" if no paper of any case is called so.
func PaperKind(name string) string {
	part, ofPart := strings.CutPrefix(name, PaperRefused+"-")
	no, ofLicence := strings.CutPrefix(name, PaperLicence+"-")
	switch {
	case ofPart && part != "":
		return PaperRefusedPart
	case ofLicence && no != "":
		return PaperLicence
	case paperWord[name] != "":
		return name
	}
	return ""
}

// paperNumber is the number of a paper of the case, with the serial that the paper has: 渭南市受〔2026〕7号.
func paperNumber(c *caseflow.Case, it *caseflow.Item, kind string, at time.Time, serial string) string {
	region := c.Region
	if r, ok := ident.Service().ByCode(c.Region); ok {
		region = r.Name
	}
	year, _, _ := workday.DateOf(at).Civil()
	return fmt.Sprintf("%s%s〔%d〕%s号", region, wordOf(kind, it.Kind), year, serial)
}

// Papers lists the papers that the case has come to, in the order in which they are given.
func Papers(c *caseflow.Case, it *caseflow.Item) []Paper {
	var list []Paper
	add := func(come bool, kind string, at time.Time) {
		if come {
			list = append(list, Paper{Kind: kind, Of: it.Kind, Department: it.Department, Number: paperNumber(c, it, kind, at, fmt.Sprint(c.Serial)), At: at})
		}
	}
	add(!c.Submitted.IsZero(), PaperReceipt, handedIn(c))
	if c.Correction != nil {
		add(true, PaperCorrection, c.Correction.At)
	}
	add(!c.Accepted.IsZero(), PaperAcceptance, c.Accepted)
	add(len(c.Commitments) > 0 && !c.Submitted.IsZero(), PaperDeferral, handedIn(c))
	add(len(c.Commitments) > 0 && !c.Submitted.IsZero(), PaperPromise, handedIn(c))
	if k := c.Clock(caseflow.ClockStatutory); k != nil && k.Extended != nil {
		add(true, PaperExtension, k.Extended.At)
	}
	if n := special(c); n > 0 {
		at := c.Stops[n-1].From
		list = append(list, Paper{Kind: PaperStop, Department: it.Department, At: at, Number: paperNumber(c, it, PaperStop, at, nth(c.Serial, n))})
	}
	add(!c.Decided.IsZero() && c.Phase != caseflow.PhaseRefused, PaperGranted, c.Decided)
	list = append(list, Decisions(c, it)...)
	if n := len(c.Deliveries); n > 0 {
		at := c.Deliveries[n-1].At
		list = append(list, Paper{Kind: PaperDelivery, Department: it.Department, At: at, Number: paperNumber(c, it, PaperDelivery, at, nth(c.Serial, n))})
	}
	add(c.Phase == caseflow.PhaseClosed, PaperClosed, c.Ended)
	for i := range c.Licences {
		l := &c.Licences[i]
		list = append(list, Paper{Kind: PaperLicence, Licence: l, Department: Issuer(l, it), Number: l.No, At: l.Issued})
	}
	return list
}

// handedIn is when the request was last handed in: a correction is acknowledged like the request itself.
func handedIn(c *caseflow.Case) time.Time {
	if c.Correction != nil && c.Correction.Done.After(c.Submitted) {
		return c.Correction.Done
	}
	return c.Submitted
}

// nth tells a second paper of a kind from the first by its number: 7号, 7-2号.
func nth(serial int64, n int) string {
	if n == 1 {
		return fmt.Sprint(serial)
	}
	return fmt.Sprintf("%d-%d", serial, n)
}

// Issuer is the department whose step issued the licence, or that decides its part.
func Issuer(l *caseflow.Licence, it *caseflow.Item) string {
	if p := it.PartByID(l.Part); p != nil {
		return p.Department
	}
	if st := it.StepByID(l.Step); st != nil && st.By.Department != "" {
		return st.By.Department
	}
	return it.Department
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
			Number: paperNumber(c, it, PaperRefusedPart, at, fmt.Sprintf("%d-%d", c.Serial, i+1))})
	}
	kind := map[caseflow.Phase]string{caseflow.PhaseDeclined: PaperDeclined, caseflow.PhaseRefused: PaperRefused,
		caseflow.PhaseRevoked: PaperRevoked}[c.Phase]
	if kind != "" && c.Ground != nil {
		list = append(list, Paper{Kind: kind, Of: it.Kind, Department: it.Department, At: c.Ended, Ground: c.Ground,
			Number: paperNumber(c, it, kind, c.Ended, fmt.Sprint(c.Serial))})
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

// special is the number of the latest special procedure; 0 if there was none.
func special(c *caseflow.Case) int {
	for n := len(c.Stops); n > 0; n-- {
		if c.Stops[n-1].Special() {
			return n
		}
	}
	return 0
}
