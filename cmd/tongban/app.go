package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/admit"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/courier"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/internal/witness"
)

// placeFlags say where everything is kept.
type placeFlags struct {
	Data   string     `default:"data" env:"TONGBAN_DATA" help:"Folder for the embedded store and uploaded files (${default} if left out)." placeholder:"DIR"`
	Store  string     `env:"TONGBAN_STORE" help:"postgres://… to keep cases in PostgreSQL instead of the embedded store." placeholder:"URL"`
	driver string     // of the embedded store; "" but for tests that look on
	ring   *seal.Ring // keys of the store; nil: those of the folder
	keys   string     // file of keys that a folder without any gets; "": new ones
}

// packsFlag names packs beside the built-in ones.
type packsFlag struct {
	Packs []string `env:"TONGBAN_PACKS" help:"Packs beside the built-in ones: folders of one pack, or of several." placeholder:"DIR" type:"existingdir"`
}

// storeFlags are for the commands that open the whole hall: they need the packs too.
type storeFlags struct {
	placeFlags
	signIn access.Options // what serve says about it
	start  map[parameter.Name]int
	flags  []hall.Flag
	packsFlag
	bucketFlags
	Channels string `env:"TONGBAN_CHANNELS" help:"File that sets up mail, SMS gateways and webhooks; it holds secrets, so that nobody but its owner may read it." placeholder:"FILE" type:"existingfile"`
	clamav   string // address of clamd; set by serve, the only command that takes uploads
	settle   bool   // the suite of the log is settled if it is not: what may write the first entry does that
	suite    string // of the log: ed25519 or sm; "" as it was settled, else ed25519
	demo     bool   // text messages are written, though no gateway may be set up
}

// address is what sqlstore opens.
func (f placeFlags) address() string {
	if f.Store != "" {
		return f.Store
	}
	return filepath.Join(f.Data, "tongban.db")
}

// database is what keeps the cases.
func (f placeFlags) database() string {
	if f.Store != "" {
		return "PostgreSQL"
	}
	return "SQLite"
}

// app is the platform without its doors.
type app struct {
	work    *admit.Room // what requests take their places in
	store   *sqlstore.Store
	files   filestore.Store
	items   *shelf
	find    *find.Shelf // finds services of items
	hall    *hall.Hall
	gate    *access.Gate
	metrics *metrics
	trace   *tracer // nil: nobody is told
	log     *slog.Logger
	backups *backup.Keeper // nil: this command makes none
	apart   *quarantine.Keeper
	jobs    *chore.Board

	ring      *seal.Ring
	sealed    access.SealedStore   // store, with what is sealed there open
	sequencer *sequencer.Sequencer // nil: this command signs nothing
	gatherer  *witness.Gatherer
	witness   *witness.Witness // nil: this server is none
	modules   []module.Module

	channels *courier.Config
}

// scanWithin is how long a scan of one file may take.
const scanWithin = 30 * time.Second

// makeFolder makes the folder of the embedded store.
func (f placeFlags) makeFolder() error {
	if f.Store != "" {
		return nil
	}
	if info, err := os.Stat(f.Data); err == nil && !info.IsDir() {
		return usageError(fmt.Sprintf("--data %q is not a folder", f.Data))
	}
	if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return fmt.Errorf("cannot make the data folder %q: %w (choose another with --data, or mend its rights)", f.Data, err)
	}
	return nil
}

// there fails unless the embedded store exists: what works on a store must not make an empty one of a mistyped name.
func (f placeFlags) there() error {
	if f.Store == "" {
		_, err := os.Stat(f.address())
		switch {
		case errors.Is(err, os.ErrPermission):
			return fmt.Errorf("cannot look into the data folder %q: %w (run as the user of the server, or mend its rights)", f.Data, err)
		case err != nil:
			return fmt.Errorf("there is no store in %q: %w (name its folder with --data; tongban migrate --new --data DIR makes one, and so does serve)", f.Data, err)
		}
	}
	return nil
}

// openExisting opens a store that must be there already, and its keys.
func (f placeFlags) openExisting(ctx context.Context, now func() time.Time) (*sqlstore.Store, error) {
	err := f.there()
	if err == nil && f.ring == nil {
		_, err = os.Stat(f.keyFile())
		if errors.Is(err, os.ErrNotExist) {
			return nil, f.lacksKeys(sqlstore.ErrKeys)
		}
	}
	if err != nil {
		return nil, err
	}
	return f.openStore(ctx, now)
}

func (f placeFlags) keyFile() string { return filepath.Join(f.Data, seal.FileName) }

// lacksKeys says what to do about a store that cannot be read.
func (f placeFlags) lacksKeys(err error) error {
	return fmt.Errorf("%w: put the %s that belongs to this store into %q, or name its folder with --data; without it nobody can read the store. "+
		"If the key that finds was being changed, or the store was filled before stores were sealed, run tongban key rotate --find", err, seal.FileName, f.Data)
}

// openStore opens the store alone, and makes one if there is none, and the keys that seal it.
func (f placeFlags) openStore(ctx context.Context, now func() time.Time) (*sqlstore.Store, error) {
	file := f.keyFile()
	_, missing := os.Stat(file)
	o, err := f.options(now)
	if err != nil {
		return nil, err
	}
	st, err := f.openBy(ctx, o)
	if errors.Is(err, sqlstore.ErrKeys) && errors.Is(missing, os.ErrNotExist) {
		err = errors.Join(err, os.Remove(file)) // one that seals nothing would only stand in the way
	}
	return st, err
}

// options open the store with the keys of the data folder.
func (f placeFlags) options(now func() time.Time) (o sqlstore.Options, err error) {
	if err = f.makeFolder(); err == nil {
		err = os.MkdirAll(f.Data, 0o700)
	}
	if err != nil {
		return o, err
	}
	o = f.blind()
	if o.Ring = f.ring; o.Ring != nil {
		return o, nil
	}
	if f.keys != "" {
		if err := seal.Copy(f.keys, f.Data); err != nil {
			return o, err
		}
	}
	o.Ring, err = seal.Open(f.Data, now())
	return o, err
}

// blind opens the store without keys, for what needs nothing that is sealed.
func (f placeFlags) blind() sqlstore.Options {
	return sqlstore.Options{Address: f.address(), Driver: f.driver, Schemas: tables()}
}

func (f placeFlags) openBlind(ctx context.Context) (*sqlstore.Store, error) {
	return f.openBy(ctx, f.blind())
}

// openBy opens the store, and says what to do if that fails.
func (f placeFlags) openBy(ctx context.Context, o sqlstore.Options) (*sqlstore.Store, error) {
	if f.Store != "" && !strings.HasPrefix(f.Store, "postgres://") && !strings.HasPrefix(f.Store, "postgresql://") {
		scheme, _, _ := strings.Cut(f.Store, ":") // what follows may hold a password
		return nil, usageError(fmt.Sprintf("--store %.20q… does not begin with postgres:// (leave it out for the embedded store)", scheme))
	}
	st, err := sqlstore.Open(ctx, o)
	switch {
	case errors.Is(err, store.ErrNewer):
		return nil, fmt.Errorf("%w: start the newer program, or restore a backup made by this one", err)
	case errors.Is(err, sqlstore.ErrKeys):
		return nil, f.lacksKeys(err)
	case err != nil && f.Store == "":
		return nil, fmt.Errorf("cannot open the store %s: %w (mend the rights of the folder, name another with --data, or restore a backup)", f.address(), err)
	case err != nil:
		return nil, fmt.Errorf("cannot open the store in PostgreSQL: %w\n  (see that the server runs and lets this user in, or mend --store)", err)
	}
	return st, nil
}

// openThere is open for a command that works on a store which must be there already; it logs nothing below a warning.
func (f storeFlags) openThere(w *world) (*app, error) {
	if err := f.there(); err != nil {
		return nil, err
	}
	return f.open(w.ctx, serveCommand{LogLevel: "warn"}.logger(w), w.now)
}

// open joins store, packs, files, hall and gate. now is the wall clock, or a virtual one for demo data.
func (f storeFlags) open(ctx context.Context, log *slog.Logger, now func() time.Time) (*app, error) {
	_, missing := os.Stat(f.keyFile())
	st, err := f.openStore(ctx, now)
	if err != nil {
		return nil, err
	}
	if errors.Is(missing, os.ErrNotExist) {
		log.Info("keys were made that the store cannot be read without: keep a copy, apart from the backups", "file", f.keyFile())
	}
	if f.settle {
		if err := settleSuite(ctx, st, f.suite); err != nil {
			return nil, errors.Join(err, st.Close())
		}
	}
	a := &app{store: st, log: log, metrics: newMetrics(), jobs: chore.NewBoard(now)}
	if err := a.join(ctx, f, now); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return a, nil
}

func (a *app) join(ctx context.Context, f storeFlags, now func() time.Time) (err error) {
	if a.files, err = f.openFiles(ctx, f.Data, now()); err != nil {
		return err
	}
	if f.clamav != "" {
		a.files.ScanWith(filestore.ClamAV{Address: f.clamav, Within: scanWithin})
	}
	build, err := buildID()
	if err != nil {
		return err
	}
	if a.items, err = loadPacks(ctx, a.store, f.Packs, build, a.log, now); err != nil {
		return err
	}
	if a.channels, err = readChannels(f.Channels); err != nil {
		return err
	}
	told, err := subscriptions(a.channels)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Channels, err)
	}
	a.ring = a.store.Ring()
	a.sealed = access.SealedStore{Store: a.store, Ring: a.ring}
	a.work = admit.Work() // one for both doors, and for what is done between: they share the processors
	a.hall, err = hall.New(hall.Options{Store: a.sealed, Catalogue: a.items, Lobbies: a.items.Lobbies, Files: a.files, Now: now, Log: a.log, Observe: a.observe,
		Behind: a.behind, Gap: a.work.Gap, Told: told, Channels: opened(a.channels, f.demo), Departments: a.items.Departments, Program: hall.Program{Version: version, Database: f.database(), Flags: f.flags, Components: components()}, Start: f.start, Jobs: a.jobs, Server: serverName()})
	if err != nil {
		return err
	}
	a.find = find.NewShelf(a.items.Items, func(it *caseflow.Item, id string) []caseflow.Text { // also by the names that reforms gave and took
		return append([]caseflow.Text{a.items.Department(it, id)}, a.hall.FormerNames(id)...)
	})
	a.find.Edition = a.hall.ReformVersion
	if err = errors.Join(a.hall.FollowCalendars(ctx), a.hall.FollowOutages(ctx), a.hall.FollowReforms(ctx), a.hall.FollowParameters(ctx), a.hall.FollowAnnouncements(ctx)); err != nil {
		return err
	}
	a.metrics.calendar(a.hall)
	a.metrics.watchLoad(a.store.Workload, now)
	a.items.jobs = a.jobs
	o := f.signIn
	o.Jobs = a.jobs
	o.Now, o.Notify, o.Seal, o.Departments, o.Values, o.Hashes = now, a.signIns, a.ring, a.hall.Duties, a.hall.Values, hashes
	if a.gate, err = access.NewGate(a.store, o); err != nil {
		return err
	}
	a.apart = quarantine.New(a.files, a.store, a.gate, now, a.log)
	if a.modules, err = module.Open(module.Parts{Store: a.store, Seal: a.ring, Hall: a.hall, Now: now, Packs: a.items.Packs, Files: photos{a.files, a.apart}, Log: a.log}); err != nil {
		return err
	}
	a.apart.Bound(a.hall.Values, o.Region)
	return keysThere(ctx, a.gate, a.store, a.ring)
}

// serverName is how this process is told from others of the store: the machine's name, and something that no other has.
func serverName() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "server"
	}
	host, _, _ = strings.Cut(host, ".")
	return host + "-" + strings.ToLower(rand.Text()[:6])
}

// signIns counts and logs sign-ins, refusals and sign-outs; the event masks who it was.
func (a *app) signIns(e access.Event) {
	a.metrics.signIns.WithLabelValues(string(e.Kind)).Inc()
	a.log.Info("sign-in", "event", e)
}

// observe counts a command, and traces it.
func (a *app) observe(ctx context.Context, verb, outcome string, took time.Duration) {
	a.metrics.command(verb, outcome, took)
	a.trace.command(ctx, verb, outcome, took)
}

// close finishes what was accepted and releases everything.
func (a *app) close() error {
	var err error
	if a.backups != nil {
		err = a.backups.Close()
	}
	return errors.Join(err, a.files.Close(), a.store.Close())
}

// handler joins the doors: pages, API, health and metrics.
func (a *app) handler(c serveCommand, lines map[string]courier.Line) (http.Handler, error) {
	contacts := access.NewContacts(a.sealed, a.hall.Now, nil, a.codes(lines))
	proxies, err := c.proxies()
	if err != nil {
		return nil, err
	}
	terminals, err := c.terminals()
	if err != nil {
		return nil, err
	}
	var forPeople []web.Module
	var forPrograms []api.Module
	for _, m := range a.modules {
		forPeople, forPrograms = append(forPeople, m), append(forPrograms, m)
	}
	var exports *export.Sealer
	if a.sequencer != nil {
		exports = export.New(a.gate, a.store, a.sequencer.Seal, a.hall.Now)
	}
	var witnesses func(context.Context) (*witness.State, error) // nil where nobody gathers signatures
	if a.gatherer != nil {
		witnesses = a.gatherer.State
	}
	texts := recorded(lines)
	pages, err := web.New(web.Deps{
		Work: a.work, Exports: exports, Modules: forPeople, Witnesses: witnesses, Settle: a.settleAlarm, Recorded: texts,
		Hall: a.hall, Gate: a.gate, Contacts: contacts, Accounts: a.store, Guides: a.items, Packs: a.items, Backups: a.backups, Find: a.find, Files: a.files, Quarantine: a.apart, Region: c.Region, Base: c.Base,
		Secure: c.Secure, Proxies: proxies, Terminals: terminals, Log: a.log, Site: site(c.Region, a.items.Packs()),
	})
	if err != nil {
		return nil, err
	}
	rest, err := api.New(api.Options{
		Work: a.work, Exports: exports, Modules: forPrograms, Witnesses: witnesses, Settle: a.settleAlarm, Recorded: texts,
		Hall: a.hall, Gate: a.gate, Contacts: contacts, Door: access.DoorOptions{Secure: c.Secure, Proxies: proxies}, Files: a.files, Quarantine: a.apart, Items: a.items.Items, Find: a.find, Packs: a.items, Backups: a.backups,
		Sample: a.items.Sample, Department: a.items.Department, Base: c.Base,
		Words: refusalWords, Log: a.log, Version: version,
	})
	if err != nil {
		return nil, err
	}
	door, err := access.NewDoor(a.gate, access.DoorOptions{Secure: c.Secure, Proxies: proxies})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	a.health(mux)
	a.logFiles(mux)
	a.witnessDoor(mux)
	a.alarmFiles(mux)
	mux.Handle("GET /debug/pprof/", a.profiles(door))
	schemas(mux)
	mux.Handle(api.Prefix+"/", rest)
	mux.Handle("/", pages)
	return hurry(a.trace.watch(a.metrics.watch(strict(c.Secure, mux))), bodyWithin, answerWithin), nil
}
