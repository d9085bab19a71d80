package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// progress counts bytes and shows them while a person is watching; in a pipe it is silent.
type progress struct {
	w       *world
	what    string
	n       int64
	shown   time.Time
	watched bool
}

func (p *progress) Write(b []byte) (int, error) {
	p.n += int64(len(b))
	if f, ok := p.w.err.(*os.File); ok && p.w.now().Sub(p.shown) > 200*time.Millisecond && term.IsTerminal(int(f.Fd())) {
		p.shown, p.watched = p.w.now(), true
		fmt.Fprintf(p.w.err, "\r%s %d MiB ", p.what, p.n>>20)
	}
	return len(b), nil
}

// end clears the line.
func (p *progress) end() {
	if p.watched {
		fmt.Fprintf(p.w.err, "\r%s %d MiB\n", p.what, p.n>>20)
	}
}
