package draw

import (
	"bytes"
	"fmt"
	"time"
)

// published is what a record says from outside; the rest of it is computed.
type published struct {
	format      string
	plan        Plan
	pool        string // the text of the candidates, see commit
	commitment  string
	at          time.Time
	revealed    bool
	values      []Value
	withdrawals []Withdrawal
	abandoned   *Abandonment
}

// Verify computes a draw again from the bytes of its record alone and returns it. The record holds if every byte of it is the one that its own
// lists, values and reasons give.
func Verify(data []byte) (*Record, error) {
	if len(data) > MaxBytes {
		return nil, &Fault{Code: "json.large", Want: number(MaxBytes)}
	}
	p, err := readRecord(data)
	if err != nil {
		return nil, err
	}
	r, err := p.replay()
	if err != nil {
		return nil, err
	}
	text, marks := r.write()
	if !bytes.Equal(text, data) {
		return nil, differs(text, data, marks)
	}
	return r, nil
}

// Text says in one line, in "zh" (any other language: English), what a record that holds tells.
func (r *Record) Text(lang string) string {
	at := 1
	if lang == "zh" {
		at = 0
	}
	hash := r.commitment.hash
	if r.abandoned != nil {
		return fmt.Sprintf([]string{"成立：封存哈希 %s，已放弃：%s", "holds: commitment %s, abandoned: %s"}[at], hash, r.abandoned.Reason)
	}
	if r.at.IsZero() {
		return fmt.Sprintf([]string{"成立：封存哈希 %s，尚未抽取", "holds: commitment %s, nothing drawn yet"}[at], hash)
	}
	return fmt.Sprintf([]string{"成立：封存哈希 %s，抽中 %d 个，替补 %d 次", "holds: commitment %s, %d drawn, %d withdrawn"}[at], hash, len(r.Drawn()), len(r.withdrawals))
}

func (p *published) replay() (*Record, error) {
	c, err := commit(p.plan, p.pool)
	if err != nil {
		return nil, err
	}
	if p.commitment != c.hash.String() {
		return nil, &Fault{Code: "record.commitment", Got: p.commitment, Want: c.hash.String()}
	}
	r := c.Record()
	if p.revealed {
		if r, err = c.replay(p.at, p.values, p.withdrawals); err != nil {
			return nil, err
		}
	}
	if p.abandoned != nil {
		return r.Abandon(p.abandoned.At, p.abandoned.Reason)
	}
	return r, nil
}

// differs names the member in which a record is not what it should be: the digest, which differs whenever anything does, only if nothing else
// behind it does.
func differs(want, got []byte, marks []mark) error {
	at, name, end := parts(want, got), "form", 0
	for _, m := range marks {
		if m.at > at {
			break
		}
		name, end = m.name, m.at+len(`""`)+2*len(Hash{})
	}
	if name == "digest" && end <= min(len(want), len(got)) && !bytes.Equal(want[end:], got[end:]) {
		at = end + parts(want[end:], got[end:])
		for _, m := range marks {
			if m.at <= at {
				name = m.name
			}
		}
	}
	return &Fault{Code: "record.differs", At: name, Got: number(at)}
}

// parts is how long two texts are the same.
func parts(a, b []byte) int {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return at
}

// Follows says whether a draw stands in for another: the other is the one it names, and was abandoned.
func (r *Record) Follows(predecessor *Record) error {
	switch {
	case r.commitment.plan.Predecessor != predecessor.commitment.hash.String():
		return &Fault{Code: "record.follows", Want: predecessor.commitment.hash.String()}
	case predecessor.abandoned == nil:
		return &Fault{Code: "record.counts"}
	}
	return nil
}

func readRecord(data []byte) (*published, error) {
	var p published
	s := &scanner{data: string(data)}
	s.object(func(key string) bool {
		switch key {
		case "format":
			p.format = s.text()
		case Candidates:
			p.plan.Candidates, p.pool = s.candidates()
		case Inspectors:
			p.plan.Inspectors = s.inspectors()
		case "commitment":
			p.commitment = s.text()
		case "committed":
			s.committed(&p.plan)
		case "revealed":
			p.revealed = true
			s.revealed(&p)
		case "withdrawals":
			s.array(key, MaxWithdrawn, func() { p.withdrawals = append(p.withdrawals, s.withdrawal()) })
		case "abandoned":
			p.abandoned = s.abandonment()
		case "digest", "result": // computed again
			s.skip()
		default:
			return false
		}
		return true
	})
	s.end()
	if err := s.err(); err != nil {
		return nil, err
	}
	if p.format != Format {
		return nil, &Fault{Code: "record.format", Got: p.format, Want: Format}
	}
	return &p, nil
}

// committed reads the body of a commitment; the roots of the lists are computed again.
func (s *scanner) committed(p *Plan) {
	s.object(func(key string) bool {
		if key == "pool" || key == Inspectors {
			s.skip()
			return true
		}
		return s.terms(p, key)
	})
}

func (s *scanner) revealed(p *published) {
	s.object(func(key string) bool {
		switch key {
		case "at":
			p.at = s.instant(key)
		case "values":
			s.array(key, MaxSources, func() { p.values = append(p.values, s.value()) })
		default:
			return false
		}
		return true
	})
}

func (s *scanner) value() (v Value) {
	if s.peek() == '"' {
		v.Text = s.text()
		return v
	}
	s.array("values", 100, func() { v.Numbers = append(v.Numbers, s.integer()) })
	return v
}

func (s *scanner) instant(at string) time.Time {
	t := instant(s.text())
	if t.IsZero() {
		s.refuse(&Fault{Code: "draw.instant", At: at})
	}
	return t
}

func (s *scanner) withdrawal() (w Withdrawal) {
	s.object(func(key string) bool {
		switch key {
		case "at":
			w.At = s.instant(key)
		case "from":
			w.From = s.text()
		case "id":
			w.ID = s.text()
		case "reason":
			w.Reason = s.text()
		case "replacement": // computed again
			s.skip()
		default:
			return false
		}
		return true
	})
	return w
}

func (s *scanner) abandonment() *Abandonment {
	a := new(Abandonment)
	s.object(func(key string) bool {
		switch key {
		case "at":
			a.At = s.instant(key)
		case "reason":
			a.Reason = s.text()
		default:
			return false
		}
		return true
	})
	return a
}
