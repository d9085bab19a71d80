package access

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
)

// The fields of an account whose change a trace tells.
const (
	FieldRegion     = "region"
	FieldDepartment = "department"
	FieldRoles      = "roles"
	FieldDisabled   = "disabled"
	FieldIdentity   = "identity" // provider and subject
	FieldDocument   = "document" // of an official, masked
)

// trace is an event as the log keeps it: what somebody did to another stands in the operation log, what they did themselves at the
// gate in the sign-in log.
func (g *Gate) trace(e Event, region string, changes ...store.FieldChange) (store.Trace, error) {
	var id [12]byte
	if _, err := io.ReadFull(g.random, id[:]); err != nil {
		return store.Trace{}, fmt.Errorf("draw the id of a trace: %w", err)
	}
	log := store.SignInLog
	if e.By != "" {
		log = store.OperationLog
	}
	return store.Trace{ID: hex.EncodeToString(id[:]), At: e.At, Log: log, Kind: string(e.Kind), Region: region, Account: e.Account, By: e.By,
		Session: e.Session, Address: e.Address, Reason: e.Reason, Changes: changes}, nil
}

// record keeps an event that changes no row, and tells it.
func (g *Gate) record(ctx context.Context, e Event, region string, changes ...store.FieldChange) error {
	t, err := g.trace(e, region, changes...)
	if err == nil {
		err = g.accounts.AddTrace(ctx, t)
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Kind, err)
	}
	g.notify(e)
	return nil
}

// Note records what an administrator did to something that is no account, in the operation log: what is its name, and details say
// more. Of a list that was taken away what was searched for is masked (taken).
func (g *Gate) Note(ctx context.Context, by caseflow.Actor, kind EventKind, what string, details ...store.FieldChange) error {
	return g.NoteIn(ctx, by, by.Region, kind, what, details...)
}

// NoteIn is Note for something of one region, such as a list that was narrowed to it: who keeps the log there sees who took it. A region that
// is not below the actor's own is not believed, unless the program itself says so.
func (g *Gate) NoteIn(ctx context.Context, by caseflow.Actor, region string, kind EventKind, what string, details ...store.FieldChange) error {
	if kind == ListExported || kind == LogExported {
		what = taken(what)
	}
	if by.Region != "" && !ident.Service().Within(region, by.Region) {
		region = by.Region
	}
	return g.record(ctx, Event{Kind: kind, At: g.now(), By: by.ID, Reason: what}, region, details...)
}

// chosen are the filters of lists whose values are picked from what the page offers, or are days: they name nobody. Into all others
// people type names and numbers.
var chosen = []string{"as", "department", "door", "due", "from", "group", "help", "item", "kind", "lang", "log", "part", "region", "role", "size",
	"source", "state", "tab", "to", "when"}

// taken is a list with its filters, name?key=value&…, as the operation log keeps it: which filters were used, but of what was typed
// only as much as masks show.
func taken(what string) string {
	list, query, ok := strings.Cut(what, "?")
	if !ok {
		return what
	}
	asked, _ := url.ParseQuery(query) // what cannot be read filtered nothing
	asked.Del("cursor")
	for name, values := range asked {
		for i, text := range values {
			switch no := ident.Normalise(text); {
			case slices.Contains(chosen, name) && !strings.ContainsAny(text, "&="): // nor do they look like other filters
			case strings.Trim(no, "+-0123456789X") == "":
				values[i] = ident.MaskID(no)
			default:
				values[i] = ident.MaskName(text)
			}
		}
	}
	text, _ := url.QueryUnescape(asked.Encode()) // what was just escaped; people read it
	return list + "?" + text
}

// NoteWith is Note for what also changes a row: write is given the trace to write with it, in one transaction.
func (g *Gate) NoteWith(ctx context.Context, by caseflow.Actor, kind EventKind, what string, write func(store.Trace) error, details ...store.FieldChange) error {
	e := Event{Kind: kind, At: g.now(), By: by.ID, Reason: what}
	t, err := g.trace(e, by.Region, details...)
	if err == nil {
		err = write(t)
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", kind, err)
	}
	g.notify(e)
	return nil
}

// Reach are the regions in which somebody may do an act: the one that is asked for, or all. store.ErrNotFound if there is none.
func (g *Gate) Reach(ctx context.Context, by caseflow.Actor, act Act, asked string) ([]string, error) {
	return g.regions(ctx, by, act, asked)
}

// differences are what a change does to an account, as far as it may be told.
func differences(old, now *store.Account) []store.FieldChange {
	var list []store.FieldChange
	for _, f := range []store.FieldChange{
		{Field: FieldRegion, Old: old.Region, New: now.Region},
		{Field: FieldDepartment, Old: old.Department, New: now.Department},
		{Field: FieldRoles, Old: strings.Join(old.Roles, ","), New: strings.Join(now.Roles, ",")},
		{Field: FieldDisabled, Old: strconv.FormatBool(old.Disabled), New: strconv.FormatBool(now.Disabled)},
	} {
		if f.Old != f.New {
			list = append(list, f)
		}
	}
	if now.Kind == caseflow.ActorOfficial && documentOf(old) != documentOf(now) {
		was := documentOf(old)
		if seal.KeyOf(was.No) != "" { // its key is lost
			was.No = ""
		}
		list = append(list, store.FieldChange{Field: FieldDocument, Old: was.Masked(), New: documentOf(now).Masked()})
	}
	return list
}

func documentOf(a *store.Account) ident.Document {
	return ident.Document{Type: ident.DocType(a.DocType), No: a.DocNo}
}

// regions are those in which somebody may do an act: the one that is asked for, or all. store.ErrNotFound if there is none.
func (g *Gate) regions(ctx context.Context, by caseflow.Actor, act Act, asked string) ([]string, error) {
	if asked != "" {
		if !May(by, act, Resource{Region: asked}).Allow {
			return nil, store.ErrNotFound
		}
		return []string{asked}, nil
	}
	if !May(by, act, Resource{Region: by.Region}).Allow {
		return nil, store.ErrNotFound
	}
	all, err := g.accounts.Regions(ctx)
	if err != nil {
		return nil, fmt.Errorf("list regions: %w", err)
	}
	var list []string
	for _, region := range all {
		if May(by, act, Resource{Region: region}).Allow {
			list = append(list, region)
		}
	}
	return list, nil
}

// Regions are the regions with accounts that somebody may see.
func (g *Gate) Regions(ctx context.Context, by caseflow.Actor) ([]string, error) {
	return g.regions(ctx, by, AccountSee, "")
}

// Traces lists a page of a log, newest first: the sign-in log for who may see that of a region, the operation log for the audit
// administrator. A region of the query narrows it, none means all that they may see; sign-ins under a login that nobody has are
// of no region and shown to all who see the log. Others get store.ErrNotFound.
func (g *Gate) Traces(ctx context.Context, by caseflow.Actor, region string, q store.TraceQuery) ([]store.Trace, string, error) {
	if err := g.narrowLog(ctx, by, region, &q); err != nil {
		return nil, "", err
	}
	return g.accounts.FindTraces(ctx, q)
}

// CountTraces counts what Traces lists.
func (g *Gate) CountTraces(ctx context.Context, by caseflow.Actor, region string, q store.TraceQuery) (store.Count, error) {
	if err := g.narrowLog(ctx, by, region, &q); err != nil {
		return store.Count{}, err
	}
	return g.accounts.CountTraces(ctx, q)
}

func (g *Gate) narrowLog(ctx context.Context, by caseflow.Actor, region string, q *store.TraceQuery) (err error) {
	act := AuditSee
	if q.Log == store.SignInLog {
		act = AccountLog
	}
	if q.Regions, err = g.regions(ctx, by, act, region); err != nil {
		return err
	}
	if q.Log == store.SignInLog && region == "" && q.Account == "" {
		q.Regions = append(q.Regions, "")
	}
	return nil
}

// Looks lists a page of who looked at personal data, newest first, for the audit administrator. Others get store.ErrNotFound.
func (g *Gate) Looks(ctx context.Context, by caseflow.Actor, region string, q store.LookQuery) ([]store.Look, string, error) {
	var err error
	if q.Regions, err = g.regions(ctx, by, AuditSee, region); err != nil {
		return nil, "", err
	}
	return g.accounts.FindLooks(ctx, q)
}

// CountLooks counts what Looks lists.
func (g *Gate) CountLooks(ctx context.Context, by caseflow.Actor, region string, q store.LookQuery) (store.Count, error) {
	var err error
	if q.Regions, err = g.regions(ctx, by, AuditSee, region); err != nil {
		return store.Count{}, err
	}
	return g.accounts.CountLooks(ctx, q)
}

// Find lists a page of accounts, by login, for who may see them, without password hashes. Citizens are found by the whole login
// only: nobody browses them. Others get store.ErrNotFound.
func (g *Gate) Find(ctx context.Context, by caseflow.Actor, region string, q store.AccountQuery) ([]store.Account, string, error) {
	if err := g.narrow(ctx, by, region, &q); err != nil {
		return nil, "", err
	}
	list, next, err := g.accounts.FindAccounts(ctx, q)
	for i := range list {
		list[i].Password = ""
	}
	return list, next, err
}

// CountAccounts counts what Find lists.
func (g *Gate) CountAccounts(ctx context.Context, by caseflow.Actor, region string, q store.AccountQuery) (store.Count, error) {
	if err := g.narrow(ctx, by, region, &q); err != nil {
		return store.Count{}, err
	}
	return g.accounts.CountAccounts(ctx, q)
}

// narrow limits a search for accounts to what somebody may find: of citizens one by the whole number, and without one none.
func (g *Gate) narrow(ctx context.Context, by caseflow.Actor, region string, q *store.AccountQuery) (err error) {
	if q.Regions, err = g.regions(ctx, by, AccountSee, region); err != nil {
		return err
	}
	if q.Kind == "" {
		q.Kind = caseflow.ActorOfficial
	}
	if q.Kind == caseflow.ActorCitizen {
		if q.Login, q.Search = canonicalLogin(q.Login+q.Search), ""; q.Login == "" {
			q.Regions = nil
		}
	}
	return nil
}

// Account is one account for who may see it, without its password hash. Others get store.ErrNotFound.
func (g *Gate) Account(ctx context.Context, by caseflow.Actor, id string) (*store.Account, error) {
	a, err := g.accounts.AccountByID(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case !May(by, AccountSee, Resource{Region: a.Region}).Allow:
		return nil, store.ErrNotFound
	}
	return shown(a), nil
}

// Present is a session that is in use, with whose it is.
type Present struct {
	Sitting
	Owner store.Account
}

// Online lists a page of the sessions that are in use, newest first, for who may see the sign-in log of a region. account and kind
// narrow it. Others get store.ErrNotFound.
func (g *Gate) Online(ctx context.Context, by caseflow.Actor, region string, q store.SessionQuery) ([]Present, string, error) {
	var err error
	if q.Regions, err = g.regions(ctx, by, AccountLog, region); err != nil {
		return nil, "", err
	}
	q.Now = g.now()
	var citizens, officials time.Duration // the longest of the regions; a page may then be shorter than was asked for
	for _, r := range q.Regions {
		citizens, officials = max(citizens, g.values().Time(parameter.IdleCitizens, r)), max(officials, g.values().Time(parameter.IdleOfficials, r))
	}
	q.Citizens, q.Officials = q.Now.Add(-citizens), q.Now.Add(-officials)
	rows, next, err := g.accounts.OpenSessions(ctx, q)
	list := make([]Present, 0, len(rows))
	for i := range rows {
		if o := &rows[i]; g.good(&o.Session, &o.Owner) {
			list = append(list, Present{Sitting{ID: sittingID(o.Hash), Started: o.Started, Seen: o.Seen, Address: o.Address, Agent: o.Agent}, *shown(&o.Owner)})
		}
	}
	return list, next, err
}

// CountOnline counts what Online lists: region by region, since each may have its own idle times.
func (g *Gate) CountOnline(ctx context.Context, by caseflow.Actor, region string, q store.SessionQuery) (store.Count, error) {
	var all store.Count
	regions, err := g.regions(ctx, by, AccountLog, region)
	if err != nil {
		return all, err
	}
	q.Now = g.now()
	for _, r := range regions {
		q.Regions = []string{r}
		q.Citizens, q.Officials = q.Now.Add(-g.values().Time(parameter.IdleCitizens, r)), q.Now.Add(-g.values().Time(parameter.IdleOfficials, r))
		n, err := g.accounts.CountOpenSessions(ctx, q)
		if err != nil {
			return all, err
		}
		all = all.And(n)
	}
	return all, nil
}

// SignOutOther ends a session of somebody else by its public id, or all with "". For who may manage accounts of the region; the
// person may sign in again at once. store.ErrNotFound if there is no such account or session.
func (g *Gate) SignOutOther(ctx context.Context, by caseflow.Actor, id, session string) error {
	a, err := g.accounts.AccountByID(ctx, id)
	switch {
	case err != nil:
		return err
	case !May(by, AccountManage, Resource{Region: a.Region}).Allow:
		return store.ErrNotFound
	}
	live, err := g.live(ctx, a)
	if err != nil {
		return err
	}
	var hash []byte // nil: all
	for _, s := range live {
		if session != "" && sittingID(s.Hash) == session {
			hash = s.Hash
		}
	}
	if session != "" && hash == nil {
		return store.ErrNotFound
	}
	e := Event{Kind: SessionEnded, At: g.now(), Account: a.ID, By: by.ID, Session: session}
	t, err := g.trace(e, a.Region)
	if err == nil {
		err = g.accounts.EndSessions(ctx, a.ID, hash, e.At, t)
	}
	if err != nil {
		return errors.Join(errors.New("end somebody's session"), err)
	}
	g.notify(e)
	return nil
}
