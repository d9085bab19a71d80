package walk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// file is where scenarios stand in a pack.
const file = "walk.yaml"

// ErrNoWalk: the pack has no walk.yaml.
var ErrNoWalk = errors.New("walk: the pack has no walk.yaml")

// Options say what is run and where.
type Options struct {
	Pack *pack.Pack
	Dir  string       // for store and uploads, empty or new; "": a temporary one, which is removed
	Log  *slog.Logger // of the server; nil: nothing is logged
	// Client sends what people do; nil: a plain one.
	Client *http.Client
	// Schemas and Modules are the tables of modules and what they have for programs, over the store and hall of the walk.
	Schemas []store.Schema
	Modules func(*sqlstore.Store, *hall.Hall) ([]api.Module, error)
}

// Report is how a walk went.
type Report struct {
	Pack    string  `json:"pack"`
	Version string  `json:"version"`
	Scenes  []Scene `json:"scenes"`
}

// Scene is how one scene went.
type Scene struct {
	ID       string        `json:"id"`
	Title    caseflow.Text `json:"title"`
	Proves   []string      `json:"proves,omitempty"` // facts of pack.yaml, if nothing failed
	Acts     int           `json:"acts"`             // that were played; a scene ends at an act that cannot be done
	Checks   int           `json:"checks"`           // expectations that were compared
	Failures []Failure     `json:"failures,omitempty"`
}

// Failure is one thing that is not as the scenario expects.
type Failure struct {
	File  string `json:"file"`
	Line  int    `json:"line"` // of the expectation, or of the act
	Scene string `json:"scene"`
	Act   int    `json:"act"` // counted from 1
	Did   string `json:"did"` // who did what
	What  string `json:"what"`
	Want  string `json:"want"`
	Found string `json:"found"`
}

// Error writes the failure on one line.
func (f Failure) Error() string {
	return fmt.Sprintf("%s:%d: scene %s, act %d (%s): %s is %s, want %s", f.File, f.Line, f.Scene, f.Act, f.Did, f.What,
		orNothing(f.Found), orNothing(f.Want))
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// Failures are those of all scenes, in the order of the file.
func (r Report) Failures() []Failure {
	var all []Failure
	for _, s := range r.Scenes {
		all = append(all, s.Failures...)
	}
	return all
}

// Run plays all scenes of the pack, one after the other. What is not as expected stands in the report; the error is for
// what could not be tried at all: no scenario, no room on the disk, a failure of the server.
func Run(ctx context.Context, o Options) (_ Report, err error) {
	w := o.Pack.Walk
	report := Report{Pack: o.Pack.ID, Version: o.Pack.Version}
	if w == nil {
		return report, ErrNoWalk
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = &http.Client{}
	}
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "tongban-walk-"); err != nil {
			return report, fmt.Errorf("walk: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.Dir)) }()
	}
	begin, err := w.Begin()
	if err != nil {
		return report, fmt.Errorf("walk: start: %w", err)
	}
	h, err := openHouse(ctx, o, begin)
	if err != nil {
		return report, fmt.Errorf("walk: %w", err)
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.welcome(ctx); err != nil {
		return report, fmt.Errorf("walk: accounts: %w", err)
	}
	for i := range w.Scenes {
		s := play{h: h, index: i, scene: &w.Scenes[i], cases: map[string]*subject{}}
		got, err := s.run(ctx)
		report.Scenes = append(report.Scenes, got)
		if err != nil {
			return report, fmt.Errorf("walk: %w", err)
		}
	}
	return report, nil
}

// play is one scene while it is played.
type play struct {
	h      *house
	index  int
	scene  *pack.Scene
	cases  map[string]*subject
	opened []*subject
	out    Scene
	act    int // being played
}

func (p *play) run(ctx context.Context) (Scene, error) {
	p.out = Scene{ID: p.scene.ID, Title: p.scene.Title}
	for p.act = range p.scene.Acts {
		p.out.Acts++
		goOn, err := p.perform(ctx, &p.scene.Acts[p.act])
		if err != nil {
			return p.out, fmt.Errorf("scene %s, act %d (%s:%d): %w", p.scene.ID, p.act+1, file, p.line(), err)
		}
		if !goOn {
			break
		}
	}
	if len(p.out.Failures) == 0 {
		p.out.Proves = p.scene.Proves
	}
	return p.out, nil
}

// line is where something of the act stands.
func (p *play) line(at ...string) int {
	return p.h.pack.Line(file, append([]string{"scenes", strconv.Itoa(p.index), "acts", strconv.Itoa(p.act)}, at...)...)
}

// fail records a difference; at is where in the act the expectation stands.
func (p *play) fail(what, want, found string, at ...string) {
	a := &p.scene.Acts[p.act]
	did := strings.Join(strings.Fields(a.Who+" "+a.Do+" "+string(a.Step)), " ")
	p.out.Failures = append(p.out.Failures, Failure{File: file, Line: p.line(at...), Scene: p.scene.ID, Act: p.act + 1, Did: did,
		What: what, Want: want, Found: found})
}

// check records a difference if there is one.
func (p *play) check(what, want, found string, at ...string) {
	p.out.Checks++
	if want != found {
		p.fail(what, want, found, at...)
	}
}
