package receipt

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
)

// sample is a receipt that a server has made: a company that was opened, with a correction. It must hold for ever.
func sample(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/case.json")
	must(t, err)
	return text
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func parsed(t testing.TB, text []byte) *Receipt {
	t.Helper()
	r, err := Parse(text)
	must(t, err)
	return r
}

// checked is Parse and Verify.
func checked(text []byte, trust evidence.Policy) (*Report, error) {
	r, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return Verify(r, trust)
}

func trusting(t testing.TB, keys string) evidence.Policy {
	t.Helper()
	p, err := Trust(keys)
	must(t, err)
	return p
}

// fails checks which fault it is.
func fails(t *testing.T, err error, code string) {
	t.Helper()
	var f *Fault
	if !errors.As(err, &f) || f.Code != code {
		t.Errorf("it fails with %v, want %s", err, code)
	}
}

func TestReceipt_of_an_earlier_day_still_holds(t *testing.T) {
	t.Parallel()
	text := sample(t)
	keys := parsed(t, text).Log.Keys
	report, err := checked(text, trusting(t, strings.Join(keys, "\n")))
	must(t, err)
	deadlines := 0
	for _, s := range report.Steps {
		deadlines += len(s.Deadlines)
		for _, d := range s.Deadlines {
			if last := d.Days[len(d.Days)-1]; !last.Due.At.Equal(d.Clock.Due) {
				t.Errorf("entry %d: clock %s is due at %v and explained to %v", s.Entry, d.Clock.ID, d.Clock.Due, last.Due.At)
			}
		}
	}
	if report.Case.Phase.Open() || deadlines < 10 || len(report.Believed) > 0 {
		t.Errorf("phase %s, %d deadlines, believed %v", report.Case.Phase, deadlines, report.Believed)
	}
	for _, lang := range []string{i18n.Chinese, i18n.English} {
		if told := report.Text(lang); strings.Contains(told, "!") || !strings.HasSuffix(told, i18n.T(lang, "receipt.holds")+"\n") {
			t.Error(told)
		}
	}
	var schema, doc any
	must(t, json.Unmarshal(Schema, &schema))
	must(t, json.Unmarshal(text, &doc))
	c := jsonschema.NewCompiler()
	must(t, c.AddResource("receipt.json", schema))
	s, err := c.Compile("receipt.json")
	must(t, err)
	must(t, s.Validate(doc))
	doc.(map[string]any)["more"] = 1
	if s.Validate(doc) == nil {
		t.Error("the schema lets anything through")
	}
}

// A receipt with one bit changed is refused, or it says the same: space between values, letter case of the format's own names, the unused
// bits at the end of base64, and signatures of those whom nobody trusts carry no meaning.
func TestReceipt_with_one_bit_changed_is_refused_or_says_the_same(t *testing.T) {
	t.Parallel()
	text := sample(t)
	trust := trusting(t, parsed(t, text).Log.Keys[0])
	stride := 41
	if testing.Short() {
		stride = 1009
	}
	bend(t, text, trust, stride)
}

// small is a receipt with everything that one may hold, and little of each: entries up to the first clock, an event that is withheld, a calendar, and of
// the pack no more than is read. It stands in a log of its own, which is trusted.
func small(t *testing.T) (r *Receipt, key string) {
	t.Helper()
	r = parsed(t, sample(t))
	begun := slices.IndexFunc(r.Entries, func(e Entry) bool {
		return slices.ContainsFunc(e.Events, func(ev Event) bool { return bytes.Contains(ev.Event, []byte(`"clock-started"`)) })
	})
	r.Entries = r.Entries[:begun+1]
	draft := &r.Entries[1].Events[0] // a later one takes its place
	text, err := compact(draft.Event)
	must(t, err)
	hash := evidence.Standard.Entry([evidence.SaltBytes]byte(draft.Salt), text)
	*draft = Event{Hash: hash[:]}
	src, err := readSource(&r.Pack)
	must(t, err)
	src.pack.Departments = src.pack.Departments[:1]
	src.item.Steps, src.item.Materials = src.item.Steps[:1], src.item.Materials[:1]
	r.Pack.Listing = ""
	for name, of := range map[string]any{"pack.yaml": src.pack, "items/" + string(src.item.ID) + ".yaml": src.item} {
		text, err := yaml.Marshal(of)
		must(t, err)
		r.Pack.Files[name] = string(text)
		r.Pack.Listing += digest(string(text)) + "  " + name + "\n"
	}
	r.Calendars = []Calendar{{Version: 1, Name: "local.json", Text: `{"schema":"tongban.holidays/1","country":"CN","timezone":"Asia/Shanghai","region":"610500",` +
		`"coverage":{"from":"2026-06-01","to":"2026-06-30"},"days":[{"date":"2026-06-04","name":"试验","kind":"off"}]}`}}
	f := newForger(t, "city.example/log")
	return f.place(r), f.key
}

// No byte of a receipt is without protection: one bit is changed in each of its bytes, one after the other, of a receipt that has every part that one may
// have.
func TestReceipt_with_a_bit_changed_in_any_byte(t *testing.T) {
	t.Parallel()
	r, key := small(t)
	text, err := r.Encode()
	must(t, err)
	report, err := Verify(r, trusting(t, key))
	must(t, err)
	withheld, deadlines := 0, 0
	for _, s := range report.Steps {
		withheld, deadlines = withheld+s.Withheld, deadlines+len(s.Deadlines)
	}
	if withheld == 0 || deadlines == 0 || len(r.Calendars) == 0 {
		t.Fatalf("%d withheld, %d deadlines, %d calendars: it lacks a part", withheld, deadlines, len(r.Calendars))
	}
	stride := 1
	if testing.Short() {
		stride = 97
	}
	bend(t, text, trusting(t, key), stride)
}

// bend changes one bit in every stride-th byte, on all processors.
func bend(t *testing.T, text []byte, trust evidence.Policy, stride int) {
	t.Helper()
	want, err := checked(text, trust)
	must(t, err)
	var same atomic.Int64
	var workers sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for first := range n {
		workers.Go(func() {
			bent := bytes.Clone(text)
			for at := first * stride; at < len(text); at += n * stride {
				bent[at] ^= 1 << (at / stride % 8)
				got, err := checked(bent, trust)
				bent[at] = text[at]
				switch {
				case err != nil:
				case reflect.DeepEqual(got, want):
					same.Add(1)
				default:
					t.Errorf("byte %d (…%s…): it holds, and says something else", at, text[max(0, at-20):min(len(text), at+20)])
				}
			}
		})
	}
	workers.Wait()
	if total := len(text) / stride; int(same.Load()) > total/20 {
		t.Errorf("%d of %d changes are let through", same.Load(), total)
	}
}

func TestReceipt_that_is_no_receipt_is_refused(t *testing.T) {
	t.Parallel()
	text := sample(t)
	for name, c := range map[string]struct {
		text []byte
		code string
	}{
		"nothing":         {nil, FaultForm},
		"cut short":       {text[:len(text)-1], FaultForm},
		"half":            {text[:len(text)/2], FaultForm},
		"more behind":     {append(bytes.Clone(text), "{}"...), FaultForm},
		"huge":            {append(bytes.Repeat([]byte(" "), MaxBytes), text...), FaultLarge},
		"another thing":   {[]byte(`{"tongban":"backup","entries":[{}]}`), FaultForm},
		"a strange key":   {bytes.Replace(text, []byte(`"entries"`), []byte(`"note":1,"entries"`), 1), FaultForm},
		"deep":            {[]byte(strings.Repeat(`{"entries":[`, 100000)), FaultForm},
		"no entries":      {[]byte(`{"tongban":"receipt/1","entries":[]}`), FaultForm},
		"another version": {bytes.Replace(text, []byte("receipt/1"), []byte("receipt/2"), 1), FaultForm},
	} {
		_, err := checked(c.text, evidence.Policy{})
		t.Run(name, func(t *testing.T) { fails(t, err, c.code) })
	}
	var laid bytes.Buffer
	must(t, json.Indent(&laid, text, "", "  "))
	if _, err := checked(laid.Bytes(), evidence.Policy{}); err != nil {
		t.Errorf("laid out for reading: %v", err)
	}
}

// forger is a keeper of a log who lies: whatever it makes of a receipt stands in a log of its own, signed with its own key.
type forger struct {
	t      *testing.T
	signer note.Signer
	key    string
	suite  evidence.Suite
	more   []note.Signer // that sign besides
}

func newForger(t *testing.T, name string) *forger {
	t.Helper()
	secret, key, err := note.GenerateKey(nil, name)
	must(t, err)
	signer, err := note.NewSigner(secret)
	must(t, err)
	return &forger{t: t, signer: signer, key: key}
}

// tiles are those of the forged log.
type tiles map[evidence.Tile][]byte

// ReadTile is evidence.TileReader's.
func (m tiles) ReadTile(t evidence.Tile) ([]byte, error) {
	if t.Level == 0 {
		return evidence.LeafTile(m[evidence.Tile{Level: evidence.Entries, N: t.N, Width: t.Width}], t.Width)
	}
	return m[t], nil
}

// place puts everything of the receipt into a new log, pack, calendars, entries, and proves it; chained links each entry to the one before.
func (f *forger) place(r *Receipt) *Receipt {
	f.t.Helper()
	pack, err := evidence.PackLeaf{Pack: r.Pack.ID, Version: r.Pack.Version, Digest: digest(r.Pack.Listing)}.Entry(f.suite)
	must(f.t, err)
	hashes, places := []evidence.Hash{pack}, []*Place{&r.Pack.Place}
	for i := range r.Calendars {
		hash, err := evidence.CalendarLeaf{Calendar: r.Calendars[i].Version, Digest: digest(r.Calendars[i].Text)}.Entry(f.suite)
		must(f.t, err)
		hashes, places = append(hashes, hash), append(places, &r.Calendars[i].Place)
	}
	var before evidence.Hash
	for i := range r.Entries {
		e := &r.Entries[i]
		var head caseflow.EntryHead
		must(f.t, json.Unmarshal(e.Head, &head))
		if i > 0 && head.After != "" {
			head.After = before.String()
			e.Head, err = json.Marshal(head)
			must(f.t, err)
		}
		hash, err := e.hash(f.suite)
		must(f.t, err)
		before = hash.Leaf()
		hashes, places = append(hashes, hash), append(places, &e.Place)
	}
	all := tiles{}
	tree, made, err := evidence.Grow(evidence.EmptyTree(), all, hashes)
	must(f.t, err)
	for _, m := range made {
		all[m.Tile] = m.Body
	}
	for i, p := range places {
		proof, err := evidence.ProveInclusion(tree, all, int64(i))
		must(f.t, err)
		*p = At(int64(i), proof)
	}
	msg, err := evidence.Checkpoint{Origin: f.signer.Name(), Tree: tree, Suite: f.suite}.Sign(append([]note.Signer{f.signer}, f.more...)...)
	must(f.t, err)
	r.Log = Log{Checkpoint: string(msg), Keys: []string{f.key}}
	return r
}

// edit changes a file of the pack, and its line in the listing.
func (r *Receipt) edit(t *testing.T, file, was, is string) {
	t.Helper()
	old := r.Pack.Files[file]
	if !strings.Contains(old, was) {
		t.Fatalf("%s has no %q", file, was)
	}
	r.Pack.Files[file] = strings.Replace(old, was, is, 1)
	r.Pack.Listing = strings.Replace(r.Pack.Listing, digest(old), digest(r.Pack.Files[file]), 1)
}

// change replaces words in the events of all entries.
func (r *Receipt) change(t *testing.T, was, is string) {
	t.Helper()
	n := 0
	for i := range r.Entries {
		for j := range r.Entries[i].Events {
			ev := &r.Entries[i].Events[j]
			n += bytes.Count(ev.Event, []byte(was))
			ev.Event = bytes.ReplaceAll(ev.Event, []byte(was), []byte(is))
		}
	}
	if n == 0 {
		t.Fatalf("no event has %q", was)
	}
}

// Whoever keeps the log may lie in many ways. What is not in the trusted log is refused, and what the forger's own log holds must
// still agree with itself.
func TestReceipt_of_a_liar_is_refused(t *testing.T) {
	t.Parallel()
	text := sample(t)
	honest := trusting(t, parsed(t, text).Log.Keys[0])
	f := newForger(t, "city.example/log")
	if _, err := Verify(f.place(parsed(t, text)), evidence.Policy{}); err != nil {
		t.Errorf("the forger's copy does not hold: %v", err)
	}
	_, err := Verify(f.place(parsed(t, text)), honest)
	fails(t, err, FaultLog)
	for name, c := range map[string]struct {
		lie  func(t *testing.T, r *Receipt)
		code string // in the forger's own log; under the honest one it is never the log's own
	}{
		"a limit in the pack": {func(t *testing.T, r *Receipt) { r.edit(t, "pack.yaml", "limit: 4 workhour", "limit: 9 workhour") }, FaultRule},
		"another limit in an item": {func(t *testing.T, r *Receipt) {
			r.edit(t, "items/company-open.yaml", "promised: {rule: company.open}", "promised: {rule: open.parallel}")
		}, FaultRule},
		"a due instant": {func(t *testing.T, r *Receipt) {
			r.change(t, `"due":"2026-12-02T16:00:00Z"`, `"due":"2026-12-03T16:00:00Z"`)
		}, FaultDeadline},
		"a limit in an event":      {func(t *testing.T, r *Receipt) { r.change(t, `"limit":"5 workday"`, `"limit":"50 workday"`) }, FaultDeadline},
		"another calendar":         {func(t *testing.T, r *Receipt) { r.change(t, `"calendar":"`, `"calendar":"x`) }, FaultCalendar},
		"an entry left out":        {func(_ *testing.T, r *Receipt) { r.Entries = append(r.Entries[:5], r.Entries[6:]...) }, FaultChain},
		"two entries turned round": {func(_ *testing.T, r *Receipt) { r.Entries[5], r.Entries[6] = r.Entries[6], r.Entries[5] }, FaultChain},
		"the first left out":       {func(_ *testing.T, r *Receipt) { r.Entries = r.Entries[1:] }, FaultChain},
		"an entry twice":           {func(_ *testing.T, r *Receipt) { r.Entries = append(r.Entries, r.Entries[len(r.Entries)-1]) }, FaultChain},
		"an event nobody knows":    {func(t *testing.T, r *Receipt) { r.change(t, `{"n":"submitted"`, `{"n":"enchanted"`) }, FaultReplay},
		"another pack":             {func(t *testing.T, r *Receipt) { r.change(t, `"version":"`, `"version":"7`) }, FaultPack},
		"a calendar nobody loaded": {func(_ *testing.T, r *Receipt) { r.Calendars = []Calendar{{Version: 2, Text: "{}"}} }, FaultCalendar},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := parsed(t, text)
			c.lie(t, r)
			_, err := Verify(r, honest)
			if err == nil {
				t.Error("it holds in the honest log")
			}
			_, err = Verify(f.place(r), evidence.Policy{})
			fails(t, err, c.code)
		})
	}
}

// Whoever names keys is not told that other keys signed; a cosignature counts if its witness is trusted, and is asked for if it is named.
func TestReceipt_is_believed_by_the_keys_that_are_named(t *testing.T) {
	t.Parallel()
	text := sample(t)
	r := parsed(t, text)
	_, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	witness, err := evidence.NewWitnessKey("village.example/w", key.Public().(ed25519.PublicKey))
	must(t, err)
	both := r.Log.Keys[0] + "\n# the village\n" + witness.String() + "\n"
	_, err = Verify(r, trusting(t, both))
	fails(t, err, FaultQuorum)
	at := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	line, err := evidence.Cosign([]byte(r.Log.Checkpoint), witness.Name(), key, at)
	must(t, err)
	r.Log.Checkpoint += string(line)
	report, err := Verify(r, trusting(t, both))
	must(t, err)
	if len(report.Witnesses) != 1 || !report.Witnesses[0].At.Equal(at) || !strings.Contains(report.Text("zh"), "village.example/w") {
		t.Errorf("witnesses %v", report.Witnesses)
	}
	if report, err = Verify(r, trusting(t, r.Log.Keys[0])); err != nil || len(report.Witnesses) != 0 {
		t.Errorf("a witness that nobody trusts: %v, %v", report.Witnesses, err)
	}
	_, err = Verify(r, trusting(t, newForger(t, r.Log.Keys[0][:strings.Index(r.Log.Keys[0], "+")]).key))
	fails(t, err, FaultLog)
	for _, bad := range []string{"x", "log x", "city.example/log+00000000+AAAA"} {
		if _, err := Tell("zh", text, bad, ""); err == nil || Why("zh", err) == "" {
			t.Errorf("the key %q is believed", bad)
		}
	}
	if _, err := Tell("zh", text, "", ""); err != nil {
		t.Error(err)
	}
}

// Each fault has words, and what is withheld proves nothing but that it is there.
func TestWords_of_faults(t *testing.T) {
	t.Parallel()
	for _, code := range FaultCodes() {
		for _, lang := range []string{i18n.Chinese, i18n.English} {
			if why := Why(lang, &Fault{Code: code, Entry: 3}); strings.Contains(why, "receipt.") {
				t.Errorf("%s has no words: %s", code, why)
			}
		}
	}
}

func TestWithheld_is_what_officials_write_to_one_another(t *testing.T) {
	t.Parallel()
	var w Withholder
	for i, c := range []struct {
		event caseflow.Event
		want  bool
	}{
		{caseflow.Submitted{}, false},
		{caseflow.Noted{Words: "x"}, true},
		{caseflow.TaskOpened{Task: caseflow.Task{ID: 1, Kind: caseflow.TaskStep}}, false},
		{caseflow.TaskOpened{Task: caseflow.Task{ID: 2, Kind: caseflow.TaskOrder}}, true},
		{caseflow.ClockStarted{Clock: caseflow.Clock{ID: caseflow.TaskClock(2)}}, true},
		{caseflow.ClockStarted{Clock: caseflow.Clock{ID: caseflow.TaskClock(1)}}, false},
		{caseflow.ClockStarted{Clock: caseflow.Clock{ID: caseflow.TaskClock(20)}}, false},
		{caseflow.TaskEnded{Task: 1}, false},
		{caseflow.TaskEnded{Task: 2, Words: "x"}, true},
		{caseflow.TaskTaken{Task: 2}, true},
		{caseflow.ClockEnded{Clock: caseflow.TaskClock(2)}, true},
		{caseflow.Objected{}, true},
		{caseflow.SentBack{}, true},
		{caseflow.Rejected{}, false},
	} {
		if got := w.Withheld(c.event); got != c.want {
			t.Errorf("%d: %s is withheld: %t", i, c.event.Name(), got)
		}
	}
}

func BenchmarkReceipt(b *testing.B) {
	text := sample(b)
	trust, err := Trust(parsed(b, text).Log.Keys[0])
	must(b, err)
	for b.Loop() {
		if _, err := checked(text, trust); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms")
	b.ReportMetric(20, "limit-ms")
}
