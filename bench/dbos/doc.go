// Package dbos measures the same shape of work, one start, five parallel tasks, a join and an end, on Tongban and on DBOS
// Transact for Go, side by side in one run: both on SQLite with a write-ahead log that is flushed at every commit.
//
// It is a module of its own, so that another engine stays out of Tongban's go.mod. `make bench` runs it.
package dbos
