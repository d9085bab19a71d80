// Package export seals what the logs of administrators tell of a period into one file that proves by itself what it says (封存导出): its
// lines are hashed, and the keys of the evidence log sign the hash. Whoever has the file and the public keys checks it without the
// server. It does not prove that the log held nothing else: that is what the evidence log is for, whose checkpoint stands in the head.
//
// The file is text in UTF-8, a line each:
//
//	{"format":"tongban-export/1", …}     the head: which log, of which region and period, taken by whom and when
//	{"id": …}                            one line for each trace or look, newest first
//	tongban export 1                     here the seal begins: a signed note of c2sp.org/signed-note, to the end of the file
//	sha256 <64 hex digits>               of all bytes before the seal
//	bytes <their number>
//	rows <number of lines without the head>
//
//	— <name of the log> <signature>
package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Format names the form of the file in its head.
const Format = "tongban-export/1"

// The logs that can be sealed.
const (
	SignIns    = "sign-ins"
	Operations = "operations"
	Looks      = "looks"
)

// Logs lists them.
func Logs() []string { return []string{SignIns, Operations, Looks} }

// Bounds of an export: a longer period or more rows are refused, never cut off.
const (
	MaxDays = 366
	MaxRows = 100_000
	page    = 200
)

// What is refused.
const (
	CodePeriod = "export-period" // it is not named, does not end after it begins, or is too long
	CodeLarge  = "export-large"
)

// Words returns the sentence of every code of this package: what is wrong and what to do next.
func Words() map[string]caseflow.Text {
	return map[string]caseflow.Text{
		CodePeriod: {ZH: "请填写导出的起止日期，结束不早于开始，最长 366 天。", EN: "Say from which day to which day, at most 366 days, the last not before the first."},
		CodeLarge:  {ZH: "这段时间的记录超过 10 万条。请缩短期间，分次导出。", EN: "The period has more than 100,000 entries. Choose shorter periods and export each."},
	}
}

// Head is the first line of an export.
type Head struct {
	Format     string    `json:"format"`
	Log        string    `json:"log"`
	Region     string    `json:"region,omitempty"` // empty: all that who took it may see
	From       time.Time `json:"from"`
	Until      time.Time `json:"until"` // before this instant
	By         string    `json:"by"`    // id of who took it
	At         time.Time `json:"at"`
	Keys       []string  `json:"keys"`                 // public keys of the evidence log, the oldest first
	Checkpoint string    `json:"checkpoint,omitempty"` // of the evidence log when it was taken
}

// row is a line of a log.
type row struct {
	ID         string              `json:"id,omitempty"`
	At         time.Time           `json:"at"`
	Kind       string              `json:"kind,omitempty"`
	Region     string              `json:"region,omitempty"`
	Account    string              `json:"account,omitempty"`
	By         string              `json:"by,omitempty"`
	Session    string              `json:"session,omitempty"`
	Address    string              `json:"address,omitempty"`
	Case       string              `json:"case,omitempty"`
	Department string              `json:"department,omitempty"`
	What       string              `json:"what,omitempty"`
	Reason     string              `json:"reason,omitempty"`
	Changes    []store.FieldChange `json:"changes,omitempty"`
}

// Query is what is to be sealed.
type Query struct {
	Log, Region string
	From, Until time.Time
}

// File is a sealed export.
type File struct {
	Name   string
	Body   []byte
	SHA256 string // of all of it
	Rows   int
}

// Sealer seals exports. It is safe for concurrent use.
type Sealer struct {
	gate *access.Gate
	log  store.Evidence
	sign func(ctx context.Context, text string) ([]byte, error)
	now  func() time.Time
}

// New makes a sealer. sign signs a text as a note with the keys of the evidence log.
func New(gate *access.Gate, log store.Evidence, sign func(ctx context.Context, text string) ([]byte, error), now func() time.Time) *Sealer {
	return &Sealer{gate, log, sign, now}
}

// Make seals a period of a log for who may read it, and records it with the hash of the file. Others get store.ErrNotFound. Refusals:
// CodePeriod, CodeLarge.
func (s *Sealer) Make(ctx context.Context, by caseflow.Actor, q Query) (*File, error) {
	if q.From.IsZero() || !q.Until.After(q.From) || q.Until.Sub(q.From) > MaxDays*24*time.Hour {
		return nil, &caseflow.Refusal{Code: CodePeriod}
	}
	var b bytes.Buffer
	lines := json.NewEncoder(&b)
	lines.SetEscapeHTML(false)
	head, err := s.head(ctx, by, q)
	if err == nil {
		err = lines.Encode(head)
	}
	if err != nil {
		return nil, err
	}
	n := 0
	for cursor := ""; ; {
		rows, next, err := s.page(ctx, by, q, cursor)
		if err != nil {
			return nil, err
		}
		if n += len(rows); n > MaxRows {
			return nil, &caseflow.Refusal{Code: CodeLarge}
		}
		for i := range rows {
			if err := lines.Encode(&rows[i]); err != nil {
				return nil, err
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	seal, err := s.sign(ctx, sealText(b.Bytes(), n))
	if err != nil {
		return nil, fmt.Errorf("seal an export: %w", err)
	}
	b.Write(seal)
	sum := sha256.Sum256(b.Bytes())
	f := &File{Name: q.Log + "-" + head.At.Format("20060102T150405Z") + ".tongban-export", Body: b.Bytes(), SHA256: hex.EncodeToString(sum[:]), Rows: n}
	what := fmt.Sprintf("%s sealed %s/%s %s sha256:%s", q.Log, q.From.UTC().Format(time.RFC3339), q.Until.UTC().Format(time.RFC3339), q.Region, f.SHA256)
	return f, s.gate.NoteIn(ctx, by, q.Region, access.LogExported, what)
}

func (s *Sealer) head(ctx context.Context, by caseflow.Actor, q Query) (*Head, error) {
	h := &Head{Format: Format, Log: q.Log, Region: q.Region, From: q.From.UTC(), Until: q.Until.UTC(), By: by.ID, At: s.now().UTC()}
	keys, err := s.log.LogKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	for _, k := range keys {
		h.Keys = append(h.Keys, k.Public)
	}
	shown, err := s.log.ShownLog(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("head of the log: %w", err)
	}
	h.Checkpoint = string(shown.Checkpoint)
	return h, nil
}

// page reads some rows of the log.
func (s *Sealer) page(ctx context.Context, by caseflow.Actor, q Query, cursor string) ([]row, string, error) {
	var rows []row
	kind := map[string]string{SignIns: store.SignInLog, Operations: store.OperationLog}[q.Log]
	switch {
	case q.Log == Looks:
		list, next, err := s.gate.Looks(ctx, by, q.Region, store.LookQuery{From: q.From, Until: q.Until, Cursor: cursor, Limit: page})
		for _, l := range list {
			rows = append(rows, row{At: l.At, Region: l.Region, Account: l.Account, Department: l.Department, Case: string(l.Case), What: l.What, Reason: l.Reason})
		}
		return rows, next, err
	case kind == "":
		return nil, "", store.ErrNotFound
	}
	list, next, err := s.gate.Traces(ctx, by, q.Region, store.TraceQuery{Log: kind, From: q.From, Until: q.Until, Cursor: cursor, Limit: page})
	for _, t := range list {
		rows = append(rows, row{ID: t.ID, At: t.At, Kind: t.Kind, Region: t.Region, Account: t.Account, By: t.By, Session: t.Session, Address: t.Address,
			Reason: t.Reason, Changes: t.Changes})
	}
	return rows, next, err
}
