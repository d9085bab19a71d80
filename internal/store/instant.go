package store

import (
	"fmt"
	"time"
)

// Micros is an instant as tables keep it: microseconds since 1970; 0 stands for none.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros is the instant that a table keeps, in UTC; zero for 0.
func FromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// At is where a scan puts a column that holds an instant as Micros gives it.
func At(t *time.Time) any { return (*instant)(t) }

type instant time.Time

// Scan is sql.Scanner's.
func (i *instant) Scan(column any) error {
	us, ok := column.(int64)
	if !ok {
		return fmt.Errorf("store: a %T is no instant", column)
	}
	*i = instant(FromMicros(us))
	return nil
}
