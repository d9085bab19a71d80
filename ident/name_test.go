package ident

import (
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"张三": "张三", " 张三\u3000": "张三", "张 三": "张三", "张\u3000三": "张三",
		"买买提·艾力": "买买提·艾力", "买买提•艾力": "买买提·艾力", "买买提・艾力": "买买提·艾力", "买买提.艾力": "买买提·艾力",
		"买买提．艾力": "买买提·艾力", "买买提 · 艾力": "买买提·艾力", "买买提··艾力": "买买提·艾力", "买买提 ﹒艾力": "",
		"𠮷田": "𠮷田", "㛃": "㛃", "葛\U000E0100": "葛\U000E0100", "王〇": "王〇", "\uF900": "\uF900",
		"John  Smith": "John Smith", "J. Smith": "J. Smith", "O'Neill-Łuk": "O'Neill-Łuk", "Ｊｏｈｎ": "John",
		"张\u200b三\ufeff": "张三", "José": "José",
	} {
		got, err := Name(in)
		if want == "" {
			if err == nil {
				t.Errorf("Name(%q) = %q, want a refusal", in, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("Name(%q) = %q, %v, want %q", in, got, err, want)
		}
		if again, err := Name(got); err != nil || again != got {
			t.Errorf("Name(%q) again = %q, %v", got, again, err)
		}
	}
}

func TestNameRefuses(t *testing.T) {
	for in, want := range map[string]Fault{
		"":                              {Code: "name.empty"},
		" \u200b ":                      {Code: "name.empty"},
		"张<b>三":                         {Code: "name.char", Pos: 2, Got: "<"},
		"张三1":                           {Code: "name.char", Pos: 3, Got: "1"},
		"张&三":                           {Code: "name.char", Pos: 2, Got: "&"},
		"张\n三\t四":                       {Code: "name.control", Pos: 2, Got: "U+000A"},
		"张\x00三":                        {Code: "name.control", Pos: 2, Got: "U+0000"},
		"张\u202e三":                      {Code: "name.control", Pos: 2, Got: "U+202E"},
		"张\ue000":                       {Code: "name.private", Pos: 2, Got: "U+E000"},
		"张\xff":                         {Code: "name.control", Pos: 2, Got: "U+FFFD"},
		"·艾力":                           {Code: "name.dot", Pos: 1},
		"艾力·":                           {Code: "name.dot", Pos: 3},
		"张😀":                            {Code: "name.char", Pos: 2, Got: "😀"},
		"⿰亻三":                           {Code: "name.char", Pos: 1, Got: "⿰"},
		strings.Repeat("张", 65):         {Code: "name.length", Got: "65", Want: "64"},
		strings.Repeat("张", 10_000_000): {Code: "name.length", Got: "10000000", Want: "64"},
	} {
		_, err := Name(in)
		if f := fault(t, err, want.Code); *f != want {
			t.Errorf("%.20q: got %+v, want %+v", in, *f, want)
		}
	}
	if got, err := Name(strings.Repeat("张", 64)); err != nil || got != strings.Repeat("张", 64) {
		t.Errorf("64 characters: %v", err)
	}
}
