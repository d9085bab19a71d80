package workday_test

import (
	"fmt"
	"time"

	"github.com/tongban/tongban/workday"
)

func Example() {
	accepted := time.Date(2026, 2, 9, 10, 30, 0, 0, workday.Shanghai)
	rule, _ := workday.StatutoryLimits().At("licence.decision", workday.DateOf(accepted))
	due := workday.National().Due(accepted, rule.Limit)
	fmt.Println(rule)
	fmt.Println(due.Text(workday.English))
	fmt.Println(due.Text(workday.Chinese))
	// Output:
	// licence.decision 行政许可决定 (行政许可法 42(1),82): 20 workday
	// Fri 13 Mar 2026 24:00
	// 2026年3月13日（周五） 24:00
}

func ExampleCalendar_Add() {
	c := workday.National()
	friday := workday.NewDate(2026, 2, 13)
	fmt.Println(c.Add(friday, 1, workday.WorkDay)) // a Saturday, worked to make up for Spring Festival
	fmt.Println(c.Add(friday, 5, workday.WorkDay))
	fmt.Println(c.Add(friday, 5, workday.Day)) // the 18th is a day off
	fmt.Println(c.Add(workday.NewDate(2026, 1, 31), 1, workday.Month))
	// Output:
	// 2026-02-14
	// 2026-02-27
	// 2026-02-24
	// 2026-02-28
}

func ExampleCalendar_Sub() {
	meeting := workday.NewDate(2026, 9, 28)
	fmt.Println(workday.National().Sub(meeting, 15, workday.Day)) // a Sunday, and not rolled later
	// Output: 2026-09-13
}

func ExampleCalendar_Due_stopped() {
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, workday.Shanghai) }
	hearing := workday.Span{From: at(25, 10), To: at(27, 15)}
	due := workday.National().Due(at(23, 9), workday.Limit{N: 5, Unit: workday.WorkDay}, hearing)
	fmt.Println(due.Date)
	// Output: 2026-12-02
}

func ExampleCalendar_Remaining() {
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, workday.Shanghai) }
	r := workday.National().Remaining(at(16, 9), workday.Limit{N: 5, Unit: workday.WorkDay}, at(19, 14))
	fmt.Println(r.Unit.Text(r.N, workday.English), "left, overdue:", r.Overdue)
	// Output: 2 working days left, overdue: false
}

func ExampleCalendar_Explain() {
	posted := time.Date(2026, 9, 24, 9, 30, 0, 0, workday.Shanghai)
	e := workday.National().Explain(posted, workday.Limit{N: 2, Unit: workday.Day})
	fmt.Print(e.Text(workday.English))
	// Output:
	// Limit: 2 days from Thu 24 Sep 2026 09:30
	// Thu 24 Sep 2026: working day, day of the event, not counted (Civil Code art. 201)
	// Fri 25 Sep 2026: holiday (Mid-Autumn Festival), counted, 1 so far
	// Sat 26 Sep 2026: holiday (Mid-Autumn Festival), counted, 2 so far
	// Sun 27 Sep 2026: holiday (Mid-Autumn Festival), after the last day, moved on (Civil Code art. 203)
	// Mon 28 Sep 2026: working day, the end moved to this day (Civil Code art. 203)
	// Ends: Mon 28 Sep 2026 24:00 (Civil Code art. 203)
}

func ExampleCalendar_Overlay() {
	c, err := workday.National().Overlay("650000", []byte(`{
		"schema": "tongban.holidays/1", "country": "CN", "timezone": "Asia/Shanghai", "region": "650000",
		"coverage": {"from": "2026-01-01", "to": "2026-12-31"},
		"days": [{"date": "2026-05-27", "name": "古尔邦节", "kind": "off"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.DayKind(workday.NewDate(2026, 5, 27)))
	// Output: holiday 古尔邦节
}

func ExampleParseLimit() {
	l, err := workday.ParseLimit("-15 calendar_day")
	fmt.Println(l, err, l.Text(workday.Chinese))
	_, err = workday.ParseLimit("5 days")
	fmt.Println(err)
	// Output:
	// -15 day <nil> 提前 15 日
	// limit "5 days": unit "days" is none of workday, day, month, year, hour, workhour
}
