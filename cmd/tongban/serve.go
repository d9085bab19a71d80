package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/courier"
	"github.com/tongban/tongban/internal/module"
)

type serveCommand struct {
	storeFlags
	Calendar     []string `env:"TONGBAN_CALENDAR" help:"Calendar documents that the store is to have beside those of the program: a newly published year, days and office hours of a region." placeholder:"FILE" type:"existingfile"`
	CalendarDays int      `default:"45" env:"TONGBAN_CALENDAR_DAYS" help:"Warn from this many days before the last published day of the calendar on (${default} if left out)."`
	Listen       string   `default:"127.0.0.1:8080" env:"TONGBAN_LISTEN" help:"Address to serve on (${default} if left out). Put a reverse proxy with TLS before anything but loopback." placeholder:"HOST:PORT"`
	Region       string   `default:"610500" env:"TONGBAN_REGION" help:"Region whose hall this is: six digits of GB/T 2260, or a service area such as yangling."`
	Base         string   `env:"TONGBAN_BASE" help:"Address under which people reach the site, for QR codes; as the request says if left out." placeholder:"https://HOST"`
	Secure       bool     `env:"TONGBAN_SECURE" help:"The site is reached by TLS only: cookies are marked Secure."`
	Proxies      []string `env:"TONGBAN_PROXIES" help:"Networks of reverse proxies whose X-Forwarded-For is believed, such as 127.0.0.1/32." placeholder:"CIDR"`
	Terminals    []string `env:"TONGBAN_TERMINALS" help:"Networks of public self-service terminals: pages from there are large, forget their user after two minutes without a touch, and open cases through the channel terminal." placeholder:"CIDR"`
	Reach        []string `env:"TONGBAN_REACH" help:"Networks that are not public and that mail, SMS gateways and webhooks may be reached in all the same." placeholder:"CIDR"`
	Providers    string   `env:"TONGBAN_PROVIDERS" help:"File that sets up providers of sign-ins (OpenID Connect); it names secrets and holds none. Needs --base." placeholder:"FILE" type:"existingfile"`
	ClamAV       string   `name:"clamav" env:"TONGBAN_CLAMAV" help:"Address (HOST:PORT) or socket of clamd, which looks into every upload before it is kept; while it is away nothing is taken." placeholder:"ADDRESS"`
	signInFlags
	backupFlags
	logFlags
	witnessFlags
	Demo     bool    `env:"TONGBAN_DEMO" help:"Make demo accounts and a fortnight of traffic if the store is empty."`
	LogLevel string  `default:"info" enum:"debug,info,warn,error" env:"TONGBAN_LOG_LEVEL" help:"debug, info, warn or error."`
	LogJSON  bool    `name:"log-json" env:"TONGBAN_LOG_JSON" help:"Log as JSON lines."`
	Trace    string  `env:"TONGBAN_TRACE" help:"Collector of OpenTelemetry traces (OTLP over HTTP); none if left out." placeholder:"URL"`
	Share    float64 `name:"trace-share" default:"0.05" env:"TONGBAN_TRACE_SHARE" help:"Share of the requests that are traced, 0 to 1 (${default} if left out)." placeholder:"N"`
}

// grace is how long requests under way may take after a stop was asked for.
const grace = 20 * time.Second

// garbage is GOGC, and reserve bytes that are counted as held and never touched, unless the operator sets GOGC or GOMEMLIMIT: a server
// that holds little (some 70 MB) and makes many short-lived pages would collect them every two seconds, for a third of a second each
// time on two processors, in which pages take five times as long. So it does every third of a minute, and may hold 1.5 GB then.
const (
	garbage = 400
	reserve = 256 << 20
)

// Run serves until the context ends, then lets what was accepted finish.
func (c serveCommand) Run(w *world) (err error) {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(garbage)
		defer runtime.KeepAlive(make([]byte, reserve))
	}
	if err := c.check(w.ctx); err != nil {
		return err
	}
	log := c.logger(w)
	twoThreads()
	c.signIn = c.signInFlags.options(c.Demo)
	c.signIn.Region, c.start, c.flags = c.Region, c.signInFlags.values(), w.flags()
	c.signIn.Issuer = site(c.Region, nil).Name.ZH
	if c.signIn.Providers, err = c.providers(w.now); err != nil {
		return err
	}
	c.demo, c.clamav, c.settle, c.suite = c.Demo, c.ClamAV, true, c.LogSuite
	a, err := c.open(w.ctx, log, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	if a.trace, err = newTracer(w.ctx, c.Trace, c.Share, log); err != nil {
		return err
	}
	if err := a.giveCalendars(w.ctx, c.Calendar); err != nil {
		return err
	}
	a.hall.WarnCalendar(c.CalendarDays)
	var logins []login
	if c.Demo {
		if logins, err = a.demo(w.ctx, demoOptions{region: c.Region, data: c.Data, now: w.now(), seed: demoSeed, cases: demoCases}); err != nil {
			return err
		}
	}
	if err := a.keepBackups(c); err != nil {
		return err
	}
	if err := a.keepLog(w, c); err != nil {
		return err
	}
	if err := a.keepWitnesses(w, c); err != nil {
		return err
	}
	lines, err := a.lines(c)
	if err != nil {
		return err
	}
	handler, err := a.handler(c, lines)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w (choose another address with --listen)", c.Listen, err)
	}
	if err := a.hall.Start(w.ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	c.greet(w, listener.Addr(), logins)
	return a.serve(w.ctx, listener, handler, a.courier(c, lines))
}

// twoThreads lets a machine of one processor compute while it waits for its disk: a thread of Go that waits in a system call keeps its place
// for some milliseconds. With two a processor opened 1,285 drafts a second, with one 680.
func twoThreads() {
	if runtime.GOMAXPROCS(0) == 1 && os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2)
	}
}

// check finds wrong values before anything is made or opened.
func (c serveCommand) check(ctx context.Context) error {
	if err := errors.Join(checkRegion(c.Region), c.signInFlags.check(), c.backupFlags.check(), c.logFlags.check(), c.witnessFlags.check()); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil {
		return usageError(fmt.Sprintf("--listen %.40q is not HOST:PORT, such as 127.0.0.1:8080", c.Listen))
	}
	if _, err := c.terminals(); err != nil {
		return err
	}
	if _, err := c.proxies(); err != nil {
		return err
	}
	if err := checkTrace(c.Trace, c.Share); err != nil {
		return err
	}
	if _, err := c.reach(); err != nil {
		return err
	}
	if c.Base == "" && c.Providers != "" {
		return usageError("--providers needs --base: providers lead browsers back to one address that they know")
	}
	if c.Base == "" {
		return nil
	}
	base, err := url.Parse(c.Base)
	if err != nil || base.Scheme != "https" && base.Scheme != "http" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return usageError(fmt.Sprintf("--base %.60q is not the address of a site, such as https://zwfw.example.cn", c.Base))
	}
	return nil
}

// proxies are the networks of --proxies.
func (c serveCommand) proxies() ([]netip.Prefix, error) { return networks("--proxies", c.Proxies) }

// terminals are the networks of --terminals.
func (c serveCommand) terminals() ([]netip.Prefix, error) {
	return networks("--terminals", c.Terminals)
}

func networks(flag string, texts []string) ([]netip.Prefix, error) {
	list := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, usageError(fmt.Sprintf("%s %.40q is not a network such as 127.0.0.1/32", flag, s))
		}
		list[i] = p
	}
	return list, nil
}

func (c serveCommand) logger(w *world) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w.err, o))
	}
	return slog.New(slog.NewTextHandler(w.err, o))
}

// greet says where the hall is, and as whom to sign in.
func (c serveCommand) greet(w *world, at net.Addr, logins []login) {
	fmt.Fprintf(w.out, "Tongban 通办 %s: http://%s\n", version, at)
	if len(logins) == 0 {
		return
	}
	fmt.Fprintln(w.out, "\nDemo accounts (made at the first start; 演示账号):")
	for _, l := range logins {
		fmt.Fprintf(w.out, "  %-12s %-20s %s\n", l.Login, l.Password, l.Who)
	}
	fmt.Fprintln(w.out, "\nInspections and credit 双随机、信用: inspector and fire go to companies (a phone), planner and planner2 plan, draw and publish, enforcer investigates what is handed over;\n"+
		"credit and credit2 answer a repair and objections; 13800000004 and 13800000005 see what is kept about their company.\n"+
		"province administers all of the cities: the calendar of next year, say.")
}

// serve runs the server, the clocks and the courier until ctx ends.
func (a *app) serve(ctx context.Context, listener net.Listener, handler http.Handler, carrier *courier.Courier) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	copying, giveUp := context.WithCancel(ctx) // a stop does not wait for a backup
	defer giveUp()
	var background sync.WaitGroup
	background.Go(func() { a.work.Watch(work) })
	background.Go(func() { a.hall.Serve(work) })
	background.Go(func() { a.gate.Serve(work, a.log) })
	background.Go(func() { a.sequencer.Serve(work) })
	background.Go(func() { a.gatherer.Serve(work) })
	background.Go(func() { a.files.Serve(work, a.hall.Now, a.holds, a.jobs, a.log) })
	background.Go(func() { a.apart.Serve(work, a.jobs) })
	background.Go(func() { a.items.follow(work) })
	for _, m := range a.modules {
		if w, ok := m.(module.Worker); ok {
			background.Go(func() { a.works(work, w) })
		}
	}
	background.Go(func() { a.backups.Serve(copying) })
	background.Go(func() { carrier.Serve(work, a.hall.Sent()) })
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	background.Go(func() {
		if err := a.items.Warm(work); err != nil {
			failed <- err
			return
		}
		a.find.Warm()
	})
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	giveUp()
	a.log.Info("stopping: requests under way may finish", "grace", grace)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	err = errors.Join(err, server.Shutdown(last))
	stop()
	background.Wait()
	a.trace.close(last)
	cancel()
	return err
}

// health answers whether the process lives (/healthz) and whether it can work (/readyz).
func (a *app) health(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := a.store.Ping(ctx); err != nil {
			a.log.Warn("not ready", "err", err)
			w.Header().Set("Retry-After", "5")
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", loopbackOnly(a.metrics.handler()))
}

// loopbackOnly hides a handler from everybody who does not ask from this machine.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		ip := net.ParseIP(host)
		if err != nil || ip == nil || !ip.IsLoopback() || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
