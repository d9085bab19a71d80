package ui

import (
	"bytes"
	"fmt"
	"html/template"
	"strconv"
	"sync"

	"github.com/tongban/tongban/internal/web/i18n"
)

// markup writes HTML by code, for what stands on a page so often that a template, which takes two calls by reflection for every word,
// would be most of the page's time: lamps, options, answers, steps and days.
type markup struct {
	bytes.Buffer
	lang string
	err  error // why it cannot be shown; the page is then none, as when a template fails
}

var markups = sync.Pool{New: func() any { return new(markup) }}

// tag writes HTML as it is. Only constants may stand in it.
func (m *markup) tag(html string) { m.WriteString(html) }

// text writes what HTML must not read.
func (m *markup) text(s string) { m.WriteString(template.HTMLEscapeString(s)) }

// t is a message.
func (m *markup) t(key string, args ...any) string { return i18n.T(m.lang, key, args...) }

// in writes an element around a text, unless that is empty.
func (m *markup) in(open, text, end string) {
	if text != "" {
		m.tag(open)
		m.text(text)
		m.tag(end)
	}
}

// html is what was written.
func (m *markup) html() template.HTML {
	return template.HTML(m.String()) // #nosec G203 -- text escaped all that is no constant
}

// lamp writes a lamp. It fails on a state that there is not: a deadline without its word and shape would look like none.
func (m *markup) lamp(l Lamp) {
	shape, ok := lampShapes[l.State]
	if !ok {
		m.err = fmt.Errorf("there is no lamp of state %.40q", l.State)
		return
	}
	m.tag(`<span class="lamp `)
	m.text(l.State)
	m.tag(`"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">` + shape + `</svg><span class="lamp-text"><strong>`)
	m.text(m.t("lamp." + l.State))
	m.tag(`</strong>`)
	m.in(` <span class="lamp-clock">`, l.Clock, `</span>`)
	m.in(` <span class="lamp-left">`, l.left(m.lang), `</span>`)
	m.in(` <span class="lamp-due">`, l.due(m.lang), `</span>`)
	m.in(` <span class="lamp-due">`, l.Why, `</span>`)
	m.tag(`</span></span>`)
}

// copied writes a code with the button that copies it.
func (m *markup) copied(c Copy) {
	m.tag(`<span class="copy"><code>`)
	m.text(c.Code)
	m.tag(`</code><button type="button" class="btn plain" data-copy="`)
	m.text(c.Code)
	m.tag(`" data-done="`)
	m.text(m.t("ui.copied"))
	m.tag(`" hidden aria-label="`)
	m.text(m.t("ui.copy-of", c.What))
	m.tag(`">`)
	m.text(m.t("ui.copy"))
	m.tag(`</button></span>`)
}

// answer writes a row of a summary but for the link that changes it, whose address a template has to judge.
func (m *markup) answer(r *SummaryRow) {
	m.tag(`<dt>`)
	m.text(r.Label)
	m.tag(`</dt><dd>`)
	m.in(`<span class="value">`, r.Value, `</span>`)
	for _, line := range r.Lines {
		m.in(`<span class="value">`, line, `</span>`)
	}
	if r.Copy != nil {
		m.copied(*r.Copy)
	}
	if r.Lamp != nil {
		m.lamp(*r.Lamp)
	}
	if r.Value == "" && len(r.Lines) == 0 && r.Copy == nil && r.Lamp == nil {
		m.in(`<span class="hint">`, m.t("ui.empty-value"), `</span>`)
	}
	if r.Source != "" {
		source := m.t("ui.from-source", r.Source)
		if !r.At.IsZero() {
			source = m.t("ui.from-source-at", r.Source, i18n.Date(m.lang, r.At))
		}
		m.in(`<span class="source">`, source, `</span>`)
	}
	m.tag(`</dd>`)
}

// answers writes rows that nobody changes here.
func (m *markup) answers(rows []SummaryRow) {
	for i := range rows {
		m.tag(`<div>`)
		m.answer(&rows[i])
		m.tag(`</div>`)
	}
}

// options writes the options of a list to choose from.
func (m *markup) options(f Field) {
	for _, o := range f.Options {
		m.tag("\n<option value=\"")
		m.text(o.Value)
		m.tag(`"`)
		if f.Chosen(o.Value) {
			m.tag(" selected")
		}
		m.tag(">")
		m.text(o.Label)
		m.tag("</option>")
	}
}

// step writes what is said of a step of the progress.
func (m *markup) step(s *ProgressStep) {
	m.tag(`<p class="step-head"><span class="step-name">`)
	m.text(s.Name)
	m.tag(`</span> <span class="step-state">`)
	m.text(m.t("ui.stage-" + s.State))
	m.tag(`</span></p>`)
	m.in(`<p class="step-who">`, s.Who, `</p>`)
	if s.Waits != "" && s.Waits != s.Who {
		m.in(`<p>`, m.t("ui.waits", s.Waits), `</p>`)
	}
	m.in(`<p>`, s.Why, `</p>`)
	if s.Lamp != nil {
		m.tag(`<p>`)
		m.lamp(*s.Lamp)
		m.tag(`</p>`)
	}
	if !s.Ended.IsZero() {
		m.in(`<p class="hint">`, m.t("ui.ended-at", i18n.Moment(m.lang, s.Ended)), `</p>`)
	}
}

// days writes the rows of a count.
func (m *markup) days(list []CountDay) {
	for i := range list {
		d := &list[i]
		class := "idle"
		if d.Counted {
			class = "counted"
		}
		if d.Last {
			class += " last"
		}
		m.tag("\n<tr class=\"")
		m.text(class)
		m.tag(`"><th scope="row">`)
		m.text(d.Date)
		m.tag(`</th><td>`)
		m.text(d.Why)
		m.tag(`</td><td class="number">`)
		if d.N > 0 {
			m.text(strconv.Itoa(d.N))
		}
		m.tag(`</td></tr>`)
	}
}
