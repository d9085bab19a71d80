package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/api"
)

// imported are the lists that modules take in, with a good row; what a person writes there begins as a formula does.
var imported = []struct{ at, page, list, rows string }{
	{"/credit/batches?list=parties", "/desk/credit", "parties", "统一社会信用代码,名称,成立日期\n%s,=汉中公司(1),2026-01-05\n"},
	{"/credit/batches?list=records", "/desk/credit", "records", "统一社会信用代码,记录编号,信息类别,结果,日期,事项\n%s,罚1,行政处罚,一般,2026-08-31,@超范围经营\n"},
	{"/inspect/lists?list=items", "/desk/inspections/lists", "items", "事项编号,抽查事项,事项类别,检查方式,检查依据\nA1,=登记事项检查,一般,现场检查,+公司法%.0s\n"},
	{"/inspect/lists?list=inspectors", "/desk/inspections/lists", "inspectors", "执法证号,姓名,账号,证件有效期至\nZ1,=赵磊,in1,2028-12-31%.0s\n"},
	{"/inspect/lists?list=objects", "/desk/inspections/lists", "objects", "统一社会信用代码,名称,所在区县,地址\n%s,-汉中公司,汉台区,=民主街\n"},
}

// itemsInGuobiao is the row of items as older programs of offices write it, in GB18030; lists of credit are read so in internal/module/credit.
const itemsInGuobiao = "\xca\xc2\xcf\xee\xb1\xe0\xba\xc5,\xb3\xe9\xb2\xe9\xca\xc2\xcf\xee,\xca\xc2\xcf\xee\xc0\xe0\xb1\xf0,\xbc\xec\xb2\xe9\xb7\xbd\xca\xbd,\xbc\xec\xb2\xe9\xd2\xc0\xbe\xdd\nA1,=\xb5\xc7\xbc\xc7\xca\xc2\xcf\xee\xbc\xec\xb2\xe9,\xd2\xbb\xb0\xe3,\xcf\xd6\xb3\xa1\xbc\xec\xb2\xe9,+\xb9\xab\xcb\xbe\xb7\xa8\n"

// TestModules_imports_take_only_lists: R16, R25, R26 and GBK for what modules take in, at the page and by the API. A list in GB18030 is taken as
// one in UTF-8 is, what looks like a formula is a text, a file's name is a name whatever stands in it, and what is no list is refused.
func TestModules_imports_take_only_lists(t *testing.T) {
	t.Parallel()
	h := newInspectHouse(t, "")
	for _, o := range h.operationsOf(map[string]string{"draw": "1", "plan": "1", "task": "1", "edition": "1", "batch": "1", "party": "x", "case": "x", "follow": "1", "hash": "x", "perk": "x", "code": "x"}) {
		at, _, _ := strings.Cut(strings.TrimPrefix(o.at, api.Prefix), "?")
		if o.kind == "application/octet-stream" && at != "/inspect/photos" && at != "/draws" && // a plan: draw reads it
			!slices.ContainsFunc(imported, func(one struct{ at, page, list, rows string }) bool { return strings.HasPrefix(one.at, at+"?") }) {
			t.Errorf("%s takes a file in: add it to the lists of this test", o.id)
		}
	}
	hostile := map[string]string{"empty": "", "no list": "\x7fELF\x02\x01\x01", "neither encoding": "统一\xff\xfe\xff,名称\n", "NUL": "统一社会信用代码,\x00\n", "no zip": "PK\x03\x04" + strings.Repeat("\x00", 64),
		"10^6 columns": strings.Repeat("a,", 1_000_000) + "\n", "a line without an end": strings.Repeat("a", 8<<20), "a quote without an end": "统一社会信用代码,名称\n\"" + strings.Repeat("a\n", 1000)}
	for _, one := range imported {
		text := []byte(fmt.Sprintf(one.rows, companyCode(1)))
		other := text
		if one.list == "items" {
			other = []byte(itemsInGuobiao)
		}
		for i, name := range []string{"a\r\nSet-Cookie: x=1.csv", "../../etc/passwd", "\u202egnp\u2028.csv", `C:\lists\名单.csv`} {
			body := [][]byte{text, other}[i%2]
			got := h.want(http.StatusCreated, "plan", "POST", api.Prefix+one.at+"&name="+url.QueryEscape(name), "application/octet-stream", body)
			if !bytes.Contains(got, []byte(`"state":"taken"`)) {
				t.Errorf("%s in form %d: %s", one.at, i, got)
			}
			if page := h.sends(http.StatusOK, one.page, one.list, name, body); !bytes.Contains(page, []byte("<h1")) || bytes.Contains(page, []byte("Set-Cookie: x=1.csv\r")) {
				t.Errorf("%s at the page: %s", one.list, page)
			}
		}
		for what, body := range hostile {
			status, got := h.ask("plan", "POST", api.Prefix+one.at, "application/octet-stream", []byte(body))
			if status/100 != 4 && !(status == http.StatusCreated && bytes.Contains(got, []byte(`"state":"refused"`))) {
				t.Errorf("%s, %s: %d %.300s", one.at, what, status, got)
			}
		}
	}
	for _, at := range []string{"/credit/batches", "/inspect/lists"} {
		told := string(h.get(http.StatusOK, "plan", at))
		for _, never := range []string{`\r`, `\n`, "\u202e", "\u2028", "etc/", `C:`} {
			if strings.Contains(told, never) {
				t.Errorf("%s names a file with %q: %s", at, never, told)
			}
		}
		for _, name := range []string{`"aSet-Cookie: x=1.csv"`, `"passwd"`, `"gnp.csv"`, `"名单.csv"`} {
			if strings.Count(told, name) < 2*2 { // by both doors, of two lists at least
				t.Errorf("%s does not name %s as often as it was sent: %s", at, name, told)
			}
		}
	}
}

// sends sends a list by the form of a page.
func (h *inspectHouse) sends(status int, page, list, name string, content []byte) []byte {
	h.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	must(h.t, w.WriteField("list", list))
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")}})
	must(h.t, err)
	_, err = part.Write(content)
	must(h.t, err)
	must(h.t, w.Close())
	return h.want(status, "plan", "POST", page, w.FormDataContentType(), form.Bytes())
}

// R16 for the modules: whatever operation of theirs reads JSON, one that is too large, too deep or too full is refused before it does anything.
func TestModules_refuse_hostile_bodies(t *testing.T) {
	t.Parallel()
	h := newInspectHouse(t, "")
	var keys bytes.Buffer
	keys.WriteString(`{"a":1`)
	for i := range 1_000_000 {
		fmt.Fprintf(&keys, `,"%d":1`, i)
	}
	keys.WriteString("}")
	tried := 0
	for _, o := range h.operationsOf(map[string]string{"draw": "1", "plan": "1", "task": "1", "edition": "1", "batch": "1", "party": "x", "case": "x", "follow": "1", "hash": "x", "perk": "x", "code": "x"}) {
		if o.kind != "application/json" {
			continue
		}
		tried++
		for what, body := range map[string][]byte{"10^6 keys": keys.Bytes(), "depth": []byte(strings.Repeat(`{"a":`, 100_000)), "half": []byte(`{"a":`), "NUL": []byte(`{"a":"\u0000"}`), "GBK": []byte("{\"words\":\"\xcd\xa8\xb0\xec\"}"), "number": []byte(`{"a":1e999999999}`)} {
			for _, who := range []string{"plan", "13800138001"} {
				if status, got := h.ask(who, o.method, o.at, o.kind, body); status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge && status != http.StatusUnprocessableEntity {
					t.Errorf("%s as %s, %s: %d %.200s", o.id, who, what, status, got)
				}
			}
		}
	}
	if tried < 12 {
		t.Errorf("only %d operations read JSON", tried)
	}
}
