package walk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// house is the real server over a store of its own, on virtual time.
type house struct {
	pack   *pack.Pack
	store  *sqlstore.Store
	files  filestore.Store
	hall   *hall.Hall
	gate   *access.Gate
	server *http.Server
	served chan error
	base   string
	client *http.Client
	people map[string]*person

	log        *sequencer.Sequencer // nil: no act calls a module
	workers    []worker
	operations map[string]operation // of the API, by id
	kept       map[string]string    // what acts keep of answers

	mu  sync.Mutex
	now time.Time
}

// shelf is the catalogue of one pack.
type shelf []*caseflow.Item

// Current is hall.Catalogue's.
func (s shelf) Current(id caseflow.ItemID) *caseflow.Item {
	i := slices.IndexFunc(s, func(it *caseflow.Item) bool { return it.ID == id })
	if i < 0 {
		return nil
	}
	return s[i]
}

// Item is hall.Catalogue's.
func (s shelf) Item(_, _ string, id caseflow.ItemID) *caseflow.Item { return s.Current(id) }

func openHouse(ctx context.Context, o Options, begin time.Time) (_ *house, err error) {
	h := &house{pack: o.Pack, now: begin, people: map[string]*person{}, kept: map[string]string{}, client: o.Client, served: make(chan error, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	keys, err := seal.Open(o.Dir, begin)
	if err != nil {
		return h, err
	}
	if h.store, err = sqlstore.Open(ctx, sqlstore.Options{Address: filepath.Join(o.Dir, "walk.db"), Log: o.Log, Schemas: o.Schemas, Ring: keys}); err != nil {
		return h, err
	}
	if h.files, err = filestore.Open(filepath.Join(o.Dir, "files"), begin); err != nil {
		return h, err
	}
	items := shelf(o.Pack.Items)
	if h.hall, err = hall.New(hall.Options{Store: h.store, Catalogue: items, Lobbies: o.Pack.LobbiesHere, Files: h.files, Now: h.time, Log: o.Log}); err != nil {
		return h, err
	}
	if h.gate, err = access.NewGate(h.store, access.Options{Now: h.time, Hashes: access.Weak(), Seal: keys}); err != nil {
		return h, err
	}
	var modules []api.Module
	if o.Modules != nil {
		if modules, err = o.Modules(h.store, h.hall); err != nil {
			return h, err
		}
	}
	for _, m := range modules {
		if w, ok := m.(worker); ok {
			h.workers = append(h.workers, w)
		}
	}
	if err := h.begin(ctx, o); err != nil {
		return h, err
	}
	handler, err := api.New(api.Options{Modules: modules,
		Hall: h.hall, Gate: h.gate, Contacts: access.NewContacts(h.store, h.time, nil, nil), Files: h.files, Quarantine: quarantine.New(h.files, h.store, h.gate, h.time, o.Log), Log: o.Log, Version: "walk",
		Items: func() []*caseflow.Item { return items }})
	if err != nil {
		return h, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return h, fmt.Errorf("listen on loopback: %w", err)
	}
	h.base = "http://" + listener.Addr().String() + api.Prefix
	h.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { h.served <- h.server.Serve(listener) }()
	return h, nil
}

func (h *house) close() error {
	var errs []error
	if h.server != nil {
		h.client.CloseIdleConnections()
		errs = append(errs, h.server.Close())
		if err := <-h.served; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	if h.files != nil {
		errs = append(errs, h.files.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}

// time is the virtual clock.
func (h *house) time() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) set(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = t
}

// maxWakes bounds how often clocks act between two acts, so that one that never comes to rest is found.
const maxWakes = 10_000

// turn turns the clock forward to an instant and lets every clock act on the way, at its own instant.
func (h *house) turn(ctx context.Context, to time.Time) error {
	for range maxWakes {
		wake, err := h.nextWake(ctx)
		if err != nil {
			return err
		}
		if wake.IsZero() || wake.After(to) {
			h.set(to)
			return nil
		}
		if wake.After(h.time()) {
			h.set(wake)
		}
		moved, err := h.hall.RunClocks(ctx)
		if err != nil {
			return err
		}
		if moved == 0 {
			return fmt.Errorf("a clock that is due at %s does not act", wake)
		}
	}
	return fmt.Errorf("clocks do not come to rest before %s", to)
}

// nextWake is the earliest instant at which a case wants to be woken, zero if none does.
func (h *house) nextWake(ctx context.Context) (time.Time, error) {
	var first time.Time
	regions, err := h.store.Regions(ctx)
	if err != nil {
		return first, err
	}
	for _, region := range regions {
		q := store.CaseQuery{Region: region, Limit: 200}
		for {
			rows, next, err := h.store.Cases(ctx, q)
			if err != nil {
				return first, err
			}
			for _, r := range rows {
				if !r.Wake.IsZero() && (first.IsZero() || r.Wake.Before(first)) {
					first = r.Wake
				}
			}
			if q.Cursor = next; next == "" {
				break
			}
		}
	}
	return first, nil
}

// person is somebody of the walk with an account.
type person struct {
	pack.Account
	login, password string
	id              string // of the account
	token           string
}

// welcome adds the accounts and signs everybody in.
func (h *house) welcome(ctx context.Context) error {
	for _, a := range h.pack.Walk.Accounts {
		n := access.NewAccount{Login: a.ID, Kind: a.Kind, Name: a.Name, Region: a.Region, Department: a.Department, Roles: a.Roles,
			Document: a.Document, Phone: a.Phone}
		if a.Kind == caseflow.ActorCitizen {
			n.Login = a.Phone
			if n.Region == "" && len(h.pack.Walk.Scenes) > 0 {
				n.Region = h.pack.Walk.Scenes[0].Region
			}
		}
		added, err := h.gate.Seed(ctx, []access.NewAccount{n})
		if err != nil {
			return fmt.Errorf("%s: %w", a.ID, err)
		}
		if len(added) == 0 {
			return fmt.Errorf("%s: the login %s belongs to somebody else (give every account its own id, every citizen an own phone)", a.ID, n.Login)
		}
		p := &person{Account: a, login: n.Login, password: added[0].Password}
		if err := h.signIn(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", a.ID, err)
		}
		h.people[a.ID] = p
	}
	return nil
}

func (h *house) signIn(ctx context.Context, p *person) error {
	got, err := h.send(ctx, "", http.MethodPost, "/sessions", map[string]string{"login": p.login, "password": p.password})
	if err != nil {
		return err
	}
	if got.problem != nil {
		return fmt.Errorf("sign in: %s", got.problem.Detail)
	}
	var in api.SignedIn
	if err := json.Unmarshal(got.body, &in.Body); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	p.token, p.id = in.Body.Token, in.Body.Me.ID
	return nil
}

// answer is what the API said: a body, or a problem.
type answer struct {
	body    []byte
	problem *api.Problem
}

// call sends a request as somebody (nil: without signing in), who signs in again when the session has run out.
func (h *house) call(ctx context.Context, p *person, method, path string, body any) (answer, error) {
	if p == nil {
		return h.send(ctx, "", method, path, body)
	}
	got, err := h.send(ctx, p.token, method, path, body)
	if err != nil || got.problem == nil || got.problem.Status != http.StatusUnauthorized {
		return got, err
	}
	if err := h.signIn(ctx, p); err != nil {
		return got, err
	}
	return h.send(ctx, p.token, method, path, body)
}

// send sends one request; bytes go as they are, everything else as JSON. A failure of the server is an error.
func (h *house) send(ctx context.Context, token, method, path string, body any) (answer, error) {
	data, raw := body.([]byte)
	kind := "application/octet-stream"
	if !raw && body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
		}
		kind = "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, method, h.base+path, bytes.NewReader(data))
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := h.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode < http.StatusBadRequest {
		return answer{body: got}, nil
	}
	var problem api.Problem
	if err := json.Unmarshal(got, &problem); err != nil || res.StatusCode >= http.StatusInternalServerError {
		return answer{}, fmt.Errorf("%s %s: status %d: %.300s", method, path, res.StatusCode, got)
	}
	return answer{problem: &problem}, nil
}
