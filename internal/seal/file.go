package seal

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// FileName is the file of the keys in the data folder. One line a key: cipher, id, secret, when it was made. A secret that was
// dropped is "-".
const FileName = "seal.keys"

// maxFile bounds the file in bytes: some thousand keys.
const maxFile = 256 << 10

// stamp is how a file looked when it was read: it is never written in place, so another content is another file.
type stamp struct {
	at   time.Time
	size int64
}

// Open reads the keys of a data folder, and makes the first ones if there are none: one that seals and one that finds. Only its owner may read the file: others
// are refused, because a key that others could read is no secret.
func Open(folder string, now time.Time) (*Ring, error) {
	r := &Ring{path: filepath.Join(folder, FileName)}
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.refresh()
	if errors.Is(err, os.ErrNotExist) {
		var first [2]Key
		for i, cipher := range []string{AES256GCM, AES256SIV} {
			if first[i], err = fresh(now, cipher); err != nil {
				return nil, err
			}
		}
		err = r.write(first[:], os.Link) // of two servers that start at once one's keys stand
		if err == nil || errors.Is(err, os.ErrExist) {
			err = r.refresh()
		}
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Copy puts the keys of a file into a data folder that has none yet. One that has others is refused.
func Copy(file, folder string) error {
	from, to := &Ring{path: file}, &Ring{path: filepath.Join(folder, FileName)}
	if err := from.refresh(); err != nil {
		return err
	}
	err := to.write(from.keys, os.Link)
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	if err = to.refresh(); err == nil && to.keys[0].ID != from.keys[0].ID {
		err = fmt.Errorf("%s holds other keys (move it away if nothing is stored under them)", to.path)
	}
	return err
}

// Rotate makes a new key of a cipher ("" the one of the present key), which seals from now on, and returns its id.
func (r *Ring) Rotate(now time.Time, cipher string) (string, error) {
	return r.rotate(now, cipher, false)
}

func (r *Ring) rotate(now time.Time, cipher string, finds bool) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return "", err
	}
	if i := newest(r.keys, finds); cipher == "" && i >= 0 {
		cipher = r.keys[i].Cipher
	} else if cipher == "" {
		cipher = AES256SIV
	}
	k, err := fresh(now, cipher)
	if err != nil {
		return "", err
	}
	if k.Finds() != finds {
		return "", fmt.Errorf("%w: %s is not for that", errCipher, cipher)
	}
	return k.ID, r.replace(append(r.keys, k))
}

// Drop forgets the secret of a key that no longer seals or finds: what was sealed with it can never be opened again. Its id stays, so
// that nobody wonders. ErrKey if there is no such key, or it is in use.
func (r *Ring) Drop(id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return err
	}
	keys := append([]Key(nil), r.keys...)
	for i := range keys {
		if keys[i].ID == id && i != newest(keys, keys[i].Finds()) {
			keys[i].Gone, keys[i].text = true, "-"
			return r.replace(keys)
		}
	}
	return fmt.Errorf("%w, or is in use: %.40q", ErrKey, id)
}

func (r *Ring) replace(keys []Key) error {
	if err := r.write(keys, os.Rename); err != nil {
		return err
	}
	return r.refresh()
}

// fresh draws a key.
func fresh(now time.Time, cipher string) (Key, error) {
	f := finderOf[cipher]
	size := f.mac + f.size + cipherOf[cipher].size // of one of the two
	if size == 0 {
		return Key{}, fmt.Errorf("%.40q is no cipher of sealed values", cipher)
	}
	draw := make([]byte, 5+size)
	_, _ = rand.Read(draw) // never fails
	// Letters and digits only: an id is typed on the command line, where a leading "-" would be a flag.
	return Key{ID: base32.StdEncoding.EncodeToString(draw[:5]), Cipher: cipher, Made: now.UTC().Truncate(time.Second),
		text: base64.RawURLEncoding.EncodeToString(draw[5:])}, nil
}

// refresh reads the file again if it is another one than was read. The caller holds the lock.
func (r *Ring) refresh() error {
	info, err := os.Stat(r.path)
	if err != nil {
		return fmt.Errorf("cannot read the keys of sealed values: %w (put %s back from where you keep it)", err, r.path)
	}
	now := stamp{info.ModTime(), info.Size()}
	if r.keys != nil && now == r.read {
		return nil
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others may read the keys of sealed values (chmod 600 %s)", r.path)
	}
	if info.Size() > maxFile {
		return fmt.Errorf("%s has more than %d bytes: it is no file of keys", r.path, maxFile)
	}
	data, err := os.ReadFile(r.path)
	if err != nil {
		return fmt.Errorf("cannot read the keys of sealed values: %w (run as the user of the server)", err)
	}
	keys, err := parse(string(data))
	if err != nil {
		return fmt.Errorf("%s %w (put it back from where you keep it)", r.path, err)
	}
	r.keys, r.read = keys, now
	return nil
}

func parse(text string) ([]Key, error) {
	var keys []Key
	seen := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		f := strings.Fields(line)
		if len(f) != 4 || seen[f[1]] || len(f[1]) != IDLength || strings.Contains(f[1], ".") {
			return nil, fmt.Errorf("line %d is no key", i+1)
		}
		k := Key{Cipher: f[0], ID: f[1], text: f[2], Gone: f[2] == "-"}
		var err error
		if k.Made, err = time.Parse(time.RFC3339, f[3]); err == nil && !k.Gone {
			err = k.unlock()
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		seen[k.ID], keys = true, append(keys, k)
	}
	if i := newest(keys, false); i < 0 || keys[i].Gone {
		return nil, errors.New("has no key that seals")
	}
	if i := newest(keys, true); i >= 0 && keys[i].Gone {
		return nil, errors.New("has lost the key that finds")
	}
	return keys, nil
}

// write makes the file durable under another name, and puts it in place.
func (r *Ring) write(keys []Key, place func(from, to string) error) (err error) {
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintln(&b, k.Cipher, k.ID, k.text, k.Made.Format(time.RFC3339))
	}
	f, err := os.CreateTemp(filepath.Dir(r.path), FileName+".") // made with mode 0600
	if err != nil {
		return fmt.Errorf("cannot keep the keys of sealed values: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(b.String())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = place(f.Name(), r.path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(r.path))
	}
	if err != nil {
		return fmt.Errorf("cannot keep the keys of sealed values: %w", err)
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir) // #nosec G304 -- the data folder
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
