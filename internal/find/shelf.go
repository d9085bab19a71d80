package find

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tongban/tongban/internal/caseflow"
)

// Shelf finds among the services that are offered now. It may be used by any number of goroutines.
type Shelf struct {
	items func() []*caseflow.Item
	names func(it *caseflow.Item, id string) []caseflow.Text
	// Edition, if set before the first search, is a number that changes when departments get other names.
	Edition func() int
	making  sync.Mutex // held by who makes an index
	now     atomic.Pointer[stock]
}

// stock is the services of one moment with their index.
type stock struct {
	items   []*caseflow.Item
	edition int
	index   *Index
}

// NewShelf makes a shelf of what items lists, each time it is asked; names are those of a department of an item's pack, nil names none. The
// index is made by the first search, or by Warm.
func NewShelf(items func() []*caseflow.Item, names func(it *caseflow.Item, id string) []caseflow.Text) *Shelf {
	if names == nil {
		names = func(*caseflow.Item, string) []caseflow.Text { return nil }
	}
	return &Shelf{items: items, names: names}
}

// Warm makes the index of what is offered now, so that nobody waits for it.
func (s *Shelf) Warm() { s.current() }

// Service is an item that was found, and why.
type Service struct {
	*caseflow.Item
	Hit
}

// Search finds services, best first and at most so many. Keep, if not nil, says which items count.
func (s *Shelf) Search(query string, most int, keep func(*caseflow.Item) bool) []Service {
	now := s.current()
	counts := func(entry int) bool { return keep == nil || keep(now.items[entry]) }
	var found []Service
	for _, h := range now.index.Search(query, most, counts, nil) {
		found = append(found, Service{now.items[h.Entry], h})
	}
	return found
}

// current is the stock of what is offered. When packs were loaded, the first who asks makes it anew; others meanwhile find in
// what was there before.
func (s *Shelf) current() *stock {
	now, items, edition := s.now.Load(), s.items(), 0
	if s.Edition != nil {
		edition = s.Edition()
	}
	if now != nil && now.edition == edition && slices.Equal(now.items, items) {
		return now
	}
	if now != nil && !s.making.TryLock() {
		return now
	}
	if now == nil {
		s.making.Lock()
		if first := s.now.Load(); first != nil { // somebody was before us
			s.making.Unlock()
			return first
		}
	}
	defer s.making.Unlock()
	entries := make([][]Term, len(items))
	for i, it := range items {
		entries[i] = s.terms(it)
	}
	now = &stock{items, edition, New(entries)}
	s.now.Store(now)
	return now
}

// terms are what an item may be found by.
func (s *Shelf) terms(it *caseflow.Item) []Term {
	var list []Term
	add := func(in Field, texts ...string) {
		for _, t := range texts {
			if t != "" {
				list = append(list, Term{in, t})
			}
		}
	}
	both := func(in Field, t caseflow.Text) { add(in, t.ZH, t.EN) }
	both(InName, it.Name)
	add(InNickname, it.Nicknames...)
	add(InCode, string(it.ID))
	for _, c := range it.Codes {
		add(InCode, c.Value)
	}
	departments := []string{it.Department}
	for i := range it.Parts {
		both(InPart, it.Parts[i].Name)
		departments = append(departments, it.Parts[i].Department)
	}
	for _, id := range it.Occasions {
		if o := caseflow.OccasionByID(id); o != nil {
			both(InOccasion, o.Name)
			add(InOccasion, o.Words...)
		}
	}
	for _, t := range it.Topics {
		both(InTopic, t)
	}
	slices.Sort(departments)
	for _, id := range slices.Compact(departments) {
		for _, name := range s.names(it, id) {
			both(InDepartment, name)
		}
	}
	for i := range it.Steps {
		if r := it.Steps[i].Result; r != nil {
			both(InText, r.Name)
		}
	}
	for _, q := range it.FAQ {
		both(InText, q.Q)
		both(InText, q.A)
	}
	return list
}
