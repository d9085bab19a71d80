package filestore

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/tongban/tongban/internal/store"
)

func TestFull_disk_is_told_apart(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]bool{syscall.ENOSPC: true, syscall.EDQUOT: true, syscall.EFBIG: true, syscall.EIO: false} {
		err := full(&fs.PathError{Op: "write", Path: "x", Err: errno})
		if got := errors.Is(err, store.ErrFull); got != want || !errors.Is(err, errno) {
			t.Errorf("%v: full %v, want %v", errno, got, want)
		}
	}
}
