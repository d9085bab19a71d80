// Command tongban is the whole platform in one program: it serves the hall to citizens and officials, and gives
// scripts the calendar, the identifiers, the packs and the store on the command line.
//
// Exit status is 0 when it holds or worked, 1 when not (the reason stands on standard error), 2 for wrong usage.
// Results go to standard output, everything else to standard error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// command is the command line. Every flag has a default that serves a working demo, and an environment variable.
type command struct {
	Serve   serveCommand   `cmd:"" help:"Serve the hall over HTTP."`
	Workday workdayCommand `cmd:"" help:"Count working days and other limits as the law does."`
	Ident   identCommand   `cmd:"" help:"Check identifiers: credit codes, citizen ids, phones, regions, industries."`
	Draw    drawCommand    `cmd:"" help:"Verifiable random selections: commit, draw, replace, verify."`
	Version versionCommand `cmd:"" help:"Print the version."`
	Help    helpCommand    `cmd:"" help:"Show what a command does and which flags it has."`

	VersionFlag kong.VersionFlag  `name:"version" help:"Print the version."`
	Demo        demoCommand       `cmd:"" help:"Fill an empty store with demo accounts and a fortnight of traffic."`
	Pack        packCommand       `cmd:"" help:"Prove and list packs."`
	User        userCommand       `cmd:"" help:"Accounts."`
	Key         keyCommand        `cmd:"" help:"Keys of values that are sealed in the store, such as secrets of second factors."`
	Backup      backupCommand     `cmd:"" help:"Write a consistent copy of the store while it is in use."`
	Restore     restoreCommand    `cmd:"" help:"Fill an empty store from a backup."`
	Verify      verifyCommand     `cmd:"" help:"Check without trusting a server: the receipt of a case, a backup."`
	Migrate     migrateCommand    `cmd:"" help:"Bring the database up to this program; it may be killed and run again."`
	Move        moveCommand       `cmd:"" help:"Copy everything from one store to another."`
	Log         logCommand        `cmd:"" help:"The transparency log: check one, write it out, keys."`
	Witness     witnessCommand    `cmd:"" help:"A witness, which signs checkpoints of logs of others: run one, keys."`
	Calendar    calendarCommand   `cmd:"" help:"Working-day calendars that the store keeps."`
	Recount     recountCommand    `cmd:"" help:"Count the limits of running cases again, under a newer pack or calendar; lists what would move unless --apply."`
	Totals      totalsCommand     `cmd:"" help:"Compare the totals that statistics are made of with what the journals give, and put them right."`
	Completion  completionCommand `cmd:"" help:"Print a completion script for bash, zsh or fish."`
}

// world is what commands get from outside, so that tests can run them.
type world struct {
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	err    io.Writer
	now    func() time.Time
	parser *kong.Kong
	given  *kong.Context // the command that runs, with its flags; nil in tests that run one by itself
}

// errNo is a plain "no": what was asked does not hold. Its reason has been printed.
var errNo = errors.New("no")

func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	return (&world{ctx: ctx, in: in, out: out, err: errw, now: time.Now}).run(args)
}

// run parses and obeys a command line and returns the exit status.
func (w *world) run(args []string) int {
	w.out = &checkedWriter{w: w.out}
	code := w.obey(args)
	if err := w.unwritten(); err != nil && code == 0 { // a full disk, a closed pipe: what was asked for is not there
		fmt.Fprintf(w.err, "tongban: cannot write to standard output: %v\n", err)
		return 1
	}
	return code
}

// unwritten is why something could not be written to standard output; nil if all was.
func (w *world) unwritten() error {
	if c, ok := w.out.(*checkedWriter); ok {
		return c.err
	}
	return nil
}

// checkedWriter remembers the first error, so that no command has to.
type checkedWriter struct {
	w   io.Writer
	err error
}

// Write is io.Writer's.
func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if err != nil && c.err == nil {
		c.err = err
	}
	return n, err
}

func (w *world) obey(args []string) int {
	if len(args) > 0 && args[0] == "help" {
		args = append(slices.Clone(args[1:]), "--help")
	}
	var cli command
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("tongban"),
		kong.Description("Tongban 通办: government services as cases with legal clocks."),
		kong.Writers(w.out, w.err),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Vars{"version": version},
	)
	if err != nil {
		fmt.Fprintln(w.err, "tongban:", err)
		return 2
	}
	w.parser = parser
	kctx, err := parser.Parse(signed(args))
	if exited >= 0 { // help was printed
		return exited
	}
	switch {
	case err != nil && w.unwritten() != nil: // help that could not be printed; run says so
		return 0
	case err != nil:
		fmt.Fprintf(w.err, "tongban: %v (tongban --help lists the commands)\n", err)
		return 2
	}
	w.given = kctx
	switch err := kctx.Run(w); {
	case err == nil:
		return 0
	case errors.Is(err, errNo):
		return 1
	case errors.As(err, new(usageError)):
		fmt.Fprintf(w.err, "tongban: %v\n", err)
		return 2
	default:
		fmt.Fprintf(w.err, "tongban: %v\n", err)
		return 1
	}
}

// usageError is a wrong argument that the parser could not see.
type usageError string

func (e usageError) Error() string { return string(e) }

// helpCommand is in the list of commands; run turns "help serve" into "serve --help".
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command."`
}

// Run is never reached.
func (helpCommand) Run() error { return nil }

type versionCommand struct {
	JSON bool `name:"json" help:"Print all of it as JSON."`
}

// Run prints the version; as JSON also which build it is, by what and for what it was made.
func (c versionCommand) Run(w *world) error {
	if !c.JSON {
		_, err := fmt.Fprintln(w.out, version)
		return err
	}
	build, err := buildID()
	if err != nil {
		return err
	}
	return json.NewEncoder(w.out).Encode(map[string]string{
		"version": version, "build": build, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
	})
}
