package hall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// standing is an actor before one owner: in the own name, or under a mandate of the owner that holds at the instant of the
// command or look. Mandates are read from the store each time and kept nowhere, so that one that is taken back is gone at
// once; that none is taken back between the decision and its entry, the store sees to (store.Change.Mandate).
type standing struct {
	caseflow.Actor
	mandate *store.Mandate
}

// standing finds how an actor stands before the owner of a case of an item.
func (h *Hall) standing(ctx context.Context, by caseflow.Actor, owner string, item caseflow.ItemID, at time.Time) (standing, error) {
	st := standing{Actor: by}
	st.For = ""
	if by.Kind != caseflow.ActorCitizen || owner == "" || owner == by.ID {
		return st, nil
	}
	list, err := h.between(ctx, by, owner, at)
	if err != nil {
		return st, err
	}
	for i := range list {
		if list[i].Holds(item, at) {
			st.mandate, st.For = &list[i], owner
			break
		}
	}
	return st, nil
}

// between lists the mandates by which the actor may act for the owner at an instant.
func (h *Hall) between(ctx context.Context, by caseflow.Actor, owner string, at time.Time) ([]store.Mandate, error) {
	if by.ID == "" {
		return nil, nil
	}
	list, _, err := h.store.Mandates(ctx, store.MandateQuery{Principal: owner, Agent: by.ID, State: store.MandateActive, Limit: 200})
	if err != nil {
		return nil, fmt.Errorf("mandates of account %s: %w", by.ID, err)
	}
	return slices.DeleteFunc(list, func(m store.Mandate) bool { return !m.Live(at) }), nil
}

// to adds what the mandate is to a resource, for package access to decide.
func (s standing) to(r access.Resource) access.Resource {
	switch {
	case s.mandate == nil || s.mandate.Principal != r.Owner:
	case s.legal():
		r.Legal = []string{s.ID}
	default:
		r.Agents = []string{s.ID}
	}
	return r
}

// legal reports whether the actor stands there as the legal representative of the company.
func (s standing) legal() bool { return s.mandate != nil && s.mandate.Kind == store.MandateLegal }

func (s standing) ref() *store.MandateRef {
	if s.mandate == nil {
		return nil
	}
	return &store.MandateRef{ID: s.mandate.ID, Version: s.mandate.Version}
}

// opener finds who opens a case and for whom. Who opens one for a principal asks in the principal's name, as the mandate knows
// it, whatever the command says.
func (j *job) opener(ctx context.Context, it *caseflow.Item, now time.Time) (standing, caseflow.Command, error) {
	open, ok := j.cmd.(caseflow.Open)
	if !ok || j.by.Kind != caseflow.ActorCitizen || open.Owner == "" || open.Owner == j.by.ID {
		by := standing{Actor: j.by}
		by.For = ""
		if !mayOpen(by, j.key.Region, "") {
			return by, nil, ErrNotFound
		}
		return by, j.cmd, nil
	}
	by, err := j.h.standing(ctx, j.by, open.Owner, it.ID, now)
	if err != nil {
		return by, nil, err
	}
	if by.mandate == nil || !mayOpen(by, j.key.Region, open.Owner) {
		return by, nil, ErrNotFound
	}
	phone := open.Applicant.Phone
	if open.Agent != nil {
		phone = open.Agent.Phone
	}
	open.Applicant = principalOf(by.mandate)
	open.Agent = &caseflow.Party{Kind: "person", Name: by.Name, Document: by.Document, Phone: phone, Basis: caseflow.BasisLetter}
	if by.legal() {
		open.Agent.Basis = caseflow.BasisRepresentative
	}
	return by, open, nil
}

// principalOf is the principal of a mandate as who asks.
func principalOf(m *store.Mandate) caseflow.Party {
	if code := caseflow.CompanyOf(m.Principal); code != "" {
		return caseflow.Party{Kind: "organisation", Name: m.Name, Document: ident.Document{Type: ident.DocCreditCode, No: code}}
	}
	kind, no, _ := strings.Cut(m.Document, ":")
	return caseflow.Party{Kind: "person", Name: m.Name, Document: ident.Document{Type: ident.DocType(kind), No: no}}
}

// Space (空间) is what a citizen may see of one owner: their own, or that of somebody whom they may act for.
type Space struct {
	Owner    string
	Name     string
	Document string            // type:number
	Items    []caseflow.ItemID // nil: all
	Until    time.Time         // when the last mandate ends; zero: never
	Legal    bool              // as the legal representative of the company
	Own      bool
}

// Manages reports whether who asks may say who else acts for the owner.
func (s *Space) Manages() bool { return s.Own || s.Legal }

// Covers reports whether the space holds the cases of an item.
func (s *Space) Covers(item caseflow.ItemID) bool {
	return s.Items == nil || slices.Contains(s.Items, item)
}

// Space finds what a citizen may see of an owner now, "" for themselves. ErrNotFound if nothing.
func (h *Hall) Space(ctx context.Context, by caseflow.Actor, owner string) (*Space, error) {
	if by.Kind != caseflow.ActorCitizen || by.ID == "" {
		return nil, ErrNotFound
	}
	if owner == "" || owner == by.ID {
		return &Space{Owner: by.ID, Name: by.Name, Document: string(by.Document.Type) + ":" + by.Document.No, Own: true}, nil
	}
	list, err := h.between(ctx, by, owner, h.Now())
	if err != nil {
		return nil, err
	}
	spaces := spacesOf(list)
	if len(spaces) == 0 {
		return nil, ErrNotFound
	}
	s := &spaces[0]
	r := access.Resource{Owner: owner, Agents: []string{by.ID}}
	if s.Legal {
		r = access.Resource{Owner: owner, Legal: []string{by.ID}}
	}
	if !access.May(by, access.CaseList, r).Allow {
		return nil, ErrNotFound
	}
	return s, nil
}

// Spaces lists whom a citizen may act for now, by name; not themselves.
func (h *Hall) Spaces(ctx context.Context, by caseflow.Actor) ([]Space, error) {
	if by.Kind != caseflow.ActorCitizen || by.ID == "" {
		return nil, ErrNotFound
	}
	now := h.Now()
	list, _, err := h.store.Mandates(ctx, store.MandateQuery{Agent: by.ID, State: store.MandateActive, Limit: 200})
	if err != nil {
		return nil, fmt.Errorf("mandates of account %s: %w", by.ID, err)
	}
	return spacesOf(slices.DeleteFunc(list, func(m store.Mandate) bool { return !m.Live(now) })), nil
}

// spacesOf puts live mandates together by principal.
func spacesOf(list []store.Mandate) []Space {
	var all []Space
	for i := range list {
		m := &list[i]
		at := slices.IndexFunc(all, func(s Space) bool { return s.Owner == m.Principal })
		if at < 0 {
			all = append(all, Space{Owner: m.Principal, Name: m.Name, Document: m.Document, Items: m.Items, Until: m.Until, Legal: m.Kind == store.MandateLegal})
			continue
		}
		s := &all[at]
		s.Legal = s.Legal || m.Kind == store.MandateLegal
		if s.Items == nil || m.Items == nil {
			s.Items = nil
		} else {
			s.Items = slices.Compact(slices.Sorted(slices.Values(slices.Concat(s.Items, m.Items))))
		}
		if s.Until.IsZero() || m.Until.IsZero() {
			s.Until = time.Time{}
		} else {
			s.Until = later(s.Until, m.Until)
		}
	}
	slices.SortFunc(all, func(a, b Space) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Owner, b.Owner)) })
	return all
}

// Licensed is a licence in a space.
type Licensed struct {
	caseflow.Licence
	Case store.Key // that granted it
	Item caseflow.ItemID
	// Row is the case, if it is one of the space, so that its pages can be opened; else nil.
	Row *store.CaseRow
}

// Licences lists what an owner holds, newest first: of an account what its cases have granted, of a company what was issued to
// its credit code. It asks the store as often for many as for one.
func (h *Hall) Licences(ctx context.Context, by caseflow.Actor, owner, region string) ([]Licensed, error) {
	sp, err := h.Space(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	cases, _, err := h.store.Cases(ctx, store.CaseQuery{Region: region, Owner: sp.Owner, Items: sp.Items, Limit: 200, Phases: granting})
	if err != nil {
		return nil, fmt.Errorf("cases of the space: %w", err)
	}
	own, numbers := map[caseflow.CaseNo]*store.CaseRow{}, make([]caseflow.CaseNo, len(cases))
	for i := range cases {
		own[cases[i].Case], numbers[i] = &cases[i], cases[i].Case
	}
	var rows []store.LicenceRow
	if code := caseflow.CompanyOf(sp.Owner); code != "" {
		rows, err = h.store.LicencesOf(ctx, []string{region}, companyDocument(code))
	} else {
		rows, err = h.store.LicencesIn(ctx, region, numbers)
	}
	if err != nil {
		return nil, fmt.Errorf("licences: %w", err)
	}
	var all []Licensed
	for i := range rows {
		if r := &rows[i]; sp.Covers(r.Item) {
			l := Licensed{Case: r.Key, Item: r.Item, Row: own[r.Case]}
			if err := readLicence(r, &l.Licence); err != nil {
				return nil, err
			}
			all = append(all, l)
		}
	}
	return all, nil
}

// granting are the phases in which a case may have licences.
var granting = []caseflow.Phase{caseflow.PhaseRunning, caseflow.PhaseGranted, caseflow.PhaseClosed, caseflow.PhaseRevoked}

// ReadMessage records that the actor has read an in-app message; one to a department, or to somebody whom agents act for, is
// read when one of its people has. One that the actor does not read is left alone.
func (h *Hall) ReadMessage(ctx context.Context, by caseflow.Actor, key store.MessageKey) error {
	err := h.store.MarkRead(ctx, key, by.ID, h.Now())
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for _, box := range h.boxes(ctx, by, key) {
		if err = h.store.MarkRead(ctx, key, box, h.Now()); !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return ErrNotFound
}

// ReadMessages marks all messages of a region that the actor reads, of the space of an owner ("": the own), as read.
func (h *Hall) ReadMessages(ctx context.Context, by caseflow.Actor, owner, region string) error {
	q := store.MessageQuery{Region: region, Unread: true, Limit: 200}
	for {
		list, next, err := h.Messages(ctx, by, owner, q)
		if err != nil {
			return err
		}
		for i := range list {
			if err := h.ReadMessage(ctx, by, list[i].MessageKey); err != nil {
				return err
			}
		}
		if q.Cursor = next; next == "" {
			return nil
		}
	}
}

// boxes are the boxes besides the actor's own in which a message may lie that the actor reads.
func (h *Hall) boxes(ctx context.Context, by caseflow.Actor, key store.MessageKey) []string {
	if inBox(by, key.Region) {
		return departmentBoxes(by)
	}
	spaces, err := h.Spaces(ctx, by)
	if err != nil {
		return nil
	}
	row, err := h.store.Case(ctx, key.Key)
	if err != nil {
		return nil
	}
	var list []string
	for i := range spaces {
		if spaces[i].Covers(row.Item) {
			list = append(list, spaces[i].Owner)
		}
	}
	return list
}
