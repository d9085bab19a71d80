package pack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Archive is the pack's files as a zip that is the same, byte for byte, for the same files: sorted by name, without
// compression, without times. It is what the store keeps of each version.
func (p *Pack) Archive() ([]byte, error) {
	data, err := archive(p.files)
	if err != nil {
		return nil, fmt.Errorf("pack %s: archive: %w", p.ID, err)
	}
	return data, nil
}

func archive(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// Digest is the SHA-256 of Listing: two packs with the same digest are the same pack.
func (p *Pack) Digest() [sha256.Size]byte { return sha256.Sum256(Listing(p.files)) }

// File returns a copy of a file of the pack, such as the sample of a material; false if there is none.
func (p *Pack) File(name string) ([]byte, bool) {
	text, ok := p.files[name]
	return slices.Clone(text), ok
}

// Listing names the files of a pack with their SHA-256, sorted by name, a line each, as the program sha256sum prints it. So one
// file can be shown to be of a pack whose digest is known without showing the others.
func Listing(files map[string][]byte) []byte {
	var out []byte
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out = fmt.Appendf(out, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	return out
}

// MaxArchive bounds an archive that is read, in bytes.
const MaxArchive = MaxTotal + MaxFiles*1024

// Open reads an archive as files, for Load. Sizes are bounded before anything is unpacked, and by Load after that.
func Open(archive []byte) (fs.FS, error) {
	if len(archive) > MaxArchive {
		return nil, fmt.Errorf("pack archive: larger than %d bytes", MaxArchive)
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("pack archive: %w", err)
	}
	if len(r.File) > MaxFiles+20 {
		return nil, fmt.Errorf("pack archive: more than %d files", MaxFiles)
	}
	for _, f := range r.File {
		if !fs.ValidPath(f.Name) && !fs.ValidPath(f.Name[:max(len(f.Name)-1, 0)]) || f.UncompressedSize64 > MaxFile {
			return nil, fmt.Errorf("pack archive: the file %q has a name or size that is not allowed", clip(f.Name))
		}
	}
	return r, nil
}

// Unpack reads the files of an archive.
func Unpack(archive []byte) (map[string][]byte, error) {
	fsys, err := Open(archive)
	if err != nil {
		return nil, err
	}
	l := &loader{pack: &Pack{files: map[string][]byte{}}}
	if l.read(fsys); len(l.problems) > 0 {
		return nil, l.problems[0]
	}
	return l.pack.files, nil
}
