package receipt

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/workday"
)

// Why says in words why a receipt does not hold.
func Why(lang string, err error) string {
	var f *Fault
	if !errors.As(err, &f) {
		return err.Error()
	}
	text := i18n.T(lang, "receipt.fault."+f.Code)
	if f.Entry > 0 {
		text = i18n.T(lang, "receipt.at-entry", strconv.Itoa(f.Entry), text)
	}
	return i18n.T(lang, "receipt.fails", text)
}

// Text tells what the receipt proves: whose log, each step, and how each deadline is counted.
func (p *Report) Text(lang string) string {
	var b strings.Builder
	line := func(indent int, text string) {
		b.WriteString(strings.Repeat("  ", indent) + text + "\n")
	}
	for _, text := range p.Head(lang) {
		line(0, text)
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		line(0, s.Title(lang))
		for _, name := range s.Events {
			line(1, i18n.T(lang, "event."+name))
		}
		if s.Withheld > 0 {
			line(1, i18n.T(lang, "receipt.withheld", strconv.Itoa(s.Withheld)))
		}
		for j := range s.Deadlines {
			line(1, s.Deadlines[j].Title(lang))
			for _, text := range s.Deadlines[j].Lines(lang) {
				line(2, text)
			}
		}
	}
	line(0, i18n.T(lang, "receipt.holds"))
	return b.String()
}

// Head tells what case it is and who vouches for it.
func (p *Report) Head(lang string) []string {
	list := []string{
		i18n.T(lang, "receipt.case", string(p.Case.No), p.Item.In(lang), p.Pack.In(lang)),
		i18n.T(lang, "receipt.log", p.Log.Origin, strconv.FormatInt(p.Log.Size, 10)),
	}
	if p.Log.Suite == evidence.SM {
		list = append(list, i18n.T(lang, "receipt.suite-sm"))
	}
	list = append(list, vouched(lang, p.Believed, p.Witnesses)...)
	if p.Printed {
		list = append(list, i18n.T(lang, "receipt.printed-same"))
	}
	return list
}

// vouched tells whose signatures a checkpoint has: believed are the keys that nobody named.
func vouched(lang string, believed []string, witnesses []evidence.Cosignature) []string {
	list := []string{i18n.T(lang, "receipt.trusted")}
	if len(believed) > 0 {
		list[0] = i18n.T(lang, "receipt.believed", strings.Join(believed, " "))
	}
	for _, w := range witnesses {
		list = append(list, i18n.T(lang, "receipt.witness", w.Witness.Name(), moment(lang, w.At)))
	}
	if len(witnesses) == 0 {
		list = append(list, i18n.T(lang, "receipt.no-witness"))
	}
	return list
}

// Title says which step it was, when and whose.
func (s *Step) Title(lang string) string {
	who := s.Office.In(lang)
	if who == "" {
		who = i18n.T(lang, "case.actor."+s.By.Kind)
	}
	return i18n.T(lang, "receipt.step", strconv.Itoa(s.Entry), moment(lang, s.At), who, i18n.T(lang, "command."+s.Verb))
}

// Title says which clock it is and when it is due.
func (d *Deadline) Title(lang string) string {
	due := workday.Due{At: d.Clock.Due, Date: workday.DateOf(d.Clock.Due)}
	if n := len(d.Days); n > 0 {
		due = d.Days[n-1].Due
	}
	name := d.Name.In(lang)
	if name == "" {
		name = i18n.T(lang, "case.clock."+d.Clock.Kind)
	}
	if d.Of == (caseflow.Text{}) {
		return i18n.T(lang, "receipt.deadline", name, due.Text(lang))
	}
	return i18n.T(lang, "receipt.deadline-of", name, d.Of.In(lang), due.Text(lang))
}

// Lines tell how the deadline is counted, day by day, on which ground, and whether the pack says so.
func (d *Deadline) Lines(lang string) []string {
	var list []string
	if basis := d.Clock.Rule.Basis.String(); basis != "" {
		list = append(list, basis)
	}
	list = append(list, i18n.T(lang, "receipt.from."+d.From))
	for i := range d.Days {
		list = append(list, strings.Split(strings.TrimSpace(d.Days[i].Text(lang)), "\n")...)
	}
	return list
}

func moment(lang string, at time.Time) string {
	at = at.In(workday.Shanghai)
	return workday.DateOf(at).Text(lang) + " " + at.Format("15:04:05")
}

// Tell reads, checks and tells a receipt: Parse, Trust, Verify and Text in one. Empty keys trust the key that the receipt shows. What is
// printed, if it is not empty, must be of the receipt.
func Tell(lang string, text []byte, keys, printed string) (string, error) {
	r, err := Parse(text)
	if err != nil {
		return "", err
	}
	trust, err := named(keys)
	if err != nil {
		return "", err
	}
	report, err := Verify(r, trust)
	if err == nil && strings.TrimSpace(printed) != "" {
		err = report.Compare(r, printed)
	}
	if err != nil {
		return "", err
	}
	return report.Text(lang), nil
}

// Compare holds the receipt that the report is of against what is printed on paper, and notes in the report that they agree.
func (p *Report) Compare(r *Receipt, printed string) error {
	on, err := ParsePrinted(printed)
	if err == nil {
		err = on.Matches(r, p)
	}
	p.Printed = err == nil
	return err
}

// named is whom the keys trust; nobody if there are none.
func named(keys string) (evidence.Policy, error) {
	trust, err := Trust(keys)
	if err == nil && strings.TrimSpace(keys) != "" && len(trust.Logs) == 0 {
		err = errors.New("no log is named")
	}
	if err != nil {
		return trust, fault(FaultTrust, 0, "%v", err)
	}
	return trust, nil
}

// TellPrinted checks what is printed against a log, of which read gives the files, and tells the outcome. Empty keys trust the key that the log
// shows.
func TellPrinted(lang, text, keys string, read func(path string) ([]byte, error)) (*Printed, string, error) {
	p, err := ParsePrinted(text)
	if err != nil {
		return nil, "", err
	}
	trust, err := named(keys)
	if err != nil {
		return p, "", err
	}
	msg, err := read("checkpoint")
	var believed []string
	if err == nil && len(trust.Logs) == 0 {
		var shown []byte
		if shown, err = read("key"); err == nil {
			believed = strings.Fields(string(shown))
			trust, err = evidence.Trust(believed...)
		}
	}
	if err != nil {
		return p, "", fault(FaultRead, 0, "%v", err)
	}
	now, signed, err := opened(trust, msg)
	if err == nil {
		err = p.Holds(now, files(read))
	}
	if err != nil {
		return p, "", err
	}
	lines := append([]string{i18n.T(lang, "receipt.printed-of", string(p.Case), strconv.FormatInt(p.Index, 10), p.Origin, strconv.FormatInt(now.Size, 10))},
		vouched(lang, believed, signed)...)
	return p, strings.Join(append(lines, i18n.T(lang, "receipt.printed-holds")), "\n") + "\n", nil
}

// files are the tiles of a log by what its files are called.
type files func(path string) ([]byte, error)

// ReadTile is evidence.TileReader's.
func (f files) ReadTile(t evidence.Tile) ([]byte, error) { return f(t.Path()) }
