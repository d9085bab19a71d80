package main

import (
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
)

// receipts makes the receipts of all cases of a demo, whose events are what a fortnight brings, by the case's number.
func receipts(t *testing.T, cases string) map[caseflow.CaseNo]*receipt.Receipt {
	t.Helper()
	data := t.TempDir()
	does(t, "demo", "--data", data, "--cases", cases)
	a, err := storeFlags{placeFlags: placeFlags{Data: data}}.open(t.Context(), slog.New(slog.DiscardHandler), time.Now)
	must(t, err)
	t.Cleanup(func() { must(t, a.close()) })
	s, err := sequencer.Open(t.Context(), sequencer.Options{Store: a.store, Seal: a.ring, Origin: "city.example/log", Now: time.Now, Rand: rand.Reader, Log: a.log})
	must(t, err)
	_, err = s.Place(t.Context())
	must(t, err)
	all := map[caseflow.CaseNo]*receipt.Receipt{}
	keys, err := a.store.Keys(t.Context(), weinan, "", 1000)
	must(t, err)
	for _, key := range keys {
		row, err := a.store.Case(t.Context(), key)
		must(t, err)
		if row.Owner == "" {
			continue // handed in at a window by somebody without an account
		}
		r, err := a.hall.Prove(t.Context(), caseflow.Actor{ID: row.Owner, Kind: caseflow.ActorCitizen}, key)
		must(t, err)
		if len(r.Entries) != row.Entry {
			t.Errorf("case %s: %d entries of %d", key.Case, len(r.Entries), row.Entry)
		}
		all[key.Case] = r
		_, err = a.hall.Prove(t.Context(), caseflow.Actor{ID: "stranger", Kind: caseflow.ActorCitizen}, store.Key{Region: key.Region, Case: key.Case})
		if err == nil {
			t.Errorf("case %s: a stranger gets a receipt", key.Case)
		}
	}
	return all
}

// The receipts of all that a fortnight brings hold, without asking anybody, and tell of each step.
func TestReceipts_of_a_fortnight_hold(t *testing.T) {
	t.Parallel()
	all := receipts(t, "60")
	dir, deadlines := t.TempDir(), 0
	for no, r := range all {
		report, err := receipt.Verify(r, evidence.Policy{})
		if err != nil {
			t.Errorf("case %s: %v", no, err)
			continue
		}
		for _, s := range report.Steps {
			deadlines += len(s.Deadlines)
		}
		text, err := r.Encode()
		must(t, err)
		file := filepath.Join(dir, string(no))
		must(t, os.WriteFile(file, text, 0o600))
		out, errs, code := cli(t, "verify", "receipt", file)
		if code != 0 || !strings.HasSuffix(out, "凭证成立。\n") {
			t.Errorf("case %s: exit %d, %s", no, code, errs)
		}
	}
	if len(all) < 20 || deadlines < 100 {
		t.Errorf("%d receipts with %d deadlines", len(all), deadlines)
	}
}
