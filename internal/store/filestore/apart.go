package filestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
)

// What the scanner warns of stands under apart/<id>: under no hash, so that no case can name it and no Open finds it.

// validID reports whether an id can be one of ours: letters and digits.
func validID(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	})
}

// setApart keeps the content apart, durable, and returns the suspect with its id.
func (s *Disk) setApart(temp named, info Info, suspect *Suspect) error {
	suspect.ID, suspect.Info = rand.Text(), info
	if err := temp.Sync(); err != nil {
		return fmt.Errorf("keep a file apart: %w", err)
	}
	if err := s.root.Rename(temp.name, path.Join(folderApart, suspect.ID)); err != nil {
		return fmt.Errorf("keep a file apart: %w", err)
	}
	if err := s.syncFolder(folderApart); err != nil {
		return err
	}
	return suspect
}

// Apart is Store's.
func (s *Disk) Apart(_ context.Context, visit func(id string, since time.Time) error) error {
	list, err := fs.ReadDir(s.root.FS(), folderApart)
	if err != nil {
		return fmt.Errorf("list what is kept apart: %w", err)
	}
	for _, e := range list {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("list what is kept apart: %w", err)
		}
		if err := visit(e.Name(), info.ModTime()); err != nil {
			return err
		}
	}
	return nil
}

// Release is Store's.
func (s *Disk) Release(ctx context.Context, id, account string) (Info, error) {
	if !validID(id) {
		return Info{}, ErrNotFound
	}
	f, err := s.root.Open(path.Join(folderApart, id))
	if errors.Is(err, fs.ErrNotExist) {
		return Info{}, ErrNotFound
	}
	if err != nil {
		return Info{}, fmt.Errorf("open what is kept apart: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	return s.put(ctx, account, f, MaxBytes, nil)
}

// Drop is Store's.
func (s *Disk) Drop(_ context.Context, id string) error {
	if !validID(id) {
		return nil
	}
	if err := s.root.Remove(path.Join(folderApart, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what is kept apart: %w", err)
	}
	return s.syncFolder(folderApart)
}

// setApart sends the content to where it is kept apart, and returns the suspect with its id.
func (b *Bucket) setApart(ctx context.Context, f *os.File, info Info, suspect *Suspect) error {
	suspect.ID, suspect.Info = rand.Text(), info
	ctx, cancel := context.WithTimeout(ctx, 10*b.within)
	defer cancel()
	_, err := b.core.PutObject(ctx, b.bucket, keyApart+suspect.ID, io.NewSectionReader(f, 0, info.Bytes), info.Bytes, "", info.Hash,
		minio.PutObjectOptions{ContentType: unknownType})
	if err != nil {
		return failed("keep a file apart", err)
	}
	return suspect
}

// Apart is Store's.
func (b *Bucket) Apart(ctx context.Context, visit func(id string, since time.Time) error) error {
	return b.list(ctx, keyApart, true, func(o minio.ObjectInfo) error {
		return visit(strings.TrimPrefix(o.Key, keyApart), o.LastModified)
	})
}

// Release is Store's.
func (b *Bucket) Release(ctx context.Context, id, account string) (Info, error) {
	if !validID(id) {
		return Info{}, ErrNotFound
	}
	within, cancel := context.WithTimeout(ctx, 10*b.within)
	defer cancel()
	var body io.ReadCloser
	err := b.tries(within, func() (err error) {
		body, _, _, err = b.core.GetObject(within, b.bucket, keyApart+id, minio.GetObjectOptions{})
		return err
	})
	if err != nil {
		return Info{}, err
	}
	defer body.Close() //nolint:errcheck // read only
	return b.put(ctx, account, body, MaxBytes, nil)
}

// Drop is Store's.
func (b *Bucket) Drop(ctx context.Context, id string) error {
	if !validID(id) {
		return nil
	}
	return b.drop(ctx, keyApart+id)
}
