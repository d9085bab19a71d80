package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/receipt"
)

type verifyCommand struct {
	Backup  verifyBackupCommand  `cmd:"" help:"Try a backup: restore it into a store of its own, check every entry, case and file, and remove it again."`
	Receipt verifyReceiptCommand `cmd:"" help:"Check the receipt of a case without asking any server: that each step stands in the evidence log unchanged, and each deadline is right."`
}

type verifyReceiptCommand struct {
	File  string `arg:"" help:"The receipt, - for standard input."`
	Trust string `help:"File with what is trusted: public keys of logs and witnesses, one a line, or a policy of c2sp.org/tlog-policy. If left out, the key that the receipt shows is believed." placeholder:"KEYS"`
	Lang  string `default:"zh" enum:"zh,en" env:"TONGBAN_LANG" help:"Language of the words: zh or en."`
}

// Run prints each step with its deadlines.
func (c verifyReceiptCommand) Run(w *world) error {
	trust, err := c.policy()
	if err != nil {
		return err
	}
	text, err := c.read(w)
	if err != nil {
		return err
	}
	r, err := receipt.Parse(text)
	var report *receipt.Report
	if err == nil {
		report, err = receipt.Verify(r, trust)
	}
	if err != nil {
		fmt.Fprintf(w.err, "%s\n%v\n", receipt.Why(c.Lang, err), err)
		return errNo
	}
	_, err = fmt.Fprint(w.out, report.Text(c.Lang))
	return err
}

// read reads the receipt, and one byte more than it may have.
func (c verifyReceiptCommand) read(w *world) ([]byte, error) {
	in := w.in
	if c.File != "-" {
		f, err := os.Open(c.File) // #nosec G304 -- the user names the file
		if err != nil {
			return nil, usageError(err.Error())
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, receipt.MaxBytes+1))
	if err != nil {
		return nil, usageError(fmt.Sprintf("%s: %v", c.File, err))
	}
	return text, nil
}

// policy reads what is trusted: keys, or a policy, which begins each line with a word.
func (c verifyReceiptCommand) policy() (evidence.Policy, error) {
	if c.Trust == "" {
		return evidence.Policy{}, nil
	}
	f, err := os.Open(c.Trust) // #nosec G304 -- the user names the file
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
		return evidence.Policy{}, usageError(fmt.Sprintf("--trust: %s: %v", strings.TrimSpace(c.Trust), err))
	}
	return p, nil
}
