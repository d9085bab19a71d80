// Package store is the contract between the hall and a database: which rows a command writes, what is durable when,
// and what a reader may rely on. It holds types and promises, no SQL. The one implementation is sqlstore (SQLite and
// PostgreSQL); storetest is the suite that every implementation passes.
//
// The tenant, a region, stands first in every key of the case tables and never changes, so that the same schema can be
// distributed by region. Instants are UTC, microseconds; a zero time.Time is stored as 0.
package store

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/workday"
)

var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict: another command was committed on the case first. Load it again and decide again.
	ErrConflict = errors.New("store: conflict")
	// ErrRepeat: the request id is taken. ByRequest returns the first answer.
	ErrRepeat = errors.New("store: request id taken")
	// ErrTaken: a name that the change claims is somebody else's. Nothing was written; ask for the names again and decide again.
	ErrTaken = errors.New("store: name taken")
	// ErrFull: the disk or quota is full. Nothing was written; reading goes on; try again when there is room.
	ErrFull = errors.New("store: no space left")
	// ErrBusy: more work is queued than will be done in time. Nothing was written; try again later.
	ErrBusy = errors.New("store: busy")
	// ErrAway: the database cannot be reached, or its disk failed. Nothing is known: what was to be written may stand or not, so ask
	// again under the same request id.
	ErrAway = errors.New("store: the database is away")
	// ErrCursor: the cursor does not come from a page of this list.
	ErrCursor = errors.New("store: bad cursor")
	// ErrNewer: the database was migrated by a newer program. Nothing was touched.
	ErrNewer = errors.New("store: database is newer than this program")
)

// Store keeps cases and what belongs to them. All methods may be called from many goroutines and, on PostgreSQL, from
// many servers at once. Every error that is not one of the sentinels is a failure of the database.
type Store interface {
	Journal
	Projections
	Totals
	Outbox
	Accounts
	Mandates
	Calendars
	Reforms
	House
	Contacts
	Modules
	Quarantine
	Lines
	Shifts
	Evidence
	Upkeep
}

// Journal is the truth: what was decided, in order, per case.
type Journal interface {
	// Commit writes everything one command changed, in one transaction, all or nothing. When it returns nil, the
	// change is durable against kill -9 and power loss. It fails with ErrConflict if Entry.No is not the number after
	// the case's last entry or After is not that entry's leaf, and with ErrRepeat if Entry.Request was used before: by a
	// first entry of the region if this is one, else by an entry of the case; with ErrTaken if a name of Names is held by
	// another holder at Entry.At; with ErrConflict if Mandate is no longer as the change was decided on, whoever is quicker; and
	// with ErrCalendar if Calendar is not the newest version. Then nothing was written. Many changes
	// share one flush (group commit); the order of different cases is not defined.
	Commit(ctx context.Context, change *Change) error
	// Propose is Commit in two steps: it queues the change and returns at once; wait, called once, gives the outcome. So a
	// command can be decided on an entry that is not written yet: entries of a case that are proposed in the order of
	// their numbers may share a transaction, and none is written unless the one it follows (After) is.
	Propose(ctx context.Context, change *Change) (wait func() error)
	// Load returns the newest snapshot of a case, if there is one, and the entries after it, oldest first.
	// ErrNotFound if the case does not exist.
	Load(ctx context.Context, key Key) (*Loaded, error)
	// Entries returns the entries of a case with number > after, oldest first, at most limit (0: all).
	Entries(ctx context.Context, key Key, after, limit int) ([]Entry, error)
	// ByRequest returns the entry that a request id made in the case, or, with no case number, the first entry of a case
	// that it made in the region, and that case. ErrNotFound if none.
	ByRequest(ctx context.Context, at Key, request string) (Key, *Entry, error)
	// Keys returns the keys of all cases of a region after the given number, ascending, at most limit: to walk all of
	// them. Region "" walks the first region's. It reads the journal, so that lost projections do not hide a case.
	Keys(ctx context.Context, region string, after caseflow.CaseNo, limit int) ([]Key, error)
}

// Projections are rows for lists, written with the journal and derivable from it at any time.
type Projections interface {
	// Reproject replaces all projection rows of a case by those of the change, and its snapshot; the journal is not
	// touched, nor are messages, because what became of them stands nowhere else. ErrConflict if Entry.No is not the
	// case's last entry.
	Reproject(ctx context.Context, change *Change) error
	// Case returns the row of one case. ErrNotFound.
	Case(ctx context.Context, key Key) (*CaseRow, error)
	// Cases lists cases by the query, newest first (a search for a number: highest first), and a cursor for the next page
	// ("" at the end). ErrCursor.
	Cases(ctx context.Context, q CaseQuery) ([]CaseRow, string, error)
	// Tasks lists tasks with their case rows, in the order of the query, and a cursor. ErrCursor.
	Tasks(ctx context.Context, q TaskQuery) ([]TaskItem, string, error)
	// CountTasks counts what Tasks lists, up to CountMost.
	CountTasks(ctx context.Context, q TaskQuery) (Count, error)
	// Tally counts open work of a region per department that has some: for dashboards.
	Tally(ctx context.Context, region string, now time.Time) ([]Tally, error)
	// Clocks lists the running clocks of a region, by due instant, and a cursor. ErrCursor.
	Clocks(ctx context.Context, q ClockQuery) ([]ClockRow, string, error)
	// LiveClocks lists the clocks of cases of a region, 200 cases at most, that run or are stopped, by case and id.
	LiveClocks(ctx context.Context, region string, cases []caseflow.CaseNo) ([]ClockRow, error)
	// LicenceByVerify finds a licence by the code printed on it, in any region. ErrNotFound.
	LicenceByVerify(ctx context.Context, code string) (*LicenceRow, error)
	// Names lists names of firms that stand at an instant and come near the one asked for: at most 50, those with the same
	// trade name first.
	Names(ctx context.Context, q NameQuery) ([]NameRow, error)
	// Notices lists public notices by the query, those that began last first, and a cursor. ErrCursor.
	Notices(ctx context.Context, q NoticeQuery) ([]NoticeRow, string, error)
	// LicencesOf lists the licences that were issued to a holder document in the regions, newest first.
	LicencesOf(ctx context.Context, regions []string, holder string) ([]LicenceRow, error)
	// LicencesIn lists the licences of cases of a region, 200 cases at most, newest first.
	LicencesIn(ctx context.Context, region string, cases []caseflow.CaseNo) ([]LicenceRow, error)
	// LicencesNaming lists the valid licences of companies of a region whose legal representative has the document, newest
	// first, at most 200.
	LicencesNaming(ctx context.Context, region, document string) ([]LicenceRow, error)
}

// Upkeep is for start-up, operators and moves.
type Upkeep interface {
	// Reserve hands out n numbers of a named counter of the region, never twice, gaps allowed; it returns the first.
	Reserve(ctx context.Context, region, counter string, n int) (int64, error)
	// PutPack stores the files of a pack version, so that a running case finds its version again. Storing the same
	// digest again does nothing; another digest under the same id and version fails with ErrConflict.
	PutPack(ctx context.Context, p PackRow) error
	// VouchPack replaces the Proved and Loaded of a stored pack version. ErrNotFound, and nothing is changed, if no version is
	// stored under the id, version and digest.
	VouchPack(ctx context.Context, p PackRow) error
	// Packs lists all stored pack versions with their files, oldest first.
	Packs(ctx context.Context) ([]PackRow, error)
	// PackVersions lists the same without their files: cheap enough to ask every few seconds.
	PackVersions(ctx context.Context) ([]PackRow, error)
	// Pack finds one stored version with its files. It fails with ErrNotFound.
	Pack(ctx context.Context, id, version string) (PackRow, error)
	// AddLook records that somebody looked at the personal data of cases. When it returns nil, the looks are durable. Looks
	// that are given at one time, or by many callers at once, share a flush; an error may be that of others, and then some
	// may have been recorded all the same. ErrBusy, ErrFull.
	AddLook(ctx context.Context, looks ...Look) error
	// Looks lists the looks at a case, newest first.
	Looks(ctx context.Context, key Key) ([]Look, error)
	// Beat records that a server is alive and returns the latest beat of any server before it (zero if none). If that is a pause
	// ago or more, the time between the two is an outage, which is recorded with it.
	Beat(ctx context.Context, server string, now time.Time, pause time.Duration) (time.Time, error)
	// LastBeat returns the latest beat of any server, zero if there was none.
	LastBeat(ctx context.Context) (time.Time, error)
	// Outages lists those that running cases have not all been told of (Finished is zero), oldest first: cheap enough to ask every
	// few seconds. ClaimOutage and KeepOutage are for the pass that tells them what ClaimCalendar and KeepCalendar are for that of a
	// calendar.
	Outages(ctx context.Context) ([]OutageRow, error)
	ClaimOutage(ctx context.Context, from time.Time, holder string, now, lease time.Time) (OutageRow, error)
	KeepOutage(ctx context.Context, o OutageRow, lease time.Time) error
	// Setting and PutSetting keep small values such as keys made at first start. ErrNotFound.
	Setting(ctx context.Context, name string) ([]byte, error)
	// PutSetting stores the value unless the name is taken, and returns the value that then stands.
	PutSetting(ctx context.Context, name string, value []byte) ([]byte, error)
	// Backup writes a consistent copy of everything to w while the store is in use. file, if it is not nil, is called with
	// each file that an entry in the copy refers to, again for each entry that does; its error ends the backup.
	Backup(ctx context.Context, w io.Writer, file func(caseflow.File) error) error
	// Ping reports whether the database answers and can be written.
	Ping(ctx context.Context) error
	// Close finishes what was accepted and releases everything. Closing again does nothing.
	Close() error
}

// Key names a case.
type Key struct {
	Region string
	Case   caseflow.CaseNo
}

// Change is everything one command writes.
type Change struct {
	Key
	After    []byte // leaf of the entry that this one was decided on; nil for the first
	Calendar int    // version of the calendars that it was decided under
	Entry    Entry
	Row      CaseRow
	Tasks    []TaskRow    // new or changed
	Clocks   []ClockRow   // new or changed
	Licences []LicenceRow // new or changed
	Notices  []NoticeRow  // new or changed
	// WasTasks and WasClocks are what Tasks and Clocks were before, in the same order, nil for what is new. A store may leave
	// alone what they show to be unchanged; without them it writes all of a row.
	WasTasks  []*TaskRow
	WasClocks []*ClockRow
	// Names are names that the case holds from now on; FreedNames those that it gives up, if it still has them.
	Names      []NameRow
	FreedNames []NameRow
	Messages   []Message // new
	// Marks are those of the case after the entry, WasMarks those before: the totals change by the difference. Reproject leaves the
	// totals alone.
	Marks, WasMarks []stat.Mark
	Snapshot        []byte // the encoded case after the entry; nil keeps the older one
	// Mandate is the mandate under which the command was given, as it was when it was decided; nil if it needed none.
	Mandate *MandateRef
}

// Entry is one committed command with its events.
type Entry struct {
	No      int    // 1 for the first command of the case, then without gaps
	Request string // unique within the case, that of a first entry within the region; made by the caller or the hall
	Body    []byte // SHA-256 of who asked what: a repeat with another body is told apart
	At      time.Time
	Actor   caseflow.Stamp
	Verb    string
	Seq     int    // number of the first event
	Events  []byte // JSON array
	Salt    []byte // 16 random bytes
	Leaf    []byte // evidence: RFC 6962 leaf hash over salt and entry
	// Hash is what the log shows of the entry (evidence.Entry); its hash is Leaf. Commit needs it, reading leaves it empty: it follows
	// from salt and entry.
	Hash evidence.Hash
}

// Loaded is what Load returns: the snapshot after entry SnapshotNo (0 and nil if none), and the entries that follow.
type Loaded struct {
	Snapshot     []byte
	SnapshotNo   int
	SnapshotLeaf []byte // of entry SnapshotNo
	Entries      []Entry
}

// CaseRow is a case in a list.
type CaseRow struct {
	Key
	Item        caseflow.ItemID
	Pack        string
	Version     string
	Phase       caseflow.Phase
	Channel     string
	Department  string           // leads
	Departments []string         // all that take part: who may see it
	Owner       string           // account
	Applicant   string           // name
	Subject     caseflow.Subject // what the case is about
	Document    string           // type:number of the applicant
	Keys        []string         // numbers by which the case is found besides, see FoundBy; written, not read back
	Opened      time.Time
	Submitted   time.Time
	Accepted    time.Time
	Decided     time.Time
	Ended       time.Time
	Statutory   time.Time // due, zero if none
	Promised    time.Time // due, zero if none
	Stopped     bool
	Assisted    string    // how somebody helps the applicant (caseflow.Ways), "" if nobody does
	Wake        time.Time // next instant a clock has something to do; zero: never
	Entry       int       // number of the last entry
	Updated     time.Time
	Points      int // to be corrected by the applicant, 0 unless it is the applicant's turn
	// Happened is when it happened, in a list by CaseQuery.When; else zero.
	Happened time.Time
}

// FoundBy is the form in which a number finds the cases that have it among their keys: a telephone, a number of a document, a
// unified social credit code. Empty for what is too short to be one, or is a case number.
func FoundBy(number string) string {
	s := strings.ToUpper(ident.Normalise(number))
	if len(s) > 6 && s[6] == '-' && !strings.HasPrefix(s, "+") { // a case number begins with six digits of its region
		return ""
	}
	s = strings.ReplaceAll(strings.TrimPrefix(s, "+86"), "-", "")
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r < 'A' || r > 'Z':
			return ""
		}
	}
	if digits < 6 || len(s) < 7 || len(s) > 40 {
		return ""
	}
	return s
}

// Discarded reports whether the case is a draft that was deleted, as caseflow.Case.Discarded does.
func (r *CaseRow) Discarded() bool {
	return r.Phase == caseflow.PhaseWithdrawn && r.Submitted.IsZero() && r.Accepted.IsZero()
}

// Private reports whether the case is a draft that its applicant fills in alone, or did until it was deleted: its owner lists
// it, nobody else does.
func (r *CaseRow) Private() bool {
	return (r.Phase == caseflow.PhaseDraft || r.Discarded()) && (r.Channel == caseflow.ChannelOnline || r.Channel == caseflow.ChannelTerminal)
}

// TaskRow is a task in a list.
type TaskRow struct {
	Key
	ID         int
	Kind       string
	Step       caseflow.StepID
	Department string
	Role       string
	Person     string
	Holder     string
	From       string
	State      string
	Opened     time.Time
	Done       time.Time
	DoneBy     string
	Outcome    string
	Due        time.Time // zero if none; while it is stopped, when it must run again
	Soon       time.Time
	Stopped    bool
}

// TaskItem is a task with its case.
type TaskItem struct {
	TaskRow
	Case CaseRow
}

// ClockRow is a clock in a list.
type ClockRow struct {
	Key
	ID          string
	Kind        string
	Step        caseflow.StepID
	Bearer      string
	From        time.Time
	Due         time.Time
	State       string
	Level       int
	Ended       time.Time
	Provisional bool
	// What a lamp shows besides: the instants from which it is due soon and due today, the limit with its extension, the
	// spans that did not count (JSON, "" for none), and why it is stopped.
	Soon, Today time.Time
	Limit       workday.Limit
	Stops       string
	Why         string
}

// LicenceRow is a licence in a list.
type LicenceRow struct {
	Key
	No       string
	Kind     string
	Holder   string // name
	Document string // type:number of the holder, or of the applicant
	Verify   string
	Issued   time.Time
	Expires  string // date, "" for none
	State    string
	Item     caseflow.ItemID // of the case
	Legal    string          // of the licence of a company: type:number of its legal representative
	Body     []byte          // JSON of caseflow.Licence
}

// NoticeRow is a public notice (公示) in a list.
type NoticeRow struct {
	Key
	No      int // within the case
	Item    caseflow.ItemID
	Pack    string
	Version string
	Step    caseflow.StepID
	State   string // caseflow.PublicationRunning …
	From    time.Time
	Until   time.Time // when it ends, or was to end
	Ended   time.Time
	Shown   []byte // JSON object: all of the case that is public
}

// NoticeQuery selects public notices. Empty fields do not filter, but no region finds nothing.
type NoticeQuery struct {
	Regions []string
	Running bool // only those that run
	Cursor  string
	Limit   int // 1 to 200, 0 means 50
}

// NameRow is the name of a firm that is registered or kept for somebody: in a region, a trade name and the industry have one
// holder at a time. 企业名称登记管理规定 art. 17: a trade name must not be the same as that of a name in the same industry, or of
// one that says no industry; the latter therefore has the trade name in every industry, and is claimed only where nobody else
// has it in any.
type NameRow struct {
	Key
	Trade    string // 字号
	Division string // of GB/T 4754-2017, two digits; empty: every one
	Name     string // never empty
	Sound    string // how the trade name is read
	Holder   string // type:number of who has it
	Since    time.Time
	Until    time.Time // somebody else may have it from then on; zero: it stays
}

// NameQuery asks for the names that come near one: the same trade name or one that sounds the same, one of the Prefixes, or one that
// begins with the trade name.
type NameQuery struct {
	Region   string
	Trade    string
	Sound    string
	Prefixes []string // 20 at most
	At       time.Time
}

// CaseQuery selects cases of one region. Empty fields do not filter.
type CaseQuery struct {
	Region     string
	Owner      string
	Document   string            // type:number of the applicant
	Items      []caseflow.ItemID // of these only; nil: all
	Department string            // takes part
	Lead       string            // department that leads
	// Succeeds are departments that count as Department, LeadSucceeds those that count as Lead.
	Succeeds, LeadSucceeds []string
	Channel                string
	Phases                 []caseflow.Phase
	Item                   caseflow.ItemID
	// When lists only cases to which it happened in an instant from From until before To, the latest first; not together with
	// Search.
	When     Happening
	From, To time.Time
	// Search is a whole number of CaseRow.Keys if it looks like one (FoundBy), such as a telephone, a document or a credit code;
	// else the beginning of a case number if it begins with a digit and is all digits, letters and hyphens; else a part
	// of the applicant's name or of the subject, letter case, width and spaces aside. One character finds the names that begin
	// with it. A private draft is found by its names only if the query says the Owner or the Document: what finds a name is written once,
	// when the case is handed in, so that saving a draft costs none of it, and a draft that is given up leaves none. A draft
	// that a window fills in is found from the start: the window asks whether somebody has a case already.
	Search string
	Cursor string
	Limit  int // 1 to 200, 0 means 50
}

// Happening is something that happens to a case once.
type Happening string

// What happens to a case.
const (
	WhenSubmitted Happening = "submitted"
	WhenDecided   Happening = "decided"
	WhenEnded     Happening = "ended"
	WhenBroken    Happening = "broken" // its promise was not kept: the instant is when that was due
	WhenPoor      Happening = "poor"   // somebody gave it a bad rating (差评); of several the last
)

// Happenings lists them.
func Happenings() []Happening {
	return []Happening{WhenSubmitted, WhenDecided, WhenEnded, WhenBroken, WhenPoor}
}

// TaskQuery selects tasks of one region. Empty fields do not filter.
type TaskQuery struct {
	Region     string
	Department string
	Succeeds   []string // departments that count as Department
	Roles      []string
	Person     string // account: live tasks held by or meant for this person
	DoneBy     string // account that completed it
	From       string // account that asked, delegated, copied or instructed
	States     []string
	Kinds      []string
	Item       caseflow.ItemID
	Assisted   []string // of cases that are assisted in one of these ways
	DueBefore  time.Time
	Level      caseflow.Level // only those that Tally counts at this level at Now
	Now        time.Time
	Cursor     string
	Limit      int // 1 to 200, 0 means 50
}

// Order is by what a list of these tasks goes.
func (q TaskQuery) Order() TaskOrder {
	ended := len(q.States) == 0 || slices.Contains(q.States, caseflow.TaskDone) || slices.Contains(q.States, caseflow.TaskCancelled)
	switch {
	case q.Person != "" || !ended:
		return ByDue
	case q.From != "":
		return ByAsked
	case q.DoneBy != "":
		return ByDone
	}
	return ByDue
}

// TaskOrder is by what a list of tasks goes. What one person did or asked for grows for years: there the newest stand first.
type TaskOrder string

// The orders.
const (
	ByDue   TaskOrder = "task"  // the soonest due first, those without a limit last
	ByDone  TaskOrder = "done"  // what somebody completed: the last one first
	ByAsked TaskOrder = "asked" // what somebody asked of others, answered or not: the last one first
)

// Compare orders two tasks of a list; 0 for those that its order does not tell apart.
func (o TaskOrder) Compare(a, b *TaskRow) int {
	switch o {
	case ByDone:
		return b.Done.Compare(a.Done)
	case ByAsked:
		return b.Opened.Compare(a.Opened)
	}
	if a.Due.IsZero() != b.Due.IsZero() { // the zero instant is before all others, and no limit comes after them
		return b.Due.Compare(a.Due)
	}
	return a.Due.Compare(b.Due)
}

// ClockQuery selects running clocks of one region. Empty fields do not filter.
type ClockQuery struct {
	Region    string
	Bearer    string
	DueFrom   time.Time
	DueBefore time.Time
	Cursor    string
	Limit     int // 1 to 200, 0 means 50
}

// Tally is the open work of one department. A task counts once as Overdue, Today or Soon, the first that fits; one that is
// stopped, or due later, is only Open.
type Tally struct {
	Department string
	Open       int
	Soon       int // due within the warning span
	Today      int // due until the end of today in Asia/Shanghai, 24:00 included
	Overdue    int
}

// OutageRow is a time in which no server served, and how far the running cases have been told of it.
type OutageRow struct {
	From, To time.Time
	Progress
}

// PackRow is a stored pack version.
type PackRow struct {
	ID      string
	Version string
	Digest  []byte // SHA-256 of the listing of its files
	Archive []byte // zip of the pack's files
	Added   time.Time
	Proved  string // the build of the program that proved these very files last; "" none
	Loaded  string // the build that loaded them last
}

// Look is one look at a case's personal data.
type Look struct {
	Key
	Account    string
	Department string
	At         time.Time
	What       string // page or field
	Reason     string
}
