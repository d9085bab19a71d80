package hanzi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"

	"github.com/tongban/tongban/internal/hanzi"
)

func TestSyllables_of_words_that_are_read_in_several_ways(t *testing.T) {
	for text, want := range map[string]string{
		"重庆": "chong qing", "重大": "zhong da", "银行开户": "yin hang kai hu", "行政许可": "xing zheng xu ke", "行业": "hang ye",
		"会计": "kuai ji", "会议": "hui yi", "统计": "tong ji", "长安区": "chang an qu", "市长": "shi zhang", "延长": "yan chang",
		"咸阳市": "xian yang shi", "音乐": "yin yue", "娱乐": "yu le", "调解": "tiao jie", "调查": "diao cha", "偿还": "chang huan",
		"税率": "shui lv", "参保": "can bao", "吴堡县": "wu bu xian", "柞水县": "zha shui xian", "西藏": "xi zang", "绿化": "lv hua", "女职工": "nv zhi gong",
		"開公司": "kai gong si", "A座": " zuo", "畜牧业": "xu mu ye", "重新长期": "chong xin chang qi",
	} {
		if got := strings.Join(hanzi.Syllables([]rune(text)), " "); got != want {
			t.Errorf("%s is read %q, want %q", text, got, want)
		}
	}
}

// The table is read as the library reads it.
func TestSyllables_are_those_of_the_library(t *testing.T) {
	for r := rune(0x3400); r <= 0x9FFF; r++ {
		want := pinyin.LazyPinyin(string(r), pinyin.NewArgs())
		got := hanzi.Syllables([]rune{r})[0]
		if len(want) > 0 && strings.Trim(want[0], "abcdefghijklmnopqrstuvwxyz") == "" && got != want[0] || len(want) == 0 && got != "" {
			t.Errorf("%c is read %q, by the library %q", r, got, want)
		}
	}
}

func TestNameSyllables_reads_surnames_in_their_own_way(t *testing.T) {
	for name, want := range map[string]string{
		"单强": "shan qiang", "曾会": "zeng hui", "解放": "xie fang", "尉迟恭": "yu chi gong", "欧阳修": "ou yang xiu", "王曾": "wang ceng", "": "",
	} {
		if got := strings.Join(hanzi.NameSyllables([]rune(name)), " "); got != want {
			t.Errorf("%s is read %q, want %q", name, got, want)
		}
	}
}

func TestSimplified_folds_traditional_characters(t *testing.T) {
	fold := func(s string) string { return strings.Map(hanzi.Simplified, s) }
	for traditional, want := range map[string]string{"開飯店": "开饭店", "營業執照": "营业执照", "社會保險": "社会保险", "註冊": "注册", "后": "后", "a1": "a1"} {
		if got := fold(traditional); got != want {
			t.Errorf("%s folds into %s, want %s", traditional, got, want)
		}
	}
	for r := rune(0x3400); r < 0xA000; r++ {
		if s := hanzi.Simplified(r); hanzi.Simplified(s) != s && hanzi.Simplified(hanzi.Simplified(s)) != hanzi.Simplified(s) {
			t.Fatalf("%c folds into %c, which folds on", r, s)
		}
	}
}

func TestStrokes(t *testing.T) {
	for r, want := range map[rune]int{'一': 1, '丁': 2, '王': 4, '张': 7, '欧': 8, '赵': 9, '龘': 48, '㐀': 5, 'a': 0, '·': 0, 0x20000: 2, 0x10FFFF: 0} {
		if got := hanzi.Strokes(r); got != want {
			t.Errorf("%c has %d strokes, want %d", r, got, want)
		}
	}
}

func TestSort(t *testing.T) {
	names := []string{"赵敏", "张三丰", "单强", "丁一", "欧阳修", "王五", "张三", "曾国", "Bill", "沈冰", "章三", "王丑"}
	for order, want := range map[hanzi.Order]string{
		hanzi.ByPinyin: "Bill 丁一 欧阳修 单强 沈冰 王丑 王五 曾国 张三 张三丰 章三 赵敏",
		hanzi.ByStroke: "Bill 丁一 王丑 王五 张三 张三丰 沈冰 单强 欧阳修 赵敏 章三 曾国",
	} {
		got := slices.Clone(names)
		hanzi.Sort(order, got, func(s string) string { return s })
		if s := strings.Join(got, " "); s != want {
			t.Errorf("by %s: %s\nwant %s", order, s, want)
		}
	}
}

func TestSort_leaves_equal_names_as_they_stand(t *testing.T) {
	type one struct {
		name string
		no   int
	}
	for _, order := range hanzi.Orders() {
		list := []one{{"王五", 2}, {"丁一", 3}, {"王五", 1}}
		hanzi.Sort(order, list, func(o one) string { return o.name })
		if got := fmt.Sprint(list); got != "[{丁一 3} {王五 2} {王五 1}]" {
			t.Errorf("by %s: %s", order, got)
		}
	}
}

// However long or strange a text is, each of its characters gets one syllable, which is typed in plain letters.
func FuzzSyllables(f *testing.F) {
	for _, s := range []string{"重庆银行", "単", "\xff王", "长长长", "㐀𠀀", "ü"} {
		f.Add(s)
	}
	var all strings.Builder
	for r := rune(0x3400); r <= 0x9FFF; r++ {
		all.WriteRune(r)
	}
	f.Add(all.String())
	f.Fuzz(func(t *testing.T, s string) {
		for _, read := range [][]string{hanzi.Syllables([]rune(s)), hanzi.NameSyllables([]rune(s))} {
			if len(read) != utf8.RuneCountInString(s) {
				t.Fatalf("%q has %d syllables", s, len(read))
			}
			for _, syllable := range read {
				if strings.Trim(syllable, "abcdefghijklmnopqrstuvwxyz") != "" {
					t.Fatalf("%q is read %q", s, syllable)
				}
			}
		}
	})
}
