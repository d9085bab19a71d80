package web_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/backup"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

// archives lets the site make backups of its rows, and try them.
func (b *bench) archives() *backup.Keeper {
	b.t.Helper()
	k, err := backup.Open(backup.Options{Dir: b.t.TempDir(), Now: b.clock, Note: b.gate.Note,
		Need:  func(context.Context) (int64, error) { return 0, nil },
		Free:  func(string) (int64, error) { return b.room.Load(), nil },
		Write: func(ctx context.Context, w io.Writer) error { return b.store.Backup(ctx, w, nil) },
		Try: func(ctx context.Context, r io.Reader, dir string) (backup.Found, error) {
			o := sqlstore.Options{Address: filepath.Join(dir, "tongban.db"), Ring: b.keys}
			if err := sqlstore.Restore(ctx, o, r, nil); err != nil {
				return backup.Found{}, err
			}
			st, err := sqlstore.Open(ctx, o)
			if err != nil {
				return backup.Found{}, err
			}
			found, err := hall.Check(ctx, st)
			if cerr := st.Close(); err == nil {
				err = cerr
			}
			return backup.Found{Cases: found.Cases, Entries: found.Entries}, err
		}})
	b.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { k.Serve(ctx) })
	b.t.Cleanup(func() {
		cancel()
		wg.Wait()
		b.must(k.Close())
	})
	return k
}

// untilBackups looks at the page of backups until it says something.
func (v *visitor) untilBackups(says string) shown {
	v.b.t.Helper()
	p := v.get("/console/backups").is(http.StatusOK)
	for deadline := time.Now().Add(time.Minute); !strings.Contains(text(p.body), says) && time.Now().Before(deadline); {
		p = v.get("/console/backups").is(http.StatusOK)
	}
	p.has(says)
	return p
}

var archiveName = regexp.MustCompile(`tongban-[0-9TZ-]+\.backup`)

// backedUp makes a backup by the page and has it tried.
func (b *bench) backedUp(sys *visitor) (name string) {
	b.t.Helper()
	p := practice03(b.t)
	b.must(b.store.PutPack(b.t.Context(), store.PackRow{ID: p.ID, Version: p.Version, Digest: []byte{1}, Archive: []byte{1}}))
	sys.post("/console/backups", nil).is(http.StatusOK).has("备份已经开始")
	name = archiveName.FindString(sys.untilBackups("完成").body)
	sys.post("/console/backups", url.Values{"archive": {name}}).is(http.StatusOK).has("试恢复已经开始")
	sys.untilBackups("可以恢复")
	return name
}

// The page shows what the button made and what the trial found, in both languages; the audit administrator sees it without buttons
// and finds it in the operation log; without room nothing is begun, and the page says why.
func TestConsole_makes_backups_and_tries_them(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.signedIn(wang).handIn()
	sys, aud := b.signedIn("sys1"), b.signedIn("aud1")
	sys.get("/console/backups").has("还没有备份", "立即备份")
	name := b.backedUp(sys)
	sys.get("/console/backups").has(name, "SHA-256", "1 个办件", "sys1")
	sys.get("/console/backups?lang=en").has("Can be restored", "Back up now")
	sys.get("/console/backups?lang=zh").has("立即备份")
	aud.get("/console/backups").has(name, "可以恢复").lacks("立即备份", `name="archive"`)
	aud.get("/console/operations").has("开始备份", "备份结束", "开始试恢复", "试恢复结束", name, `<td class="wrap"`) // a digest is wider than the screen
	aud.post("/console/backups", nil).is(http.StatusNotFound)
	sys.post("/console/backups", url.Values{"archive": {"../../etc/passwd"}}).is(http.StatusNotFound)
	b.room.Store(1 << 20)
	sys.post("/console/backups", nil).is(http.StatusConflict).has("空间不够")
	if list := archiveName.FindAllString(sys.get("/console/backups").body, -1); len(list) == 0 || list[0] != list[len(list)-1] {
		t.Errorf("after a refusal there are %v", list)
	}
}
