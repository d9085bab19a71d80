package sqlstore

import (
	"context"
	"time"
)

// copyLog copies the log of an SQLite store into the database whenever it has grown, by a connection that reads: at the end of a commit,
// where SQLite does it, all that is written waits for the disk meanwhile. It does so often, and a little at a time, because whoever
// flushes the log then waits for the disk to take the pages too: 16 MB take a tenth of a second.
func (s *Store) copyLog(rest time.Duration) {
	for {
		select {
		case <-s.closed:
			return
		case <-s.flusher.filled():
		}
		var busy, log, moved int
		err := s.read.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &log, &moved)
		switch {
		case err == nil || s.d.verdict(err) == retry:
		case s.d.verdict(err) == broken: // a page that the disk lost once may be taken for written the next time
			s.stop(err)
			return
		default: // the log still has it all
			s.log.Warn("the log was not copied into the database", "err", err)
		}
		select {
		case <-s.closed:
			return
		case <-time.After(rest):
		}
	}
}

// copyEvery is how long it rests, so that a page that is written again and again is copied once.
const copyEvery = 500 * time.Millisecond
