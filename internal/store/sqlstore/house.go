package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// Parameters lists what was ever set.
func (s *Store) Parameters(ctx context.Context) ([]store.Parameter, error) {
	var all []store.Parameter
	err := s.each(ctx, func(sc scan) error {
		var p store.Parameter
		err := sc(&p.Name, &p.Region, &p.Value, &p.Version, store.At(&p.At), &p.By, &p.Reason)
		all = append(all, p)
		return err
	}, "SELECT "+tParameter.list("")+" FROM parameter ORDER BY name, region")
	return all, err
}

// ParameterVersion grows with each change.
func (s *Store) ParameterVersion(ctx context.Context) (int, error) {
	return s.counted(ctx, "SELECT CAST(COALESCE(sum(version), 0) AS BIGINT) FROM parameter")
}

func (s *Store) counted(ctx context.Context, query string) (n int, err error) {
	err = s.one(ctx, store.Into(&n), query)
	return n, err
}

// PutParameter replaces the value of a parameter that is at its version.
func (s *Store) PutParameter(ctx context.Context, p store.Parameter, traces ...store.Trace) error {
	row := []any{p.Name, p.Region, p.Value, int64(p.Version) + 1, store.Micros(p.At), p.By, p.Reason}
	return s.replace(ctx, row, traces, func(w *writer) (int64, error) {
		if p.Version == 0 {
			return w.count(tParameter.one(), row...)
		}
		return w.count("UPDATE parameter SET value = ?, version = ?, at = ?, author = ?, reason = ? WHERE name = ? AND region = ? AND version = ?",
			append(row[2:], p.Name, p.Region, int64(p.Version))...)
	})
}

// replace writes one row with its traces. ErrConflict, and nothing is written, if no row was.
func (s *Store) replace(ctx context.Context, row []any, traces []store.Trace, put func(w *writer) (int64, error)) error {
	traced, err := s.traceRows(traces)
	if err = errors.Join(err, checkText(row)); err != nil {
		return err
	}
	return s.leafTx(ctx, func(w *writer) error {
		switch n, err := put(w); {
		case err != nil:
			return err
		case n == 0:
			return store.ErrConflict
		}
		return w.trace(traced)
	})
}

// Announcements lists all, those that begin last first.
func (s *Store) Announcements(ctx context.Context) ([]store.Announcement, error) {
	var all []store.Announcement
	err := s.each(ctx, func(sc scan) error {
		var a store.Announcement
		var body string
		if err := sc(&a.ID, &a.Region, store.At(&a.Since), store.At(&a.Until), &a.Version, &body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			return fmt.Errorf("announcement %s: %w", a.ID, err)
		}
		all = append(all, a)
		return nil
	}, "SELECT "+tAnnouncement.list("")+" FROM announcement ORDER BY since DESC, id DESC")
	return all, err
}

// AnnouncementVersion grows with each change.
func (s *Store) AnnouncementVersion(ctx context.Context) (int, error) {
	return s.counted(ctx, "SELECT CAST(COALESCE(sum(version), 0) AS BIGINT) FROM announcement")
}

func announcementRow(a *store.Announcement) ([]any, error) {
	body, err := json.Marshal(a)
	return []any{a.ID, a.Region, store.Micros(a.Since), store.Micros(a.Until), int64(a.Version) + 1, string(body)}, err
}

// AddAnnouncement stores a new one.
func (s *Store) AddAnnouncement(ctx context.Context, a store.Announcement, traces ...store.Trace) error {
	a.Version = 0
	row, err := announcementRow(&a)
	if err != nil {
		return err
	}
	return s.replace(ctx, row, traces, func(w *writer) (int64, error) { return w.count(tAnnouncement.one(), row...) })
}

// ChangeAnnouncement replaces one that is at its version.
func (s *Store) ChangeAnnouncement(ctx context.Context, a store.Announcement, traces ...store.Trace) error {
	row, err := announcementRow(&a)
	if err != nil {
		return err
	}
	return s.replace(ctx, row, traces, func(w *writer) (int64, error) {
		return w.count("UPDATE announcement SET since = ?, until = ?, version = ?, body = ? WHERE id = ? AND version = ?", append(row[2:], a.ID, int64(a.Version))...)
	})
}

// ReadAnnouncement records when an account read an announcement first.
func (s *Store) ReadAnnouncement(ctx context.Context, id, account string, at time.Time) error {
	return s.tx(ctx, func(w *writer) error {
		return w.many(tAnnouncementRead.keep, [][]any{{id, account, store.Micros(at)}}, nil)
	})
}

// AnnouncementReads lists who has read an announcement.
func (s *Store) AnnouncementReads(ctx context.Context, id string) ([]store.AnnouncementRead, error) {
	var all []store.AnnouncementRead
	err := s.each(ctx, func(sc scan) error {
		var r store.AnnouncementRead
		err := sc(&r.Account, store.At(&r.At))
		all = append(all, r)
		return err
	}, "SELECT account, at FROM announcement_read WHERE announcement = ? ORDER BY at, account", id)
	return all, err
}

// ReadBy lists which announcements an account has read.
func (s *Store) ReadBy(ctx context.Context, account string) ([]string, error) {
	var all []string
	err := s.each(ctx, store.Column(&all), "SELECT announcement FROM announcement_read WHERE account = ? ORDER BY announcement", account)
	return all, err
}

// SwitchBenefits records whether an owner wants what nobody asked for.
func (s *Store) SwitchBenefits(ctx context.Context, owner string, off bool, account string, at time.Time) error {
	row := []any{owner, store.Micros(at), account}
	if err := checkText(row); err != nil {
		return err
	}
	return s.tx(ctx, func(w *writer) error {
		if off {
			return w.many(tBenefitOff.keep, [][]any{row}, nil)
		}
		return w.exec("DELETE FROM benefit_off WHERE owner = ?", owner)
	})
}

// BenefitsOff tells since when an owner wants nothing that nobody asked for.
func (s *Store) BenefitsOff(ctx context.Context, owner string) (since time.Time, account string, err error) {
	err = s.one(ctx, store.Into(store.At(&since), &account), "SELECT at, account FROM benefit_off WHERE owner = ?", owner)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return since, account, err
}

// PutJobs replaces what a server says of its background work.
func (s *Store) PutJobs(ctx context.Context, server string, jobs []store.Job, forget time.Time) error {
	rows := make([][]any, len(jobs))
	for i, j := range jobs {
		rows[i] = []any{server, j.Name, store.Micros(j.Began), store.Micros(j.Ended), store.Micros(j.Next), int64(j.N), j.Fault, store.Micros(j.Failed)}
		if err := checkText(rows[i]); err != nil {
			return err
		}
	}
	return s.tx(ctx, func(w *writer) error {
		if err := w.exec("DELETE FROM job WHERE began < ?", store.Micros(forget)); err != nil {
			return err
		}
		return w.many(tJob.put, rows, nil)
	})
}

// Jobs lists what all servers say of their background work.
func (s *Store) Jobs(ctx context.Context) ([]store.Job, error) {
	var all []store.Job
	err := s.each(ctx, func(sc scan) error {
		var j store.Job
		err := sc(&j.Server, &j.Name, store.At(&j.Began), store.At(&j.Ended), store.At(&j.Next), &j.N, &j.Fault, store.At(&j.Failed))
		all = append(all, j)
		return err
	}, "SELECT "+tJob.list("")+" FROM job ORDER BY name, server")
	return all, err
}
