package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/export"
	"github.com/tongban/tongban/internal/receipt"
)

type verifyCommand struct {
	Backup  verifyBackupCommand  `cmd:"" help:"Try a backup: restore it into a store of its own, check every entry, case and file, and remove it again."`
	Receipt verifyReceiptCommand `cmd:"" help:"Check the receipt of a case without asking any server: that each step stands in the evidence log unchanged, and each deadline is right."`
	Export  verifyExportCommand  `cmd:"" help:"Check a sealed export of a log without asking any server: that no bit of it is another than was signed."`
}

type verifyExportCommand struct {
	File  string `arg:"" help:"The export, - for standard input."`
	Trust string `help:"File with public keys of logs that are trusted, one a line. If left out, the keys that the export shows are believed." placeholder:"KEYS"`
}

// Run says what the export is of.
func (c verifyExportCommand) Run(w *world) error {
	trust, err := trustOf(c.Trust)
	if err != nil {
		return err
	}
	file, err := readMost(w, c.File, export.MaxBytes)
	if err != nil {
		return err
	}
	head, rows, err := export.Verify(file, trust.LogKeys()...)
	if err != nil {
		fmt.Fprintln(w.err, err)
		return errNo
	}
	key := "a key that was trusted"
	if c.Trust == "" {
		key = "a key that it shows itself"
	}
	_, err = fmt.Fprintf(w.out, "%s %s from %s until %s: %d rows, taken at %s by account %s. It is whole, sealed with %s.\n", head.Log, head.Region,
		head.From.Format(time.RFC3339), head.Until.Format(time.RFC3339), rows, head.At.Format(time.RFC3339), head.By, key)
	return err
}

type verifyReceiptCommand struct {
	File    string `arg:"" help:"The receipt, - for standard input."`
	Trust   string `help:"File with what is trusted: public keys of logs and witnesses, one a line, or a policy of c2sp.org/tlog-policy. If left out, the key that the receipt shows is believed." placeholder:"KEYS"`
	Printed string `help:"What the QR code of the printed receipt says, which the file must agree with." placeholder:"TEXT"`
	Lang    string `default:"zh" enum:"zh,en" env:"TONGBAN_LANG" help:"Language of the words: zh or en."`
}

// Run prints each step with its deadlines.
func (c verifyReceiptCommand) Run(w *world) error {
	trust, err := trustOf(c.Trust)
	if err != nil {
		return err
	}
	text, err := readMost(w, c.File, receipt.MaxBytes)
	if err != nil {
		return err
	}
	r, err := receipt.Parse(text)
	var report *receipt.Report
	if err == nil {
		report, err = receipt.Verify(r, trust)
	}
	if err == nil && c.Printed != "" {
		err = report.Compare(r, c.Printed)
	}
	if err != nil {
		fmt.Fprintf(w.err, "%s\n%v\n", receipt.Why(c.Lang, err), err)
		return errNo
	}
	_, err = fmt.Fprint(w.out, report.Text(c.Lang))
	return err
}

// readMost reads a file, or standard input, and one byte more than it may have.
func readMost(w *world, name string, most int64) ([]byte, error) {
	in := w.in
	if name != "-" {
		f, err := os.Open(name) // #nosec G304 -- the user names the file
		if err != nil {
			return nil, usageError(err.Error())
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, usageError(fmt.Sprintf("%s: %v", name, err))
	}
	return text, nil
}

// trustOf reads what --trust names: keys, or a policy, which begins each line with a word.
func trustOf(file string) (evidence.Policy, error) {
	if file == "" {
		return evidence.Policy{}, nil
	}
	f, err := os.Open(file) // #nosec G304 -- the user names the file
	if err != nil {
		return evidence.Policy{}, usageError("--trust: " + err.Error())
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, evidence.MaxPolicy+1))
	if err != nil {
		return evidence.Policy{}, usageError("--trust: " + err.Error())
	}
	p, err := receipt.Trust(string(text))
	if err == nil && len(p.Logs) == 0 {
		err = errors.New("it names no log")
	}
	if err != nil {
		return evidence.Policy{}, usageError(fmt.Sprintf("--trust: %s: %v", strings.TrimSpace(file), err))
	}
	return p, nil
}
