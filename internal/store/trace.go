package store

import (
	"context"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
)

// Traces keeps what was done at the gate and by administrators. A trace is written in the transaction of what it tells of,
// and nothing changes or deletes one: there is no method for it.
type Traces interface {
	// AddTrace records traces of what changes no row. When it returns nil they are durable. The same one twice counts once.
	AddTrace(ctx context.Context, traces ...Trace) error
	// FindTraces lists traces by the query, newest first, and a cursor for the next page ("" at the end). ErrCursor.
	FindTraces(ctx context.Context, q TraceQuery) ([]Trace, string, error)
	// FindLooks lists looks at personal data in any case of the regions, newest first, and a cursor. ErrCursor.
	FindLooks(ctx context.Context, q LookQuery) ([]Look, string, error)
	// FindAccounts lists accounts by the query, by login, and a cursor. ErrCursor.
	FindAccounts(ctx context.Context, q AccountQuery) ([]Account, string, error)
	// OpenSessions lists sessions that have not ended with their accounts, newest first, and a cursor. ErrCursor.
	OpenSessions(ctx context.Context, q SessionQuery) ([]OpenSession, string, error)
	// CountTraces, CountLooks, CountAccounts and CountOpenSessions count what those list, up to CountMost. The cursor does not matter.
	CountTraces(ctx context.Context, q TraceQuery) (Count, error)
	CountLooks(ctx context.Context, q LookQuery) (Count, error)
	CountAccounts(ctx context.Context, q AccountQuery) (Count, error)
	CountOpenSessions(ctx context.Context, q SessionQuery) (Count, error)
	// Workload tells how much waits and how large the database is, over all regions.
	Workload(ctx context.Context, now time.Time) (Workload, error)
}

// CountMost is how far the rows of a list are counted: a total is shown beside its pages, and must not cost more than they.
const CountMost = 1000

// Count is how many rows a list has: N, or more than N if they were not counted further.
type Count struct {
	N    int
	More bool
}

// And is the count of two lists together.
func (c Count) And(d Count) Count { return Count{c.N + d.N, c.More || d.More} }

// The logs that traces belong to.
const (
	SignInLog    = "sign-in"   // 登录日志: who came in, who was refused, who left
	OperationLog = "operation" // 操作日志: what administrators did, and what was done to accounts
)

// Trace (留痕) is one thing that was done at the gate or by an administrator.
type Trace struct {
	ID      string // random: two traces may have one instant
	At      time.Time
	Log     string // SignInLog or OperationLog
	Kind    string // an access.EventKind
	Region  string // of the account that it is about, else of who did it; "" a login that nobody has
	Account string // id of whom it is about; "" nobody
	By      string // id of who did it; "" the account itself
	Session string // public id of the session
	Address string // of the client
	Reason  string
	Changes []FieldChange
}

// FieldChange is one value of an account before and after. Passwords are never among them.
type FieldChange struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// TraceQuery selects traces of one log. Empty fields do not filter, but Regions do: none finds none.
type TraceQuery struct {
	Log         string
	Regions     []string
	Account, By string
	Kinds       []string
	Address     string
	From, Until time.Time // from the one, before the other
	Cursor      string
	Limit       int // 1 to 200, 0 means 50
}

// LookQuery selects looks. Empty fields do not filter, but Regions do: none finds none.
type LookQuery struct {
	Regions     []string
	Account     string
	Case        caseflow.CaseNo
	Owner       string // of the case
	From, Until time.Time
	Cursor      string
	Limit       int
}

// AccountQuery selects accounts of one kind. Empty fields do not filter, but Regions do: none finds none.
type AccountQuery struct {
	Kind    string
	Regions []string
	Login   string // whole
	Search  string // part of the name or the login
	// Named says which names Search finds too: by their sound, which no database knows. Rows are then read until a page is full.
	Named      func(name string) bool
	Department string
	Role       string
	Disabled   *bool
	Cursor     string
	Limit      int
}

// SessionQuery selects sessions that began and were used lately enough. Regions none finds none.
type SessionQuery struct {
	Regions       []string
	Now           time.Time
	Citizens      time.Time // of citizens: used at this instant or later
	Officials     time.Time // of officials
	Account, Kind string    // empty: all
	Cursor        string
	Limit         int
}

// OpenSession is a session with its account.
type OpenSession struct {
	Session
	Owner Account
}

// Workload is how much waits.
type Workload struct {
	Waking  int       // cases with a clock that is due and that the clock runner has not taken up
	Waiting int       // messages that wait to be sent
	Oldest  time.Time // since when the first of them could have been sent; zero: none
	Dead    int       // messages that are given up
	Open    int       // sessions that have not ended and not expired
	Bytes   int64     // of the database
}
