package sqlstore

import (
	"context"
	"fmt"
	"unicode"

	"github.com/tongban/tongban/internal/store"
)

// tNameOf is tName by its case: only a name that the case still has is given up.
var tNameOf = newTable("firm_name", 4, `region:t trade:t division:t case_no:t`)

// divisions is how many GB/T 4754-2017 has, 01 to 97.
const divisions = 97

// claimNames inserts names. One that another holder has at that time would lose its holder, which the column refuses: so the
// database itself says no, whoever was first, in one statement. What a name without an industry keeps in a division does not
// replace a name that its holder has there.
var claimNames = tName.adding(` ON CONFLICT (region, trade, division) DO UPDATE SET case_no = excluded.case_no, name = excluded.name,
	sound = excluded.sound, since = excluded.since, until = excluded.until,
	holder = CASE WHEN firm_name.holder = excluded.holder OR firm_name.until <= excluded.since THEN excluded.holder END
	WHERE excluded.name <> '' OR firm_name.name = '' OR firm_name.holder <> excluded.holder OR firm_name.until <= excluded.since`)

// nameRows are the rows by which a name is held. One without an industry stands in the way of the same trade name in each
// (企业名称登记管理规定 art. 17), and each in its way: it keeps a row in every division, without a name, so that the key shows it.
func nameRows(n *store.NameRow) [][]any {
	rows := [][]any{nameRow(n)}
	if n.Division != "" {
		return rows
	}
	kept := *n
	kept.Name = ""
	for d := 1; d <= divisions; d++ {
		kept.Division = fmt.Sprintf("%02d", d)
		rows = append(rows, nameRow(&kept))
	}
	return rows
}

func nameRow(n *store.NameRow) []any {
	return []any{n.Region, n.Trade, n.Division, string(n.Case), n.Name, n.Sound, found(n.Holder), store.Micros(n.Since), dueMicros(n.Until)}
}

// dropNames deletes the names of a case.
var dropNames = &shape{tName.kinds[:2], func(d *dialect, n int) string {
	cols := []string{"region", "case_no"}
	return "DELETE FROM firm_name WHERE " + among(d, cols, tName.kinds[:2], n)
}}

const maxNames = 50

// Names lists the names that come near one. Each branch reads one index.
func (s *Store) Names(ctx context.Context, q store.NameQuery) ([]store.NameRow, error) {
	prefixes := q.Prefixes[:min(len(q.Prefixes), 20)]
	args := []any{q.Region, q.Trade, q.Trade + string(unicode.MaxRune), q.Region, q.Sound}
	cols := tName.list("")
	query := "SELECT " + cols + " FROM firm_name WHERE region = ? AND trade >= ? AND trade < ? UNION SELECT " + cols +
		" FROM firm_name WHERE region = ? AND sound = ?"
	if len(prefixes) > 0 {
		query += " UNION SELECT " + cols + " FROM firm_name WHERE region = ? AND trade IN " + tuples(1, len(prefixes))
		args = append(args, q.Region)
		for _, p := range prefixes {
			args = append(args, p)
		}
	}
	args = append(args, store.Micros(q.At), q.Trade, maxNames)
	var all []store.NameRow
	err := s.each(ctx, store.List(&all, scanName), "SELECT "+cols+" FROM ("+query+") AS n WHERE until > ? AND name <> '' ORDER BY CASE WHEN trade = ? THEN 0 ELSE 1 END, trade, division LIMIT ?", args...)
	return all, err
}

func scanName(sc scan) (store.NameRow, error) {
	var n store.NameRow
	var until int64
	err := sc(&n.Region, &n.Trade, &n.Division, &n.Case, &n.Name, &n.Sound, (*covered)(&n.Holder), store.At(&n.Since), &until)
	n.Until = dueInstant(until)
	return n, err
}
