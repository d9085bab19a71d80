package credit

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// The tables of members are named in this file only, so that it can be seen who reads them: the member, and a provider who is shown a
// code. A test holds that (TestNothing_but_rewards_reads_the_score).

// Member is what a citizen who has joined sees.
type Member struct {
	No     string // told to a department with a deed; it leads to nobody
	Since  time.Time
	Points int64
	Deeds  []Deed
	Codes  []Code // of perks that were drawn
}

// Code is a perk that a member may show, once made, to its provider.
type Code struct {
	Code  string
	Perk  string
	Until time.Time
}

// codeFor is how long a code of a perk stands.
const codeFor = 7 * 24 * time.Hour

// member is the right of a citizen to the own score.
func member(by caseflow.Actor) bool {
	return by.ID != "" && access.May(by, access.CreditMember, access.Resource{Owner: by.ID}).Allow
}

func (m *Module) scoreOf(region string) *Score {
	if s := m.standard(region); s != nil {
		return s.Score
	}
	return nil
}

// Membership is the own one; nil if the citizen has not joined. ErrNotFound where there is no score.
func (m *Module) Membership(ctx context.Context, by caseflow.Actor, region string) (*Member, *Score, error) {
	region = ident.Service().City(region)
	s := m.scoreOf(region)
	if !member(by) || s == nil {
		return nil, nil, hall.ErrNotFound
	}
	var x *Member
	err := m.st.View(ctx, func(r store.Reader) (err error) {
		if x, err = memberOf(r, region, by.ID); err != nil || x == nil {
			return err
		}
		x.Deeds, err = deedsOf(r, region, x.No)
		return errors.Join(err, r.Read(func(sc store.Scan) error {
			var c Code
			err := sc(&c.Code, &c.Perk, store.At(&c.Until))
			if m.now().Before(c.Until) {
				x.Codes = append(x.Codes, c)
			}
			return err
		}, "SELECT code, perk, until FROM credit_code WHERE region = ? AND member = ? ORDER BY until DESC, code", region, x.No))
	})
	if x != nil {
		x.Points = s.Points(x.Deeds, workday.DateOf(m.now()))
	}
	return x, s, err
}

func memberOf(r store.Reader, region, account string) (x *Member, err error) {
	err = r.Read(func(sc store.Scan) error {
		x = &Member{}
		return sc(&x.No, store.At(&x.Since))
	}, "SELECT member, since FROM credit_member WHERE region = ? AND account = ?", region, account)
	return x, err
}

func deedsOf(r store.Reader, region, no string) (list []Deed, err error) {
	err = r.Read(func(sc store.Scan) error {
		var d Deed
		err := sc(&d.Source, &d.ID, &d.Kind, &d.Day)
		list = append(list, d)
		return err
	}, "SELECT source, id, kind, day FROM credit_deed WHERE region = ? AND member = ? ORDER BY day DESC, source, id", region, no)
	return list, err
}

// Join makes the citizen a member by a number that leads to nobody; a member stays one.
func (m *Module) Join(ctx context.Context, by caseflow.Actor, region string) error {
	if _, _, err := m.Membership(ctx, by, region); err != nil {
		return err
	}
	no := rand.Text()[:12]
	return m.st.Update(ctx, func(w store.Writer) error {
		return w.Keep("credit_member", []any{ident.Service().City(region), by.ID, no, m.now().UnixMicro()})
	})
}

// Leave erases the membership with all that belongs to it (个人信息保护法 art. 15, 47).
func (m *Module) Leave(ctx context.Context, by caseflow.Actor, region string) error {
	if !member(by) {
		return hall.ErrNotFound
	}
	region = ident.Service().City(region)
	return m.st.Update(ctx, func(w store.Writer) error {
		x, err := memberOf(w, region, by.ID)
		if err != nil || x == nil {
			return err
		}
		for _, statement := range []string{"DELETE FROM credit_deed WHERE region = ? AND member = ?", "DELETE FROM credit_code WHERE region = ? AND member = ?",
			"DELETE FROM credit_member WHERE region = ? AND member = ?"} {
			if _, err := w.Exec(statement, region, x.No); err != nil {
				return err
			}
		}
		return nil
	})
}

// Report keeps a deed that the official's department vouches for; the same number again changes nothing. Whether the number is that of
// a member the department learns, who that is it does not.
func (m *Module) Report(ctx context.Context, by caseflow.Actor, no, id, kind, day string) error {
	region := ident.Service().City(by.Region)
	s := m.scoreOf(region)
	if !reports(by) || s == nil {
		return hall.ErrNotFound
	}
	on, err := workday.ParseDate(day)
	id, no = strings.TrimSpace(id), strings.ToUpper(strings.TrimSpace(no))
	if err != nil || on > workday.DateOf(m.now()) || on < earliest || s.rule(kind) == nil || id == "" || !sound(no, id) || len(id) > maxReason {
		return refuse(CodeDeed)
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		known := 0
		if err := w.Read(store.Into(&known), "SELECT COUNT(*) FROM credit_member WHERE region = ? AND member = ?", region, no); err != nil {
			return err
		}
		if known == 0 {
			return refuse(CodeMember)
		}
		return w.Keep("credit_deed", []any{region, no, by.Department, id, kind, int64(on)})
	})
}

// Draw makes a code for a perk that the member has enough points for. Points are not used up.
func (m *Module) Draw(ctx context.Context, by caseflow.Actor, region, perk string) (Code, error) {
	x, s, err := m.Membership(ctx, by, region)
	if err != nil {
		return Code{}, err
	}
	p := s.perk(perk)
	if x == nil || p == nil {
		return Code{}, hall.ErrNotFound
	}
	if x.Points < p.Points {
		return Code{}, refuse(CodePoints)
	}
	if i := slices.IndexFunc(x.Codes, func(c Code) bool { return c.Perk == perk }); i >= 0 {
		return x.Codes[i], nil
	}
	c := Code{rand.Text()[:10], perk, m.now().Add(codeFor)}
	return c, m.st.Update(ctx, func(w store.Writer) error {
		return w.Keep("credit_code", []any{ident.Service().City(region), c.Code, x.No, perk, c.Until.UnixMicro()})
	})
}

// Good tells a provider whether a code stands, and for which perk; nothing else. nil: it does not.
func (m *Module) Good(ctx context.Context, region, code string) (found *Perk, err error) {
	s := m.scoreOf(ident.Service().City(region))
	if s == nil || !sound(region, code) {
		return nil, hall.ErrNotFound
	}
	err = m.st.Read(ctx, func(sc store.Scan) error {
		var perk string
		var until time.Time
		err := sc(&perk, store.At(&until))
		if m.now().Before(until) {
			found = s.perk(perk)
		}
		return err
	}, "SELECT perk, until FROM credit_code WHERE region = ? AND code = ?", ident.Service().City(region), strings.ToUpper(strings.TrimSpace(code)))
	return found, err
}
