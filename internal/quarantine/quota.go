package quarantine

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/parameter"
)

const (
	quotaWithin = 24 * time.Hour
	kibi        = 1 << 10
	// officialTimes is how many times as much an official may upload: who scans at a window scans for others.
	officialTimes = 10
)

// reserve counts an upload as if it were as large as it may be, so that many at once are bounded too (OWASP ASVS 5.2.4), and makes max
// smaller where less is left. settle puts what came in its place; of what was refused only the try counts.
func (k *Keeper) reserve(ctx context.Context, by caseflow.Actor, region string, max *int64) (settle func(taken bool, bytes int64) error, err error) {
	if k.values == nil {
		return func(bool, int64) error { return nil }, nil
	}
	region = cmp.Or(by.Region, region, k.served)
	times := 1
	if by.Kind == caseflow.ActorOfficial {
		times = officialTimes
	}
	most, files := times*k.values().Int(parameter.UploadBytes, region)*kibi, times*k.values().Int(parameter.UploadFiles, region)
	at := k.now()
	add := func(key string, n int) (int, error) {
		sum, err := k.store.AddAttempts(context.WithoutCancel(ctx), "upload-"+key+":"+by.ID, n, at, at.Add(-quotaWithin))
		if err != nil {
			err = fmt.Errorf("count uploads: %w", err)
		}
		return sum, err
	}
	if n, err := add("files", 1); err != nil {
		return nil, err
	} else if n > files {
		_, err := add("files", -1)
		return nil, quota(err)
	}
	want := int((*max + kibi - 1) / kibi)
	sum, err := add("kib", want)
	if err != nil {
		return nil, err
	}
	if over := sum - most; over >= want {
		_, err := add("kib", -want)
		return nil, quota(err)
	} else if over > 0 {
		if _, err := add("kib", -over); err != nil {
			return nil, err
		}
		want -= over
		*max = int64(want) * kibi
	}
	return func(taken bool, bytes int64) error {
		used := 0
		if taken {
			used = int((bytes + kibi - 1) / kibi)
		}
		_, err := add("kib", used-want)
		return err
	}, nil
}

// quota is the refusal, unless the store failed.
func quota(err error) error {
	if err != nil {
		return err
	}
	return &caseflow.Refusal{Code: CodeQuota}
}
