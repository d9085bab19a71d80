package pack

import (
	"crypto/sha256"
	"io/fs"
	"path"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
)

// Sealed is a pack's files before they are loaded. Reading and digesting them takes a hundredth of the time that it takes to
// compile what stands in them, so that a program that has proved the same digest before can be ready sooner.
type Sealed struct {
	Archive []byte            // what the store keeps of it
	Digest  [sha256.Size]byte // of the files, see Listing
	items   []caseflow.ItemID
}

// Seal reads the files of a pack.
func Seal(fsys fs.FS) (*Sealed, []Problem) {
	l := &loader{pack: &Pack{files: map[string][]byte{}}}
	l.read(fsys)
	if len(l.problems) > 0 {
		return nil, sorted(l.problems)
	}
	data, err := archive(l.pack.files)
	if err != nil {
		return nil, []Problem{{"pack.yaml", 0, 0, "file.read", "the pack cannot be read: " + err.Error(), "check the folder, its size and its permissions"}}
	}
	s := &Sealed{Archive: data, Digest: sha256.Sum256(Listing(l.pack.files))}
	for name := range l.pack.files {
		if folder, file := path.Split(name); folder == "items/" { // an item's id is its file's name: the loader insists on it
			s.items = append(s.items, caseflow.ItemID(strings.TrimSuffix(file, ".yaml")))
		}
	}
	return s, nil
}

// Load loads the files, by the law that the options name.
func (s *Sealed) Load(o Options) (*Pack, []Problem) {
	fsys, err := Open(s.Archive)
	if err != nil {
		return nil, []Problem{{"pack.yaml", 0, 0, "file.read", err.Error(), "check the folder, its size and its permissions"}}
	}
	return o.Load(fsys)
}

// Check loads and proves the files: a pack that is returned may be run.
func (s *Sealed) Check(o Options) (*Pack, []Problem) {
	p, problems := s.Load(o)
	if len(problems) == 0 {
		problems = sorted(append(Prove(p), proveParts(p, o.Parts)...))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return p, nil
}
