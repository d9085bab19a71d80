package stat

import (
	"math/bits"
	"slices"
)

// Buckets of minutes: each minute its own up to fine, beyond it fine/2 of the same width for each doubling. So the middle of a
// bucket differs from any value in it by at most 1 in fine, 1.6 %; the bucket's width is at most 3.2 % of it.
const fine = 64

// maxMinutes is where the last bucket begins to hold everything: 2^22 minutes, some 8,700 office days.
const maxMinutes = 1<<22 - 1

// Bucket is the number of the bucket that a number of minutes falls into; negative ones count as none.
func Bucket(minutes int) int {
	m := min(max(minutes, 0), maxMinutes)
	if m < fine {
		return m
	}
	shift := bits.Len(uint(m)) - bits.Len(uint(fine-1))
	return shift*fine/2 + m>>shift
}

// Middle is the number of minutes that stands for a bucket.
func Middle(bucket int) int {
	if bucket < fine {
		return max(bucket, 0)
	}
	shift := (bucket - fine/2) / (fine / 2)
	low := (bucket - shift*fine/2) << shift
	return low + (1<<shift-1)/2
}

// Histogram is how many values fell into each bucket.
type Histogram map[int]int64

// Count is the number of values.
func (h Histogram) Count() int64 {
	var n int64
	for _, v := range h {
		n += v
	}
	return n
}

// Quantile is the bucket of the smallest value that is not exceeded by a share q of all values (0 < q <= 1): of 10 values the median
// is the 5th, p90 the 9th. False if there are no values.
func (h Histogram) Quantile(q float64) (bucket int, ok bool) {
	keys := make([]int, 0, len(h))
	var total int64
	for k, n := range h {
		if n > 0 {
			keys = append(keys, k)
			total += n
		}
	}
	if total == 0 {
		return 0, false
	}
	slices.Sort(keys)
	rank := int64(q * float64(total))
	if float64(rank) < q*float64(total) {
		rank++
	}
	var seen int64
	for _, k := range keys {
		if seen += h[k]; seen >= max(rank, 1) {
			return k, true
		}
	}
	return keys[len(keys)-1], true
}
