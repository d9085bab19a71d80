package filestore

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// fileLock is what the processes that share the folder lock: those that add or carry files share it, who removes one has it
// alone. The system lets go of a lock whose process dies.
const fileLock = "lock"

// errTaken: somebody else has the lock.
var errTaken = errors.New("filestore: the lock is taken")

// sharing runs what adds files or relies on them, while nothing is removed.
func (s *Disk) sharing(do func() error) error { return s.locked(syscall.LOCK_SH, do) }

// alone runs what removes a file. It does not wait: errTaken.
func (s *Disk) alone(do func() error) error { return s.locked(syscall.LOCK_EX|syscall.LOCK_NB, do) }

// locked opens the lock for each use, since a lock belongs to the open file: two goroutines would share that of one.
func (s *Disk) locked(how int, do func() error) (err error) {
	f, err := s.root.OpenFile(fileLock, os.O_RDWR|os.O_CREATE, modeFile)
	if err != nil {
		return fmt.Errorf("open the lock of the files: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }() // which lets go of it
	for {
		err := syscall.Flock(int(f.Fd()), how) // #nosec G115 -- a descriptor is a small number
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errTaken
		case err != nil:
			return fmt.Errorf("lock the files: %w", err)
		}
		return do()
	}
}
