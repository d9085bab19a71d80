package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ErrSubmission: it is not what a log hands in to a witness.
var ErrSubmission = errors.New("evidence: bad submission to a witness")

// MaxSubmission bounds a submission, in bytes.
const MaxSubmission = MaxCheckpoint + 8<<10

// mostProof is how many hashes a proof of growth may have.
const mostProof = 63

// Submission is what a log hands in to a witness (c2sp.org/tlog-witness, add-checkpoint).
type Submission struct {
	Old        int64  // size of the checkpoint that the witness has signed last; 0 if none
	Proof      []Hash // that the log has only grown since
	Checkpoint []byte
}

// Text is the submission as it is sent.
func (s Submission) Text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", s.Old)
	for _, h := range s.Proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteByte('\n')
	b.Write(s.Checkpoint)
	return b.Bytes()
}

// ParseSubmission reads a submission; the checkpoint in it is not looked at. ErrSubmission.
func ParseSubmission(body []byte) (Submission, error) {
	head, checkpoint, found := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	old, is := strings.CutPrefix(lines[0], "old ")
	if !found || !is || len(body) > MaxSubmission || len(lines) > 1+mostProof {
		return Submission{}, fmt.Errorf("%w: not an old size, up to %d lines of proof, an empty line and a checkpoint", ErrSubmission, mostProof)
	}
	s := Submission{Checkpoint: checkpoint}
	var ok bool
	if s.Old, ok = parseSize(old); !ok {
		return s, fmt.Errorf("%w: %.30q is no size", ErrSubmission, old)
	}
	for _, line := range lines[1:] {
		h, ok := parseHash(line)
		if !ok {
			return s, fmt.Errorf("%w: %.60q is no hash", ErrSubmission, line)
		}
		s.Proof = append(s.Proof, h)
	}
	return s, nil
}
