package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tongban/tongban/draw"
)

// A key of an office in a file is its 32 secret bytes in hexadecimal and a line break.

type drawKey struct {
	File string `arg:"" help:"File to write the secret key to, readable to its owner alone; it must not exist yet. Whoever has it knows what the office adds to every seed."`
}

// Run makes a key of an office and prints its public half, as a source of kind vrf has it.
func (c drawKey) Run(w *world) error {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // it never fails
	file, err := os.OpenFile(filepath.Clean(c.File), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: a key is never written over; choose a new name", c.File)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%x\n", secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("cannot write %s: %w", c.File, err)
	}
	public := draw.VRFPublic(secret)
	_, err = fmt.Fprintf(w.out, "%x\n", public)
	return err
}

type drawProve struct {
	drawFlags
	Plan string `required:"" type:"existingfile" help:"Plan in JSON whose sources name the office's public key; docs/draw.md says how one is written." placeholder:"FILE"`
	Key  string `required:"" type:"existingfile" help:"File with the office's secret key, as draw key has written it." placeholder:"FILE"`
}

// Run prints the office's proof over the hash of the commitment.
func (c drawProve) Run(w *world) error {
	secret, err := readDrawKey(c.Key)
	if err != nil {
		return usageError("--key: " + err.Error())
	}
	commitment, err := commitmentOf(c.Plan)
	if err != nil {
		return c.fault(w, err)
	}
	public := draw.VRFPublic(secret)
	own := hex.EncodeToString(public[:])
	if !slices.ContainsFunc(commitment.Plan().Sources, func(o draw.Source) bool { return o.Kind == draw.VRF && o.Key == own }) {
		return fmt.Errorf("no source of the plan is of kind vrf and has the key %s", own)
	}
	hash := commitment.Hash()
	proof, err := draw.VRFProve(secret, hash[:])
	if err != nil {
		return c.fault(w, err)
	}
	_, err = fmt.Fprintf(w.out, "%x\n", proof)
	return err
}

// readDrawKey reads a secret key.
func readDrawKey(file string) (secret [32]byte, err error) {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return secret, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 100))
	if err != nil {
		return secret, err
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(secret) {
		return secret, fmt.Errorf("%s is no secret key: 64 hexadecimal digits", file)
	}
	return [32]byte(raw), nil
}
