package credit

import (
	"context"
	"fmt"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/workday"
)

// Demo sends lists of the companies, invented so that they come into every tier, as departments would send them. Again it changes nothing.
func (m *Module) Demo(ctx context.Context, region string, companies []Subject) error {
	today := workday.DateOf(m.now())
	var parties sheet.List
	records := map[string]sheet.List{}
	add := func(source string, n int, id, kind, result string, months int, title string, more ...string) {
		day := afterMonths(today, -months)
		row := sheet.Row{"party": companies[n].Party, "id": fmt.Sprintf("%s-%02d", id, n), "kind": kind, "result": result, "day": day.String(), "title": title}
		if publishable(KindOf(kind)) {
			shown := 3 // days later; of one in nineteen too late
			if n%19 == 7 {
				shown = 20
			}
			row["published"] = min(day+workday.Date(shown), today).String()
		}
		for i := 0; i+1 < len(more); i += 2 {
			row[more[i]] = more[i+1]
		}
		records[source] = append(records[source], row)
	}
	for n, c := range companies {
		parties = append(parties, sheet.Row{"party": c.Party, "name": c.Name, "since": "2015-06-01"})
		add("market", n, "年报", "report", "on-time", 5, "年度报告")
		add("market", n, "证", "licence", "granted", n%20, "食品经营许可", "until", afterMonths(today, 24).String())
		switch n % 8 {
		case 0, 1, 2: // no more than that: A
			add("credit", n, "诺", "promise", "kept", 3, "信用承诺")
		case 3, 4: // B
			add("market", n, "罚", "penalty", "ordinary", 4, "未按规定明码标价", "fen", "200000")
		case 5, 6: // C
			add("market", n, "罚", "penalty", "grave", 8, "经营超过保质期的食品", "fen", "5000000")
			add("market", n, "查", "inspection", "problem", 2, "抽查发现标签不规范")
		default: // D
			add("market", n, "名", "serious", "listed", 6, "列入严重违法失信名单")
			add("labour", n, "薪", "penalty", "grave", 7, "拖欠工资")
		}
	}
	send := func(source, list string, rows sheet.List) error {
		by := caseflow.Actor{Kind: caseflow.ActorOfficial, ID: "demo", Region: region, Department: source, Roles: []string{caseflow.RoleClerk}}
		_, err := m.SendRows(ctx, by, Sending{List: list, Name: map[string]string{Parties: "市场主体名录.csv", Records: "信用信息归集.csv"}[list]}, rows)
		return err
	}
	if err := send("market", Parties, parties); err != nil {
		return err
	}
	for _, source := range []string{"market", "credit", "labour"} {
		if err := send(source, Records, records[source]); err != nil {
			return err
		}
	}
	return nil
}
