package ident

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestCitizenIDFaults(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want Fault
	}{
		"nothing":            {"", Fault{Code: "citizen.empty"}},
		"too long":           {"11010519491231002X1", Fault{Code: "citizen.length", Got: "19", Want: "18"}},
		"15 digits":          {"110105491231002", Fault{Code: "citizen.old", Got: "15", Want: "18"}},
		"letter O":           {"11O10519491231002X", Fault{Code: "citizen.digit", Pos: 3, Got: "O", Want: "0"}},
		"letter L":           {"11010519491231L02X", Fault{Code: "citizen.digit", Pos: 15, Got: "L", Want: "1"}},
		"X too early":        {"1101051949123100X2", Fault{Code: "citizen.digit", Pos: 17, Got: "X"}},
		"times sign for X":   {"11010519491231002×", Fault{Code: "citizen.char", Pos: 18, Got: "×", Want: "X"}},
		"year":               {"110105094912310021", Fault{Code: "citizen.date", Pos: 7, Got: "0949", Want: "1800-2026"}},
		"month":              {"610104199013010011", Fault{Code: "citizen.date", Pos: 11, Got: "13", Want: "01-12"}},
		"29 February":        {"610104200102290015", Fault{Code: "citizen.date", Pos: 13, Got: "29", Want: "01-28"}},
		"day 0":              {"610104200102000015", Fault{Code: "citizen.date", Pos: 13, Got: "00", Want: "01-28"}},
		"future":             {"610104209912310012", Fault{Code: "citizen.future", Pos: 7}},
		"wrong check":        {"110105194912310021", Fault{Code: "citizen.check", Pos: 18, Got: "1", Want: "X"}},
		"oversized":          {strings.Repeat("1", 5000), Fault{Code: "citizen.length", Got: "256", Want: "18"}},
		"not UTF-8":          {"11010519491231002\xff", Fault{Code: "citizen.char", Pos: 18, Got: "U+FFFD"}},
		"Chinese characters": {"一1010519491231002X", Fault{Code: "citizen.digit", Pos: 1, Got: "一", Want: "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseCitizenID(c.in, today)
			if f := fault(t, err, c.want.Code); *f != c.want {
				t.Errorf("got %+v, want %+v", *f, c.want)
			}
		})
	}
}

func TestBirthIsJudgedByTheGivenDay(t *testing.T) {
	id := MakeCitizenID("610104", 2026, 11, 24, 1)
	if _, err := ParseCitizenID(id.Reveal(), today); err != nil {
		t.Errorf("born today: %v", err)
	}
	_, err := ParseCitizenID(id.Reveal(), today.AddDate(0, 0, -1))
	fault(t, err, "citizen.future")
	// 00:30 in Shanghai is still the day before in UTC: the location of today counts.
	early := time.Date(2026, 11, 24, 0, 30, 0, 0, today.Location())
	if _, err := ParseCitizenID(id.Reveal(), early); err != nil {
		t.Errorf("born today, half past midnight: %v", err)
	}
	_, err = ParseCitizenID(id.Reveal(), early.UTC())
	fault(t, err, "citizen.future")
}

func TestCitizenIDParts(t *testing.T) {
	id := CitizenID("11010519491231002X")
	if got := id.Birth(); !got.Equal(time.Date(1949, 12, 31, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("birth %v", got)
	}
	if id.Sex() != Female || id.Region() != "110105" || id.ResidencePermit() {
		t.Errorf("%v %s", id.Sex(), id.Region())
	}
	if CitizenID("440524198001010013").Sex() != Male {
		t.Error("odd is male")
	}
	for _, bad := range []CitizenID{"", "1", "110105194912310021", "11010519491231002x"} {
		if !bad.Birth().IsZero() || bad.Sex() != SexUnknown || bad.Region() != "" || bad.Valid() {
			t.Errorf("parts of %q", bad.Reveal())
		}
	}
	for _, region := range []string{"810000", "820000", "830000"} {
		id, err := ParseCitizenID(MakeCitizenID(region, 1990, 5, 17, 12).Reveal(), today)
		if err != nil || !id.ResidencePermit() {
			t.Errorf("residence permit %s: %v", region, err)
		}
	}
}

func TestUpgradeRefuses(t *testing.T) {
	for in, code := range map[string]string{
		"":                   "citizen.empty",
		"11010519491231002X": "citizen.length",
		"11010549123100X":    "citizen.digit",
		"110105491331002":    "citizen.date",
	} {
		_, err := UpgradeCitizenID(in, today)
		fault(t, err, code)
	}
}

// Neither fmt, with any verb, nor slog shows the real number of an id, a phone or a document.
func TestPersonalDataPrintsMasked(t *testing.T) {
	id := CitizenID("610104199001010012")
	phone, err := ParsePhone("138 1234 1234")
	if err != nil {
		t.Fatal(err)
	}
	doc := Document{Type: DocResidentID, No: string(id)}
	party := struct {
		ID    CitizenID
		Phone Phone
		Doc   Document
		Many  []CitizenID
	}{id, phone, doc, []CitizenID{id}}
	secret := func(s string) bool {
		return strings.Contains(s, "19900101") || strings.Contains(s, "13812341234") || strings.Contains(s, "1234 1234") ||
			strings.Contains(s, fmt.Sprintf("%x", "19900101"))
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%30s"} {
		for _, x := range []any{id, &id, phone, doc, party, &party} {
			if got := fmt.Sprintf(verb, x); secret(got) {
				t.Errorf("%s of %T shows %s", verb, x, got)
			}
		}
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("seen", "id", id, "phone", phone, "doc", doc)
	}
	if secret(log.String()) || !strings.Contains(log.String(), "610104********0012") || !strings.Contains(log.String(), "138****1234") {
		t.Errorf("log: %s", &log)
	}
	if got := fmt.Sprintf("%v %v %v", id, phone, doc); got != "610104********0012 138****1234 resident-id 610104********0012" {
		t.Errorf("prints %s", got)
	}
	stored, err := json.Marshal(party)
	if err != nil || !strings.Contains(string(stored), id.Reveal()) || !strings.Contains(string(stored), "+8613812341234") {
		t.Errorf("JSON must keep the real values: %s, %v", stored, err)
	}
}
