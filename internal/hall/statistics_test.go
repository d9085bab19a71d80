package hall_test

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/stat"
	"github.com/tongban/tongban/internal/store"
)

// kept are the totals of a region from 2020 to 2040, by everything that they are kept by.
func (s *sim) kept() []store.Total {
	var all []store.Total
	for _, months := range []bool{false, true} {
		for _, byItem := range []bool{false, true} {
			list, err := s.st.Totals(context.Background(), store.TotalQuery{Regions: []string{s.region}, Stretch: stat.Stretch{
				Period: stat.Period{From: 18262, To: 25567}, Months: months}, ByDay: true, ByItem: byItem, ByDepartment: true, ByChannel: true})
			if err != nil {
				s.t.Fatal(err)
			}
			slices.SortFunc(list, func(a, b store.Total) int { return strings.Compare(key(a), key(b)) })
			all = append(all, list...)
		}
	}
	return all
}

func key(t store.Total) string {
	return strings.Join([]string{t.Day.String(), string(t.Item), t.Department, t.Channel, t.Measure, string(rune(t.Bucket))}, "|")
}

// totalsHold checks that the totals that the store has kept are those which the journals give.
func (s *sim) totalsHold() {
	before := s.kept()
	if gaps, err := s.hall().CheckTotals(context.Background(), s.region, nil); err != nil || len(gaps) > 0 {
		s.t.Fatalf("totals of %s: %+v, %v", s.region, gaps, err)
	}
	if err := s.hall().Retotal(context.Background(), s.region, nil); err != nil {
		s.t.Fatal(err)
	}
	if after := s.kept(); !reflect.DeepEqual(before, after) {
		s.t.Fatalf("totals of %s:\nkept    %+v\nrebuilt %+v", s.region, before, after)
	}
}
