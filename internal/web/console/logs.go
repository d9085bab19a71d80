package console

import (
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// nobody is the id of no account: the filter names one that one does not see, so that nothing is found.
const nobody = "-"

// The kinds of trace that the filters of the logs offer.
var (
	signInKinds = []access.EventKind{access.SignedIn, access.SignInRefused, access.LockedOut, access.Denied, access.SignedOut, access.SessionEnded, access.PasswordChanged, access.PasswordRefused, access.AccountAdded,
		access.FactorAdded, access.FactorRemoved, access.FactorRefused, access.IdentityLinked, access.IdentityUnlinked}
	operationKinds = []access.EventKind{access.AccountAdded, access.AccountChanged, access.SessionEnded, access.FactorRemoved, access.IdentityLinked, access.IdentityUnlinked, access.PackLoaded, access.CalendarLoaded, access.MessageResent, access.MessageSettled, access.ParameterSet, access.JobAsked, access.Announced, access.Unannounced, access.Recounted, access.LogExported, access.ListExported,
		access.BackupBegun, access.BackupEnded, access.BackupRemoved, access.TrialBegun, access.TrialEnded,
		access.AlarmSettled, access.QuarantineAsked, access.QuarantineReleased, access.QuarantineRefused, access.QuarantineDeleted,
		access.ReformProposed, access.ReformAgreed, access.ReformDeclined, access.ReformWithdrawn, access.ReformApplied}
)

// kindField offers kinds of trace.
func (p *page) kindField(kinds []access.EventKind) ui.Field {
	f := ui.Field{Kind: ui.KindSelect, Name: "kind"}
	for _, k := range kinds {
		f.Options = append(f.Options, ui.Option{Value: string(k), Label: p.T("console.event." + string(k))})
	}
	return f
}

// signIns is the sign-in log (登录日志).
func (c *Console) signIns(p *page) error {
	v := p.list("sign-ins", ui.Field{Kind: ui.KindText, Name: "account"}, p.kindField(signInKinds), ui.Field{Kind: ui.KindText, Name: "address"},
		ui.Field{Kind: ui.KindDate, Name: "from"}, ui.Field{Kind: ui.KindDate, Name: "to"}, p.regionField())
	return p.traces(v, "sign-ins", store.SignInLog)
}

// operations is the operation log (操作日志).
func (c *Console) operations(p *page) error {
	v := p.list("operations", ui.Field{Kind: ui.KindText, Name: "by"}, ui.Field{Kind: ui.KindText, Name: "account"}, p.kindField(operationKinds),
		ui.Field{Kind: ui.KindDate, Name: "from"}, ui.Field{Kind: ui.KindDate, Name: "to"}, p.regionField())
	return p.traces(v, "operations", store.OperationLog)
}

// traces shows a log.
func (p *page) traces(v *listView, name, log string) error {
	q, err := p.traceQuery(log)
	if err != nil {
		return err
	}
	return v.long(name, access.LogExported, traceColumns(log), func(cursor string, limit int) ([]ui.TableRow, string, error) {
		q.Cursor, q.Limit = cursor, limit
		list, next, err := p.console.gate.Traces(p.r.Context(), p.Actor, p.asked("region"), q)
		rows := make([]ui.TableRow, len(list))
		for i := range list {
			rows[i] = happened(list[i].At, p.traceCells(log, &list[i]))
		}
		return rows, next, err
	}, func() (store.Count, error) {
		return p.console.gate.CountTraces(p.r.Context(), p.Actor, p.asked("region"), q)
	})
}

// happened is a row of what happened at an instant.
func happened(at time.Time, cells []string) ui.TableRow {
	row := ui.TableRow{Cells: []ui.Cell{{At: at, Head: true}}}
	for _, text := range cells {
		row.Cells = append(row.Cells, ui.Cell{Text: text})
	}
	return row
}

// traceQuery is what the address asks for.
func (p *page) traceQuery(log string) (store.TraceQuery, error) {
	q := store.TraceQuery{Log: log, Address: p.asked("address")}
	if kind := p.asked("kind"); kind != "" {
		q.Kinds = []string{kind}
	}
	var err error
	if q.Account, err = p.accountOf("account"); err == nil {
		q.By, err = p.accountOf("by")
	}
	q.From, q.Until = p.span()
	return q, err
}

// accountOf is the id of the account whose login a filter names, "" if it names none.
func (p *page) accountOf(field string) (string, error) {
	login := p.asked(field)
	if login == "" {
		return "", nil
	}
	for _, kind := range []string{caseflow.ActorOfficial, caseflow.ActorCitizen} {
		list, _, err := p.console.gate.Find(p.r.Context(), p.Actor, "", store.AccountQuery{Kind: kind, Login: strings.ToLower(login)})
		switch {
		case err != nil:
			return "", err
		case len(list) > 0:
			return list[0].ID, nil
		}
	}
	return nobody, nil
}

// span is the days that the address asks for, the last one included. What is no day does not narrow, and its chip can be removed.
func (p *page) span() (from, until time.Time) {
	if day, err := ui.Day(p.asked("from")); err == nil {
		from = day.Start()
	}
	if day, err := ui.Day(p.asked("to")); err == nil {
		until = day.End()
	}
	return from, until
}

// traceColumns are the headings of a log.
func traceColumns(log string) []string {
	if log == store.SignInLog {
		return []string{"at", "account", "event", "why", "address", "region"}
	}
	return []string{"at", "by", "event", "account", "change", "region"}
}

// traceCells are the cells of a trace behind its instant.
func (p *page) traceCells(log string, t *store.Trace) []string {
	event, region := p.T("console.event."+t.Kind), ""
	if t.Region != "" {
		region = p.region(t.Region)
	}
	if log == store.SignInLog {
		return []string{p.whole(t.Account), event, p.why(t), t.Address, region}
	}
	return []string{p.whole(t.By), event, p.whole(t.Account), p.change(t), region}
}

// whole names an account by name and login.
func (p *page) whole(id string) string {
	name, login := p.named(id)
	if login == "" {
		return name
	}
	return p.T("console.name-login", name, login)
}

// why says why a sign-in was refused or an account waits, and with what else somebody proved who they are.
func (p *page) why(t *store.Trace) string {
	group := "console.why."
	switch access.EventKind(t.Kind) {
	case access.SignedIn, access.IdentityLinked, access.IdentityUnlinked, access.FactorAdded, access.FactorRemoved:
		group = "console.reason."
	}
	if key := group + t.Reason; i18n.Has(key) {
		return p.T(key)
	}
	if id, ok := strings.CutPrefix(t.Reason, access.ByProvider); ok {
		return p.T("console.by-provider", p.provider(id))
	}
	return t.Reason
}

// change says what an administrator did: each value before and after.
func (p *page) change(t *store.Trace) string {
	var parts []string
	if kind := access.EventKind(t.Kind); kind == access.ListExported || kind == access.LogExported {
		parts = append(parts, p.exported(t.Reason)...)
	} else if key := "console.reason." + t.Reason; i18n.Has(key) {
		parts = append(parts, p.T(key))
	} else if id, ok := strings.CutPrefix(t.Reason, access.ByProvider); ok {
		parts = append(parts, p.T("console.by-provider", p.provider(id)))
	} else if key := "console.job." + t.Reason; t.Kind == string(access.JobAsked) && i18n.Has(key) {
		parts = append(parts, p.T(key))
	} else if t.Reason != "" {
		parts = append(parts, t.Reason)
	}
	for _, c := range t.Changes {
		field := c.Field
		if key := "console." + c.Field; strings.HasPrefix(c.Field, "parameter.") && i18n.Has(key) {
			field = p.T(key)
		} else if key := "console.changed-field." + c.Field; i18n.Has(key) { // what is changed is no account's
			field = p.T(key)
		} else if key := "console.field." + c.Field; i18n.Has(key) {
			field = p.T(key)
		}
		parts = append(parts, p.T("console.changed", field, p.value(c.Field, c.Old), p.value(c.Field, c.New)))
	}
	return strings.Join(parts, p.T("console.semicolon"))
}

// exported says which list left as a file: its name, what a sealed one says besides, and the filters, as Gate.Note keeps them.
func (p *page) exported(what string) []string {
	list, filters, _ := strings.Cut(what, "?")
	name, more, _ := strings.Cut(list, " ")
	if key := "console.exported." + name; i18n.Has(key) {
		name = p.T(key)
	}
	parts := []string{name}
	if more != "" {
		parts = append(parts, more)
	}
	for _, filter := range strings.Split(filters, "&") {
		field, value, _ := strings.Cut(filter, "=")
		if value == "" || slices.Contains([]string{"as", "lang", "size"}, field) { // narrows nothing
			continue
		}
		for _, group := range []string{"console.exported-by.", "console.field.", "desk.filter."} {
			if i18n.Has(group + field) {
				field, value = p.T(group+field), p.value(field, value)
				break
			}
		}
		parts = append(parts, p.T("console.exported-filter", field, value))
	}
	return parts
}

// value puts a value of an account into words.
func (p *page) value(field, value string) string {
	switch {
	case field == "fault":
		return p.T("console.backups.fault." + value)
	case field == access.FieldDisabled:
		return p.T("console.disabled." + value)
	case value == "":
		return p.T("console.nothing")
	case field == "state" && i18n.Has("console.quarantine.state."+value):
		return p.T("console.quarantine.state." + value)
	case field == access.FieldRoles:
		return p.roles(strings.Split(value, ","))
	case field == access.FieldDepartment:
		return p.department(value)
	case field == access.FieldRegion:
		return p.region(value)
	}
	return value
}

// instant is a time in a file: local, to the second.
func instant(t time.Time) sheet.Second { return sheet.Second(t.In(workday.Shanghai)) }

func (p *page) heads(names []string) []string {
	heads := make([]string, len(names))
	for i, name := range names {
		heads[i] = p.T("console.field." + name)
	}
	return heads
}

var lookColumns = []string{"at", "by", "department", "case", "what", "reason"}

// looks is who looked at whose personal data, and why. The case number says whose without showing the person.
func (c *Console) looks(p *page) error {
	v := p.list("looks", ui.Field{Kind: ui.KindText, Name: "by"}, ui.Field{Kind: ui.KindText, Name: "case"}, ui.Field{Kind: ui.KindDate, Name: "from"},
		ui.Field{Kind: ui.KindDate, Name: "to"}, p.regionField())
	q, err := p.lookQuery()
	if err != nil {
		return err
	}
	return v.long("looks", access.LogExported, lookColumns, func(cursor string, limit int) ([]ui.TableRow, string, error) {
		q.Cursor, q.Limit = cursor, limit
		list, next, err := c.gate.Looks(p.r.Context(), p.Actor, p.asked("region"), q)
		rows := make([]ui.TableRow, len(list))
		for i := range list {
			rows[i] = happened(list[i].At, p.lookCells(&list[i]))
		}
		return rows, next, err
	}, func() (store.Count, error) { return c.gate.CountLooks(p.r.Context(), p.Actor, p.asked("region"), q) })
}

// lookQuery is what the address asks for.
func (p *page) lookQuery() (store.LookQuery, error) {
	q := store.LookQuery{Case: caseflow.CaseNo(p.asked("case"))}
	q.From, q.Until = p.span()
	var err error
	q.Account, err = p.accountOf("by")
	return q, err
}

func (p *page) lookCells(l *store.Look) []string {
	what := l.What
	if key := "desk.look." + strings.SplitN(l.What, ":", 2)[0]; i18n.Has(key) {
		what = p.T(key)
	}
	return []string{p.whole(l.Account), p.department(l.Department), string(l.Case), what, l.Reason}
}
