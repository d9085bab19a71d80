package inspect

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// Photo is one that an inspector took there.
type Photo struct {
	Hash, Name, Type string
	Bytes            int64
	Taken            time.Time
	Lat, Lon         int64 // millionths of a degree
	Located          bool
	request          string
}

// shift keeps coordinates above zero, so that zero is none.
const shift = 1_000_000_000

// addPhoto keeps a photo of a visit, whose content the store of files has. The same request again changes nothing. Photos may come after
// the result, when the network was away.
func (m *Module) addPhoto(ctx context.Context, by caseflow.Actor, login string, no int64, x Photo, request string) error {
	t, _, err := m.sentTo(ctx, by, login, no)
	switch {
	case err != nil:
		return err
	case t.State == TaskPublished:
		return refuse(CodeState)
	case request == "" || len(request) > maxRequest:
		return at(CodePhoto, "request", "missing")
	case slices.ContainsFunc(t.Photos, func(p Photo) bool { return p.request == request }):
		return nil
	case len(t.Photos) >= maxPhotos, x.Lat < -90_000_000, x.Lat > 90_000_000, x.Lon < -180_000_000, x.Lon > 180_000_000:
		return refuse(CodePhoto)
	}
	now := m.now()
	if x.Taken.IsZero() || x.Taken.After(now) {
		x.Taken = now
	}
	lat, lon := int64(0), int64(0)
	if x.Located {
		lat, lon = x.Lat+shift, x.Lon+shift
	}
	return m.st.Update(ctx, func(w store.Writer) error {
		return w.Keep("inspect_photo", []any{t.Region, t.No, request, x.Hash, x.Name, x.Type, x.Bytes, store.Micros(x.Taken), lat, lon, by.ID, store.Micros(now)})
	})
}

// TakePhoto keeps the content of a photo and notes it at the task.
func (m *Module) TakePhoto(ctx context.Context, by caseflow.Actor, login string, no int64, x Photo, request string, in io.Reader) (*Task, error) {
	t, _, err := m.sentTo(ctx, by, login, no)
	if err != nil {
		return nil, err
	}
	if m.files == nil {
		return nil, hall.ErrNotFound
	}
	f, err := m.files.Put(ctx, by, caseflow.FileName(x.Name), in)
	if err == nil {
		err = m.files.Keep(ctx, fileKey(t.Region), f.Hash)
	}
	if err != nil {
		return nil, err
	}
	x.Hash, x.Type, x.Bytes = f.Hash, f.Type, f.Bytes
	if err := m.addPhoto(ctx, by, login, no, x, request); err != nil {
		return nil, err
	}
	return m.task(ctx, t.Region, t.No)
}

// openPhoto opens a photo of a task that somebody may see.
func (m *Module) openPhoto(ctx context.Context, by caseflow.Actor, login string, no int64, hash string) (*Photo, io.ReadCloser, error) {
	t, err := m.seen(ctx, by, login, no)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(t.Photos, func(x Photo) bool { return x.Hash == hash })
	if i < 0 || m.files == nil {
		return nil, nil, hall.ErrNotFound
	}
	f, err := m.files.Open(ctx, hash)
	return &t.Photos[i], f, err
}

// fileKey is under which photos of a register are kept from being pruned: no case has such a number.
func fileKey(region string) store.Key { return store.Key{Region: region, Case: "inspections"} }

// Holds reports whether a photo is one of a task.
func (m *Module) Holds(ctx context.Context, key store.Key, hash string) (held, mine bool, err error) {
	if key != fileKey(key.Region) {
		return false, false, nil
	}
	n := 0
	err = m.st.Read(ctx, store.Into(&n), "SELECT COUNT(*) FROM inspect_photo WHERE region = ? AND hash = ?", key.Region, hash)
	return n > 0, true, err
}
