package page

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/ui"
)

// busyView is the page of what could not be done just now, or not so often: one button tries the same again, with all that was typed.
type busyView struct {
	ui.Page
	Text    string
	To      string     // where the same is tried again
	Kept    []Kept     // what was typed
	Secrets []ui.Field // passwords are never sent back: they are asked for again
	Files   bool       // what was sent came with files, which must be chosen again
}

// secrets are the fields that hold passwords, at whatever page.
var secrets = []string{"password", "old"}

// cross tells forms of this site from those that another site makes a browser send: what they say must not become a button here.
var cross = http.NewCrossOriginProtection()

// Busy answers that there is no room for the request. Nobody has asked yet who sends it, and the page has no navigation; one that asks for
// nothing but a page gets one that is made once. For it is what most get when far too many come, and what it costs is taken from the others.
func (k *Kit) Busy(w http.ResponseWriter, r *http.Request) {
	frame := ui.NewPage(r, ui.Public)
	frame.Bare = true
	atTerminal(r, &frame)
	status, retry := Status(store.ErrBusy)
	w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	text := frame.T("problem.503-text")
	if r.Method != http.MethodGet || frame.Terminal {
		frame.Request = Reference(r)
		k.busy(w, r, status, &frame, text)
		return
	}
	look := frame.Lang + strconv.FormatBool(frame.Elder)
	made, ok := k.busyPages.Load(look)
	if !ok {
		frame.Here = ""
		v := &busyView{Page: frame, Text: text} // an empty address is that of the page
		v.Title, v.Narrow = v.T("problem."+strconv.Itoa(status)+"-title"), true
		write, whole := k.ui.Draw(status, "page/busy", v)
		if made = write; whole {
			made, _ = k.busyPages.LoadOrStore(look, write)
		}
	}
	made.(func(http.ResponseWriter))(w)
}

// busy answers that nothing was done, and keeps what was typed for another try.
func (k *Kit) busy(w http.ResponseWriter, r *http.Request, status int, frame *ui.Page, text string) {
	v := &busyView{Page: *frame, Text: text, To: cmp.Or(Local(r.URL.RequestURI()), "/")}
	v.Title, v.Narrow = v.T("problem."+strconv.Itoa(status)+"-title"), true
	switch {
	case r.Method == http.MethodGet:
		v.Back = nil // the button leads there
	case cross.Check(r) != nil:
		v.To = "/"
	case IsUpload(r):
		v.Files, v.Back = true, nil
	case r.ParseForm() == nil:
		for _, name := range secrets {
			if r.PostForm.Has(name) {
				v.Secrets = append(v.Secrets, ui.Field{Kind: ui.KindPassword, Name: name, Label: v.T("page.password-again"), Autocomplete: "current-password", Width: "medium"})
			}
		}
		v.Kept = slices.DeleteFunc(kept(r.PostForm), func(f Kept) bool { return slices.Contains(secrets, f.Name) })
	}
	k.Show(w, status, "page/busy", v)
}
