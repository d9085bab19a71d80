package receipt

import (
	"bytes"
	_ "embed" // the schema
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
)

// Format is what a receipt says that it is.
const Format = "receipt/1"

// MaxBytes bounds a receipt that is read. A case of a bundle with two hundred entries takes less than a megabyte.
const MaxBytes = 8 << 20

// Schema is the JSON Schema of a receipt.
//
//go:embed receipt.schema.json
var Schema []byte

// Receipt is the document. Its bytes are written in base64.
type Receipt struct {
	Format    string     `json:"tongban"`
	Log       Log        `json:"log"`
	Entries   []Entry    `json:"entries"`
	Pack      Pack       `json:"pack"`
	Calendars []Calendar `json:"calendars,omitempty"`
}

// Log is how the log stood when the receipt was made.
type Log struct {
	Checkpoint string   `json:"checkpoint"` // with all its signatures
	Keys       []string `json:"keys"`       // that the server says are the log's
}

// Place is where a leaf stands in the log, and the proof of it.
type Place struct {
	Index int64    `json:"index"`
	Proof [][]byte `json:"proof"`
}

// Entry is an entry of the case's journal. Head and events are the JSON that the leaf covers.
type Entry struct {
	Head   json.RawMessage `json:"head"`
	Salt   []byte          `json:"salt"`
	Events []Event         `json:"events"`
	Place
}

// Event is an event with its salt, or, if it is withheld, its salted hash.
type Event struct {
	Event json.RawMessage `json:"event,omitempty"`
	Salt  []byte          `json:"salt,omitempty"`
	Hash  []byte          `json:"hash,omitempty"`
}

// Pack is the version of the pack that the case runs by.
type Pack struct {
	ID      string            `json:"id"`
	Version string            `json:"version"`
	Listing string            `json:"listing"` // its files with their SHA-256; the leaf proves the digest of this
	Files   map[string]string `json:"files"`   // those of them that say how long everything may take
	Place
}

// Calendar is a calendar that was loaded into the store: what it says, as it was loaded.
type Calendar struct {
	Version int    `json:"version"`
	Name    string `json:"name"` // of the file; errors name it
	Text    string `json:"text"`
	Place
}

// Fault is why a receipt does not hold. Its code has words in the catalogue (receipt.fault.…).
type Fault struct {
	Code   string
	Entry  int    // number of the entry at fault; 0: none alone
	Detail string // for experts
}

// The codes of faults.
const (
	FaultForm     = "form"     // it is no receipt
	FaultLarge    = "large"    // it is too large
	FaultTrust    = "trust"    // the keys to trust cannot be read
	FaultLog      = "log"      // no trusted key has signed the checkpoint
	FaultQuorum   = "quorum"   // too few trusted witnesses have
	FaultChain    = "chain"    // an entry does not follow the one before
	FaultPlace    = "place"    // something is not what stands in the log
	FaultPack     = "pack"     // a file is not of the pack
	FaultCalendar = "calendar" // nobody can show the calendar that was counted with
	FaultRule     = "rule"     // a limit is not that of the pack
	FaultDeadline = "deadline" // a deadline is not what the calendar gives
	FaultReplay   = "replay"   // the events make no case

	// Of what is printed:
	FaultPrinted  = "printed"  // it is no such text, or a character was misread
	FaultPaper    = "paper"    // the receipt is not that of the paper, or an older one
	FaultOrigin   = "origin"   // it is of another log
	FaultBack     = "back"     // the log is shorter than it was
	FaultReplaced = "replaced" // the log is not what it was when the paper was printed
	FaultRead     = "read"     // the log cannot be read, or its files are not what it has signed
)

// FaultCodes lists them.
func FaultCodes() []string {
	return []string{FaultForm, FaultLarge, FaultTrust, FaultLog, FaultQuorum, FaultChain, FaultPlace, FaultPack, FaultCalendar, FaultRule, FaultDeadline, FaultReplay,
		FaultPrinted, FaultPaper, FaultOrigin, FaultBack, FaultReplaced, FaultRead}
}

// Error is error's.
func (f *Fault) Error() string {
	if f.Entry > 0 {
		return fmt.Sprintf("receipt: %s: entry %d: %s", f.Code, f.Entry, f.Detail)
	}
	return fmt.Sprintf("receipt: %s: %s", f.Code, f.Detail)
}

func fault(code string, entry int, format string, args ...any) *Fault {
	return &Fault{code, entry, fmt.Sprintf(format, args...)}
}

// Parse reads a receipt. What has a name that the format does not know, or anything behind the end, is none.
func Parse(text []byte) (*Receipt, error) {
	if len(text) > MaxBytes {
		return nil, fault(FaultLarge, 0, "longer than %d bytes", MaxBytes)
	}
	var r Receipt
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return nil, fault(FaultForm, 0, "%v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fault(FaultForm, 0, "something stands behind the end")
	}
	if r.Format != Format || len(r.Entries) == 0 {
		return nil, fault(FaultForm, 0, "it says that it is %.20q, with %d entries", r.Format, len(r.Entries))
	}
	return &r, nil
}

// Trust reads whom to trust: a policy of c2sp.org/tlog-policy, or public keys of logs and witnesses, one a line, of which one log must
// have signed and each witness that is named, by any of its keys.
func Trust(text string) (evidence.Policy, error) {
	var logs, witnesses []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch fields := strings.Fields(line); {
		case line == "" || strings.HasPrefix(line, "#"):
		case len(fields) > 1:
			return evidence.ParsePolicy(text)
		default:
			if _, err := evidence.ParseWitnessKey(line); err == nil {
				witnesses = append(witnesses, line)
			} else {
				logs = append(logs, line)
			}
		}
	}
	if len(witnesses) == 0 {
		return evidence.Trust(logs...)
	}
	return evidence.ParsePolicy(policyOf(logs, witnesses))
}

// policyOf asks for one of the logs and all of the witnesses, of each by any of its keys.
func policyOf(logs, witnesses []string) string {
	var b strings.Builder
	for _, key := range logs {
		fmt.Fprintf(&b, "log %s\n", key)
	}
	var names []string
	keys := map[string]string{} // of a witness, by its name: what the policy calls them
	for i, key := range witnesses {
		fmt.Fprintf(&b, "witness w%d %s\n", i, key)
		name, _, _ := strings.Cut(key, "+")
		if keys[name] == "" {
			names = append(names, name)
		}
		keys[name] += fmt.Sprintf(" w%d", i)
	}
	all := ""
	for i, name := range names {
		if member := keys[name]; strings.Count(member, " ") == 1 {
			all += member
			continue
		}
		fmt.Fprintf(&b, "group g%d any%s\n", i, keys[name])
		all += fmt.Sprintf(" g%d", i)
	}
	return b.String() + "group all all" + all + "\nquorum all\n"
}

// Encode writes the receipt.
func (r *Receipt) Encode() ([]byte, error) { return json.Marshal(r) }

// Seal makes an entry of the journal of a log of the suite into one of a receipt: with what withheld does not say is kept back.
func Seal(suite evidence.Suite, head caseflow.EntryHead, salt [evidence.SaltBytes]byte, events [][]byte, withheld func(i int) bool) (Entry, error) {
	line, err := json.Marshal(head)
	first := suite.PartSalt(salt, 0)
	e := Entry{Head: line, Salt: first[:], Events: make([]Event, len(events))}
	for i := range events {
		own := suite.PartSalt(salt, uint32(i+1)) // #nosec G115 -- an entry has few events
		if withheld(i) {
			hash := suite.Entry(own, events[i])
			e.Events[i] = Event{Hash: hash[:]}
			continue
		}
		e.Events[i] = Event{Event: events[i], Salt: own[:]}
	}
	return e, err
}

// compact is the JSON without spaces between: how somebody has laid it out changes nothing.
func compact(raw json.RawMessage) ([]byte, error) {
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	return b.Bytes(), err
}

// hash computes what the log shows of the entry.
func (e *Entry) hash(suite evidence.Suite) (evidence.Hash, error) {
	head, err := compact(e.Head)
	if err != nil || len(e.Salt) != evidence.SaltBytes {
		return evidence.Hash{}, errors.Join(err, errSalt)
	}
	parts := make([]evidence.Hash, len(e.Events))
	for i, ev := range e.Events {
		switch {
		case len(ev.Hash) == len(evidence.Hash{}) && ev.Event == nil && ev.Salt == nil:
			parts[i] = evidence.Hash(ev.Hash)
		case len(ev.Salt) == evidence.SaltBytes && ev.Event != nil && ev.Hash == nil:
			text, err := compact(ev.Event)
			if err != nil {
				return evidence.Hash{}, err
			}
			parts[i] = suite.Entry([evidence.SaltBytes]byte(ev.Salt), text)
		default:
			return evidence.Hash{}, errSalt
		}
	}
	return suite.Parted([evidence.SaltBytes]byte(e.Salt), head, parts), nil
}

var errSalt = errors.New("an event has neither salt nor hash")

// in checks that a leaf stands at the place.
func (p *Place) in(tree evidence.Tree, leaf evidence.Hash) error {
	proof, err := p.hashes()
	if err != nil {
		return err
	}
	return evidence.CheckInclusion(tree, p.Index, leaf, proof)
}

// hashes are those of the proof. evidence.ErrProof.
func (p *Place) hashes() ([]evidence.Hash, error) {
	proof := make([]evidence.Hash, len(p.Proof))
	for i, h := range p.Proof {
		if len(h) != len(evidence.Hash{}) {
			return nil, evidence.ErrProof
		}
		proof[i] = evidence.Hash(h)
	}
	return proof, nil
}

// At is the place of a leaf.
func At(index int64, proof []evidence.Hash) Place {
	p := Place{Index: index, Proof: make([][]byte, len(proof))}
	for i := range proof {
		p.Proof[i] = proof[i][:]
	}
	return p
}
