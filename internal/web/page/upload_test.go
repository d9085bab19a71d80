package page

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// A material that takes no PDF, or no pictures, offers no joining, and a form that asks for it all the same makes none: what came stays as it came.
func TestUpload_joins_only_what_may_become_a_PDF(t *testing.T) {
	t.Parallel()
	for _, accept := range [][]string{{"image/png", "image/jpeg"}, {"application/pdf"}, nil} {
		joined := 0
		held := []caseflow.File{{Hash: "a", Name: "a.png", Type: "image/png"}, {Hash: "b", Name: "b.png", Type: "image/png"}}
		u := &Upload{Lang: "zh", Material: &caseflow.Material{ID: "photo", Name: caseflow.Text{ZH: "照片"}, Accept: accept}, Held: held,
			Put: func(name string, content io.Reader, _ int64) (caseflow.File, error) {
				text, err := io.ReadAll(content)
				return caseflow.File{Hash: fmt.Sprintf("%x", sha256.Sum256(text)), Name: name, Type: "image/png"}, err
			},
			Join: func(name string, _ []string, _ int64) (caseflow.File, error) {
				joined++
				return caseflow.File{Hash: "joined", Name: name, Type: "application/pdf"}, nil
			}}
		may := accept == nil
		if f := u.Field(nil, func(caseflow.File) string { return "" }, false); f.Joins != may || f.Join != may {
			t.Errorf("%v: offered %t and %t", accept, f.Joins, f.Join)
		}
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		err := w.WriteField(JoinField, "1")
		for _, name := range []string{"1.png", "2.png"} {
			part, e := w.CreateFormFile("files", name)
			if e == nil {
				_, e = io.WriteString(part, name)
			}
			if e != nil {
				err = e
			}
		}
		if err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		in, err := u.Receive(httptest.NewRecorder(), r)
		if err != nil {
			t.Fatal(err)
		}
		did := 0
		if err := u.Rearrange(&Sent{Turn: "join/"}, func(caseflow.Command) error { did++; return nil }); err != nil {
			t.Fatal(err)
		}
		if may && (joined != 2 || did != 1 || len(in.Files) != 1) || !may && (joined != 0 || did != 0 || len(in.Files) != 2) {
			t.Errorf("%v: %d PDFs, %d commands, %+v", accept, joined, did, in.Files)
		}
		if !may && !slices.ContainsFunc(in.Files, func(f caseflow.File) bool { return f.Name == "1.png" }) {
			t.Errorf("%v: %+v", accept, in.Files)
		}
	}
}
