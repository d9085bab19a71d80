package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
)

// Evidence keeps the transparency log: the leaves that have no place yet, the place of each that has one, the tiles and the
// newest checkpoint. A leaf is written in the transaction of the row that it proves: of an entry, a look, a trace, a pack version,
// a calendar, or of what a module has done. So nothing is acknowledged that is not at least among those that wait.
type Evidence interface {
	// Suite is what leaves are hashed with, evidence.Standard until SettleSuite has settled another.
	Suite() evidence.Suite
	// SettleSuite settles the suite of the log if none is, before there is any entry or the log is begun, and returns the one that holds. It
	// never changes again.
	SettleSuite(ctx context.Context, s evidence.Suite) (evidence.Suite, error)
	// BeginLog makes the log, empty, unless there is one; whatever rows of leaves stand already then wait for their places. It returns
	// the head that stands, and is cheap if there was one.
	BeginLog(ctx context.Context, fresh LogHead) (LogHead, error)
	// LogHead returns the newest head. What it returns is durable. ErrNotFound before BeginLog.
	LogHead(ctx context.Context) (LogHead, error)
	// ShownLog returns the head that outsiders are shown: the one that ShowLog was given last, with what witnesses have signed, or the newest if
	// none was. What it returns is durable. ErrNotFound before BeginLog.
	ShownLog(ctx context.Context) (LogHead, error)
	// ShowLog shows a head that stands from now on, unless a longer one is shown. One without a checkpoint ends that: from then on the newest is
	// shown.
	ShowLog(ctx context.Context, h LogHead) error
	// WaitingLeaves lists leaves without a place, those of one case in the order of its entries, at most limit. They may be taken back
	// by a power loss until a GrowLog that places them has returned.
	WaitingLeaves(ctx context.Context, limit int) ([]Leaf, error)
	// GrowLog makes the log longer in one transaction: the leaves get the places from was.Size on, in their order, the tiles are written
	// and the head is replaced. ErrConflict, and nothing is written, if the head is not was or one of the leaves does not wait.
	GrowLog(ctx context.Context, was LogHead, g Growth) error
	// LogTile returns a bundle (level evidence.Entries) or a hash tile of level 1 and above, as wide as it is by now. ErrNotFound.
	// What level 0 holds follows from the bundles.
	LogTile(ctx context.Context, level int, n int64) ([]byte, error)
	// LeafPlace tells the place of a leaf in the log. ErrNotFound while it has none.
	LeafPlace(ctx context.Context, id LeafID) (int64, error)
	// EachLeaf computes every leaf again from the row that it proves, in the order of LeafIDs within each kind, and visits it with
	// its place, or -1 if it has none; one that not even waits is visited too. It fails if an entry is not what its own leaf says.
	EachLeaf(ctx context.Context, visit func(Leaf, int64) error) error
	// LogKeys lists the keys of the log, the oldest first; AddLogKey adds some that begin together, all or none, ErrConflict if there
	// is one that began later or at the same instant; EndLogKey records until when a key signs, and drops its secret; ResealLogKey replaces the sealed secret was.
	// ErrNotFound.
	LogKeys(ctx context.Context) ([]LogKey, error)
	AddLogKey(ctx context.Context, keys ...LogKey) error
	EndLogKey(ctx context.Context, id string, at time.Time) error
	ResealLogKey(ctx context.Context, id, was, secret string) error
	// PlacedEntries lists the journal entries whose leaves stand at the places from …, of that many places, in their order, and the
	// place to go on from. Who follows the places sees every entry of every case once, in one order, those of one case by their
	// numbers. Nothing before BeginLog.
	PlacedEntries(ctx context.Context, from int64, places int) ([]PlacedEntry, int64, error)
	// Leaves is signalled when this process has written leaves.
	Leaves() <-chan struct{}
}

// LogHead is how far the log has come.
type LogHead struct {
	Size       int64
	Checkpoint []byte // signed
	At         time.Time
}

// Growth is what GrowLog writes.
type Growth struct {
	Head   LogHead
	Leaves []Leaf
	Tiles  []LogTile
}

// LogTile is a tile with its place; level evidence.Entries is a bundle.
type LogTile struct {
	Level int
	N     int64
	Body  []byte
}

// The kinds of leaves.
const (
	LeafEntry    = "entry"
	LeafLook     = "look"
	LeafTrace    = "trace"
	LeafPack     = "pack"
	LeafCalendar = "calendar"
	LeafModule   = "module"
)

// LeafID names what a leaf proves: an entry by case and number; a look by "case account what" and its instant in microseconds; a
// trace by its id and instant; a pack by "id version"; a calendar by its version; what a module proves by "module name" and number.
type LeafID struct {
	Region string // "" for what is of no region
	Kind   string
	Name   string
	No     int64
}

// Leaf is a leaf of the log.
type Leaf struct {
	LeafID
	Entry evidence.Hash // the salted hash that the log shows
	Made  time.Time
	ID    int64 // among those that wait
}

// PlacedEntry is an entry of a case that has its place in the log.
type PlacedEntry struct {
	Key
	Entry
	Place int64
}

// LogKey is a key that signs, or has signed, checkpoints.
type LogKey struct {
	ID     string // eight hexadecimal digits, as in a verifier key
	Public string // verifier key of c2sp.org/signed-note
	Secret string // sealed; "" once it has ended
	Began  time.Time
	Ended  time.Time
}

// EntryLeaf names the leaf of a journal entry.
func EntryLeaf(key Key, no int) LeafID {
	return LeafID{Region: key.Region, Kind: LeafEntry, Name: string(key.Case), No: int64(no)}
}

// Instant is the form of an instant in the data of a leaf: RFC 3339 UTC with microseconds.
const Instant = "2006-01-02T15:04:05.000000Z"

// Leaf is the leaf of the look under a salt.
func (l *Look) Leaf(s evidence.Suite, salt [evidence.SaltBytes]byte) (Leaf, error) {
	id := LeafID{l.Region, LeafLook, string(l.Case) + " " + l.Account + " " + l.What, l.At.UnixMicro()}
	return leafOf(s, id, l.At, salt, struct {
		Region     string          `json:"region"`
		Case       caseflow.CaseNo `json:"case"`
		Account    string          `json:"account"`
		Department string          `json:"department"`
		At         string          `json:"at"`
		What       string          `json:"what"`
		Reason     string          `json:"reason"`
	}{l.Region, l.Case, l.Account, l.Department, l.At.UTC().Format(Instant), l.What, l.Reason})
}

// Leaf is the leaf of the trace under a salt.
func (t *Trace) Leaf(s evidence.Suite, salt [evidence.SaltBytes]byte) (Leaf, error) {
	return leafOf(s, LeafID{t.Region, LeafTrace, t.ID, t.At.UnixMicro()}, t.At, salt, struct {
		ID      string        `json:"id"`
		At      string        `json:"at"`
		Log     string        `json:"log"`
		Kind    string        `json:"kind"`
		Region  string        `json:"region"`
		Account string        `json:"account"`
		By      string        `json:"by"`
		Session string        `json:"session"`
		Address string        `json:"address"`
		Reason  string        `json:"reason"`
		Changes []FieldChange `json:"changes"`
	}{t.ID, t.At.UTC().Format(Instant), t.Log, t.Kind, t.Region, t.Account, t.By, t.Session, t.Address, t.Reason, t.Changes})
}

// Leaf is the leaf of the pack version. Packs are public, so its salt is zero and anybody can compute it.
func (p *PackRow) Leaf(s evidence.Suite) (Leaf, error) {
	return leafOf(s, LeafID{"", LeafPack, p.ID + " " + p.Version, 0}, p.Added, [evidence.SaltBytes]byte{},
		evidence.PackLeaf{Pack: p.ID, Version: p.Version, Digest: hex.EncodeToString(p.Digest)})
}

// Leaf is the leaf of the calendar, with a salt of zero.
func (c *CalendarRow) Leaf(s evidence.Suite) (Leaf, error) {
	return leafOf(s, LeafID{"", LeafCalendar, "", int64(c.Version)}, c.Loaded, [evidence.SaltBytes]byte{},
		evidence.CalendarLeaf{Calendar: c.Version, Digest: c.Digest})
}

// Leaf is the leaf of what a module has done.
func (m *ModuleLeaf) Leaf(s evidence.Suite) (Leaf, error) {
	if len(m.Salt) != evidence.SaltBytes {
		return Leaf{}, fmt.Errorf("leaf of %s %s has no salt", m.Module, m.Name)
	}
	return leafOf(s, LeafID{m.Region, LeafModule, m.Module + " " + m.Name, m.No}, m.At, [evidence.SaltBytes]byte(m.Salt), struct {
		Region string          `json:"region"`
		Module string          `json:"module"`
		Name   string          `json:"name"`
		No     int64           `json:"no"`
		At     string          `json:"at"`
		Data   json.RawMessage `json:"data"`
	}{m.Region, m.Module, m.Name, m.No, m.At.UTC().Format(Instant), m.Data})
}

func leafOf(s evidence.Suite, id LeafID, made time.Time, salt [evidence.SaltBytes]byte, data any) (Leaf, error) {
	line, err := json.Marshal(data)
	if err != nil {
		return Leaf{}, fmt.Errorf("leaf of %s %s: %w", id.Kind, id.Name, err)
	}
	return Leaf{LeafID: id, Made: made, Entry: s.Entry(salt, line)}, nil
}

// Head is the head of the entry as its leaf covers it; after is the leaf of the case's entry before it, nil for the first.
func (e *Entry) Head(key Key, after []byte) caseflow.EntryHead {
	return caseflow.EntryHead{Region: key.Region, Case: key.Case, Entry: e.No, After: hex.EncodeToString(after), At: e.At.UTC().Format(Instant),
		Actor: e.Actor, Verb: e.Verb, Seq: e.Seq}
}

// EntryHash is what the log shows of a journal entry; after is the leaf of the case's entry before it. It fails if the entry has no
// salt.
func EntryHash(s evidence.Suite, key Key, after []byte, e *Entry) (evidence.Hash, error) {
	if len(e.Salt) != evidence.SaltBytes {
		return evidence.Hash{}, fmt.Errorf("entry %s/%d has no salt", key.Case, e.No)
	}
	head, err := json.Marshal(e.Head(key, after))
	if err != nil {
		return evidence.Hash{}, fmt.Errorf("leaf of %s/%d: %w", key.Case, e.No, err)
	}
	events, err := caseflow.SplitEvents(e.Events)
	if err != nil {
		return evidence.Hash{}, fmt.Errorf("leaf of %s/%d: %w", key.Case, e.No, err)
	}
	salt := [evidence.SaltBytes]byte(e.Salt)
	parts := make([]evidence.Hash, len(events))
	for i := range events {
		parts[i] = s.Entry(s.PartSalt(salt, uint32(i+1)), events[i]) // #nosec G115 -- an entry has few events
	}
	return s.Parted(s.PartSalt(salt, 0), head, parts), nil
}
