package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store/filestore"
)

// bucketFlags say that uploaded files are kept in a bucket, and which.
type bucketFlags struct {
	Bucket            string `name:"s3-bucket" env:"TONGBAN_S3_BUCKET" help:"Keep uploaded files in this bucket of an S3-compatible service instead of the data folder." placeholder:"NAME"`
	BucketEndpoint    string `name:"s3-endpoint" env:"TONGBAN_S3_ENDPOINT" help:"Address of the service of the bucket." placeholder:"https://HOST"`
	BucketRegion      string `name:"s3-region" env:"TONGBAN_S3_REGION" help:"Region of the bucket as its service names it; us-east-1 if left out." placeholder:"NAME"`
	BucketCredentials string `name:"s3-credentials" env:"TONGBAN_S3_CREDENTIALS" help:"File with the lines AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…, which nobody but its owner may read; those variables of the environment if left out." placeholder:"FILE"`
}

// The names of the keys of a bucket, in a file or the environment.
const (
	bucketKey    = "AWS_ACCESS_KEY_ID"
	bucketSecret = "AWS_SECRET_ACCESS_KEY" // #nosec G101 -- the name of a variable
)

// openFiles opens the uploaded files: in the bucket, or below the data folder.
func (f bucketFlags) openFiles(ctx context.Context, data string, now time.Time) (filestore.Store, error) {
	if f.Bucket == "" {
		if f.BucketEndpoint != "" || f.BucketCredentials != "" || f.BucketRegion != "" {
			return nil, usageError("name the bucket with --s3-bucket too, or leave out the other --s3 flags")
		}
		files, err := filestore.Open(filesFolder(data), now)
		if err != nil {
			return nil, fmt.Errorf("cannot open the folder for uploads: %w", err)
		}
		return files, nil
	}
	if f.BucketEndpoint == "" {
		return nil, usageError("say with --s3-endpoint where the bucket is, such as https://s3.example.cn")
	}
	key, secret, err := f.bucketKeys(os.Getenv)
	if err != nil {
		return nil, err
	}
	o := filestore.BucketOptions{Endpoint: f.BucketEndpoint, Bucket: f.Bucket, Region: f.BucketRegion, AccessKey: key, SecretKey: secret}
	if data != "" {
		o.Spool = filepath.Join(data, "spool")
	}
	return filestore.OpenBucket(ctx, o)
}

// bucketKeys reads the keys of the bucket. No error repeats what stands in the file.
func (f bucketFlags) bucketKeys(env func(string) string) (key, secret string, err error) {
	if f.BucketCredentials == "" {
		key, secret = env(bucketKey), env(bucketSecret)
		if key == "" || secret == "" {
			return "", "", usageError(fmt.Sprintf("give the keys of the bucket in a file with --s3-credentials, or as %s and %s in the environment", bucketKey, bucketSecret))
		}
		return key, secret, nil
	}
	name := f.BucketCredentials
	file, err := os.Open(name) // #nosec G304 -- the operator names the file
	if err != nil {
		return "", "", fmt.Errorf("cannot read the keys of the bucket: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	info, err := file.Stat()
	if err != nil {
		return "", "", fmt.Errorf("cannot read the keys of the bucket: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return "", "", fmt.Errorf("%s holds secrets, but others may read or change it (%v): chmod 600 %s", name, info.Mode().Perm(), name)
	}
	lines := bufio.NewScanner(io.LimitReader(file, 64<<10))
	for lines.Scan() {
		before, after, _ := strings.Cut(strings.TrimSpace(lines.Text()), "=")
		switch strings.TrimSpace(before) {
		case bucketKey:
			key = strings.TrimSpace(after)
		case bucketSecret:
			secret = strings.TrimSpace(after)
		}
	}
	if err := lines.Err(); err != nil {
		return "", "", fmt.Errorf("cannot read the keys of the bucket: %w", err)
	}
	if key == "" || secret == "" {
		return "", "", fmt.Errorf("%s has no lines %s=… and %s=…", name, bucketKey, bucketSecret)
	}
	return key, secret, nil
}

// uploads are the uploaded files of a command that carries them.
type uploads struct {
	filestore.Store
	where string // for who looks for a file that is missing
	temp  string // stands in for a folder that is not there
}

// openUploads opens the uploaded files. It makes no folder of a mistyped name: there are no files then.
func (f bucketFlags) openUploads(w *world, data string) (*uploads, error) {
	u := &uploads{where: filesFolder(data)}
	if f.Bucket != "" {
		u.where = "the bucket " + f.Bucket
	} else if _, err := os.Stat(u.where); errors.Is(err, os.ErrNotExist) {
		if u.temp, err = os.MkdirTemp("", "tongban-none-"); err != nil {
			return nil, err
		}
		data = u.temp
	}
	var err error
	u.Store, err = f.openFiles(w.ctx, data, w.now())
	return u, err
}

func filesFolder(data string) string { return filepath.Join(data, "files") }

// close releases the files.
func (u *uploads) close() error {
	err := u.Close()
	if u.temp != "" {
		err = errors.Join(err, os.RemoveAll(u.temp))
	}
	return err
}

// has reports that a file is there.
func (u *uploads) has(ctx context.Context, f caseflow.File) error {
	if err := u.Has(ctx, f); err != nil {
		return fmt.Errorf("%w; uploads are looked for in %s (name their data folder with --data or their bucket with --s3-bucket, or put the file back)", err, u.where)
	}
	return nil
}
