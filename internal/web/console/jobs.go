package console

import (
	"net/url"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// jobsView lists the background work of the servers (后台任务), with a button for each that this server can do now.
type jobsView struct {
	*page
	Lines   []jobLine
	Manages bool
	Empty   *ui.Empty
}

type jobLine struct {
	Name, What, Server string
	State              ui.Tag
	Began, Failed      time.Time
	Next               time.Time // zero: when it is needed
	Done, Fault        string
	Action             string // address of the button; "" none
}

// Short is when something was, in few letters.
func (v *jobsView) Short(t time.Time) string { return i18n.Short(t, v.Now) }

func (c *Console) jobs(p *page) error {
	list, err := c.hall.Jobs(p.r.Context(), p.Actor)
	if err != nil {
		return err
	}
	p.Title = p.T("console.menu.jobs")
	v := &jobsView{page: p, Manages: p.may(access.SystemManage)}
	for i := range list {
		v.Lines = append(v.Lines, v.line(&list[i]))
	}
	if len(list) == 0 {
		v.Empty = &ui.Empty{Title: p.T("console.jobs.none"), Why: p.T("console.jobs.none-why")}
	}
	if p.r.URL.Query().Get("done") == "asked" {
		p.Notice = &ui.Notice{Kind: ui.Success, Title: p.T("console.jobs.done-asked")}
	}
	return p.show("jobs", v)
}

// line is one kind of work in words.
func (v *jobsView) line(j *hall.Job) jobLine {
	l := jobLine{Name: v.T("console.job." + j.Name), What: v.T("console.job." + j.Name + "-what"), Server: j.Server, Began: j.Began, Failed: j.Failed, Next: j.Next, Fault: j.Fault}
	if j.Here {
		l.Server = v.T("console.jobs.here", j.Server)
	}
	switch {
	case j.Ended.IsZero():
		l.State = ui.Tag{Text: v.T("console.jobs.running"), Look: "blue"}
	case !j.Failed.IsZero() && j.Failed.Equal(j.Ended):
		l.State = ui.Tag{Text: v.T("console.jobs.failed"), Look: "red"}
	default:
		l.State = ui.Tag{Text: v.T("console.jobs.well")}
		l.Done = v.T("console.jobs.took", i18n.Number(int64(j.N)), seconds(j.Ended.Sub(j.Began)))
	}
	if v.Manages && j.Asks {
		l.Action = "/console/jobs/" + url.PathEscape(j.Name)
	}
	return l
}

// runJob asks that some work runs now.
func (c *Console) runJob(p *page) error {
	if err := c.hall.RunJob(p.r.Context(), p.Actor, p.r.PathValue("job")); err != nil {
		return err
	}
	return p.back("/console/jobs?done=asked")
}
