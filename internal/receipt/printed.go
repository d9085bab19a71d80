package receipt

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tongban/tongban/evidence"
	"github.com/tongban/tongban/internal/caseflow"
)

// Printed is what the QR code of a printed receipt binds: the entry that the receipt acknowledges, and the log as it was when that entry
// had come to it. Whoever holds the paper sees whether the log still is what it was then, whatever the server says.
type Printed struct {
	Case   caseflow.CaseNo
	Index  int64         // of the entry in the log
	Leaf   evidence.Hash // of the entry
	Root   evidence.Hash // of the log's first Index+1 entries, of which this was the last
	Origin string        // the name of the log
}

// printedFormat is how the text of a [Printed] begins.
const printedFormat = "1"

// MaxPrinted bounds the text of a [Printed] that is read, with the address before it, in bytes.
const MaxPrinted = 1000

// PrintedPage is the address of the page that reads a [Printed] behind its #, below that of the site.
const PrintedPage = "/verify/receipt"

var word = base64.RawURLEncoding.Strict()

// String writes what stands behind the # of the address in the QR code: format, case, index, leaf, root, a checksum against misreading, and
// the name of the log, with dots between. Only that name may have dots.
func (p *Printed) String() string {
	return p.text(p.sum())
}

func (p *Printed) text(sum string) string {
	return strings.Join([]string{printedFormat, string(p.Case), strconv.FormatInt(p.Index, 10), word.EncodeToString(p.Leaf[:]), word.EncodeToString(p.Root[:]),
		sum, escaped(p.Origin)}, ".")
}

// plain are the characters that a name of a log keeps behind a #.
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:"

// escaped writes all other bytes as % and two hexadecimal digits in capitals.
func escaped(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if strings.IndexByte(plain, name[i]) >= 0 {
			b.WriteByte(name[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", name[i])
		}
	}
	return b.String()
}

func unescaped(text string) (string, error) {
	name, rest, _ := strings.Cut(text, "%")
	for rest != "" {
		c, err := hex.DecodeString(rest[:min(2, len(rest))])
		if err != nil {
			return "", err
		}
		more, next, _ := strings.Cut(rest[2:], "%")
		name, rest = name+string(c)+more, next
	}
	return name, nil
}

// sum is the checksum: the first 36 bits of the SHA-256 of the text without it.
func (p *Printed) sum() string {
	sum := sha256.Sum256([]byte(p.text("")))
	return word.EncodeToString(sum[:])[:6]
}

// ParsePrinted reads what is printed, as the QR code gives it: with the address of the page before it, or alone. A text of which any
// character is another than was written fails with FaultPrinted.
func ParsePrinted(text string) (*Printed, error) {
	text = strings.TrimSpace(text)
	if len(text) > MaxPrinted {
		return nil, fault(FaultPrinted, 0, "longer than %d bytes", MaxPrinted)
	}
	if _, after, has := strings.Cut(text, "#"); has {
		text = after
	}
	parts := strings.SplitN(text, ".", 7)
	if len(parts) != 7 || parts[0] != printedFormat || !isCaseNo(parts[1]) {
		return nil, fault(FaultPrinted, 0, "%.60q is not printed on a receipt", text)
	}
	index, err1 := strconv.ParseInt(parts[2], 10, 64)
	leaf, err2 := word.DecodeString(parts[3])
	root, err3 := word.DecodeString(parts[4])
	origin, err4 := unescaped(parts[6])
	if err := errors.Join(err1, err2, err3, err4); err != nil || index < 0 || index >= evidence.MaxSize || len(leaf) != len(evidence.Hash{}) ||
		len(root) != len(evidence.Hash{}) || !evidence.ValidOrigin(origin) {
		return nil, fault(FaultPrinted, 0, "%.60q cannot be read: %v", text, err)
	}
	p := &Printed{caseflow.CaseNo(parts[1]), index, evidence.Hash(leaf), evidence.Hash(root), origin}
	if p.String() != text {
		return nil, fault(FaultPrinted, 0, "its checksum is another: a character was misread")
	}
	return p, nil
}

// isCaseNo reports whether a text can be the number of a case: it becomes a part of addresses.
func isCaseNo(text string) bool {
	return text != "" && len(text) <= 40 && strings.Trim(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == ""
}

// Bind is what is printed of an entry of a case: its leaf stands at the place in the tree of a log of the name.
func Bind(no caseflow.CaseNo, origin string, tree evidence.Tree, leaf evidence.Hash, at Place) (*Printed, error) {
	root, err := at.prefix(tree, leaf)
	return &Printed{no, at.Index, leaf, root, origin}, err
}

// prefix is the root that the log had when a leaf was its last, as the leaf's place proves it. evidence.ErrProof.
func (p *Place) prefix(tree evidence.Tree, leaf evidence.Hash) (evidence.Hash, error) {
	proof, err := p.hashes()
	if err != nil {
		return evidence.Hash{}, err
	}
	return evidence.PrefixRoot(tree, p.Index, leaf, proof)
}

// Holds checks what is printed against a log as it stands now. It reads what it needs of the log's tiles. A [Fault] says that the log is not
// the one of the paper any more.
func (p *Printed) Holds(now evidence.Checkpoint, tiles evidence.TileReader) error {
	switch {
	case now.Origin != p.Origin:
		return fault(FaultOrigin, 0, "this is %s, the paper is of %s", now.Origin, p.Origin)
	case now.Size <= p.Index:
		return fault(FaultBack, 0, "the log has %d entries and had %d", now.Size, p.Index+1)
	}
	proof, err := evidence.ProveInclusion(now.Tree, tiles, p.Index)
	if err != nil {
		return fault(FaultRead, 0, "%v", err)
	}
	root, err := evidence.PrefixRoot(now.Tree, p.Index, p.Leaf, proof)
	if err == nil && root != p.Root {
		err = errors.New("the entries before it are others")
	}
	if err != nil {
		return fault(FaultReplaced, 0, "entry %d of the log is not the one of the paper: %v", p.Index, err)
	}
	return nil
}

// Matches checks what is printed against a receipt that holds, without asking anybody: the receipt has the entry, at its place, and the log
// below it was the one of the paper.
func (p *Printed) Matches(r *Receipt, report *Report) error {
	if report.Log.Origin != p.Origin {
		return fault(FaultOrigin, 0, "this is of %s, the paper of %s", report.Log.Origin, p.Origin)
	}
	for i := range r.Entries {
		e := &r.Entries[i]
		if e.Index != p.Index || report.Case.No != p.Case {
			continue
		}
		root, err := e.prefix(report.Log.Tree, p.Leaf)
		if err == nil && root != p.Root {
			err = errors.New("the entries before it are others")
		}
		if err != nil {
			return fault(FaultReplaced, i+1, "it is not the one of the paper: %v", err)
		}
		return nil
	}
	return fault(FaultPaper, 0, "it is of case %s and has no entry %d of the log; the paper is of case %s", report.Case.No, p.Index, p.Case)
}
