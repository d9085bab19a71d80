//go:build unix

package pgtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"testing"
)

// Tap puts a hook between a program and a database: it is asked before each statement runs, with its text and without its
// parameters; for an error the server itself fails the statement instead. Many goroutines call it. Tap returns the address to use.
func Tap(t testing.TB, dsn string, hook func(statement string) error) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	q := u.Query()
	socket := filepath.Join(q.Get("host"), ".s.PGSQL."+q.Get("port"))
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			server, err := net.Dial("unix", socket)
			if err != nil {
				_ = client.Close()
				continue
			}
			ends := func() { _ = errors.Join(client.Close(), server.Close()) }
			go func() { defer ends(); _, _ = io.Copy(client, server) }()
			go func() {
				defer ends()
				w := &wire{from: bufio.NewReader(client), to: bufio.NewWriter(server), hook: hook, texts: map[string]string{}}
				_ = w.carry() // it ends with one of the two connections
			}()
		}
	}()
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	q.Set("host", host)
	q.Set("port", port)
	u.RawQuery = q.Encode()
	return u.String()
}

// wire is what a client sends to a server (PostgreSQL, chapter 54: frontend/backend protocol 3.0).
type wire struct {
	from  *bufio.Reader
	to    *bufio.Writer
	hook  func(statement string) error
	texts map[string]string // of prepared statements, by name
}

// nameless is a statement that no client prepares: the server fails what is bound to it.
const nameless = "no such statement"

func (w *wire) carry() error {
	kind := []byte{} // the first message has none
	for {
		var size [4]byte
		if _, err := io.ReadFull(w.from, size[:]); err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(size[:])
		if n < 4 || n > 1<<30 {
			return fmt.Errorf("a message of %d bytes", n)
		}
		body := make([]byte, n-4)
		if _, err := io.ReadFull(w.from, body); err != nil {
			return err
		}
		if len(kind) > 0 {
			body = w.seen(kind[0], body)
		}
		binary.BigEndian.PutUint32(size[:], uint32(len(body)+4)) // #nosec G115 -- bounded above
		for _, part := range [][]byte{kind, size[:], body} {
			if _, err := w.to.Write(part); err != nil {
				return err
			}
		}
		if w.from.Buffered() == 0 {
			if err := w.to.Flush(); err != nil {
				return err
			}
		}
		next, err := w.from.ReadByte()
		if err != nil {
			return err
		}
		kind = []byte{next}
	}
}

// seen asks the hook about a message that runs a statement, and returns the message to send.
func (w *wire) seen(kind byte, body []byte) []byte {
	switch kind {
	case 'P': // Parse: name, text
		name, rest, _ := bytes.Cut(body, []byte{0})
		text, _, _ := bytes.Cut(rest, []byte{0})
		w.texts[string(name)] = string(text)
	case 'B': // Bind: portal, name, parameters
		portal, rest, _ := bytes.Cut(body, []byte{0})
		name, parameters, _ := bytes.Cut(rest, []byte{0})
		if w.hook(w.texts[string(name)]) != nil {
			return bytes.Join([][]byte{portal, []byte(nameless), parameters}, []byte{0})
		}
	case 'Q': // Query: text
		text, _, _ := bytes.Cut(body, []byte{0})
		if w.hook(string(text)) != nil {
			return []byte("SELECT 1/0\x00")
		}
	}
	return body
}
