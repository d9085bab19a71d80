package main

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
)

// buildID names the code that runs: two programs that differ in anything have different ones, also where both call
// themselves the same version. What one has proved of a pack another proves for itself.
func buildID() (string, error) {
	name, err := os.Executable()
	if runtime.GOOS == "linux" {
		name = "/proc/self/exe" // the file that runs, also after an upgrade has put another in its place
	}
	if err != nil {
		return "", fmt.Errorf("find the program's own file: %w", err)
	}
	f, err := os.Open(name) // #nosec G304 -- the program itself
	if err != nil {
		return "", fmt.Errorf("read the program's own file: %w", err)
	}
	defer f.Close()
	if id := goBuildID(f); id != "" {
		return version + " " + id, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read the program's own file: %w", err)
	}
	return version + " " + hex.EncodeToString(sum.Sum(nil)), nil
}

// goBuildID is what Go's linker notes in an ELF file, which ends in a digest of the whole; "" if there is none. Digesting the
// file instead takes a tenth of a second.
func goBuildID(f *os.File) string {
	file, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	note := file.Section(".note.go.buildid")
	if note == nil {
		return ""
	}
	data, err := note.Data()
	const head = 16 // sizes of name and content, kind, and the name Go
	if err != nil || len(data) < head {
		return ""
	}
	return string(bytes.TrimRight(data[head:], "\x00"))
}
