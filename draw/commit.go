package draw

import (
	"cmp"
	"crypto/sha256"
	"math/bits"
	"slices"
	"time"
)

// Format names the version of everything that a record holds.
const Format = "tongban.draw/1"

// Commitment is a plan that is fixed: what is published, and logged, before the randomness exists. It never changes.
type Commitment struct {
	plan             Plan
	strata           []layer
	pool, inspectors list
	body             []byte
	hash             Hash
}

// layer is a stratum with its members who may be drawn, as places in the sorted list.
type layer struct {
	members []int32
	quota   int
}

// Commit checks a plan and fixes it. The plan's own lists stay as they are. The error is a *Fault.
func Commit(p Plan) (*Commitment, error) { return commit(p.copied(), "") }

// commit is Commit for a plan whose lists are nobody else's: it sorts them. pool is the text of the candidates as they were read, if it is
// written as their lines are: it need not be written again. "": it is not.
func commit(p Plan, pool string) (*Commitment, error) {
	ordered := p.sort()
	c := &Commitment{plan: p}
	if err := c.plan.check(); err != nil {
		return nil, err
	}
	c.layers()
	if err := c.quotas(); err != nil {
		return nil, err
	}
	if pool != "" && ordered {
		c.pool = listIn(pool, len(c.plan.Candidates), func(i int) int { return c.plan.Candidates[i].bareLine() })
	} else {
		c.pool = listOf(c.plan.Candidates, Candidate.line)
	}
	c.inspectors = listOf(c.plan.Inspectors, Inspector.line)
	var w writer
	c.write(&w)
	c.body = w.buf
	c.hash = sha256.Sum256(append([]byte(Format+" commitment\n"), c.body...))
	return c, nil
}

// Hash is the hash of the commitment: what the evidence log holds.
func (c *Commitment) Hash() Hash { return c.hash }

// Body is the canonical JSON that is hashed. It holds the roots of the lists, not the lists.
func (c *Commitment) Body() []byte { return slices.Clone(c.body) }

// Pool is the root of the list of candidates.
func (c *Commitment) Pool() Hash { return c.pool.root }

// Inspectors is the root of the list of inspectors; that of no line without pairing.
func (c *Commitment) Inspectors() Hash { return c.inspectors.root }

// Plan is the plan in its one order. Do not change its lists.
func (c *Commitment) Plan() Plan { return c.plan }

// Before says whether the commitment may be published at an instant: once the randomness can be known it is too late.
func (c *Commitment) Before(at time.Time) error {
	if !at.Before(c.plan.Opens) {
		return &Fault{Code: "plan.late", Want: c.plan.Opens.Format(instantLayout)}
	}
	return nil
}

// Quota is a stratum of a commitment with what follows from its plan: how many may be drawn, and how many are.
type Quota struct {
	ID          string
	Size, Quota int64
}

// Strata lists the strata by id.
func (c *Commitment) Strata() []Quota {
	list := make([]Quota, len(c.strata))
	for i := range c.strata {
		list[i] = Quota{c.plan.Strata[i].ID, int64(len(c.strata[i].members)), int64(c.strata[i].quota)}
	}
	return list
}

// Check says whether a value is a proper one of the n-th source. When it came, Reveal judges.
func (c *Commitment) Check(n int, v Value) error {
	if n < 0 || n >= len(c.plan.Sources) {
		return &Fault{Code: "seed.count", Want: number(len(c.plan.Sources)), Got: number(n)}
	}
	_, err := c.plan.Sources[n].contribution(v, c.hash)
	return err
}

// Member proves that a candidate is in the pool, or an inspector in the list of inspectors.
func (c *Commitment) Member(list, id string) (Membership, error) {
	at, ok := c.plan.candidate(id)
	size, line := len(c.plan.Candidates), func(i int, b []byte) []byte { return c.plan.Candidates[i].line(b) }
	if list == Inspectors {
		at, ok = c.plan.inspector(id)
		size, line = len(c.plan.Inspectors), func(i int, b []byte) []byte { return c.plan.Inspectors[i].line(b) }
	}
	if !ok {
		return Membership{}, &Fault{Code: "member.unknown", At: id}
	}
	return Membership{Line: string(line(at, nil)), Index: at, Size: size, Path: path(at, 0, size, line)}, nil
}

// layers sorts those who may be drawn into their strata.
func (c *Commitment) layers() {
	c.strata = make([]layer, len(c.plan.Strata))
	excluded := c.plan.Excluded
	at := 0
	for i := range c.plan.Candidates {
		of := &c.plan.Candidates[i]
		if len(excluded) > 0 && excluded[0].ID == of.ID {
			excluded = excluded[1:]
			continue
		}
		if c.plan.Strata[at].ID != of.Stratum {
			at, _ = c.plan.stratum(of.Stratum)
		}
		c.strata[at].members = append(c.strata[at].members, int32(i))
	}
}

// quotas fixes how many are drawn of each stratum.
func (c *Commitment) quotas() error {
	sizes := make([]int64, len(c.strata))
	for i := range c.strata {
		sizes[i] = int64(len(c.strata[i].members))
	}
	var quotas []int64
	if c.plan.Total > 0 {
		all := int64(0)
		for _, n := range sizes {
			all += n
		}
		if c.plan.Total > all {
			return &Fault{Code: "plan.total", Got: number(int(all)), Want: number(int(c.plan.Total))}
		}
		quotas = shares(c.plan.Total, sizes)
	} else {
		for i, s := range c.plan.Strata {
			quotas = append(quotas, s.Count+(sizes[i]*s.Per10000+9999)/10000)
		}
	}
	some := false
	for i, q := range quotas {
		if q > sizes[i] {
			return &Fault{Code: "plan.quota", At: c.plan.Strata[i].ID, Got: number(int(sizes[i])), Want: number(int(q))}
		}
		some = some || q > 0
		c.strata[i].quota = int(q)
	}
	if !some {
		return &Fault{Code: "plan.empty"}
	}
	return nil
}

// shares divides a total in proportion to sizes by the largest remainder; of equal remainders the earlier is served first. The total is at most
// the sum of the sizes, so that no share is larger than its size.
func shares(total int64, sizes []int64) []int64 {
	var all uint64
	for _, n := range sizes {
		all += uint64(n)
	}
	quotas, rests, order := make([]int64, len(sizes)), make([]uint64, len(sizes)), make([]int, len(sizes))
	left := total
	for i, n := range sizes {
		hi, lo := bits.Mul64(uint64(total), uint64(n))
		q, rest := bits.Div64(hi, lo, all)
		quotas[i], rests[i], order[i] = int64(q), rest, i
		left -= quotas[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rests[b], rests[a]) })
	for _, i := range order[:left] {
		quotas[i]++
	}
	return quotas
}

// write writes the body of the commitment.
//
//house:long one line a member
func (c *Commitment) write(w *writer) {
	p := &c.plan
	list := func(name string, size int, l *list) {
		w.key(name)
		w.open('{')
		w.text("root", l.root.String())
		w.integer("size", int64(size))
		w.close('}')
	}
	w.open('{')
	if len(p.Excluded) > 0 {
		w.key("excluded")
		w.open('[')
		for _, e := range p.Excluded {
			w.comma()
			w.open('{')
			w.text("id", e.ID)
			w.text("reason", e.Reason)
			w.close('}')
		}
		w.close(']')
	}
	if p.Pairing != nil {
		list("inspectors", len(p.Inspectors), &c.inspectors)
	}
	w.text("method", p.Method)
	w.text("opens", p.Opens.Format(instantLayout))
	if q := p.Pairing; q != nil {
		w.key("pairing")
		w.open('{')
		w.integer("cap", q.Cap)
		w.some("groups", q.Groups)
		w.integer("specialists", q.Specialists)
		w.integer("team", q.Team)
		w.integer("together", q.Together)
		w.close('}')
	}
	list("pool", len(p.Candidates), &c.pool)
	w.optional("predecessor", p.Predecessor)
	w.key("sources")
	w.open('[')
	for _, o := range p.Sources {
		w.comma()
		w.source(o)
	}
	w.close(']')
	w.key("strata")
	w.open('[')
	for i, s := range p.Strata {
		w.comma()
		w.open('{')
		w.count("count", s.Count)
		w.text("id", s.ID)
		w.count("per10000", s.Per10000)
		w.integer("quota", int64(c.strata[i].quota))
		w.integer("size", int64(len(c.strata[i].members)))
		w.close('}')
	}
	w.close(']')
	w.text("title", p.Title)
	w.count("total", p.Total)
	w.close('}')
}
