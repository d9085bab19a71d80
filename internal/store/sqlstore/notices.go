package sqlstore

import (
	"context"
	"math"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

func noticeRow(n *store.NoticeRow) []any {
	return []any{
		n.Region, string(n.Case), int64(n.No), string(n.Item), n.Pack, n.Version, string(n.Step), n.State, truth(n.State == caseflow.PublicationRunning),
		store.Micros(n.From), store.Micros(n.Until), store.Micros(n.Ended), packed(n.Shown),
	}
}

func scanNotice(sc scan) (store.NoticeRow, error) {
	var n store.NoticeRow
	var live int64
	err := sc(&n.Region, &n.Case, &n.No, &n.Item, &n.Pack, &n.Version, &n.Step, &n.State, &live, store.At(&n.From), store.At(&n.Until), store.At(&n.Ended), (*zipped)(&n.Shown))
	return n, err
}

// Notices lists public notices of regions, those that began last first. Each region is a branch of its own.
func (s *Store) Notices(ctx context.Context, q store.NoticeQuery) ([]store.NoticeRow, string, error) {
	at, err := readCursor(q.Cursor, "notice", cursor{At: math.MaxInt64, Case: "~"})
	if err != nil || len(q.Regions) == 0 {
		return nil, "", err
	}
	var branches []branch
	for _, region := range q.Regions {
		b := branch{from: "public_notice"}
		b.add("region = ? AND (since, case_no, no) < (?, ?, ?)", region, at.At, at.Case, at.ID)
		if q.Running {
			b.add("live = 1")
		}
		branches = append(branches, b)
	}
	const order = "since DESC, case_no DESC, no DESC"
	query, args := union(branches, tNotice.list(""), tNotice.list(""), order, order, limitOf(q.Limit)+1)
	var all []store.NoticeRow
	err = s.each(ctx, store.List(&all, scanNotice), query, args...)
	limit := limitOf(q.Limit)
	if err != nil || len(all) <= limit {
		return all, "", err
	}
	last := all[limit-1]
	return all[:limit], cursor{List: "notice", At: store.Micros(last.From), Case: string(last.Case), ID: int64(last.No)}.String(), nil
}
