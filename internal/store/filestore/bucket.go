package filestore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/chore"
	"github.com/tongban/tongban/internal/store"
)

// BucketOptions say where a bucket is and who asks.
type BucketOptions struct {
	Endpoint string // https://host[:port], or http:// for a server of one's own network
	Bucket   string // must exist
	Region   string // as the service names it; us-east-1 if empty, which servers that know no regions expect
	// AccessKey and SecretKey sign the requests. They stand in no error and no log.
	AccessKey, SecretKey string
	Spool                string // folder for what is being received; the system's if empty
	// Within bounds one request; 10 s if zero. A file may take ten times as long.
	Within time.Duration
}

// Bucket is a store in a bucket that speaks the protocol of S3 and is strongly consistent, as all that call themselves so are
// today: what was written is read by everybody from then on. It needs no conditional writes, versions or locks of the service.
//
// A content has its whole hash as its name, sha/<hash>, and is sent in one request whose signature covers the hash: the service
// keeps all of it or nothing. Beside it stand objects whose names say all: by/<hash>.<digest of who put it>, and as long as no case is known
// to hold it new/<hash> with case/<hash>.<case that asks for it>; then held/<hash> for good. See bucket_prune.go for gone/. No name goes on
// behind another one with a slash: services that keep objects as files refuse that.
type Bucket struct {
	intake
	core   minio.Core
	bucket string
	spool  string
	within time.Duration
}

// The first parts of the names in a bucket.
const (
	keyFiles = "sha/"
	keyBy    = "by/"
	keyNew   = "new/"
	keyCase  = "case/"
	keyHeld  = "held/"
	keyGone  = "gone/"
	keyApart = "apart/"
)

// Reads are tried this often, with pauses that double. Writes are not repeated here: who uploads is told to try again.
const (
	bucketTries = 4
	bucketPause = 100 * time.Millisecond
)

// OpenBucket opens a bucket, which must be there.
func OpenBucket(ctx context.Context, o BucketOptions) (*Bucket, error) {
	at, err := url.Parse(o.Endpoint)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" || strings.Trim(at.Path, "/") != "" || at.User != nil || at.RawQuery != "" {
		return nil, errors.New("the endpoint of the bucket is not an address such as https://s3.example.cn")
	}
	transport, err := minio.DefaultTransport(at.Scheme == "https")
	if err != nil {
		return nil, fmt.Errorf("open the bucket: %w", err)
	}
	b := &Bucket{bucket: o.Bucket, spool: cmp.Or(o.Spool, os.TempDir()), within: cmp.Or(o.Within, 10*time.Second)}
	transport.ResponseHeaderTimeout = b.within
	core, err := minio.NewCore(at.Host, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: at.Scheme == "https",
		Transport: transport, Region: cmp.Or(o.Region, "us-east-1"), MaxRetries: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("open the bucket: %w", err)
	}
	b.core = *core
	if err := os.MkdirAll(b.spool, mode); err != nil {
		return nil, fmt.Errorf("cannot make the folder for what is being received: %w", err)
	}
	there := false
	err = b.read(ctx, func(ctx context.Context) (err error) {
		there, err = b.core.BucketExists(ctx, b.bucket)
		return err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot reach the bucket %q at %s: %w (see that the service runs, and that the keys may list, read, write and delete in it)", o.Bucket, at.Host, err)
	case !there:
		return nil, fmt.Errorf("there is no bucket %q at %s: make it, without public access", o.Bucket, at.Host)
	}
	return b, nil
}

// Close is Store's.
func (b *Bucket) Close() error { return nil }

// failed words an error of the service: what is missing, full, or away for a while is told apart.
func failed(what string, err error) error {
	if err == nil {
		return nil
	}
	r := minio.ToErrorResponse(err)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFull), errors.Is(err, context.Canceled):
		return err
	case r.Code == "NoSuchKey" || r.StatusCode == 404 && r.Code != "NoSuchBucket":
		return ErrNotFound
	case r.StatusCode == 507 || r.Code == "XMinioStorageFull" || r.Code == "QuotaExceeded" || strings.HasSuffix(r.Code, "QuotaExceeded"):
		return fmt.Errorf("%w: %s in the bucket: %w", store.ErrFull, what, err)
	case r.Code == "" || r.StatusCode >= 500 || r.StatusCode == 429 || r.Code == "SlowDown":
		return fmt.Errorf("%w: %s in the bucket: %w", store.ErrBusy, what, err)
	}
	return fmt.Errorf("%s in the bucket: %w", what, err)
}

// read runs what changes nothing: again, after a pause, while the service is away.
func (b *Bucket) read(ctx context.Context, do func(context.Context) error) error {
	return b.tries(ctx, func() error {
		within, cancel := context.WithTimeout(ctx, b.within)
		defer cancel()
		return do(within)
	})
}

// tries is read for what goes on being read after it was opened.
func (b *Bucket) tries(ctx context.Context, do func() error) error {
	pause := bucketPause
	for try := 1; ; try++ {
		err := failed("look", do())
		if err == nil || !errors.Is(err, store.ErrBusy) || try == bucketTries {
			return err
		}
		if err := wait(ctx, pause); err != nil {
			return err
		}
		pause *= 2
	}
}

// wait waits, or until the context ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// there looks for an object: ErrNotFound.
func (b *Bucket) there(ctx context.Context, key string) (info minio.ObjectInfo, err error) {
	err = b.read(ctx, func(ctx context.Context) (err error) {
		info, err = b.core.StatObject(ctx, b.bucket, key, minio.StatObjectOptions{})
		return err
	})
	return info, err
}

// has is there as a yes or no.
func (b *Bucket) has(ctx context.Context, key string) (bool, error) {
	_, err := b.there(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// list visits the objects whose names begin alike, in order: all of them, or those of this level.
func (b *Bucket) list(ctx context.Context, prefix string, all bool, visit func(minio.ObjectInfo) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range b.core.ListObjectsIter(ctx, b.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: all}) {
		if o.Err != nil {
			return failed("list", o.Err)
		}
		if err := visit(o); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// names lists the ends of the names that begin alike, again while the service is away.
func (b *Bucket) names(ctx context.Context, prefix string) (names []string, err error) {
	err = b.read(ctx, func(ctx context.Context) error {
		names = nil
		return b.list(ctx, prefix, true, func(o minio.ObjectInfo) error {
			names = append(names, strings.TrimPrefix(o.Key, prefix))
			return nil
		})
	})
	return names, err
}

// noted is what stands in an object whose name says all: some servers take no empty ones.
const noted = "1"

// note writes an object whose name says all.
func (b *Bucket) note(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, b.within)
	defer cancel()
	sum := sha256.Sum256([]byte(noted))
	_, err := b.core.PutObject(ctx, b.bucket, key, strings.NewReader(noted), int64(len(noted)), "", hex.EncodeToString(sum[:]), minio.PutObjectOptions{})
	return failed("note", err)
}

// drop removes an object, also one that is not there.
func (b *Bucket) drop(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		within, cancel := context.WithTimeout(ctx, b.within)
		err := failed("remove", b.core.RemoveObject(within, b.bucket, key, minio.RemoveObjectOptions{}))
		cancel()
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// send writes a content under its hash. The service refuses what does not have it.
func (b *Bucket) send(ctx context.Context, f *os.File, info Info) error {
	ctx, cancel := context.WithTimeout(ctx, 10*b.within)
	defer cancel()
	_, err := b.core.PutObject(ctx, b.bucket, keyFiles+info.Hash, io.NewSectionReader(f, 0, info.Bytes), info.Bytes, "", info.Hash,
		minio.PutObjectOptions{ContentType: info.Type, SendContentMd5: false})
	return failed("keep a file", err)
}

// temporary is a file without a name: a crash leaves nothing of it.
func (b *Bucket) temporary() (*os.File, error) {
	f, err := os.CreateTemp(b.spool, "tongban-upload-*")
	if err != nil {
		return nil, full(fmt.Errorf("make a temporary file: %w", err))
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Put is Store's: received and judged on this machine, then sent as a whole.
func (b *Bucket) Put(ctx context.Context, account string, r io.Reader, max int64) (Info, error) {
	return b.put(ctx, account, r, max, b.scan)
}

func (b *Bucket) put(ctx context.Context, account string, r io.Reader, max int64, scan Scanner) (Info, error) {
	f, err := b.temporary()
	if err != nil {
		return Info{}, err
	}
	defer f.Close() //nolint:errcheck // nothing is kept by it
	info, err := b.fill(ctx, f, r, max, scan)
	if suspect := new(Suspect); errors.As(err, &suspect) {
		return Info{}, b.setApart(ctx, f, info, suspect)
	}
	if err != nil {
		return Info{}, full(err)
	}
	if err := b.keep(ctx, f, info, account); err != nil {
		return Info{}, err
	}
	return info, nil
}

// PutBy is Store's.
func (b *Bucket) PutBy(ctx context.Context, hash, account string) (bool, error) {
	if !valid(hash) {
		return false, nil
	}
	return b.has(ctx, keyBy+hash+"."+markOf(account))
}

// Open is Store's.
func (b *Bucket) Open(ctx context.Context, hash string) (*File, error) {
	if !valid(hash) {
		return nil, ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, 10*b.within)
	var body io.ReadCloser
	var info minio.ObjectInfo
	err := b.tries(ctx, func() (err error) {
		body, info, _, err = b.core.GetObject(ctx, b.bucket, keyFiles+hash, minio.GetObjectOptions{})
		return err
	})
	if err != nil {
		cancel()
		return nil, err
	}
	return &File{&checked{ReadCloser: body, sum: sha256.New(), hash: hash, cancel: cancel}, infoOf(hash, info)}, nil
}

// checked fails at the end of a content that is not what its hash says.
type checked struct {
	io.ReadCloser
	sum    hash.Hash
	hash   string
	cancel context.CancelFunc
}

// Read is io.Reader's.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && hex.EncodeToString(c.sum.Sum(nil)) != c.hash {
		return n, fmt.Errorf("%w: the file %s is not what it was", ErrDamaged, c.hash)
	}
	return n, err
}

// Close is io.Closer's.
func (c *checked) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

// unknownType is the type of what nobody may take for anything else.
const unknownType = "application/octet-stream"

// infoOf describes a content by what the service says of it. A type that never came in by Put is believed of nobody.
func infoOf(hash string, o minio.ObjectInfo) Info {
	info := Info{Hash: hash, Bytes: o.Size, Type: o.ContentType}
	if !slices.Contains(Types(), info.Type) {
		info.Type = unknownType
	}
	return info
}

// Stat is Store's.
func (b *Bucket) Stat(ctx context.Context, hash string) (Info, error) {
	if !valid(hash) {
		return Info{}, ErrNotFound
	}
	o, err := b.there(ctx, keyFiles+hash)
	if err != nil {
		return Info{}, err
	}
	return infoOf(hash, o), nil
}

// Kind is Store's.
func (b *Bucket) Kind(ctx context.Context, hash string) (mediaType string, bytes int64, err error) {
	info, err := b.Stat(ctx, hash)
	return info.Type, info.Bytes, err
}

// Has is Store's.
func (b *Bucket) Has(ctx context.Context, f caseflow.File) error {
	info, err := b.Stat(ctx, f.Hash)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && info.Bytes != f.Bytes:
		return fmt.Errorf("%w: %.64s of %d bytes, to which a case refers", ErrNotFound, f.Hash, f.Bytes)
	case err != nil:
		return fmt.Errorf("look for a file: %w", err)
	}
	return nil
}

// Serve is Store's.
func (b *Bucket) Serve(ctx context.Context, now func() time.Time, holds Holds, jobs *chore.Board, log *slog.Logger) {
	servePrune(ctx, b, now, holds, jobs, log)
}
