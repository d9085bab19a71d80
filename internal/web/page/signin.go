package page

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tongban/tongban/internal/web/ui"
)

// Kept is one posted value that outlives a sign-in.
type Kept struct{ Name, Value string }

// The hidden fields of the sign-in form that remember where somebody was and what was typed there.
const (
	ReturnField = "return"
	keptPrefix  = "kept."
)

// maxKept bounds what is carried over a sign-in.
const maxKept = 1000

// SignInView is the sign-in page.
type SignInView struct {
	ui.Page
	Login  string
	Return string
	Kept   []Kept // names with their prefix
	Typed  bool   // something typed is kept
	Files  bool   // chosen files could not be kept
}

// LoginField and PasswordField are the two questions.
func (v *SignInView) LoginField() ui.Field {
	return ui.Field{Kind: ui.KindText, Name: "login", Label: v.T("page.login"), Hint: v.T("page.login-hint"), Value: v.Login,
		Autocomplete: "username", Error: v.Errors.Of("login"), Max: 64}
}

// PasswordField asks for the password; what was typed is never sent back.
func (v *SignInView) PasswordField() ui.Field {
	return ui.Field{Kind: ui.KindPassword, Name: "password", Label: v.T("page.password"), Autocomplete: "current-password",
		Error: v.Errors.Of("password"), Max: 128}
}

// SignIn answers somebody who must sign in first, with 401. It remembers the page, and of a form what was typed, so that
// nothing is lost when a session ends in the middle.
func (k *Kit) SignIn(w http.ResponseWriter, r *http.Request, layout string) {
	v := &SignInView{Page: k.Frame(r, layout, ""), Return: r.URL.RequestURI()}
	if r.Method == http.MethodPost {
		if err := parse(w, r); err == nil {
			for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
				for _, value := range r.PostForm[name] {
					if len(v.Kept) < maxKept {
						v.Kept = append(v.Kept, Kept{keptPrefix + name, value})
					}
				}
			}
		}
		v.Typed, v.Files = len(v.Kept) > 0, r.MultipartForm != nil
	}
	k.ShowSignIn(w, http.StatusUnauthorized, v)
}

// ShowSignIn writes the sign-in page.
func (k *Kit) ShowSignIn(w http.ResponseWriter, status int, v *SignInView) {
	v.Title, v.Narrow = v.T("page.signin-title"), true
	k.Show(w, status, "page/signin", v)
}

// maxSignedOut bounds what somebody who is not signed in may send, in bytes: a form with the photos that were chosen.
const maxSignedOut = 32 << 20

// parse reads a form of either kind. Files of a form by somebody who is not signed in are not kept.
func parse(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxSignedOut)
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return r.ParseForm()
	}
	err := r.ParseMultipartForm(64 << 10) // #nosec G120 -- the body is bounded above
	if r.MultipartForm != nil {
		_ = r.MultipartForm.RemoveAll() // temporary files; the system clears what is left
	}
	return err
}

// Carried reads back what SignIn has put into the sign-in form.
func Carried(post url.Values) (to string, kept []Kept) {
	to = Local(post.Get(ReturnField))
	for _, name := range slices.Sorted(maps.Keys(post)) {
		if plain, ok := strings.CutPrefix(name, keptPrefix); ok {
			for _, v := range post[name] {
				kept = append(kept, Kept{plain, v})
			}
		}
	}
	return to, kept
}

// Prefixed gives kept values the names under which a sign-in form carries them.
func Prefixed(kept []Kept) []Kept {
	list := make([]Kept, len(kept))
	for i, f := range kept {
		list[i] = Kept{keptPrefix + f.Name, f.Value}
	}
	return list
}

// Local returns the address if it is a path of this site, else "": nobody is led away after signing in.
func Local(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") ||
		strings.ContainsAny(address, "\\\r\n") {
		return ""
	}
	return address
}
