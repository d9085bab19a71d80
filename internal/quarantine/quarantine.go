// Package quarantine takes uploads in and keeps those apart that the scanner warns of (隔离): nobody reads them, the case goes on
// without them, and who sent one is told what to do.
//
// It takes two people to release a file: the security administrator asks with a reason, another administrator agrees. The
// security administrator alone deletes one, with a reason. Each step stands in the operation log, in the transaction of what it tells
// of. A file that was released comes in when its sender takes it, and is then like any other.
//
// The content is in the file store under an id of its own, what is known of it in the database. Neither stands in a backup of
// files: an archive brings back the list, not the contents (docs/adr/0037).
package quarantine

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/parameter"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// Codes of refusals.
const (
	CodeState  = "quarantine-state"  // somebody was quicker, or it is not what can be done now
	CodeSame   = "quarantine-same"   // who asked for a release cannot agree to it
	CodeReason = "quarantine-reason" // no reason was given, or a very long one
	CodeGone   = "quarantine-gone"   // the content is not here
	CodeQuota  = "upload-quota"      // the account has uploaded as much as it may within a day
)

// Words returns the sentence of every code of this package: what is wrong and what to do next.
func Words() map[string]caseflow.Text {
	return map[string]caseflow.Text{
		CodeState: {ZH: "这份隔离文件的状态已经变化，没有执行。请刷新页面，看清现在的状态后再操作。", EN: "This quarantined file is no longer in that state; nothing was done. Reload the page and look at where it stands."},
		CodeSame:  {ZH: "提出解除隔离的人不能自己同意。请由另一位管理员核对后同意。", EN: "Who asked for the release cannot agree to it. Another administrator has to check it and agree."},
		CodeReason: {ZH: "请写明理由，不超过 500 字：为什么认为这份文件没有危险，或者为什么删除。",
			EN: "Give a reason of at most 500 characters: why the file is held to be safe, or why it is deleted."},
		CodeQuota: {ZH: "您在 24 小时内上传的文件已经达到上限，这份文件没有收下。请明天再传，或者删去不需要的页、压缩以后再传；急需办理的，请到窗口。",
			EN: "You have uploaded as much as an account may within 24 hours; this file was not taken. Send it tomorrow, or a smaller one, or come to a window."},
		CodeGone: {ZH: "这份文件的内容不在了（例如系统从备份恢复过，备份里没有隔离的文件）。请重新上传。", EN: "The content of this file is gone: after a restore, for one, since backups hold no quarantined files. Upload it again."},
	}
}

const (
	// MaxHeld is how many files of one account in a region wait in quarantine; more are turned away and not kept.
	MaxHeld = 20
	// MaxReason is the longest reason, in characters.
	MaxReason = 500

	// orphan is the age at which content that no row names is removed: the row follows the content at once.
	orphan     = time.Hour
	sweepEvery = time.Hour
)

// Place is for which material of which case a file is sent. Zero: for none yet.
type Place struct {
	store.Key
	Material string
	Name     string // of the file
}

// Notes are the operation log.
type Notes interface {
	// NoteWith records an act together with what write writes.
	NoteWith(ctx context.Context, by caseflow.Actor, kind access.EventKind, what string, write func(store.Trace) error, details ...store.FieldChange) error
	// Reach are the regions in which somebody may do an act; store.ErrNotFound if there are none.
	Reach(ctx context.Context, by caseflow.Actor, act access.Act, asked string) ([]string, error)
}

// Rows are what the database knows of quarantined files.
type Rows interface {
	store.Quarantine
	Regions(ctx context.Context) ([]string, error)
	AccountByID(ctx context.Context, id string) (*store.Account, error)
	AddAttempts(ctx context.Context, key string, n int, at, since time.Time) (int, error)
}

// Keeper takes uploads in. It is safe for concurrent use.
type Keeper struct {
	files filestore.Store
	store Rows
	notes Notes
	now   func() time.Time
	log   *slog.Logger

	values func() *parameter.Table
	served string // region
}

// New makes a keeper over the store of files; log nil is slog.Default.
func New(files filestore.Store, rows Rows, notes Notes, now func() time.Time, log *slog.Logger) *Keeper {
	return &Keeper{files: files, store: rows, notes: notes, now: now, log: cmp.Or(log, slog.Default())}
}

// Bound lets an account upload no more within a day than the parameters say: those of an official's region, of the case's, or of the
// region that is served. Without it there is no bound.
func (k *Keeper) Bound(values func() *parameter.Table, served string) {
	k.values, k.served = values, served
}

// Put is the Put of the file store. What the scanner warns of is kept apart, remembered for the place, and told as a
// *filestore.Unfit.
func (k *Keeper) Put(ctx context.Context, by caseflow.Actor, at Place, r io.Reader, max int64) (filestore.Info, error) {
	settle, err := k.reserve(ctx, by, at.Region, &max)
	if err != nil {
		return filestore.Info{}, err
	}
	info, err := k.files.Put(ctx, by.ID, r, max)
	if wrong := settle(err == nil, info.Bytes); wrong != nil {
		return filestore.Info{}, wrong
	}
	suspect := new(filestore.Suspect)
	if !errors.As(err, &suspect) {
		return info, err
	}
	if at.Region == "" { // for no case yet: it is the business of the region of the account
		a, err := k.store.AccountByID(ctx, by.ID)
		if err != nil {
			return filestore.Info{}, fmt.Errorf("quarantine a file: %w", err)
		}
		at.Region = a.Region
	}
	q := store.Quarantined{
		Region: at.Region, ID: suspect.ID, Case: at.Case, Material: at.Material, Name: clip(at.Name, caseflow.MaxFileName),
		Bytes: suspect.Info.Bytes, Type: suspect.Info.Type, SHA256: suspect.Info.Hash, Finding: suspect.Finding,
		Account: by.ID, At: k.now(), State: store.QuarantineHeld, Changed: k.now(),
	}
	held, _, err := k.store.FindQuarantined(ctx, store.QuarantineQuery{Regions: []string{q.Region}, Account: by.ID,
		States: []string{store.QuarantineHeld, store.QuarantineAsked}, Limit: MaxHeld})
	switch {
	case err != nil:
	case len(held) >= MaxHeld:
		err = k.files.Drop(ctx, q.ID)
	default:
		err = k.store.AddQuarantined(ctx, q)
	}
	if err != nil {
		return filestore.Info{}, fmt.Errorf("quarantine a file: %w", err)
	}
	k.log.Warn("file quarantined", "id", q.ID, "finding", q.Finding, "actor", by.ID, "case", q.Case, "sha256", q.SHA256)
	return filestore.Info{}, &filestore.Unfit{Code: suspect.Code()}
}

// Of lists the files of a case that are kept apart or were, by material, the newest first, at most 200. Whether somebody may see the
// case and which materials of it, the caller has asked the hall.
func (k *Keeper) Of(ctx context.Context, key store.Key) (map[string][]store.Quarantined, error) {
	list, _, err := k.store.FindQuarantined(ctx, store.QuarantineQuery{Regions: []string{key.Region}, Case: key.Case, Limit: 200})
	all := map[string][]store.Quarantined{}
	for _, q := range list {
		all[q.Material] = append(all[q.Material], q)
	}
	return all, err
}

// List lists a page for administrators, the newest first: of the region that the query asks for, or of all that they may see.
// store.ErrNotFound for others.
func (k *Keeper) List(ctx context.Context, by caseflow.Actor, region string, q store.QuarantineQuery) (list []store.Quarantined, next string, err error) {
	if q.Regions, err = k.notes.Reach(ctx, by, access.QuarantineSee, region); err != nil {
		return nil, "", err
	}
	return k.store.FindQuarantined(ctx, q)
}

// File is one file, for administrators. store.ErrNotFound for others.
func (k *Keeper) File(ctx context.Context, by caseflow.Actor, region, id string) (*store.Quarantined, error) {
	return k.find(ctx, by, access.QuarantineSee, region, id)
}

// find finds a file for an act. store.ErrNotFound also for who may not do it.
func (k *Keeper) find(ctx context.Context, by caseflow.Actor, act access.Act, region, id string) (*store.Quarantined, error) {
	if !access.May(by, act, access.Resource{Region: region}).Allow {
		return nil, store.ErrNotFound
	}
	return k.store.QuarantinedFile(ctx, region, id)
}

// change writes the new state with its trace.
func (k *Keeper) change(ctx context.Context, by caseflow.Actor, kind access.EventKind, q *store.Quarantined, old string) error {
	q.Changed = k.now()
	err := k.notes.NoteWith(ctx, by, kind, q.ID, func(t store.Trace) error { return k.store.ChangeQuarantined(ctx, *q, t) },
		store.FieldChange{Field: "state", Old: old, New: q.State}, store.FieldChange{Field: "case", New: string(q.Case)},
		store.FieldChange{Field: "sha256", New: q.SHA256}, store.FieldChange{Field: "reason", New: q.Reason})
	if errors.Is(err, store.ErrConflict) {
		return &caseflow.Refusal{Code: CodeState}
	}
	return err
}

// Ask asks for a release: the security administrator's.
func (k *Keeper) Ask(ctx context.Context, by caseflow.Actor, region, id, reason string) error {
	q, err := k.find(ctx, by, access.QuarantineAsk, region, id)
	if err != nil {
		return err
	}
	if q.Reason, err = reasonOf(reason); err != nil {
		return err
	}
	if q.State != store.QuarantineHeld {
		return &caseflow.Refusal{Code: CodeState}
	}
	q.State, q.Asked = store.QuarantineAsked, by.ID
	return k.change(ctx, by, access.QuarantineAsked, q, store.QuarantineHeld)
}

// Release agrees to a release that somebody else has asked for. Reason stays that of who asked.
func (k *Keeper) Release(ctx context.Context, by caseflow.Actor, region, id string) error {
	q, err := k.decidable(ctx, by, region, id)
	if err != nil {
		return err
	}
	if q.Asked == by.ID {
		return &caseflow.Refusal{Code: CodeSame}
	}
	q.State, q.Decided = store.QuarantineReleased, by.ID
	return k.change(ctx, by, access.QuarantineReleased, q, store.QuarantineAsked)
}

// Refuse does not agree, or takes the request back: the file stays where it is.
func (k *Keeper) Refuse(ctx context.Context, by caseflow.Actor, region, id, reason string) error {
	q, err := k.decidable(ctx, by, region, id)
	if err != nil {
		return err
	}
	if q.Reason, err = reasonOf(reason); err != nil {
		return err
	}
	q.State, q.Asked = store.QuarantineHeld, ""
	return k.change(ctx, by, access.QuarantineRefused, q, store.QuarantineAsked)
}

func (k *Keeper) decidable(ctx context.Context, by caseflow.Actor, region, id string) (*store.Quarantined, error) {
	q, err := k.find(ctx, by, access.QuarantineRelease, region, id)
	if err == nil && q.State != store.QuarantineAsked {
		err = &caseflow.Refusal{Code: CodeState}
	}
	return q, err
}

// Join puts one PDF made of pictures that are here, a page each, as Put puts what is sent: it counts for the quota, and is scanned. Whether
// by may read the pictures is for the caller to know. *filestore.Unfit, filestore.ErrTooLarge: see filestore.Join.
func (k *Keeper) Join(ctx context.Context, by caseflow.Actor, at Place, hashes []string, max int64) (filestore.Info, error) {
	content, err := filestore.Join(ctx, k.files, hashes, max)
	if err != nil {
		return filestore.Info{}, err
	}
	return k.Put(ctx, by, at, bytes.NewReader(content), int64(len(content)))
}

// Delete removes the content for good; what is known of the file stays. The security administrator's.
func (k *Keeper) Delete(ctx context.Context, by caseflow.Actor, region, id, reason string) error {
	q, err := k.find(ctx, by, access.QuarantineAsk, region, id)
	if err != nil {
		return err
	}
	if q.Reason, err = reasonOf(reason); err != nil {
		return err
	}
	old := q.State
	if old != store.QuarantineHeld && old != store.QuarantineAsked {
		return &caseflow.Refusal{Code: CodeState}
	}
	q.State, q.Decided = store.QuarantineDeleted, by.ID
	if err := k.change(ctx, by, access.QuarantineDeleted, q, old); err != nil {
		return err
	}
	k.drop(ctx, id)
	return nil
}

// Take brings a released file in for who sent it, as if it were uploaded now: it is to be attached. Again it gives the same.
// store.ErrNotFound for others, and for what is not released.
func (k *Keeper) Take(ctx context.Context, by caseflow.Actor, key store.Key, id string) (caseflow.File, error) {
	q, err := k.store.QuarantinedFile(ctx, key.Region, id)
	switch {
	case err != nil:
		return caseflow.File{}, err
	case q.Account != by.ID || q.Case != key.Case || q.State != store.QuarantineReleased && q.State != store.QuarantineTaken:
		return caseflow.File{}, store.ErrNotFound
	}
	info, err := k.files.Release(ctx, id, by.ID)
	if errors.Is(err, filestore.ErrNotFound) && q.Hash != "" { // taken before
		info, err = k.files.Stat(ctx, q.Hash)
	}
	if errors.Is(err, filestore.ErrNotFound) {
		return caseflow.File{}, &caseflow.Refusal{Code: CodeGone}
	}
	if err != nil {
		return caseflow.File{}, err
	}
	f := caseflow.File{Hash: info.Hash, Name: q.Name, Bytes: info.Bytes, Type: info.Type, Original: info.Original}
	if q.State == store.QuarantineReleased {
		q.State, q.Hash, q.Changed = store.QuarantineTaken, info.Hash, k.now()
		if err := k.store.ChangeQuarantined(ctx, *q); err != nil && !errors.Is(err, store.ErrConflict) {
			return caseflow.File{}, err
		}
	}
	k.drop(ctx, id)
	return f, nil
}

// ID is a file's place as one text: region.id.
func ID(q *store.Quarantined) string { return q.Region + "." + q.ID }

// Parse reads what ID has written. What is none names no file.
func Parse(s string) (region, id string) {
	region, id, _ = strings.Cut(s, ".")
	return region, id
}

// drop removes a content that is not needed any more; if it fails, Serve does it later.
func (k *Keeper) drop(ctx context.Context, id string) {
	if err := k.files.Drop(ctx, id); err != nil {
		k.log.Error("remove a quarantined file", "id", id, "err", err)
	}
}

// Serve removes, at once and every hour until ctx ends, contents that nobody needs: a server died over them.
func (k *Keeper) Serve(ctx context.Context, jobs *chore.Board) {
	every := time.NewTicker(sweepEvery)
	defer every.Stop()
	for {
		if _, err := jobs.Do(chore.Quarantine, sweepEvery, func() (int, error) { return 0, k.Sweep(ctx) }); err != nil && ctx.Err() == nil {
			k.log.Error("sweep the quarantine", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		case <-jobs.Bell(chore.Quarantine):
		}
	}
}

// Sweep removes contents that are older than an hour and that no row needs. In doubt, which is an error, they stay.
func (k *Keeper) Sweep(ctx context.Context) error {
	all, err := k.store.Regions(ctx)
	if err != nil {
		return err
	}
	return k.files.Apart(ctx, func(id string, since time.Time) error {
		if k.now().Sub(since) < orphan {
			return nil
		}
		for _, region := range all {
			q, err := k.store.QuarantinedFile(ctx, region, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err == nil && q.State != store.QuarantineDeleted && q.State != store.QuarantineTaken {
				return nil
			}
		}
		return k.files.Drop(ctx, id)
	})
}

func reasonOf(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || utf8.RuneCountInString(s) > MaxReason || !utf8.ValidString(s) {
		return "", &caseflow.Refusal{Code: CodeReason}
	}
	return s, nil
}

// clip bounds a text in characters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
