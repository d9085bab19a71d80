package ident

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// compoundSurnames are the surnames of two characters that are in use.
var compoundSurnames = func() map[string]bool {
	const list = `欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 司空 夏侯 宇文 长孙 轩辕 端木 独孤 南宫 西门
		东郭 百里 呼延 闻人 澹台 申屠 太史 钟离 赫连 拓跋 公羊 谷梁 公冶 濮阳 淳于 单于 太叔 仲孙 宗政 万俟
		东门 南门 公西 漆雕 乐正 壤驷 公良 夹谷 宰父 段干 巫马 左丘 第五 梁丘 鲜于 闾丘 亓官 司寇 微生 羊舌
		贺兰 纳兰 完颜 叶赫 耶律 达奚 哥舒 屈突 侯莫 即墨 子车 颛孙 归海 欧陽 諸葛 尉遲 東方 司馬`
	set := map[string]bool{}
	for _, name := range strings.Fields(list) {
		set[name] = true
	}
	return set
}()

// MaskName keeps the surname, one star for each other character: 张*, 欧阳**. Of a name with dots or spaces only the
// first character stays: 买**·**. A name of one character becomes one star.
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	keep := 1
	if runes := []rune(name); len(runes) > 2 && compoundSurnames[string(runes[:2])] {
		keep = 2
	}
	var b strings.Builder
	seen := 0
	for _, r := range name {
		switch {
		case r == '·' || unicode.IsSpace(r):
			b.WriteRune(r)
			continue
		case unicode.Is(unicode.Mn, r): // a variation selector or accent belongs to the character before
			if seen <= keep {
				b.WriteRune(r)
			}
			continue
		}
		seen++
		if seen <= keep {
			b.WriteRune(r)
		} else {
			b.WriteByte('*')
		}
	}
	if seen <= 1 {
		return strings.Repeat("*", seen)
	}
	return b.String()
}

// MaskID keeps the first six and last four characters of a citizen id (610104********0012, also of 15 digits), the
// first two and last two of shorter numbers of at least eight characters, and nothing of still shorter ones.
func MaskID(no string) string {
	n := utf8.RuneCountInString(no)
	switch {
	case n >= 15:
		return hide(no, 6, 4)
	case n >= 8:
		return hide(no, 2, 2)
	}
	return hide(no, 0, 0)
}

// MaskPhone keeps the first three and last four digits of a mobile number (138****1234, a leading +86 is dropped), the
// area code and last two digits of a landline with hyphen, and two digits at each end of other numbers of at least
// seven. Service numbers (five digits, 400, 800) are public and stay.
func MaskPhone(no string) string {
	no = strings.TrimPrefix(strings.TrimSpace(no), "+86")
	n := utf8.RuneCountInString(no)
	area, local, landline := strings.Cut(no, "-")
	switch {
	case n == 5 && allDigits(no), strings.HasPrefix(no, "400"), strings.HasPrefix(no, "800"):
		return no
	case landline && len(area) <= 4 && strings.HasPrefix(area, "0"):
		return area + "-" + hide(local, 0, 2)
	case n == 11 && strings.HasPrefix(no, "1"):
		return hide(no, 3, 4)
	case n >= 7:
		return hide(no, 2, 2)
	}
	return hide(no, 0, 0)
}

// MaskCard keeps the last four digits of a bank card or account number; nothing of a number below eight.
func MaskCard(no string) string {
	no = bare(no)
	if utf8.RuneCountInString(no) < 8 {
		return hide(no, 0, 0)
	}
	return hide(no, 0, 4)
}

// hide keeps the first and last characters and puts a star for every one between.
func hide(s string, first, last int) string {
	runes := []rune(s)
	for i := first; i < len(runes)-last; i++ {
		runes[i] = '*'
	}
	return string(runes)
}

// toDistrict matches province, prefecture and county at the beginning of an address, each optional. No unit name may
// contain the ending of another unit or of a road, so when in doubt it matches less, which hides more.
var toDistrict = regexp.MustCompile(`^(?:[^省市区县旗盟州路街道镇乡村号]{1,8}(?:省|自治区|特别行政区))?` +
	`(?:[^省市区县旗盟路街道镇乡村号]{1,12}(?:市|自治州|地区|盟))?` +
	`(?:[^省市区县旗盟路街道镇乡村号]{1,12}(?:市|区|县|旗))?`)

// MaskAddress keeps an address to the district or county and hides the rest, however long, behind four stars:
// 陕西省西安市莲湖区****.
func MaskAddress(address string) string {
	address = strings.TrimSpace(address)
	kept := toDistrict.FindString(address)
	if kept == address {
		return address
	}
	return kept + "****"
}
