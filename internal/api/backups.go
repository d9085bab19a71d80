package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/hall"
)

// TrialView is how it went to restore an archive into a store of its own.
type TrialView struct {
	Begun   time.Time `json:"begun"`
	Ended   time.Time `json:"ended,omitzero" doc:"Missing: it runs, or was interrupted"`
	By      string    `json:"by" doc:"Id of an account"`
	Fault   string    `json:"fault,omitempty" enum:"interrupted,space,damaged,wrong,failed" doc:"Missing of one that ended: the archive can be restored"`
	Cases   int64     `json:"cases"`
	Entries int64     `json:"entries" doc:"Each with the leaf that its content gives"`
	Files   int64     `json:"files" doc:"Each with the content that its name says"`
}

// ArchiveView is a backup, finished or not. It stays on the server: nobody downloads one.
type ArchiveView struct {
	Name      string     `json:"name" doc:"Of the file in the folder of the server"`
	Begun     time.Time  `json:"begun"`
	Ended     time.Time  `json:"ended,omitzero" doc:"Missing: it runs, or was interrupted"`
	By        string     `json:"by" doc:"Id of an account"`
	Bytes     int64      `json:"bytes" doc:"So far, if it runs"`
	SHA256    string     `json:"sha256,omitempty"`
	Fault     string     `json:"fault,omitempty" enum:"interrupted,space,damaged,wrong,failed"`
	Trial     *TrialView `json:"trial,omitempty" doc:"The last one"`
	Encrypted bool       `json:"encrypted,omitempty" doc:"It opens with a key that is kept elsewhere"`
}

func archiveView(a *backup.Archive) ArchiveView {
	v := ArchiveView{Name: a.Name, Begun: a.Begun, Ended: a.Ended, By: a.By, Bytes: a.Bytes, SHA256: a.SHA256, Fault: a.Fault, Encrypted: a.Encrypted}
	if t := a.Trial; t != nil {
		v.Trial = &TrialView{t.Begun, t.Ended, t.By, t.Fault, t.Found.Cases, t.Found.Entries, t.Found.Files}
	}
	return v
}

// ArchiveList is the archives of the folder.
type ArchiveList struct {
	Body struct {
		Archives []ArchiveView `json:"archives" nullable:"false" doc:"Newest first"`
	}
}

// ArchiveAnswer is one archive.
type ArchiveAnswer struct{ Body ArchiveView }

type backupsInput struct{ caller }

type tryInput struct {
	caller
	Archive string `path:"archive" maxLength:"80"`
}

func (a *API) registerBackups(op func(id, method, path, summary, more string) huma.Operation) {
	begun := op("start-backup", http.MethodPost, "/backups", "Begin a backup of everything, while the system is in use",
		"The system administrator's. One thing is done at a time: 409 while another backup or trial runs, and if the disk has too little room. Ask for the list to see how it goes.")
	tried := op("try-backup", http.MethodPost, "/backups/{archive}/try", "Begin to restore an archive into a store of its own, to see whether it can be",
		"The system administrator's. Every entry, case and file is checked, and that store is removed; what is in use is not touched.")
	begun.DefaultStatus, tried.DefaultStatus = http.StatusAccepted, http.StatusAccepted
	huma.Register(a.huma, op("list-backups", http.MethodGet, "/backups", "Backups, with their last trial", "The system and the audit administrator's."), a.backups)
	huma.Register(a.huma, begun, a.startBackup)
	huma.Register(a.huma, tried, a.tryBackup)
}

func (a *API) backups(ctx context.Context, in *backupsInput) (*ArchiveList, error) {
	if a.o.Backups == nil {
		return nil, hall.ErrNotFound
	}
	list, err := a.o.Backups.List(ctx, in.by)
	if err != nil {
		return nil, err
	}
	out := &ArchiveList{}
	out.Body.Archives = Views(list, archiveView)
	return out, nil
}

func (a *API) startBackup(ctx context.Context, in *backupsInput) (*ArchiveAnswer, error) {
	if a.o.Backups == nil {
		return nil, hall.ErrNotFound
	}
	begun, err := a.o.Backups.Start(ctx, in.by)
	if err != nil {
		return nil, err
	}
	return &ArchiveAnswer{archiveView(&begun)}, nil
}

func (a *API) tryBackup(ctx context.Context, in *tryInput) (*ArchiveAnswer, error) {
	if a.o.Backups == nil {
		return nil, hall.ErrNotFound
	}
	begun, err := a.o.Backups.Try(ctx, in.by, in.Archive)
	if err != nil {
		return nil, err
	}
	return &ArchiveAnswer{archiveView(&begun)}, nil
}
