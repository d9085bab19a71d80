package find_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/find"
	"github.com/tongban/tongban/internal/hanzi"
)

// town is a small set of services as a city has them.
var town = [][]find.Term{
	{{find.InName, "企业开办一件事"}, {find.InName, "Open a company"}, {find.InNickname, "开公司"}, {find.InNickname, "办执照"}, {find.InNickname, "营业执照"}, {find.InPart, "印章刻制"}, {find.InCode, "03-company-open"}, {find.InOccasion, "企业开办"}, {find.InText, "没有租赁合同可以先办吗？"}},
	{{find.InName, "餐饮店食品经营许可"}, {find.InNickname, "开饭店"}, {find.InNickname, "个体户开店"}, {find.InDepartment, "市场监督管理局"}},
	{{find.InName, "会计代理记账许可"}, {find.InNickname, "会计公司"}, {find.InDepartment, "财政局"}},
	{{find.InName, "银行账户开户许可"}, {find.InDepartment, "重庆银行"}},
	{{find.InName, "结婚登记"}, {find.InNickname, "领证"}, {find.InOccasion, "婚姻"}, {find.InDepartment, "民政局"}},
	{{find.InName, "老年人乐龄卡"}, {find.InNickname, "老年证"}, {find.InOccasion, "退休养老"}},
	{{find.InName, "长安区居住证"}, {find.InNickname, "暂住证"}, {find.InName, "Residence permit"}},
	{{find.InName, "创业补贴"}, {find.InNickname, "补贴"}},
}

func TestSearch(t *testing.T) {
	x := find.New(town)
	for _, c := range []struct {
		query string
		first int // -1: nothing
		in    find.Field
		how   find.How
		text  string
	}{
		{"企业开办一件事", 0, find.InName, find.ByText, "企业开办一件事"},
		{"我想开公司", 0, find.InNickname, find.ByText, "开公司"},
		{"请问怎么办理营业执照啊？", 0, find.InNickname, find.ByText, "营业执照"},
		{"開飯店", 1, find.InNickname, find.ByText, "开饭店"},
		{"我想开个饭店需要什么手续", 1, find.InNickname, find.ByText, "开饭店"},
		{"个体户", 1, find.InNickname, find.ByText, "个体户开店"},
		{"ｋｇｓ", 0, find.InNickname, find.ByInitials, "开公司"},
		{"kgs", 0, find.InNickname, find.ByInitials, "开公司"},
		{"KaiGongSi", 0, find.InNickname, find.ByPinyin, "开公司"},
		{"kai gong si", 0, find.InNickname, find.ByPinyin, "开公司"},
		{"kaigo", 0, find.InNickname, find.ByPinyin, "开公司"},
		{"kaigs", 0, find.InNickname, find.ByMixed, "开公司"},
		{"kgongs", 0, find.InNickname, find.ByMixed, "开公司"},
		{"kaigonsi", 0, find.InNickname, find.ByMixed, "开公司"},
		{"kaigngsi", 0, find.InNickname, find.ByTypo, "开公司"},
		{"kiagongsi", 0, find.InNickname, find.ByTypo, "开公司"},
		{"kaigpngsi", 0, find.InNickname, find.ByTypo, "开公司"},
		{"kaigoongsi", 0, find.InNickname, find.ByTypo, "开公司"},
		{"开gs", 0, find.InName, find.ByText, "企业开办一件事"},
		{"开公私", 0, find.InNickname, find.BySound, "开公司"},
		{"yingye执照", 0, find.InNickname, find.ByText, "办执照"},
		{"kuaiji", 2, find.InName, find.ByPinyin, "会计代理记账许可"},
		{"yinhang", 3, find.InName, find.ByPinyin, "银行账户开户许可"},
		{"chongqing", 3, find.InDepartment, find.ByPinyin, "重庆银行"},
		{"changanqu", 6, find.InName, find.ByPinyin, "长安区居住证"},
		{"lnr", 5, find.InName, find.ByInitials, "老年人乐龄卡"},
		{"结婚", 4, find.InName, find.ByText, "结婚登记"},
		{"退休", 5, find.InOccasion, find.ByText, "退休养老"},
		{"民政局", 4, find.InDepartment, find.ByText, "民政局"},
		{"How do I open a company?", 0, find.InName, find.ByText, "Open a company"},
		{"compnay", 0, find.InName, find.ByTypo, "Open a company"},
		{"03-company-open", 0, find.InCode, find.ByText, "03-company-open"},
		{"租赁合同", 0, find.InText, find.ByText, "没有租赁合同可以先办吗？"},
		{"卫星发射", -1, 0, 0, ""},
		{"补办身份证", -1, 0, 0, ""}, // not the allowance for its 补
		{"qqqqq", -1, 0, 0, ""},
		{"", -1, 0, 0, ""},
		{"？！　", -1, 0, 0, ""},
	} {
		hits := x.Search(c.query, 5, nil, nil)
		if c.first < 0 {
			if len(hits) > 0 {
				t.Errorf("%q finds %+v, want nothing", c.query, hits[0])
			}
			continue
		}
		if len(hits) == 0 {
			t.Errorf("%q finds nothing", c.query)
			continue
		}
		if h := hits[0]; h.Entry != c.first || h.In != c.in || h.How != c.how || h.Text != c.text || h.Close {
			t.Errorf("%q finds %d in %v by %v, %q (close: %v); want %d in %v by %v, %q", c.query, h.Entry, h.In, h.How, h.Text, h.Close, c.first, c.in, c.how, c.text)
		}
	}
}

func TestSearch_says_what_is_only_close(t *testing.T) {
	hits := find.New(town).Search("离婚财产登记", 5, nil, nil)
	if len(hits) != 1 || hits[0].Entry != 4 || !hits[0].Close {
		t.Errorf("%+v, want the registration of a marriage as close", hits)
	}
}

func TestSearch_keeps_to_the_bound_and_to_what_counts(t *testing.T) {
	x := find.New(town)
	all := x.Search("许可", 10, nil, nil)
	if len(all) != 3 {
		t.Fatalf("%d hits, want 3", len(all))
	}
	if got := x.Search("许可", 2, nil, nil); fmt.Sprint(got) != fmt.Sprint(all[:2]) {
		t.Errorf("the best two are %v, of all %v", got, all)
	}
	if got := x.Search("许可", 0, nil, nil); len(got) != 0 {
		t.Errorf("none was asked for, but %v", got)
	}
	got := x.Search("许可", 10, func(e int) bool { return e != all[0].Entry }, nil)
	if fmt.Sprint(got) != fmt.Sprint(all[1:]) {
		t.Errorf("without the first: %v, of all %v", got, all)
	}
}

// letters is how somebody types a name in full, and by its initials.
func letters(name string) (full, initials string) {
	for i, s := range hanzi.Syllables([]rune(name)) {
		if s == "" {
			s = strings.ToLower(string([]rune(name)[i]))
		}
		full += s
		initials += s[:1]
	}
	return full, initials
}

// invented makes services with names of real words, many of them alike.
func invented(n int) [][]find.Term {
	places := []string{"企业", "个体工商户", "餐饮店", "学校", "医院", "住房", "车辆", "社会团体", "农民合作社", "老年人", "残疾人", "会计", "银行", "道路", "水利", "林木", "食品", "药品", "建筑", "出版物"}
	acts := []string{"设立", "变更", "注销", "延续", "补发", "备案", "年检", "转让", "撤销", "审批"}
	kinds := []string{"登记", "许可", "确认", "资格认定", "补贴申领", "证明", "核准", "公示", "验收", "检定"}
	where := []string{"市级", "县级", "园区", "街道", "跨省"}
	list := make([][]find.Term, n)
	for i := range list {
		name := fmt.Sprintf("%s%s%s（%s%d类）", places[i%20], acts[i/20%10], kinds[i/200%10], where[i/2000%5], i/100)
		list[i] = []find.Term{
			{In: find.InName, Text: name}, {In: find.InName, Text: fmt.Sprintf("Permit of kind %d", i)},
			{In: find.InNickname, Text: acts[i/20%10] + places[i%20]}, {In: find.InNickname, Text: "办" + kinds[i/200%10]},
			{In: find.InNickname, Text: places[i%20] + "怎么" + acts[i/20%10]}, {In: find.InCode, Text: fmt.Sprintf("0012%05d-%d", i, i%7)},
			{In: find.InPart, Text: places[i*7%20] + kinds[i*3%10]}, {In: find.InOccasion, Text: []string{"出生", "上学", "就业", "婚姻", "住房", "企业开办", "企业注销"}[i%7]},
			{In: find.InDepartment, Text: "渭南市" + places[i*3%20] + "管理局"}, {In: find.InTopic, Text: acts[i%10] + "准营"},
			{In: find.InText, Text: "没有" + kinds[i*7%10] + "可以先办" + acts[i*3%10] + "吗？要到大厅跑几次？"},
		}
	}
	return list
}

// Whatever a service is called, it is found by its own name, by how that is read, and by its initials.
func TestEvery_service_is_found_by_its_own_name(t *testing.T) {
	entries := invented(600)
	x := find.New(entries)
	for i, terms := range entries {
		for _, term := range terms[:1] {
			full, initials := letters(strings.NewReplacer("（", "", "）", "").Replace(term.Text))
			for _, query := range []string{term.Text, full, initials} {
				hits := x.Search(query, len(entries), nil, nil)
				found := -1
				for rank, h := range hits {
					if h.Entry == i {
						found = rank
					}
				}
				if found < 0 || found > 0 && query == term.Text {
					t.Errorf("%q finds %q at rank %d of %d", query, term.Text, found, len(hits))
				}
			}
		}
	}
}

// What was found does not depend on the order of services that are not found, nor on what was searched before.
func TestSearch_is_the_same_again(t *testing.T) {
	x := find.New(invented(300))
	queries := []string{"企业登记", "qydj", "kuaiji", "会记许可", "补贴", "permit 12", "xuke", "学校shen pi", "00120", "怎么办"}
	want := map[string]string{}
	for _, q := range queries {
		want[q] = fmt.Sprint(x.Search(q, 20, nil, nil))
	}
	again := find.New(invented(300))
	for range 3 {
		for i := range queries {
			q := queries[len(queries)-1-i]
			if got := fmt.Sprint(x.Search(q, 20, nil, nil)); got != want[q] {
				t.Errorf("%q: %s, before %s", q, got, want[q])
			}
			if got := fmt.Sprint(again.Search(q, 20, nil, nil)); got != want[q] {
				t.Errorf("%q in another index: %s, before %s", q, got, want[q])
			}
		}
	}
}

func TestSearch_allocates_nothing_when_it_has_room(t *testing.T) {
	x := find.New(invented(500))
	hits := make([]find.Hit, 0, 21)
	for _, q := range []string{"企业设立登记", "qysldj", "shipin", "我想办餐饮店许可", "kaigs", "canyindain"} {
		x.Search(q, 20, nil, hits) // makes the scratch
		if n := testing.AllocsPerRun(50, func() { x.Search(q, 20, nil, hits) }); n > 0 {
			t.Errorf("%q allocates %v times", q, n)
		}
	}
}

func FuzzSearch(f *testing.F) {
	x := find.New(append(invented(200), town...))
	for _, s := range []string{"开公司", "kgs", "開", "\xff\xfe", "xi'an", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "我想我想", "shishishishishishishi", "a b c d e f g h", "0", "证"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		hits := x.Search(query, 10, nil, nil)
		if again := x.Search(query, 10, nil, nil); fmt.Sprint(again) != fmt.Sprint(hits) {
			t.Fatalf("%q: %v, then %v", query, hits, again)
		}
		seen := map[int]bool{}
		for i, h := range hits {
			if h.Entry < 0 || h.Entry >= 207 || seen[h.Entry] || h.Text == "" || h.Close != hits[0].Close || i >= 10 {
				t.Fatalf("%q: hit %d is %+v", query, i, h)
			}
			seen[h.Entry] = true
		}
	})
}
