package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

func parameterOf(name, value string, version int) store.Parameter {
	return store.Parameter{Name: name, Region: Region, Value: value, Version: version, At: At(version), By: "sys", Reason: "试行"}
}

func announcementOf(id string, minute int) store.Announcement {
	return store.Announcement{ID: id, Region: Region, Since: At(minute), Until: At(minute + 60), Title: caseflow.Text{ZH: "停电通知", EN: "Power cut"},
		Text: caseflow.Text{ZH: "周六停电。\n请改日再来。"}, Public: true, By: "sys", At: At(1)}
}

var houses = group{
	"a parameter is changed by who saw how it stands, with its trace, and each change grows the version": func(t *testing.T, s store.Store) {
		must(t, s.PutParameter(t.Context(), parameterOf("b", "1", 0), trace(1, store.OperationLog, Region)))
		must(t, s.PutParameter(t.Context(), parameterOf("a", "on", 0)))
		same(t, "version", got(s.ParameterVersion(t.Context())).must(t), 2)
		wantErr(t, s.PutParameter(t.Context(), parameterOf("b", "2", 0), trace(2, store.OperationLog, Region)), store.ErrConflict)
		wantErr(t, s.PutParameter(t.Context(), parameterOf("none", "2", 3), trace(3, store.OperationLog, Region)), store.ErrConflict)
		must(t, s.PutParameter(t.Context(), parameterOf("b", "", 1)))
		one, two := parameterOf("a", "on", 0), parameterOf("b", "", 1)
		one.Version, two.Version = 1, 2
		same(t, "parameters", got(s.Parameters(t.Context())).must(t), []store.Parameter{one, two})
		same(t, "version", got(s.ParameterVersion(t.Context())).must(t), 3)
		same(t, "traces", len(operationsOf(t, s)), 1)
	},
	"of many who change a parameter at once one does": func(t *testing.T, s store.Store) {
		done := 0
		for _, err := range together(8, func(int) error { return s.PutParameter(t.Context(), parameterOf("a", "1", 0)) }) {
			switch {
			case err == nil:
				done++
			case !errors.Is(err, store.ErrConflict):
				t.Error(err)
			}
		}
		same(t, "done", done, 1)
	},
	"announcements are read back as stored and changed by who saw how they stand": func(t *testing.T, s store.Store) {
		one, two := announcementOf("a", 1), announcementOf("b", 2)
		must(t, s.AddAnnouncement(t.Context(), one, trace(1, store.OperationLog, Region)))
		must(t, s.AddAnnouncement(t.Context(), two))
		wantErr(t, s.AddAnnouncement(t.Context(), one, trace(2, store.OperationLog, Region)), store.ErrConflict)
		one.Version, two.Version = 1, 1
		same(t, "announcements", got(s.Announcements(t.Context())).must(t), []store.Announcement{two, one})
		one.Withdrawn, one.Withdrew, one.Why = At(9), "sec", "来电了"
		must(t, s.ChangeAnnouncement(t.Context(), one, trace(3, store.OperationLog, Region)))
		wantErr(t, s.ChangeAnnouncement(t.Context(), one, trace(4, store.OperationLog, Region)), store.ErrConflict)
		one.Version = 2
		same(t, "announcements", got(s.Announcements(t.Context())).must(t), []store.Announcement{two, one})
		same(t, "version", got(s.AnnouncementVersion(t.Context())).must(t), 3)
		same(t, "traces", len(operationsOf(t, s)), 2)
	},
	"the first reading of an announcement counts": func(t *testing.T, s store.Store) {
		must(t, s.ReadAnnouncement(t.Context(), "a", "u2", At(1)))
		must(t, s.ReadAnnouncement(t.Context(), "a", "u1", At(2)))
		must(t, s.ReadAnnouncement(t.Context(), "a", "u2", At(3)))
		must(t, s.ReadAnnouncement(t.Context(), "b", "u2", At(3)))
		same(t, "reads", got(s.AnnouncementReads(t.Context(), "a")).must(t), []store.AnnouncementRead{{Account: "u2", At: At(1)}, {Account: "u1", At: At(2)}})
		same(t, "of u2", got(s.ReadBy(t.Context(), "u2")).must(t), []string{"a", "b"})
	},
	"an owner wants no benefits from the first word on, until the contrary is said": func(t *testing.T, s store.Store) {
		off := func() (time.Time, string) {
			since, by, err := s.BenefitsOff(t.Context(), "company:1")
			must(t, err)
			return since, by
		}
		since, _ := off()
		same(t, "never said", since.IsZero(), true)
		must(t, s.SwitchBenefits(t.Context(), "company:1", true, "u1", At(1)))
		must(t, s.SwitchBenefits(t.Context(), "company:1", true, "u2", At(2)))
		since, by := off()
		same(t, "off", []any{since, by}, []any{At(1), "u1"})
		must(t, s.SwitchBenefits(t.Context(), "company:1", false, "u1", At(3)))
		since, _ = off()
		same(t, "on again", since.IsZero(), true)
	},
	"the last word of each server about its work stands, and what is old goes": func(t *testing.T, s store.Store) {
		job := store.Job{Name: "clocks", Began: At(1), Ended: At(2), Next: At(3), N: 7, Fault: "disk", Failed: At(1)}
		must(t, s.PutJobs(t.Context(), "one", []store.Job{job, {Name: "backup", Began: At(1)}}, At(0)))
		must(t, s.PutJobs(t.Context(), "two", []store.Job{{Name: "clocks", Began: At(5)}}, At(0)))
		job.Began, job.N = At(6), 8
		must(t, s.PutJobs(t.Context(), "one", []store.Job{job}, At(2)))
		job.Server = "one"
		same(t, "jobs", got(s.Jobs(t.Context())).must(t), []store.Job{job, {Server: "two", Name: "clocks", Began: At(5)}})
	},
}
