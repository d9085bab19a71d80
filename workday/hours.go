package workday

import (
	"fmt"
	"strings"
	"time"
)

// OfficeHours are the hours of business on every working day of a region: one to four sessions in order. The
// zero value is 09:00-12:00, 13:30-17:00. Two values compare with ==.
type OfficeHours struct {
	sessions [4]session
	n        int
}

type session struct{ open, close int16 } // minutes after 00:00

var defaultHours = OfficeHours{sessions: [4]session{{9 * 60, 12 * 60}, {13*60 + 30, 17 * 60}}, n: 2}

// ParseOfficeHours reads sessions like "09:00-12:00, 13:30-17:00": in order, without overlap, ending by 24:00.
func ParseOfficeHours(s string) (OfficeHours, error) {
	var h OfficeHours
	parts := strings.Split(s, ",")
	if len(s) > 100 || len(parts) > len(h.sessions) {
		return OfficeHours{}, refuse("办公时间 %.30q：最多 %d 段，每段写作 09:00-12:00", "office hours %.30q: at most %d sessions like 09:00-12:00", s, len(h.sessions))
	}
	last := -1
	for _, p := range parts {
		from, to, _ := strings.Cut(strings.TrimSpace(p), "-")
		open, okOpen := minuteOfDay(from)
		end, okEnd := minuteOfDay(to)
		if !okOpen || !okEnd || open <= last || end <= open {
			return OfficeHours{}, refuse("办公时间 %q：%q 应写作 09:00-12:00，并在前一段之后", "office hours %q: %q is not a session like 09:00-12:00 after the one before it", s, p)
		}
		h.sessions[h.n] = session{int16(open), int16(end)}
		h.n++
		last = end
	}
	return h, nil
}

func minuteOfDay(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	hour, okH := digits(s[:2])
	minute, okM := digits(s[3:])
	return hour*60 + minute, okH && okM && minute < 60 && hour*60+minute <= 24*60
}

// String writes the sessions as ParseOfficeHours reads them.
func (h OfficeHours) String() string {
	h = h.orDefault()
	parts := make([]string, h.n)
	for i, s := range h.sessions[:h.n] {
		parts[i] = fmt.Sprintf("%02d:%02d-%02d:%02d", s.open/60, s.open%60, s.close/60, s.close%60)
	}
	return strings.Join(parts, ", ")
}

// MarshalText writes what String writes.
func (h OfficeHours) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what ParseOfficeHours reads.
func (h *OfficeHours) UnmarshalText(b []byte) error {
	v, err := ParseOfficeHours(string(b))
	if err != nil {
		return err
	}
	*h = v
	return nil
}

func (h OfficeHours) orDefault() OfficeHours {
	if h.n == 0 {
		return defaultHours
	}
	return h
}

// PerDay is the office time of one working day; never zero.
func (h OfficeHours) PerDay() time.Duration { return h.orDefault().elapsed(24 * time.Hour) }

// elapsed is the office time of a working day until clock, which is counted from 00:00.
func (h OfficeHours) elapsed(clock time.Duration) time.Duration {
	var sum time.Duration
	for _, s := range h.sessions[:h.n] {
		sum += max(0, min(clock, s.closes())-s.opens())
	}
	return sum
}

// clock is the earliest time of day at which business time has elapsed; 0 < business <= perDay.
func (h OfficeHours) clock(business time.Duration) time.Duration {
	for _, s := range h.sessions[:h.n] {
		length := s.closes() - s.opens()
		if business <= length {
			return s.opens() + business
		}
		business -= length
	}
	return h.closing()
}

func (h OfficeHours) opening() time.Duration { return h.sessions[0].opens() }
func (h OfficeHours) closing() time.Duration { return h.sessions[h.n-1].closes() }

func (s session) opens() time.Duration  { return time.Duration(s.open) * time.Minute }
func (s session) closes() time.Duration { return time.Duration(s.close) * time.Minute }

// clockFrom is the latest time of day at which business time has elapsed and goes on; 0 <= business < perDay.
func (h OfficeHours) clockFrom(business time.Duration) time.Duration {
	for _, s := range h.sessions[:h.n] {
		length := s.closes() - s.opens()
		if business < length {
			return s.opens() + business
		}
		business -= length
	}
	return h.closing()
}
