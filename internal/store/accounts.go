package store

import (
	"context"
	"time"
)

// Accounts keeps who may sign in. Passwords are stored as argon2id hashes only; session tokens as SHA-256 only.
type Accounts interface {
	Traces
	// AddAccount stores a new account, at Version 0; ErrConflict if the login is taken. Here and below, traces are written in
	// the same transaction, or not at all.
	AddAccount(ctx context.Context, a Account, traces ...Trace) error
	// UpdateAccount replaces an account's name, password hash, region, department, roles, state, lock and proof, and counts its Version up.
	// It fails with ErrConflict, and changes nothing, if the account is no longer at a.Version: read it again and decide
	// again. ErrNotFound.
	UpdateAccount(ctx context.Context, a Account, traces ...Trace) error
	// AccountByLogin and AccountByID find an account. ErrNotFound.
	AccountByLogin(ctx context.Context, login string) (*Account, error)
	AccountByID(ctx context.Context, id string) (*Account, error)
	// Regions lists the regions that have cases or accounts.
	Regions(ctx context.Context) ([]string, error)
	// ListOfficials lists a region's officials by login. Of citizens, who may be a million, it reads none.
	ListOfficials(ctx context.Context, region string) ([]Account, error)
	// AddSession stores a session; Session returns one that exists, whether it is still good or not. ErrNotFound.
	AddSession(ctx context.Context, s Session, traces ...Trace) error
	Session(ctx context.Context, hash []byte) (*Session, error)
	// Sessions lists the sessions of an account that have not ended, newest first, expired ones included.
	Sessions(ctx context.Context, account string) ([]Session, error)
	// TouchSession records use; EndSessions ends one session, or (hash nil) all of an account.
	TouchSession(ctx context.Context, hash []byte, seen time.Time) error
	EndSessions(ctx context.Context, account string, hash []byte, at time.Time, traces ...Trace) error
	// CountAttempt adds a failed sign-in under a key (account or address) and returns how many there were since the
	// instant; ClearAttempts forgets them.
	CountAttempt(ctx context.Context, key string, at, since time.Time) (int, error)
	// AddAttempts is CountAttempt of n at once; a negative n takes back what was added at the same instant.
	AddAttempts(ctx context.Context, key string, n int, at, since time.Time) (int, error)
	Attempts(ctx context.Context, key string, since time.Time) (int, error)
	ClearAttempts(ctx context.Context, key string) error
	// PutFactor stores what somebody proves beside the password, or replaces it; Factors lists an account's by kind and id.
	PutFactor(ctx context.Context, f Factor) error
	Factors(ctx context.Context, account string) ([]Factor, error)
	// UseFactor notes that a step of a confirmed factor was used. ErrConflict, and nothing changes, if that step or a later one was
	// used before, or there is no such factor: of two that come with one step only one gets through.
	UseFactor(ctx context.Context, account, id string, step int64, at time.Time) error
	// DropFactors deletes the named factors of an account, or all if none is named, and returns how many there were.
	DropFactors(ctx context.Context, account string, ids ...string) (int, error)
	// SealedFactors lists factors with a sealed secret in the order of account and id, behind those of the last one;
	// ResealFactor replaces a secret that still is what it was, else ErrConflict.
	SealedFactors(ctx context.Context, after Factor, limit int) ([]Factor, error)
	ResealFactor(ctx context.Context, f Factor, secret string) error
	// SealedValues lists what stands in a column of accounts by the account's id, behind one; ResealValue replaces one that still is
	// what it was, else ErrConflict: it is no change of the account or its contact, whose Version stays.
	SealedValues(ctx context.Context, column SealedColumn, after string, limit int) ([]SealedValue, error)
	ResealValue(ctx context.Context, v SealedValue, fresh string) error
	// AddIdentity notes whom a provider of sign-ins means by a subject, and stores the account too if it is a new one; ErrConflict, and
	// nothing is stored, if the subject means somebody already or the login is taken.
	// Identity finds one, ErrNotFound; Identities lists an account's; DropIdentity forgets one of the account, ErrNotFound.
	AddIdentity(ctx context.Context, i Identity, fresh *Account, traces ...Trace) error
	Identity(ctx context.Context, issuer, subject string) (*Identity, error)
	Identities(ctx context.Context, account string) ([]Identity, error)
	DropIdentity(ctx context.Context, i Identity, traces ...Trace) error
	// AddTicket stores something that is waited for; Ticket reads it; TakeTicket reads it and takes it away: of several that
	// take one only one gets it. ErrNotFound.
	AddTicket(ctx context.Context, t Ticket) error
	Ticket(ctx context.Context, hash []byte) (*Ticket, error)
	TakeTicket(ctx context.Context, hash []byte) (*Ticket, error)
	// Prune deletes failed sign-ins and tickets from before one instant, and sessions that expired before another, ended ones
	// among them: at most limit of each, the oldest first. It returns how many rows went; 0 means that none is left. Any number
	// of servers may prune at once.
	Prune(ctx context.Context, attempts, sessions time.Time, limit int) (int, error)
}

// Account is somebody who may sign in.
type Account struct {
	ID         string
	Login      string // unique, lower case
	Kind       string // caseflow.ActorCitizen or ActorOfficial
	Name       string
	Password   string // argon2id in PHC form
	Region     string
	Department string
	Roles      []string
	DocType    string
	DocNo      string // sealed: the gate opens it
	Phone      string // sealed: the gate opens it
	Disabled   bool
	Locked     time.Time // until
	Verified   time.Time // when an official saw the papers that prove the document; zero: nobody has
	MustChange bool      // the password was set by somebody else
	Added      time.Time
	Version    int // how often it was changed; see UpdateAccount
}

// SealedColumn is a column whose values are sealed; each account has one at most.
type SealedColumn string

// The sealed columns of accounts, by the names that their places have (internal/seal).
const (
	SealedDocument SealedColumn = "account.document"
	SealedPhone    SealedColumn = "account.phone"
	SealedEmail    SealedColumn = "contact.email"
)

// SealedColumns are all of them.
var SealedColumns = []SealedColumn{SealedDocument, SealedPhone, SealedEmail}

// Place is where the value of an account belongs.
func (c SealedColumn) Place(account string) string { return string(c) + "/" + account }

// SealedValue is what stands in a sealed column for an account.
type SealedValue struct {
	Column  SealedColumn
	Account string
	Text    string
}

// Contacts keeps how accounts want to be reached.
type Contacts interface {
	// Contact returns how an account wants to be reached; all zero, at Version 0, if it never said.
	Contact(ctx context.Context, account string) (Contact, error)
	// Contacts is Contact for many accounts, by account.
	Contacts(ctx context.Context, accounts []string) (map[string]Contact, error)
	// PutContact replaces it and counts its Version up. ErrConflict, and nothing is changed, if it is no longer at n.Version.
	PutContact(ctx context.Context, n Contact) error
}

// Contact is how an account wants to be reached outside the program, in which everything is shown anyhow.
type Contact struct {
	Account   string
	Email     string    // "" if none; sealed: access.SealedStore opens it
	Confirmed time.Time // when a code that was sent there came back; zero: nothing is sent there
	NoEmail   bool
	NoSMS     bool
	QuietFrom int // minutes of the day in Asia/Shanghai, half open; equal to QuietTo: no quiet hours
	QuietTo   int
	Code      []byte    // what is left of the code that was sent last, salted
	CodeUntil time.Time // until when it may come back
	Tries     int       // that are left
	Version   int       // how often it was changed
}

// Session is one sign-in.
type Session struct {
	Hash    []byte // SHA-256 of the token
	Account string
	Started time.Time
	Seen    time.Time
	Expires time.Time
	Ended   time.Time
	Address string // of the client, for the person's own list
	Agent   string
	Factor  string // what was proved beside the password when it began, or instead of it; "" nothing
}

// Factor is what somebody proves beside the password.
type Factor struct {
	Account string
	ID      string // within the account
	Kind    string
	Name    string    // that its owner gave it
	Secret  string    // sealed, or a digest
	Step    int64     // the last one that was used: of a code by time its time, of a passkey its count
	Added   time.Time // when it was confirmed; zero until then
	Used    time.Time
}

// Identity is whom a provider of sign-ins (OIDC) means by a subject.
type Identity struct {
	Issuer  string
	Subject string
	Account string
	Added   time.Time
}

// Ticket is an answer that is waited for, such as the second step of a sign-in. Who holds its token may give it.
type Ticket struct {
	Hash    []byte // SHA-256 of the token
	Kind    string
	Account string // "" if it is not known yet
	Body    []byte
	Expires time.Time
}
