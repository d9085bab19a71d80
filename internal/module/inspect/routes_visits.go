package inspect

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/workday"
)

// InspectTask is a visit to a company.
type InspectTask struct {
	Task      int64           `json:"task"`
	Plan      int64           `json:"plan"`
	Title     string          `json:"title" doc:"Of the plan"`
	Draw      string          `json:"draw"`
	Token     string          `json:"token,omitempty" doc:"The company in the record of the draw"`
	Party     string          `json:"party"`
	Name      string          `json:"name"`
	Area      string          `json:"area"`
	Address   string          `json:"address,omitempty"`
	Due       workday.Date    `json:"due"`
	State     string          `json:"state" enum:"open,signing,done,published"`
	Done      time.Time       `json:"done,omitzero"`
	Kind      Kind            `json:"kind,omitempty" enum:"none,not-shown,false,not-found,ordered,refuses,not-doing,pending"`
	Words     string          `json:"words,omitempty"`
	Publish   workday.Date    `json:"publish,omitzero" doc:"The last day on which it is published"`
	Published time.Time       `json:"published,omitzero"`
	Corrected string          `json:"corrected,omitempty" doc:"The case by which the result was changed"`
	Items     []CheckItem     `json:"items,omitempty"`
	Members   []InspectMember `json:"members,omitempty"`
	Marks     []InspectMark   `json:"marks,omitempty"`
	Photos    []InspectPhoto  `json:"photos,omitempty"`
	Follows   []InspectFollow `json:"follows,omitempty"`
	Unfiled   bool            `json:"unfiled,omitempty" doc:"In a list: a hand-over of it opened no case; its follows say why"`
	Salt      string          `json:"salt,omitempty" doc:"Of the company, told to itself: token is made of it and the credit code (docs/inspect.md)"`
}

// InspectMember is an inspector of a task.
type InspectMember struct {
	Inspector  string    `json:"inspector" doc:"Number of the certificate"`
	Name       string    `json:"name"`
	Department string    `json:"department"`
	Token      string    `json:"token"`
	Signed     time.Time `json:"signed,omitzero"`
	Salt       string    `json:"salt,omitempty"`
}

// InspectMark is what was found about a check item.
type InspectMark struct {
	Department string `json:"department" maxLength:"60"`
	Item       string `json:"item" maxLength:"60"`
	Kind       Kind   `json:"kind" enum:"none,not-shown,false,not-found,ordered,refuses,not-doing,pending"`
	Words      string `json:"words,omitempty" maxLength:"2000"`
}

// InspectPhoto is one taken there.
type InspectPhoto struct {
	Hash  string    `json:"hash"`
	Taken time.Time `json:"taken"`
	Lat   *int64    `json:"lat,omitempty" doc:"Millionths of a degree, CGCS2000"`
	Lon   *int64    `json:"lon,omitempty"`
}

// InspectFollow is what follows a result.
type InspectFollow struct {
	No         int64        `json:"no,omitempty" readOnly:"true"`
	Kind       string       `json:"kind" enum:"recheck,handover"`
	Due        workday.Date `json:"due,omitzero" doc:"Of a second look"`
	Department string       `json:"department,omitempty" maxLength:"100" doc:"Whom it is handed over to"`
	Words      string       `json:"words" maxLength:"2000"`
	Made       time.Time    `json:"made,omitzero" readOnly:"true"`
	Done       time.Time    `json:"done,omitzero" readOnly:"true"`
	Outcome    string       `json:"outcome,omitempty" readOnly:"true" doc:"What came of it; of a hand-over with a case, the phase in which that ended"`
	Case       string       `json:"case,omitempty" readOnly:"true" doc:"That the hand-over has opened"`
	Unfiled    string       `json:"unfiled,omitempty" readOnly:"true" doc:"Why it opened none: name, the firm's name cannot stand in a case; item, that department has no item for penalties; or the code of a refusal. Hand it over again, or end it"`
	Firm       string       `json:"firm,omitempty" readOnly:"true" doc:"The name by which it was handed over again"`
}

// InspectTaskAnswer is one task.
type InspectTaskAnswer struct{ Body InspectTask }

// InspectTaskList lists tasks.
type InspectTaskList struct {
	Body struct {
		Tasks []InspectTask `json:"tasks" nullable:"false"`
	}
}

// InspectTaskPath names a task.
type InspectTaskPath struct {
	api.Caller
	Task int64 `path:"task" minimum:"1"`
}

type inspectResultInput struct {
	InspectTaskPath
	Body struct {
		Request    string            `json:"request" minLength:"8" maxLength:"100" doc:"Made by the device: the same again gives the first answer"`
		Kind       Kind              `json:"kind" enum:"none,not-shown,false,not-found,ordered,refuses,not-doing,pending"`
		Words      string            `json:"words,omitempty" maxLength:"2000" doc:"Needed where something was found"`
		Marks      []InspectMark     `json:"marks,omitempty" maxItems:"200" doc:"One for each check item, unless nobody was found or let them in"`
		Signatures map[string]string `json:"signatures,omitempty" doc:"Drawn on the device, by certificate: a path of SVG with M and L"`
		At         time.Time         `json:"at,omitzero" doc:"When it was done there"`
	}
}

type inspectPhotoInput struct {
	api.Caller
	Task    int64     `query:"task" required:"true" minimum:"1"`
	Request string    `query:"request" required:"true" minLength:"8" maxLength:"100"`
	Name    string    `query:"name" maxLength:"200"`
	Taken   time.Time `query:"taken"`
	Located bool      `query:"located" doc:"lat and lon are given"`
	Lat     int64     `query:"lat" doc:"Millionths of a degree"`
	Lon     int64     `query:"lon"`
}

type inspectFollowInput struct {
	InspectTaskPath
	Body InspectFollow
}

type inspectAgainInput struct {
	InspectTaskPath
	Follow int64 `path:"follow" minimum:"1"`
	Body   struct {
		Firm string `json:"firm,omitempty" maxLength:"100" doc:"The firm's name as its business licence has it; as before if left out"`
	}
}

type inspectEndInput struct {
	InspectTaskPath
	Follow int64 `path:"follow" minimum:"1"`
	Body   struct {
		Outcome string `json:"outcome" maxLength:"2000"`
	}
}

type inspectPartyInput struct {
	api.Caller
	Party string `query:"party" maxLength:"40" doc:"Credit code; the newest of all if left out"`
}

type inspectOwnInput struct {
	api.Caller
	Owner  string `query:"owner" required:"true" maxLength:"60" doc:"Of a space of a company whose legal representative you are; see list-spaces"`
	Region string `query:"region" maxLength:"20"`
}

func (m *Module) visits(a huma.API, op func(id, method, path, summary, more string) huma.Operation, binary *huma.RequestBody) {
	ok := func(o huma.Operation) huma.Operation { o.DefaultStatus = http.StatusOK; return o }
	huma.Register(a, op("list-plan-tasks", http.MethodGet, "/inspect/plans/{plan}/tasks", "The tasks of a plan of your department, at most a thousand", ""), m.apiTasksOf)
	huma.Register(a, op("list-inspect-tasks", http.MethodGet, "/inspect/tasks", "The visits that you were drawn for", ""), m.apiMine)
	huma.Register(a, op("see-inspect-task", http.MethodGet, "/inspect/tasks/{task}", "A visit that you were drawn for, or of a plan of your department", ""), m.apiTask)
	photo := op("add-inspect-photo", http.MethodPost, photosPath, "A photo taken on a visit: the body is its content", "Kept upright and without what the camera wrote into it; time and place come beside it. The same request again changes nothing.")
	photo.RequestBody = binary
	huma.Register(a, photo, m.apiPhoto)
	huma.Register(a, op("hand-in-inspection", http.MethodPost, "/inspect/tasks/{task}/result", "Hand in the result of a visit, once", "It is final when every inspector has signed."), m.apiResult)
	huma.Register(a, ok(op("sign-inspection", http.MethodPost, "/inspect/tasks/{task}/sign", "Sign a result that another inspector of the team handed in", "")), m.apiSign)
	huma.Register(a, ok(op("publish-inspection", http.MethodPost, "/inspect/tasks/{task}/publish", "Publish a result", "By somebody of the planning department who did not go; by itself on the last day.")), m.apiPublish)
	huma.Register(a, op("follow-inspection", http.MethodPost, "/inspect/tasks/{task}/follows", "Record what follows a result: a second look, or a hand-over", ""), m.apiFollow)
	huma.Register(a, ok(op("end-inspection-follow", http.MethodPost, "/inspect/tasks/{task}/follows/{follow}/end", "Say what came of it", "")), m.apiEndFollow)
	huma.Register(a, ok(op("hand-over-again", http.MethodPost, "/inspect/tasks/{task}/follows/{follow}/again", "Hand over again what opened no case", "Where the firm's name could not stand in a case: by its right one.")), m.apiAgain)
	huma.Register(a, api.Anyone(op("list-inspections", http.MethodGet, "/inspections", "Published results, of a company or the newest hundred", "")), m.apiInspections)
	huma.Register(a, op("see-inspect-photo", http.MethodGet, "/inspect/tasks/{task}/photos/{hash}", "A photo of a visit that you may see", ""), m.apiShowPhoto)
	huma.Register(a, op("compare-draws", http.MethodGet, "/inspect/compare", "What uniform and tiered draws find with the same number of visits: a simulation over what Hanzhong published", ""), m.apiCompare)
	huma.Register(a, op("see-own-inspections", http.MethodGet, "/inspect/own", "Inspections of your company, with what proves that they were drawn", ""), m.apiOwn)
}

// taskView is a task for officials.
func taskView(t *Task) InspectTask {
	v := InspectTask{Task: t.No, Plan: t.Plan, Title: t.Title, Draw: drawID(t.Region, t.draw), Token: t.Token, Party: t.Party, Name: t.Name, Area: t.Area, Address: t.Address, Due: t.Due, State: t.State,
		Done: t.Done, Kind: t.Kind, Words: t.Words, Publish: t.Publish, Published: t.Published, Corrected: t.Corrected, Items: t.Items, Unfiled: t.Unfiled}
	for _, x := range t.Members {
		v.Members = append(v.Members, InspectMember{Inspector: x.Inspector, Name: x.Name, Department: x.Department, Token: x.Token, Signed: x.Signed})
	}
	for _, x := range t.Marks {
		v.Marks = append(v.Marks, InspectMark(x))
	}
	for _, x := range t.Photos {
		p := InspectPhoto{Hash: x.Hash, Taken: x.Taken}
		if x.Located {
			p.Lat, p.Lon = &x.Lat, &x.Lon
		}
		v.Photos = append(v.Photos, p)
	}
	for _, x := range t.Follows {
		v.Follows = append(v.Follows, InspectFollow{x.No, x.Kind, x.Due, x.Department, x.Words, x.Made, x.Done, x.Outcome, string(x.Case), x.Unfiled, x.Firm})
	}
	return v
}

// shownTask is a task for everybody: the result, not where it stands in a draw, from which the tier could be guessed.
func shownTask(t *Task) InspectTask {
	return InspectTask{Task: t.No, Plan: t.Plan, Title: t.Title, Draw: drawID(t.Region, t.draw), Party: t.Party, Name: t.Name, Area: t.Area, Due: t.Due, State: t.State, Done: t.Done, Kind: t.Kind, Words: t.Words,
		Publish: t.Publish, Published: t.Published, Corrected: t.Corrected}
}

func tasked(t *Task, err error) (*InspectTaskAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &InspectTaskAnswer{taskView(t)}, nil
}

func listedTasks(list []Task, err error, view func(*Task) InspectTask) (*InspectTaskList, error) {
	if err != nil {
		return nil, err
	}
	out := &InspectTaskList{}
	out.Body.Tasks = api.Views(list, view)
	return out, nil
}

func (m *Module) apiTasksOf(ctx context.Context, in *InspectPlanPath) (*InspectTaskList, error) {
	list, err := m.TasksOf(ctx, in.By(), in.Plan, 1000)
	return listedTasks(list, err, taskView)
}

func (m *Module) apiMine(ctx context.Context, in *inspectNone) (*InspectTaskList, error) {
	list, err := m.Mine(ctx, in.By(), in.Login())
	return listedTasks(list, err, taskView)
}

// seen is a task that somebody was drawn for, or whose plan is their department's.
func (m *Module) seen(ctx context.Context, by caseflow.Actor, login string, no int64) (*Task, error) {
	t, err := m.Visit(ctx, by, login, no)
	if err != nil {
		t, err = m.TaskOf(ctx, by, no)
	}
	return t, err
}

func (m *Module) apiTask(ctx context.Context, in *InspectTaskPath) (*InspectTaskAnswer, error) {
	return tasked(m.seen(ctx, in.By(), in.Login(), in.Task))
}

func (m *Module) apiPhoto(ctx context.Context, in *inspectPhotoInput) (*InspectTaskAnswer, error) {
	x := Photo{Name: in.Name, Taken: in.Taken, Lat: in.Lat, Lon: in.Lon, Located: in.Located}
	return tasked(m.TakePhoto(ctx, in.By(), in.Login(), in.Task, x, in.Request, in.Caller.Body(ctx)))
}

func (m *Module) apiResult(ctx context.Context, in *inspectResultInput) (*InspectTaskAnswer, error) {
	b := &in.Body
	res := Result{Request: b.Request, Kind: b.Kind, Words: b.Words, Signatures: b.Signatures, At: b.At}
	for _, x := range b.Marks {
		res.Marks = append(res.Marks, Mark(x))
	}
	return tasked(m.HandIn(ctx, in.By(), in.Login(), in.Task, res))
}

func (m *Module) apiSign(ctx context.Context, in *InspectTaskPath) (*InspectTaskAnswer, error) {
	return tasked(m.Sign(ctx, in.By(), in.Login(), in.Task))
}

func (m *Module) apiPublish(ctx context.Context, in *InspectTaskPath) (*InspectTaskAnswer, error) {
	return tasked(m.Publish(ctx, in.By(), in.Login(), in.Task))
}

func (m *Module) apiFollow(ctx context.Context, in *inspectFollowInput) (*InspectTaskAnswer, error) {
	return tasked(m.StartFollow(ctx, in.By(), in.Task, Follow{Kind: in.Body.Kind, Due: in.Body.Due, Department: in.Body.Department, Words: in.Body.Words}))
}

func (m *Module) apiEndFollow(ctx context.Context, in *inspectEndInput) (*InspectTaskAnswer, error) {
	return tasked(m.EndFollow(ctx, in.By(), in.Task, in.Follow, in.Body.Outcome))
}

func (m *Module) apiAgain(ctx context.Context, in *inspectAgainInput) (*InspectTaskAnswer, error) {
	return tasked(m.HandOverAgain(ctx, in.By(), in.Task, in.Follow, in.Body.Firm))
}

func (m *Module) apiInspections(ctx context.Context, in *inspectPartyInput) (*InspectTaskList, error) {
	list, err := m.Inspections(ctx, in.By(), in.Party)
	return listedTasks(list, err, shownTask)
}

func (m *Module) apiOwn(ctx context.Context, in *inspectOwnInput) (*InspectTaskList, error) {
	region, err := in.Home(in.Region)
	if err != nil {
		return nil, err
	}
	list, err := m.Own(ctx, in.By(), region, in.Owner)
	if err != nil {
		return nil, err
	}
	out := &InspectTaskList{}
	out.Body.Tasks = make([]InspectTask, len(list))
	for i, own := range list {
		v := taskView(own.Task)
		v.Salt, v.Photos = own.Salt, nil
		for j := range v.Members {
			v.Members[j].Salt = own.Salts[v.Members[j].Inspector]
		}
		out.Body.Tasks[i] = v
	}
	return out, nil
}

type inspectPhotoPath struct {
	InspectTaskPath
	Hash string `path:"hash" maxLength:"64"`
}

// InspectPhotoContent is the content of a photo.
type InspectPhotoContent struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (m *Module) apiShowPhoto(ctx context.Context, in *inspectPhotoPath) (*InspectPhotoContent, error) {
	x, f, err := m.openPhoto(ctx, in.By(), in.Login(), in.Task, in.Hash)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxPhoto))
	return &InspectPhotoContent{x.Type, text}, errors.Join(err, f.Close())
}

type inspectCompareInput struct {
	api.Caller
	A    int64  `query:"a" minimum:"0" maximum:"10000" default:"300" doc:"In ten thousand of the tier"`
	B    int64  `query:"b" minimum:"0" maximum:"10000" default:"1000"`
	C    int64  `query:"c" minimum:"0" maximum:"10000" default:"4000"`
	D    int64  `query:"d" minimum:"0" maximum:"10000" default:"8000"`
	Seed string `query:"seed" maxLength:"100" default:"2026"`
}

// InspectComparison is what both draws find, by tier.
type InspectComparison struct {
	Body struct {
		Uniform Tally `json:"uniform"`
		Tiered  Tally `json:"tiered"`
	}
}

func (m *Module) apiCompare(_ context.Context, in *inspectCompareInput) (*InspectComparison, error) {
	if !compares(in.By()) {
		return nil, hall.ErrNotFound
	}
	ratios := map[string]int64{"A": in.A, "B": in.B, "C": in.C, "D": in.D}
	if Sum(ratios) == 0 {
		return nil, at(CodeTerms, "ratios", "missing")
	}
	out := &InspectComparison{}
	var err error
	out.Body.Uniform, out.Body.Tiered, err = Hanzhong().Compare(in.Seed, ratios)
	return out, err
}
