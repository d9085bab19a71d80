package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/sequencer"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/sqlstore"
)

type logCommand struct {
	Check   logCheckCommand   `cmd:"" help:"Check a log, of this program or any other of c2sp.org/tlog-tiles: its signature, every entry, and that it continues an older checkpoint. Prints the checkpoint."`
	Export  logExportCommand  `cmd:"" help:"Write the log out as files that any web server can serve."`
	Compare logCompareCommand `cmd:"" help:"Hold the store against its log: each entry, look, trace, pack and calendar at its place, and nothing besides. Stop the servers first."`
	Keys    logKeysCommand    `cmd:"" help:"List the keys that sign the log."`
	Rotate  logRotateCommand  `cmd:"" help:"Make a new key; it signs from now on beside the older ones, until these are ended."`
	End     logEndCommand     `cmd:"" help:"Let a key of the log sign no more, and forget its secret."`
}

type logCheckCommand struct {
	At      string   `arg:"" name:"url-or-dir" help:"Address of a log, such as https://HOST/log, or a folder with its files."`
	Trust   []string `help:"Public key of the log (a verifier key of c2sp.org/signed-note), or a file with a policy (c2sp.org/tlog-policy): its logs, its witnesses, and how many of these must have signed; may be repeated. If left out, the key that the log itself shows is believed." placeholder:"VKEY|FILE"`
	Since   string   `help:"An older checkpoint of the log, which it must continue: as this command has printed it, or a receipt." placeholder:"FILE" type:"existingfile"`
	Printed string   `help:"What the QR code of a printed receipt says; the log must still be what it was then." placeholder:"TEXT"`
	Witness []string `help:"Address of a witness, whose newest signed checkpoint of the log must be of the same history; may be repeated. Those of the policy of --trust are asked besides, and need not answer." placeholder:"URL"`
}

// Run checks the log and prints its checkpoint.
func (c logCheckCommand) Run(w *world) error {
	from, err := logAt(w.ctx, c.At)
	if err != nil {
		return err
	}
	trust, err := c.policy(w, from)
	if err != nil {
		return err
	}
	var older *evidence.Checkpoint
	if c.Since != "" {
		o, err := olderCheckpoint(c.Since, trust.LogKeys()...) // whoever has signed it besides does not matter
		if err != nil {
			return err
		}
		older = &o
	}
	msg, err := from.read("checkpoint", evidence.MaxCheckpoint)
	if err != nil {
		return err
	}
	now, signed, tooFew := trust.Open(msg)
	if tooFew != nil && !errors.Is(tooFew, evidence.ErrQuorum) {
		return tooFew
	}
	if older != nil {
		if err := continues(from, *older, now); err != nil {
			return err
		}
	}
	if err := c.compare(w, from, trust, now); err != nil {
		return err
	}
	if tooFew != nil {
		return tooFew
	}
	tiles := from.ahead(now.Size)
	defer tiles.rest()
	if err := evidence.Audit(now.Tree, tiles, nil); err != nil {
		return err
	}
	for _, s := range signed {
		fmt.Fprintf(w.err, "witnessed by %s at %s\n", s.Witness.Name(), s.At.Format(time.RFC3339))
	}
	fmt.Fprintf(w.err, "it holds: %d entries of %s\n", now.Size, now.Origin)
	_, err = w.out.Write(msg)
	return err
}

// olderCheckpoint reads a checkpoint that was kept, alone or in a receipt.
func olderCheckpoint(file string, keys ...note.Verifier) (evidence.Checkpoint, error) {
	msg, err := os.ReadFile(file) // #nosec G304 -- the user names the file
	if err != nil {
		return evidence.Checkpoint{}, err
	}
	if r, err := receipt.Parse(msg); err == nil {
		msg = []byte(r.Log.Checkpoint)
	}
	c, err := evidence.OpenCheckpoint(msg, keys...)
	if err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// policy is what is trusted: one policy of a file, or keys alone.
func (c logCheckCommand) policy(w *world, from *logSource) (evidence.Policy, error) {
	lines := c.Trust
	if len(lines) == 0 {
		shown, err := from.read("key", evidence.MaxCheckpoint)
		if err != nil {
			return evidence.Policy{}, fmt.Errorf("%w (the log shows no key: name one with --trust)", err)
		}
		lines = strings.Split(strings.TrimSpace(string(shown)), "\n")
		fmt.Fprintf(w.err, "believing the key that the log itself shows: %s\n", lines[0])
		return evidence.Trust(lines...)
	}
	return trusted(lines)
}

// trusted reads what --trust names: public keys of logs, and at most one file with a policy.
func trusted(names []string) (evidence.Policy, error) {
	var all evidence.Policy
	var keys []string
	files := 0
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || info.IsDir() {
			keys = append(keys, name)
			continue
		}
		if files++; files > 1 {
			return all, usageError("--trust: one file with a policy is enough")
		}
		if all, err = readPolicy(name); err != nil {
			return all, usageError("--trust: " + err.Error())
		}
	}
	more, err := evidence.Trust(keys...)
	if err != nil {
		return all, usageError("--trust: " + err.Error())
	}
	all.Logs = append(all.Logs, more.Logs...)
	if len(all.Logs) == 0 {
		return all, usageError("--trust: the policy names no log (a line \"log KEY\", or --trust KEY besides)")
	}
	return all, nil
}

// continues tells plainly what is wrong if a log does not continue an older checkpoint.
func continues(from evidence.TileReader, older, now evidence.Checkpoint) error {
	switch {
	case older.Origin != now.Origin:
		return fmt.Errorf("another log: this is %s, the older checkpoint is of %s", now.Origin, older.Origin)
	case older.Size > now.Size:
		return fmt.Errorf("rolled back: the log has %d entries and had %d", now.Size, older.Size)
	case older.Size == 0:
		return nil
	}
	proof, err := evidence.ProveGrowth(now.Tree, from, older.Size)
	if err != nil {
		return err
	}
	if err := evidence.CheckGrowth(older.Tree, now.Tree, proof); err != nil {
		return fmt.Errorf("forked: the first %d entries of the log are not those of the older checkpoint (%w)", older.Size, err)
	}
	return nil
}

// logSource reads the files of a log from an address or a folder.
type logSource struct {
	ctx    context.Context
	dir    string
	prefix *url.URL
	client http.Client
}

// logWithin is how long one file of a log may take.
const logWithin = 30 * time.Second

func logAt(ctx context.Context, at string) (*logSource, error) {
	s := &logSource{ctx: ctx, client: http.Client{Timeout: logWithin, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: tilesAhead, IdleConnTimeout: logWithin}}}
	if u, err := url.Parse(at); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		u.Path = strings.TrimSuffix(u.Path, "/") + "/"
		s.prefix = u
		return s, nil
	}
	if info, err := os.Stat(at); err != nil || !info.IsDir() {
		return nil, usageError(fmt.Sprintf("%.60q is neither an address http(s)://… nor a folder", at))
	}
	s.dir = at
	return s, nil
}

// maxTile bounds a tile: 256 entries of up to 64 KiB.
const maxTile = 256 * (2 + 1<<16)

// ReadTile is evidence.TileReader's. Where a partial tile is gone the full one has taken its place.
func (s *logSource) ReadTile(t evidence.Tile) ([]byte, error) {
	body, err := s.read(t.Path(), maxTile)
	if t.Width == evidence.Width || !errors.Is(err, os.ErrNotExist) {
		return body, err
	}
	full := t
	full.Width = evidence.Width
	if body, e := s.read(full.Path(), maxTile); e == nil {
		return evidence.Narrow(t, body)
	}
	return nil, err
}

// tilesAhead is how many files of a log are read at one time.
const tilesAhead = 16

// ahead reads the tiles of a log of a size in the order in which an audit wants them, several at a time. One goroutine may use it.
func (s *logSource) ahead(size int64) *aheadReader {
	return &aheadReader{from: s, size: size, room: map[evidence.Tile]chan tileOrErr{}}
}

type tileOrErr struct {
	body []byte
	err  error
}

// aheadReader begins to read the bundles that follow the one that is asked for, with the hash tile that belongs to each.
type aheadReader struct {
	from *logSource
	size int64
	next int64 // bundle that is read next
	room map[evidence.Tile]chan tileOrErr
}

// ReadTile is evidence.TileReader's.
func (r *aheadReader) ReadTile(t evidence.Tile) ([]byte, error) {
	for t.Level <= 0 && r.next*evidence.Width < r.size && r.next < t.N+tilesAhead/2 {
		width := int(min(evidence.Width, r.size-r.next*evidence.Width))
		for _, level := range []int{evidence.Entries, 0} {
			r.begin(evidence.Tile{Level: level, N: r.next, Width: width})
		}
		r.next++
	}
	c, ok := r.room[t]
	if !ok {
		return r.from.ReadTile(t)
	}
	delete(r.room, t)
	got := <-c
	return got.body, got.err
}

func (r *aheadReader) begin(t evidence.Tile) {
	c := make(chan tileOrErr, 1)
	r.room[t] = c
	go func() {
		body, err := r.from.ReadTile(t)
		c <- tileOrErr{body, err}
	}()
}

// rest waits for what was begun and is not wanted any more.
func (r *aheadReader) rest() {
	for _, c := range r.room {
		<-c
	}
}

// read returns a file of the log. os.ErrNotExist.
func (s *logSource) read(path string, limit int64) ([]byte, error) {
	var in io.ReadCloser
	if s.prefix == nil {
		f, err := os.Open(filepath.Join(s.dir, filepath.FromSlash(path))) // #nosec G304 -- the operator names the folder
		if err != nil {
			return nil, err
		}
		in = f
	} else {
		u := *s.prefix
		u.Path += path
		req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		resp, err := s.client.Do(req)
		if err != nil {
			return nil, err
		}
		in = resp.Body
		switch resp.StatusCode {
		case http.StatusOK:
		case http.StatusNotFound, http.StatusGone:
			return nil, errors.Join(fmt.Errorf("%s: %w", &u, os.ErrNotExist), in.Close())
		default:
			return nil, errors.Join(fmt.Errorf("%s: %s", &u, resp.Status), in.Close())
		}
	}
	body, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%s: longer than %d bytes", path, limit)
	}
	return body, nil
}

type logExportCommand struct {
	placeFlags
	To string `arg:"" help:"Folder to write; an older export in it is brought up to date."`
}

// Run writes the files of the log. The checkpoint comes last, so that a server that serves the folder meanwhile shows nothing that is
// not there.
func (c logExportCommand) Run(w *world) (err error) {
	st, err := c.openExisting(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	head, err := st.ShownLog(w.ctx)
	if err != nil {
		return fmt.Errorf("the store has no log yet: %w (serve begins one)", err)
	}
	if err := st.Ping(w.ctx); err != nil { // what another process has written and not flushed is on the disk then
		return err
	}
	keys, err := st.LogKeys(w.ctx)
	if err != nil {
		return err
	}
	for _, t := range evidence.TilesOf(head.Size) {
		path := filepath.Join(c.To, filepath.FromSlash(t.Path()))
		if _, err := os.Stat(path); err == nil {
			continue // what has this name never changes
		}
		body, err := sequencer.ReadTile(w.ctx, st, t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.Path(), err)
		}
		if err := writeLogFile(path, body); err != nil {
			return err
		}
	}
	if err := writeLogFile(filepath.Join(c.To, "key"), keyLines(keys)); err != nil {
		return err
	}
	if err := writeLogFile(filepath.Join(c.To, "checkpoint"), head.Checkpoint); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "%d entries in %s\n", head.Size, c.To)
	return err
}

// writeLogFile writes a file that others may read, whole or not at all.
func writeLogFile(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { // #nosec G301 -- the log is public
		return err
	}
	if err := os.WriteFile(path+".new", body, 0o644); err != nil { // #nosec G306 -- the log is public
		return err
	}
	return os.Rename(path+".new", path)
}

type logCompareCommand struct{ placeFlags }

// Run holds the store against its log.
func (c logCompareCommand) Run(w *world) (err error) {
	st, err := c.openExisting(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	got, err := sequencer.Compare(w.ctx, st)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "store and log agree: %d in the log, %d wait\n", got.Size, got.Waiting)
	return err
}

type logKeysCommand struct{ placeFlags }

// Run lists the keys.
func (c logKeysCommand) Run(w *world) (err error) {
	st, err := c.openExisting(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	keys, err := st.LogKeys(w.ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		state := "signs"
		if !k.Ended.IsZero() {
			state = "until " + k.Ended.Format("2006-01-02")
		}
		fmt.Fprintf(w.out, "%s  %s  %s  %s\n", k.ID, k.Began.Format("2006-01-02"), state, k.Public)
	}
	return nil
}

type logRotateCommand struct{ placeFlags }

// Run makes a key.
func (c logRotateCommand) Run(w *world) (err error) {
	s, err := c.openSealed(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	keys, err := s.store.LogKeys(w.ctx)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return errors.New("the store has no log yet (serve begins one)")
	}
	name, _, _ := strings.Cut(keys[0].Public, "+")
	if err := sequencer.AddKey(w.ctx, s.store, s.ring, name, w.now(), rand.Read); err != nil {
		return err
	}
	return printNewest(w, s.store)
}

func printNewest(w *world, st *sqlstore.Store) error {
	keys, err := st.LogKeys(w.ctx)
	if err != nil {
		return err
	}
	for i := range keys {
		if keys[i].Began.Equal(keys[len(keys)-1].Began) { // one of each kind that the suite asks for
			fmt.Fprintln(w.out, keys[i].Public)
		}
	}
	return nil
}

// othersSign reports whether keys of the kind that a key is of sign the log besides.
func othersSign(keys []store.LogKey, id string) (bool, error) {
	signing := map[evidence.Suite]int{}
	kind := evidence.Standard
	for _, k := range keys {
		v, err := evidence.ParseKey(k.Public)
		if err != nil {
			return false, err
		}
		switch {
		case k.ID == id:
			kind = evidence.KeySuite(v)
		case k.Ended.IsZero():
			signing[evidence.KeySuite(v)]++
		}
	}
	return signing[kind] > 0, nil
}

type logEndCommand struct {
	placeFlags
	ID string `arg:"" help:"Id of the key, as keys says it."`
}

// Run ends a key.
func (c logEndCommand) Run(w *world) (err error) {
	st, err := c.openExisting(w.ctx, w.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	keys, err := st.LogKeys(w.ctx)
	if err != nil {
		return err
	}
	left, err := othersSign(keys, c.ID)
	if err != nil {
		return err
	}
	if !left {
		return errors.New("no other key of its kind signs the log (tongban log rotate makes one first)")
	}
	if err := st.EndLogKey(w.ctx, c.ID, w.now()); err != nil {
		return fmt.Errorf("%s: %w (tongban log keys lists them)", c.ID, err)
	}
	fmt.Fprintf(w.out, "%s signs no more\n", c.ID)
	return nil
}
