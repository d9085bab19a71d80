package filestore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/store"
)

// Suspect is a content that the scanner warns of. It is kept apart (隔离) under an id that nobody can guess, until somebody
// releases or drops it.
type Suspect struct {
	ID      string // under which it is kept; Put sets it
	Info    Info   // of the content as it came
	Finding string // what the scanner calls it; "" if it could not look into it
}

// Error is for logs.
func (s *Suspect) Error() string { return "filestore: kept apart: " + s.Code() }

// Code is the reason in the manner of an Unfit: UnfitVirus or UnfitUnscanned.
func (s *Suspect) Code() string {
	if s.Finding == "" {
		return UnfitUnscanned
	}
	return UnfitVirus
}

// Scanner looks into a content before it is kept. It returns a *Suspect for what is infected or what it cannot look into; any other
// error says that it is away, and then the content is not kept at all.
type Scanner interface {
	Scan(ctx context.Context, r io.Reader) error
}

// ClamAV is a scanner that asks clamd by its INSTREAM command (clamd(8)).
type ClamAV struct {
	Address string // host:port, or the path of a socket
	Within  time.Duration
}

// Scan sends the content and reads the verdict. store.ErrBusy if clamd is away: the file may be sent again later. Where clamd is
// there and gives no verdict, in time or at all, it is the file that it cannot look into.
func (c ClamAV) Scan(outer context.Context, r io.Reader) error {
	ctx, cancel := context.WithTimeout(outer, c.Within)
	defer cancel()
	network := "tcp"
	if strings.HasPrefix(c.Address, "/") {
		network = "unix"
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, c.Address)
	if err != nil {
		return fmt.Errorf("%w: the scanner is away: %w", store.ErrBusy, err)
	}
	defer conn.Close() //nolint:errcheck // nothing is kept by it
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	sent := instream(conn, r)
	var from *readError
	if errors.As(sent, &from) {
		return from.error
	}
	// Also after a failed write: clamd hangs up on what is too long, and says so before.
	reply, err := io.ReadAll(io.LimitReader(conn, 4<<10))
	switch words := strings.TrimRight(string(reply), "\x00\n"); {
	case strings.HasPrefix(words, "stream: ") && strings.HasSuffix(words, " FOUND"):
		return &Suspect{Finding: found(words)}
	case sent == nil && err == nil && words == "stream: OK":
		return nil
	case context.Cause(outer) != nil: // who sent the file has gone
		return context.Cause(outer)
	}
	return &Suspect{}
}

// found is the name in clamd's verdict, as far as it is plain: it stands on pages and in logs.
func found(words string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(words, "stream: "), " FOUND")
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, name)
	if name == "" {
		name = "?"
	}
	return name[:min(len(name), 100)]
}

// readError is a failure of our own side.
type readError struct{ error }

// instream writes the command and the content in chunks, each behind its length, and a chunk of none at the end.
func instream(w io.Writer, r io.Reader) error {
	if _, err := io.WriteString(w, "zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 4+64<<10)
	for {
		n, err := r.Read(buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n)) //nolint:gosec // 64 KiB at most
			if _, err := w.Write(buf[:4+n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			_, err := w.Write(make([]byte, 4))
			return err
		}
		if err != nil {
			return &readError{fmt.Errorf("read a file: %w", err)}
		}
	}
}
