package ui

import (
	"strconv"
	"strings"
	"time"
)

// Trend is a line chart over time that is a table as well: the table stands behind it, to be opened.
type Trend struct {
	Title  string
	Column string   // heading of the points, such as 日期
	Lines  []string // names, at most two; the first is drawn solid, the second dashed
	Points []TrendPoint
	Source string
	At     time.Time
}

// TrendPoint is the values of all lines at one time.
type TrendPoint struct {
	Label  string
	Href   string
	Values []int64
}

// The chart's own units; it is stretched to the place that it has.
const (
	trendWide = 600
	trendHigh = 100
)

// Top is the value at the upper edge: the highest one, rounded up to one, two or five of its order.
func (t Trend) Top() int64 {
	var most int64 = 1
	for _, p := range t.Points {
		for _, v := range p.Values {
			most = max(most, v)
		}
	}
	for order := int64(1); ; order *= 10 {
		for _, step := range []int64{1, 2, 5} {
			if top := step * order; top >= most {
				return top
			}
		}
	}
}

// Path is the points of a line as SVG wants them. A single point is drawn across.
func (t Trend) Path(line int) string {
	top := t.Top()
	var b strings.Builder
	add := func(x float64, v int64) {
		y := trendHigh * (1 - float64(v)/float64(top))
		b.WriteString(strconv.FormatFloat(x, 'f', 1, 64) + "," + strconv.FormatFloat(y, 'f', 1, 64) + " ")
	}
	for i, p := range t.Points {
		if line >= len(p.Values) {
			continue
		}
		if len(t.Points) == 1 {
			add(0, p.Values[line])
			add(trendWide, p.Values[line])
			break
		}
		add(trendWide*float64(i)/float64(len(t.Points)-1), p.Values[line])
	}
	return strings.TrimSpace(b.String())
}

// First is the label at the left edge, Last that at the right one.
func (t Trend) First() string { return t.label(0) }

// Last is the label at the right edge; "" if it is the first one.
func (t Trend) Last() string {
	if len(t.Points) < 2 {
		return ""
	}
	return t.label(len(t.Points) - 1)
}

func (t Trend) label(i int) string {
	if i >= len(t.Points) {
		return ""
	}
	return t.Points[i].Label
}
