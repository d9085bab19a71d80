package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/paper/pdf"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// printedSite is the address of the site that stands on papers.
const printedSite = "https://zwfw.example.cn"

// What somebody else's decoder reads off the printed receipt is what the commands check: the codes of the PDF verify the paper, lead to the
// progress of the case, and bind the evidence log.
func TestVerify_what_is_read_off_the_printed_paper(t *testing.T) {
	t.Parallel()
	a, data := placed(t, 6)
	log := t.TempDir()
	does(t, "log", "export", "--data", data, log)
	read := 0
	for no, r := range receipts(t, a) {
		key := store.Key{Region: weinan, Case: no}
		row, err := a.store.Case(t.Context(), key)
		must(t, err)
		by := caseflow.Actor{ID: row.Owner, Kind: caseflow.ActorCitizen}
		issued, err := a.hall.Issue(t.Context(), by, key, hall.PaperReceipt)
		if errors.Is(err, hall.ErrNotFound) {
			continue // never handed in
		}
		must(t, err)
		given, err := a.hall.Acknowledged(t.Context(), by, key, issued.Entry)
		must(t, err)
		doc := paper.Write(paper.Source{Issued: issued, Given: given, Origin: printedSite, Lang: "zh", Department: func(id string, _ time.Time) string { return id }})
		file, err := pdf.Write(t.Context(), doc)
		must(t, err)
		codes := browsertest.CodesOf(t, file)
		text, err := r.Encode()
		must(t, err)
		codesHold(t, a, key, codes, fileOf(t, string(text)), log)
		if read++; read == 2 {
			return
		}
	}
	t.Errorf("%d receipts were read", read)
}

// codesHold gives each code of a paper to whom it is for.
func codesHold(t *testing.T, a *app, key store.Key, codes []string, file, log string) {
	t.Helper()
	seen := 0
	for _, code := range codes {
		of := string(key.Case) + "/"
		switch rest, _ := strings.CutPrefix(code, printedSite); {
		case strings.HasPrefix(rest, receipt.PrintedPage+"#"):
			if out, errs, status := cli(t, "verify", "receipt", file, "--printed", code); status != 0 || !strings.Contains(out, "与纸质凭证一致") {
				t.Errorf("%s: exit %d, %s%s", code, status, out, errs)
			}
			if out, errs, status := cli(t, "log", "check", log, "--printed", code); status != 0 {
				t.Errorf("%s: exit %d, %s%s", code, status, out, errs)
			}
		case strings.HasPrefix(rest, "/verify/"+of):
			_, _, err := a.hall.VerifyPaper(t.Context(), key, strings.TrimPrefix(rest, "/verify/"+of))
			must(t, err)
		case strings.HasPrefix(rest, "/progress/"+of):
			_, _, err := a.hall.ByReceipt(t.Context(), key, strings.TrimPrefix(rest, "/progress/"+of))
			must(t, err)
		default:
			t.Errorf("a code of %s says %q", key.Case, code)
			continue
		}
		seen++
	}
	if seen != 3 {
		t.Errorf("the receipt of %s has the codes %q", key.Case, codes)
	}
}
