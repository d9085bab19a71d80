package access

import (
	"log/slog"
	"net/netip"
	"strings"
	"time"
)

// Event is something that happened at the gate: for the logs of administrators (store.Trace) and the operator's log (OWASP ASVS
// 16.3). It
// names accounts by id only; as a log value it shortens the client's address to its network.
type Event struct {
	Kind    EventKind
	At      time.Time
	Account string // id; "" if nobody has that login
	By      string // id of the account that did it to another; "" if the account itself did
	Session string // public id of the session, see [Sitting]
	Address string // of the client
	Reason  string // why a sign-in was refused, an account changed
}

// EventKind says what happened. Values are stored: only ever add.
type EventKind string

// The kinds of event.
const (
	SignedIn         EventKind = "signed-in"       // Reason: what was proved beside the password or instead of it; "" nothing
	SignInRefused    EventKind = "sign-in-refused" // Reason: one of the Why… values
	SignedOut        EventKind = "signed-out"
	SessionEnded     EventKind = "session-ended" // by its owner from another session, or as one too many
	PasswordChanged  EventKind = "password-changed"
	PasswordRefused  EventKind = "password-refused" // the old one was wrong
	AccountAdded     EventKind = "account-added"
	AccountChanged   EventKind = "account-changed"
	CrossSite        EventKind = "cross-site"      // a request from another site was turned away
	FactorAdded      EventKind = "factor-added"    // Reason: the kind of factor, also of a new list of recovery codes
	FactorRemoved    EventKind = "factor-removed"  // Reason: its kind, or "taken": all of them, by an administrator
	FactorRefused    EventKind = "factor-refused"  // a code was not right; Reason: one of the Why… values
	Denied           EventKind = "denied"          // asked for what is not theirs, or is not there; Reason: which kind of request
	LockedOut        EventKind = "locked-out"      // so many failures that a login or an address waits; Reason: WhyLocked, WhyThrottled
	PackLoaded       EventKind = "pack-loaded"     // Reason: pack and version
	Recounted        EventKind = "recounted"       // limits of running cases; Reason: as the administrator gave it
	IdentityLinked   EventKind = "identity-linked" // a person of a provider may sign in to the account; Reason: which provider
	IdentityUnlinked EventKind = "identity-unlinked"
	LogExported      EventKind = "log-exported"   // Reason: which log
	BackupBegun      EventKind = "backup-begun"   // Reason: the archive
	BackupEnded      EventKind = "backup-ended"   // Reason: the archive
	BackupRemoved    EventKind = "backup-removed" // Reason: the archive; it was one too many
	TrialBegun       EventKind = "trial-begun"    // of restoring; Reason: the archive
	TrialEnded       EventKind = "trial-ended"    // Reason: the archive
	AlarmSettled     EventKind = "alarm-settled"  // about a log; Reason: its id, and what it was
	// Of a quarantined file; Reason: its id.
	QuarantineAsked    EventKind = "quarantine-asked"    // for its release
	QuarantineReleased EventKind = "quarantine-released" // a second person agreed
	QuarantineRefused  EventKind = "quarantine-refused"
	QuarantineDeleted  EventKind = "quarantine-deleted"
	ReformProposed     EventKind = "reform-proposed" // of departments; Reason: the document that orders it
	ReformAgreed       EventKind = "reform-agreed"
	ReformDeclined     EventKind = "reform-declined"
	ReformWithdrawn    EventKind = "reform-withdrawn"
	ReformApplied      EventKind = "reform-applied"
	ParameterSet       EventKind = "parameter-set"   // Reason: as the administrator gave it
	JobAsked           EventKind = "job-asked"       // background work to run now; Reason: which
	Announced          EventKind = "announced"       // Reason: the title
	Unannounced        EventKind = "unannounced"     // it was withdrawn; Reason: why
	CalendarLoaded     EventKind = "calendar-loaded" // Reason: its name and version
	MessageResent      EventKind = "message-resent"  // that was dead or unclear; Reason: its id
	MessageSettled     EventKind = "message-settled" // it was taken as sent; Reason: its id
	ListExported       EventKind = "list-exported"   // cases, tasks or statistics as a file; Reason: which list, with its filters
)

// Why a sign-in was refused. The client is not told which.
const (
	WhyUnknown   = "unknown"
	WhyWrong     = "wrong"
	WhyLocked    = "locked"    // too many wrong passwords, or locked by an administrator
	WhyDisabled  = "disabled"  //
	WhyThrottled = "throttled" // too many tries from the address: 429
	WhyPasskey   = "passkey"   // the answer of a passkey was not right
	WhySessions  = "sessions"  // one session too many
	WhyReplayed  = "replayed"  // a code that was used before
)

// LogValue leaves out whatever could name a person: also the filters of a list that was taken away, in which people type names and
// numbers. The operation log has them, masked.
func (e Event) LogValue() slog.Value {
	if e.Kind == ListExported {
		e.Reason, _, _ = strings.Cut(e.Reason, "?")
	}
	attrs := []slog.Attr{slog.String("event", string(e.Kind))}
	for _, a := range [][2]string{
		{"account", e.Account}, {"by", e.By}, {"session", e.Session}, {"network", network(e.Address)}, {"reason", e.Reason},
	} {
		if a[1] != "" {
			attrs = append(attrs, slog.String(a[0], a[1]))
		}
	}
	return slog.GroupValue(attrs...)
}

// network is the part of an address that points to a provider, not to a person: /24 or /48.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 48
	if a = a.Unmap(); a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
