package draws

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// The states of a draw.
const (
	Proposed  = "proposed"  // nothing is published yet
	Committed = "committed" // published; its sources are waited for
	Drawn     = "drawn"
	Abandoned = "abandoned"
)

// The events of a draw.
const (
	eventCommitted = "committed" // digest: hash of the commitment
	eventValue     = "value"     // words: name of the source
	eventDrawn     = "drawn"     // digest: SHA-256 of the record
	eventWithdrawn = "withdrawn" // digest: SHA-256 of the record
	eventAsked     = "asked"     // that it be abandoned; words: the reason
	eventAbandoned = "abandoned" // digest: SHA-256 of the record; words: the reason
)

// Draw is a draw as it is listed.
type Draw struct {
	Region                               string // of the register: a city
	No                                   int64
	Place, Department                    string // whose it is
	Purpose                              string // who waits for it; known to modules only
	Title                                string
	State                                string
	Opens, Made, Committed, Drawn, Ended time.Time
	Commitment, Predecessor              string
	Proposer, Confirmer, Ender           string // accounts
	Reason                               string // why it was, or shall be, abandoned
	Pool, Quota                          int64
	version                              int64
}

// ID names a draw for people and programs.
func (d *Draw) ID() string { return d.Region + "-" + strconv.FormatInt(d.No, 10) }

// parseID reads what ID writes.
func parseID(id string) (region string, no int64, ok bool) {
	region, number, ok := strings.Cut(id, "-")
	no, err := strconv.ParseInt(number, 10, 64)
	return region, no, ok && err == nil && no > 0
}

const drawColumns = "SELECT region, no, place, department, purpose, title, state, opens, made, committed, drawn, ended, commitment, predecessor, proposer, confirmer, ender, reason, pool, quota, version FROM draws_draw "

func scanDraw(sc store.Scan) (d Draw, err error) {
	err = sc(&d.Region, &d.No, &d.Place, &d.Department, &d.Purpose, &d.Title, &d.State, store.At(&d.Opens), store.At(&d.Made), store.At(&d.Committed), store.At(&d.Drawn), store.At(&d.Ended), &d.Commitment, &d.Predecessor,
		&d.Proposer, &d.Confirmer, &d.Ender, &d.Reason, &d.Pool, &d.Quota, &d.version)
	return d, err
}

func (d *Draw) row() []any {
	return []any{d.Region, d.No, d.Place, d.Department, d.Purpose, d.Title, d.State, store.Micros(d.Opens), store.Micros(d.Made), store.Micros(d.Committed), store.Micros(d.Drawn), store.Micros(d.Ended),
		d.Commitment, d.Predecessor, d.Proposer, d.Confirmer, d.Ender, d.Reason, d.Pool, d.Quota, d.version}
}

// find reads one draw. ErrNotFound.
func find(r store.Reader, region string, no int64) (*Draw, error) {
	var found *Draw
	err := r.Read(store.One(&found, scanDraw), drawColumns+"WHERE region = ? AND no = ?", region, no)
	if err == nil && found == nil {
		err = store.ErrNotFound
	}
	return found, err
}

// value is what a source gave.
type value struct {
	text, by string
	at       time.Time
}

// values are those that are there, by the place of their source.
func values(r store.Reader, d *Draw) (map[int]value, error) {
	out := map[int]value{}
	err := r.Read(func(sc store.Scan) error {
		var v value
		var source int64
		err := sc(&source, &v.text, &v.by, store.At(&v.at))
		out[int(source)] = v
		return err
	}, "SELECT source, value, by_id, at FROM draws_value WHERE region = ? AND no = ?", d.Region, d.No)
	return out, err
}

// Event is one thing that happened to a draw.
type Event struct {
	Seq        int64
	At         time.Time
	Kind       string
	Department string
	Digest     string
	Words      string
}

func (m *Module) events(ctx context.Context, d *Draw) (list []Event, err error) {
	err = m.st.Read(ctx, func(sc store.Scan) error {
		var e Event
		err := sc(&e.Seq, store.At(&e.At), &e.Kind, &e.Department, &e.Digest, &e.Words)
		list = append(list, e)
		return err
	}, "SELECT seq, at, kind, department, digest, words FROM draws_event WHERE region = ? AND no = ? ORDER BY seq", d.Region, d.No)
	return list, err
}

// note adds an event of a draw.
func (m *Module) note(w store.Writer, d *Draw, by caseflow.Actor, e Event) error {
	if err := w.Read(store.Into(&e.Seq), "SELECT COUNT(*) FROM draws_event WHERE region = ? AND no = ?", d.Region, d.No); err != nil {
		return err
	}
	e.Seq++
	data, err := json.Marshal(struct {
		Draw       string `json:"draw"`
		Kind       string `json:"kind"`
		Department string `json:"department"`
		Digest     string `json:"digest"`
		Words      string `json:"words"`
	}{d.ID(), e.Kind, e.Department, e.Digest, e.Words})
	if err != nil {
		return err
	}
	// All of it is public: a salt of zero, so that anybody can compute the leaf.
	return errors.Join(w.Add("draws_event", []any{d.Region, d.No, e.Seq, store.Micros(e.At), e.Kind, by.ID, e.Department, e.Digest, e.Words}),
		w.Leaf(store.ModuleLeaf{Region: d.Region, Module: "draws", Name: d.ID(), No: e.Seq, At: e.At, Data: data, Salt: make([]byte, evidence.SaltBytes)}))
}

// write replaces a draw and, if there is a new one, its record.
func (d *Draw) write(w store.Writer, record []byte) error {
	if record != nil {
		d.version++
		if err := w.Put("draws_record", []any{d.Region, d.No, record}); err != nil {
			return err
		}
	}
	return w.Put("draws_draw", d.row())
}

func packed(text []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(text)
	err = errors.Join(err, z.Close())
	return b.Bytes(), err
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// text is the record of a draw as it is published.
func (m *Module) text(ctx context.Context, d *Draw) ([]byte, error) {
	var data []byte
	if err := m.st.Read(ctx, store.Into(&data), "SELECT data FROM draws_record WHERE region = ? AND no = ?", d.Region, d.No); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("record of draw %s: %w", d.ID(), err)
	}
	return io.ReadAll(io.LimitReader(z, draw.MaxBytes))
}

// keptRecords is how many records are kept in memory.
const keptRecords = 4

// record is the record of a draw, computed again from its text: what is shown is what follows, not what was written.
func (m *Module) record(ctx context.Context, d *Draw) (*draw.Record, error) {
	key := d.ID() + "." + strconv.FormatInt(d.version, 10)
	m.mu.Lock()
	r, ok := m.kept[key]
	m.mu.Unlock()
	if ok {
		return r, nil
	}
	text, err := m.text(ctx, d)
	if err == nil {
		r, err = draw.Verify(text)
	}
	if err != nil {
		return nil, fmt.Errorf("record of draw %s: %w", d.ID(), err)
	}
	m.keep(key, r)
	return r, nil
}

func (m *Module) keep(key string, r *draw.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for old := range m.kept {
		if len(m.kept) < keptRecords {
			break
		}
		delete(m.kept, old)
	}
	m.kept[key] = r
}
