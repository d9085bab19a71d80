package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress counts bytes and shows them while a person is watching, as a bar where the end is known; in a pipe it is silent.
type progress struct {
	w       *world
	what    string
	n, of   int64
	shown   time.Time
	watched bool
	unit    string // what n counts; "": bytes
}

// begin starts a part of the work. of is how many bytes it will be, 0 if nobody knows.
func (p *progress) begin(what string, of int64) {
	p.end()
	p.what, p.n, p.of, p.shown = what, 0, of, p.w.now()
}

func (p *progress) Write(b []byte) (int, error) {
	p.add(len(b))
	return len(b), nil
}

// add counts n more.
func (p *progress) add(n int) {
	p.n += int64(n)
	if f, ok := p.w.err.(*os.File); ok && p.w.now().Sub(p.shown) > 200*time.Millisecond && term.IsTerminal(int(f.Fd())) {
		p.shown, p.watched = p.w.now(), true
		p.draw()
	}
}

// draw shows how far the work is, over what it showed before.
func (p *progress) draw() {
	const width = 30
	if p.of == 0 {
		fmt.Fprintf(p.w.err, "\r%-8s %s ", p.what, p.size(p.n))
		return
	}
	done := min(p.n*100/p.of, 100)
	bar := strings.Repeat("#", int(done)*width/100)
	fmt.Fprintf(p.w.err, "\r%-8s [%-*s] %3d %% of %s ", p.what, width, bar, done, p.size(p.of))
}

func (p *progress) size(n int64) string {
	if p.unit != "" {
		return fmt.Sprint(n, " ", p.unit)
	}
	return fmt.Sprint(n>>20, " MiB")
}

// end leaves the last line as it stands at the end.
func (p *progress) end() {
	if p.watched {
		p.draw()
		fmt.Fprintln(p.w.err)
	}
	p.watched = false
}
