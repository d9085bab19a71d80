package pack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

var today = workday.NewDate(2026, time.February, 12)

// answers is the full sample form of practice 03, changed by a merge of dotted paths.
func answers(t testing.TB, p *Pack, changes map[string]any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(p.Walk.Forms["full"])
	if err != nil {
		t.Fatal(err)
	}
	var form map[string]any
	if err := json.Unmarshal(b, &form); err != nil {
		t.Fatal(err)
	}
	for path, v := range changes {
		m := any(form)
		keys := strings.Split(path, ".")
		for _, k := range keys[:len(keys)-1] {
			switch in := m.(type) {
			case map[string]any:
				m = in[k]
			case []any:
				m = in[k[0]-'0']
			}
		}
		in := m.(map[string]any)
		if v == nil {
			delete(in, keys[len(keys)-1])
		} else {
			in[keys[len(keys)-1]] = v
		}
	}
	b, err = json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCheckForm(t *testing.T) {
	p := practice03(t)
	check := p.Items[0].CheckForm
	for _, c := range []struct {
		name    string
		changes map[string]any
		want    string // field code, in the order of the pages
	}{
		{"a full form", nil, ""},
		{"a missing name", map[string]any{"company.name": nil}, "company.name required"},
		{"a name of spaces", map[string]any{"company.name": "  "}, "company.name required"},
		{"null", map[string]any{"company.kind": json.RawMessage("null")}, "company.kind required"},
		{"a name of the wrong form", map[string]any{"company.name": "渭南长安软件厂"}, "company.name pattern"},
		{"a name that is too long", map[string]any{"company.name": strings.Repeat("长", 70) + "有限公司"}, "company.name length"},
		{"an unknown choice", map[string]any{"company.kind": "partnership"}, "company.kind enum"},
		{"an unreadable amount", map[string]any{"company.capital": "一百万"}, "company.capital money.char"},
		{"no capital at all", map[string]any{"company.capital": "0"}, "company.capital capital.positive"},
		{"a region elsewhere", map[string]any{"company.region": "610103"}, "company.region region.city"},
		{"no region", map[string]any{"company.region": "999999"}, "company.region region"},
		{"an unknown industry", map[string]any{"company.industry": "Z99"}, "company.industry industry"},
		{"a class of an industry", map[string]any{"company.industry": "I6513"}, ""},
		{"a wrong check digit", map[string]any{"legal.docNo": "610502198803120112"}, "legal.docNo citizen.check"},
		{"an id that is typed with spaces and full-width digits", map[string]any{"legal.docNo": "6105 0219 8803 12 0111"}, ""},
		{"a passport in place of an id", map[string]any{"legal.docType": "passport", "legal.docNo": "E12345678"}, ""},
		{"an id in place of a passport number", map[string]any{"legal.docType": "passport", "legal.docNo": "护照"}, "legal.docNo passport."},
		{"a birth in the future", map[string]any{"legal.docNo": string(ident.MakeCitizenID("610502", 2090, 1, 1, 1))}, "legal.docNo citizen.future"},
		{"a telephone that is too short", map[string]any{"legal.phone": "1380013"}, "legal.phone phone."},
		{"an address of mail", map[string]any{"contact.email": "nobody"}, "contact.email email"},
		{"an empty optional answer", map[string]any{"contact.email": ""}, ""},
		{"a number as text", map[string]any{"tax.invoiceCount": "30"}, "tax.invoiceCount type"},
		{"a number out of range", map[string]any{"fund.ratio": 13}, "fund.ratio range"},
		{"a number that is not whole", map[string]any{"fund.ratio": 5.5}, "fund.ratio type"},
		{"a day that does not exist", map[string]any{"bank.date": "2026-02-30"}, "bank.date date"},
		{"a question that is not asked", map[string]any{"bank.wanted": "no", "bank.date": "some day"}, ""},
		{"a question that comes up", map[string]any{"company.term": "fixed"}, "company.termYears required"},
		{"no seals", map[string]any{"seals": []any{}}, "seals required"},
		{"the same seal twice", map[string]any{"seals": []any{"official", "official"}}, "seals items"},
		{"an unknown seal", map[string]any{"seals": []any{"official", "golden"}}, "seals enum"},
		{"no company seal", map[string]any{"seals": []any{"finance", "invoice"}}, "seals seals.official"},
		{"a list that is no list", map[string]any{"people": "李明"}, "people type"},
		{"a row that is no row", map[string]any{"people": []any{"李明"}}, "people.0 type"},
		{"a row with a gap", map[string]any{"people.1.name": nil}, "people.1.name required"},
		{"a row with a wrong number", map[string]any{"people.1.docNo": "610502197909090316"}, "people.1.docNo citizen.check"},
		{"a row with a wrong choice", map[string]any{"people.1.post": "boss"}, "people.1.post enum"},
		{"an unknown key in a row", map[string]any{"people.1.age": 3}, "people.1.age unknown"},
		{"an unknown key", map[string]any{"company.colour": "red"}, "company.colour unknown"},
		{"contributions that do not add up", map[string]any{"shareholders.0.amount": "600000.01"}, "shareholders shares.sum"},
		{"two owners of a company of one", map[string]any{"company.kind": "limited-sole-person"}, "shareholders shares.sole"},
		{"a supervisor who is the director", map[string]any{"people.1.docNo": "610502198803120111"}, "people people.supervisor"},
		{"contributions paid on the last lawful day", map[string]any{"shareholders.0.by": "2031-02-12"}, ""},
		{"contributions paid too late", map[string]any{"shareholders.1.by": "2031-02-13"}, "shareholders shares.by"},
		{"a day that does not exist is one fault", map[string]any{"shareholders.1.by": "2031-02-30"}, "shareholders.1.by date"},
		{"an account opened today", map[string]any{"bank.date": "2026-02-12"}, "bank.date bank.day"},
		{"an account opened yesterday", map[string]any{"bank.date": "2026-02-11"}, "bank.date bank.day"},
		{"an account opened on a make-up Saturday", map[string]any{"bank.date": "2026-02-14"}, ""},
		{"an account opened on a Sunday", map[string]any{"bank.date": "2026-03-01"}, "bank.date bank.day"},
		{"an account opened on a holiday", map[string]any{"bank.date": "2026-02-18"}, "bank.date bank.day"},
		{"a day that nobody asks for", map[string]any{"bank.wanted": "no", "bank.date": "2026-02-11"}, ""},
		{"a director aged fifteen", map[string]any{"people.1.docNo": string(ident.MakeCitizenID("610502", 2010, 2, 13, 31))}, "people people.age"},
		{"a director on the sixteenth birthday", map[string]any{"people.1.docNo": string(ident.MakeCitizenID("610502", 2010, 2, 12, 31))}, ""},
		{"markup", map[string]any{"legal.name": "<script>alert(1)</script>"}, "legal.name name."},
		{"two faults in the order of the pages", map[string]any{"delivery.how": "drone", "company.address": "x"}, "company.address length|delivery.how enum"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := answers(t, p, c.changes)
			var got []string
			for _, f := range check(data, "", today) {
				got = append(got, f.Field+" "+f.Code)
				saysWhatToMend(t, f, data)
			}
			if !matches(got, c.want) {
				t.Errorf("got %q, want %q", strings.Join(got, "|"), c.want)
			}
		})
	}
}

// matches compares faults; a wanted code that ends in a dot stands for any of its kind.
func matches(got []string, want string) bool {
	if want == "" {
		return len(got) == 0
	}
	wanted := strings.Split(want, "|")
	if len(got) != len(wanted) {
		return false
	}
	for i, w := range wanted {
		if got[i] != w && !(strings.HasSuffix(w, ".") && strings.HasPrefix(got[i], w)) {
			return false
		}
	}
	return true
}

// saysWhatToMend checks that a fault has both languages and does not repeat what was typed.
func saysWhatToMend(t *testing.T, f caseflow.FieldFault, data json.RawMessage) {
	t.Helper()
	if f.Text.ZH == "" || f.Text.EN == "" || strings.Contains(f.Text.ZH+f.Text.EN, "%!") {
		t.Errorf("%s %s says nothing: %+v", f.Field, f.Code, f.Text)
	}
	var form map[string]any
	if err := json.Unmarshal(data, &form); err != nil {
		t.Fatal(err)
	}
	v, _ := valueAt(form, strings.Split(f.Field, "."))
	if s, ok := v.(string); ok && len([]rune(s)) > 3 && strings.Contains(f.Text.ZH+f.Text.EN, s) {
		t.Errorf("%s %s repeats what was typed: %+v", f.Field, f.Code, f.Text)
	}
}

func TestCheckFormOfOnePage(t *testing.T) {
	p := practice03(t)
	check := p.Items[0].CheckForm
	if got := check(json.RawMessage(`{"company":{"name":"渭南秦东软件有限公司"}}`), "name", today); len(got) != 0 {
		t.Errorf("a finished page has faults: %+v", got)
	}
	got := check(json.RawMessage(`{"company":{"capital":"x"}}`), "name", today)
	if len(got) != 1 || got[0].Field != "company.name" || got[0].Page != "name" {
		t.Errorf("got %+v, want the missing name alone", got)
	}
	if got := check(json.RawMessage(`{"company":{"capital":"5"},"shareholders":[{"amount":"6"}]}`), "capital", today); len(got) != 0 {
		t.Errorf("a rule that is shown on another page speaks here: %+v", got)
	}
}

func TestCheckFormRefusesWhatIsNoForm(t *testing.T) {
	check := practice03(t).Items[0].CheckForm
	for _, data := range []string{"", "null", "[]", "3", `"x"`, "{", "{} {}", strings.Repeat(`{"a":`, 100000), strings.Repeat("[", 100000), `{"x":"` + strings.Repeat("x", caseflow.MaxForm) + `"}`} {
		got := check(json.RawMessage(data), "", today)
		if len(got) != 1 || got[0].Code != "type" || got[0].Field != "" {
			t.Errorf("%.20q: got %d faults, %+v", data, len(got), got[:min(len(got), 1)])
		}
	}
}

func FuzzCheckForm(f *testing.F) {
	p := practice03(f)
	check := p.Items[0].CheckForm
	f.Add(string(answers(f, p, nil)), "")
	f.Add(`{"people":[{},null,3]}`, "people")
	f.Add(`{"company":[],"seals":{"a":1}}`, "")
	f.Fuzz(func(t *testing.T, data, page string) {
		first := check(json.RawMessage(data), page, today)
		for _, fault := range first {
			if fault.Code == "" || fault.Text.ZH == "" || fault.Text.EN == "" {
				t.Fatalf("a fault says nothing: %+v", fault)
			}
		}
		if again := check(json.RawMessage(data), page, today); fmt.Sprint(first) != fmt.Sprint(again) {
			t.Fatalf("first %v\nagain %v", first, again)
		}
	})
}

func BenchmarkCheckForm(b *testing.B) {
	p := practice03(b)
	data := answers(b, p, nil)
	b.ReportAllocs()
	for b.Loop() {
		if faults := p.Items[0].CheckForm(data, "", today); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}
