// Package filestore keeps uploaded files, addressed by the SHA-256 of their content: in a folder of the machine (Disk), or in a
// bucket that speaks the protocol of S3 (Bucket). Both pass one suite.
//
// What it promises:
//
//   - When Put returns, the file is durable, and whoever looks under a hash sees the whole file or none.
//     Putting the same content again does nothing and gives the same answer. A file never changes once it is there.
//   - Only the types of Types come in, known by content and never by name. What would burst when it is opened (packed
//     documents that unpack to far more than they are, images of absurd size) is refused without being unpacked.
//   - Put remembers for whom the content was put: knowing a hash does not make anybody its owner, see [Store.PutBy].
//   - What the scanner warns of is kept apart, where nobody opens it, under a name of its own: see [Suspect]. It is in no Export.
//   - Export and Import carry all files elsewhere; a file that is not what its hash says does not go out or come in.
//   - An upload that no case takes is removed after KeepUploads, see [Store.Prune]; never one that a case holds, asks for, or
//     that is being carried elsewhere.
//
// What it does not do: it does not know who may see a file. It looks for viruses only with a Scanner, see [Store.ScanWith].
package filestore

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// MaxBytes is the largest file that any caller should allow: 20 MiB.
const MaxBytes = 20 << 20

var (
	// ErrTooLarge: the content is longer than the caller allows. Nothing was kept.
	ErrTooLarge = errors.New("filestore: file is too large")
	// ErrNotFound: there is no such file, or the hash is not 64 lower-case hexadecimal digits.
	ErrNotFound = errors.New("filestore: no such file")
)

// Info describes a file by its content.
type Info struct {
	Hash  string // SHA-256, lower-case hexadecimal
	Bytes int64
	Type  string // media type, one of Types
	// Original is the hash of what was put, where something else is kept of it: of a photo that was turned upright, made smaller, or
	// freed from what the camera wrote into it. Only Put tells it.
	Original string
}

// File is the content of a file, open for reading. A read fails with ErrDamaged where the store can tell that the content is not
// what its hash says.
type File struct {
	io.ReadCloser
	Info
}

// Store keeps files. It is safe for concurrent use, also by several processes over the same folder or bucket.
type Store interface {
	// Put keeps the content for an account and returns what it is. At most max bytes are read and kept: ErrTooLarge beyond.
	// *Unfit if the content may not come in; *Suspect if the scanner warns of it: then it is kept apart; store.ErrBusy if the scanner or the
	// bucket is away; store.ErrFull if there is no room; the reader's error if it fails. In all other cases nothing was kept.
	Put(ctx context.Context, account string, r io.Reader, max int64) (Info, error)
	// PutBy reports whether the account has itself put the content. Whoever did has shown that they hold the file and may
	// hand it in; whoever only knows the hash has not.
	PutBy(ctx context.Context, hash, account string) (bool, error)
	// Kind is the media type of a file by its content, and its length in bytes. ErrNotFound.
	Kind(ctx context.Context, hash string) (mediaType string, bytes int64, err error)
	// Open opens a file by its hash. ErrNotFound. The caller closes it.
	Open(ctx context.Context, hash string) (*File, error)
	// Stat describes a file by its hash. ErrNotFound.
	Stat(ctx context.Context, hash string) (Info, error)
	// Has reports that a file which a case refers to is here, in its length: nil, or ErrNotFound with its name.
	Has(ctx context.Context, f caseflow.File) error
	// Hold keeps a file for a case that is about to take it, and reports whether it is here. From then on the file is not removed
	// unless the case's journal, asked after KeepUploads, does not name it.
	Hold(ctx context.Context, hash string, key store.Key) (there bool, err error)
	// Prune removes the uploads that have waited since before an instant and that no case holds, and returns how many. What
	// somebody else uses just now is left for the next time. In doubt, which is an error of holds, the file stays.
	Prune(ctx context.Context, before time.Time, holds Holds) (int, error)
	// Serve prunes at once and every hour until ctx ends. Any number of servers may. Errors are logged and tried again.
	Serve(ctx context.Context, now func() time.Time, holds Holds, jobs *chore.Board, log *slog.Logger)
	// Size counts the files and their bytes.
	Size(ctx context.Context) (files, size int64, err error)
	// Export writes every file to w. Files that come in meanwhile may be among them or not; none that a case holds is missing.
	// ErrDamaged names a file that is not what its hash says.
	Export(ctx context.Context, w io.Writer) error
	// Import reads what Export has written, to its very end, and keeps it aside, durable: Place lets the files be seen. ErrDamaged
	// if anything is not as it was; then, and on any other error, nothing is kept.
	Import(ctx context.Context, r *bufio.Reader) (Staged, error)
	// ScanWith has every content looked into from now on, before it is kept. Call it before the store is used.
	ScanWith(scan Scanner)
	// Apart visits what is kept apart, with the instant since when.
	Apart(ctx context.Context, visit func(id string, since time.Time) error) error
	// Release puts what is kept apart as Put does, without a scan. It stays apart until it is dropped. ErrNotFound.
	Release(ctx context.Context, id, account string) (Info, error)
	// Drop removes what is kept apart; of what is not there it removes nothing.
	Drop(ctx context.Context, id string) error
	// Close releases what is open.
	Close() error
}

// Staged are files that have come in whole and are not yet to be seen.
type Staged interface {
	// Has is the Has of a Store among the files kept aside.
	Has(ctx context.Context, f caseflow.File) error
	// Place lets the files be seen, durable, beside those that are there. A file that is there already under its hash is replaced
	// by the copy, whose content is known to be right.
	Place(ctx context.Context) error
	// Discard removes what is kept aside. After Place it does nothing.
	Discard() error
}

// intake is how content comes in, whatever keeps it.
type intake struct {
	scan Scanner // nil: nobody looks for viruses
}

// ScanWith is Store's.
func (in *intake) ScanWith(scan Scanner) { in.scan = scan }

// fill writes the content to a file that is still nameless, measures it and judges it. With a *Suspect it says what the content is.
func (in *intake) fill(ctx context.Context, f *os.File, r io.Reader, max int64, scan Scanner) (Info, error) {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(stopping{ctx, r}, max+1))
	switch {
	case err != nil:
		return Info{}, fmt.Errorf("receive a file: %w", err)
	case n > max:
		return Info{}, ErrTooLarge
	}
	kind, err := judge(f, n)
	if err == nil && kind == PDF {
		err = judgePDF(ctx, f, n)
	}
	if err != nil {
		return Info{}, err
	}
	info := Info{Hash: hex.EncodeToString(sum.Sum(nil)), Bytes: n, Type: kind}
	if scan != nil {
		if err := scan.Scan(ctx, io.NewSectionReader(f, 0, n)); err != nil {
			return info, err
		}
	}
	if kind == JPEG || kind == PNG || kind == WebP {
		return in.settle(ctx, f, info)
	}
	return info, nil
}

// settle puts what is kept of an image in the place of what came.
func (in *intake) settle(ctx context.Context, f *os.File, info Info) (Info, error) {
	content, kind, err := settleImage(ctx, f, info.Bytes, info.Type)
	if err != nil || content == nil {
		return info, err
	}
	if _, err := f.WriteAt(content, 0); err != nil {
		return Info{}, fmt.Errorf("keep a photo: %w", err)
	}
	if err := f.Truncate(int64(len(content))); err != nil {
		return Info{}, fmt.Errorf("keep a photo: %w", err)
	}
	sum := sha256.Sum256(content)
	return Info{Hash: hex.EncodeToString(sum[:]), Bytes: int64(len(content)), Type: kind, Original: info.Hash}, nil
}

// stopping ends a copy when its context ends.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// markOf is the end of the name of a mark: who has put a content.
func markOf(account string) string {
	sum := sha256.Sum256([]byte(account))
	return hex.EncodeToString(sum[:16])
}

// nameOf is the name under which a case asks for a file.
func nameOf(key store.Key) string { return key.Region + "." + string(key.Case) }

func valid(hash string) bool {
	if len(hash) != sha256.Size*2 {
		return false
	}
	for _, c := range []byte(hash) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
