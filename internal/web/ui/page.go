package ui

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/web/i18n"
)

// Layouts.
const (
	Public  = "public"  // one quiet column for citizens and companies
	Desk    = "desk"    // wide, for clerks
	Console = "console" // wide with a menu at the side, for administrators
)

// Site is what stands in every header and footer.
type Site struct {
	Name       caseflow.Text // such as 渭南市政务服务
	Host       caseflow.Text // 主办单位
	Phone      string        // 咨询电话
	Complaints string        // 监督投诉电话
	Record     string        // 备案号, may be empty
	Links      []SiteLink
}

// SiteLink is a footer link in both languages.
type SiteLink struct {
	Text caseflow.Text
	Href string
}

// Link is a place to go to.
type Link struct {
	Text    string
	Href    string
	Current bool
	Count   int // shown behind the text in tabs and menus where above zero
}

// LinkGroup is a headed part of the console's menu.
type LinkGroup struct {
	Title string
	Links []Link
}

// User is who is signed in.
type User struct {
	Name string
	Post string // department and role, may be empty
	Home string // address of their own space
	Out  string // address that signs out on POST
}

// Page is what every view embeds. Start it with NewPage; the handler then sets what the page is about.
type Page struct {
	Lang    string
	Elder   bool   // 长辈版
	Layout  string // Public, Desk or Console
	Title   string // of the page, without the site's name
	Here    string // path and query of this page
	Site    Site
	User    *User
	SignIn  string // address of the sign-in page, shown when User is nil
	Nav     []Link
	Menu    []LinkGroup // of the console
	Crumbs  []Link
	Back    *Link
	For     string // whom the person acts for on this page; empty: themselves
	Legal   bool   // For is a company whose legal representative the person is
	Notice  *Notice
	Errors  *Errors
	Idle    int      // seconds until the session ends if nothing is done; 0: nobody is signed in
	Narrow  bool     // keep to a column that reads well; for forms and text
	Scripts []string // further static files of this page, by name
	Wasm    bool     // its scripts run WebAssembly
	Request string   // reference number of this request
	Now     time.Time
	// Bare: nobody operates the page: no navigation, no tools, no footer; for a large screen.
	Bare bool
	// Terminal: a public terminal shows the page: large, without links out, with a button that ends and forgets.
	Terminal bool
	// Forget is after how many seconds without a touch the terminal forgets who used it; 0 where there is nothing to forget.
	Forget int
	// Unsent is who sends forms on this page that are sent again when the network was away (resend.js); empty: none are.
	Unsent string
	// SaveForm is the id of a form that the switches of language and view save first: they are then buttons of it that send
	// Switch, so that nothing typed is lost. Empty: they are links.
	SaveForm string
}

// Cookies that keep how somebody wants to see the pages. They hold no personal data.
const (
	langCookie    = "lang"
	viewCookie    = "view"
	elderView     = "elder"
	cookieSeconds = 365 * 24 * 60 * 60
)

// NewPage starts the frame of a page for a request: language and view by ?lang= and ?view=, then by cookie.
func NewPage(r *http.Request, layout string) Page {
	p := Page{Lang: i18n.Chinese, Layout: layout, Here: r.URL.RequestURI()}
	if choice(r, langCookie) == i18n.English {
		p.Lang = i18n.English
	}
	p.Elder = choice(r, viewCookie) == elderView
	return p
}

func choice(r *http.Request, name string) string {
	if v := r.URL.Query().Get(name); v != "" {
		return v
	}
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// preferences are the cookies and what each may hold.
var preferences = map[string][]string{langCookie: {i18n.Chinese, i18n.English}, viewCookie: {elderView, "standard"}}

// Preferences remembers a language or view that was chosen by ?lang= or ?view= in a cookie, then serves the page as usual.
func Preferences(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.RawQuery != "" {
			q := r.URL.Query()
			for name, allowed := range preferences {
				if v := q.Get(name); slices.Contains(allowed, v) {
					// #nosec G124 -- a language is no secret, and the choice must also last on plain HTTP within a building
					http.SetCookie(w, &http.Cookie{Name: name, Value: v, Path: "/", MaxAge: cookieSeconds,
						HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode})
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Switch is the name of the buttons that a SaveForm gets for language and view; their values are one of Switches, ready to
// be put behind the address of the page.
const Switch = "_switch"

// Switches lists what the buttons send.
func Switches() []string {
	var list []string
	for name, values := range preferences {
		for _, v := range values {
			list = append(list, name+"="+v)
		}
	}
	return list
}

// TerminalEnd is where a public terminal forgets who used it.
const TerminalEnd = "/terminal/end"

// End is TerminalEnd for templates.
func (p *Page) End() string { return TerminalEnd }

// Frame is what the layout shows, whatever else the view holds: templates find a field of it at once, and would search for it in each
// struct that a view embeds.
func (p *Page) Frame() *Page { return p }

// T gives a message in the page's language.
func (p *Page) T(key string, args ...any) string { return i18n.T(p.Lang, key, args...) }

// dress fills in what a handler need not think of.
func (p *Page) dress(site Site) {
	if p.Lang != i18n.English {
		p.Lang = i18n.Chinese
	}
	if p.Layout == "" {
		p.Layout = Public
	}
	if p.Site.Name.ZH == "" {
		p.Site = site
	}
	if p.Here == "" {
		p.Here = "/"
	}
}

// reference is the number that a person can report; it is made where the request has none.
func (p *Page) reference() string {
	if p.Request == "" {
		p.Request = rand.Text()[:10]
	}
	return p.Request
}

// Head is the text of <title>: the page's title, with 错误: before it when something must be mended, and the site's name.
func (p *Page) Head() string {
	title := p.Title
	if p.Errors != nil && len(p.Errors.Faults) > 0 {
		title = i18n.T(p.Lang, "layout.error-title", title)
	}
	if name := p.Site.Name.In(p.Lang); title == "" {
		return name
	} else if name != "" {
		return title + " - " + name
	}
	return title
}

// HTMLLang is the language tag of <html>.
func (p *Page) HTMLLang() string { return htmlLang(p.Lang) }

func htmlLang(lang string) string {
	if lang == i18n.English {
		return "en"
	}
	return "zh-CN"
}

// With is the address of this page with one query parameter set.
func (p *Page) With(name, value string) string {
	u, err := url.ParseRequestURI(p.Here)
	if err != nil {
		u = &url.URL{Path: "/"}
	}
	q := u.Query()
	q.Set(name, value)
	path := "/" + strings.TrimLeft(u.Path, `/\`) // two slashes would lead to another site
	return (&url.URL{Path: path, RawQuery: q.Encode()}).String()
}

// OtherLang is the language that the switch leads to.
func (p *Page) OtherLang() string {
	if p.Lang == i18n.English {
		return i18n.Chinese
	}
	return i18n.English
}

// problem is the view of an error page.
type problem struct {
	Page
	Text      string
	Reference string
}

// problemView words an HTTP status; one without words of its own reads as 400 or 500.
func problemView(frame Page, status int, ref string) *problem {
	code := strconv.Itoa(status)
	switch {
	case i18n.Has("problem." + code + "-title"):
	case status >= 500:
		code = "500"
	default:
		code = "400"
	}
	frame.Title = i18n.T(frame.Lang, "problem."+code+"-title")
	frame.Errors, frame.Notice, frame.Crumbs, frame.Scripts, frame.Wasm = nil, nil, nil, nil, false
	frame.Narrow = true
	return &problem{frame, i18n.T(frame.Lang, "problem."+code+"-text"), ref}
}
