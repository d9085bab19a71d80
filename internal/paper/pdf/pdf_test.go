package pdf

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/web/i18n"
)

func sample() *paper.Doc {
	return &paper.Doc{Kind: "acceptance", Lang: "zh", Office: "渭南市政务服务大厅", Title: "受理通知书", Number: "渭南市受〔2026〕7号", To: "王秀英：",
		Blocks: []paper.Block{{Text: "您提交的“企业开办一件事”申请，材料齐全、符合法定形式，现决定予以受理。"},
			{Rows: []paper.Row{{Label: "办件编号", Value: "610500-20261123-000007"}}}, {Points: []string{"名称缺少字号"}}},
		Seal: true, Date: "2026年11月23日", At: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), Foot: []string{"咨询电话：0913-12345"},
		Verify: &paper.Mark{Address: "https://zwfw.example.cn/verify/610500-20261123-000007/ABCDEFGHIJKLMNOPQRSTUVWXYZ", Code: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Words: "扫码核验本件真伪"}}
}

func written(t *testing.T, d *paper.Doc) []byte {
	t.Helper()
	data, err := Write(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// word is a piece of text with its place, as another program reads the file.
type word struct {
	Left   float64 `xml:"xMin,attr"`
	Top    float64 `xml:"yMin,attr"`
	Right  float64 `xml:"xMax,attr"`
	Bottom float64 `xml:"yMax,attr"`
	Text   string  `xml:",chardata"`
}

// read is the text of each page as poppler's pdftotext finds it, and where its words stand.
func read(t *testing.T, data []byte) (text string, pages [][]word) {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("TONGBAN_TEST_FULL") != "" {
			t.Fatal("pdftotext is missing (make deps)")
		}
		t.Skip("no pdftotext here (make deps)")
	}
	name := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) []byte {
		out, err := exec.CommandContext(t.Context(), tool, append(args, name, "-")...).Output() // #nosec G204 -- a test's tool
		if err != nil {
			t.Fatalf("pdftotext: %v", err)
		}
		return out
	}
	var doc struct {
		Pages []struct {
			Words []word `xml:"word"`
		} `xml:"body>doc>page"`
	}
	boxes := strings.Map(func(r rune) rune { // pdftotext copies what XML cannot hold
		if r < ' ' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(string(run("-bbox")), "?"))
	dec := xml.NewDecoder(strings.NewReader(boxes))
	dec.Strict, dec.Entity = false, xml.HTMLEntity
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	for _, p := range doc.Pages {
		pages = append(pages, p.Words)
	}
	return string(run("-raw")), pages
}

func squeeze(s string) string {
	return strings.NewReplacer(" ", "", "\n", "", "\f", "").Replace(s)
}

func TestSame_paper_is_the_same_file(t *testing.T) {
	t.Parallel()
	a, b := written(t, sample()), written(t, sample())
	if !bytes.Equal(a, b) {
		t.Error("the same paper gave two files")
	}
	d := sample()
	d.At = d.At.Add(time.Second)
	if bytes.Equal(a, written(t, d)) {
		t.Error("another instant gave the same file")
	}
}

func TestText_can_be_copied(t *testing.T) {
	t.Parallel()
	text, _ := read(t, written(t, sample()))
	for _, want := range []string{"渭南市政务服务大厅", "受理通知书", "渭南市受〔2026〕7号", "王秀英：", "610500-20261123-000007", "2026年11月23日", "扫码核验本件真伪", "—1—"} {
		if !strings.Contains(squeeze(text), want) {
			t.Errorf("the file does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "草稿") {
		t.Error("a paper that was given is no draft")
	}
	d := sample()
	d.Draft = true
	if text, _ := read(t, written(t, d)); !strings.Contains(text, "草") || !strings.Contains(text, "稿") {
		t.Errorf("a draft does not say so:\n%s", text)
	}
}

// Names of people are printed with the characters that they have; what the font lacks is framed and told, and still copied.
func TestRare_names_are_printed_or_told(t *testing.T) {
	t.Parallel()
	have := "𠅤䶮㛃犇骉堃喆翀彧镕媖𫖯𫍽𬭎𬱖𫘧㐱𫟼𤧛㼆龘·"
	if lacks, err := Lacks(have); err != nil || len(lacks) != 0 {
		t.Fatalf("the font lacks %q (%v)", string(lacks), err)
	}
	d := sample()
	d.To = have
	text, _ := read(t, written(t, d))
	if !strings.Contains(squeeze(text), have) || strings.Contains(text, "U+") {
		t.Errorf("the rare name reads\n%s", text)
	}
	d.To = "𠮷田👍e\u0301" + "\u202eاب\a"
	text, _ = read(t, written(t, d))
	for _, want := range []string{"𠮷", "田", "👍", "U+20BB7", "U+1F44D", "U+202E", "U+0627", "U+0007"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told:\n%s", want, text)
		}
	}
}

// hostile are texts that people can send, and that must stay on the paper.
var hostile = map[string]string{
	"long name":     strings.Repeat("王", 10000),
	"long word":     strings.Repeat("W", 3000),
	"brackets":      strings.Repeat("（", 500) + strings.Repeat("）", 500),
	"html":          "<script>alert(1)</script>\\) Tj ET (",
	"right to left": strings.Repeat("مرحبا بالعالم ", 50),
	"emoji":         strings.Repeat("👩‍👩‍👧‍👦", 40),
	"combining":     "Z" + strings.Repeat("\u0301\u0323", 300),
	"controls":      "a\x00\x01\x1b[31m\u202e\u2066b\r\n\t\vc",
	"broken":        "\xff\xfe\xc3(",
	"spaces":        strings.Repeat(" ", 500) + "x",
	"lines":         strings.Repeat("\n", 100) + "x",
	"empty":         "",
}

// On every page every word stands within the text of GB/T 9704; only page numbers stand below it.
func TestHostile_text_stays_on_the_paper(t *testing.T) {
	t.Parallel()
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &paper.Doc{Lang: "zh", Office: text, Title: text, Number: text, To: text, Sign: []string{text}, Seal: true, Date: text, Foot: []string{text},
				Blocks: []paper.Block{{Text: text}, {Rows: []paper.Row{{Label: text, Value: text}}}, {Points: []string{text}},
					{Table: &paper.Table{Head: []string{"序号", "材料名称", "收取情况"}, Wide: 1, Cells: [][]string{{text, text, text}, {"1"}}}}},
				Verify: &paper.Mark{Address: text, Code: text, Words: text}, Proof: &paper.Mark{Address: text, Code: text, Words: text}}
			if len(text) > 5000 {
				d.Office, d.Blocks = "大厅", d.Blocks[:2] // enough pages
			}
			_, pages := read(t, written(t, d))
			for i, words := range pages {
				for _, w := range words {
					foot := strings.Trim(w.Text, "—0123456789") == ""
					if w.Left < textLeft-1 || w.Right > textLeft+textWidth+8 || w.Top < paperHeight-textTop-8 || !foot && w.Bottom > paperHeight-textBottom+8 || w.Bottom > paperHeight-20 {
						t.Fatalf("page %d: %.40q stands at %.0f,%.0f to %.0f,%.0f", i+1, w.Text, w.Left, w.Top, w.Right, w.Bottom)
					}
				}
			}
		})
	}
}

func TestLong_tables_repeat_their_head(t *testing.T) {
	t.Parallel()
	d := sample()
	table := &paper.Table{Head: []string{"序号", "材料名称", "收取情况"}, Wide: 1}
	for range 120 {
		table.Cells = append(table.Cells, []string{"1", "住所使用证明", "已提交"})
	}
	d.Blocks = append(d.Blocks, paper.Block{Table: table})
	text, pages := read(t, written(t, d))
	if len(pages) < 4 || strings.Count(text, "材料名称") < len(pages)-1 || strings.Count(text, "住所使用证明") != 120 {
		t.Errorf("%d pages, %d heads, %d rows", len(pages), strings.Count(text, "材料名称"), strings.Count(text, "住所使用证明"))
	}
}

// What belongs on one line stays on it: the number of a result beside its short name, the line to sign; a code is broken evenly.
func TestLines_are_not_broken_where_there_is_room(t *testing.T) {
	t.Parallel()
	d := sample()
	d.Sign = []string{i18n.T("zh", "paper.sign")}
	d.Verify.Code = "R3NHHDOHBHUJJ5RHZN4XHE6WGU"
	d.Blocks = []paper.Block{{Table: &paper.Table{Head: []string{"证照名称", "编号"}, Cells: [][]string{{"印章刻制备案证明", "渭公印备〔2026〕610500-68-2号"}}}}}
	text, _ := read(t, written(t, d))
	for _, whole := range []string{"渭公印备〔2026〕610500-68-2号", d.Sign[0], "R3NHHDOHB\n", "HUJJ5RHZN\n", "4XHE6WGU\n"} {
		if !strings.Contains(strings.ReplaceAll(text, " ", ""), strings.ReplaceAll(whole, " ", "")) {
			t.Errorf("%q is broken in\n%s", whole, text)
		}
	}
}

func TestNobody_waits_longer_than_the_request(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // a free slot may be taken all the same
		if _, err := Write(ctx, sample()); err != nil {
			return
		}
	}
	t.Error("a request that has ended is still written for")
}

func BenchmarkWrite(b *testing.B) {
	size := 0
	for b.Loop() {
		data, err := Write(b.Context(), sample())
		if err != nil {
			b.Fatal(err)
		}
		size = len(data)
	}
	b.ReportMetric(float64(size)/1024, "KB/paper")
}
