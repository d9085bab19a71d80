package page

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/web/ui"
)

// Kept is one posted value that outlives a sign-in.
type Kept struct{ Name, Value string }

// The hidden fields of the sign-in form that remember where somebody was and what was typed there.
const (
	ReturnField = "return"
	keptPrefix  = "kept."
	filesField  = "kept-files" // the form was one with files: it goes on as such
)

// maxKept bounds what is carried over a sign-in, or a time when the service is busy.
const maxKept = 1000

// SignInView is the sign-in page.
type SignInView struct {
	ui.Page
	Login     string
	Return    string
	Kept      []Kept    // names with their prefix
	Files     bool      // the form was one with files, which could not be kept
	Providers []ui.Link // where one may sign in elsewhere
	Large     bool      // so much was sent that not all of it was read
}

// Typed reports whether something is kept.
func (v *SignInView) Typed() bool { return len(v.Kept) > 0 }

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
		var post url.Values
		post, v.Files, v.Large = posted(w, r)
		if !InUTF8(post) {
			k.Fail(w, r, layout, ErrEncoding)
			return
		}
		v.Kept = Prefixed(kept(post))
	}
	k.ShowSignIn(w, http.StatusUnauthorized, v)
}

// InUTF8 reports whether all that was posted can be read.
func InUTF8(form url.Values) bool {
	for name, values := range form {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return false
		}
	}
	return true
}

// kept lists what was posted, in the order of the names; maxKept values at most.
func kept(post url.Values) (list []Kept) {
	for _, name := range slices.Sorted(maps.Keys(post)) {
		for _, value := range post[name] {
			if len(list) < maxKept {
				list = append(list, Kept{name, value})
			}
		}
	}
	return list
}

// ShowSignIn writes the sign-in page.
func (k *Kit) ShowSignIn(w http.ResponseWriter, status int, v *SignInView) {
	v.Title, v.Narrow, v.Scripts = v.T("page.signin-title"), true, []string{"passkey.js"}
	for _, p := range k.providers() {
		v.Providers = append(v.Providers, ui.Link{Text: v.T("page.provider-signin", p.Name.Text().In(v.Lang)), Href: SignInPath + "/" + p.ID})
	}
	k.Show(w, status, "page/signin", v)
}

const (
	// MaxSent bounds a form with files, in bytes. What is too large is read to its end up to here, so that the browser gets
	// the page that says so instead of a broken connection.
	MaxSent = 256 << 20
	// maxPlain bounds all that is typed into a form with files.
	maxPlain = 1 << 20
)

// posted reads what was typed into a form of either kind. Files of somebody who is not signed in are read past, not kept.
// large reports that the form was larger than what is read: what was typed behind that is lost.
func posted(w http.ResponseWriter, r *http.Request) (post url.Values, files, large bool) {
	if !IsUpload(r) {
		err := r.ParseForm() // the site bounds a form without files
		return r.PostForm, false, err != nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, MaxSent)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, true, false
	}
	post = url.Values{}
	left := int64(maxPlain)
	for {
		part, err := parts.NextPart()
		if err != nil {
			return post, true, !errors.Is(err, io.EOF)
		}
		if part.FileName() != "" || part.FormName() == "" {
			continue // NextPart reads past it
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if left -= int64(len(text)); err != nil || left < 0 {
			return post, true, true
		}
		post.Add(part.FormName(), string(text))
	}
}

// Carry is what a sign-in form has carried: where somebody was, and what was typed there.
type Carry struct {
	To    string
	Kept  []Kept
	Files bool // it was a form with files, and goes on as one
}

// Carried reads back what SignIn has put into the sign-in form.
func Carried(post url.Values) Carry {
	c := Carry{To: Local(post.Get(ReturnField)), Files: post.Has(filesField)}
	for _, name := range slices.Sorted(maps.Keys(post)) {
		if plain, ok := strings.CutPrefix(name, keptPrefix); ok {
			for _, v := range post[name] {
				c.Kept = append(c.Kept, Kept{plain, v})
			}
		}
	}
	return c
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
