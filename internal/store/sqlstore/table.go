package sqlstore

import (
	"slices"
	"strings"
)

// kind is the type of a column. Instants and truths are integers, lists are JSON text.
type kind byte

const (
	text     kind = 't'
	num      kind = 'i'
	blobKind kind = 'b'
	zip      kind = 'z' // bytes that are stored compressed; see compress.go
)

// table describes one table of the schema. The order of columns is the order in which rows are written, read and dumped.
type table struct {
	name  string
	key   int // how many leading columns make the primary key
	cols  []string
	kinds []kind
	// indexed are the columns behind the key that stand in a further index, indexedAt their places.
	indexed   []string
	indexedAt []int
	// file are the places of the columns that hold the hash and the length of an uploaded file; nil: the table has none.
	file []int

	add  *shape // inserts rows that must be new
	keep *shape // inserts rows; those that exist stay as they are
	put  *shape // inserts or replaces rows
	drop *shape // deletes rows by their key
	wipe *shape // deletes rows by region and case
}

// newTable reads "name:kind name:kind …"; an * behind the kind marks a column that a further index holds.
func newTable(name string, key int, columns string) *table {
	t := &table{name: name, key: key}
	for _, f := range strings.Fields(columns) {
		col, k, _ := strings.Cut(f, ":")
		t.cols = append(t.cols, col)
		t.kinds = append(t.kinds, kind(k[0]))
		if strings.HasSuffix(k, "*") {
			t.indexed, t.indexedAt = append(t.indexed, col), append(t.indexedAt, len(t.cols)-1)
		}
	}
	t.add, t.keep, t.drop = t.adding(""), t.adding(ignore), t.removing(key)
	if key < len(t.cols) {
		t.put = t.putting(1<<len(t.indexed) - 1)
	}
	if key > 1 {
		t.wipe = t.removing(2)
	}
	return t
}

var (
	tJournal = newTable("journal", 3, `region:t case_no:t no:i request:t body:b at:i actor_id:t actor_kind:t
		actor_department:t actor_for:t verb:t seq:i events:z salt:b leaf:b`)
	tSnapshot = newTable("case_snapshot", 2, `region:t case_no:t no:i body:z`)
	tCase     = newTable("cases", 2, `region:t case_no:t item:t* pack:t version:t phase:t stage:t* channel:t department:t
		departments:t owner:t* applicant:t subject:t personal:i find:t document:t* opened:i* submitted:i* accepted:i decided:i* ended:i* statutory:i
		promised:i stopped:i assisted:t wake:i* lease:i entry:i tip:b updated:i points:i`)
	tParty = newTable("case_party", 5, `region:t department:t stage:t opened:i case_no:t`)
	tGram  = newTable("case_gram", 4, `region:t gram:t opened:i case_no:t`)
	tTask  = newTable("case_task", 3, `region:t case_no:t id:i kind:t step:t department:t* role:t* person:t* holder:t*
		sender:t* state:t* live:i* opened:i done:i* done_by:t* outcome:t due:i* soon:i* stopped:i*`)
	tClock = newTable("case_clock", 3, `region:t case_no:t id:t kind:t step:t bearer:t* since:i due:i* state:t* level:i ended:i
		provisional:i soon:i today:i measure:t stops:t why:t`)
	tLicence = newTable("licence", 3, `region:t case_no:t no:t kind:t holder:t document:t verify:t issued:i expires:t state:t
		item:t legal:t body:z`)
	tNotice  = newTable("public_notice", 3, `region:t case_no:t no:i item:t pack:t version:t step:t state:t live:i since:i until:i ended:i shown:z`)
	tName    = newTable("firm_name", 3, `region:t trade:t division:t case_no:t name:t sound:t holder:t since:i until:i`)
	tTotal   = newTable("total", 9, `region:t month:i item:t day:i department:t channel:t measure:t bucket:i slot:i n:i`)
	tMessage = newTable("message", 4, `region:t case_no:t entry:i idx:i channel:t recipient:t template:t item:t body:z made:i state:t
		attempts:i next:i lease:i sent:i seen:i error:t`)
	tTurn = newTable("turn", 4, `region:t lobby:t day:i no:i code:t letter:t class:t origin:t holder:t state:t place:t aim:t taken:i called:i
		ended:i back:i by_id:t request:t history:t version:i`)
	tLook       = newTable("look", 5, `region:t case_no:t at:i account:t what:t department:t reason:t salt:b`)
	tQuarantine = newTable("quarantine", 2, `region:t id:t case_no:t material:t name:t bytes:i type:t sha256:t finding:t account:t at:i state:t
		asked:t reason:t decided:t changed:i hash:t version:i`)
	tShift   = newTable("shift", 2, `region:t id:t state:t giver:t taker:t made:i settled:i version:i body:t`)
	tCounter = newTable("counter", 2, `region:t name:t next:i`)
	tRegion  = newTable("region", 1, `region:t`)
	tAccount = newTable("account", 1, `id:t login:t kind:t name:t password:t region:t department:t roles:t doc_type:t doc_no:t
		phone:t disabled:i locked:i must_change:i added:i verified:i version:i`)
	tMandate = newTable("mandate", 1, `id:t kind:t principal:t name:t document:t agent:t agent_name:t items:t since:i until:i state:t code:t
		added:i history:t version:i salt:t`)
	tContact = newTable("contact", 1, `account:t email:t confirmed:i no_email:i no_sms:i quiet_from:i quiet_to:i code:b code_until:i
		tries:i version:i`)
	tSession  = newTable("session", 1, `hash:b account:t started:i seen:i expires:i ended:i address:t agent:t factor:t`)
	tFactor   = newTable("factor", 2, `account:t id:t kind:t name:t secret:t step:i added:i used:i`)
	tIdentity = newTable("identity", 2, `issuer:t subject:t account:t added:i`)
	tTicket   = newTable("ticket", 1, `hash:b kind:t account:t body:b expires:i`)
	tTrace    = newTable("trace", 2, `at:i id:t log:t kind:t region:t account:t actor:t session:t address:t reason:t changes:t salt:b`)
	tAttempt  = newTable("attempt", 2, `who:t at:i n:i`)
	tPack     = newTable("pack", 2, `id:t version:t digest:b archive:b added:i proved:t loaded:t`)
	tCalendar = newTable("calendar", 1, `version:i name:t body:b digest:t source:t reason:t author:t loaded:i holder:t cursor:t cases:i
		clocks:i failed:i lease:i finished:i`)
	tOutage           = newTable("outage", 1, `began:i ended:i holder:t cursor:t cases:i clocks:i failed:i lease:i finished:i`)
	tReform           = newTable("reform", 1, `id:t region:t state:t version:i proposed:i body:t`)
	tWaiting          = newTable("leaf_waiting", 4, `region:t kind:t name:t no:i entry:b made:i`) // its id is the database's
	tModule           = newTable("module_leaf", 4, `region:t module:t name:t no:i at:i data:z salt:b`)
	tPlace            = newTable("leaf_place", 4, `region:t kind:t name:t no:i place:i`)
	tLogHead          = newTable("log_head", 1, `name:t size:i checkpoint:b at:i`)
	tLogTile          = newTable("log_tile", 2, `level:i n:i body:b`)
	tLogKey           = newTable("log_key", 1, `id:t public:t secret:t began:i ended:i`)
	tParameter        = newTable("parameter", 2, `name:t region:t value:t version:i at:i author:t reason:t`)
	tAnnouncement     = newTable("announcement", 1, `id:t region:t since:i until:i version:i body:t`)
	tAnnouncementRead = newTable("announcement_read", 2, `announcement:t account:t at:i`)
	tBenefitOff       = newTable("benefit_off", 1, `owner:t at:i account:t`)
	tJob              = newTable("job", 2, `server:t name:t began:i ended:i next:i n:i fault:t failed:i`)
	tBeat             = newTable("beat", 1, `server:t at:i`)
	tSetting          = newTable("setting", 1, `name:t value:b`)
)

// kernelTables is the schema without the tables of modules, in the order of a dump.
var kernelTables = []*table{
	tSetting, tPack, tCalendar, tOutage, tReform, tParameter, tAnnouncement, tAnnouncementRead, tBenefitOff, tJob, tRegion, tCounter, tAccount, tContact, tMandate, tSession, tTrace, tFactor, tIdentity, tTicket, tAttempt, tBeat,
	tJournal, tSnapshot, tCase, tParty, tGram, tTask, tClock, tLicence, tNotice, tName, tTotal, tMessage, tLook, tQuarantine, tTurn, tModule, tShift, tWaiting, tPlace, tLogHead, tLogTile, tLogKey,
}

// list names the columns, each behind the prefix.
func (t *table) list(prefix string) string {
	return prefix + strings.Join(t.cols, ", "+prefix)
}

// shape is a statement about many rows. Its text depends on how many only where the database takes them one by one.
type shape struct {
	kinds []kind // of one row
	text  func(d *dialect, n int) string
}

// adding is the statement that inserts rows; rest is what follows them.
func (t *table) adding(rest string) *shape {
	return &shape{t.kinds, func(d *dialect, n int) string {
		return "INSERT INTO " + t.name + " (" + t.list("") + ") " + d.rows(t.kinds, n) + rest
	}}
}

// one is the statement that inserts one row unless it exists, so that the number of rows tells.
func (t *table) one() string {
	return "INSERT INTO " + t.name + " (" + t.list("") + ") VALUES " + tuples(1, len(t.cols)) + ignore
}

// ignore is the end of an insert that leaves rows alone that exist.
const ignore = " ON CONFLICT DO NOTHING"

// putting is the statement that inserts rows, or replaces all of them but those indexed columns that the mask leaves out and a
// lease: that ends when the wake instant changes.
func (t *table) putting(mask uint) *shape {
	var cols []string
	lease := ""
	for _, c := range t.cols[t.key:] {
		at := slices.Index(t.indexed, c)
		switch {
		case at >= 0 && mask>>at&1 == 0:
		case c == "lease":
		default:
			cols = append(cols, c)
			if c == "wake" {
				lease = ", lease = CASE WHEN " + t.name + ".wake = excluded.wake THEN " + t.name + ".lease ELSE 0 END"
			}
		}
	}
	return t.adding(t.replace(cols) + lease)
}

// indexOf is the values of the indexed columns of a row.
func (t *table) indexOf(row []any) []any {
	vals := make([]any, len(t.indexed))
	for i, at := range t.indexedAt {
		vals[i] = row[at]
	}
	return vals
}

// changed is which indexed columns differ, as bits; all for a row that is new.
func (t *table) changed(was, row []any) uint {
	if was == nil {
		return 1<<len(t.indexed) - 1
	}
	mask := uint(0)
	for i, at := range t.indexedAt {
		if was[i] != row[at] {
			mask |= 1 << i
		}
	}
	return mask
}

// replace is the end of an insert that replaces the given columns of rows that exist.
func (t *table) replace(cols []string) string {
	var b strings.Builder
	b.WriteString(" ON CONFLICT (" + strings.Join(t.cols[:t.key], ", ") + ") DO UPDATE SET ")
	for i, c := range cols {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c + " = excluded." + c)
	}
	return b.String()
}

// removing is the statement that deletes rows by the leading columns of their key.
func (t *table) removing(width int) *shape {
	return &shape{t.kinds[:width], func(d *dialect, n int) string {
		return "DELETE FROM " + t.name + " WHERE " + among(d, t.cols[:width], t.kinds[:width], n)
	}}
}

// among is a condition that columns have the values of one of n rows.
func among(d *dialect, cols []string, kinds []kind, n int) string {
	return "(" + strings.Join(cols, ", ") + ") IN (" + d.rows(kinds, n) + ")"
}

// tuples is n times "(?, ?, …)" of the given width.
func tuples(n, width int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", width), ", ") + ")"
	return strings.TrimSuffix(strings.Repeat(one+", ", n), ", ")
}
