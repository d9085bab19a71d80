// Package pdffile writes the frame of a PDF file (ISO 32000-1): numbered objects, and at its end where each of them begins. What stands
// in the objects is for those who draw: papers of cases, and pictures that are joined to one file. The same objects give the same bytes.
package pdffile

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
)

// File is a file that is being written: New, then objects, then End.
type File struct {
	buf    bytes.Buffer
	starts []int // of the objects, by number from 1 on
}

// New begins a file of version 1.7.
func New() *File {
	f := &File{}
	f.buf.WriteString("%PDF-1.7\n%\xe9\x80\x9a\xe5\x8a\x9e\n") // bytes above 127 tell programs that it is binary
	return f
}

// Reserve takes the number of an object, from 1 on, that is written before the end. Others can refer to it already.
func (f *File) Reserve() int {
	f.starts = append(f.starts, 0)
	return len(f.starts)
}

// Object writes the object of a reserved number; format and args are those of package fmt.
func (f *File) Object(n int, format string, args ...any) {
	f.starts[n-1] = f.buf.Len()
	fmt.Fprintf(&f.buf, "%d 0 obj\n", n)
	fmt.Fprintf(&f.buf, format, args...)
	f.buf.WriteString("\nendobj\n")
}

// Stream writes the object of a reserved number with data as they are. dict says what they are, but for their length.
func (f *File) Stream(n int, dict string, data []byte) {
	f.Object(n, "<</Length %d%s>>\nstream\n%s\nendstream", len(data), dict, data)
}

// Len is how many bytes the file has so far.
func (f *File) Len() int { return f.buf.Len() }

// End writes the index, with the numbers of the catalogue and of what the file says of itself (0: it says nothing), and gives the file.
// Its id is the hash of its content.
func (f *File) End(root, info int) []byte {
	id := sha256.Sum256(f.buf.Bytes())
	at := f.buf.Len()
	fmt.Fprintf(&f.buf, "xref\n0 %d\n0000000000 65535 f \n", len(f.starts)+1)
	for _, s := range f.starts {
		fmt.Fprintf(&f.buf, "%010d 00000 n \n", s)
	}
	fmt.Fprintf(&f.buf, "trailer\n<</Size %d/Root %d 0 R", len(f.starts)+1, root)
	if info > 0 {
		fmt.Fprintf(&f.buf, "/Info %d 0 R", info)
	}
	fmt.Fprintf(&f.buf, "/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n", id[:16], id[:16], at)
	return f.buf.Bytes()
}

// Deflate packs data for a stream of /Filter/FlateDecode.
func Deflate(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data) // into memory
	_ = w.Close()
	return b.Bytes()
}
