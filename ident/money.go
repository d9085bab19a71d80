package ident

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FormatYuan writes an amount of fen in yuan: "¥1,234,567.00", "-¥0.05".
func FormatYuan(fen int64) string {
	negative, n := magnitude(fen)
	digits := strconv.FormatUint(n/100, 10)
	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	b.WriteString("¥")
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
	fmt.Fprintf(&b, ".%02d", n%100)
	return b.String()
}

// CapitalAmount writes an amount of fen in capital numerals as on forms, bills and contracts: 壹仟贰佰元整,
// 壹仟肆佰零玖元伍角整, 陆仟零柒元壹角肆分. 整 follows 元 and 角, not 分; 零 stands for skipped digits between others. A negative
// amount begins with 负. The prefix 人民币 is left to the form.
func CapitalAmount(fen int64) string {
	negative, n := magnitude(fen)
	yuan, jiao, rest := n/100, n%100/10, n%10
	var b strings.Builder
	if negative {
		b.WriteString("负")
	}
	if yuan > 0 || n == 0 {
		b.WriteString(capitalInteger(yuan) + "元")
	}
	switch {
	case jiao > 0:
		b.WriteString(capitalDigits[jiao] + "角")
	case rest > 0 && yuan > 0:
		b.WriteString("零")
	}
	if rest > 0 {
		b.WriteString(capitalDigits[rest] + "分")
	} else {
		b.WriteString("整")
	}
	return b.String()
}

var capitalDigits = [10]string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}

// capitalInteger writes a whole number: units 仟 佰 拾, then 万 and 亿.
func capitalInteger(n uint64) string {
	for _, unit := range []struct {
		value uint64
		name  string
	}{{1e8, "亿"}, {1e4, "万"}, {1000, "仟"}, {100, "佰"}, {10, "拾"}} {
		if n < unit.value {
			continue
		}
		high, low := n/unit.value, n%unit.value
		text := capitalInteger(high) + unit.name
		switch {
		case low == 0:
			return text
		case low < unit.value/10:
			return text + "零" + capitalInteger(low)
		}
		return text + capitalInteger(low)
	}
	return capitalDigits[n]
}

// magnitude parts an amount into its sign and its size; the smallest int64 has one too.
func magnitude(fen int64) (negative bool, size uint64) {
	if fen < 0 {
		return true, uint64(-(fen + 1)) + 1
	}
	return false, uint64(fen)
}

// moneyUnits are the endings that ParseYuan knows, longest first, with their worth as a power of ten in fen.
var moneyUnits = []struct {
	name  string
	power int
}{{"亿元", 10}, {"万元", 6}, {"亿", 10}, {"万", 6}, {"元整", 2}, {"元", 2}, {"圆", 2}, {"", 2}}

// ParseYuan reads an amount typed in yuan and returns fen: "1234567", "¥1,234,567.00", "1200 元", "120 万元", "1.5 亿元",
// also full-width and with a leading minus. It is exact: decimals below one fen are refused, as are commas that do not part
// thousands and amounts beyond int64. The error is a [*Fault] with codes "money.…".
func ParseYuan(s string) (fen int64, err error) {
	if len(s) > maxInput {
		return 0, &Fault{Code: "money.large"}
	}
	whole := Normalise(s)
	rest := strings.TrimPrefix(whole, "人民币")
	text := strings.TrimPrefix(strings.TrimPrefix(rest, "-"), "¥")
	for _, unit := range moneyUnits {
		number, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, f := scaled(number, unit.power)
		if f != nil {
			if f.Pos > 0 {
				f.Pos += utf8.RuneCountInString(whole) - utf8.RuneCountInString(text)
			}
			return 0, f
		}
		return signed(n, strings.HasPrefix(rest, "-"))
	}
	return 0, &Fault{Code: "money.empty"} // not reached: the last unit is empty
}

// signed gives n its sign, if an int64 can hold it.
func signed(n uint64, negative bool) (int64, error) {
	switch {
	case negative && n == 1<<63:
		return math.MinInt64, nil
	case n > math.MaxInt64:
		return 0, &Fault{Code: "money.large"}
	case negative:
		return -int64(n), nil
	}
	return int64(n), nil
}

// scaled reads digits with commas and decimals, times ten to the power.
func scaled(number string, power int) (uint64, *Fault) {
	if number == "" {
		return 0, &Fault{Code: "money.empty"}
	}
	pos, r := firstNot(number, func(_ int, r rune) bool { return isDigit(r) || r == ',' || r == '.' })
	if pos > 0 {
		return 0, &Fault{Code: "money.char", Pos: pos, Got: shown(r), Want: likely(r, "0123456789")}
	}
	integer, decimals, dotted := strings.Cut(number, ".")
	if i := strings.IndexAny(decimals, ".,"); i >= 0 {
		return 0, &Fault{Code: "money.char", Pos: len(integer) + 2 + i, Got: decimals[i : i+1]}
	}
	if dotted && (decimals == "" || integer == "") {
		return 0, &Fault{Code: "money.char", Pos: len(integer) + 1, Got: "."}
	}
	if i := wrongComma(integer); i > 0 {
		return 0, &Fault{Code: "money.comma", Pos: i}
	}
	decimals = strings.TrimRight(decimals, "0")
	if len(decimals) > power {
		return 0, &Fault{Code: "money.decimals", Pos: len(integer) + 2 + power}
	}
	digits := strings.ReplaceAll(integer, ",", "") + decimals + strings.Repeat("0", power-len(decimals))
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, &Fault{Code: "money.large"}
	}
	return n, nil
}

// wrongComma finds the first comma (position from 1) that does not part thousands; 0 if there is none.
func wrongComma(integer string) int {
	first := strings.IndexByte(integer, ',')
	if first < 0 {
		return 0
	}
	if first == 0 || first > 3 {
		return first + 1
	}
	for i := range len(integer) {
		atComma := i >= first && (i-first)%4 == 0
		if (integer[i] == ',') != atComma {
			return strings.LastIndexByte(integer[:i+1], ',') + 1
		}
	}
	if (len(integer)-first)%4 != 0 {
		return strings.LastIndexByte(integer, ',') + 1
	}
	return 0
}
