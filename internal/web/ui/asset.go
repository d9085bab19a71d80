package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// StaticPath is the path below which the assets are served.
const StaticPath = "/_static/"

// asset is one file as it goes out.
type asset struct {
	kind    string
	plain   []byte
	gzipped []byte // nil where compression gains nothing
}

// assets are the static files, by the name with a hash that changes when they change.
type assets struct {
	byAddress map[string]asset
	byName    map[string]string
}

var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".jpg": "image/jpeg", ".ico": "image/x-icon", ".woff2": "font/woff2", ".json": "application/json",
}

func loadAssets(sources []fs.FS) (*assets, error) {
	a := &assets{map[string]asset{}, map[string]string{}}
	for _, src := range sources {
		err := fs.WalkDir(src, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := fs.ReadFile(src, p)
			if err != nil {
				return err
			}
			return a.add(p, content)
		})
		if err != nil {
			return nil, fmt.Errorf("static files: %w", err)
		}
	}
	return a, nil
}

func (a *assets) add(name string, content []byte) error {
	ext := path.Ext(name)
	kind, ok := kinds[ext]
	if !ok {
		return fmt.Errorf("%s: this kind of file is not served; add it to kinds", name)
	}
	if a.byName[name] != "" {
		return fmt.Errorf("%s: there are two files of this name", name)
	}
	packed, err := pack(content)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(content)
	address := StaticPath + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	a.byName[name] = address
	a.byAddress[address] = asset{kind, content, packed}
	return nil
}

func pack(content []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(content); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if b.Len() >= len(content) {
		return nil, nil
	}
	return b.Bytes(), nil
}

func (a *assets) address(name string) string { return a.byName[name] }

// serve answers GET and HEAD.
func (file asset) serve(w http.ResponseWriter, r *http.Request) {
	body := file.plain
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	if file.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if accepts(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = file.gzipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the client has gone: nobody to tell
	}
}

// accepts reports whether an Accept-Encoding header allows gzip.
func accepts(header string) bool {
	for _, part := range strings.Split(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == "gzip" {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && !strings.HasPrefix(weight, "q=0.0")
		}
	}
	return false
}
