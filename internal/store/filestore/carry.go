package filestore

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// All files of a store, in the order of their hashes, as they stand behind the rows in a backup:
//
//	{"file":"<hash>","bytes":1234,"by":["<who put it>",…],"waits":["<case>",…]}   and then the 1234 bytes and a line feed
//	{"files":2,"bytes":5678,"sha256":"…"}                                         number, bytes in all, digest of the heads before
//
// A file is what its hash says, or it does not go out or come in. One that waits for a case (prune.go) waits anew where it comes
// in, and the cases that asked for it, with their journals beside it, are asked again. Disk and Bucket write and read the same, so
// that a backup of one comes in at the other.

// ErrDamaged: a file is not what its hash says, or what comes in is not all that went out.
var ErrDamaged = errors.New("filestore: damaged or incomplete")

const (
	maxHead  = 16 << 20 // bytes of the head of a file: some 400,000 accounts that have put it, such as a blank form
	maxWaits = 1000     // cases that asked for a file; of one that more ask for it is as good as certain that it is held
)

// head is a line before a file, or the last one.
type head struct {
	File   string    `json:"file,omitempty"`
	Files  *int64    `json:"files,omitempty"`
	Bytes  int64     `json:"bytes"`
	By     []string  `json:"by,omitempty"`    // ends of the names of the marks
	Waits  *[]string `json:"waits,omitempty"` // the cases that asked for a file that waits; nil if it does not
	SHA256 string    `json:"sha256,omitempty"`
}

// outgoing writes an archive of files.
type outgoing struct {
	w           io.Writer
	sum         hash.Hash
	files, size int64
}

func newOutgoing(w io.Writer) *outgoing { return &outgoing{w: w, sum: sha256.New()} }

func (o *outgoing) line(h head) error {
	b, err := json.Marshal(h)
	if err == nil && len(b) >= maxHead { // it would not come in again
		err = fmt.Errorf("more than %d bytes are noted of the file %s", maxHead, h.File)
	}
	if err == nil {
		b = append(b, '\n')
		o.sum.Write(b)
		_, err = o.w.Write(b)
	}
	return err
}

// file writes one file, which must be what its name says.
func (o *outgoing) file(h head, content io.Reader) error {
	o.files++
	o.size += h.Bytes
	if err := o.line(h); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(o.w, sum), io.LimitReader(content, h.Bytes))
	if err != nil {
		return err
	}
	if n != h.Bytes || hex.EncodeToString(sum.Sum(nil)) != h.File {
		return fmt.Errorf("%w: the file %s is not what it was (put it back from an older backup)", ErrDamaged, h.File)
	}
	_, err = o.w.Write([]byte("\n"))
	return err
}

func (o *outgoing) end() error {
	return o.line(head{Files: &o.files, Bytes: o.size, SHA256: hex.EncodeToString(o.sum.Sum(nil))})
}

// readArchive reads what outgoing has written, to its very end. receive takes each file with pour.
func readArchive(ctx context.Context, r *bufio.Reader, receive func(h head) error) error {
	sum := sha256.New()
	var files, size int64
	for last := ""; ; files++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		before := hex.EncodeToString(sum.Sum(nil))
		h, err := readHead(r, sum)
		if err != nil {
			return err
		}
		if h.Files != nil {
			if *h.Files != files || h.Bytes != size || h.SHA256 != before {
				return fmt.Errorf("%w: number, bytes or digest of the files differ", ErrDamaged)
			}
			if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
				return fmt.Errorf("%w: something follows the end", ErrDamaged)
			}
			return nil
		}
		if !valid(h.File) || h.File <= last || h.Bytes < 0 || h.Bytes > MaxBytes {
			return fmt.Errorf("%w: a file of %d bytes under the name %.64q", ErrDamaged, h.Bytes, h.File)
		}
		if err := checkNotes(h); err != nil {
			return err
		}
		if err := receive(h); err != nil {
			return err
		}
		last = h.File
		size += h.Bytes
	}
}

// readHead reads a line of bounded length.
func readHead(r *bufio.Reader, sum hash.Hash) (head, error) {
	var line []byte
	for more := true; more; {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		more = errors.Is(err, bufio.ErrBufferFull)
		switch {
		case errors.Is(err, io.EOF):
			return head{}, fmt.Errorf("%w: it ends too early", ErrDamaged)
		case len(line) > maxHead:
			return head{}, fmt.Errorf("%w: the head of a file is too long", ErrDamaged)
		case err != nil && !more:
			return head{}, err
		}
	}
	sum.Write(line)
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return h, fmt.Errorf("%w: the head of a file: %w", ErrDamaged, err)
	}
	if again, err := json.Marshal(h); err != nil || string(again)+"\n" != string(line) { // JSON reads more than Export writes
		return h, fmt.Errorf("%w: the head of a file is not as it was written", ErrDamaged)
	}
	return h, nil
}

// checkNotes refuses notes of a file that would be names of something else.
func checkNotes(h head) error {
	for _, who := range h.By {
		if b, err := hex.DecodeString(who); err != nil || len(b) != sha256.Size/2 {
			return fmt.Errorf("%w: %.40q is nobody who put a file", ErrDamaged, who)
		}
	}
	if h.Waits == nil {
		return nil
	}
	if len(*h.Waits) > maxWaits {
		return fmt.Errorf("%w: %d cases asked for the file %s", ErrDamaged, len(*h.Waits), h.File)
	}
	for _, name := range *h.Waits {
		if region, no, ok := strings.Cut(name, "."); !ok || region == "" || no == "" || strings.ContainsRune(name, '/') {
			return fmt.Errorf("%w: %.40q is no case", ErrDamaged, name)
		}
	}
	return nil
}

// pour copies the content of a file out of an archive. ErrDamaged if it is not what its name says.
func pour(w io.Writer, r *bufio.Reader, h head) error {
	sum := sha256.New()
	n, err := io.CopyN(io.MultiWriter(w, sum), r, h.Bytes)
	end, _ := r.ReadByte() // no byte is no line feed
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it ends too early", ErrDamaged)
	case err != nil:
		return fmt.Errorf("keep a file: %w", err)
	case n != h.Bytes || end != '\n' || hex.EncodeToString(sum.Sum(nil)) != h.File:
		return fmt.Errorf("%w: the file %s is not what its name says", ErrDamaged, h.File)
	}
	return nil
}
