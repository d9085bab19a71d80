package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tongban/tongban/draw"
)

// drawCommand makes and checks random selections that anybody can repeat; docs/draw.md.
type drawCommand struct {
	Commit   drawCommit   `cmd:"" help:"Fix a plan: print what is published and logged before the randomness exists."`
	Key      drawKey      `cmd:"" help:"Make a key by which an office proves what it adds to a seed (RFC 9381), and print its public half."`
	Prove    drawProve    `cmd:"" help:"Make the office's proof over the commitment of a plan that names its key."`
	Run      drawRun      `cmd:"" help:"Draw by a plan and the values of its announced sources, and write the record."`
	Withdraw drawWithdraw `cmd:"" help:"Replace somebody who was drawn or sent and withdraws, from the same order, and write the new record."`
	Abandon  drawAbandon  `cmd:"" help:"Give up a draw, before or after it was made, with the reason, and write the record of that."`
	Verify   drawVerify   `cmd:"" help:"Compute a draw again from its published record alone. Exit 0 if it holds; 1 if not, with what is wrong on standard error."`
	Member   drawMember   `cmd:"" help:"Show what somebody in the pool drew, with the proof that they were in it."`
}

// drawFlags are what all of them have.
type drawFlags struct {
	Lang string `default:"zh" enum:"zh,en" env:"TONGBAN_LANG" help:"Language of what is wrong: zh or en."`
}

// outFlags say where a record goes.
type outFlags struct {
	Out string `short:"o" default:"-" help:"File to write the record to; it must not exist yet. - is standard output." placeholder:"FILE"`
}

// fault prints what is wrong in the language asked for.
func (f drawFlags) fault(w *world, err error) error {
	var fault *draw.Fault
	if !errors.As(err, &fault) {
		return err
	}
	fmt.Fprintln(w.err, fault.Text(f.Lang))
	return errNo
}

// write writes a record, never over another: a draw that was made stays.
func (o outFlags) write(w *world, r *draw.Record) error {
	if o.Out == "-" {
		_, err := w.out.Write(r.Bytes())
		return err
	}
	file, err := os.OpenFile(filepath.Clean(o.Out), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // #nosec G302 G304 -- a published record, named by the user
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: a record is never written over another; choose a new name", o.Out)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(r.Bytes())
	if errors.Join(err, file.Sync(), file.Close()) != nil {
		return fmt.Errorf("cannot write %s: %w", o.Out, err)
	}
	return nil
}

// instantFlag is an instant on the command line; now if it is left out.
type instantFlag struct {
	At string `name:"at" help:"When it happened, such as 2026-11-25T02:00:00Z; now if left out." placeholder:"INSTANT"`
}

func (f instantFlag) instant(w *world) (time.Time, error) {
	if f.At == "" {
		return w.now().UTC().Truncate(time.Second), nil
	}
	at, err := time.Parse(time.RFC3339, f.At)
	if err != nil {
		return at, usageError(fmt.Sprintf("--at %.40q is no instant like 2026-11-25T02:00:00Z", f.At))
	}
	return at.UTC(), nil
}

// commitmentOf reads and fixes a plan.
func commitmentOf(file string) (*draw.Commitment, error) {
	data, err := readBounded(file)
	if err != nil {
		return nil, err
	}
	plan, err := draw.ReadPlan(data)
	if err != nil {
		return nil, err
	}
	return draw.Commit(plan)
}

// recordOf reads a record and computes it again.
func recordOf(file string) (*draw.Record, error) {
	data, err := readBounded(file)
	if err != nil {
		return nil, err
	}
	return draw.Verify(data)
}

// readBounded reads a file, and of one that is too large only what shows that it is.
func readBounded(file string) ([]byte, error) {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, draw.MaxBytes+1))
}

type drawCommit struct {
	drawFlags
	instantFlag
	Plan string `required:"" type:"existingfile" help:"Plan in JSON; docs/draw.md says how one is written." placeholder:"FILE"`
}

// Run prints the hash of the commitment and, on the next line, what is hashed.
func (c drawCommit) Run(w *world) error {
	at, err := c.instant(w)
	if err != nil {
		return err
	}
	commitment, err := commitmentOf(c.Plan)
	if err != nil {
		return c.fault(w, err)
	}
	if err := commitment.Before(at); err != nil {
		return c.fault(w, err)
	}
	_, err = fmt.Fprintf(w.out, "%s\n%s\n", commitment.Hash(), commitment.Body())
	return err
}

type drawRun struct {
	drawFlags
	outFlags
	instantFlag
	Plan       string   `required:"" type:"existingfile" help:"Plan in JSON; docs/draw.md says how one is written." placeholder:"FILE"`
	Seed       []string `required:"" sep:"none" help:"What an announced source gave: once for each, in their order. Numbers as 3,1,6; @FILE reads a file." placeholder:"VALUE"`
	Commitment string   `help:"Hash that was published; another is refused." placeholder:"HASH"`
}

// Run draws and writes the record.
func (c drawRun) Run(w *world) error {
	at, err := c.instant(w)
	if err != nil {
		return err
	}
	commitment, err := commitmentOf(c.Plan)
	if err != nil {
		return c.fault(w, err)
	}
	if hash := commitment.Hash().String(); c.Commitment != "" && c.Commitment != hash {
		return c.fault(w, &draw.Fault{Code: "record.commitment", Got: c.Commitment, Want: hash})
	}
	values, err := c.values(commitment.Plan().Sources)
	if err != nil {
		return c.fault(w, err)
	}
	record, err := commitment.Reveal(at, values)
	if err != nil {
		return c.fault(w, err)
	}
	return c.write(w, record)
}

// values reads what was typed for each source.
func (c drawRun) values(sources []draw.Source) (values []draw.Value, err error) {
	for i, typed := range c.Seed {
		if i == len(sources) { // Reveal says how many there should be
			return append(values, draw.Value{}), nil
		}
		if file, ok := strings.CutPrefix(typed, "@"); ok {
			text, err := readBounded(file)
			if err != nil {
				return nil, usageError(err.Error())
			}
			typed = string(text)
		}
		v, err := draw.ParseValue(sources[i], typed)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

type drawWithdraw struct {
	drawFlags
	outFlags
	instantFlag
	File   string `arg:"" type:"existingfile" help:"Record of the draw."`
	ID     string `name:"id" required:"" help:"Who withdraws."`
	From   string `default:"candidates" enum:"candidates,inspectors" help:"Which list they are in: candidates or inspectors."`
	Reason string `required:"" help:"Why; it is published."`
}

// Run writes the record with the replacement.
func (c drawWithdraw) Run(w *world) error {
	at, err := c.instant(w)
	if err != nil {
		return err
	}
	record, err := recordOf(c.File)
	if err != nil {
		return c.fault(w, err)
	}
	next, err := record.Withdraw(draw.Withdrawal{At: at, From: c.From, ID: c.ID, Reason: c.Reason})
	if err != nil {
		return c.fault(w, err)
	}
	return c.write(w, next)
}

type drawAbandon struct {
	drawFlags
	outFlags
	instantFlag
	File   string `arg:"" optional:"" type:"existingfile" help:"Record of the draw." xor:"what"`
	Plan   string `type:"existingfile" help:"Plan of a draw that was committed to and not made." placeholder:"FILE" xor:"what"`
	Reason string `required:"" help:"Why; it is published."`
}

// Run writes the record of a draw that does not count.
func (c drawAbandon) Run(w *world) error {
	at, err := c.instant(w)
	if err != nil {
		return err
	}
	var record *draw.Record
	switch {
	case c.File != "":
		record, err = recordOf(c.File)
	case c.Plan != "":
		var commitment *draw.Commitment
		if commitment, err = commitmentOf(c.Plan); err == nil {
			record = commitment.Record()
		}
	default:
		return usageError("name the record, or with --plan the plan, of the draw that is given up")
	}
	if err != nil {
		return c.fault(w, err)
	}
	next, err := record.Abandon(at, c.Reason)
	if err != nil {
		return c.fault(w, err)
	}
	return c.write(w, next)
}

type drawVerify struct {
	drawFlags
	File        string `arg:"" type:"existingfile" help:"Record of the draw."`
	Predecessor string `type:"existingfile" help:"Record of the abandoned draw that this one must stand in for." placeholder:"FILE"`
	Commitment  string `help:"Hash that the evidence log holds; the record of another is refused." placeholder:"HASH"`
	JSON        bool   `name:"json" help:"Print all of it as JSON."`
}

// drawn is what --json prints of a record that holds.
type drawn struct {
	Commitment  string   `json:"commitment"`
	Predecessor string   `json:"predecessor,omitempty"`
	Seed        string   `json:"seed,omitempty"`
	Abandoned   string   `json:"abandoned,omitempty"`
	Withdrawn   int      `json:"withdrawn"`
	Drawn       []string `json:"drawn"`
}

// Run computes the draw again.
func (c drawVerify) Run(w *world) error {
	record, err := recordOf(c.File)
	if err != nil {
		return c.fault(w, err)
	}
	commitment := record.Commitment()
	if hash := commitment.Hash().String(); c.Commitment != "" && c.Commitment != hash {
		return c.fault(w, &draw.Fault{Code: "record.commitment", Got: hash, Want: c.Commitment})
	}
	if c.Predecessor != "" {
		predecessor, err := recordOf(c.Predecessor)
		if err != nil {
			return c.fault(w, err)
		}
		if err := record.Follows(predecessor); err != nil {
			return c.fault(w, err)
		}
	}
	got := drawn{Commitment: commitment.Hash().String(), Predecessor: commitment.Plan().Predecessor, Withdrawn: len(record.Withdrawals()), Drawn: append([]string{}, record.Drawn()...)}
	if seed, ok := record.Seed(); ok {
		got.Seed = seed.String()
	}
	if a, ok := record.Abandoned(); ok {
		got.Abandoned = a.Reason
	}
	if c.JSON {
		return json.NewEncoder(w.out).Encode(got)
	}
	_, err = fmt.Fprintln(w.out, record.Text(c.Lang))
	return err
}

type drawMember struct {
	drawFlags
	File string `arg:"" type:"existingfile" help:"Record of the draw."`
	ID   string `name:"id" required:"" help:"Who."`
	From string `default:"candidates" enum:"candidates,inspectors" help:"Which list they are in: candidates or inspectors."`
}

// Run prints the line that was committed to, its place, the path to the root and, once there is a seed, a candidate's ticket.
func (c drawMember) Run(w *world) error {
	record, err := recordOf(c.File)
	if err != nil {
		return c.fault(w, err)
	}
	member, err := record.Commitment().Member(c.From, c.ID)
	if err != nil {
		return c.fault(w, err)
	}
	shown := struct {
		Line   string   `json:"line"`
		Index  int      `json:"index"`
		Size   int      `json:"size"`
		Path   []string `json:"path"`
		Ticket string   `json:"ticket,omitempty"`
	}{Line: member.Line, Index: member.Index, Size: member.Size, Path: []string{}}
	for _, h := range member.Path {
		shown.Path = append(shown.Path, h.String())
	}
	if seed, ok := record.Seed(); ok && c.From == draw.Candidates {
		shown.Ticket = draw.WeightedTicket(seed, c.ID, record.Commitment().Plan().Candidates[member.Index].Weight).String()
	}
	return json.NewEncoder(w.out).Encode(shown)
}
