package public

import (
	"cmp"
	"context"
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/form"
	"github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
	"github.com/tongban/tongban/internal/witness"
	"github.com/tongban/tongban/workday"
)

//go:embed pages
var files embed.FS

// Pages are the templates of this package, for ui.Options.
func Pages() fs.FS {
	sub, err := fs.Sub(files, "pages")
	if err != nil {
		return files // "pages" is compiled in: it cannot be missing
	}
	return sub
}

// Files keeps uploaded documents by the SHA-256 of their content.
type Files interface {
	// Put stores what it reads for a material and finds its type by its content. It refuses (a *caseflow.Refusal with
	// caseflow.CodeFile and the reason: size, type, empty, macro, packed, pixels) what is larger than max bytes or unfit.
	Put(ctx context.Context, by caseflow.Actor, at quarantine.Place, r io.Reader, max int64) (caseflow.File, error)
	// Apart lists the files of a case that the scanner warned of, by material.
	Apart(ctx context.Context, key store.Key) (map[string][]store.Quarantined, error)
	// Take brings one in that was released, for who sent it.
	Take(ctx context.Context, by caseflow.Actor, key store.Key, id string) (caseflow.File, error)
	// Turn puts another content of an image: left, right or black. It refuses (a *caseflow.Refusal) what is no image.
	Turn(ctx context.Context, account string, f caseflow.File, how string) (caseflow.File, error)
	// Join puts one PDF of at most max bytes made of pictures, a page each. It refuses (a *caseflow.Refusal) what is no picture.
	Join(ctx context.Context, by caseflow.Actor, at quarantine.Place, hashes []string, max int64) (caseflow.File, error)
	// Open returns the content of a hash in lower-case hexadecimal.
	Open(ctx context.Context, hash string) (io.ReadCloser, error)
}

// Guides lists what can be asked for.
type Guides interface {
	// Items lists the newest version of every item, in the order in which the site shows them.
	Items() []*caseflow.Item
	// Item returns the version that a case began with; nil if it is not loaded.
	Item(pack, version string, id caseflow.ItemID) *caseflow.Item
	// Department names a department of an item's pack.
	Department(it *caseflow.Item, id string) caseflow.Text
	// Phone is the telephone of a department of an item's pack; empty if it has none.
	Phone(it *caseflow.Item, id string) string
	// Message writes a message in a language.
	Message(template string, n hall.Notice, lang string) string
	// Sample returns a sample file of an item's pack and its media type; false if there is none.
	Sample(it *caseflow.Item, name string) (data []byte, mediaType string, ok bool)
}

// Deps are what the door needs. All are needed but Find, Base and Log.
type Deps struct {
	Hall   *hall.Hall
	Kit    *page.Kit
	Files  Files
	Guides Guides
	Find   *find.Shelf // nil: made of Guides
	Region string      // where cases are opened
	// Verifier runs on the verify page; nil: what was built into the program.
	Verifier *Verifier
	Base     string       // address of the site for QR codes, https://host; empty: as the request says
	Log      *slog.Logger // nil: slog.Default
	// Witnesses tells how the evidence log is witnessed; nil: by nobody.
	Witnesses func(context.Context) (*witness.State, error)
}

// Site is the public door.
type Site struct {
	hall   *hall.Hall
	kit    *page.Kit
	files  Files
	guides Guides
	shelf  *find.Shelf
	region string
	base   string
	log    *slog.Logger

	verifier  *Verifier // nil: none was built
	witnesses func(context.Context) (*witness.State, error)

	verifies chan struct{} // taken while a paper is verified
}

// New makes the door.
func New(d Deps) *Site {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Find == nil {
		d.Find = find.NewShelf(d.Guides.Items, func(it *caseflow.Item, id string) []caseflow.Text {
			return append([]caseflow.Text{d.Guides.Department(it, id)}, d.Hall.FormerNames(id)...)
		})
		d.Find.Edition = d.Hall.ReformVersion
	}
	if d.Verifier == nil {
		d.Verifier = builtVerifier()
	}
	return &Site{verifier: d.Verifier, hall: d.Hall, kit: d.Kit, files: d.Files, guides: d.Guides, shelf: d.Find, region: d.Region, base: strings.TrimSuffix(d.Base, "/"), log: d.Log,
		verifies: make(chan struct{}, verifying), witnesses: d.Witnesses}
}

// Register adds the door's pages to the mux.
func (s *Site) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /services/{item}", s.guide)
	mux.HandleFunc("GET /services/{item}/list", s.list)
	mux.HandleFunc("GET /lookup/service", s.suggest)
	mux.HandleFunc("GET /services/{item}/doors", s.doors)
	mux.HandleFunc("GET /lookup/{list}", s.lookup)
	for folder := range offered {
		mux.HandleFunc("GET /services/{item}/"+folder+"/{id}", s.offer(folder))
	}
	mux.HandleFunc("GET /services/{item}/start", s.citizen(s.startPage))
	mux.HandleFunc("POST /services/{item}/start", s.citizen(s.start))
	mux.HandleFunc("GET /line", s.lobbies)
	mux.HandleFunc("GET /line/{lobby}", s.lobby)
	mux.HandleFunc("POST /line/{lobby}", s.takeTurn)
	mux.HandleFunc("GET /line/{lobby}/screen", s.screen)
	mux.HandleFunc("GET /number/{code}", s.place)
	mux.HandleFunc("POST /number/{code}", s.leave)
	mux.HandleFunc("GET /names", s.names)
	mux.HandleFunc("GET /notices", s.notices)
	mux.HandleFunc("GET /announcements", s.announced)
	mux.HandleFunc("GET /notices/{notice}", s.notice)
	mux.HandleFunc("POST /notices/{notice}", s.object)
	mux.HandleFunc("GET /log", s.logPage)
	mux.HandleFunc("GET /verify", s.verifyForm)
	mux.HandleFunc("GET "+proofAddress, s.proofPage)
	mux.HandleFunc("GET "+proofAddress+".schema.json", s.proofSchema)
	mux.HandleFunc("GET "+proofAddress+".wasm", s.part("application/wasm", func(v *Verifier) []byte { return v.wasm }))
	mux.HandleFunc("GET "+proofAddress+"/{case}/{leaf}", s.knowsLeaf)
	mux.HandleFunc("GET /verify/wasm_exec.js", s.part("text/javascript; charset=utf-8", func(v *Verifier) []byte { return v.exec }))
	mux.HandleFunc("GET /verify/{code}", s.verify)
	mux.HandleFunc("GET /verify/{code}/qr.png", s.verifyQR)
	mux.HandleFunc("GET /verify/{case}/{code}", s.verifyPaper)
	mux.HandleFunc("GET /progress", s.progressForm)
	mux.HandleFunc("GET /progress/{case}/{digits}", s.progress)
	mux.HandleFunc("GET /progress/{case}/{digits}/receipt", s.bearerProofPage)
	mux.HandleFunc("POST /progress/{case}/{digits}/receipt", s.bearerProof)
	mux.HandleFunc("GET /progress/{case}/{digits}/rate", s.bearerRatePage)
	mux.HandleFunc("POST /progress/{case}/{digits}/rate", s.bearerRate)

	mux.HandleFunc("GET /my", s.citizen(s.my))
	mux.HandleFunc("GET /my/licences", s.citizen(s.licences))
	mux.HandleFunc("GET /my/messages", s.citizen(s.messages))
	mux.HandleFunc("GET /my/looks", s.citizen(s.ownLooks))
	mux.HandleFunc("POST /my/messages/read", s.citizen(s.readMessages))
	mux.HandleFunc("GET /my/mandates", s.citizen(s.mandates))
	mux.HandleFunc("POST /my/benefits", s.citizen(s.switchBenefits))
	mux.HandleFunc("POST /my/mandates", s.citizen(s.give))
	mux.HandleFunc("POST /my/mandates/accept", s.citizen(s.accept))
	mux.HandleFunc("GET /my/mandates/{mandate}/end", s.citizen(s.endPage))
	mux.HandleFunc("POST /my/mandates/{mandate}/end", s.citizen(s.end))
	mux.HandleFunc("POST /my/companies", s.citizen(s.claim))
	own := func(pattern string, h func(w http.ResponseWriter, r *http.Request, o *own)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /my/cases/{case}"+path, s.citizen(s.owned(h)))
	}
	own("GET ", s.casePage)
	own("GET /form/{page}", s.formPage)
	own("POST /form/{page}", s.saveForm)
	own("GET /materials/{material}", s.materialPage)
	own("POST /materials/{material}", s.saveMaterial)
	own("GET /files/{hash}", s.file)
	own("GET /check", s.checkPage)
	own("POST /check", s.submit)
	own("GET /receipt.json", s.proof)
	own("GET /papers/{paper}", s.paper)
	own("GET /clocks/{clock}", s.clock)
	own("GET /withdraw", s.withdrawPage)
	own("POST /withdraw", s.withdraw)
	own("GET /help", s.helpPage)
	own("POST /help", s.saveHelp)
	own("GET /rate", s.ratePage)
	own("POST /rate", s.rate)
	own("GET /looks", s.looks)
	own("GET /licences/{no}", s.licence)
}

// citizen lets only a signed-in citizen through; others sign in first and come back with what they typed.
func (s *Site) citizen(next func(w http.ResponseWriter, r *http.Request, by caseflow.Actor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by, _, ok := access.FromRequest(r)
		switch {
		case !ok:
			s.kit.SignIn(w, r, ui.Public)
		case by.Kind != caseflow.ActorCitizen:
			s.forApplicants(w, r)
		default:
			next(w, r, by)
		}
	}
}

// forApplicants tells an official that the page is for those who apply, and where their own work is.
func (s *Site) forApplicants(w http.ResponseWriter, r *http.Request) {
	p := s.frame(r, "")
	p.Title, p.Narrow = p.T("public.applicants-title"), true
	s.kit.Show(w, http.StatusNotFound, "public/applicants", &p)
}

// actingFor is whom the person acts for in a case; it is carried under its own zero value.
type actingFor struct {
	name  string
	legal bool // as the company's legal representative
}

func (s *Site) frame(r *http.Request, title string) ui.Page {
	p := s.kit.Frame(r, ui.Public, title)
	whom, _ := r.Context().Value(actingFor{}).(actingFor)
	p.For, p.Legal = whom.name, whom.legal
	return p
}

// narrow is the frame of a page with a form or text and a way back.
func (s *Site) narrow(r *http.Request, title, back string) ui.Page {
	p := s.frame(r, title)
	p.Narrow = true
	if back != "" {
		p.Back = &ui.Link{Text: p.T("layout.back"), Href: back}
	}
	return p
}

func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.kit.Fail(w, r, ui.Public, err)
}

// own is a case that belongs to who asks, with what is asked for so far.
type own struct {
	*hall.View
	by    caseflow.Actor
	key   store.Key
	asked *caseflow.Asked
	data  form.Answers
	lang  string
	today workday.Date
	// granter names who issued a licence.
	granter page.LicenceNamer
}

// path is the address of a page of the case.
func (o *own) path(sub string) string { return caseAddress(o.key.Case) + sub }

// space is the address of the space that the case is listed in.
func (o *own) space() string {
	if o.Case.Owner == o.by.ID {
		return "/my"
	}
	return "/my?" + url.Values{forField: {o.Case.Owner}}.Encode()
}

func caseAddress(no caseflow.CaseNo) string { return "/my/cases/" + string(no) }

// typing reports whether the applicant may change the request now.
func (o *own) typing() bool {
	return o.Case.Phase == caseflow.PhaseDraft || o.Case.Phase == caseflow.PhaseCorrecting
}

// owned finds the case that the address names. Somebody else's reads as not found.
func (s *Site) owned(next func(w http.ResponseWriter, r *http.Request, o *own)) func(http.ResponseWriter, *http.Request, caseflow.Actor) {
	return func(w http.ResponseWriter, r *http.Request, by caseflow.Actor) {
		o, err := s.find(r, by, r.PathValue("case"))
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if o.Case.Owner != by.ID { // shown on each page of the case
			r = r.WithContext(context.WithValue(r.Context(), actingFor{}, actingFor{o.Case.Applicant.Name, o.Legal}))
		}
		next(w, r, o)
	}
}

func (s *Site) find(r *http.Request, by caseflow.Actor, no string) (*own, error) {
	key, err := hall.KeyOf(no)
	if err != nil {
		return nil, err
	}
	v, err := s.hall.View(r.Context(), by, key, r.URL.Path, "")
	if err != nil {
		return nil, err
	}
	return s.open(r, key, v)
}

func (s *Site) open(r *http.Request, key store.Key, v *hall.View) (*own, error) {
	asked, refusal := caseflow.Ask(v.Case, v.Item)
	if refusal != nil {
		return nil, refusal
	}
	data, err := form.Decode(v.Case.Form)
	if err != nil {
		return nil, err
	}
	return &own{View: v, by: v.Actor(), key: key, asked: asked, data: data, lang: page.Lang(r), today: workday.DateOf(s.hall.Now()), granter: s.granter(page.Lang(r))}, nil
}

// do gives a command under the request id that the form carries, so that a double click or a re-sent form acts once.
func (s *Site) do(r *http.Request, o *own, cmd caseflow.Command) (hall.Receipt, error) {
	return s.hall.Do(r.Context(), o.by, page.RequestID(r), o.key, cmd)
}

// department names a department of the item in the language, as it is called now in the region of the site.
func (s *Site) department(it *caseflow.Item, lang string) func(id string) string {
	return s.departmentAt(s.region, it, lang, time.Time{})
}

// departmentAt names a department of a region as it was called at an instant, zero: now.
func (s *Site) departmentAt(region string, it *caseflow.Item, lang string, at time.Time) func(id string) string {
	return func(id string) string {
		var own caseflow.Text
		if it != nil { // else its pack is not loaded any more
			own = s.guides.Department(it, id)
		}
		if name, former := s.hall.Called(region, id, own, at); name.ZH != "" {
			return page.Called(lang, name, former)
		}
		return id
	}
}

// paperOffice names a department of a case as it was called when a paper was given.
func (s *Site) paperOffice(region string, it *caseflow.Item, lang string) func(id string, at time.Time) string {
	return func(id string, at time.Time) string {
		name, _ := s.hall.Called(region, id, s.guides.Department(it, id), at)
		return cmp.Or(name.In(lang), id)
	}
}

// departmentOf names a department of the case.
func (s *Site) departmentOf(o *own) func(id string) string {
	return s.departmentAt(o.key.Region, o.Item, o.lang, time.Time{})
}
