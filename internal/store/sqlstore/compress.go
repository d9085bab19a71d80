package sqlstore

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Columns of the kind zip hold JSON that says the same words again and again. Where it is shorter they are stored as a frame of
// Zstandard (RFC 8878), so that more of a city's cases fit into memory (docs/adr/0003). The first bytes tell:
//
//	28 b5 2f fd  such a frame; its head says how long the value is, and by number which words it needs
//	02 to 05     a value that is sealed, of any of these; see sealing.go
//	00           what follows is the value, which itself begins like one of these
//	else         it is the value
//
// Nobody above the rows sees this: what the store returns, a backup, and the evidence leaf are of the plain value.
const (
	plainMark = "\x00"
	frameMark = "\x28\xb5\x2f\xfd"
)

const (
	minFrame = 200      // shorter values stay plain: some 50 bytes to gain, for the time that a longer one takes
	maxPlain = 16 << 20 // and so do longer ones, so that a damaged one does not fill the memory
)

// words1 is what entries and snapshots say most often: a value need not spell it out even the first time. It never changes,
// since stored values need it. Better words would be words2; the decoder then knows both.
//
//go:embed words1.txt
var words1 []byte

// errDamaged: a stored value cannot be read.
var errDamaged = errors.New("sqlstore: a stored value is damaged")

// encoder and decoder may be used by many goroutines at once.
var encoder, decoder = mustCodec()

func mustCodec() (*zstd.Encoder, *zstd.Decoder) {
	e, failed := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderDictRaw(1, words1),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(64<<10), zstd.WithSingleSegment(true), zstd.WithLowerEncoderMem(true))
	d, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(1, words1), zstd.WithDecoderMaxMemory(maxPlain),
		zstd.WithDecoderMaxWindow(maxPlain), zstd.WithDecoderConcurrency(0))
	if err := errors.Join(failed, err); err != nil {
		panic("sqlstore: " + err.Error()) // at start-up: an option is wrong
	}
	return e, d
}

// compress is the value as it is stored; never nil.
func compress(value []byte) []byte {
	if n := len(value); minFrame <= n && n <= maxPlain {
		if frame := encoder.EncodeAll(value, make([]byte, 0, n/2)); len(frame) < n {
			return frame
		}
	}
	if bytes.HasPrefix(value, []byte(plainMark)) || bytes.HasPrefix(value, []byte(frameMark)) || keyOf(value) != "" {
		return append([]byte(plainMark), value...)
	}
	return blob(value)
}

// decompress is the value of what is stored, in memory of its own.
func decompress(stored []byte) ([]byte, error) {
	if !bytes.HasPrefix(stored, []byte(frameMark)) {
		return bytes.Clone(bytes.TrimPrefix(stored, []byte(plainMark))), nil
	}
	value, err := decoder.DecodeAll(stored, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return value, nil
}

// zipped is a column of the kind zip as a place that a row is read into: it holds the plain value.
type zipped []byte

// Scan takes what is stored. What is sealed stays so until open.
func (z *zipped) Scan(stored any) error {
	b, ok := stored.([]byte)
	if !ok {
		return fmt.Errorf("%w: it is %T", errDamaged, stored)
	}
	if keyOf(b) != "" {
		*z = bytes.Clone(b)
		return nil
	}
	value, err := decompress(b)
	*z = value
	return err
}
