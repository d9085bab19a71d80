package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

// A backup may be encrypted with age (age-encryption.org/v1, X25519) for the holders of keys that the server does not have: who steals the
// disk of the backups has nothing.

// recipientFlags say for whom backups are encrypted.
type recipientFlags struct {
	Recipient []string `name:"recipient" env:"TONGBAN_BACKUP_RECIPIENT" help:"Encrypt backups for this age public key (age1…), which age-keygen makes; several times for several. Not encrypted if left out." placeholder:"KEY"`
}

// recipients reads the keys.
func (f recipientFlags) recipients() ([]age.Recipient, error) {
	var list []age.Recipient
	for _, key := range f.Recipient {
		r, err := age.ParseX25519Recipient(key)
		if err != nil {
			return nil, usageError(fmt.Sprintf("--recipient %.80q is not a public key of age (age1…): %v", key, err))
		}
		list = append(list, r)
	}
	return list, nil
}

// sealing encrypts what write writes, if it is for anybody.
func sealing(out io.Writer, to []age.Recipient, write func(io.Writer) error) error {
	if len(to) == 0 {
		return write(out)
	}
	w, err := age.Encrypt(out, to...)
	if err != nil {
		return fmt.Errorf("encrypt the backup: %w", err)
	}
	if err := write(w); err != nil {
		return err // the end is not written: what is there is not whole
	}
	return w.Close()
}

// ageHead begins every file of age.
const ageHead = "age-encryption.org/v1\n"

var (
	errEncrypted = errors.New("the backup is encrypted (name the file with the secret key: --identity)")
	errPlain     = errors.New("the backup is not encrypted, and a secret key was named: it is not the one that was made for this key (leave out --identity only if you know where it comes from)")
)

// identityFlag names the secret keys of encrypted backups.
type identityFlag struct {
	Identity string `name:"identity" env:"TONGBAN_BACKUP_IDENTITY" help:"File with the secret keys of age (AGE-SECRET-KEY-1…) that open encrypted backups." placeholder:"FILE"`
}

// identities reads the secret keys; none if no file is named.
func (f identityFlag) identities() ([]age.Identity, error) {
	if f.Identity == "" {
		return nil, nil
	}
	in, err := os.Open(f.Identity) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, usageError("--identity: " + err.Error())
	}
	defer in.Close()
	keys, err := age.ParseIdentities(io.LimitReader(in, 1<<20))
	if err != nil {
		return nil, usageError(fmt.Sprintf("--identity %s: %v (a file that age-keygen has made)", f.Identity, err))
	}
	return keys, nil
}

// unsealed is unsealing for a folder in which backups from before are not encrypted.
func unsealed(in io.Reader, keys []age.Identity) (io.Reader, error) {
	r := bufio.NewReaderSize(in, 1<<20)
	if head, _ := r.Peek(len(ageHead)); string(head) != ageHead { // what cannot be read shows itself when it is read
		return r, nil
	}
	return unsealing(r, keys)
}

// unsealing is a backup as it was before it was encrypted. Nothing of it comes out that was not authenticated.
func unsealing(in io.Reader, keys []age.Identity) (io.Reader, error) {
	r := bufio.NewReaderSize(in, 1<<20)
	head, err := r.Peek(len(ageHead))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch encrypted := bytes.Equal(head, []byte(ageHead)); {
	case !encrypted && len(keys) == 0:
		return r, nil
	case !encrypted:
		return nil, errPlain
	case len(keys) == 0:
		return nil, errEncrypted
	}
	plain, err := age.Decrypt(r, keys...)
	if err != nil {
		return nil, fmt.Errorf("the backup does not open with the key of --identity: %w", err)
	}
	return plain, nil
}
