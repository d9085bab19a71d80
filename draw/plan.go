package draw

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is read. Beyond them a plan is refused.
const (
	MaxCandidates = 1_000_000
	MaxInspectors = 100_000
	MaxStrata     = 1000
	MaxSources    = 16
	MaxBarred     = 1000       // objects that one inspector is barred from
	MaxID         = 128        // bytes of an id
	MaxText       = 2000       // bytes of a title or a reason
	MaxWeight     = 1000       // of one candidate
	MaxWeights    = 10_000_000 // of all together
	MaxWithdrawn  = 10_000     // withdrawals from one draw
	MaxBytes      = 512 << 20  // of a plan or a record

	maxInteger = 1<<53 - 1
	maxNote    = 64 << 10 // bytes of a checkpoint
)

// Methods of selection.
const (
	Tickets = "tickets" // the lowest SHA-256(seed || 0x1f || id)
	RFC3797 = "rfc3797" // RFC 3797 section 4, for whoever is bound to it
)

// Plan is what is announced before a draw. The order of candidates, inspectors, strata and exclusions means nothing; that of sources does.
type Plan struct {
	Title string
	// Opens is the instant from which the randomness may be known; whole seconds, UTC.
	Opens time.Time
	// Method is Tickets if left out.
	Method string
	// Predecessor is the hash of the commitment of the abandoned draw that this one stands in for.
	Predecessor string
	Sources     []Source
	Strata      []Stratum
	// Total shares this many among the strata in proportion to their sizes, by the largest remainder. 0: each stratum says how many.
	Total      int64
	Excluded   []Exclusion
	Candidates []Candidate
	Inspectors []Inspector
	Pairing    *Pairing
}

// Candidate is one member of the pool.
type Candidate struct {
	ID      string
	Stratum string
	// Weight is 1 if left out. A candidate of weight 3 is as likely as three of weight 1 to be drawn next.
	Weight int64
	// Region and Field are what an inspector must be for to be sent here; "" asks for nothing.
	Region, Field string
}

// Stratum is a part of the pool with a quota of its own: Count of them, or Per10000 in ten thousand of those who may be drawn, rounded up.
type Stratum struct {
	ID       string
	Count    int64
	Per10000 int64
}

// Exclusion leaves a candidate out of the draw. It stays in the list that everybody can check.
type Exclusion struct{ ID, Reason string }

// Inspector is somebody who may be sent to what is drawn.
type Inspector struct {
	ID      string
	Regions []string // to objects of these
	Fields  []string // what the inspector is certified for
	Barred  []string // objects that the inspector has an interest in (回避)
	Group   string   // whom the inspector is of, where the pairing asks for somebody of each group; "" is of none
	Cap     int64    // how many objects at most; 0 means the pairing's
}

// Pairing says how inspectors are sent to what is drawn.
type Pairing struct {
	// Team is how many go to each object: at least two (行政处罚法 art. 42: law enforcement officers shall not be fewer than two).
	Team int64
	// Specialists is how many of a team must be certified for the object's field.
	Specialists int64
	// Groups are those of which each team has somebody (部门联合抽查); there are no more of them than places in a team, and no Specialists.
	Groups []string
	// Cap is how many objects one inspector gets at most.
	Cap int64
	// Together is how often the same two may be sent together; 1 if left out.
	Together int64
}

// Parts of the pool that somebody can withdraw from.
const (
	Candidates = "candidates"
	Inspectors = "inspectors"
)

const instantLayout = "2006-01-02T15:04:05Z"

// instant reads an instant; the zero time if it is none in the one form that is allowed.
func instant(s string) time.Time {
	t, err := time.Parse(instantLayout, s)
	if err != nil || t.Year() < 1970 || t.Format(instantLayout) != s {
		return time.Time{}
	}
	return t.UTC()
}

// checkText wants a text as it may stand in a plan.
func checkText(at, s string, limit int) error {
	if n := len(s); n > 0 && n <= limit && plain(s) == n && s[0] != ' ' && s[n-1] != ' ' {
		return nil // most are
	}
	if s == "" || len(s) > limit || !utf8.ValidString(s) || strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
		return &Fault{Code: "text.bad", At: at, Want: number(limit)}
	}
	return nil
}

// ReadPlan reads a plan from JSON as docs/draw.md describes it. It checks the form; [Commit] checks what it says.
func ReadPlan(data []byte) (Plan, error) {
	var p Plan
	if len(data) > MaxBytes {
		return p, &Fault{Code: "json.large", Want: number(MaxBytes)}
	}
	s := &scanner{data: string(data)}
	s.object(func(key string) bool {
		switch key {
		case Candidates:
			p.Candidates, _ = s.candidates()
		case Inspectors:
			p.Inspectors = s.inspectors()
		default:
			return s.terms(&p, key)
		}
		return true
	})
	s.end()
	return p, s.err()
}

// terms reads a member that plans and commitments share.
func (s *scanner) terms(p *Plan, key string) bool {
	switch key {
	case "title":
		p.Title = s.text()
	case "opens":
		if p.Opens = instant(s.text()); p.Opens.IsZero() {
			s.refuse(&Fault{Code: "plan.opens"})
		}
	case "method":
		p.Method = s.text()
	case "predecessor":
		p.Predecessor = s.text()
	case "total":
		p.Total = s.integer()
	case "sources":
		s.array(key, MaxSources, func() { p.Sources = append(p.Sources, s.source()) })
	case "strata":
		s.array(key, MaxStrata, func() { p.Strata = append(p.Strata, s.stratum()) })
	case "excluded":
		s.array(key, MaxCandidates, func() { p.Excluded = append(p.Excluded, s.exclusion()) })
	case "pairing":
		p.Pairing = s.pairing()
	default:
		return false
	}
	return true
}

// candidates reads the list of candidates. text is all of it if it is written as lines of bare candidates are, and nothing stands between them.
func (s *scanner) candidates() (all []Candidate, text string) {
	begin := s.pos
	bare, length := true, len("[")
	s.array(Candidates, MaxCandidates, func() {
		c, ok := s.bare()
		if !ok {
			c, bare = s.candidate(), false
		}
		if all == nil { // as many as there is text for, if they are all like the first
			all = make([]Candidate, 0, min(MaxCandidates, len(s.data)/(s.pos-begin+1)+1))
		}
		all = append(all, c)
		length += c.bareLine() + len(",")
	})
	if bare && length == s.pos-begin {
		text = s.data[begin:s.pos]
	}
	return all, text
}

func (s *scanner) candidate() (c Candidate) {
	s.object(func(key string) bool {
		switch key {
		case "id":
			c.ID = s.text()
		case "stratum":
			c.Stratum = s.text()
		case "weight":
			c.Weight = s.within("weight", 1, MaxWeight)
		case "region":
			c.Region = s.text()
		case "field":
			c.Field = s.text()
		default:
			return false
		}
		return true
	})
	return c
}

// bare reads a candidate that is written as records write most of them, with an id and a stratum in plain letters, several times as fast as
// candidate does; false, and nothing is read, if it is written otherwise.
func (s *scanner) bare() (c Candidate, ok bool) {
	rest := s.data[s.pos:]
	for _, part := range []struct {
		before string
		text   *string
	}{{`{"id":"`, &c.ID}, {`","stratum":"`, &c.Stratum}} {
		if rest, ok = strings.CutPrefix(rest, part.before); !ok {
			return c, false
		}
		n := plain(rest)
		*part.text, rest = rest[:n], rest[n:]
	}
	if rest, ok = strings.CutPrefix(rest, `"}`); ok {
		s.pos = len(s.data) - len(rest)
	}
	return c, ok
}

// bareLine is how long the line of a bare candidate is.
func (c *Candidate) bareLine() int { return len(`{"id":"","stratum":""}`) + len(c.ID) + len(c.Stratum) }

func (s *scanner) inspectors() (all []Inspector) {
	s.array(Inspectors, MaxInspectors, func() {
		var i Inspector
		s.object(func(key string) bool {
			switch key {
			case "id":
				i.ID = s.text()
			case "cap":
				i.Cap = s.within("cap", 1, MaxCandidates)
			case "regions":
				i.Regions = s.texts("regions")
			case "fields":
				i.Fields = s.texts("fields")
			case "barred":
				i.Barred = s.texts("barred")
			case "group":
				i.Group = s.text()
			default:
				return false
			}
			return true
		})
		all = append(all, i)
	})
	return all
}

func (s *scanner) texts(what string) (all []string) {
	s.array(what, MaxBarred, func() { all = append(all, s.text()) })
	return all
}

// within reads a whole number and refuses one outside the bounds.
func (s *scanner) within(what string, low, high int64) int64 {
	n := s.integer()
	if n < low || n > high {
		s.refuse(outside(what, n, low, high))
	}
	return n
}

func outside(what string, n, low, high int64) *Fault {
	return &Fault{Code: "number.range", At: what, Got: number(int(n)), Want: number(int(low)) + "–" + number(int(high))}
}

func (s *scanner) stratum() (st Stratum) {
	s.object(func(key string) bool {
		switch key {
		case "id":
			st.ID = s.text()
		case "count":
			st.Count = s.integer()
		case "per10000":
			st.Per10000 = s.within(key, 1, 10000)
		case "quota", "size": // what a commitment adds; it is computed again
			s.integer()
		default:
			return false
		}
		return true
	})
	return st
}

func (s *scanner) exclusion() (e Exclusion) {
	s.object(func(key string) bool {
		switch key {
		case "id":
			e.ID = s.text()
		case "reason":
			e.Reason = s.text()
		default:
			return false
		}
		return true
	})
	return e
}

func (s *scanner) pairing() *Pairing {
	p := new(Pairing)
	s.object(func(key string) bool {
		switch key {
		case "team":
			p.Team = s.integer()
		case "specialists":
			p.Specialists = s.integer()
		case "groups":
			p.Groups = s.texts(key)
		case "cap":
			p.Cap = s.integer()
		case "together":
			p.Together = s.within(key, 1, MaxCandidates)
		default:
			return false
		}
		return true
	})
	return p
}

// line is the canonical JSON of a candidate: what its leaf in the Merkle tree holds.
func (c Candidate) line(b []byte) []byte {
	w := writer{buf: b}
	w.open('{')
	w.optional("field", c.Field)
	w.text("id", c.ID)
	w.optional("region", c.Region)
	w.text("stratum", c.Stratum)
	if c.Weight > 1 {
		w.integer("weight", c.Weight)
	}
	w.close('}')
	return w.buf
}

// line is the canonical JSON of an inspector.
func (i Inspector) line(b []byte) []byte {
	w := writer{buf: b}
	w.open('{')
	w.some("barred", i.Barred)
	w.count("cap", i.Cap)
	w.some("fields", i.Fields)
	w.optional("group", i.Group)
	w.text("id", i.ID)
	w.some("regions", i.Regions)
	w.close('}')
	return w.buf
}

// copied is the plan with lists of its own.
func (p Plan) copied() Plan {
	p.Sources, p.Strata, p.Excluded = slices.Clone(p.Sources), slices.Clone(p.Strata), slices.Clone(p.Excluded)
	p.Candidates, p.Inspectors = slices.Clone(p.Candidates), slices.Clone(p.Inspectors)
	for n := range p.Inspectors {
		i := &p.Inspectors[n]
		i.Regions, i.Fields, i.Barred = slices.Clone(i.Regions), slices.Clone(i.Fields), slices.Clone(i.Barred)
	}
	if p.Pairing != nil {
		pairing := *p.Pairing
		pairing.Groups = slices.Clone(pairing.Groups)
		p.Pairing = &pairing
	}
	return p
}

// sort brings the plan into the one order, fills in what may be left out, and tells whether the candidates were in their order.
func (p *Plan) sort() (was bool) {
	if p.Method == "" {
		p.Method = Tickets
	}
	p.Opens = p.Opens.UTC()
	was = byID(p.Candidates, func(c Candidate) string { return c.ID })
	byID(p.Strata, func(s Stratum) string { return s.ID })
	byID(p.Excluded, func(e Exclusion) string { return e.ID })
	byID(p.Inspectors, func(i Inspector) string { return i.ID })
	for n := range p.Candidates {
		p.Candidates[n].Weight = max(p.Candidates[n].Weight, 1)
	}
	for n := range p.Inspectors {
		i := &p.Inspectors[n]
		slices.Sort(i.Regions)
		slices.Sort(i.Fields)
		slices.Sort(i.Barred)
	}
	if p.Pairing != nil {
		p.Pairing.Together = max(p.Pairing.Together, 1)
		slices.Sort(p.Pairing.Groups)
	}
	return was
}

// byID sorts by the bytes of the ids, and tells whether it was sorted.
func byID[T any](list []T, id func(T) string) (was bool) {
	order := func(a, b T) int { return strings.Compare(id(a), id(b)) }
	if was = slices.IsSortedFunc(list, order); !was {
		slices.SortFunc(list, order)
	}
	return was
}
