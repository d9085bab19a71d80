package hall_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// scan is a file whose hash is a letter repeated.
func scan(letter, name string) caseflow.File {
	return caseflow.File{Hash: strings.Repeat(letter, 64), Name: name, Bytes: 9, Type: "application/pdf"}
}

// gave hands a case in with the files.
func gave(t *testing.T, h *hall.Hall, files ...caseflow.File) store.Key {
	t.Helper()
	key := begin(t, h, region, "")
	for _, f := range files {
		do(t, h, citizen, key, caseflow.Attach{Material: "address", File: f})
	}
	do(t, h, citizen, key, caseflow.Submit{})
	return key
}

// A file is used again for the same material of the same applicant while the pack lets it, counted from the day on which it was
// given first, however often it was used since; the newest case comes first.
func TestGivenBeforeIsTheApplicantsOwnAndStillValid(t *testing.T) {
	onBoth(t, func(t *testing.T, st store.Store) {
		c, it := monday(), sample()
		it.Materials[0].ValidDays = 10
		h, err := hall.New(hall.Options{Store: st, Catalogue: shelf{it}, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		first := gave(t, h, scan("a", "lease.pdf"))
		c.Add(6 * 24 * time.Hour)
		second := gave(t, h, scan("b", "bill.pdf"), caseflow.File{Hash: scan("a", "").Hash, From: first.Case})
		draft := begin(t, h, region, "")
		names := func(want string) []hall.Given {
			t.Helper()
			list, err := h.GivenBefore(t.Context(), citizen, draft, "address")
			var got []string
			for _, g := range list {
				got = append(got, string(g.Case)+" "+g.File.Name+" "+string(g.File.From)+" "+g.File.Given.String())
			}
			if err != nil || strings.Join(got, "\n") != want {
				t.Fatalf("%v, %v\nwant %s", strings.Join(got, "\n"), err, want)
			}
			return list
		}
		a, b := string(first.Case), string(second.Case)
		names(b + " bill.pdf " + b + " 2026-11-29\n" + b + " lease.pdf " + a + " 2026-11-23")
		c.Add(4 * 24 * time.Hour)
		names(b + " bill.pdf " + b + " 2026-11-29\n" + b + " lease.pdf " + a + " 2026-11-23") // the tenth day
		c.Add(24 * time.Hour)
		bill := names(b + " bill.pdf " + b + " 2026-11-29")[0]
		use := func(by caseflow.Actor, hash string, from caseflow.CaseNo) error {
			_, err := h.Do(t.Context(), by, "", draft, caseflow.Attach{Material: "address", File: caseflow.File{Hash: hash, From: from}})
			return err
		}
		for _, from := range []caseflow.CaseNo{first.Case, second.Case, draft.Case} {
			if err := use(citizen, scan("a", "").Hash, from); !errors.Is(err, hall.ErrNotFound) {
				t.Errorf("run out, from %s: %v", from, err)
			}
		}
		if err := use(other, bill.File.Hash, bill.Case); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("into somebody else's case: %v", err)
		}
		if err := use(citizen, bill.File.Hash, bill.Case); err != nil {
			t.Fatal(err)
		}
		names("")
	})
}

// Whoever acts in one case of theirs does not reach files of another's, of another applicant's, or of an applicant without a document.
func TestGivenBeforeIsNobodyElses(t *testing.T) {
	t.Parallel()
	h := newHall(t, openStore(t), monday())
	from := gave(t, h, scan("a", "lease.pdf"))
	party := func(name string, serial int) caseflow.Party {
		return caseflow.Party{Kind: "person", Name: name, Basis: caseflow.AgentBases()[0], Phone: "13800138001",
			Document: ident.Document{Type: "resident-id", No: string(ident.MakeCitizenID(region, 1980, 1, 1, serial))}}
	}
	li := other
	li.Document = party("李建国", 1).Document
	wang := party("王秀英", 2)
	wang.Document = citizen.Document
	for name, at := range map[string]struct {
		by               caseflow.Actor
		applicant, agent caseflow.Party
	}{
		"somebody else who asks in the applicant's name":  {li, openCommand.Applicant, party("李建国", 1)},
		"the same account for somebody else as applicant": {citizen, party("李建国", 1), wang},
	} {
		by, open := at.by, openCommand
		open.Applicant, open.Agent = at.applicant, &at.agent
		open.Applicant.Basis = ""
		r, err := h.Do(t.Context(), by, "", store.Key{Region: region}, open)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		key := store.Key{Region: region, Case: r.Case}
		if list, err := h.GivenBefore(t.Context(), by, key, "address"); err != nil || len(list) > 0 {
			t.Errorf("%s: offered %v, %v", name, list, err)
		}
		_, err = h.Do(t.Context(), by, "", key, caseflow.Attach{Material: "address", File: caseflow.File{Hash: scan("a", "").Hash, From: from.Case}})
		if !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// To a clerk at the window the cases that are named are looked at, and the one that is used again.
func TestGivenBeforeAtTheWindowIsALook(t *testing.T) {
	t.Parallel()
	h := newHall(t, openStore(t), monday())
	from := gave(t, h, scan("a", "lease.pdf"))
	open := openCommand
	open.Channel = caseflow.ChannelWindow
	r, err := h.Do(t.Context(), clerk, "", store.Key{Region: region}, open)
	if err != nil {
		t.Fatal(err)
	}
	key := store.Key{Region: region, Case: r.Case}
	list, err := h.GivenBefore(t.Context(), clerk, key, "address")
	if err != nil || len(list) != 1 || list[0].Case != from.Case {
		t.Fatalf("%v, %v", list, err)
	}
	do(t, h, clerk, key, caseflow.Attach{Material: "address", File: caseflow.File{Hash: list[0].File.Hash, From: from.Case}})
	looks, err := h.Looks(t.Context(), citizen, from)
	if err != nil || len(looks) != 2 || looks[0].Account != clerk.ID || looks[1].Account != clerk.ID {
		t.Errorf("looks: %+v, %v", looks, err)
	}
}
