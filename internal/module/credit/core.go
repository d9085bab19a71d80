package credit

import (
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// Kind is what a record tells of. Numbers are stored: only ever add.
type Kind int

// The kinds of records.
const (
	Licence    Kind = iota + 1 // 行政许可
	Report                     // 企业年报 and its like
	Penalty                    // 行政处罚
	Inspection                 // 抽查检查
	Abnormal                   // 经营异常名录
	Serious                    // 严重违法失信名单
	Promise                    // 信用承诺 and how it was kept
	Utility                    // 水、气、暖 and other utilities
)

// Result is how what a record tells of has come out. Numbers are stored: only ever add.
type Result int

// word is a stored number with its name in files, index and API.
type word struct {
	no   int
	name string
	zh   string // how Chinese files write it
}

var kinds = []word{
	{int(Licence), "licence", "行政许可"}, {int(Report), "report", "年度报告"}, {int(Penalty), "penalty", "行政处罚"},
	{int(Inspection), "inspection", "抽查检查"}, {int(Abnormal), "abnormal", "经营异常"}, {int(Serious), "serious", "严重违法失信"},
	{int(Promise), "promise", "信用承诺"}, {int(Utility), "utility", "公用事业"},
}

// results are those that a record of each kind may have: the tens of its number are the kind.
var results = map[Kind][]word{
	Licence:    {{11, "granted", "准予"}, {12, "revoked", "撤销"}},
	Report:     {{21, "on-time", "按时"}, {22, "late", "逾期"}, {23, "untrue", "弄虚作假"}},
	Penalty:    {{31, "light", "轻微"}, {32, "ordinary", "一般"}, {33, "grave", "严重"}},
	Inspection: {{41, "clean", "未发现问题"}, {42, "mended", "已责令改正"}, {43, "problem", "发现问题"}, {44, "unreachable", "无法联系"}, {45, "refused", "不配合检查"}},
	Abnormal:   {{51, "listed", "列入"}, {52, "removed", "移出"}},
	Serious:    {{61, "listed", "列入"}, {62, "removed", "移出"}},
	Promise:    {{71, "kept", "已履行"}, {72, "broken", "未履行"}, {73, "open", "履行中"}},
	Utility:    {{81, "paid", "按时缴费"}, {82, "owing", "欠费"}},
}

// Name is the kind's name; "" if there is no such kind.
func (k Kind) Name() string { return named(kinds, int(k)) }

// KindNames are the names of all kinds.
func KindNames() []string { return names(kinds) }

// ResultNames are the names of the results that a kind may have.
func ResultNames(k Kind) []string { return names(results[k]) }

// Name is the result's name as one of a kind; "" if the kind has no such result.
func (r Result) Name(k Kind) string { return named(results[k], int(r)) }

// kind is the only kind that has the result.
func (r Result) kind() Kind { return Kind(r / 10) }

func named(list []word, no int) string {
	if i := slices.IndexFunc(list, func(w word) bool { return w.no == no }); i >= 0 {
		return list[i].name
	}
	return ""
}

func names(list []word) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = w.name
	}
	return out
}

// lookUp finds a word by its name or as Chinese files write it; 0 if there is none.
func lookUp(list []word, text string) int {
	if i := slices.IndexFunc(list, func(w word) bool { return w.name == text || w.zh == text }); i >= 0 {
		return list[i].no
	}
	return 0
}

// KindOf finds a kind by its name, 0 if there is none.
func KindOf(name string) Kind { return Kind(lookUp(kinds, name)) }

// ResultOf finds a result of a kind by its name, 0 if there is none.
func ResultOf(k Kind, name string) Result { return Result(lookUp(results[k], name)) }

// Ref names a record: who reports it, and by which number.
type Ref struct {
	Source string `json:"source"`
	ID     string `json:"id"`
}

// Record is what one source says about a party.
type Record struct {
	Ref
	Kind      Kind
	Result    Result
	Day       workday.Date // of the decision, report or act
	Until     workday.Date // the last day on which it stands by itself: of a listing, a licence; zero: none
	Published workday.Date // when it was published (公示); zero: not yet
	Fen       int64        // money at issue
	Field     string       // of the 23 fields; "": none
	Title     string       // what it is about, shown to the party
	Basis     string       // the document or article it rests on
	Withdrawn bool         // the source has taken it back
	Mark      Mark         // what was decided about it here
	Asked     Asked        // what is asked about it at this moment; of a whole file only
}

// Asked are the cases about a record that are not decided yet; "" if there is none.
type Asked struct {
	Repair    caseflow.CaseNo // 信用修复
	Objection caseflow.CaseNo // 异议: while it is open, whoever sees the record sees that it is contested
}

// Mark is what has been decided about a record. Numbers are stored: only ever add.
type Mark int

// The marks.
const (
	Stands   Mark = iota
	Repaired      // 信用修复: it stands, and counts no more
	Struck        // an objection was right: it counts no more
)

// counts reports whether a record counts at all.
func (r *Record) counts() bool { return !r.Withdrawn && r.Mark == Stands }

// State is how a record stands: stands, withdrawn by its source, repaired, struck.
func (r *Record) State() string {
	switch {
	case r.Withdrawn:
		return "withdrawn"
	case r.Mark == Repaired:
		return "repaired"
	case r.Mark == Struck:
		return "struck"
	}
	return "stands"
}

// Subject is a party as the register knows it.
type Subject struct {
	Party  string // credit code
	Name   string
	Since  workday.Date // established; zero: not known
	Fields []string     // in which it works, sorted
}

// Tier is A (low risk), B, C or D (high risk).
type Tier string

// The tiers, best first.
const (
	A Tier = "A"
	B Tier = "B"
	C Tier = "C"
	D Tier = "D"
)

// Tiers are all tiers, best first.
var Tiers = []Tier{A, B, C, D}

// worse is the worse one of two tiers.
func worse(a, b Tier) Tier { return max(a, b) }

// afterMonths is the same day of the month n calendar months later; without that day, the last day of the month.
func afterMonths(d workday.Date, n int) workday.Date {
	y, m, day := d.Civil()
	last := workday.NewDate(y, m+time.Month(n+1), 1) - 1
	return min(workday.NewDate(y, m+time.Month(n), 1)+workday.Date(day)-1, last)
}
