package bench

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"modernc.org/sqlite"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/demo"
	"github.com/tongban/tongban/internal/pack"
	"github.com/tongban/tongban/internal/seal"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
	"github.com/tongban/tongban/internal/store/sqlstore"
	"github.com/tongban/tongban/internal/web"
	"github.com/tongban/tongban/packs"
)

const (
	weinan = "610500" // whose pack has the demonstration's service
	models = 96       // cases that are carried out; the others are like one of them

	atOnce = 1024 // cases that are written in one transaction
)

// town is a data folder of the program with many cases of practice 03, and accounts to sign in with.
//
// A fortnight of the demonstration goes through a hall. Each of its cases is then written again and again, in one entry that
// holds all its events, with another number, owner and applicant; one in ten of all cases is open.
type town struct {
	folder string
	keys
}

// keys are what one needs to get in.
type keys struct {
	Passwords map[string]string // by login
	Open      []caseflow.CaseNo // that the department of companies may see
}

// keptTown is newTown in the folder that TONGBAN_BENCH_TOWN names, where it stays: the next run finds it there. Filling a million cases takes
// twenty minutes, and the program, when it first starts on them, as long again to put them into its log and to follow them.
func keptTown(b *testing.B, cases int) *town {
	b.Helper()
	folder := os.Getenv("TONGBAN_BENCH_TOWN")
	if folder == "" {
		return newTown(b, cases)
	}
	folder = filepath.Join(folder, strconv.Itoa(cases))
	kept := filepath.Join(folder, "town.json")
	body, err := os.ReadFile(kept)
	if err == nil {
		t := &town{folder: filepath.Join(folder, "data")}
		if err := json.Unmarshal(body, &t.keys); err != nil {
			b.Fatal(err)
		}
		return t
	}
	t := fillTown(b, filepath.Join(folder, "data"), cases)
	if body, err = json.Marshal(t.keys); err == nil {
		err = os.WriteFile(kept, body, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	return t
}

func newTown(b *testing.B, cases int) *town { return fillTown(b, b.TempDir(), cases) }

func fillTown(b *testing.B, folder string, cases int) *town {
	b.Helper()
	t := &town{folder: folder, keys: keys{Passwords: map[string]string{}}}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	registerCareless()
	ring, err := seal.Open(t.folder, time.Now().UTC())
	if err != nil {
		b.Fatal(err)
	}
	st, err := sqlstore.Open(b.Context(), sqlstore.Options{Address: filepath.Join(t.folder, "tongban.db"), Ring: ring,
		Driver: "careless", Batch: atOnce, Patience: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	rec := &recorder{Store: st, seen: map[store.Key]*store.Change{}}
	if err = t.settle(b.Context(), st, rec); err == nil {
		err = t.grow(b.Context(), st, rec.seen, cases)
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
	return t
}

// settle makes the accounts and the cases that the others are like.
func (t *town) settle(ctx context.Context, st *sqlstore.Store, rec *recorder) error {
	now := time.Now().UTC()
	gate, err := access.NewGate(st, access.Options{Seal: st.Ring()})
	if err != nil {
		return err
	}
	added, err := gate.Seed(ctx, demo.Accounts(weinan))
	if err != nil {
		return err
	}
	for _, a := range added {
		t.Passwords[a.Login] = a.Password
	}
	catalogue := &pack.Catalogue{}
	folder, err := fs.Sub(packs.FS, "03-weinan-open-company")
	if err != nil {
		return err
	}
	p, problems := pack.Load(folder)
	if len(problems) > 0 {
		return problems[0]
	}
	if err := catalogue.Add(p); err != nil {
		return err
	}
	files, err := filestore.Open(filepath.Join(t.folder, "files"), now)
	if err != nil {
		return err
	}
	citizen, err := st.AccountByLogin(ctx, demo.Accounts(weinan)[0].Login)
	if err != nil {
		return err
	}
	_, err = demo.Fill(ctx, demo.Options{Store: rec, Catalogue: web.Library{Catalogue: catalogue}, Files: uploads{files},
		Region: weinan, Seed: 1, Now: now, Cases: models, Citizen: citizen.ID, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return files.Close()
}

// grow writes cases like those that were seen until there are so many.
func (t *town) grow(ctx context.Context, st *sqlstore.Store, seen map[store.Key]*store.Change, cases int) error {
	var open, ended []*store.Change
	for _, c := range seen {
		switch {
		case c.Row.Private(): // nobody lists it but its owner
		case c.Row.Ended.IsZero():
			open = append(open, c)
		default:
			ended = append(ended, c)
		}
	}
	first, err := st.Reserve(ctx, weinan, "case", cases)
	if err != nil {
		return err
	}
	for i := 0; i < cases; i += openShare {
		if c := open[i/openShare%len(open)]; slices.Contains(c.Row.Departments, "market") {
			t.Open = append(t.Open, number(int(first)+i))
		}
	}
	return spread(2*atOnce, cases, func(i int) error {
		from := ended
		if i%openShare == 0 {
			from = open
		}
		change, err := another(from[i/openShare%len(from)], number(int(first)+i), i)
		if err != nil {
			return err
		}
		return st.Commit(ctx, change)
	})
}

func number(i int) caseflow.CaseNo {
	return caseflow.CaseNo(fmt.Sprintf("%s-20261101-%08d", weinan, i))
}

// another is a change under another number, for another applicant.
func another(model *store.Change, no caseflow.CaseNo, i int) (*store.Change, error) {
	key := store.Key{Region: weinan, Case: no}
	was := strings.TrimPrefix(model.Row.Document, "resident-id:")
	now := string(ident.MakeCitizenID("610502", 1950+i/28/12/1000%50, 1+i/28/1000%12, 1+i/1000%28, i%1000))
	swap := strings.NewReplacer(was, now)
	c := *model
	c.Key = key
	c.Entry.Request = "fill:" + string(no)
	c.Entry.Events = bytes.ReplaceAll(bytes.ReplaceAll(c.Entry.Events, []byte(model.Case), []byte(no)), []byte(was), []byte(now))
	var err error
	if c.Entry.Hash, err = store.EntryHash(evidence.Standard, key, nil, &c.Entry); err != nil {
		return nil, err
	}
	leaf := c.Entry.Hash.Leaf()
	c.Entry.Leaf = leaf[:]
	c.Messages, c.Names, c.FreedNames, c.Mandate = nil, nil, nil, nil
	c.WasTasks, c.WasClocks = nil, nil
	c.Row.Key, c.Row.Owner, c.Row.Document = key, "u-"+string(no), swap.Replace(model.Row.Document)
	c.Row.Keys = []string{now, fmt.Sprintf("139%08d", i)}
	c.Tasks, c.Clocks, c.Licences = slices.Clone(c.Tasks), slices.Clone(c.Clocks), slices.Clone(c.Licences)
	for i := range c.Tasks {
		c.Tasks[i].Key = key
	}
	for i := range c.Clocks {
		c.Clocks[i].Key = key
	}
	for i := range c.Licences {
		l := &c.Licences[i]
		l.Key = key
		l.No, l.Verify = l.No+string(no), l.Verify+string(no)
		l.Document, l.Legal = swap.Replace(l.Document), swap.Replace(l.Legal)
	}
	return &c, nil
}

// careless opens SQLite files that nobody waits for to be on the disk: a town that is lost with the machine is made again.
type careless struct{ sqlite.Driver }

func (c *careless) Open(address string) (driver.Conn, error) {
	file, query, _ := strings.Cut(address, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	q.Del("vfs") // which relies on being told to flush
	q.Add("_pragma", "synchronous(off)")
	return c.Driver.Open(file + "?" + q.Encode())
}

var registerCareless = sync.OnceFunc(func() { sql.Register("careless", &careless{}) })

// uploads lets the demonstration use the program's own file store.
type uploads struct{ filestore.Store }

func (u uploads) Put(ctx context.Context, account string, r io.Reader, most int64) (caseflow.File, error) {
	info, err := u.Store.Put(ctx, account, r, most)
	return caseflow.File{Hash: info.Hash, Bytes: info.Bytes, Type: info.Type}, err
}
