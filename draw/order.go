package draw

import (
	"bytes"
	"crypto/md5" // #nosec G501 -- RFC 3797 is defined with it; the method of tickets uses SHA-256
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"slices"
	"strconv"
	"sync"
)

// Ticket is what a candidate draws: SHA-256(seed || 0x1f || id). The lowest win.
func Ticket(seed Hash, id string) Hash {
	b := make([]byte, 0, 160)
	return sha256.Sum256(append(append(append(b, seed[:]...), separator), id...))
}

const separator = 0x1f // stands in no id

// WeightedTicket is the lowest ticket of a candidate of a weight: as if it had put as many slips into the urn, the n-th of them
// from the second on under SHA-256(seed || 0x1f || id || 0x1f || n).
func WeightedTicket(seed Hash, id string, weight int64) Hash {
	low := Ticket(seed, id)
	b := append(append(append(make([]byte, 0, 192), seed[:]...), separator), id...)
	b = append(b, separator)
	for n := int64(2); n <= weight; n++ {
		if t := Hash(sha256.Sum256(strconv.AppendInt(b, n, 10))); bytes.Compare(t[:], low[:]) < 0 {
			low = t
		}
	}
	return low
}

// slip is a candidate, by its place in the sorted list, with its ticket.
type slip struct {
	ticket Hash
	at     int32
}

// lowest returns the k lowest tickets among members, in order; equal tickets by id, which is the order of the members.
func lowest(seed Hash, candidates []Candidate, members []int32, k int) []slip {
	if k == 0 {
		return nil
	}
	const part = 1 << 17 // members to a goroutine
	parts := make([][]slip, (len(members)+part-1)/part)
	var wait sync.WaitGroup
	for i := range parts {
		wait.Go(func() {
			parts[i] = lowestOf(seed, candidates, members[i*part:min((i+1)*part, len(members))], k)
		})
	}
	wait.Wait()
	return cut(slices.Concat(parts...), k)
}

// lowestOf keeps what may be among the k lowest, and a few more until there are too many.
func lowestOf(seed Hash, candidates []Candidate, members []int32, k int) []slip {
	var kept []slip
	var limit []byte // tickets from here on are not among the k lowest
	b := append(append(make([]byte, 0, 192), seed[:]...), separator)
	for _, m := range members {
		c := &candidates[m]
		t := Hash(sha256.Sum256(append(b, c.ID...)))
		if c.Weight > 1 {
			t = WeightedTicket(seed, c.ID, c.Weight)
		}
		if limit != nil && bytes.Compare(t[:], limit) >= 0 {
			continue
		}
		if kept = append(kept, slip{t, m}); len(kept) >= 2*k+64 {
			kept = cut(kept, k)
			limit = bytes.Clone(kept[k-1].ticket[:])
		}
	}
	return kept
}

// cut sorts slips and leaves the k first.
func cut(slips []slip, k int) []slip {
	slices.SortFunc(slips, func(a, b slip) int {
		if d := bytes.Compare(a.ticket[:], b.ticket[:]); d != 0 {
			return d
		}
		return int(a.at) - int(b.at)
	})
	return slips[:min(k, len(slips))]
}

// KeyRFC3797 is the key of RFC 3797 section 4.1: the numbers of each source ascending, each with a full stop, each source with a slash.
func KeyRFC3797(sources [][]int64) string {
	var key string
	for _, numbers := range sources {
		sorted := slices.Clone(numbers)
		slices.Sort(sorted)
		key += joined(sorted, ".") + "./"
	}
	return key
}

// SelectRFC3797 returns the first k places, counted from 0, that RFC 3797 section 4.2 selects of n.
func SelectRFC3797(key string, n, k int) []int {
	left := make([]int, n)
	for i := range left {
		left[i] = i
	}
	k = min(k, n, 65535)
	chosen := make([]int, 0, k)
	for i := range k {
		index := binary.BigEndian.AppendUint16(nil, uint16(i))
		h := md5.Sum(slices.Concat(index, []byte(key), index)) // #nosec G401 -- as above
		at := new(big.Int).Mod(new(big.Int).SetBytes(h[:]), big.NewInt(int64(len(left)))).Int64()
		chosen = append(chosen, left[at])
		left = slices.Delete(left, int(at), int(at)+1)
	}
	return chosen
}
