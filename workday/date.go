package workday

import "time"

// Date is a civil date in Asia/Shanghai, counted in days since 1970-01-01. Dates compare, add and subtract as
// integers. The zero value is 1970-01-01; where a date is optional, zero means "none" (see IsZero).
type Date int32

// The range of a Date. Arithmetic of this package stops at these ends instead of overflowing.
const (
	MinDate Date = -719162 // 0001-01-01
	MaxDate Date = 2932896 // 9999-12-31
)

const secondsPerDay = 24 * 60 * 60

// Shanghai is China Standard Time. China has had one zone without summer time since 1992, so a fixed offset of
// +8 hours is exact for every calendar this package holds, and needs no zone files on the machine.
var Shanghai = time.FixedZone("CST", 8*60*60)

// NewDate gives the date of a year, month and day. Values outside their usual ranges are carried over as in
// time.Date (32 January is 1 February); a date outside MinDate..MaxDate becomes the nearer end.
func NewDate(y int, m time.Month, d int) Date {
	const far = 1 << 40 // far beyond any date, but safe to multiply
	months := clamp(y, -far, far)*12 + clamp(int(m), -far, far) - 1
	months = clamp(months, -12*10000, 12*20000)
	return saturate(daysFromCivil(floorDiv(months, 12), floorMod(months, 12)+1, 1) + clamp(d, -far, far) - 1)
}

// ParseDate reads a date as YYYY-MM-DD with a year from 0001 to 9999. It refuses dates that do not exist, such as
// 2026-02-29, and every other layout.
func ParseDate(s string) (Date, error) {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return 0, refuse("日期 %.20q 应写作 2006-01-02 的样子", "date %.20q is not of the form 2006-01-02", s)
	}
	y, okY := digits(s[0:4])
	m, okM := digits(s[5:7])
	d, okD := digits(s[8:10])
	if !okY || !okM || !okD {
		return 0, refuse("日期 %.20q 应写作 2006-01-02 的样子", "date %.20q is not of the form 2006-01-02", s)
	}
	if y < 1 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0, refuse("没有 %s 这一天", "date %s does not exist", s)
	}
	return Date(daysFromCivil(y, m, d)), nil
}

// DateOf gives the civil date in Asia/Shanghai at the instant t.
func DateOf(t time.Time) Date {
	const lo, hi = int64(MinDate) * secondsPerDay, int64(MaxDate) * secondsPerDay
	local := min(max(t.Unix(), lo), hi) + 8*60*60
	day := local / secondsPerDay
	if local%secondsPerDay < 0 {
		day--
	}
	return saturate(int(day))
}

// IsZero reports whether d is the zero value, which stands for "no date" where a date is optional.
func (d Date) IsZero() bool { return d == 0 }

// Civil gives year, month and day of the month.
func (d Date) Civil() (y int, m time.Month, day int) {
	y, mm, day := civilFromDays(int(d))
	return y, time.Month(mm), day
}

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday(floorMod(int(d)+4, 7)) }

// Start is 00:00 of the day in Asia/Shanghai.
func (d Date) Start() time.Time {
	return time.Unix(int64(d)*secondsPerDay-8*60*60, 0).In(Shanghai)
}

// End is 24:00 of the day in Asia/Shanghai: the first instant that no longer belongs to it.
func (d Date) End() time.Time {
	return time.Unix((int64(d)+1)*secondsPerDay-8*60*60, 0).In(Shanghai)
}

// String writes the date as 2006-01-02.
func (d Date) String() string { return string(d.append(make([]byte, 0, 10))) }

// MarshalText writes the date as 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return d.append(make([]byte, 0, 10)), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

func (d Date) append(b []byte) []byte {
	y, m, day := civilFromDays(int(saturate(int(d))))
	return append(b, digit(y/1000), digit(y/100), digit(y/10), digit(y), '-', digit(m/10), digit(m), '-', digit(day/10), digit(day))
}

// addMonths gives the corresponding day n months later (or earlier), or the last day of that month where the
// month has no such day (Civil Code art. 202).
func (d Date) addMonths(n int) Date {
	y, m, day := civilFromDays(int(d))
	months := y*12 + m - 1 + clamp(n, -300000, 300000)
	y, m = floorDiv(months, 12), floorMod(months, 12)+1
	return saturate(daysFromCivil(y, m, min(day, daysIn(y, m))))
}

func (d Date) plus(n int) Date { return saturate(int(d) + clamp(n, -1<<40, 1<<40)) }

func saturate(days int) Date { return Date(clamp(days, int(MinDate), int(MaxDate))) }

func clamp(v, lo, hi int) int { return min(max(v, lo), hi) }

func digit(n int) byte { return byte('0' + n%10) }

// digits reads a string of ASCII digits; it is short, so it cannot overflow.
func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func daysIn(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysFromCivil and civilFromDays are the proleptic Gregorian conversions of Howard Hinnant, "chrono-compatible
// low-level date algorithms": years begin in March, so that the leap day comes last.
func daysFromCivil(y, m, d int) int {
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yearOfEra := y - era*400
	dayOfYear := (153*((m+9)%12)+2)/5 + d - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

func civilFromDays(days int) (y, m, d int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	dayOfEra := z - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	mp := (5*dayOfYear + 2) / 153
	d = dayOfYear - (153*mp+2)/5 + 1
	m = mp + 3
	if m > 12 {
		m -= 12
	}
	y = yearOfEra + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int) int { return a - floorDiv(a, b)*b }
