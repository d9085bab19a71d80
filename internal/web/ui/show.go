package ui

import (
	"time"

	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/workday"
)

// Notice kinds.
const (
	Info    = "info"
	Success = "success"
	Warning = "warning"
	Failure = "error"
)

// Notice says something about the page as a whole, above its heading, or stands between its parts.
type Notice struct {
	Kind  string // Info by default
	Title string
	Text  string
	Links []Link
	// State is set where it says how things are and not that an act is done: then it does not take the focus.
	State bool
}

// Word names the kind for those who do not see it.
func (n Notice) Word() string {
	switch n.Kind {
	case Success, Warning, Failure:
		return n.Kind
	}
	return Info
}

// Button is an act (a submit button) or, with Href, a link that starts one.
type Button struct {
	Text  string
	Href  string
	Name  string
	Value string
	Look  string // "", secondary, grave (cannot be undone), plain
	Key   string // keyboard shortcut, one letter
}

// Tag is a state in one or two words. It never shows a deadline: that is the Lamp's.
type Tag struct {
	Text string
	Look string // "", blue, ink, red (only for what is wrong)
}

// OnFile is what is known of the licences that may stand for a document (证照免提交): the one that does, and the others.
type OnFile struct {
	Used       string // in a sentence; "" if none does
	Offers     []OnFileOffer
	Action, ID string // of the form
}

// OnFileOffer is a licence that may stand for it.
type OnFileOffer struct {
	No, Words string
}

// Copy is a code that can be copied.
type Copy struct {
	Code string
	What string // what it is, such as 办件编号
}

// Summary lists answers or facts, with 修改 per line where they can be changed.
type Summary struct {
	Title string
	Rows  []SummaryRow
}

// SummaryRow is one answer.
type SummaryRow struct {
	Label  string
	Value  string
	Lines  []string // more values, each on a line
	Change string   // address of the page that asks it
	Source string   // other department that it comes from
	At     time.Time
	Copy   *Copy
	Lamp   *Lamp
}

// Task states of a bundle.
const (
	TaskTodo     = "todo"     // 未开始
	TaskDoing    = "doing"    // 填写中
	TaskDone     = "done"     // 已完成
	TaskBlocked  = "blocked"  // 暂不能填
	TaskOptional = "optional" // 选填: nothing is asked for, and nothing was answered
	TaskWrong    = "wrong"    // 有问题
)

// TaskList is the parts of a long request; the whole row is the link.
type TaskList struct {
	Sections []TaskSection
}

// TaskSection is a headed part of a task list.
type TaskSection struct {
	Title string
	Tasks []TaskRow
}

// TaskRow is one part to fill in. A blocked one has no link and says in Hint what comes first.
type TaskRow struct {
	Text  string
	Hint  string
	Href  string
	State string
}

// Total counts the rows that must be done, and those that were.
func (l TaskList) Total() (n int) {
	for _, s := range l.Sections {
		for _, t := range s.Tasks {
			if t.State != TaskOptional {
				n++
			}
		}
	}
	return n
}

// Finished counts the rows that are done.
func (l TaskList) Finished() (n int) {
	for _, s := range l.Sections {
		for _, t := range s.Tasks {
			if t.State == TaskDone {
				n++
			}
		}
	}
	return n
}

// States of a step in the progress.
const (
	StagePending = "pending"
	StageNow     = "now"
	StageWaiting = "waiting" // for the applicant
	StagePaused  = "paused"
	StageDone    = "done"
	StageSkipped = "skipped"
	StageRefused = "refused"
)

// Progress is the plan of a case: what comes one after the other, who works at the same time, and who is waited for. What
// has happened is the Timeline's.
type Progress struct {
	Stages []Stage
}

// Stage is one or several steps that are done at the same time.
type Stage struct {
	Title string // may be empty for a single step
	Steps []ProgressStep
}

// ProgressStep is one department's step.
type ProgressStep struct {
	Name  string
	Who   string // department
	State string
	Waits string // who or what is waited for, in words
	Why   string // why the clock stands, or why refused
	Ended time.Time
	Lamp  *Lamp
	Count *Count
}

// Parallel reports whether several departments work at the same time.
func (s Stage) Parallel() bool { return len(s.Steps) > 1 }

// State is that of the stage as a whole: the first of its steps that is not done. What is not needed says nothing about the others.
func (s Stage) State() string {
	var done, pending bool
	for _, p := range s.Steps {
		switch p.State {
		case StageNow, StageWaiting, StagePaused, StageRefused:
			return p.State
		case StageDone:
			done = true
		case StagePending:
			pending = true
		}
	}
	switch {
	case done && pending:
		return StageNow
	case pending || len(s.Steps) == 0:
		return StagePending
	}
	return StageDone
}

// Timeline is what has happened, newest first. It names posts, not private persons.
type Timeline struct {
	Entries []Entry
}

// Entry is one thing that happened.
type Entry struct {
	At    time.Time
	Text  string
	Post  string
	Words string // what was said, may be empty
	Links []Link
	Main  bool // a turning point, such as acceptance or decision
}

// Count answers 怎么算的?: the days of a limit, and why each counted or not.
type Count struct {
	Limit string // 5 个工作日
	Name  string // of the rule
	Basis string // 《行政许可法》第32条
	From  string
	// Extension says by how much and why the limit was lengthened, ExtensionBasis by which law.
	Extension, ExtensionBasis string
	Due                       string
	Days                      []CountDay
	Omitted                   int    // days left out after the first half
	Calendar                  string // which days off it was counted with, in words
	Provisional               bool
}

// CountDay is one day, or a stretch of days of which the same is to be said.
type CountDay struct {
	Date    string
	Why     string
	Counted bool
	N       int
	Last    bool
}

// NewCount words an explanation in a language. Name and basis are the rule's.
func NewCount(lang, name, basis string, e workday.Explanation) *Count {
	c := &Count{Limit: e.Limit.Text(lang), Name: name, Basis: basis, From: i18n.Moment(lang, e.Start), Due: e.Due.Text(lang),
		Omitted: e.Omitted, Provisional: e.Due.Provisional}
	c.days(lang, e)
	return c
}

// Then counts on from where the explanation before ended.
func (c *Count) Then(lang string, e workday.Explanation) {
	if n := len(c.Days); n > 0 {
		c.Days[n-1].Last = false
	}
	c.Due, c.Omitted, c.Provisional = e.Due.Text(lang), c.Omitted+e.Omitted, c.Provisional || e.Due.Provisional
	c.days(lang, e)
}

func (c *Count) days(lang string, e workday.Explanation) {
	for _, line := range e.Days {
		d := CountDay{Date: line.Date.Text(lang), Counted: line.Counted, N: line.N, Last: line.Last}
		if !line.To.IsZero() {
			d.Date = i18n.T(lang, "ui.to", d.Date, line.To.Text(lang))
		}
		line.N = 0 // the column says it
		d.Why = line.Text(lang)
		c.Days = append(c.Days, d)
	}
}
