package api_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	goimage "image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/receipt"
)

// image is a PNG of one colour.
func image(w, h int) []byte {
	m := goimage.NewGray(goimage.Rect(0, 0, w, h))
	m.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// flood is a PNG that says it has w times h pixels, and is a few bytes.
func flood(w, h uint32) []byte {
	b := image(1, 1)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// A company is opened through the API alone: by its founder, a clerk, and three departments.
func TestCase_is_opened_and_delivered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.submitted()
	h.give("clerk", no, "accept", nil)
	h.give("market", no, "claim", map[string]any{"task": h.task("market", no, "register")})
	h.give("market", no, "grant", map[string]any{"task": h.task("market", no, "register"), "words": "符合条件"})
	h.give("tax", no, "grant", map[string]any{"task": h.task("tax", no, "tax")})
	h.give("police", no, "grant", map[string]any{"task": h.task("police", no, "seal")})
	h.give("owner", no, "fulfil-commitment", map[string]any{"material": "address",
		"files": []any{h.upload("owner", "house.pdf", []byte("%PDF-1.7\n1 0 obj\n"))}})
	h.give("clerk", no, "deliver", map[string]any{"task": h.task("clerk", no, "deliver"), "how": "window", "receiver": "王秀英"})
	h.give("owner", no, "rate", map[string]any{"channel": "online", "level": 5})

	var c api.CaseDetail
	h.into(&c, h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil))
	if c.Phase != caseflow.PhaseClosed || !c.Mine || c.Masked || len(c.Licences) != 1 || len(c.Deliveries) != 1 {
		t.Errorf("the case ended otherwise: phase %s, mine %v, masked %v, %d licences, %d deliveries", c.Phase, c.Mine, c.Masked,
			len(c.Licences), len(c.Deliveries))
	}
	proof := h.must(http.StatusOK, "", "GET", "/licences/verify/"+c.Licences[0].Verify, nil)
	contains(t, proof.body, "渭南秦东商贸有限公司")
	h.must(http.StatusNotFound, "", "GET", "/licences/verify/AAAAAAAAAAAAAAAAAAAAAAAAAA", nil)

	var line struct{ Entries []api.TimelineEntry }
	h.into(&line, h.must(http.StatusOK, "owner", "GET", path("/cases/%s/timeline", no), nil))
	if first := line.Entries[len(line.Entries)-1]; first.Verb != "open" || !first.Mine {
		t.Errorf("the timeline does not begin with the opening: %+v", first)
	}
	var clocks struct{ Clocks []api.ClockView }
	h.into(&clocks, h.must(http.StatusOK, "owner", "GET", path("/cases/%s/clocks?explain=true", no), nil))
	for _, k := range clocks.Clocks {
		if n := len(k.Explained); n == 0 || !k.Explained[n-1].Due.At.Equal(k.Due) {
			t.Errorf("clock %s is due %s and explains %v", k.ID, k.Due, k.Explained)
		}
	}
	var shares struct{ Shares []api.ShareView }
	h.into(&shares, h.must(http.StatusOK, "owner", "GET", path("/cases/%s/shares", no), nil))
	for _, bearer := range []string{"hall", "market", "tax", "police"} {
		if !slices.ContainsFunc(shares.Shares, func(s api.ShareView) bool { return s.Bearer == bearer }) {
			t.Errorf("nothing says how long %s had the case: %+v", bearer, shares.Shares)
		}
	}
	var messages struct{ Messages []api.MessageView }
	h.into(&messages, h.must(http.StatusOK, "owner", "GET", "/messages", nil))
	if len(messages.Messages) == 0 {
		t.Fatal("the founder was told nothing")
	}
	h.must(http.StatusNoContent, "owner", "POST", path("/messages/%s/read", messages.Messages[0].ID), nil)
	h.into(&messages, h.must(http.StatusOK, "owner", "GET", "/messages", nil))
	if messages.Messages[0].Read.IsZero() {
		t.Error("a message that was read is not marked so")
	}

	// Whoever holds a receipt sees how far the case is, and nothing of it.
	progress := h.must(http.StatusOK, "", "GET", path("/receipts/%s/%s", no, h.paper("owner", no, "receipt").Digits), nil)
	contains(t, progress.body, `"phase":"closed"`)
	lacks(t, progress.body, "王秀英")
	lacks(t, progress.body, "秦东")
	h.must(http.StatusNotFound, "", "GET", path("/receipts/%s/%s", no, strings.Repeat("0", 20)), nil)
}

func TestCase_shows_personal_data_to_officials_only_for_a_reason(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	no := h.submitted()
	masked := h.must(http.StatusOK, "clerk", "GET", "/cases/"+no, nil)
	list := h.must(http.StatusOK, "clerk", "GET", "/cases", nil)
	tasks := h.must(http.StatusOK, "clerk", "GET", "/tasks", nil)
	contains(t, tasks.body, no)
	for _, personal := range []string{"王秀英", document.No, "13892300001", "id.png"} {
		lacks(t, masked.body, personal)
		lacks(t, list.body, personal)
		lacks(t, tasks.body, personal)
	}
	contains(t, masked.body, "渭南秦东商贸有限公司")
	full := h.must(http.StatusOK, "clerk", "GET", "/cases/"+no+"?reason=%E6%A0%B8%E5%AF%B9", nil)
	contains(t, full.body, document.No)
	own := h.must(http.StatusOK, "owner", "GET", "/cases/"+no, nil)
	contains(t, own.body, document.No)

	looks := h.must(http.StatusOK, "owner", "GET", path("/cases/%s/looks", no), nil)
	contains(t, looks.body, `"reason":"核对"`)
	contains(t, looks.body, `"department":"hall"`)
	h.must(http.StatusNotFound, "clerk", "GET", path("/cases/%s/looks", no), nil)

	// Nobody else's account is in any answer.
	var me struct{ ID string }
	h.into(&me, h.must(http.StatusOK, "owner", "GET", "/me", nil))
	for _, r := range []reply{masked, full, list, tasks, h.must(http.StatusOK, "clerk", "GET", path("/cases/%s/timeline", no), nil)} {
		lacks(t, r.body, me.ID)
	}
}

func TestVerbs_all_have_an_operation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for verb := range caseflow.Verbs() {
		at := "/cases/{case}/" + verb
		switch verb {
		case "open":
			at = "/cases"
		case "object":
			at = "/notices/{notice}/objections"
		}
		got := dig(h.rules.doc, "paths", at, "post") != nil
		if want := !slices.Contains([]string{"tick", "record-outage", "recount", "open-subcase", "record-subcase", "recall", "tell-parent", "cancel-licences", "record-cancel", "take-shift"}, verb); got != want {
			t.Errorf("%s: an operation %v, want %v", verb, got, want)
		}
	}
}

func TestGuide_is_open_to_anyone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	contains(t, h.must(http.StatusOK, "", "GET", "/items", nil).body, "企业开办")
	contains(t, h.must(http.StatusOK, "", "GET", "/items/company-open", nil).body, `"statutory"`)
	h.must(http.StatusNotFound, "", "GET", "/items/nothing", nil)
}

// Another client can build the same form as the pages: whom it asks for, and the answers of questions that are looked up.
func TestGuide_says_all_that_the_form_of_the_pages_knows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var g api.Guide
	h.into(&g, h.must(http.StatusOK, "", "GET", "/items/company-open", nil))
	if want := items.Current("company-open").Persons; !reflect.DeepEqual(g.Persons, want) {
		t.Errorf("persons %+v, want %+v", g.Persons, want)
	}
	for at, want := range map[string]string{
		"region?q=渭南 富平":   `[{"value":"610528","label":"陕西省渭南市富平县"}]`,
		"region?q=xyz":     `[]`,
		"industry?q=餐饮":    `[{"value":"H62","label":"H62 餐饮业（住宿和餐饮业）"},{"value":"H61","label":"H61 住宿业（住宿和餐饮业）"}]`,
		"industry?q=I6510": `[{"value":"I65","label":"I65 软件和信息技术服务业（信息传输、软件和信息技术服务业）"}]`,
	} {
		list, q, _ := strings.Cut(at, "?q=")
		contains(t, h.must(http.StatusOK, "", "GET", "/lists/"+list+"?q="+url.QueryEscape(q), nil).body, `"options":`+want)
	}
	for list, least := range map[string]int{"region": 117, "industry": 97} {
		var all struct{ Options []api.ListOption }
		h.into(&all, h.must(http.StatusOK, "", "GET", "/lists/"+list, nil))
		if len(all.Options) < least {
			t.Errorf("%d answers of %s without words", len(all.Options), list)
		}
	}
	h.must(http.StatusUnprocessableEntity, "", "GET", "/lists/accounts", nil)
}

// Who was served at a window without an account rates with the receipt.
func TestWindow_case_is_rated_with_a_receipt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	body := opening()
	body["channel"] = "window"
	body["applicant"].(map[string]any)["phone"] = "13800138000"
	var opened, in hall.Receipt
	h.into(&opened, h.must(http.StatusOK, "clerk", "POST", "/cases", body))
	no := string(opened.Case)
	h.give("clerk", no, "defer", map[string]any{"material": "address", "signed": "王秀英"})
	h.give("clerk", no, "seen-paper", map[string]any{"material": "identity"})
	h.into(&in, h.must(http.StatusOK, "clerk", "POST", path("/cases/%s/submit", no), nil))
	if copied := h.paper("clerk", no, "receipt"); copied.Digits != "" { // whoever has them rates for the applicant
		t.Errorf("without a reason an official has the code of somebody's receipt: %s", copied.Digits)
	}
	digits := h.paper("clerk", no, "receipt?reason=print").Digits
	at := path("/receipts/%s/%s/rate", no, digits)
	rating := map[string]any{"phone": "0000", "channel": "window", "level": 5}
	h.must(http.StatusNotFound, "", "POST", at, rating)
	rating["phone"] = "8000"
	h.must(http.StatusOK, "", "POST", at, rating)
	h.must(http.StatusConflict, "", "POST", at, rating)
	contains(t, h.must(http.StatusOK, "clerk", "GET", path("/cases/%s/timeline", no), nil).body, `"kind":"bearer"`)

	// The receipt with proofs, too, but with the code that is printed on the paper: what the log shows to everybody is not enough.
	h.place()
	issued, err := h.hall.Issue(t.Context(), hall.System, keyOf(no), "receipt")
	must(t, err)
	at = path("/receipts/%s/%s/proof", no, digits)
	for name, body := range map[string]map[string]any{
		"no code":       {"code": "", "phone": "8000"},
		"another code":  {"code": strings.Repeat("A", len(issued.Code)), "phone": "8000"},
		"another phone": {"code": issued.Code, "phone": "0000"},
		"no phone":      {"code": issued.Code},
		"the digits":    {"code": digits, "phone": "8000"},
	} {
		if got := h.call("", "POST", at, body); got.status != http.StatusNotFound || strings.Contains(string(got.body), "王秀英") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	h.must(http.StatusNotFound, "", "POST", path("/receipts/%s/%s/proof", no, strings.Repeat("0", 20)), map[string]any{"code": issued.Code, "phone": "8000"})
	r, err := receipt.Parse(h.must(http.StatusOK, "", "POST", at, map[string]any{"code": issued.Code, "phone": "8000"}).body)
	must(t, err)
	p, err := receipt.ParsePrinted(h.paper("clerk", no, "receipt?reason=print").Printed)
	must(t, err)
	if !slices.ContainsFunc(r.Entries, func(e receipt.Entry) bool { return e.Index == p.Index }) || p.Leaf.String() != in.Leaf || string(p.Case) != no {
		t.Errorf("%d entries, printed %+v", len(r.Entries), p)
	}
}
