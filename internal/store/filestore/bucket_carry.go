package filestore

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/tongban/tongban/internal/caseflow"
)

// Size is Store's.
func (b *Bucket) Size(ctx context.Context) (files, size int64, err error) {
	err = b.each(ctx, func(o minio.ObjectInfo, _ string) error {
		files++
		size += o.Size
		return nil
	})
	return files, size, err
}

// each visits the contents in the order of their hashes.
func (b *Bucket) each(ctx context.Context, visit func(o minio.ObjectInfo, hash string) error) error {
	last := ""
	return b.list(ctx, keyFiles, true, func(o minio.ObjectInfo) error {
		hash := strings.TrimPrefix(o.Key, keyFiles)
		if !valid(hash) {
			return nil // none of ours
		}
		if hash <= last {
			return errors.New("the bucket does not list names in order: it is none of S3")
		}
		last = hash
		return visit(o, hash)
	})
}

// Export is Store's. A file that is removed meanwhile is one that no case holds, and is left out.
func (b *Bucket) Export(ctx context.Context, w io.Writer) error {
	out := newOutgoing(w)
	err := b.each(ctx, func(_ minio.ObjectInfo, hash string) error {
		f, err := b.Open(ctx, hash)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // read only
		h := head{File: hash, Bytes: f.Bytes}
		if h.By, err = b.names(ctx, keyBy+hash+"."); err != nil {
			return err
		}
		if h.Waits, err = b.waits(ctx, hash); err != nil {
			return err
		}
		return out.file(h, f)
	})
	if err != nil {
		return fmt.Errorf("copy files: %w", err)
	}
	return out.end()
}

// waits are the cases that asked for a file that waits; nil if it does not wait.
func (b *Bucket) waits(ctx context.Context, hash string) (*[]string, error) {
	held, err := b.has(ctx, keyHeld+hash)
	if err != nil || held {
		return nil, err
	}
	names, err := b.names(ctx, keyCase+hash+".")
	if err != nil || len(names) > maxWaits {
		return nil, err
	}
	if names == nil {
		names = []string{} // it waits, and nobody has asked
	}
	return &names, nil
}

// stagedObjects are files that stand in the bucket under their hashes, where no row and no mark leads to them yet. Those that
// were not there before wait for a case that no one names, so that what a crash leaves is pruned. The heads are kept on this machine.
type stagedObjects struct {
	b     *Bucket
	heads *os.File
	out   *bufio.Writer
}

// staged is a line of the heads.
type staged struct {
	Head head `json:"head"`
	New  bool `json:"new"` // the content was not here
}

// Import is Store's.
func (b *Bucket) Import(ctx context.Context, r *bufio.Reader) (Staged, error) {
	f, err := b.temporary()
	if err != nil {
		return nil, err
	}
	st := &stagedObjects{b: b, heads: f, out: bufio.NewWriter(f)}
	err = readArchive(ctx, r, func(h head) error { return st.receive(ctx, r, h) })
	if err == nil {
		err = st.out.Flush()
	}
	if err != nil {
		return nil, errors.Join(full(err), st.Discard())
	}
	return st, nil
}

// receive sends one file, once it is known to be what its name says.
func (st *stagedObjects) receive(ctx context.Context, r *bufio.Reader, h head) error {
	f, err := st.b.temporary()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing is kept by it
	if err := pour(f, r, h); err != nil {
		return err
	}
	kind, err := judge(f, h.Bytes)
	var old *Unfit
	switch {
	case errors.As(err, &old): // it came in when the rules were others
		kind = unknownType
	case err != nil:
		return fmt.Errorf("the file %s: %w", h.File, err)
	}
	there, err := st.b.has(ctx, keyFiles+h.File)
	if err != nil {
		return err
	}
	line, err := json.Marshal(staged{h, !there})
	if err != nil {
		return err
	}
	if _, err := st.out.Write(append(line, '\n')); err != nil {
		return err
	}
	if !there {
		if err := st.b.note(ctx, keyNew+h.File); err != nil {
			return err
		}
	}
	return st.b.send(ctx, f, Info{Hash: h.File, Bytes: h.Bytes, Type: kind})
}

// each reads the heads again.
func (st *stagedObjects) each(visit func(staged) error) error {
	if err := st.out.Flush(); err != nil {
		return err
	}
	in := json.NewDecoder(io.NewSectionReader(st.heads, 0, 1<<62))
	for {
		var s staged
		switch err := in.Decode(&s); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := visit(s); err != nil {
			return err
		}
	}
}

// Has is Staged's.
func (st *stagedObjects) Has(ctx context.Context, f caseflow.File) error { return st.b.Has(ctx, f) }

// Place is Staged's: who put the files is noted, and which of them wait.
func (st *stagedObjects) Place(ctx context.Context) error {
	err := st.each(func(s staged) error {
		for _, who := range s.Head.By {
			if err := st.b.note(ctx, keyBy+s.Head.File+"."+who); err != nil {
				return err
			}
		}
		if s.Head.Waits == nil {
			return st.b.settle(ctx, s.Head.File, nil)
		}
		for _, name := range *s.Head.Waits {
			if err := st.b.note(ctx, keyCase+s.Head.File+"."+name); err != nil {
				return err
			}
		}
		if held, err := st.b.has(ctx, keyHeld+s.Head.File); err != nil || held {
			return err
		}
		return st.b.note(ctx, keyNew+s.Head.File)
	})
	if err != nil {
		return fmt.Errorf("place files: %w", err)
	}
	return st.close()
}

func (st *stagedObjects) close() error {
	f := st.heads
	st.heads = nil
	return f.Close()
}

// Discard is Staged's.
func (st *stagedObjects) Discard() error {
	if st.heads == nil {
		return nil
	}
	ctx := context.Background()
	err := st.each(func(s staged) error {
		if !s.New {
			return nil
		}
		return st.b.drop(ctx, keyFiles+s.Head.File, keyNew+s.Head.File)
	})
	return errors.Join(err, st.close())
}
