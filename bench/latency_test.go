package bench

import "time"

var hallTime = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // Monday, 10:00 in Weinan
