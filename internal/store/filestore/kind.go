package filestore

import "context"

// Kind is Store's.
func (s *Disk) Kind(ctx context.Context, hash string) (string, int64, error) {
	return kindOf(s.Open(ctx, hash))
}

// Kind is Store's.
func (b *Bucket) Kind(ctx context.Context, hash string) (string, int64, error) {
	return kindOf(b.Open(ctx, hash))
}

func kindOf(f *File, err error) (string, int64, error) {
	if err != nil {
		return "", 0, err
	}
	defer f.Close() //nolint:errcheck // read only
	return f.Type, f.Bytes, nil
}
