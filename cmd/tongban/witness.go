package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/witness"
)

// tables are those beside the kernel's.
func tables() []store.Schema { return append(module.Schemas(), witness.Schema()) }

// witnessFlags are what serve says about witnesses: of its own log, and as one of others.
type witnessFlags struct {
	Witnesses   string `env:"TONGBAN_WITNESSES" help:"File that names the witnesses of the log with their addresses, and how many must have signed (c2sp.org/tlog-policy)." placeholder:"FILE" type:"existingfile"`
	Watch       string `env:"TONGBAN_WATCH" help:"File that names the logs of others whose checkpoints this server signs as a witness, at /witness (lines \"log KEY\" of c2sp.org/tlog-policy)." placeholder:"FILE" type:"existingfile"`
	WitnessName string `name:"witness-name" env:"TONGBAN_WITNESS_NAME" help:"Name of this server as a witness; it is settled at the first start. If left out: made of the name of the log." placeholder:"NAME"`
}

func (f witnessFlags) check() error {
	if f.WitnessName != "" && !evidence.ValidOrigin(f.WitnessName) {
		return usageError(fmt.Sprintf("--witness-name %.60q is not a name without spaces and plus signs, such as zwfw.example.cn/witness", f.WitnessName))
	}
	return nil
}

// readPolicy reads a file of c2sp.org/tlog-policy; the empty policy of no file.
func readPolicy(path string) (evidence.Policy, error) {
	if path == "" {
		return evidence.Policy{}, nil
	}
	text, err := os.ReadFile(path) // #nosec G304 -- the operator names it
	if err != nil {
		return evidence.Policy{}, err
	}
	p, err := evidence.ParsePolicy(string(text))
	if err != nil {
		return p, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// keepWitnesses joins the server to the witnesses of its log, and makes it one of other logs.
func (a *app) keepWitnesses(w *world, c serveCommand) error {
	policy, err := readPolicy(c.Witnesses)
	if err != nil {
		return err
	}
	for _, p := range policy.Witnesses {
		if u, err := url.Parse(p.URL); p.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil) {
			return fmt.Errorf("%s: %.80q is not the address of a witness, such as https://host/witness", c.Witnesses, p.URL)
		}
	}
	reach, err := c.reach()
	if err != nil {
		return err
	}
	if reach.Roots, err = a.channels.Roots(); err != nil {
		return err
	}
	tiles := func(ctx context.Context) evidence.TileReader { return sequencer.Tiles(ctx, a.store) }
	if a.gatherer, err = witness.NewGatherer(w.ctx, witness.GatherOptions{Store: a.store, Policy: policy, Client: reach.Keeping(), Tiles: tiles, Grown: a.sequencer.Grown,
		Halt: a.sequencer.Halt, Now: w.now, Jobs: a.jobs, Log: a.log}); err != nil {
		return err
	}
	a.metrics.witnesses(a.gatherer, w.now)
	if c.Watch == "" {
		return nil
	}
	watched, err := readPolicy(c.Watch)
	if err != nil {
		return err
	}
	name := c.WitnessName
	if name == "" {
		name = strings.TrimSuffix(a.sequencer.Origin(), "/log") + "/witness"
	}
	a.witness, err = witness.Open(w.ctx, witness.Options{Store: a.store, Seal: a.ring, Name: name, Logs: watched.Logs, Now: w.now, Rand: rand.Reader, Log: a.log})
	a.gatherer.As(a.witness)
	return err
}

// witnessDoor serves the witness at /witness, if this server is one.
func (a *app) witnessDoor(mux *http.ServeMux) {
	if a.witness != nil {
		mux.Handle("/witness/", http.StripPrefix("/witness", a.witness.Handler()))
	}
}

// alarmFiles serves the evidence of alarms to anybody.
func (a *app) alarmFiles(mux *http.ServeMux) {
	mux.HandleFunc("GET /log/alarms/{id}", func(w http.ResponseWriter, r *http.Request) {
		list, err := witness.Alarms(r.Context(), a.store)
		if err != nil {
			a.log.Error("alarms", "err", err)
			http.Error(w, "the alarms cannot be read", http.StatusInternalServerError)
			return
		}
		for i := range list {
			if list[i].ID != r.PathValue("id") {
				continue
			}
			h := w.Header()
			h.Set("Content-Type", "text/plain; charset=utf-8")
			h.Set("Content-Disposition", `attachment; filename="alarm-`+list[i].ID+`.txt"`)
			h.Set("X-Content-Type-Options", "nosniff")
			_, _ = w.Write([]byte(list[i].Text()))
			return
		}
		http.NotFound(w, r)
	})
}

// settleAlarm records what an alarm was, as the security administrator says.
func (a *app) settleAlarm(ctx context.Context, by caseflow.Actor, id, reason string) error {
	reason = strings.Join(strings.Fields(reason), " ") // one line: it stands in a list
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxSettled || !utf8.ValidString(reason) || strings.ContainsFunc(reason, unicode.IsControl) {
		return &caseflow.Refusal{Code: witness.CodeReason}
	}
	err := witness.Settle(ctx, a.store, by.Region, id, by.ID, reason, a.hall.Now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return hall.ErrNotFound
	case errors.Is(err, witness.ErrSettled):
		return &caseflow.Refusal{Code: witness.CodeSettled}
	case err != nil:
		return err
	}
	return a.gate.Note(ctx, by, access.AlarmSettled, id+" "+reason)
}

// maxSettled bounds the reason of an alarm that is settled, in characters.
const maxSettled = 500

// witnesses tells how our log is witnessed, and of alarms about any.
func (m *metrics) witnesses(g *witness.Gatherer, now func() time.Time) {
	m.registry.MustRegister(&witnessLoad{g.State, now})
}

// witnessLoad asks once a scrape.
type witnessLoad struct {
	state func(context.Context) (*witness.State, error)
	now   func() time.Time
}

var (
	witnessAge = prometheus.NewDesc("tongban_log_witness_age_seconds", "How long ago a witness of the log signed last; none if it never has.", []string{"witness"}, nil)
	witnessUp  = prometheus.NewDesc("tongban_log_witness_up", "1 if the witness answered the last time and signed.", []string{"witness"}, nil)
	quorumMet  = prometheus.NewDesc("tongban_log_quorum_met", "1 if enough witnesses have signed the checkpoint that is shown.", nil, nil)
	logAlarms  = prometheus.NewDesc("tongban_log_alarms", "Checkpoints that do not fit what was signed before, of our log or of one that is watched, by kind; those that were settled are left out.", []string{"kind"}, nil)
)

// Describe is prometheus.Collector's.
func (l *witnessLoad) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{witnessAge, witnessUp, quorumMet, logAlarms} {
		out <- d
	}
}

// Collect is prometheus.Collector's. A database that does not answer leaves the figures out.
func (l *witnessLoad) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), loadWithin)
	defer cancel()
	s, err := l.state(ctx)
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	is := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	gauge(quorumMet, is(s.Met))
	for i := range s.Peers {
		p := &s.Peers[i]
		gauge(witnessUp, is(p.State == witness.PeerSigns), p.Key.Name())
		if !p.At.IsZero() {
			gauge(witnessAge, l.now().Sub(p.At).Seconds(), p.Key.Name())
		}
	}
	count := map[string]int{witness.Forked: 0, witness.Unproven: 0, witness.Behind: 0, witness.Refused: 0}
	for i := range witness.Unsettled(s.Alarms) {
		count[s.Alarms[i].Kind]++
	}
	for kind, n := range count {
		gauge(logAlarms, float64(n), kind)
	}
}

// witnessCommand is what a witness of logs of others needs; alone it runs one.
type witnessCommand struct {
	Serve  witnessServeCommand  `cmd:"" name:"serve" default:"withargs" help:"Run a witness: it signs checkpoints of logs of others, each only if it continues the one before (c2sp.org/tlog-witness)."`
	Keys   witnessKeysCommand   `cmd:"" help:"List the public keys with which the witness of a store signs, the newest first."`
	Rotate witnessRotateCommand `cmd:"" help:"Make a new key; the witness signs with it from now on beside the older ones, until these are ended."`
	End    witnessEndCommand    `cmd:"" help:"Let a key of the witness sign no more, and forget it."`
}

// witnessServeCommand runs a witness alone.
type witnessServeCommand struct {
	placeFlags
	Name   string `env:"TONGBAN_WITNESS_NAME" help:"Name of the witness, such as witness.example.cn/w1; it is settled at the first start." placeholder:"NAME"`
	Watch  string `required:"" env:"TONGBAN_WATCH" help:"File that names the logs whose checkpoints are signed (lines \"log KEY\" of c2sp.org/tlog-policy)." placeholder:"FILE" type:"existingfile"`
	Listen string `default:"127.0.0.1:8081" env:"TONGBAN_LISTEN" help:"Address to listen on (${default} if left out)." placeholder:"HOST:PORT"`
}

// Run serves until the context ends.
func (c witnessServeCommand) Run(w *world) (err error) {
	watched, err := readPolicy(c.Watch)
	if err != nil {
		return err
	}
	st, err := c.openStore(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	log := serveCommand{}.logger(w)
	o := witness.Options{Store: st, Seal: st.Ring(), Name: c.Name, Logs: watched.Logs, Now: w.now, Rand: rand.Reader, Log: log}
	wit, err := witness.Open(w.ctx, o)
	if err != nil {
		return err
	}
	keys, err := wit.Keys(w.ctx)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w (choose another address with --listen)", c.Listen, err)
	}
	fmt.Fprintf(w.out, "Tongban 通办 %s: witness at http://%s\n%s\n", version, listener.Addr(), keys[0])
	mux := http.NewServeMux()
	mux.Handle("/", wit.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	server := &http.Server{Handler: hurry(mux, bodyWithin, answerWithin), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err = <-failed:
	case <-w.ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), grace)
	defer cancel()
	return errors.Join(err, server.Shutdown(last))
}

type witnessKeysCommand struct{ placeFlags }

// Run lists the keys.
func (c witnessKeysCommand) Run(w *world) (err error) {
	s, err := c.openSealed(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	keys, err := witness.Keys(w.ctx, s.store, s.ring)
	for _, k := range keys {
		fmt.Fprintf(w.out, "%s  %s\n", k.ID(), k)
	}
	return err
}

type witnessRotateCommand struct{ placeFlags }

// Run makes a key.
func (c witnessRotateCommand) Run(w *world) (err error) {
	s, err := c.openSealed(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	err = witness.AddKey(w.ctx, witness.Options{Store: s.store, Seal: s.ring, Now: w.now, Rand: rand.Reader})
	if errors.Is(err, witness.ErrNoKey) {
		return errors.New("the store has no witness yet (its first start makes the first key)")
	}
	if err != nil {
		return err
	}
	keys, err := witness.Keys(w.ctx, s.store, s.ring)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w.out, keys[0])
	return err
}

type witnessEndCommand struct {
	placeFlags
	ID string `arg:"" help:"Id of the key, as keys says it."`
}

// Run ends a key.
func (c witnessEndCommand) Run(w *world) (err error) {
	st, err := c.openExisting(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	err = witness.EndKey(w.ctx, st, c.ID)
	if errors.Is(err, witness.ErrNoKey) {
		return fmt.Errorf("the witness has no other key than %s, or not that one (tongban witness keys lists them, rotate makes one)", c.ID)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "%s signs no more\n", c.ID)
	return err
}

var _ witness.LogStore = (*sqlstore.Store)(nil)
