package sqlstore

import (
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"

	"github.com/tongban/tongban/internal/store"
)

// cursor is the place after the last row of a page: the values of its sort key.
type cursor struct {
	List string `json:"l"` // which list it belongs to
	At   int64  `json:"a"`
	Case string `json:"c"`
	ID   int64  `json:"i,omitempty"`
	// Index is a message's place within its entry.
	Index int64 `json:"x,omitempty"`
	// Clock is the clock's name in a list of clocks, the channel's in one of dispatches.
	Clock string `json:"k,omitempty"`
	// What is what a look saw; Clock is then whose look it was.
	What string `json:"w,omitempty"`
}

// maxCursor bounds the length of a cursor that is read.
const maxCursor = 1000

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil { // numbers and text always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCursor reads a cursor of the list; an empty one is the start.
func readCursor(s, list string, start cursor) (cursor, error) {
	start.List = list
	if s == "" {
		return start, nil
	}
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(s)
	if len(s) > maxCursor || err != nil || json.Unmarshal(b, &c) != nil || c.List != list || !utf8.ValidString(c.Case) || !utf8.ValidString(c.Clock) || !utf8.ValidString(c.What) {
		return c, store.ErrCursor // what was sent is not repeated: errors are logged
	}
	return c, nil
}

// limitOf is the size of a page: 1 to 200, 50 if none is given.
func limitOf(n int) int {
	if n <= 0 {
		return 50
	}
	return min(n, 200)
}
