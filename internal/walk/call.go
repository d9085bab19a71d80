package walk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/workday"
)

// operation is one of the API.
type operation struct{ method, path string }

// worker is a module that has something to do without anybody asking.
type worker interface {
	Work(ctx context.Context) error
}

// begin makes the log and finds who works, if some act calls a module: what modules learn of cases, and what they do by themselves, is
// part of what is played then.
func (h *house) begin(ctx context.Context, o Options) error {
	calls := slices.ContainsFunc(o.Pack.Walk.Scenes, func(s pack.Scene) bool {
		return slices.ContainsFunc(s.Acts, func(a pack.Act) bool { return a.Do == pack.DoCall })
	})
	if !calls {
		h.workers = nil
		return nil
	}
	ring, err := seal.Open(o.Dir, h.time())
	if err != nil {
		return err
	}
	h.log, err = sequencer.Open(ctx, sequencer.Options{Store: h.store, Seal: ring, Origin: "walk.example/log", Now: h.time, Rand: rand.Reader, Log: o.Log})
	return err
}

// work does what servers do within seconds without anybody asking.
func (h *house) work(ctx context.Context) error {
	if h.log == nil {
		return nil
	}
	if _, err := h.log.Place(ctx); err != nil {
		return err
	}
	for _, w := range h.workers {
		if err := w.Work(ctx); err != nil {
			return err
		}
	}
	return nil
}

// workAt is the hour of a day by which modules have done what falls due on it.
const workAt = time.Hour

// move turns the clock forward to an instant and lets every clock act on the way, at its own instant, and modules work on each day.
func (h *house) move(ctx context.Context, to time.Time) error {
	for h.log != nil {
		y, m, d := h.time().In(workday.Shanghai).Add(24*time.Hour - workAt).Date()
		next := time.Date(y, m, d, 0, 0, 0, 0, workday.Shanghai).Add(workAt).UTC()
		if !next.Before(to) {
			break
		}
		if err := errors.Join(h.turn(ctx, next), h.work(ctx)); err != nil {
			return err
		}
	}
	return h.turn(ctx, to)
}

// operationOf finds an operation by its id in the document that the API publishes.
func (h *house) operationOf(ctx context.Context, id string) (operation, error) {
	if h.operations == nil {
		got, err := h.send(ctx, "", http.MethodGet, "/openapi.json", nil)
		if err != nil {
			return operation{}, err
		}
		var doc struct {
			Paths map[string]map[string]json.RawMessage
		}
		if err := json.Unmarshal(got.body, &doc); err != nil {
			return operation{}, fmt.Errorf("document of the API: %w", err)
		}
		h.operations = map[string]operation{}
		for path, methods := range doc.Paths {
			for method, text := range methods {
				var op struct{ OperationID string }
				if json.Unmarshal(text, &op) == nil && op.OperationID != "" {
					h.operations[op.OperationID] = operation{strings.ToUpper(method), path}
				}
			}
		}
	}
	op, ok := h.operations[id]
	if !ok {
		return op, fmt.Errorf("the API has no operation %q", id)
	}
	return op, nil
}

// address puts what a call says into the path of the operation, and the rest behind it.
func (o operation) address(query map[string]string) string {
	path, rest := o.path, url.Values{}
	for key, value := range query {
		if in := "{" + key + "}"; strings.Contains(path, in) {
			path = strings.ReplaceAll(path, in, url.PathEscape(value))
		} else {
			rest.Set(key, value)
		}
	}
	if len(rest) == 0 {
		return path
	}
	return path + "?" + rest.Encode()
}

// call calls an operation, compares the answer with what is expected, and keeps what is named.
func (p *play) call(ctx context.Context, a *pack.Act, who *person) (bool, error) {
	if err := p.h.work(ctx); err != nil {
		return false, err
	}
	op, err := p.h.operationOf(ctx, a.Operation)
	if err != nil {
		return false, err
	}
	query := map[string]any{}
	for key, value := range a.Query {
		query[key] = value
	}
	if err := p.numbers(ctx, query); err != nil {
		return false, err
	}
	texts := map[string]string{}
	for key, value := range query {
		texts[key], _ = value.(string)
	}
	body, err := p.bodyOf(ctx, a)
	if err != nil {
		return false, err
	}
	got, err := p.h.call(ctx, who, op.method, op.address(texts), body)
	if err != nil || !p.outcome(a, got.problem) || got.problem != nil {
		return err == nil && got.problem != nil, err
	}
	return true, p.answered(ctx, a, who, got.body)
}

// bodyOf is the body of a call: its list as a file, or its fields; nil if it has neither.
func (p *play) bodyOf(ctx context.Context, a *pack.Act) (any, error) {
	if a.List != nil {
		text, err := p.fill(ctx, string(rowsOf(a.List, p.scene.Region)))
		return []byte(text), err
	}
	if len(a.With) == 0 {
		return nil, nil
	}
	var body map[string]any
	if err := json.Unmarshal(a.With, &body); err != nil {
		return nil, err
	}
	return body, p.numbers(ctx, body)
}

// rowsOf writes a list as CSV.
func rowsOf(l *pack.SampleList, region string) []byte {
	var b bytes.Buffer
	b.WriteString(l.Head + "\n")
	n := 0
	for _, r := range l.Rows {
		if r.From > 0 {
			n = r.From - 1
		}
		for range max(r.Count, 1) {
			n++
			row := strings.ReplaceAll(r.Row, "$code", string(ident.MakeCreditCode('9', '1', region, fmt.Sprintf("%08d", n))))
			b.WriteString(strings.ReplaceAll(row, "$n", strconv.Itoa(n)) + "\n")
		}
	}
	return b.Bytes()
}

// answered compares an answer, keeps values of it and the case that it names.
func (p *play) answered(ctx context.Context, a *pack.Act, who *person, body []byte) error {
	var answer any
	if len(body) > 0 {
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&answer); err != nil {
			return fmt.Errorf("answer of %s: %w", a.Operation, err)
		}
	}
	if a.Expect != nil {
		for _, at := range keys(a.Expect.Answer) {
			want, err := p.fill(ctx, textOf(a.Expect.Answer[at]))
			if err != nil {
				return err
			}
			p.check("answer "+at, want, textOf(within(answer, at)), "expect", "answer", at)
		}
	}
	for _, name := range keys(a.Keep) {
		text := textOf(within(answer, a.Keep[name]))
		if text == "" {
			p.fail("answer "+a.Keep[name], "something to keep", "", "keep", name)
		}
		p.h.kept[name] = text
	}
	if a.Opens == "" {
		return nil
	}
	no := textOf(within(answer, a.Opens))
	if no == "" {
		p.fail("answer "+a.Opens, "a case", "", "opens")
		return nil
	}
	p.cases[a.Case] = &subject{no: caseflow.CaseNo(no), reader: who}
	return nil
}

// within finds a value at dotted places: keys of objects, numbers of elements, key=value for the first element of which that holds, # for how
// many there are; nil if there is none.
func within(v any, at string) any {
	for part := range strings.SplitSeq(at, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			v = element(x, part)
		default:
			return nil
		}
	}
	return v
}

func element(list []any, part string) any {
	if part == "#" {
		return len(list)
	}
	i, err := strconv.Atoi(part)
	if key, want, ok := strings.Cut(part, "="); ok {
		i = slices.IndexFunc(list, func(v any) bool {
			m, _ := v.(map[string]any)
			return m != nil && textOf(m[key]) == want
		})
	} else if err != nil {
		return nil
	}
	if i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}

// textOf writes a value so that two can be compared and read.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64: // of the walk itself
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strings.TrimSpace(fmt.Sprint(v))
}
