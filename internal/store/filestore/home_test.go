package filestore_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/tongban/tongban/internal/store/filestore"
)

// home is a place where files are kept, seen from outside: any number of stores open it, as servers do.
type home interface {
	open(t testing.TB) filestore.Store
	names(t testing.TB, part string) []string    // what is durable: contents (sha), marks (by), waits (new), what is received (tmp)
	lose(t testing.TB, hash string)              // as if the content had never been there
	rot(t testing.TB, hash string, b []byte)     // other content under the hash
	age(t testing.TB, hash string, at time.Time) // it has waited since then
}

// everywhere runs a test of the contract for each kind of store.
func everywhere(t *testing.T, test func(t *testing.T, at func() home)) {
	for name, at := range map[string]func(t *testing.T) home{
		"disk":   func(t *testing.T) home { return folder(t.TempDir()) },
		"bucket": func(t *testing.T) home { return newService(t) },
	} {
		t.Run(name, func(t *testing.T) { test(t, func() home { return at(t) }) })
	}
}

// folder is a home on a disk.
type folder string

func (f folder) open(t testing.TB) filestore.Store { return open(t, string(f)) }

func (f folder) at(part, hash string) string {
	return filepath.Join(string(f), part, hash[:2], hash[2:4], hash)
}

func (f folder) names(t testing.TB, part string) []string {
	if part == "new" {
		list, err := os.ReadDir(filepath.Join(string(f), part))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range list {
			names = append(names, e.Name())
		}
		return names
	}
	return kept(t, filepath.Join(string(f), part))
}

func (f folder) lose(t testing.TB, hash string) {
	if err := os.Remove(f.at("sha", hash)); err != nil {
		t.Fatal(err)
	}
}

func (f folder) rot(t testing.TB, hash string, b []byte) {
	at := f.at("sha", hash)
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f folder) age(t testing.TB, hash string, at time.Time) {
	if err := os.Chtimes(filepath.Join(string(f), "new", hash), at, at); err != nil {
		t.Fatal(err)
	}
}

// service is an S3 server of its own, over real HTTP, with one bucket.
type service struct {
	url    string
	spool  string
	client *minio.Client
	clock  *clock

	mu    sync.Mutex
	trip  func(w http.ResponseWriter, r *http.Request) bool // answers instead of the server if it returns true
	calls atomic.Int64
}

// clock is the time of the service, which may be set back.
type clock struct {
	mu   sync.Mutex
	back time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(-c.back).UTC()
}

func (c *clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

func (c *clock) set(back time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.back = back
}

const (
	bucketName = "materials"
	accessKey  = "AKTONGBAN"
	secretKey  = "the-secret-of-the-bucket"
)

func newService(t testing.TB) *service {
	t.Helper()
	s := &service{clock: &clock{}, spool: t.TempDir()}
	backend := s3mem.New(s3mem.WithTimeSource(s.clock))
	if err := backend.CreateBucket(bucketName); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(backend, gofakes3.WithTimeSource(s.clock), gofakes3.WithTimeSkewLimit(0)).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		s.mu.Lock()
		trip := s.trip
		s.mu.Unlock()
		if trip != nil && trip(w, r) {
			return
		}
		if r.Method == http.MethodPut && nested(backend, strings.TrimPrefix(r.URL.Path, "/"+bucketName+"/")) {
			http.Error(w, "<Error><Code>XMinioParentIsObject</Code></Error>", http.StatusConflict)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	client, err := minio.New(strings.TrimPrefix(server.URL, "http://"), &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	s.client = client
	return s
}

// nested reports whether a name goes on behind that of another object with a slash, or another one behind it: services that keep
// objects as files refuse that, MinIO and versitygw among them.
func nested(backend gofakes3.Backend, key string) bool {
	for at := strings.LastIndexByte(key, '/'); at > 0; at = strings.LastIndexByte(key[:at], '/') {
		if _, err := backend.HeadObject(bucketName, key[:at]); err == nil {
			return true
		}
	}
	below := gofakes3.NewFolderPrefix(key + "/")
	list, err := backend.ListBucket(bucketName, &below, gofakes3.ListBucketPage{})
	return err == nil && len(list.Contents)+len(list.CommonPrefixes) > 0
}

// stumble has a handler answer instead of the server whenever it returns true.
func (s *service) stumble(trip func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trip = trip
}

func (s *service) open(t testing.TB) filestore.Store { return s.openWithin(t, 10*time.Second) }

func (s *service) openWithin(t testing.TB, within time.Duration) *filestore.Bucket {
	t.Helper()
	b, err := filestore.OpenBucket(t.Context(), filestore.BucketOptions{
		Endpoint: s.url, Bucket: bucketName, AccessKey: accessKey, SecretKey: secretKey, Spool: s.spool, Within: within,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func (s *service) names(t testing.TB, part string) []string {
	t.Helper()
	var names []string
	switch part {
	case "tmp":
		return append(kept(t, s.spool), s.names(t, "gone")...)
	case "new":
		names = s.names(t, "case")
	}
	for o := range s.client.ListObjectsIter(context.WithoutCancel(t.Context()), bucketName, minio.ListObjectsOptions{Prefix: part + "/", Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		names = append(names, o.Key)
	}
	return names
}

func (s *service) lose(t testing.TB, hash string) {
	if err := s.client.RemoveObject(t.Context(), bucketName, "sha/"+hash, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
}

func (s *service) put(t testing.TB, key, content string) {
	_, err := s.client.PutObject(t.Context(), bucketName, key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{ContentType: filestore.PDF})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *service) rot(t testing.TB, hash string, b []byte) { s.put(t, "sha/"+hash, string(b)) }

func (s *service) age(t testing.TB, hash string, at time.Time) {
	s.clock.set(time.Since(at))
	defer s.clock.set(0)
	s.put(t, "new/"+hash, "1")
}
