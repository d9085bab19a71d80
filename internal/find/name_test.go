package find_test

import (
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/find"
)

// People and departments are found by what one types of them.
func TestNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words, name string
		want        bool
	}{
		{"wxy", "王秀英", true}, {"WXY", "王秀英", true}, {"ｗｘｙ", "王秀英", true}, {"xy", "王秀英", true}, {"wangxiuying", "王秀英", true},
		{"wangxy", "王秀英", true}, {"wxiuy", "王秀英", true}, {"xiuyin", "王秀英", true}, {"秀英", "王秀英", true}, {"wy", "王秀英", false},
		{"yxw", "王秀英", false}, {"wxyz", "王秀英", false}, {"", "王秀英", true}, {"  ", "王秀英", true}, {"wang yin", "王秀英", true}, {"wang li", "王秀英", false},
		{"zwg", "张卫国", true}, {"zhwg", "张卫国", true}, {"zhangwg", "张卫国", true}, {"zhawg", "张卫国", false}, {"張衛國", "张卫国", true},
		{"szr", "单志荣", true}, {"dzr", "单志荣", true}, {"shanzhirong", "单志荣", true}, {"zengqian", "曾茜", true},
		{"scjgj", "渭南市市场监督管理局", false}, {"scjdglj", "渭南市市场监督管理局", true}, {"weinan", "渭南市市场监督管理局", true}, {"市场监督", "渭南市市场监督管理局", true},
		{"clerk1", "clerk1", true}, {"%", "王秀英", true}, {"王%", "王秀英", true}, {"王_英", "王秀英", true},
	} {
		if got := find.Named(c.words, c.name); got != c.want {
			t.Errorf("%q of %s: %v", c.words, c.name, got)
		}
	}
	if !find.Named("scjd wxy", "市场监督管理局", "王秀英") || find.Named("scjd wxy", "税务局", "王秀英") {
		t.Error("words are not looked for in all the names")
	}
	long := strings.Repeat("啊", 1_000_000)
	if find.Named(strings.Repeat("a", 1_000_000)+"b", long) != true { // both are cut
		t.Error("what is very long is not cut")
	}
}
