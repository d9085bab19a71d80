package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// papers are the names of the papers of a case, as somebody sees them.
func (h *house) papers(who, no string) []string {
	h.t.Helper()
	var list struct{ Papers []api.PaperSummary }
	h.into(&list, h.must(http.StatusOK, who, "GET", "/cases/"+no+"/papers", nil))
	var names []string
	for _, p := range list.Papers {
		names = append(names, p.Paper)
	}
	return names
}

// paper is one paper as somebody sees it.
func (h *house) paper(who, no, name string) api.PaperView {
	h.t.Helper()
	var p api.PaperView
	h.into(&p, h.must(http.StatusOK, who, "GET", "/cases/"+no+"/papers/"+name, nil))
	return p
}

func alike(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Every paper that a window prints can be had by a program, from the receipt to the proof of delivery.
func TestPapers_come_with_the_case(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.open()
	alike(t, "a draft", h.papers("owner", no), nil)
	h.must(http.StatusNotFound, "owner", "GET", "/cases/"+no+"/papers/receipt", nil)
	no = h.running()
	alike(t, "accepted", h.papers("owner", no), []string{"receipt", "acceptance", "deferral", "promise"})
	receipt := h.paper("owner", no, "receipt")
	if len(receipt.Materials) != 2 || len(receipt.Clocks) != 1 || receipt.To != "王秀英" || !strings.HasPrefix(receipt.Number, "临渭区收〔2026〕") {
		t.Errorf("the receipt is %+v", receipt)
	}
	h.must(http.StatusOK, "", "GET", "/receipts/"+no+"/"+receipt.Digits, nil)
	h.must(http.StatusNotFound, "", "GET", "/receipts/"+no+"/"+receipt.Leaf[:len(receipt.Digits)], nil) // which the log shows to everybody
	if got := h.must(http.StatusOK, "", "GET", "/papers/verify/"+no+"/leaves/"+receipt.Leaf, nil); strings.TrimSpace(string(got.body)) != `{"case":"`+no+`"}` {
		t.Errorf("of a leaf that a receipt acknowledges is told %s", got.body)
	}
	for _, leaf := range []string{receipt.Leaf[:63] + "g", receipt.Digits, "0"} {
		h.must(http.StatusNotFound, "", "GET", "/papers/verify/"+no+"/leaves/"+leaf, nil)
	}
	if p := h.paper("owner", no, "acceptance"); len(p.Clocks) != 2 || len(p.Commitments) != 1 || p.Department != "hall" {
		t.Errorf("the acceptance is %+v", p)
	}
	if p := h.paper("owner", no, "deferral"); len(p.Clocks) != 1 || p.Commitments[0].Signed != "王秀英" {
		t.Errorf("the deferral is %+v", p)
	}
	h.give("market", no, "claim", map[string]any{"task": h.task("market", no, "register")})
	h.give("head", no, "extend", map[string]any{"reason": "名称争议需要核实"})
	h.give("market", no, "stop-clock", map[string]any{"task": h.task("market", no, "register"), "cause": "appraisal", "need": "3 workday", "reason": "送检"})
	if p := h.paper("owner", no, "extension"); p.Extension == nil || p.Extension.Reason != "名称争议需要核实" || p.Basis != "《行政许可法》第四十二条" {
		t.Errorf("the extension is %+v", p)
	}
	if p := h.paper("owner", no, "stop"); p.Stop == nil || p.Stop.Reason != "送检" || p.Basis != "《行政许可法》第四十五条" {
		t.Errorf("the stop is %+v", p)
	}
	h.give("market", no, "resume-clock", nil)
	h.give("market", no, "grant", map[string]any{"task": h.task("market", no, "register"), "words": "符合条件"})
	h.give("tax", no, "refuse", map[string]any{"task": h.task("tax", no, "tax"), "ground": "not-eligible", "words": "经营地址不符"})
	h.give("police", no, "grant", map[string]any{"task": h.task("police", no, "seal")})
	h.give("owner", no, "fulfil-commitment", map[string]any{"material": "address",
		"files": []any{h.upload("owner", "house.pdf", []byte("%PDF-1.7\n1 0 obj\n"))}})
	h.give("clerk", no, "deliver", map[string]any{"task": h.task("clerk", no, "deliver"), "how": "window", "receiver": "王秀英"})
	licence := "licence-" + h.paper("owner", no, "granted").Licences[0].No
	delivered := []string{"receipt", "acceptance", "deferral", "promise", "extension", "stop", "granted", "refused-tax", "delivery", "closed", licence}
	alike(t, "delivered", h.papers("owner", no), delivered)
	for _, name := range delivered {
		r := h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/papers/"+name+"/pdf", nil)
		if again := h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/papers/"+name+"/pdf", nil); string(again.body) != string(r.body) {
			t.Errorf("%s: the same paper is another file", name)
		}
		if masked := h.must(http.StatusOK, "clerk", "GET", "/cases/"+no+"/papers/"+name+"/pdf", nil); !strings.HasPrefix(string(r.body), "%PDF-1.7") || string(masked.body) == string(r.body) {
			t.Errorf("%s: without a reason the clerk has the owner's file, or it is none: %.20q", name, r.body)
		}
	}
	if p := h.paper("owner", no, "refused-tax"); p.Kind != hall.PaperRefusedPart || p.Part != "tax" || p.Department != "tax" || p.Ground == nil || p.Ground.Text != "经营地址不符" {
		t.Errorf("the refusal of the part is %+v", p)
	}
	if p := h.paper("owner", no, "granted"); len(p.Licences) != 1 || p.Licences[0].Verify == "" || p.Title != (caseflow.Text{ZH: "办理结果通知书", EN: "Notice of the result"}) {
		t.Errorf("the decision is %+v", p)
	}
	if p := h.paper("owner", no, "delivery"); p.Delivery == nil || p.Delivery.Receiver != "王秀英" {
		t.Errorf("the proof of delivery is %+v", p)
	}
	for _, none := range []string{"declined", "revoked", "refused-seal", "refused-", "nonsense", "receipt%00"} {
		if r := h.call("owner", "GET", "/cases/"+no+"/papers/"+none, nil); r.status != http.StatusNotFound && r.status != http.StatusBadRequest {
			t.Errorf("%s: status %d", none, r.status)
		}
	}
}

// A correction notice tells every point, and a decision against the applicant why.
func TestPapers_tell_what_to_mend_and_why_not(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.submitted()
	h.give("clerk", no, "request-correction", map[string]any{"points": []any{map[string]any{"field": "company.name", "words": "名称缺少字号"}}})
	if p := h.paper("owner", no, "correction"); len(p.Points) != 1 || p.Points[0].Words != "名称缺少字号" || len(p.Clocks) != 1 {
		t.Errorf("the notice is %+v", p)
	}
	no = h.submitted()
	h.give("clerk", no, "decline", map[string]any{"ground": "not-eligible", "words": "不属于本机关"})
	p := h.paper("owner", no, "declined")
	if p.Ground == nil || p.Ground.Text != "不属于本机关" || !strings.HasPrefix(p.Number, "临渭区不受〔2026〕") || p.At.Year() != 2026 {
		t.Errorf("the notice is %+v", p)
	}
}

// An official reads a paper masked, and in full with a reason; the applicant reads of each look. Others find nothing.
func TestPapers_are_looks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	if p := h.paper("clerk", no, "deferral"); !p.Masked || strings.Contains(p.To, "秀") || strings.Contains(p.Commitments[0].Signed, "秀") {
		t.Errorf("without a reason the clerk reads %+v", p)
	}
	if p := h.paper("clerk", no, "receipt"); p.Digits != "" || p.Leaf != "" || p.Printed != "" {
		t.Errorf("a masked copy has the codes of the receipt: %+v", p)
	}
	if p := h.paper("clerk", no, "receipt?reason=print"); p.Digits == "" || p.Leaf == "" || p.Masked {
		t.Errorf("with a reason the receipt has no codes: %+v", p)
	}
	h.pass(time.Minute)
	var p api.PaperView
	h.into(&p, h.must(http.StatusOK, "clerk", "GET", "/cases/"+no+"/papers/deferral?reason=%20%20", nil))
	var c api.CaseDetail
	h.into(&c, h.must(http.StatusOK, "clerk", "GET", "/cases/"+no+"?reason=%20", nil))
	if !p.Masked || !c.Masked {
		t.Error("blanks were taken for a reason")
	}
	h.pass(time.Minute)
	p = api.PaperView{}
	h.into(&p, h.must(http.StatusOK, "clerk", "GET", "/cases/"+no+"/papers/deferral?reason=print", nil))
	if p.Masked || p.To != "王秀英" {
		t.Errorf("with a reason the clerk reads %+v", p)
	}
	looks := h.must(http.StatusOK, "owner", "GET", "/cases/"+no+"/looks", nil)
	contains(t, looks.body, `"what":"paper:deferral"`)
	contains(t, looks.body, `"reason":"print"`)
	for _, who := range []string{"neighbour", "culture", "other-clerk"} {
		h.must(http.StatusNotFound, who, "GET", "/cases/"+no+"/papers", nil)
		h.must(http.StatusNotFound, who, "GET", "/cases/"+no+"/papers/receipt", nil)
	}
}

// What a guide hands out as files, a program gets too.
func TestGuide_hands_out_samples_and_blank_forms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for at, want := range map[string]string{"samples/identity": "samples/identity.txt", "blanks/identity": "samples/blank.txt", "results/licence": "samples/licence.txt"} {
		if r := h.must(http.StatusOK, "", "GET", "/items/company-open/"+at, nil); string(r.body) != want {
			t.Errorf("%s is %s", at, r.body)
		}
	}
	for _, none := range []string{"samples/address", "blanks/address", "blanks/x", "results/tax", "results/x"} {
		h.must(http.StatusNotFound, "", "GET", "/items/company-open/"+none, nil)
	}
}

// Messages are read page by page, none twice and none left out, and all of them can be marked as read.
func TestMessages_have_pages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.running()
	h.running()
	type page struct {
		Messages []api.MessageView
		Next     string
	}
	read := func(query string) (p page) {
		t.Helper()
		h.into(&p, h.must(http.StatusOK, "owner", "GET", "/messages?"+query, nil))
		return p
	}
	whole := read("limit=200")
	if len(whole.Messages) < 3 || whole.Next != "" {
		t.Fatalf("%d messages, next %q", len(whole.Messages), whole.Next)
	}
	var ids, want []string
	for _, m := range whole.Messages {
		want = append(want, m.ID)
	}
	for next := ""; ; {
		p := read("limit=1&cursor=" + next)
		ids = append(ids, p.Messages[0].ID)
		if next = p.Next; next == "" || len(ids) > len(want) {
			break
		}
	}
	alike(t, "page by page", ids, want)
	contains(t, h.must(http.StatusUnprocessableEntity, "owner", "GET", "/messages?cursor=nonsense", nil).body, `"field":"cursor"`)
}

// Whoever holds a paper finds out that it is genuine, and reads nothing of it; another code finds nothing.
func TestPapers_can_be_verified_by_anybody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.running()
	key := keyOf(no)
	issued, err := h.hall.Issue(t.Context(), hall.System, key, "acceptance")
	if err != nil {
		t.Fatal(err)
	}
	r := h.must(http.StatusOK, "", "GET", "/papers/verify/"+no+"/"+issued.Code, nil)
	if body := string(r.body); !strings.Contains(body, issued.Number) || strings.Contains(body, "王秀英") || strings.Contains(body, "replaced") {
		t.Errorf("the proof is %s", body)
	}
	other, err := h.hall.Issue(t.Context(), hall.System, key, "receipt")
	if err != nil || other.Code == issued.Code {
		t.Fatalf("two papers have the code %s (%v)", other.Code, err)
	}
	wrong := "A" + issued.Code[1:]
	if wrong == issued.Code {
		wrong = "B" + issued.Code[1:]
	}
	for _, code := range []string{wrong, issued.Code[:25], "AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		h.must(http.StatusNotFound, "", "GET", "/papers/verify/"+no+"/"+code, nil)
	}
	h.must(http.StatusNotFound, "", "GET", "/papers/verify/"+h.submitted()+"/"+issued.Code, nil)
}

func keyOf(no string) store.Key {
	return store.Key{Region: strings.SplitN(no, "-", 2)[0], Case: caseflow.CaseNo(no)}
}
