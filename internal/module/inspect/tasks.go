package inspect

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// The states of a task.
const (
	TaskOpen      = "open"
	TaskSigning   = "signing" // the result is there, a signature is missing
	TaskDone      = "done"
	TaskPublished = "published"
	TaskDropped   = "dropped" // the draw was abandoned, or the object replaced, before anybody went
)

// Task is a visit to a company.
type Task struct {
	Region            string
	No, Plan          int64
	Token             string
	Party, Name       string
	Area, Address     string
	Stratum           string
	Year              int64
	Due               workday.Date
	State             string
	Done              time.Time
	Kind              Kind
	Words             string
	By                string // account that handed the result in
	request           string
	Publish           workday.Date // the last day on which it is published
	Published         time.Time
	publisher         string
	Corrected         string // case by which the result was changed
	Title             string // of the plan
	Place, Department string // of the plan
	Members           []Member
	Items             []CheckItem
	Marks             []Mark
	Photos            []Photo
	Follows           []Follow
	Unfiled           bool // in a list: a hand-over of it opened no case
	draw              int64
	secret            []byte
}

// Member is an inspector of a task.
type Member struct {
	Inspector, Name, Login, Token string
	Place, Department             string
	Signed                        time.Time
	Strokes                       string // the signature as drawn: a path; "": signed on the own session
}

// Mark is what was found about a check item.
type Mark struct {
	Department, Item string
	Kind             Kind
	Words            string
}

// Follow is what follows a result.
type Follow struct {
	No         int64
	Kind       string // Recheck, HandOver
	Due        workday.Date
	Department string // whom it is handed over to
	Words      string
	Made, Done time.Time
	Outcome    string          // of a hand-over with a case: the phase in which that ended
	Case       caseflow.CaseNo // that a hand-over has opened; "": none
	Unfiled    string          // why it opened none, until somebody hands it over again: UnfiledName, UnfiledItem, or the code of a refusal
	Firm       string          // the name by which it was handed over again; "": the task's
	item       caseflow.ItemID
}

const taskColumns = "SELECT t.region, t.no, t.plan, t.token, t.party, t.name, t.area, t.address, t.stratum, t.year, t.due, t.state, t.done, t.kind, t.words, t.by_id, t.request, t.publish, t.published, t.publisher, t.corrected, p.title, p.place, p.department, p.draw, p.secret, p.terms FROM inspect_task t JOIN inspect_plan p ON p.region = t.region AND p.no = t.plan "

// scanTask reads a task with what its plan says of it, but none of its parts.
func scanTask(sc store.Scan) (t Task, terms string, err error) {
	err = sc(&t.Region, &t.No, &t.Plan, &t.Token, &t.Party, &t.Name, &t.Area, &t.Address, &t.Stratum, &t.Year, &t.Due, &t.State, store.At(&t.Done), &t.Kind, &t.Words, &t.By, &t.request, &t.Publish, store.At(&t.Published),
		&t.publisher, &t.Corrected, &t.Title, &t.Place, &t.Department, &t.draw, &t.secret, &terms)
	return t, terms, err
}

// tasks reads tasks without their parts.
func (m *Module) tasks(ctx context.Context, query string, args ...any) (list []Task, err error) {
	err = m.st.Read(ctx, func(sc store.Scan) error {
		t, _, err := scanTask(sc)
		list = append(list, t)
		return err
	}, query, args...)
	return list, err
}

// task reads one with everything. ErrNotFound.
func (m *Module) task(ctx context.Context, region string, no int64) (found *Task, err error) {
	err = m.st.View(ctx, func(r store.Reader) error {
		found, err = readTask(r, region, no)
		return err
	})
	return found, err
}

func readTask(r store.Reader, region string, no int64) (found *Task, err error) {
	var text string
	if err = r.Read(func(sc store.Scan) error {
		t, terms, err := scanTask(sc)
		found, text = &t, terms
		return err
	}, taskColumns+"WHERE t.region = ? AND t.no = ?", region, no); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, store.ErrNotFound
	}
	return found, errors.Join(found.items(r, text), found.parts(r))
}

// parts reads who goes, and what is there of the result.
func (t *Task) parts(r store.Reader) error {
	members := r.Read(func(sc store.Scan) error {
		var x Member
		err := sc(&x.Inspector, &x.Name, &x.Login, &x.Token, &x.Place, &x.Department, store.At(&x.Signed), &x.Strokes)
		t.Members = append(t.Members, x)
		return err
	}, "SELECT inspector, name, login, token, place, department, signed, strokes FROM inspect_member WHERE region = ? AND task = ? ORDER BY inspector", t.Region, t.No)
	marks := r.Read(func(sc store.Scan) error {
		var x Mark
		err := sc(&x.Department, &x.Item, &x.Kind, &x.Words)
		t.Marks = append(t.Marks, x)
		return err
	}, "SELECT department, item, kind, words FROM inspect_mark WHERE region = ? AND task = ? ORDER BY department, item", t.Region, t.No)
	photos := r.Read(func(sc store.Scan) error {
		var x Photo
		err := sc(&x.request, &x.Hash, &x.Name, &x.Type, &x.Bytes, store.At(&x.Taken), &x.Lat, &x.Lon)
		if x.Located = x.Lat != 0 || x.Lon != 0; x.Located {
			x.Lat, x.Lon = x.Lat-shift, x.Lon-shift
		}
		t.Photos = append(t.Photos, x)
		return err
	}, "SELECT request, hash, name, kind, bytes, taken, lat, lon FROM inspect_photo WHERE region = ? AND task = ? ORDER BY taken, request", t.Region, t.No)
	follows := r.Read(func(sc store.Scan) error {
		var x Follow
		err := sc(&x.No, &x.Kind, &x.Due, &x.Department, &x.Words, store.At(&x.Made), store.At(&x.Done), &x.Outcome, &x.item, &x.Case, &x.Unfiled, &x.Firm)
		t.Follows = append(t.Follows, x)
		return err
	}, "SELECT no, kind, due, department, words, made, done, outcome, item, case_no, unfiled, firm FROM inspect_follow WHERE region = ? AND task = ? ORDER BY no", t.Region, t.No)
	return errors.Join(members, marks, photos, follows)
}

// sentTo finds a task that somebody was drawn for: the account that the list of inspectors names. Whoever was not is told that there is no
// such task.
func (m *Module) sentTo(ctx context.Context, by caseflow.Actor, login string, no int64) (*Task, *Member, error) {
	if by.Kind != caseflow.ActorOfficial || login == "" {
		return nil, nil, hall.ErrNotFound
	}
	t, err := m.task(ctx, ident.Service().City(by.Region), no)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(t.Members, func(x Member) bool { return x.Login == login })
	if i < 0 || t.State == TaskDropped || !access.May(by, access.InspectVisit, access.Resource{Region: t.Members[i].Place, Departments: []string{t.Members[i].Department}}).Allow {
		return nil, nil, hall.ErrNotFound
	}
	return t, &t.Members[i], nil
}

// turn is the order of tasks by what is to be done: visits, signatures, then what is over.
func turn(t *Task) int {
	return slices.Index([]string{TaskOpen, TaskSigning, TaskDone, TaskPublished}, t.State)
}

// Mine lists the tasks that somebody was drawn for, what is to be done first, of what is over the newest.
func (m *Module) Mine(ctx context.Context, by caseflow.Actor, login string) ([]Task, error) {
	if !keepsLists(by) || login == "" {
		return nil, hall.ErrNotFound
	}
	list, err := m.tasks(ctx, taskColumns+"JOIN inspect_member x ON x.region = t.region AND x.task = t.no WHERE x.region = ? AND x.login = ? AND t.state <> ? ORDER BY t.due DESC, t.no DESC LIMIT 200",
		ident.Service().City(by.Region), login, TaskDropped)
	slices.SortStableFunc(list, func(a, b Task) int {
		if by := cmp.Compare(turn(&a), turn(&b)); by != 0 || a.State == TaskDone || a.State == TaskPublished {
			return by
		}
		return cmp.Compare(a.Due, b.Due)
	})
	return list, err
}

// Visit is a task that somebody was drawn for.
func (m *Module) Visit(ctx context.Context, by caseflow.Actor, login string, no int64) (*Task, error) {
	t, _, err := m.sentTo(ctx, by, login, no)
	return t, err
}

// Bounds of what an inspector writes.
const (
	maxWords   = 2000  // characters
	maxStrokes = 20000 // bytes of a drawn signature
	maxRequest = 100
	maxPhotos  = 30
)

func worded(text string, most int) (string, bool) {
	text = strings.TrimSpace(text)
	return text, utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' })
}

// Strokes of a signature: moves and lines with whole numbers, as a path of SVG.
func drawnWell(strokes string) bool {
	return len(strokes) <= maxStrokes && strings.HasPrefix(strokes, "M") && strings.Contains(strokes, "L") && !strings.ContainsFunc(strokes, func(c rune) bool { return !strings.ContainsRune("ML0123456789 ", c) })
}

// Result is what inspectors hand in.
type Result struct {
	// Request makes handing in happen once: the same again gives the first answer.
	Request string
	Kind    Kind
	Words   string
	Marks   []Mark
	// Signatures are those drawn on the device, by inspector. Who hands in has signed; another one without a drawn signature signs on an
	// own session later ([Module.Sign]).
	Signatures map[string]string
	At         time.Time // when it was done there; zero: now. Not in the future, not before the task.
}

// HandIn takes the result of a task, once. A second one, of whomever, is refused: CodeDone.
func (m *Module) HandIn(ctx context.Context, by caseflow.Actor, login string, no int64, res Result) (*Task, error) {
	t, me, err := m.sentTo(ctx, by, login, no)
	if err != nil {
		return nil, err
	}
	if t.State != TaskOpen {
		if t.request == res.Request && t.By == by.ID && res.Request != "" {
			return t, nil // sent again after the network dropped
		}
		return nil, refuse(CodeDone)
	}
	if err := t.check(&res); err != nil {
		return nil, err
	}
	now := m.now()
	if res.At.IsZero() || res.At.After(now) {
		res.At = now
	}
	err = m.st.Update(ctx, func(w store.Writer) error {
		n, err := w.Exec("UPDATE inspect_task SET state = ?, kind = ?, words = ?, by_id = ?, request = ?, done = ? WHERE region = ? AND no = ? AND state = ?",
			TaskSigning, string(res.Kind), res.Words, by.ID, res.Request, store.Micros(res.At), t.Region, t.No, TaskOpen)
		if err == nil && n == 0 {
			err = refuse(CodeDone)
		}
		if err != nil {
			return err
		}
		for _, x := range res.Marks {
			err = errors.Join(err, w.Add("inspect_mark", []any{t.Region, t.No, x.Department, x.Item, string(x.Kind), x.Words}))
		}
		for _, x := range t.Members {
			if strokes := res.Signatures[x.Inspector]; strokes != "" || x.Inspector == me.Inspector {
				err = errors.Join(err, sign(w, t, x.Inspector, strokes, now))
			}
		}
		return errors.Join(err, m.signed(w, t, res.At))
	})
	if err != nil {
		if err = m.again(ctx, err, by, login, no, res.Request); err != nil {
			return nil, err
		}
	}
	return m.task(ctx, t.Region, t.No)
}

// again turns a refusal into the first answer where the same request was quicker on another connection.
func (m *Module) again(ctx context.Context, refusal error, by caseflow.Actor, login string, no int64, request string) error {
	var r *caseflow.Refusal
	if !errors.As(refusal, &r) || r.Code != CodeDone || request == "" {
		return refusal
	}
	t, _, err := m.sentTo(ctx, by, login, no)
	if err != nil || t.request != request || t.By != by.ID {
		return refusal
	}
	return nil
}

// check wants a result that can stand: a kind, words where something was found, a mark for each check item that fits the kind.
func (t *Task) check(res *Result) error {
	var ok bool
	if !slices.Contains(Kinds(), res.Kind) {
		return at(CodeResult, "kind", "missing")
	}
	if res.Words, ok = worded(res.Words, maxWords); !ok {
		return at(CodeResult, "words", "long")
	}
	if res.Kind.Problem() && res.Words == "" {
		return at(CodeResult, "words", "missing")
	}
	if len(res.Request) > maxRequest {
		return at(CodeResult, "request", "long")
	}
	for i := range res.Marks {
		x := &res.Marks[i]
		if x.Words, ok = worded(x.Words, maxWords); !ok {
			return at(CodeResult, "marks", "long")
		}
		if !slices.Contains(Kinds(), x.Kind) || !slices.ContainsFunc(t.Items, func(it CheckItem) bool { return it.ID == x.Item && it.Department == x.Department }) {
			return at(CodeResult, "marks", "unknown")
		}
	}
	// Where nobody was found, or nobody let them in, there is nothing to be marked.
	if res.Kind != NotFound && res.Kind != Refuses {
		for _, it := range t.Items {
			if !slices.ContainsFunc(res.Marks, func(x Mark) bool { return it.ID == x.Item && it.Department == x.Department }) {
				return at(CodeResult, "marks", "missing")
			}
		}
	}
	if problem := slices.ContainsFunc(res.Marks, func(x Mark) bool { return x.Kind.Problem() }); problem && !res.Kind.Problem() {
		return at(CodeResult, "kind", "marks")
	}
	for who, strokes := range res.Signatures {
		if strokes != "" && (!drawnWell(strokes) || !slices.ContainsFunc(t.Members, func(x Member) bool { return x.Inspector == who })) {
			return at(CodeSign, "sign."+who, "strokes")
		}
	}
	return nil
}

func sign(w store.Writer, t *Task, inspector, strokes string, at time.Time) error {
	_, err := w.Exec("UPDATE inspect_member SET signed = ?, strokes = ? WHERE region = ? AND task = ? AND inspector = ? AND signed = 0", store.Micros(at), strokes, t.Region, t.No, inspector)
	return err
}

// signed makes a result final once everybody has signed: its publication falls due then.
func (m *Module) signed(w store.Writer, t *Task, done time.Time) error {
	left := 0
	if err := w.Read(store.Into(&left), "SELECT COUNT(*) FROM inspect_member WHERE region = ? AND task = ? AND signed = 0", t.Region, t.No); err != nil || left > 0 {
		return err
	}
	day := m.hall.Calendar(t.Place).Add(workday.DateOf(done), PublishWithin, workday.WorkDay)
	if _, err := w.Exec("UPDATE inspect_task SET state = ?, publish = ? WHERE region = ? AND no = ?", TaskDone, int64(day), t.Region, t.No); err != nil {
		return err
	}
	return m.leaf(w, t, "done", m.now())
}

// Sign signs a result that another inspector of the team handed in. Twice is once.
func (m *Module) Sign(ctx context.Context, by caseflow.Actor, login string, no int64) (*Task, error) {
	t, me, err := m.sentTo(ctx, by, login, no)
	switch {
	case err != nil:
		return nil, err
	case t.State == TaskOpen:
		return nil, refuse(CodeState)
	case !me.Signed.IsZero():
		return t, nil
	}
	if err := m.st.Update(ctx, func(w store.Writer) error {
		return errors.Join(sign(w, t, me.Inspector, "", m.now()), m.signed(w, t, t.Done))
	}); err != nil {
		return nil, err
	}
	return m.task(ctx, t.Region, t.No)
}
