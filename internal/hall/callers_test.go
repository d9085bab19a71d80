package hall_test

import (
	"slices"
	"testing"

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
