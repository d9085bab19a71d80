package ident

import "testing"

func TestParsePhone(t *testing.T) {
	for in, want := range map[string]Phone{
		"13812341234":         {E164: "+8613812341234", Kind: PhoneMobile},
		"138 1234 1234":       {E164: "+8613812341234", Kind: PhoneMobile},
		"138-1234-1234":       {E164: "+8613812341234", Kind: PhoneMobile},
		"+86 138 1234 1234":   {E164: "+8613812341234", Kind: PhoneMobile},
		"0086-13812341234":    {E164: "+8613812341234", Kind: PhoneMobile},
		"8613812341234":       {E164: "+8613812341234", Kind: PhoneMobile},
		"１３８１２３４１２３４":         {E164: "+8613812341234", Kind: PhoneMobile},
		"029-87654321":        {E164: "+862987654321", Kind: PhoneLandline},
		"（029）8765 4321":      {E164: "+862987654321", Kind: PhoneLandline},
		"+86 29 8765 4321":    {E164: "+862987654321", Kind: PhoneLandline},
		"+86 (0)29 8765 4321": {E164: "+862987654321", Kind: PhoneLandline},
		"029-87654321-801":    {E164: "+862987654321", Ext: "801", Kind: PhoneLandline},
		"029-8765-4321":       {E164: "+862987654321", Kind: PhoneLandline},
		"029-87654321转8":      {E164: "+862987654321", Ext: "8", Kind: PhoneLandline},
		"0913-2112345":        {E164: "+869132112345", Kind: PhoneLandline},
		"0913-2112345 ext 12": {E164: "+869132112345", Ext: "12", Kind: PhoneLandline},
		"010 12345678":        {}, // a local number never begins with 1
		"010-62345678":        {E164: "+861062345678", Kind: PhoneLandline},
		"400-123-4567":        {E164: "+864001234567", Kind: PhoneService},
		"800 820 1234":        {E164: "+868008201234", Kind: PhoneService},
		"12345":               {Kind: PhoneService},
		"12315":               {Kind: PhoneService},
		"12366":               {Kind: PhoneService},
		"12368":               {Kind: PhoneService},
		"12398":               {Kind: PhoneService},
		"95598":               {Kind: PhoneService},
		"+852 2123 4567":      {E164: "+85221234567", Kind: PhoneInternational},
		"+1 (650) 253-0000":   {E164: "+16502530000", Kind: PhoneInternational},
	} {
		got, err := ParsePhone(in)
		if want == (Phone{}) {
			if err == nil {
				t.Errorf("%s is accepted as %+v", in, got.E164)
			}
			continue
		}
		want.Typed = in
		if err != nil || got != want {
			t.Errorf("%s: got %s %s %q, %v", in, got.Kind, got.E164, got.Ext, err)
		}
	}
}

func TestParsePhoneRefuses(t *testing.T) {
	for in, want := range map[string]Fault{
		"":                     {Code: "phone.empty"},
		" - ":                  {Code: "phone.empty"},
		"+86":                  {Code: "phone.length"},
		"1381234123":           {Code: "phone.length", Got: "10", Want: "11"},
		"138123412345":         {Code: "phone.length", Got: "12", Want: "11"},
		"1381234I234":          {Code: "phone.char", Pos: 8, Got: "I", Want: "1"},
		"1381234*234":          {Code: "phone.char", Pos: 8, Got: "*"},
		"87654321":             {Code: "phone.area"},
		"2112345":              {Code: "phone.area"},
		"12112345678":          {Code: "phone.number", Pos: 1, Got: "12"},
		"029-8765432":          {Code: "phone.length", Got: "10", Want: "11"},
		"0913-211234":          {Code: "phone.length", Got: "10", Want: "11/12"},
		"0123-2112345":         {Code: "phone.number", Pos: 1, Got: "012"},
		"0913-01123456":        {Code: "phone.number", Pos: 5, Got: "09130"},
		"400123456":            {Code: "phone.length", Got: "9", Want: "10"},
		"110":                  {Code: "phone.length"},
		"55555":                {Code: "phone.length"},
		"+0123456789":          {Code: "phone.number", Pos: 1, Got: "+0"},
		"+85212":               {Code: "phone.length", Got: "5", Want: "7-15"},
		"029-87654321转乙":       {Code: "phone.char", Pos: 1, Got: "乙"},
		"<b>13812341234":       {Code: "phone.char", Pos: 1, Got: "<"},
		"0913-2112345#1234567": {Code: "phone.length"},
	} {
		_, err := ParsePhone(in)
		if f := fault(t, err, want.Code); *f != want {
			t.Errorf("%s: got %+v, want %+v", in, *f, want)
		}
	}
}
