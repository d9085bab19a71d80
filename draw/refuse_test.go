package draw_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/draw"
)

func TestRefused_plans(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*draw.Plan){
		"plan.duplicate candidate": func(p *draw.Plan) { p.Candidates = append(p.Candidates, p.Candidates[3]) },
		"plan.duplicate stratum":   func(p *draw.Plan) { p.Strata = append(p.Strata, draw.Stratum{ID: "A"}) },
		"plan.duplicate inspector": func(p *draw.Plan) { p.Inspectors = append(p.Inspectors, p.Inspectors[3]) },
		"plan.duplicate region":    func(p *draw.Plan) { p.Inspectors[3].Regions = []string{"a", "b", "a"} },
		"plan.quota count":         func(p *draw.Plan) { p.Strata[1].Count = 9 }, // nine in the stratum, one of them excluded
		"plan.quota everybody out": func(p *draw.Plan) {
			p.Strata[1].Count, p.Excluded = 8, append(p.Excluded, draw.Exclusion{ID: "A0002", Reason: "已查"})
		},
		"plan.total":       func(p *draw.Plan) { p.Strata, p.Total = []draw.Stratum{{ID: "A"}, {ID: "B"}}, 28 },
		"plan.empty":       func(p *draw.Plan) { p.Strata = []draw.Stratum{{ID: "A"}, {ID: "B"}} },
		"plan.share both":  func(p *draw.Plan) { p.Strata[0].Count = 1 },
		"plan.share total": func(p *draw.Plan) { p.Total = 3 },
		"plan.stratum":     func(p *draw.Plan) { p.Candidates[0].Stratum = "C" },
		"plan.conflict": func(p *draw.Plan) {
			p.Excluded = append(p.Excluded, draw.Exclusion{ID: "B0003", Reason: "另一个理由"})
		},
		"plan.excluded":           func(p *draw.Plan) { p.Excluded[0].ID = "nobody" },
		"plan.barred":             func(p *draw.Plan) { p.Inspectors[0].Barred = []string{"nobody"} },
		"plan.pairing none":       func(p *draw.Plan) { p.Pairing = nil },
		"plan.pairing nobody":     func(p *draw.Plan) { p.Inspectors = nil },
		"plan.specials":           func(p *draw.Plan) { p.Pairing.Specialists = 3 },
		"plan.groups many":        func(p *draw.Plan) { p.Pairing.Groups = []string{"a", "b", "c"} },
		"plan.groups beside":      func(p *draw.Plan) { p.Pairing.Specialists, p.Pairing.Groups = 1, []string{"a"} },
		"plan.group":              func(p *draw.Plan) { p.Pairing.Specialists, p.Pairing.Groups = 0, []string{"nobody"} },
		"plan.duplicate groups":   func(p *draw.Plan) { p.Pairing.Specialists, p.Pairing.Groups = 0, []string{"a", "a"} },
		"plan.method":             func(p *draw.Plan) { p.Method = "lottery" },
		"plan.rfc3797":            func(p *draw.Plan) { p.Method = draw.RFC3797 },
		"plan.opens none":         func(p *draw.Plan) { p.Opens = time.Time{} },
		"plan.opens fraction":     func(p *draw.Plan) { p.Opens = p.Opens.Add(1) },
		"plan.opens year":         func(p *draw.Plan) { p.Opens = p.Opens.AddDate(9000, 0, 0) },
		"plan.hash":               func(p *draw.Plan) { p.Predecessor = strings.ToUpper(p.Predecessor) },
		"plan.missing sources":    func(p *draw.Plan) { p.Sources = nil },
		"plan.missing strata":     func(p *draw.Plan) { p.Strata = nil },
		"plan.missing candidates": func(p *draw.Plan) { p.Candidates, p.Excluded, p.Inspectors, p.Pairing = nil, nil, nil, nil },
		"plan.many sources":       func(p *draw.Plan) { p.Sources = slices.Repeat(p.Sources[:1], draw.MaxSources+1) },
		"plan.many barred":        func(p *draw.Plan) { p.Inspectors[0].Barred = slices.Repeat([]string{"A0001"}, draw.MaxBarred+1) },
		"plan.many strata":        func(p *draw.Plan) { p.Strata = slices.Repeat(p.Strata[:1], draw.MaxStrata+1) },
		"text.bad title":          func(p *draw.Plan) { p.Title = "" },
		"text.bad control":        func(p *draw.Plan) { p.Candidates[0].ID = "a\x1fb" },
		"text.bad space":          func(p *draw.Plan) { p.Candidates[0].ID = " a" },
		"text.bad long":           func(p *draw.Plan) { p.Candidates[0].ID = strings.Repeat("x", draw.MaxID+1) },
		"text.bad utf8":           func(p *draw.Plan) { p.Candidates[0].ID = "a\xff" },
		"text.bad reason":         func(p *draw.Plan) { p.Excluded[0].Reason = "" },
		"number.range weight":     func(p *draw.Plan) { p.Candidates[0].Weight = draw.MaxWeight + 1 },
		"number.range count":      func(p *draw.Plan) { p.Strata[1].Count = -1 },
		"number.range share":      func(p *draw.Plan) { p.Strata[0].Per10000 = 10001 },
		"number.range total":      func(p *draw.Plan) { p.Strata, p.Total = []draw.Stratum{{ID: "A"}, {ID: "B"}}, -1 },
		"number.range one":        func(p *draw.Plan) { p.Pairing.Team = 1 }, // 行政处罚法 art. 42: at least two
		"number.range cap":        func(p *draw.Plan) { p.Pairing.Cap = 0 },
		"number.range together":   func(p *draw.Plan) { p.Pairing.Together = draw.MaxCandidates + 1 },
		"number.range inspector":  func(p *draw.Plan) { p.Inspectors[0].Cap = -1 },
		"source.kind":             func(p *draw.Plan) { p.Sources[0].Kind = "horoscope" },
		"source.own":              func(p *draw.Plan) { p.Sources = p.Sources[5:6] },
		"source.field faces":      func(p *draw.Plan) { p.Sources[0].Faces = 7 },
		"source.field rolls":      func(p *draw.Plan) { p.Sources[0].Rolls = 7 },
		"source.field foreign":    func(p *draw.Plan) { p.Sources[0].Origin = "log" },
		"source.field count":      func(p *draw.Plan) { p.Sources[2].Count = 0 },
		"source.field size":       func(p *draw.Plan) { p.Sources[4].After = 0 },
		"text.bad origin":         func(p *draw.Plan) { p.Sources[4].Origin = "" },
		"source.field vrf":        func(p *draw.Plan) { p.Sources[5].Key = strings.Repeat("ff", 32) },
		"source.field beacon":     func(p *draw.Plan) { p.Sources[6].Key = "00" },
		"source.field round":      func(p *draw.Plan) { p.Sources[6].Round = 0 },
		"source.field far round":  func(p *draw.Plan) { p.Sources[6].Round = 1 << 52 },
	} {
		p, _ := everything(t)
		p.Strata = p.Strata[:2]
		change(&p)
		got := code(func() error { _, err := draw.Commit(p); return err }())
		if wanted, _, _ := strings.Cut(want, " "); got != wanted {
			t.Errorf("%s: %s", want, got)
		}
	}
}

func TestRefused_tooManyCandidatesAndTooMuchWeight(t *testing.T) {
	t.Parallel()
	p := draw.Plan{Title: "试", Opens: opens, Sources: text, Strata: []draw.Stratum{{ID: "A", Count: 1}}, Candidates: people("A", 10_001)}
	for i := range p.Candidates {
		p.Candidates[i].Weight = draw.MaxWeight
	}
	if _, err := draw.Commit(p); code(err) != "plan.weights" {
		t.Error(err)
	}
	p.Candidates = make([]draw.Candidate, draw.MaxCandidates+1)
	if _, err := draw.Commit(p); code(err) != "plan.many" {
		t.Error(err)
	}
	many := `{"candidates":[` + strings.Repeat(`{},`, draw.MaxCandidates) + `{}]}`
	if _, err := draw.ReadPlan([]byte(many)); code(err) != "plan.many" {
		t.Error(err)
	}
}

func TestRefused_plansThatAreNotWellFormed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ plan, want string }{
		"nothing":               {``, "json.syntax"},
		"a list":                {`[]`, "json.syntax"},
		"cut short":             {`{"title":"a`, "json.syntax"},
		"more behind":           {`{} {}`, "json.syntax"},
		"a zero byte behind":    {"{}\x00", "json.syntax"},
		"an unknown member":     {`{"quota":1}`, "json.syntax"},
		"a member twice":        {`{"title":"a","title":"b"}`, "json.syntax"},
		"a member twice, inner": {`{"candidates":[{"id":"a","id":"b"}]}`, "json.syntax"},
		"a member in capitals":  {`{"Title":"a"}`, "json.syntax"},
		"a fraction":            {`{"total":1.5}`, "json.syntax"},
		"an exponent":           {`{"total":1e3}`, "json.syntax"},
		"a sign":                {`{"total":-1}`, "json.syntax"},
		"a leading zero":        {`{"total":01}`, "json.syntax"},
		"beyond 2^53":           {`{"total":9007199254740992}`, "json.syntax"},
		"null":                  {`{"title":null}`, "json.syntax"},
		"half a pair":           {`{"title":"\ud800"}`, "json.syntax"},
		"a bad escape":          {`{"title":"\x"}`, "json.syntax"},
		"a raw line break":      {"{\"title\":\"a\nb\"}", "json.syntax"},
		"not UTF-8":             {"{\"title\":\"\xb0\xa1\"}", "json.syntax"},
		"a comma too many":      {`{"title":"a",}`, "json.syntax"},
		"an instant elsewhere":  {`{"opens":"2026-11-25T02:00:00+08:00"}`, "plan.opens"},
		"a day of February":     {`{"opens":"2026-02-30T02:00:00Z"}`, "plan.opens"},
		"weight zero":           {`{"candidates":[{"weight":0}]}`, "number.range"},
		"cap zero":              {`{"inspectors":[{"cap":0}]}`, "number.range"},
	} {
		if _, err := draw.ReadPlan([]byte(c.plan)); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if p, err := draw.ReadPlan([]byte(" {\"title\" : \"\\u53cc\\n\\ud83c\\udfb2\\/\" } \r\n")); err != nil || p.Title != "双\n🎲/" {
		t.Errorf("%q %v", p.Title, err)
	}
}

func TestRefused_values(t *testing.T) {
	t.Parallel()
	p, good := everything(t)
	c := commit(t, p)
	for name, test := range map[string]struct {
		change func([]draw.Value) []draw.Value
		want   string
	}{
		"one too few":                    {func(v []draw.Value) []draw.Value { return v[1:] }, "seed.count"},
		"one too many":                   {func(v []draw.Value) []draw.Value { return append(v, v[0]) }, "seed.count"},
		"a seven on a die of six":        {func(v []draw.Value) []draw.Value { v[0].Numbers[3] = 7; return v }, "seed.value"},
		"a zero on a die":                {func(v []draw.Value) []draw.Value { v[0].Numbers[3] = 0; return v }, "seed.value"},
		"a roll too few":                 {func(v []draw.Value) []draw.Value { v[0].Numbers = v[0].Numbers[1:]; return v }, "seed.value"},
		"a text for dice":                {func(v []draw.Value) []draw.Value { v[0].Text = "1"; return v }, "seed.value"},
		"numbers for a text":             {func(v []draw.Value) []draw.Value { v[3].Numbers = []int64{1}; return v }, "seed.value"},
		"numbers not sorted":             {func(v []draw.Value) []draw.Value { v[2].Numbers[0] = 50; return v }, "seed.value"},
		"a number below zero":            {func(v []draw.Value) []draw.Value { v[2].Numbers[0] = -1; return v }, "seed.value"},
		"an empty text":                  {func(v []draw.Value) []draw.Value { v[3].Text = ""; return v }, "text.bad"},
		"a checkpoint of another log":    {func(v []draw.Value) []draw.Value { v[4].Text = strings.ReplaceAll(note, "tongban", "other"); return v }, "seed.value"},
		"an early checkpoint":            {func(v []draw.Value) []draw.Value { v[4].Text = strings.Replace(note, "4711", "3999", 1); return v }, "seed.early"},
		"a checkpoint without signature": {func(v []draw.Value) []draw.Value { v[4].Text, _, _ = strings.Cut(note, "—"); return v }, "seed.value"},
		"a checkpoint with a bad root":   {func(v []draw.Value) []draw.Value { v[4].Text = strings.Replace(note, "=", "", 1); return v }, "seed.value"},
		"a checkpoint with a bad size":   {func(v []draw.Value) []draw.Value { v[4].Text = strings.Replace(note, "4711", "04711", 1); return v }, "seed.value"},
		"a proof of something else": {func(v []draw.Value) []draw.Value {
			proof, err := draw.VRFProve([32]byte{1, 2, 3}, []byte("else"))
			v[5].Text = fmt.Sprintf("%x", proof)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}, "seed.proof"},
		"a proof cut short":        {func(v []draw.Value) []draw.Value { v[5].Text = v[5].Text[2:]; return v }, "seed.value"},
		"a round that is not real": {func(v []draw.Value) []draw.Value { v[6].Text = "a" + v[6].Text[1:]; return v }, "seed.proof"},
		"a round cut short":        {func(v []draw.Value) []draw.Value { v[6].Text = v[6].Text[2:]; return v }, "seed.value"},
	} {
		if _, err := c.Reveal(later, test.change(good(c))); code(err) != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

// Nothing counts that could be known before it was announced.
func TestRefused_earlySeeds(t *testing.T) {
	t.Parallel()
	p, values := everything(t)
	c := commit(t, p)
	if _, err := c.Reveal(p.Opens.Add(-time.Second), values(c)); code(err) != "seed.early" {
		t.Error(err)
	}
	if _, err := c.Reveal(p.Opens, values(c)); err != nil {
		t.Error(err)
	}
	if err := c.Before(p.Opens.Add(-time.Second)); err != nil {
		t.Error(err)
	}
	if err := c.Before(p.Opens); code(err) != "plan.late" {
		t.Error(err)
	}
	p.Opens = p.Opens.Add(time.Second) // one second after the round of the beacon was due
	c = commit(t, p)
	if _, err := c.Reveal(later, values(c)); code(err) != "seed.early" {
		t.Error(err)
	}
}

func TestParseValue(t *testing.T) {
	t.Parallel()
	beacon := draw.Source{Kind: draw.Beacon, Name: "quicknet", Round: 1000}
	for name, c := range map[string]struct {
		source      draw.Source
		typed, want string
	}{
		"dice keep their order":        {draw.Source{Kind: draw.Dice}, "3，1, 6、2 ", "{[3 1 6 2] }"},
		"dice of an input method":      {draw.Source{Kind: draw.Dice}, "３，１；６　２", "{[3 1 6 2] }"},
		"numbers are sorted":           {draw.Source{Kind: draw.Numbers}, "12 5 8", "{[5 8 12] }"},
		"letters are no numbers":       {draw.Source{Kind: draw.Dice}, "3,one", "seed.value"},
		"a text":                       {draw.Source{Kind: draw.Public}, " 3870.02\n", "{[] 3870.02}"},
		"a note keeps its line breaks": {draw.Source{Kind: draw.Checkpoint}, note, "{[] " + note + "}"},
		"a signature":                  {beacon, strings.ToUpper(quicknetSignature), "{[] " + quicknetSignature + "}"},
		"a round as drand writes it":   {beacon, `{"round":1000,"randomness":"fe29","signature":"` + quicknetSignature + `"}`, "{[] " + quicknetSignature + "}"},
		"another round":                {beacon, `{"round":1001,"signature":"00"}`, "seed.value"},
		"half a round":                 {beacon, `{"round":1000`, "json.syntax"},
	} {
		v, err := draw.ParseValue(c.source, c.typed)
		got := fmt.Sprint(v)
		if err != nil {
			got = code(err)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A withdrawn one is replaced from the same order; the others stay.
func TestWithdrawn_areReplacedByTheNext(t *testing.T) {
	t.Parallel()
	p := draw.Plan{Title: "试", Opens: opens, Sources: text, Strata: []draw.Stratum{{ID: "A", Count: 3}, {ID: "B", Count: 1}}, Candidates: append(people("A", 5), people("B", 1)...)}
	r := reveal(t, p, value("一"))
	was := r.Stratum("A")
	next, err := r.Withdraw(draw.Withdrawal{At: later, From: draw.Candidates, ID: was[1], Reason: "停业"})
	if err != nil {
		t.Fatal(err)
	}
	now := next.Stratum("A")
	if now[0] != was[0] || now[1] != was[2] || slices.Contains(was, now[2]) || next.Withdrawals()[0].Replacement != now[2] || fmt.Sprint(next.Stratum("B")) != "[B0000]" {
		t.Errorf("%v became %v", was, now)
	}
	seed, _ := next.Seed()
	last := draw.Hash{}
	for _, id := range now {
		ticket := draw.Ticket(seed, id)
		if ticket.String() <= last.String() {
			t.Errorf("%s is out of order", id)
		}
		last = ticket
	}
	if fmt.Sprint(r.Stratum("A")) != fmt.Sprint(was) {
		t.Error("the record before has changed")
	}
	for name, c := range map[string]struct {
		w    draw.Withdrawal
		want string
	}{
		"who withdrew":        {draw.Withdrawal{At: later, From: draw.Candidates, ID: was[1], Reason: "停业"}, "draw.unknown"},
		"a stranger":          {draw.Withdrawal{At: later, From: draw.Candidates, ID: "nobody", Reason: "停业"}, "draw.unknown"},
		"an inspector":        {draw.Withdrawal{At: later, From: draw.Inspectors, ID: was[0], Reason: "停业"}, "draw.unknown"},
		"no list":             {draw.Withdrawal{At: later, ID: was[0], Reason: "停业"}, "draw.unknown"},
		"nobody left":         {draw.Withdrawal{At: later, From: draw.Candidates, ID: "B0000", Reason: "停业"}, "draw.exhausted"},
		"no reason":           {draw.Withdrawal{At: later, From: draw.Candidates, ID: was[0]}, "text.bad"},
		"before the draw":     {draw.Withdrawal{At: opens, From: draw.Candidates, ID: was[0], Reason: "停业"}, "draw.order"},
		"a part of a second":  {draw.Withdrawal{At: later.Add(1), From: draw.Candidates, ID: was[0], Reason: "停业"}, "draw.instant"},
		"who just came in is": {draw.Withdrawal{At: later, From: draw.Candidates, ID: now[2], Reason: "停业"}, "<nil>"},
	} {
		if _, err := next.Withdraw(c.w); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// An abandoned draw stays, with its reason; the next names it; and nothing else is believed to be its predecessor.
func TestAbandoned_staysAndIsNamedByTheNext(t *testing.T) {
	t.Parallel()
	p := draw.Plan{Title: "试", Opens: opens, Sources: text, Strata: []draw.Stratum{{ID: "A", Count: 1}}, Candidates: people("A", 5)}
	c := commit(t, p)
	r := reveal(t, p, value("一"))
	if _, err := c.Record().Withdraw(draw.Withdrawal{At: later, From: draw.Candidates, ID: "A0000", Reason: "停业"}); code(err) != "draw.open" {
		t.Error(err)
	}
	if _, err := r.Abandon(later, " "); code(err) != "text.bad" {
		t.Error(err)
	}
	for name, before := range map[string]*draw.Record{"before the draw": c.Record(), "after it": r} {
		gone, err := before.Abandon(later, "名单有误")
		if err != nil {
			t.Fatal(err)
		}
		if why, ok := gone.Abandoned(); !ok || why.Reason != "名单有误" {
			t.Error(name, why)
		}
		if _, err := draw.Verify(gone.Bytes()); err != nil {
			t.Error(name, err)
		}
		if _, err := gone.Abandon(later, "又"); code(err) != "draw.abandoned" {
			t.Error(name, err)
		}
		if _, err := gone.Withdraw(draw.Withdrawal{At: later, From: draw.Candidates, ID: r.Drawn()[0], Reason: "停业"}); code(err) != "draw.abandoned" {
			t.Error(name, err)
		}
		again := p
		again.Predecessor = c.Hash().String()
		second := reveal(t, again, value("一"))
		if err := second.Follows(gone); err != nil {
			t.Error(name, err)
		}
		if err := second.Follows(before); code(err) != "record.counts" {
			t.Error(name, err)
		}
		if err := r.Follows(gone); code(err) != "record.follows" {
			t.Error(name, err)
		}
	}
}

// Every refusal is worded in both languages, with what it is about.
func TestFaults_areWorded(t *testing.T) {
	t.Parallel()
	p, _ := everything(t)
	p.Candidates[0].Stratum = "甲层"
	_, err := draw.Commit(p)
	fault := err.(*draw.Fault)
	if zh, en := fault.Text("zh"), fault.Text("en"); zh != "候选者 B0000 属于未列出的层 甲层" || en != "candidate B0000 is of stratum 甲层, which the plan does not list" || fault.Error() != en {
		t.Errorf("%q %q", zh, en)
	}
	if got := (&draw.Fault{Code: "text.bad", At: strings.Repeat("长", 5000)}).Text("en"); len(got) > 1000 {
		t.Errorf("a fault repeats %d bytes", len(got))
	}
}
