package public

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/workday"
)

// looksView lists who looked at a case.
type looksView struct {
	ui.Page
	No    ui.Copy
	Looks []lookGroup
}

// lookGroup are the looks of one official on one day for one reason: opening a few pages is one visit, not a dozen.
type lookGroup struct {
	Day, Department, Who, Why string
	Times                     []string
}

// Empty says why there is nothing.
func (v *looksView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.looks-none"), Why: v.T("public.looks-why")}
}

func (s *Site) looks(w http.ResponseWriter, r *http.Request, o *own) {
	list, err := s.hall.Looks(r.Context(), o.by, o.key)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &looksView{Page: s.narrow(r, "", o.path("")), No: o.number(), Looks: o.grouped(list, s.departmentOf(o))}
	v.Title = v.T("public.looks")
	s.kit.Show(w, http.StatusOK, "public/looks", v)
}

// grouped puts looks together, the newest day first. Officials are told apart by a number within their department, not by
// name.
func (o *own) grouped(list []store.Look, name func(string) string) []lookGroup {
	type visit struct {
		day             workday.Date
		account, reason string
	}
	at, numbers, counts := map[visit]int{}, map[string]int{}, map[string]int{}
	for _, l := range slices.Backward(list) { // the first who looked stays number 1
		if numbers[l.Account] == 0 {
			counts[l.Department]++
			numbers[l.Account] = counts[l.Department]
		}
	}
	var groups []lookGroup
	for _, l := range list {
		key := visit{workday.DateOf(l.At), l.Account, l.Reason}
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			g := lookGroup{Day: key.day.Text(o.lang), Department: name(l.Department), Who: i18n.T(o.lang, "public.look-official", numbers[l.Account]), Why: l.Reason}
			if g.Why == "" {
				g.Why = i18n.T(o.lang, "public.look-work")
			}
			groups = append(groups, g)
		}
		groups[i].Times = append(groups[i].Times, i18n.Clock(l.At))
	}
	return groups
}

// ownLooksView lists who looked at any case of a space.
type ownLooksView struct {
	space
	Looks []ownLook
	More  string
}

// ownLook are the looks of one official at one case on one day for one reason, as far as one page of the list goes.
type ownLook struct {
	lookGroup
	Case, Service, Href string
}

// Empty says why there is nothing.
func (v *ownLooksView) Empty() ui.Empty {
	return ui.Empty{Title: v.T("public.looks-none"), Why: v.T("public.looks-why")}
}

// shownLooks is how many looks a page lists.
const shownLooks = 100

func (s *Site) ownLooks(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
	sp, err := s.spacePage(r, by, "public.looks", "/my")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list, more, err := s.hall.OwnLooks(r.Context(), by, sp.Space.Owner, r.URL.Query().Get("after"), shownLooks)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v := &ownLooksView{space: sp}
	if more != "" {
		v.More = v.With("after", more)
	}
	type visit struct {
		day             workday.Date
		no              caseflow.CaseNo
		account, reason string
	}
	at := map[visit]int{}
	for i := range list {
		l := &list[i]
		key := visit{workday.DateOf(l.At), l.Case, l.Account, l.Reason}
		n, known := at[key]
		if !known {
			n = len(v.Looks)
			at[key] = n
			g := ownLook{lookGroup{Day: key.day.Text(v.Lang), Department: s.department(l.Item, v.Lang)(l.Department), Why: cmp.Or(l.Reason, v.T("public.look-work"))},
				string(l.Case), l.Item.Name.In(v.Lang), "/my/cases/" + string(l.Case)}
			v.Looks = append(v.Looks, g)
		}
		v.Looks[n].Times = append(v.Looks[n].Times, i18n.Clock(l.At))
	}
	s.kit.Show(w, http.StatusOK, "public/my-looks", v)
}
