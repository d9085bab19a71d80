package hall_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// The newest fifty are looked through for somebody who asks; that there are others is said, and only then.
func TestCallersAreToldThatThereAreMore(t *testing.T) {
	t.Parallel()
	h := newHall(t, openStore(t), monday())
	for n := 1; n <= hall.CallerCases+1; n++ {
		submitted(t, h, region)
		if n < hall.CallerCases {
			continue
		}
		list, more, err := h.Callers(t.Context(), clerk, "13800138000", "本人来电询问进度")
		if err != nil || len(list) != hall.CallerCases || more != (n > hall.CallerCases) {
			t.Errorf("of %d cases %d are told, more %v, %v", n, len(list), more, err)
		}
	}
}

// A city's hotline is told of cases in its districts, and of no others; a district's is not told of the city's. Each look is recorded.
func TestCallersAreToldOfTheirDistrictsCases(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		cases := map[string]store.Key{}
		for _, region := range []string{"610500", "610502", "610600"} {
			cases[region] = submitted(t, h, region)
		}
		for of, want := range map[string][]string{"610500": {"610502", "610500"}, "610502": {"610502"}, "610600": {"610600"}} {
			by := clerk
			by.ID, by.Region = "o-clerk-"+of, of
			list, more, err := h.Callers(t.Context(), by, "13800138000", "本人来电询问进度")
			var got []string
			for _, c := range list {
				got = append(got, c.Region)
				if c.Sees != (c.Region == of) {
					t.Errorf("%s opens a case of %s: %v", of, c.Region, c.Sees)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if err != nil || more || !slices.Equal(got, want) {
				t.Errorf("%s is told of %v, want %v, %v", of, got, want, err)
			}
			for region, key := range cases {
				looks, err := st.Looks(t.Context(), key)
				told := slices.ContainsFunc(looks, func(l store.Look) bool { return l.Account == by.ID && l.What == hall.CallerLook })
				if err != nil || told != slices.Contains(want, region) {
					t.Errorf("a look of %s in %s: %v, %v", of, region, told, err)
				}
			}
		}
	})
}

// Nobody sees what somebody writes alone. Who asks for help with it is heard all the same: the department is told of the case and no
// more, and who keeps a door there finds, by its number and with a reason, whom to call. Each look is recorded, and it is over when help is no longer wanted.
func TestWhoWantsHelpWithADraftIsCalled(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		h := newHall(t, st, monday())
		key := begin(t, h, region, "")
		box := hall.DepartmentBox("hall")
		find := func(by caseflow.Actor, who string) []hall.CallerCase {
			t.Helper()
			list, _, err := h.Callers(t.Context(), by, who, "请人帮办，回电")
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if list := find(clerk, string(key.Case)); len(list) != 0 {
			t.Errorf("a draft that is written alone is found: %+v", list)
		}
		do(t, h, citizen, key, caseflow.Assist{How: caseflow.AssistAsked, Why: "elderly"})
		templates, notices := told(t, st, box, key)
		if len(templates) != 1 || templates[0] != hall.MessageHelpWanted || notices[0].Name != "" || notices[0].Subject != "" {
			t.Errorf("the department is told %v %+v", templates, notices)
		}
		if list := find(clerk, string(key.Case)); len(list) != 1 || list[0].Phone != "13800138000" || list[0].Sees {
			t.Errorf("who wants help is found as %+v", list)
		}
		if list := find(clerk, "13800138000"); len(list) != 0 {
			t.Errorf("by a telephone a draft is found: %+v", list)
		}
		abroad := clerk
		abroad.ID, abroad.Region = "o-clerk-abroad", "610503"
		if list := find(abroad, string(key.Case)); len(list) != 0 {
			t.Errorf("another district finds %+v", list)
		}
		if _, err := h.View(t.Context(), clerk, key, "", ""); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("the draft can be opened: %v", err)
		}
		looks, err := st.Looks(t.Context(), key)
		if err != nil || len(looks) != 1 || looks[0].What != hall.CallerLook || looks[0].Reason != "请人帮办，回电" {
			t.Errorf("looks %+v, %v", looks, err)
		}
		do(t, h, citizen, key, caseflow.Assist{How: caseflow.AssistNone})
		if list := find(clerk, string(key.Case)); len(list) != 0 {
			t.Errorf("help is no longer wanted, and the draft is found: %+v", list)
		}
	})
}
