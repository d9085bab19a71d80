package witness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/store"
)

// The kinds of alarms. Forked is proved by its two checkpoints alone. Unproven: a log has signed a checkpoint and did not prove that it continues
// the one that was signed last. Behind: a witness has signed more of our own log than our store has. Refused: a witness says that our log
// does not continue what it has signed.
const (
	Forked   = "forked"
	Unproven = "unproven"
	Behind   = "behind"
	Refused  = "refused"
)

// Alarm is that two checkpoints of a log do not fit.
type Alarm struct {
	ID      string
	Kind    string
	Origin  string // the log
	Witness string // that says so; "" for ourselves
	At      time.Time
	Seen    time.Time // the last time
	Times   int64
	Known   []byte // the checkpoint that the witness knows; of a witness of our log nil if it does not show it
	Given   []byte // the checkpoint that does not fit
	// Settled is when somebody found out what it was, zero while nobody has; Settler is their account, Reason what they found, which is published.
	Settled time.Time
	Settler string
	Reason  string
}

// Known and given are shown as one text, so that whoever loads it down has all.
const between = "\n"

// Text is the evidence: both checkpoints, as they were signed.
func (a *Alarm) Text() string {
	return strings.Join([]string{string(a.Known), string(a.Given)}, between)
}

// Sizes are the sizes of the two checkpoints; -1 for one that is not known.
func (a *Alarm) Sizes() (known, given int64) {
	size := func(msg []byte) int64 {
		c, err := evidence.ReadCheckpoint(msg)
		if err != nil {
			return -1
		}
		return c.Size
	}
	return size(a.Known), size(a.Given)
}

// mostAlarms bounds the open alarms of a kind about one log: whoever can sign for it must not be able to fill the store.
const mostAlarms = 20

// raise keeps an alarm, or counts one that is kept already. of is what tells it from others.
func raise(ctx context.Context, st store.Modules, a Alarm, of ...string) (fresh bool, err error) {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{a.Kind, a.Origin, a.Witness}, of...), "\x00")))
	a.ID = hex.EncodeToString(sum[:8])
	err = st.Update(ctx, func(tx store.Writer) error {
		fresh = false
		n, err := tx.Exec("UPDATE witness_alarm SET seen = ?, times = times + 1 WHERE id = ?", a.At.UnixMicro(), a.ID)
		if err != nil || n > 0 {
			return err
		}
		var kept int64
		if err := tx.Read(store.Into(&kept), "SELECT COUNT(*) FROM witness_alarm WHERE kind = ? AND origin = ? AND settled = 0", a.Kind, a.Origin); err != nil || kept >= mostAlarms {
			return err
		}
		fresh = true
		return tx.Add("witness_alarm", []any{a.ID, a.Kind, a.Origin, a.Witness, a.At.UnixMicro(), a.At.UnixMicro(), int64(1), bytesOf(a.Known), bytesOf(a.Given), int64(0), "", ""})
	})
	if err != nil {
		return false, fmt.Errorf("keep the alarm about %s: %w", a.Origin, err)
	}
	return fresh, nil
}

func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Alarms lists what did not fit: what is open, then what is settled, the newest first.
func Alarms(ctx context.Context, st store.Modules) ([]Alarm, error) {
	var all []Alarm
	err := st.Read(ctx, func(sc store.Scan) error {
		var a Alarm
		err := sc(&a.ID, &a.Kind, &a.Origin, &a.Witness, store.At(&a.At), store.At(&a.Seen), &a.Times, &a.Known, &a.Given,
			store.At(&a.Settled), &a.Settler, &a.Reason)
		all = append(all, a)
		return err
	}, "SELECT id, kind, origin, witness, at, seen, times, known, given, settled, settler, reason FROM witness_alarm ORDER BY CASE WHEN settled = 0 THEN 0 ELSE 1 END, at DESC, id")
	return all, err
}

// The refusals of who settles an alarm; their sentences are in the catalogue.
const (
	CodeReason  = "alarm-reason"  // what it was is missing, or too long
	CodeSettled = "alarm-settled" // it is settled already
)

// ErrSettled: the alarm was settled before.
var ErrSettled = errors.New("witness: the alarm is settled already")

// Unsettled are those of the alarms, as [Alarms] lists them, that nobody has settled.
func Unsettled(all []Alarm) []Alarm {
	n := 0
	for n < len(all) && all[n].Settled.IsZero() {
		n++
	}
	return all[:n]
}

// Settle records that somebody found out what an alarm was. It stays with its evidence and the reason, and what was settled has a leaf in the
// log of region. store.ErrNotFound, ErrSettled.
func Settle(ctx context.Context, st store.Modules, region, id, by, reason string, at time.Time) error {
	data, err := json.Marshal(struct {
		Alarm  string `json:"alarm"`
		Reason string `json:"reason"`
	}{id, reason})
	if err != nil {
		return err
	}
	return st.Update(ctx, func(tx store.Writer) error {
		found := false
		if err := tx.Read(func(sc store.Scan) error { found = true; return sc(new(string)) }, "SELECT id FROM witness_alarm WHERE id = ?", id); err != nil {
			return err
		}
		if !found {
			return store.ErrNotFound
		}
		n, err := tx.Exec("UPDATE witness_alarm SET settled = ?, settler = ?, reason = ? WHERE id = ? AND settled = 0", at.UnixMicro(), by, reason, id)
		if err == nil && n == 0 {
			err = ErrSettled
		}
		if err != nil {
			return err
		}
		return tx.Leaf(store.ModuleLeaf{Region: region, Module: "witness", Name: "alarm " + id, No: 1, At: at, Data: data, Salt: make([]byte, evidence.SaltBytes)})
	})
}
