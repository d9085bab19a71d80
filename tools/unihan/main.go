// Command unihan writes the tables of internal/hanzi from the files of the Unicode Han Database: strokes.dat from
// kTotalStrokes of Unihan_IRGSources.txt, simplified.txt from kSimplifiedVariant of Unihan_Variants.txt. It takes the folder of
// these files (unpacked Unihan.zip of one version of Unicode) and the folder to write to:
//
//	go run -C tools ./unihan UNIHAN-FOLDER ../internal/hanzi/data
package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// blocks are the ranges of strokes.dat, in its order; internal/hanzi has the same list.
var blocks = [][2]rune{{0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x2A6DF}, {0x2A700, 0x2EBE0}, {0x30000, 0x323AF}}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: unihan UNIHAN-FOLDER TARGET-FOLDER")
		os.Exit(2)
	}
	for _, write := range []func(from, to string) error{strokes, simplified} {
		if err := write(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// strokes writes one byte for each code point of the blocks: the number of strokes in simplified Chinese, 0 where none is known.
func strokes(from, to string) error {
	counts := map[rune]byte{}
	err := each(filepath.Join(from, "Unihan_IRGSources.txt"), "kTotalStrokes", func(r rune, values []string) error {
		n, err := strconv.ParseUint(values[0], 10, 8) // the first is that of simplified Chinese (UAX #38)
		counts[r] = byte(n)
		return err
	})
	if err != nil {
		return err
	}
	var out []byte
	for _, b := range blocks {
		for r := b[0]; r <= b[1]; r++ {
			out = append(out, counts[r])
		}
	}
	return os.WriteFile(filepath.Join(to, "strokes.dat"), out, 0o644)
}

// simplified writes pairs of characters, traditional before simplified, twenty on a line. Of several simplified forms it takes
// the first that is another character: a search folds both sides, so that 乾 finds 干.
func simplified(from, to string) error {
	var out strings.Builder
	n := 0
	err := each(filepath.Join(from, "Unihan_Variants.txt"), "kSimplifiedVariant", func(r rune, values []string) error {
		for _, v := range values {
			s, err := point(v)
			if err != nil {
				return err
			}
			if s == r || r > 0xFFFF || s > 0xFFFF {
				continue
			}
			out.WriteString(string(r) + string(s))
			if n++; n%20 == 0 {
				out.WriteByte('\n')
			}
			break
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.WriteByte('\n')
	return os.WriteFile(filepath.Join(to, "simplified.txt"), []byte(out.String()), 0o644)
}

// each calls do for every character that has the property.
func each(file, property string, do func(r rune, values []string) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		cols := strings.Split(lines.Text(), "\t")
		if len(cols) != 3 || cols[1] != property {
			continue
		}
		r, err := point(cols[0])
		if err == nil {
			err = do(r, strings.Fields(cols[2]))
		}
		if err != nil {
			return fmt.Errorf("%s: %q: %w", file, lines.Text(), err)
		}
	}
	return lines.Err()
}

// point reads U+4E00.
func point(s string) (rune, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(s, "U+"), 16, 32)
	return rune(n), err
}
