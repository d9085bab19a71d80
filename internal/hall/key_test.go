package hall_test

import (
	"errors"
	"testing"

	"github.com/tongban/tongban/internal/hall"
)

// A case number begins with its region, which need not be six digits: Yangling is a service area of its own.
func TestKeyOfACaseNumber(t *testing.T) {
	t.Parallel()
	for no, region := range map[string]string{"610502-20261127-000001": "610502", "yangling-20261127-000001": "yangling"} {
		if key, err := hall.KeyOf(no); err != nil || key.Region != region || string(key.Case) != no {
			t.Errorf("%s: %+v %v", no, key, err)
		}
	}
	for _, no := range []string{"", "-", "610502", "610502-20261127", "610502-20261127-1", "610502-2026112-000001", "610502/20261127-000001",
		"610502-20261127-000001-1", "UPPER-20261127-000001", "610502-20261127-000001\n", "a-very-long-region-code-20261127-000001"} {
		if key, err := hall.KeyOf(no); !errors.Is(err, hall.ErrNotFound) {
			t.Errorf("%q: %+v %v", no, key, err)
		}
	}
}
