package ident

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The examples are those of the rules for filling in bills (正确填写票据和结算凭证的基本规定) and of everyday forms.
func TestCapitalAmount(t *testing.T) {
	for fen, want := range map[int64]string{
		0:                   "零元整",
		5:                   "伍分",
		50:                  "伍角整",
		55:                  "伍角伍分",
		100:                 "壹元整",
		1000:                "壹拾元整",
		120000:              "壹仟贰佰元整",
		140950:              "壹仟肆佰零玖元伍角整",
		600714:              "陆仟零柒元壹角肆分",
		168032:              "壹仟陆佰捌拾元叁角贰分",
		1640902:             "壹万陆仟肆佰零玖元零贰分",
		32504:               "叁佰贰拾伍元零肆分",
		10700053:            "壹拾万柒仟元伍角叁分",
		100000100:           "壹佰万零壹元整",
		10000000000:         "壹亿元整",
		10050000000:         "壹亿零伍拾万元整",
		120000000000000:     "壹万贰仟亿元整",
		-120000:             "负壹仟贰佰元整",
		math.MaxInt64:       "玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌元零柒分",
		1_000_000_000_00001: "壹万亿元零壹分",
	} {
		if got := CapitalAmount(fen); got != want {
			t.Errorf("CapitalAmount(%d) = %s, want %s", fen, got, want)
		}
	}
}

// readCapital reads capital numerals back, the plain way: sections of 亿, then 万, then units.
func readCapital(s string) (fen uint64) {
	yuan, rest, ok := strings.Cut(s, "元")
	if !ok {
		yuan, rest = "", s
	}
	unit := func(part string) uint64 {
		for i, d := range capitalDigits {
			if d == strings.TrimPrefix(part, "零") {
				return uint64(i)
			}
		}
		return 0
	}
	var whole func(string) uint64
	whole = func(s string) uint64 {
		for _, u := range []struct {
			name  string
			value uint64
		}{{"亿", 1e8}, {"万", 1e4}, {"仟", 1000}, {"佰", 100}, {"拾", 10}} {
			if i := strings.LastIndex(s, u.name); i >= 0 && (u.value >= 1e4 || !strings.ContainsAny(s, "亿万")) {
				return whole(s[:i])*u.value + whole(s[i+len(u.name):])
			}
		}
		return unit(s)
	}
	fen = whole(yuan) * 100
	rest = strings.TrimSuffix(rest, "整")
	if jiao, after, ok := strings.Cut(rest, "角"); ok {
		fen += unit(jiao) * 10
		rest = after
	}
	return fen + unit(strings.TrimSuffix(rest, "分"))
}

func TestCapitalAmountReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64Range(0, math.MaxInt64).Draw(t, "fen")
		text := CapitalAmount(fen)
		if got := readCapital(text); got != uint64(fen) {
			t.Fatalf("%d is written %s, which reads %d", fen, text, got)
		}
		if strings.Contains(text, "零零") {
			t.Fatalf("%d has a doubled zero: %s", fen, text)
		}
	})
}

func TestYuanRoundTrip(t *testing.T) {
	for fen, want := range map[int64]string{0: "¥0.00", 5: "¥0.05", 123456700: "¥1,234,567.00", -5: "-¥0.05", 99999: "¥999.99",
		math.MinInt64: "-¥92,233,720,368,547,758.08", math.MaxInt64: "¥92,233,720,368,547,758.07"} {
		if got := FormatYuan(fen); got != want {
			t.Errorf("FormatYuan(%d) = %s, want %s", fen, got, want)
		}
		if back, err := ParseYuan(want); err != nil || back != fen {
			t.Errorf("ParseYuan(%s) = %d, %v", want, back, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64().Draw(t, "fen")
		if back, err := ParseYuan(FormatYuan(fen)); err != nil || back != fen {
			t.Fatalf("%d becomes %s becomes %d, %v", fen, FormatYuan(fen), back, err)
		}
	})
}

func TestParseYuan(t *testing.T) {
	for in, want := range map[string]int64{
		"1200": 120000, "1200元": 120000, "1,200.5 元": 120050, "￥1，200．50": 120050, "120万元": 120000000, "120 万": 120000000,
		"1.5亿元": 15000000000, "0.000001万元": 1, "人民币1200元整": 120000, "人民币 ¥1200": 120000, "-3.20": -320, "1200圆": 120000,
		"007": 700, "1.500000": 150, "5.": 0, ".5": 0, "92233720368547758.07": math.MaxInt64,
	} {
		got, err := ParseYuan(in)
		if want == 0 {
			if err == nil {
				t.Errorf("%s is accepted as %d", in, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("ParseYuan(%s) = %d, %v, want %d", in, got, err, want)
		}
	}
	for in, want := range map[string]Fault{
		"":                        {Code: "money.empty"},
		"元":                       {Code: "money.empty"},
		"¥":                       {Code: "money.empty"},
		"12O0":                    {Code: "money.char", Pos: 3, Got: "O", Want: "0"},
		"¥12a":                    {Code: "money.char", Pos: 4, Got: "A"},
		"1.2.3":                   {Code: "money.char", Pos: 4, Got: "."},
		"1200美元":                  {Code: "money.char", Pos: 5, Got: "美"},
		"1,20":                    {Code: "money.comma", Pos: 2},
		",200":                    {Code: "money.comma", Pos: 1},
		"1234,567":                {Code: "money.comma", Pos: 5},
		"1,2345":                  {Code: "money.comma", Pos: 2},
		"1,234567,890":            {Code: "money.comma", Pos: 2},
		"1.005":                   {Code: "money.decimals", Pos: 5},
		"-¥1.0000001万元":           {Code: "money.decimals", Pos: 11},
		"92233720368547758.08":    {Code: "money.large"},
		"1000000000亿":             {Code: "money.large"},
		strings.Repeat("9", 1000): {Code: "money.large"},
	} {
		_, err := ParseYuan(in)
		if f := fault(t, err, want.Code); *f != want {
			t.Errorf("%.30s: got %+v, want %+v", in, *f, want)
		}
	}
}
