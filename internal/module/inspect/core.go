package inspect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/workday"
)

// CheckItem is a check item (抽查事项): what is looked at, on which ground.
type CheckItem struct {
	Department string `json:"department"`
	ID         string `json:"id"`
	Name       string `json:"name"`
	Key        bool   `json:"key"` // 重点检查事项; else 一般检查事项
	Method     string `json:"method"`
	Basis      string `json:"basis"`
	Subject    string `json:"subject"` // what kind of object it is for
}

// Inspector is somebody who may be sent (检查人员).
type Inspector struct {
	ID         string // number of the certificate (执法证号)
	Name       string
	Login      string // of the account that gets the tasks
	Place      string // region and department of the unit
	Department string
	Areas      []string     // where to; none: everywhere
	Until      workday.Date // the certificate is good until
	Fields     []string     // specialities
	Barred     []string     // objects with a conflict of interest (回避)
}

// Object is a company that may be inspected (检查对象).
type Object struct {
	Party    string // credit code
	Name     string
	Area     string // county, GB/T 2260
	Address  string
	Industry string
}

// Tiers of the strata; NoTier is the stratum of objects that have none.
const NoTier = "N"

// Strata lists the tiers that a plan can name, in their order.
func Strata() []string { return []string{"A", "B", "C", "D", NoTier} }

// Terms are the parameters of a plan.
type Terms struct {
	// Items are the check items of one visit, "department/id": those of several departments make a joint inspection (部门联合抽查).
	Items []string `json:"items"`
	// Libraries are the object libraries, "place/department/name"; none: all of the plan's own department.
	Libraries []string `json:"libraries,omitempty"`
	// Units are the units whose inspectors are drawn, "place/department"; none: the plan's own. Of several departments each has somebody
	// on every team.
	Units []string `json:"units,omitempty"`
	Areas []string `json:"areas,omitempty"` // counties; none: all
	// Ratios say how many in ten thousand of each tier are drawn, rounded up; a tier that is not named is not drawn. None: Total of all alike.
	Ratios map[string]int64 `json:"ratios,omitempty"`
	Total  int64            `json:"total,omitempty"`
	// Team is how many inspectors go (行政处罚法 art. 42: at least two); Specialists how many of them are certified for Field.
	Team        int64  `json:"team"`
	Specialists int64  `json:"specialists,omitempty"`
	Field       string `json:"field,omitempty"`
	Cap         int64  `json:"cap"`      // objects for one inspector
	Together    int64  `json:"together"` // how often the same two go together
	// Visits is how often one company is visited in a year at most, by all departments together; 0 is no limit.
	Visits int64 `json:"visits,omitempty"`
}

// Rounds is what is drawn of a year's ratio in each of n rounds, rounded up.
func Rounds(ratio, n int64) int64 { return (ratio + n - 1) / n }

// departments are those of the units of a joint inspection, sorted; none if it is not joint.
func (t *Terms) departments() (list []string) {
	for _, u := range t.Units {
		list = append(list, departmentOf(u))
	}
	slices.Sort(list)
	if list = slices.Compact(list); len(list) < 2 {
		return nil
	}
	return list
}

// departmentOf is the department of a unit, "place/department".
func departmentOf(unit string) string { return unit[strings.LastIndexByte(unit, '/')+1:] }

// Fault names what is wrong with terms: a field of them, and a word of the catalogue. "" if nothing is.
func (t *Terms) Fault() (field, code string) {
	switch {
	case len(t.Items) == 0:
		return "items", "missing"
	case len(t.Ratios) == 0 && t.Total < 1:
		return "ratios", "missing"
	case len(t.Ratios) > 0 && t.Total > 0:
		return "total", "both"
	case t.Team < 2 || t.Team > 10:
		return "team", "team"
	case t.Cap < 1 || t.Cap > 10_000:
		return "cap", "number"
	case t.Together < 1 || t.Together > 10_000:
		return "together", "number"
	case t.Visits < 0 || t.Visits > 366:
		return "visits", "number"
	case t.Specialists < 0 || t.Specialists > t.Team || t.Specialists > 0 && t.Field == "":
		return "specialists", "specialists"
	}
	if n := int64(len(t.departments())); n > t.Team {
		return "team", "departments"
	} else if n > 0 && t.Specialists > 0 {
		return "specialists", "joint"
	}
	for tier, n := range t.Ratios {
		if !slices.Contains(Strata(), tier) || n < 0 || n > 10_000 {
			return "ratios", "ratio"
		}
	}
	return "", ""
}

// Salt is what a plan keeps of a company or an inspector until it is told to them: with it the token can be computed again, without
// it nobody learns whose it is.
func Salt(secret []byte, id string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(id))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Token is the id of a company or an inspector in the record of a draw: the first 32 hexadecimal digits of
// SHA-256("tongban.inspect/1 token" || 0x0a || salt || 0x0a || id), salt in hexadecimal.
func Token(salt, id string) string {
	sum := sha256.Sum256([]byte("tongban.inspect/1 token\n" + salt + "\n" + id))
	return hex.EncodeToString(sum[:16])
}

// Pool is everything that a draw is made of.
type Pool struct {
	Title      string
	Opens      time.Time
	Sources    []draw.Source
	Terms      Terms
	Secret     []byte
	Objects    []Object          // by party, each once
	Inspectors []Inspector       // by id, each once
	Tiers      map[string]string // by party
	Visited    map[string]int64  // by party: visits of the year, done or due
}

func (p *Pool) token(id string) string { return Token(Salt(p.Secret, id), id) }

// stratum is that of an object.
func (p *Pool) stratum(party string) string {
	if len(p.Terms.Ratios) == 0 {
		return "*"
	}
	if tier := p.Tiers[party]; slices.Contains(Strata(), tier) {
		return tier
	}
	return NoTier
}

// Plan is the plan of the draw, with tokens for names. An object whose tier is not drawn is not in the pool.
func (p *Pool) Plan() draw.Plan {
	out := draw.Plan{Title: p.Title, Opens: p.Opens, Sources: p.Sources,
		Pairing: &draw.Pairing{Team: p.Terms.Team, Specialists: p.Terms.Specialists, Cap: p.Terms.Cap, Together: p.Terms.Together, Groups: p.Terms.departments()}}
	size := map[string]int64{}
	tokens := make(map[string]string, len(p.Objects))
	areas := map[string]bool{}
	for i := range p.Objects {
		o := &p.Objects[i]
		at := p.stratum(o.Party)
		if at != "*" && p.Terms.Ratios[at] == 0 {
			continue
		}
		c := draw.Candidate{ID: p.token(o.Party), Stratum: at, Region: o.Area, Field: p.Terms.Field}
		if n := p.Visited[o.Party]; p.Terms.Visits > 0 && n >= p.Terms.Visits {
			out.Excluded = append(out.Excluded, draw.Exclusion{ID: c.ID, Reason: fmt.Sprintf("本年度已安排检查 %d 次", n)})
		}
		out.Candidates = append(out.Candidates, c)
		tokens[o.Party], areas[o.Area] = c.ID, true
		size[at]++
	}
	if len(p.Terms.Ratios) == 0 {
		out.Strata = []draw.Stratum{{ID: "*", Count: p.Terms.Total}}
	}
	for _, tier := range Strata() {
		if size[tier] > 0 {
			out.Strata = append(out.Strata, draw.Stratum{ID: tier, Per10000: p.Terms.Ratios[tier]})
		}
	}
	for i := range p.Inspectors {
		out.Inspectors = append(out.Inspectors, p.inspector(&p.Inspectors[i], tokens, areas))
	}
	return out
}

func (p *Pool) inspector(one *Inspector, tokens map[string]string, areas map[string]bool) draw.Inspector {
	in := draw.Inspector{ID: p.token(one.ID), Fields: one.Fields}
	if p.Terms.departments() != nil {
		in.Group = one.Department
	}
	for area := range areas {
		if len(one.Areas) == 0 || slices.Contains(one.Areas, area) {
			in.Regions = append(in.Regions, area)
		}
	}
	slices.Sort(in.Regions)
	for _, party := range one.Barred {
		if token, ok := tokens[party]; ok {
			in.Barred = append(in.Barred, token)
		}
	}
	return in
}

// Kind is the kind of a result.
type Kind string

// The eight kinds in which results are published on the national system of enterprise credit information (国家企业信用信息公示系统, 抽查检查结果).
const (
	NoProblem   Kind = "none"      // 未发现问题
	NotShown    Kind = "not-shown" // 未按规定公示应当公示的信息
	False       Kind = "false"     // 公示信息隐瞒真实情况、弄虚作假
	NotFound    Kind = "not-found" // 通过登记的住所（经营场所）无法联系
	Ordered     Kind = "ordered"   // 发现问题已责令改正
	Refuses     Kind = "refuses"   // 不配合检查情节严重
	NotInvolved Kind = "not-doing" // 未发现开展本次抽查涉及的经营活动
	Pending     Kind = "pending"   // 发现问题待后续处理
)

// Kinds lists them in the order in which they are offered.
func Kinds() []Kind {
	return []Kind{NoProblem, NotShown, False, NotFound, Ordered, Refuses, NotInvolved, Pending}
}

// Problem reports whether something was found.
func (k Kind) Problem() bool { return k != NoProblem && k != NotInvolved }

// Duty is what follows from a result: nothing, a second look, or a hand-over to the department that enforces.
func (k Kind) Duty() string {
	switch k {
	case Ordered, NotShown:
		return Recheck
	case False, Refuses, Pending:
		return HandOver
	}
	return ""
}

// What follows a result.
const (
	Recheck  = "recheck"  // 复查
	HandOver = "handover" // 移送执法
)

// PublishWithin is how long after the result it is published at the latest, in working days（企业公示信息抽查暂行办法）.
const PublishWithin = 20
