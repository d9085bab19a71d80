package walk

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"unicode/utf16"

	"github.com/tongban/tongban/internal/pack"
)

// sample makes a small file of a type that other programs open. Another name gives another content.
func sample(f *pack.SampleFile) ([]byte, error) {
	switch f.Type {
	case "application/pdf":
		return document(f.Name), nil
	case "image/png", "image/jpeg":
		return picture(f.Type, f.Name)
	}
	return nil, fmt.Errorf("a file of type %q cannot be made (use application/pdf, image/png or image/jpeg)", f.Type)
}

// picture is 16 by 16 grey squares.
func picture(kind, name string) ([]byte, error) {
	seed := sha256.Sum256([]byte(name))
	img := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = seed[i%len(seed)]
	}
	var b bytes.Buffer
	var err error
	if kind == "image/png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 100})
	}
	return b.Bytes(), err
}

// document is a PDF of one page (ISO 32000) whose title is the name.
func document(name string) []byte {
	const page = "BT /F1 24 Tf 72 720 Td (Tongban sample) Tj ET"
	title := "FEFF"
	for _, u := range utf16.Encode([]rune(name)) {
		title += fmt.Sprintf("%04X", u)
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(page), page),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		"<< /Title <" + title + "> >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	places := make([]int, len(objects))
	for i, o := range objects {
		places[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}
