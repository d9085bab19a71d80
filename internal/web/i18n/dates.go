package i18n

import (
	"strconv"
	"strings"
	"time"
)

// shanghai is the zone of every screen. China has had one zone without summer time since 1992.
var shanghai = time.FixedZone("CST", 8*60*60)

var weekdays = [...]string{"日", "一", "二", "三", "四", "五", "六"}

// Date writes the day of an instant in Asia/Shanghai: 2026年11月23日(周一), or Mon 23 Nov 2026. The zero time gives "".
func Date(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(shanghai)
	if lang == English {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("2006年1月2日") + "（周" + weekdays[t.Weekday()] + "）"
}

// Clock writes the time of day of an instant in Asia/Shanghai, 24 hours: 14:05. The zero time gives "".
func Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(shanghai).Format("15:04")
}

// Moment writes day and time: 2026年11月23日(周一)14:05.
func Moment(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Date(lang, t) + " " + Clock(t)
}

// Due writes the end of a limit: the day alone when it ends at 24:00, so that nobody reads midnight as the day after;
// otherwise day and time.
func Due(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if local := t.In(shanghai); local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 {
		return Date(lang, t.Add(-time.Second))
	}
	return Moment(lang, t)
}

// Short writes day and time for dense tables: 11-23 14:05, with the year only where it differs from that of now.
func Short(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(shanghai)
	if t.Year() == now.In(shanghai).Year() {
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// ShortDue is Due for dense tables, as Short writes it: the day alone when the limit ends at 24:00.
func ShortDue(t, now time.Time) string {
	if local := t.In(shanghai); local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 {
		return strings.TrimSuffix(Short(t.Add(-time.Second), now), " 23:59")
	}
	return Short(t, now)
}

// Number writes an integer with a comma between thousands: 1,234,567.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Joined writes a list as the language does.
func Joined(lang string, parts []string) string {
	if lang == English {
		return strings.Join(parts, ", ")
	}
	return strings.Join(parts, "、")
}
