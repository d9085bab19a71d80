//go:build unix

package pgtest

import (
	"os"
	"syscall"
)

// roomy is how much room a server wants in memory, in bytes: ten megabytes for each database at a time, the log of up to one gigabyte, and
// as much again for a second test binary.
const roomy = 2 << 30

// inMemory is where a server lies that need not survive anything: in Linux's shared memory, where that has room, else the folder for temporary
// files (""). A database is some 500 files. A file system without a journal, as containers and small machines have, looks for the inodes of
// the new ones among those deleted in the last minutes: half of all processor time of these tests went there.
func inMemory() (dir string) {
	const shared = "/dev/shm"
	var s syscall.Statfs_t
	if err := syscall.Statfs(shared, &s); err != nil || int64(s.Bavail)*int64(s.Bsize) < roomy { // #nosec G115 -- of a disk
		return ""
	}
	probe, err := os.MkdirTemp(shared, "tbpg")
	if err != nil || os.Remove(probe) != nil {
		return ""
	}
	return shared
}
