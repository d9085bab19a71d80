package witness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// mostAlarms bounds the alarms of a kind about one log: whoever can sign for it must not be able to fill the store.
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
		if err := tx.Read(func(sc store.Scan) error { return sc(&kept) }, "SELECT COUNT(*) FROM witness_alarm WHERE kind = ? AND origin = ?", a.Kind, a.Origin); err != nil || kept >= mostAlarms {
			return err
		}
		fresh = true
		return tx.Add("witness_alarm", []any{a.ID, a.Kind, a.Origin, a.Witness, a.At.UnixMicro(), a.At.UnixMicro(), int64(1), bytesOf(a.Known), bytesOf(a.Given)})
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

// Alarms lists what did not fit, the newest first.
func Alarms(ctx context.Context, st store.Modules) ([]Alarm, error) {
	var all []Alarm
	err := st.Read(ctx, func(sc store.Scan) error {
		var a Alarm
		var at, seen int64
		err := sc(&a.ID, &a.Kind, &a.Origin, &a.Witness, &at, &seen, &a.Times, &a.Known, &a.Given)
		a.At, a.Seen = time.UnixMicro(at).UTC(), time.UnixMicro(seen).UTC()
		all = append(all, a)
		return err
	}, "SELECT id, kind, origin, witness, at, seen, times, known, given FROM witness_alarm ORDER BY at DESC, id")
	return all, err
}
