package console

import (
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// backupsView lists the archives, with a button to make one and one to try each.
type backupsView struct {
	*page
	Lines    []archiveLine
	Manages  bool
	Running  bool
	Empty    *ui.Empty
	Encrypts bool // new archives are encrypted
}

// archiveLine is one archive in words.
type archiveLine struct {
	Name, By, SHA256     string
	Begun                time.Time
	State, Trial         ui.Tag
	StateMore, TrialMore string
	Tried                time.Time // when it was last tried; zero: never
	Tries                bool      // it can be tried
}

// backupList is the page of backups (备份与恢复).
func (c *Console) backupList(p *page) error {
	if c.backups == nil {
		return hall.ErrNotFound
	}
	list, err := c.backups.List(p.r.Context(), p.Actor)
	if err != nil {
		return err
	}
	p.Title = p.T("console.menu.backups")
	v := &backupsView{page: p, Manages: p.may(access.SystemManage), Encrypts: c.backups.Encrypts()}
	if len(list) == 0 {
		v.Empty = &ui.Empty{Title: p.T("console.backups.none"), Why: p.T("console.backups.none-what")}
	}
	for i := range list {
		v.Lines = append(v.Lines, p.archive(&list[i]))
		v.Running = v.Running || list[i].Running()
	}
	if done := p.r.URL.Query().Get("done"); done == "started" || done == "trying" {
		p.Notice = &ui.Notice{Kind: ui.Success, Title: p.T("console.backups.done." + done)}
	}
	return p.show("backups", v)
}

func (p *page) archive(a *backup.Archive) archiveLine {
	l := archiveLine{Name: a.Name, By: p.whole(a.By), SHA256: a.SHA256, Begun: a.Begun, Tries: a.Whole() && !a.Running()}
	switch {
	case a.Fault != "":
		l.State = ui.Tag{Text: p.T("console.backups.fault." + a.Fault), Look: "red"}
	case a.Ended.IsZero():
		l.State, l.StateMore = ui.Tag{Text: p.T("console.backups.running"), Look: "blue"}, p.T("console.backups.so-far", megabytes(a.Bytes))
	default:
		l.State = ui.Tag{Text: p.T("console.backups.whole")}
		l.StateMore = p.T("console.backups.size", megabytes(a.Bytes)) + p.T("console.semicolon") + p.T("console.backups.took", seconds(a.Ended.Sub(a.Begun)))
		if a.Encrypted {
			l.StateMore += p.T("console.semicolon") + p.T("console.backups.encrypted")
		}
	}
	switch t := a.Trial; {
	case t == nil:
		l.Trial = ui.Tag{Text: p.T("console.backups.untried")}
	case t.Fault != "":
		l.Trial, l.Tried = ui.Tag{Text: p.T("console.backups.fault." + t.Fault), Look: "red"}, t.Begun
	case t.Ended.IsZero():
		l.Trial, l.Tried = ui.Tag{Text: p.T("console.backups.running"), Look: "blue"}, t.Begun
	default:
		l.Trial, l.Tried = ui.Tag{Text: p.T("console.backups.sound")}, t.Ended
		l.TrialMore = p.T("console.backups.found", i18n.Number(t.Found.Cases), i18n.Number(t.Found.Entries), i18n.Number(t.Found.Files))
	}
	return l
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) }

// backUp begins a backup, or a trial of the archive that the form names.
func (c *Console) backUp(p *page) error {
	if c.backups == nil {
		return hall.ErrNotFound
	}
	done := "started"
	var err error
	if name := p.r.PostForm.Get("archive"); name != "" {
		done = "trying"
		_, err = c.backups.Try(p.r.Context(), p.Actor, name)
	} else {
		_, err = c.backups.Start(p.r.Context(), p.Actor)
	}
	if err != nil {
		return err
	}
	return p.back("/console/backups?done=" + done)
}
