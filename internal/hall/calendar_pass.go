package hall

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// The pass through all running cases after a calendar was loaded, or after an outage. Each case is one command under a request id of
// its own, so that whoever goes on after a crash, on this server or another, does nothing twice; and a command that comes first does
// for its case what the pass would (caseflow.Env.Corrected and Outages), so that nobody waits for the pass.

const (
	passChunk = 256              // cases that are read, decided and written at once: few enough that nobody else is kept waiting
	fewAtOnce = 32               // the same, where the work of people comes first
	passTries = 8                // how often one case is tried before the others go on without it
	passLease = 30 * time.Second // how long a chunk may take before another server goes on
)

// serveCalendars follows the store's calendars, reforms and parameters, tells running cases of an outage, and counts them again when there
// is a new calendar, until ctx ends.
func (h *Hall) serveCalendars(ctx context.Context) {
	const every = time.Second
	timer := time.NewTimer(0)
	defer timer.Stop()
	var warned workday.Date
	var looked time.Time
	bell := h.jobs.Bell(chore.Calendars)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-bell:
		}
		if last, days, near := h.CalendarEnds(); near && warned != workday.DateOf(h.Now()) {
			warned = workday.DateOf(h.Now()) // once a day
			h.log.Warn("the published calendar ends: load the next year's with tongban calendar load", "last", last.String(), "days", days)
		}
		_, _ = h.jobs.Do(chore.Calendars, every, func() (int, error) { return h.follow(ctx, &looked) }) // what failed is logged there
		timer.Reset(every)
	}
}

// follow takes over what was changed in the store, tells running cases of an outage, and counts them again if there is a new calendar;
// it returns how many it told or counted.
func (h *Hall) follow(ctx context.Context, looked *time.Time) (int, error) {
	err := errors.Join(h.FollowReforms(ctx), h.FollowParameters(ctx), h.FollowAnnouncements(ctx))
	if now := h.Now(); now.Sub(*looked).Abs() >= time.Minute { // a day begins at most this late
		*looked = now
		_, wrong := h.ApplyReforms(ctx)
		err = errors.Join(err, wrong)
	}
	if err != nil {
		h.complain(ctx, "reforms, parameters, announcements", err)
	}
	told, late := h.ApplyOutages(ctx)
	row, wrong := h.ApplyCalendars(ctx)
	for what, wrong := range map[string]error{"outage": late, "calendar": wrong} {
		if wrong != nil && !errors.Is(wrong, store.ErrBusy) {
			h.complain(ctx, what, wrong)
			err = errors.Join(err, wrong)
		}
	}
	return told + row.Cases, err
}

// ApplyCalendars counts running cases again if that is not done for the newest calendar, and returns it (its version is 0 if
// there is none). store.ErrBusy: another server is at it. Giving it again goes on where the last one, of any server, stopped.
func (h *Hall) ApplyCalendars(ctx context.Context) (store.CalendarRow, error) {
	if err := h.FollowCalendars(ctx); err != nil {
		return store.CalendarRow{}, err
	}
	b := h.book.Load()
	if b.version == 0 {
		return store.CalendarRow{}, nil
	}
	if b.correcting == nil {
		return b.rows[len(b.rows)-1], nil
	}
	now := h.Now()
	row, err := h.store.ClaimCalendar(ctx, b.version, h.server, now, now.Add(passLease))
	if err != nil {
		if errors.Is(err, store.ErrNotFound) { // another server has finished it just now
			return row, h.FollowCalendars(ctx)
		}
		return row, err
	}
	p := &pass{h: h, why: "calendar", request: fmt.Sprintf("calendar:%d", b.version), cmd: caseflow.Recount{Calendar: b.version}, Progress: row.Progress}
	p.keep = func(ctx context.Context, lease time.Time) error {
		row.Progress = p.Progress
		return h.store.KeepCalendar(ctx, row, lease)
	}
	before := h.edition(b, b.version-1)
	err = p.run(ctx, func(region string, after caseflow.CaseNo) ([]caseflow.CaseNo, error) {
		return h.store.Touched(ctx, region, spansOf(before(region), b.region(region)), after)
	})
	if row.Progress = p.Progress; err != nil {
		return row, fmt.Errorf("count again for calendar %d: %w", b.version, err)
	}
	h.log.Info("calendar applied", "version", b.version, "cases", row.Cases, "clocks", row.Clocks, "failed", row.Failed)
	return row, h.FollowCalendars(ctx)
}

// pass is one server's way through the cases.
type pass struct {
	h       *Hall
	why     string // its clocks move, as ClockMoved says it
	request string // its id in each case
	cmd     caseflow.Command
	keep    func(ctx context.Context, lease time.Time) error // records the progress
	later   bool                                             // nobody has written a part of this chunk before
	gentle  bool                                             // nobody waits for the end: the work of people comes first
	store.Progress
}

// run gives the command to the cases of each region that are touched, and come after the one that the pass has reached.
func (p *pass) run(ctx context.Context, touched func(region string, after caseflow.CaseNo) ([]caseflow.CaseNo, error)) error {
	regions, err := p.h.store.Regions(ctx)
	if err != nil {
		return fmt.Errorf("regions: %w", err)
	}
	slices.Sort(regions)
	from, after, _ := strings.Cut(p.Cursor, "|")
	for _, region := range regions {
		if region < from {
			continue
		}
		if region > from {
			after = ""
		}
		cases, err := touched(region, caseflow.CaseNo(after))
		if err != nil {
			return fmt.Errorf("touched cases of %s: %w", region, err)
		}
		if err := p.through(ctx, region, cases); err != nil {
			return err
		}
	}
	p.Finished = p.h.Now()
	return p.keep(ctx, time.Time{})
}

// spansOf are the instants about which two calendars may differ.
func spansOf(was, now *workday.Calendar) []store.Span {
	var spans []store.Span
	for _, d := range was.Changes(now) {
		spans = append(spans, store.Span{From: d.From.Start().UTC(), To: d.To.End().UTC()})
	}
	return spans
}

// chunk is some cases of a region, read: each with the command that counts it again, or why there is none.
type chunk struct {
	cases []caseflow.CaseNo
	jobs  []*job
	errs  []error
}

// through gives the command to cases of a region. While a chunk is decided and written the next one is read.
func (p *pass) through(ctx context.Context, region string, cases []caseflow.CaseNo) error {
	ctx, stop := context.WithCancel(ctx)
	var reader sync.WaitGroup
	defer reader.Wait()
	defer stop()
	chunks, unread := make(chan *chunk), make(chan error, 1)
	reader.Go(func() {
		defer close(chunks)
		for some := range slices.Chunk(cases, p.atOnce()) {
			c, err := p.read(ctx, region, some)
			if err != nil {
				unread <- err
				return
			}
			select {
			case chunks <- c:
			case <-ctx.Done():
				return
			}
		}
	})
	for c := range chunks {
		if err := p.write(ctx, region, c); err != nil {
			return err
		}
	}
	select {
	case err := <-unread:
		return err
	default:
		return ctx.Err()
	}
}

func (p *pass) atOnce() int {
	if p.gentle {
		return fewAtOnce
	}
	return passChunk
}

// yield lets people go first if nobody waits for the pass.
func (p *pass) yield(ctx context.Context) {
	if p.gentle {
		p.h.Yield(ctx)
	}
}

// read loads cases and makes their commands.
func (p *pass) read(ctx context.Context, region string, cases []caseflow.CaseNo) (*chunk, error) {
	p.yield(ctx)
	loaded, err := p.h.store.LoadMany(ctx, region, cases)
	if err != nil {
		return nil, fmt.Errorf("load cases of %s: %w", region, err)
	}
	c := &chunk{cases: cases, jobs: make([]*job, len(cases)), errs: make([]error, len(cases))}
	var owners []string
	for i, no := range cases {
		p.yield(ctx)
		c.jobs[i], c.errs[i] = p.job(store.Key{Region: region, Case: no}, loaded[i])
		if c.errs[i] == nil {
			owners = append(owners, c.jobs[i].given.c.Owner)
		}
	}
	slices.Sort(owners)
	wishes, err := p.h.store.Contacts(ctx, slices.Compact(owners))
	if err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	for _, j := range c.jobs {
		j.wishes = wishes
	}
	return c, nil
}

// write decides on a chunk, writes it, and records how far the pass came. What it gives the store at once shares flushes.
func (p *pass) write(ctx context.Context, region string, c *chunk) error {
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	workers := runtime.GOMAXPROCS(0)
	if p.gentle {
		workers = (workers + 1) / 2
	}
	share := (len(c.cases) + workers - 1) / workers
	for i := 0; i < len(c.cases); i += share {
		end := min(i+share, len(c.cases))
		group.Go(func() {
			done, err := p.some(ctx, region, &chunk{c.cases[i:end], c.jobs[i:end], c.errs[i:end]})
			mu.Lock()
			defer mu.Unlock()
			p.Cases += done.Cases
			p.Clocks += done.Clocks
			p.Failed += done.Failed
			failed = errors.Join(failed, err)
		})
	}
	group.Wait()
	if failed != nil {
		return failed
	}
	p.later = true
	p.Cursor = region + "|" + string(c.cases[len(c.cases)-1])
	return p.keep(ctx, p.h.Now().Add(passLease))
}

// some decides on cases one after another, and then waits for all of them.
func (p *pass) some(ctx context.Context, region string, c *chunk) (store.Progress, error) {
	var sum store.Progress
	made := make([]*proposal, len(c.cases))
	for i, j := range c.jobs {
		if c.errs[i] == nil {
			p.yield(ctx)
			made[i], c.errs[i] = j.decide(ctx)
		}
	}
	var stop error
	for i := range c.cases { // each proposal is waited for, whatever became of the others
		done, clocks, err := p.outcome(ctx, c.jobs[i], made[i], c.errs[i])
		switch {
		case err == nil && done:
			sum.Cases++
			sum.Clocks += clocks
		case err == nil:
		case ctx.Err() != nil, errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFull):
			stop = err
		default: // one case that cannot be read must not stop the others
			p.h.log.Error(p.why, "case", c.cases[i], "region", region, "err", err)
			sum.Failed++
		}
	}
	return sum, stop
}

// job is the command to a case.
func (p *pass) job(key store.Key, l *store.Loaded) (*job, error) {
	j := &job{h: p.h, by: System, request: p.request, key: key, cmd: p.cmd}
	var err error
	if j.body, err = bodyOf(j.by, key, j.cmd); err != nil {
		return j, err
	}
	if l == nil {
		return j, ErrNotFound
	}
	got, err := replayed(key, l)
	j.given = &got
	return j, err
}

// outcome waits for one case and tells whether it was changed, and how many of its clocks moved.
func (p *pass) outcome(ctx context.Context, j *job, made *proposal, err error) (done bool, clocks int, _ error) {
	if err == nil {
		if _, err = j.await(ctx, made); err == nil {
			clocks = movedBy(made.change)
			return p.changed(clocks), clocks, nil
		}
	}
	var refusal *caseflow.Refusal
	for try := 0; err != nil && try < passTries && !errors.As(err, &refusal) && !errors.Is(err, store.ErrBusy) && !errors.Is(err, store.ErrFull) && ctx.Err() == nil; try++ {
		j.given, j.wishes = nil, nil // somebody worked on the case meanwhile, or the database was away
		_, err = j.run(ctx)
	}
	if err != nil && !errors.As(err, &refusal) {
		return false, 0, err
	}
	if err != nil && p.later { // it stays as it is, or a command before has done it
		return false, 0, nil
	}
	_, e, err := p.h.store.ByRequest(ctx, j.key, j.request)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, 0, nil
	case err != nil:
		return false, 0, err
	}
	events, err := caseflow.DecodeEvents(e.Events)
	for _, ev := range events {
		if m, ok := ev.(caseflow.ClockMoved); ok && m.Why == p.why {
			clocks++
		}
	}
	return p.changed(clocks), clocks, err
}

// changed reports whether a command that moved so many clocks counts as a change of its case. Every case keeps that there was an outage.
func (p *pass) changed(clocks int) bool { return clocks > 0 || p.why == "outage" }

// movedBy counts the clocks that a change gives other times.
func movedBy(c *store.Change) int {
	n := 0
	for i := range c.Clocks {
		if was := c.WasClocks[i]; was != nil && (!was.Due.Equal(c.Clocks[i].Due) || !was.Soon.Equal(c.Clocks[i].Soon) ||
			!was.Today.Equal(c.Clocks[i].Today) || was.Provisional != c.Clocks[i].Provisional) {
			n++
		}
	}
	return n
}
