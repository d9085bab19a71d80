package inspect

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/sheet"
	"github.com/tongban/tongban/internal/store"
)

// The states of an edition.
const (
	Staging  = "staging"
	Taken    = "taken"
	Refused  = "refused"
	Dropping = "dropping" // it was not finished, or a newer one counts and no plan was drawn from it
	Dropped  = "dropped"
)

const (
	chunk      = 500 // rows of one transaction: others wait that long
	keptFaults = 1000
	// lost is after how long an edition whose server has not been heard of is given up.
	lost = 10 * time.Minute
)

// Edition is a list that a department sent as a whole (一单两库). The newest that was taken counts.
type Edition struct {
	Region            string
	No                int64
	List              string
	Place, Department string
	Library           string // of objects; a department keeps several
	Name              string // of the file
	By                string
	State             string
	Begun, Ended      time.Time
	Lines, Wrong      int64
	Faults            []sheet.Fault
}

func keepsLists(by caseflow.Actor) bool {
	return by.Kind == caseflow.ActorOfficial && access.May(by, access.InspectKeep, access.Resource{Region: by.Region, Departments: []string{by.Department}}).Allow
}

func plans(by caseflow.Actor) bool {
	return by.Kind == caseflow.ActorOfficial && access.May(by, access.InspectPlan, access.Resource{Region: by.Region, Departments: []string{by.Department}}).Allow
}

// entry is a good row of a list.
type entry struct {
	key string
	row []any // without region and edition
}

// Send takes a whole list of the official's own department. What came of its rows stands in the edition; an error is a refusal of
// the list as a whole, or a failure. One wrong row, and nothing is taken: a library with holes draws wrongly.
func (m *Module) Send(ctx context.Context, by caseflow.Actor, list, library, name string, rows sheet.Rows) (*Edition, error) {
	if !keepsLists(by) || columnsOf(list) == nil {
		return nil, hall.ErrNotFound
	}
	if list != Objects {
		library = ""
	}
	if len(library) > 120 || strings.ContainsFunc(library, func(c rune) bool { return c < ' ' || c == '/' }) {
		return nil, at(CodeTerms, "library", "characters")
	}
	e := &Edition{Region: ident.Service().City(by.Region), List: list, Place: by.Region, Department: by.Department, Library: library, Name: caseflow.FileName(name), By: by.ID, State: Staging, Begun: m.now()}
	err := m.judge(e, rows, nil)
	var heading sheet.Faults
	switch {
	case errors.As(err, &heading):
		e.Faults, e.Wrong = heading, int64(len(heading))
	case err != nil:
		return nil, err
	}
	if e.Wrong > 0 || e.Lines == 0 {
		e.State, e.Ended = Refused, m.now()
		return e, m.open(ctx, e)
	}
	if err := m.open(ctx, e); err != nil {
		return nil, err
	}
	if err := m.stage(ctx, e, rows); err != nil {
		return nil, errors.Join(err, m.drop(context.WithoutCancel(ctx), e))
	}
	return e, m.flip(ctx, e)
}

// judge reads a list; without do it counts and keeps what is wrong, else it gives the rows to do.
func (m *Module) judge(e *Edition, rows sheet.Rows, do func(entry) error) error {
	keys := sheet.Keys{}
	return rows.Each(func(no int, row sheet.Row) error {
		one, faults := e.read(no, row)
		if do != nil {
			return do(one)
		}
		if len(faults) == 0 && !keys.Add(one.key) {
			faults = []sheet.Fault{{Row: no, Code: "twice"}}
		}
		e.Lines++
		if len(faults) > 0 {
			e.Wrong++
			e.Faults = append(e.Faults, faults...)[:min(len(e.Faults)+len(faults), keptFaults)]
		}
		return nil
	})
}

func (e *Edition) read(no int, row sheet.Row) (entry, []sheet.Fault) {
	switch e.List {
	case Items:
		it, faults := readItem(no, row)
		return entry{it.ID, []any{it.ID, it.Name, truth(it.Key), it.Method, it.Basis, it.Subject}}, faults
	case Inspectors:
		one, faults := readInspector(no, row, e.Region)
		return entry{one.ID, []any{one.ID, one.Name, one.Login, int64(one.Until), strings.Join(one.Areas, " "), strings.Join(one.Fields, " "), strings.Join(one.Barred, " ")}}, faults
	}
	o, faults := readObject(no, row, e.Region)
	return entry{o.Party, []any{o.Party, o.Name, o.Area, o.Address, o.Industry}}, faults
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// tableOf is the table of the rows of a list, and the name of its key.
func tableOf(list string) string { return "inspect_" + strings.TrimSuffix(list, "s") }

// open writes the edition with its faults. Only one of a library is staged at a time, so that of two the later one counts.
func (m *Module) open(ctx context.Context, e *Edition) error {
	return m.st.Update(ctx, func(w store.Writer) error {
		e.No = 0
		if err := w.Read(store.Into(&e.No), "SELECT COALESCE(MAX(no), 0) + 1 FROM inspect_edition WHERE region = ?", e.Region); err != nil {
			return err
		}
		busy := 0
		if err := w.Read(store.Into(&busy), "SELECT COUNT(*) FROM inspect_edition WHERE region = ? AND state = ? AND list = ? AND place = ? AND department = ? AND library = ? AND seen > ?",
			e.Region, Staging, e.List, e.Place, e.Department, e.Library, store.Micros(e.Begun.Add(-lost))); err != nil {
			return err
		}
		if busy > 0 && e.State == Staging {
			return refuse(CodeBusy)
		}
		faults := make([][]any, len(e.Faults))
		for i, f := range e.Faults {
			faults[i] = []any{e.Region, e.No, int64(f.Row), f.Column, f.Code}
		}
		return errors.Join(w.Add("inspect_edition", []any{e.Region, e.No, e.List, e.Place, e.Department, e.Library, e.Name, e.By, e.State, store.Micros(e.Begun), store.Micros(e.Begun), store.Micros(e.Ended), e.Lines, e.Wrong}),
			w.Keep("inspect_fault", faults...))
	})
}

// stage writes the rows, a piece in each transaction. Nobody sees them yet.
func (m *Module) stage(ctx context.Context, e *Edition, rows sheet.Rows) error {
	var part [][]any
	write := func() error {
		err := m.st.Update(ctx, func(w store.Writer) error {
			n, err := w.Exec("UPDATE inspect_edition SET seen = ? WHERE region = ? AND no = ? AND state = ?", store.Micros(m.now()), e.Region, e.No, Staging)
			if err == nil && n == 0 {
				err = refuse(CodeBusy) // it was given up for dead meanwhile
			}
			return errors.Join(err, w.Add(tableOf(e.List), part...))
		})
		part = part[:0]
		return err
	}
	err := m.judge(e, rows, func(one entry) error {
		if part = append(part, append([]any{e.Region, e.No}, one.row...)); len(part) < chunk {
			return nil
		}
		return write()
	})
	if err == nil && len(part) > 0 {
		err = write()
	}
	return err
}

// flip makes a staged edition count, at one moment.
func (m *Module) flip(ctx context.Context, e *Edition) error {
	e.State, e.Ended = Taken, m.now()
	return m.st.Update(ctx, func(w store.Writer) error {
		n, err := w.Exec("UPDATE inspect_edition SET state = ?, ended = ? WHERE region = ? AND no = ? AND state = ?", Taken, store.Micros(e.Ended), e.Region, e.No, Staging)
		if err == nil && n == 0 {
			err = refuse(CodeBusy)
		}
		return err
	})
}

// drop removes the rows of an edition, piece by piece.
func (m *Module) drop(ctx context.Context, e *Edition) error {
	key := map[string]string{Items: "SELECT id FROM inspect_item WHERE region = ? AND edition = ? LIMIT ?", Inspectors: "SELECT id FROM inspect_inspector WHERE region = ? AND edition = ? LIMIT ?",
		Objects: "SELECT party FROM inspect_object WHERE region = ? AND edition = ? LIMIT ?"}[e.List]
	for {
		left := 0
		err := m.st.Update(ctx, func(w store.Writer) error {
			if _, err := w.Exec("UPDATE inspect_edition SET state = ? WHERE region = ? AND no = ? AND state <> ?", Dropping, e.Region, e.No, Dropped); err != nil {
				return err
			}
			var keys [][]any
			if err := w.Read(func(sc store.Scan) error {
				var id string
				err := sc(&id)
				keys = append(keys, []any{e.Region, e.No, id})
				return err
			}, key, e.Region, e.No, int64(chunk)); err != nil {
				return err
			}
			if left = len(keys); left > 0 {
				return w.Drop(tableOf(e.List), keys...)
			}
			_, err := w.Exec("UPDATE inspect_edition SET state = ?, ended = ? WHERE region = ? AND no = ?", Dropped, store.Micros(m.now()), e.Region, e.No)
			return err
		})
		if err != nil || left == 0 {
			return err
		}
	}
}

const editionColumns = "SELECT region, no, list, place, department, library, name, by_id, state, begun, ended, lines, wrong FROM inspect_edition "

func scanEdition(sc store.Scan) (e Edition, err error) {
	err = sc(&e.Region, &e.No, &e.List, &e.Place, &e.Department, &e.Library, &e.Name, &e.By, &e.State, store.At(&e.Begun), store.At(&e.Ended), &e.Lines, &e.Wrong)
	return e, err
}

// sweep gives up editions whose server has not been heard of, and removes those that no longer count and that no plan was drawn from.
func (m *Module) sweep(ctx context.Context, region string) error {
	used := map[int64]bool{}
	if err := m.st.Read(ctx, func(sc store.Scan) error {
		var text string
		err := sc(&text)
		for _, no := range numbers(text) {
			used[no] = true
		}
		return err
	}, "SELECT editions FROM inspect_plan WHERE region = ?", region); err != nil {
		return err
	}
	type library struct{ list, place, department, name string }
	newest := map[library]bool{}
	var gone []Edition
	err := m.st.Read(ctx, func(sc store.Scan) error {
		e, err := scanEdition(sc)
		at := library{e.List, e.Place, e.Department, e.Library}
		switch e.State {
		case Dropping:
			gone = append(gone, e)
		case Staging:
			if m.now().Sub(e.Begun) >= lost {
				gone = append(gone, e)
			}
		case Taken:
			if newest[at] && !used[e.No] {
				gone = append(gone, e)
			}
			newest[at] = true
		}
		return err
	}, editionColumns+"WHERE region = ? AND state IN (?, ?, ?) ORDER BY no DESC", region, Staging, Taken, Dropping)
	for i := range gone {
		err = errors.Join(err, m.drop(ctx, &gone[i]))
	}
	return err
}

// current are the editions that count, of a list.
func current(r store.Reader, region, list string) (found []Edition, err error) {
	type library struct{ place, department, name string }
	seen := map[library]bool{}
	err = r.Read(func(sc store.Scan) error {
		e, err := scanEdition(sc)
		at := library{e.Place, e.Department, e.Library}
		if err == nil && !seen[at] {
			seen[at] = true
			found = append(found, e)
		}
		return err
	}, editionColumns+"WHERE region = ? AND list = ? AND state = ? ORDER BY no DESC", region, list, Taken)
	return found, err
}

// Sent lists the newest editions of the official's department.
func (m *Module) Sent(ctx context.Context, by caseflow.Actor) (list []Edition, err error) {
	if !keepsLists(by) {
		return nil, hall.ErrNotFound
	}
	err = m.st.Read(ctx, store.List(&list, scanEdition), editionColumns+"WHERE region = ? AND place = ? AND department = ? ORDER BY no DESC LIMIT 100", ident.Service().City(by.Region), by.Region, by.Department)
	return list, err
}

// SentEdition is one edition of the official's department with what was wrong.
func (m *Module) SentEdition(ctx context.Context, by caseflow.Actor, no int64) (*Edition, error) {
	if !keepsLists(by) {
		return nil, hall.ErrNotFound
	}
	var found *Edition
	err := m.st.Read(ctx, store.One(&found, scanEdition), editionColumns+"WHERE region = ? AND no = ? AND place = ? AND department = ?", ident.Service().City(by.Region), no, by.Region, by.Department)
	if err == nil && found == nil {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	err = m.st.Read(ctx, func(sc store.Scan) error {
		var f sheet.Fault
		err := sc(&f.Row, &f.Column, &f.Code)
		found.Faults = append(found.Faults, f)
		return err
	}, "SELECT line, field, code FROM inspect_fault WHERE region = ? AND edition = ? ORDER BY line, field, code", found.Region, no)
	return found, err
}

// eachItem calls do for the check items of editions.
func eachItem(r store.Reader, editions []Edition, do func(CheckItem)) error {
	for i := range editions {
		e := &editions[i]
		if err := r.Read(func(sc store.Scan) error {
			it := CheckItem{Department: e.Department}
			err := sc(&it.ID, &it.Name, &it.Key, &it.Method, &it.Basis, &it.Subject)
			do(it)
			return err
		}, "SELECT id, name, weighty, method, basis, subject FROM inspect_item WHERE region = ? AND edition = ? ORDER BY id", e.Region, e.No); err != nil {
			return err
		}
	}
	return nil
}

// inspectorsOf are the inspectors of editions, by id, each once.
func inspectorsOf(r store.Reader, editions []Edition) (list []Inspector, err error) {
	for i := range editions {
		e := &editions[i]
		if err := r.Read(func(sc store.Scan) error {
			one := Inspector{Place: e.Place, Department: e.Department}
			var areas, fields, barred string
			err := sc(&one.ID, &one.Name, &one.Login, &one.Until, &areas, &fields, &barred)
			one.Areas, one.Fields, one.Barred = strings.Fields(areas), strings.Fields(fields), strings.Fields(barred)
			list = append(list, one)
			return err
		}, "SELECT id, name, login, until, areas, fields, barred FROM inspect_inspector WHERE region = ? AND edition = ?", e.Region, e.No); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b Inspector) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(list, func(a, b Inspector) bool { return a.ID == b.ID }), nil
}

// objectsOf are the objects of editions within areas (none: all), by party, each once.
func objectsOf(r store.Reader, editions []Edition, areas []string) (list []Object, err error) {
	for i := range editions {
		e := &editions[i]
		if err := r.Read(func(sc store.Scan) error {
			var o Object
			err := sc(&o.Party, &o.Name, &o.Area, &o.Address, &o.Industry)
			if len(areas) == 0 || slices.Contains(areas, o.Area) {
				list = append(list, o)
			}
			return err
		}, "SELECT party, name, area, address, industry FROM inspect_object WHERE region = ? AND edition = ?", e.Region, e.No); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b Object) int { return strings.Compare(a.Party, b.Party) })
	return slices.CompactFunc(list, func(a, b Object) bool { return a.Party == b.Party }), nil
}

// SendFile is Send of a file: CSV in UTF-8 or GB18030, or XLSX.
func (m *Module) SendFile(ctx context.Context, by caseflow.Actor, list, library, name string, content io.Reader) (_ *Edition, err error) {
	if !keepsLists(by) || columnsOf(list) == nil {
		return nil, hall.ErrNotFound
	}
	f, err := sheet.Spool(content, columnsOf(list))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Remove()) }()
	return m.Send(ctx, by, list, library, name, f)
}
