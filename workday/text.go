package workday

import (
	"fmt"
	"strconv"
	"strings"
)

// Languages of the texts; any other value reads as Chinese.
const (
	Chinese = "zh"
	English = "en"
)

// words is one text in both languages.
type words struct{ zh, en string }

func (w words) in(lang string) string {
	if lang == English {
		return w.en
	}
	return w.zh
}

// reason is why a day counted or not, and the law it rests on.
type reason struct {
	text words
	law  words
}

var (
	art201 = words{"民法典第二百零一条", "Civil Code art. 201"}
	art202 = words{"民法典第二百零二条", "Civil Code art. 202"}
	art203 = words{"民法典第二百零三条", "Civil Code art. 203"}
	art204 = words{"民法典第二百零四条", "Civil Code art. 204"}
)

var reasons = map[Why]reason{
	WhyEvent:         {words{"起算当日，不计入", "day of the event, not counted"}, art201},
	WhyWindow:        {words{"在下班后或休息日收件，从下一工作日起算", "came in after closing time or on a day off: begins on the next working day"}, art204},
	WhyCounted:       {words{"计入", "counted"}, words{}},
	WhyDayOff:        {words{"非工作日，不计入", "not a working day, not counted"}, words{}},
	WhyStopped:       {words{"期限中止，不计入", "the limit stands still, not counted"}, words{}}, // its ground is the case's to name
	WhyResumed:       {words{"恢复计时当日，不计入", "day of resumption, not counted"}, art201},
	WhyResumedLast:   {words{"恢复计时当日，期限已用尽，于当日届满", "day of resumption; every unit was used, so it is the last day"}, words{}},
	WhyOpen:          {words{"期限中止，尚未恢复", "stands still, not resumed yet"}, words{}},
	WhyRunning:       {words{"期间进行中", "running"}, words{}},
	WhyCorresponding: {words{"到期月（年）的对应日", "the corresponding day"}, art202},
	WhyMonthEnd:      {words{"到期月没有对应日，以月末日为准", "no corresponding day: the month's last day"}, art202},
	WhyShifted:       {words{"对应日按中止天数顺延", "the corresponding day, moved by the days stopped"}, art202},
	WhyRolled:        {words{"期间最后一日后顺延", "after the last day, moved on"}, art203},
	WhyMoved:         {words{"顺延至此日", "the end moved to this day"}, art203},
	WhySameDay:       {words{"当日办结", "to be done on the same day"}, words{}},
	WhyBack:          {words{"倒数计入", "counted back"}, words{}},
	WhyHours:         {words{"计时", "hours counted"}, art201},
	WhyNoHours:       {words{"不计时", "no hours counted"}, words{}},
}

// Law gives the article the reason rests on, or "" if it rests on the unit of the rule alone.
func (w Why) Law(lang string) string { return reasons[w].law.in(lang) }

// Text gives the reason as a phrase.
func (w Why) Text(lang string) string { return reasons[w].text.in(lang) }

var kindWords = map[Kind]words{
	Working: {"工作日", "working day"},
	Weekend: {"周末", "weekend"},
	Holiday: {"放假", "holiday"},
	MakeUp:  {"调休上班", "make-up working day"},
}

// Text gives the kind of day in words.
func (k Kind) Text(lang string) string { return kindWords[k].in(lang) }

// festivalNames turns the national festivals into English; others keep their name.
var festivalNames = strings.NewReplacer("元旦", "New Year", "春节", "Spring Festival", "清明节", "Qingming", "劳动节", "Labour Day",
	"端午节", "Dragon Boat Festival", "中秋节", "Mid-Autumn Festival", "国庆节", "National Day", "、", ", ")

var weekdayWords = [...]string{"日", "一", "二", "三", "四", "五", "六"}

// Text writes the date for reading: 2026年11月23日(周一), or Mon 23 Nov 2026.
func (d Date) Text(lang string) string {
	if lang == English {
		return d.Start().Format("Mon 2 Jan 2006")
	}
	y, m, day := d.Civil()
	return fmt.Sprintf("%d年%d月%d日（周%s）", y, m, day, weekdayWords[d.Weekday()])
}

var unitWords = map[Unit]struct{ zh, one, many string }{
	WorkDay:  {"个工作日", "working day", "working days"},
	Day:      {"日", "day", "days"},
	Month:    {"个月", "month", "months"},
	Year:     {"年", "year", "years"},
	Hour:     {"小时", "hour", "hours"},
	WorkHour: {"个工作小时", "working hour", "working hours"},
}

// Text writes a number of units for reading: 5 个工作日, 5 working days.
func (u Unit) Text(n int, lang string) string {
	w := unitWords[u]
	switch {
	case lang != English:
		return strconv.Itoa(n) + " " + w.zh
	case n == 1:
		return "1 " + w.one
	}
	return strconv.Itoa(n) + " " + w.many
}

// Text writes the limit for reading: 5 个工作日, 提前 15 日; 5 working days, 15 days before.
func (l Limit) Text(lang string) string {
	s := l.Unit.Text(l.N, lang)
	switch {
	case l.Backward && lang == English:
		return s + " before"
	case l.Backward:
		return "提前 " + s
	}
	return s
}

// Text writes where the limit ends: 2026年2月27日(周五)24:00.
func (d Due) Text(lang string) string {
	if d.Open {
		return words{"期限中止中，届满时间待恢复后确定", "stands still; the end is known once it goes on"}.in(lang)
	}
	clock := "24:00"
	if !d.At.Equal(d.Date.End()) {
		clock = d.At.In(Shanghai).Format("15:04")
	}
	s := d.Date.Text(lang) + " " + clock
	if d.Provisional {
		s += words{"（暂定：涉及尚未公布放假安排的日期）", " (provisional: depends on days off that are not published yet)"}.in(lang)
	}
	return s
}

// Text writes what is to be said of the line's day, without its date: the kind of day, the reason and its law.
func (n Line) Text(lang string) string {
	var parts []string
	if n.Kind != 0 {
		kind := n.Kind.Text(lang)
		if n.Festival != "" && lang == English {
			kind += " (" + festivalNames.Replace(n.Festival) + ")"
		} else if n.Festival != "" {
			kind = n.Festival + kind
		}
		parts = append(parts, kind)
	}
	why := n.Why.Text(lang)
	if n.Minutes > 0 {
		why += " " + spell(n.Minutes, lang)
	}
	if law := n.Why.Law(lang); law != "" {
		why += words{"（" + law + "）", " (" + law + ")"}.in(lang)
	}
	parts = append(parts, why)
	if n.N > 0 {
		parts = append(parts, fmt.Sprintf(words{"累计 %d", "%d so far"}.in(lang), n.N))
	}
	if n.Stops {
		parts = append(parts, words{"当日起中止", "the limit stops on this day"}.in(lang))
	}
	if n.Provisional {
		parts = append(parts, words{"放假安排尚未公布", "days off not published yet"}.in(lang))
	}
	return strings.Join(parts, words{"，", ", "}.in(lang))
}

// spell writes minutes as hours and minutes.
func spell(minutes int, lang string) string {
	var parts []string
	if h := minutes / 60; h > 0 {
		parts = append(parts, fmt.Sprintf(words{"%d 小时", "%d h"}.in(lang), h))
	}
	if m := minutes % 60; m > 0 {
		parts = append(parts, fmt.Sprintf(words{"%d 分钟", "%d min"}.in(lang), m))
	}
	return strings.Join(parts, " ")
}

// Text writes the explanation for reading, one day or stretch a line.
func (e Explanation) Text(lang string) string {
	var b strings.Builder
	from := words{"期限：%s，自 %s %s 起算\n", "Limit: %s from %s %s\n"}
	if e.Limit.Backward {
		from = words{"期限：%s，自 %s %s 倒数\n", "Limit: %s %s %s\n"}
	}
	start := e.Start.In(Shanghai)
	fmt.Fprintf(&b, from.in(lang), e.Limit.Text(lang), DateOf(start).Text(lang), start.Format("15:04"))
	for i, n := range e.Days {
		if e.Omitted > 0 && i == keepLines {
			fmt.Fprintf(&b, words{"……（略去 %d 行）\n", "… (%d lines left out)\n"}.in(lang), e.Omitted)
		}
		date := n.Date.Text(lang)
		if !n.To.IsZero() {
			date += words{"至", " to "}.in(lang) + n.To.Text(lang)
		}
		b.WriteString(date + words{"：", ": "}.in(lang) + n.Text(lang) + "\n")
	}
	end := words{"届满：", "Ends: "}
	if e.Limit.Backward {
		end = words{"最迟：", "At the latest: "}
	}
	b.WriteString(end.in(lang) + e.Due.Text(lang))
	if !e.Due.Open && !e.Limit.Backward && e.Limit.Unit != Hour && e.Limit.Unit != WorkHour {
		b.WriteString(words{"（" + art203.zh + "）", " (" + art203.en + ")"}.in(lang))
	}
	b.WriteString("\n")
	return b.String()
}
