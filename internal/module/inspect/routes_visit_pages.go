package inspect

import (
	"cmp"
	_ "embed" // the worker
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// workerScript keeps the pages of an inspector readable without a network. It is served beside them, because a worker reaches no
// further than its own folder.
//
//go:embed worker.js
var workerScript []byte

func (p *pages) worker(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Service-Worker-Allowed", deskHome)
	h.Set("Cache-Control", "no-cache")
	_, _ = w.Write(workerScript) // an error is of a client that is gone
}

// signer is an inspector in the form of a result.
type signer struct {
	Member
	Me    bool
	Drawn string // the signature that was drawn, in a form that is shown again
}

// checked is a check item in the form of a result.
type checked struct {
	Item  CheckItem
	Field ui.Field
	Words ui.Field
}

// visitPage is one task: for who goes there, and for who planned it.
type visitPage struct {
	*asked
	Task                  *Task
	Facts, Found          ui.Summary
	Marks                 ui.Table
	Who, Ahead            string // as of tableView
	HandsIn, Signs        bool
	Publishes, MayFollow  bool
	MayPhoto              bool
	Request, PhotoRequest string
	Items                 []checked
	Kind, Words           ui.Field
	Signers               []signer
	Photo                 ui.Field
	Photos                []shownPhoto
	Follow                []ui.Field
	Replace               []ui.Field // who plans takes somebody out
	Follows               []shownFollow
	Action                string
}

type shownPhoto struct{ Href, Text string }

type shownFollow struct {
	No      int64
	Text    string
	Words   string
	Case    string // that it has opened; "": none
	Outcome string
	End     ui.Field // Name is "" once it has ended, and while a case says how it will
	Unfiled string   // why it opened no case; "": it need not, or did
	Again   ui.Field // the firm's name, to hand over again
}

func (p *pages) visit(a *asked) error { return p.showVisit(a, http.StatusOK) }

func (p *pages) showVisit(a *asked, status int) error {
	no, err := a.number("task")
	if err != nil {
		return err
	}
	t, me, err := p.sentTo(a.R.Context(), a.By, a.Account.Login, no)
	if err != nil {
		if t, err = p.TaskOf(a.R.Context(), a.By, no); err != nil {
			return err
		}
	}
	a.Title = t.Name
	a.Crumbs = []ui.Link{{Text: a.T("inspect.mine"), Href: deskHome}}
	v := &visitPage{asked: a, Task: t, Marks: a.marks(t), Action: tasksHome + strconv.FormatInt(t.No, 10), Request: page.NewRequestID(), PhotoRequest: page.NewRequestID()}
	if typed := a.Typed("request"); typed != "" {
		v.Request = typed
	}
	v.facts(p)
	v.photos()
	if me != nil {
		v.Who, a.Scripts = a.By.ID, []string{"inspect.js"}
		a.W.Header().Set("Permissions-Policy", "camera=(), geolocation=(self), microphone=(), payment=()")
		v.HandsIn, v.Signs, v.MayPhoto = t.State == TaskOpen, t.State == TaskSigning && me.Signed.IsZero(), t.State != TaskPublished
		v.form(me)
	}
	if _, err := p.TaskOf(a.R.Context(), a.By, no); err == nil {
		v.Publishes = t.State == TaskDone && me == nil
		v.follows(p)
		v.replace()
	} else if !errors.Is(err, hall.ErrNotFound) {
		return err
	}
	return p.show(a, status, "visit", v)
}

func (v *visitPage) facts(p *pages) {
	t := v.Task
	row := func(s *ui.Summary, key, value string, lines ...string) {
		s.Rows = append(s.Rows, ui.SummaryRow{Label: v.T(key), Value: value, Lines: lines})
	}
	row(&v.Facts, "inspect.state", v.T("inspect.task-state."+t.State))
	v.Facts.Rows = append(v.Facts.Rows, ui.SummaryRow{Label: v.T("inspect.party"), Copy: &ui.Copy{Code: t.Party, What: v.T("inspect.party")}})
	row(&v.Facts, "inspect.address", v.area(t.Area), t.Address)
	row(&v.Facts, "inspect.plan", t.Title)
	row(&v.Facts, "inspect.visit-by", v.Day(t.Due))
	var who []string
	for _, x := range t.Members {
		text := v.T("inspect.member", x.Name, x.Inspector)
		if !x.Signed.IsZero() {
			text = v.T("inspect.member-signed", x.Name, x.Inspector, i18n.Moment(v.Lang, x.Signed))
		}
		if x.Department != t.Department { // of a joint inspection
			text = v.T("inspect.pair", text, p.department(x.Place, x.Department).In(v.Lang))
		}
		who = append(who, text)
	}
	row(&v.Facts, "inspect.members", "", who...)
	if t.Kind == "" {
		return
	}
	row(&v.Found, "inspect.result", v.T("inspect.kind."+string(t.Kind)))
	if t.Words != "" {
		row(&v.Found, "inspect.words", t.Words)
	}
	row(&v.Found, "inspect.done-at", i18n.Moment(v.Lang, t.Done))
	if t.Publish != 0 {
		row(&v.Found, "inspect.publish-by", v.Day(t.Publish))
	}
	if !t.Published.IsZero() {
		row(&v.Found, "inspect.published-at", i18n.Moment(v.Lang, t.Published))
	}
}

func (v *visitPage) photos() {
	for i, x := range v.Task.Photos {
		text := v.T("inspect.photo-at", i+1, i18n.Moment(v.Lang, x.Taken))
		if x.Located {
			text = v.T("inspect.photo-where", text, degrees(x.Lat), degrees(x.Lon))
		}
		v.Photos = append(v.Photos, shownPhoto{v.Action + "/photos/" + x.Hash, text})
	}
}

// degrees writes millionths.
func degrees(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%06d", sign, n/1_000_000, n%1_000_000)
}

// kinds are the options of a result.
func (a *asked) kinds() []ui.Option {
	list := make([]ui.Option, 0, len(Kinds()))
	for _, k := range Kinds() {
		list = append(list, ui.Option{Value: string(k), Label: a.T("inspect.kind." + string(k))})
	}
	return list
}

// form asks for the result.
func (v *visitPage) form(me *Member) {
	v.Photo = ui.Field{Kind: ui.KindFile, Name: "file", Label: v.T("inspect.photo"), Hint: v.T("inspect.photo-hint"), Accept: "image/*", Error: v.Errors.Of("file")}
	if !v.HandsIn {
		return
	}
	for i, it := range v.Task.Items {
		n := strconv.Itoa(i)
		f := v.field(ui.KindSelect, "mark"+n, it.Name, v.T("inspect.pair", it.Basis, it.Method), string(NoProblem))
		f.Options = v.kinds()
		w := v.field(ui.KindText, "words"+n, v.T("inspect.words-of", it.Name), "", "")
		w.Optional = true
		v.Items = append(v.Items, checked{it, f, w})
	}
	v.Kind = v.field(ui.KindRadio, "kind", v.T("inspect.result"), v.T("inspect.result-hint"), "")
	v.Kind.Options = v.kinds()
	v.Words = v.field(ui.KindTextarea, "words", v.T("inspect.words"), v.T("inspect.words-hint"), "")
	v.Words.Optional = true
	for _, x := range v.Task.Members {
		v.Signers = append(v.Signers, signer{x, x.Inspector == me.Inspector, v.Typed("sign." + x.Inspector)})
	}
}

// follows are what follows a result, for who plans.
func (v *visitPage) follows(p *pages) {
	t := v.Task
	for _, f := range t.Follows {
		whom := f.Department
		if f.Case != "" {
			whom = p.department(t.Place, f.Department).In(v.Lang)
		}
		text := v.T("inspect.follow."+f.Kind, v.Day(f.Due)+whom)
		one := shownFollow{No: f.No, Text: text, Words: f.Words, Outcome: f.Outcome}
		switch {
		case f.Case != "" && f.Done.IsZero():
			one.Case = v.T("inspect.follow-case", f.Case)
		case f.Case != "":
			one.Case, one.Outcome = v.T("inspect.follow-case", f.Case), v.T("inspect.follow-end."+f.Outcome)
		case f.Done.IsZero():
			if f.Kind == HandOver && f.item == "" {
				one.Case = v.T("inspect.follow-no-case")
			}
			v.unfiled(&one, &f)
			one.End = v.field(ui.KindText, "outcome"+strconv.FormatInt(f.No, 10), v.T("inspect.outcome"), "", "")
		}
		v.Follows = append(v.Follows, one)
	}
	if v.MayFollow = t.State == TaskDone || t.State == TaskPublished; !v.MayFollow {
		return
	}
	kind := v.field(ui.KindRadio, "follow", v.T("inspect.follow"), "", t.Kind.Duty())
	kind.Options = []ui.Option{{Value: Recheck, Label: v.T("inspect.duty.recheck")}, {Value: HandOver, Label: v.T("inspect.duty.handover")}}
	kind.Error = v.Errors.Of("kind")
	due, whom := v.field(ui.KindDate, "due", v.T("inspect.follow-due"), v.T("inspect.due-hint"), ""), v.field(ui.KindText, "department", v.T("inspect.follow-whom"), v.T("inspect.follow-whom-hint"), "")
	due.Optional, whom.Optional = true, true
	v.Follow = []ui.Field{kind, due, whom, v.field(ui.KindTextarea, "words", v.T("inspect.follow-words"), "", "")}
}

// unfiled says why a hand-over opened no case, and asks for the firm's name to hand it over again.
func (v *visitPage) unfiled(one *shownFollow, f *Follow) {
	switch f.Unfiled {
	case "":
		return
	case UnfiledName, UnfiledItem:
		one.Unfiled = v.T("inspect.unfiled-" + f.Unfiled)
	default:
		one.Unfiled = v.T("inspect.unfiled", page.Sentence(v.Lang, &caseflow.Refusal{Code: f.Unfiled}))
	}
	one.Again = v.field(ui.KindText, "firm"+strconv.FormatInt(f.No, 10), v.T("inspect.firm"), v.T("inspect.firm-hint"), cmp.Or(f.Firm, v.Task.Name))
}

// replace lets who plans take somebody out who cannot be, while nobody has gone.
func (v *visitPage) replace() {
	if v.Task.State != TaskOpen {
		return
	}
	who := v.field(ui.KindRadio, "replace", v.T("inspect.replace-who"), v.T("inspect.replace-hint"), "")
	for _, x := range v.Task.Members {
		who.Options = append(who.Options, ui.Option{Value: x.Token, Label: v.T("inspect.member", x.Name, x.Inspector)})
	}
	who.Options = append(who.Options, ui.Option{Value: v.Task.Token, Label: v.T("inspect.replace-company", v.Task.Name)})
	v.Replace = []ui.Field{who, v.field(ui.KindText, "reason", v.T("inspect.replace-reason"), v.T("inspect.replace-reason-hint"), "")}
}

// actVisit is a form of the page of a task.
func (p *pages) actVisit(a *asked) error {
	no, err := a.number("task")
	if err != nil {
		return err
	}
	ctx := a.R.Context()
	field := "kind"
	switch act, rest, _ := strings.Cut(a.R.PostFormValue("act"), "."); act {
	case "result":
		err = p.handIn(a, no)
	case "sign":
		_, err = p.Sign(ctx, a.By, a.Account.Login, no)
	case "publish":
		_, err = p.Publish(ctx, a.By, a.Account.Login, no)
	case "follow":
		due, wrong := ui.Day(a.R.PostFormValue("due"))
		if wrong != nil {
			due = 0
		}
		_, err = p.StartFollow(ctx, a.By, no, Follow{Kind: a.R.PostFormValue("follow"), Due: due, Department: a.R.PostFormValue("department"), Words: a.R.PostFormValue("words")})
	case "replace":
		field = "reason"
		_, err = p.Replace(ctx, a.By, no, a.R.PostFormValue("replace"), a.R.PostFormValue("reason"))
	case "end", "again":
		follow, wrong := strconv.ParseInt(rest, 10, 64)
		if wrong != nil {
			return page.BadInput(wrong)
		}
		then := p.EndFollow
		if field = "outcome" + rest; act == "again" {
			field, then = "firm"+rest, p.HandOverAgain
		}
		_, err = then(ctx, a.By, no, follow, a.R.PostFormValue(field))
	default:
		return page.BadInput(errors.New("no such act"))
	}
	if a.refusal(err, field) {
		for i := range a.Errors.Faults {
			if f := &a.Errors.Faults[i]; f.Field == "marks" {
				f.Field = a.wrongMark()
			}
		}
		return p.showVisit(a, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	http.Redirect(a.W, a.R, tasksHome+strconv.FormatInt(no, 10), http.StatusSeeOther)
	return nil
}

// wrongMark is the field of the first check item whose finding cannot stand.
func (a *asked) wrongMark() string {
	for i := 0; a.R.PostForm.Has("mark" + strconv.Itoa(i)); i++ {
		n := strconv.Itoa(i)
		if _, ok := worded(a.R.PostFormValue("words"+n), maxWords); !ok {
			return "words" + n
		}
		if !slices.Contains(Kinds(), Kind(a.R.PostFormValue("mark"+n))) {
			return "mark" + n
		}
	}
	return "kind"
}

// handIn reads the form of a result.
func (p *pages) handIn(a *asked, no int64) error {
	t, me, err := p.sentTo(a.R.Context(), a.By, a.Account.Login, no)
	if err != nil {
		return err
	}
	value := a.R.PostFormValue
	res := Result{Request: value("request"), Kind: Kind(value("kind")), Words: value("words"), Signatures: map[string]string{}}
	if at, err := time.Parse(time.RFC3339, value("at")); err == nil {
		res.At = at.UTC()
	}
	if res.Kind != NotFound && res.Kind != Refuses {
		for i, it := range t.Items {
			n := strconv.Itoa(i)
			res.Marks = append(res.Marks, Mark{it.Department, it.ID, Kind(value("mark" + n)), value("words" + n)})
		}
	}
	for _, x := range t.Members {
		if strokes := value("sign." + x.Inspector); strokes != "" || x.Inspector == me.Inspector {
			res.Signatures[x.Inspector] = strokes
		}
	}
	_, err = p.HandIn(a.R.Context(), a.By, a.Account.Login, no, res)
	return err
}

// uploadPhoto takes a photo in. The form streams: what is said of the photo stands before it.
func (p *pages) uploadPhoto(a *asked) error {
	no, err := a.number("task")
	if err != nil {
		return err
	}
	if _, _, err := p.sentTo(a.R.Context(), a.By, a.Account.Login, no); err != nil {
		return err
	}
	a.R.Body = http.MaxBytesReader(a.W, a.R.Body, maxPhoto+(1<<20))
	parts, err := a.R.MultipartReader()
	if err != nil {
		return page.BadInput(err)
	}
	said := map[string]string{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			a.Errors = &ui.Errors{Faults: []ui.Fault{{Field: "file", Text: a.T("inspect.photo-none")}}}
			return p.showVisit(a, http.StatusUnprocessableEntity)
		}
		if err != nil {
			return page.BadInput(err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			x := Photo{Name: part.FileName()}
			x.Lat, x.Lon, x.Located = place(said["lat"], said["lon"])
			if at, err := time.Parse(time.RFC3339, said["taken"]); err == nil {
				x.Taken = at.UTC()
			}
			_, err := p.TakePhoto(a.R.Context(), a.By, a.Account.Login, no, x, said["request"], part)
			if a.refusal(err, "file") {
				return p.showVisit(a, http.StatusUnprocessableEntity)
			}
			if err != nil {
				return err
			}
			http.Redirect(a.W, a.R, tasksHome+strconv.FormatInt(no, 10), http.StatusSeeOther)
			return nil
		}
		text, err := page.Typed(part, 200)
		if err != nil {
			return err
		}
		said[part.FormName()] = strings.TrimSpace(text)
	}
}

// maxPhoto bounds a photo, in bytes.
const maxPhoto = 20 << 20

// place reads millionths of a degree as a browser tells them.
func place(lat, lon string) (int64, int64, bool) {
	y, err := strconv.ParseInt(lat, 10, 64)
	x, err2 := strconv.ParseInt(lon, 10, 64)
	return y, x, err == nil && err2 == nil
}

// photo shows one photo of a task.
func (p *pages) photo(a *asked) error {
	no, err := a.number("task")
	if err != nil {
		return err
	}
	x, f, err := p.openPhoto(a.R.Context(), a.By, a.Account.Login, no, a.R.PathValue("hash"))
	if err != nil {
		return err
	}
	defer f.Close()
	h := a.W.Header()
	h.Set("Content-Type", x.Type)
	h.Set("Content-Disposition", "inline")
	h.Set("Cache-Control", "private, no-store")
	_, err = io.Copy(a.W, f)
	if err != nil {
		p.log.Warn("photo", "task", no, "err", err)
	}
	return nil
}
