package ident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Fault is a refusal of something typed: which character is wrong, and how. It never carries a whole identifier, so
// it may be shown, logged and stored.
type Fault struct {
	// Code is stable and never reused: "uscc.check". The part before the dot names the identifier.
	Code string `json:"code"`
	// Pos is the character at fault, counted from 1 without spaces and hyphens (for names: in the name as typed,
	// without outer spaces); 0 means the whole.
	Pos int `json:"pos,omitempty"`
	// Got is what stands there: one character, a short part such as a month, or a count of characters.
	Got string `json:"got,omitempty"`
	// Want is what belongs there, if that can be said.
	Want string `json:"want,omitempty"`
	// Swap is the first of two neighbours whose exchange would make a wrong check character right; 0 if there is no
	// such pair or more than one.
	Swap int `json:"swap,omitempty"`
	// Near narrows down where the error of a wrong check character lies, as positions ("9-17").
	Near string `json:"near,omitempty"`
}

// Error is the English text.
func (f *Fault) Error() string { return f.Text("en") }

// Text says in "zh" (any other language: English) what is wrong and what to do next.
func (f *Fault) Text(lang string) string {
	kind, what, _ := strings.Cut(f.Code, ".")
	sentence, ok := special[f.Code]
	if !ok {
		sentence, ok = sentences[what]
	}
	if !ok {
		return f.Code
	}
	template, noun := pick(sentence, lang), pick(nouns[kind], lang)
	if bare := (Fault{Code: f.Code}); *f == bare && needs(template) {
		return f.expand(pick(general, lang), noun)
	}
	return f.expand(template, noun)
}

// general says that something is wrong where nothing but the code of the fault was kept.
var general = [2]string{"{noun}有误，请对照证件逐位核对。", "The {noun} contains an error. Compare every character with the document."}

// needs tells whether a sentence cannot be said without what stands at fault.
func needs(template string) bool {
	for template != "" {
		plain, rest, _ := strings.Cut(template, "[")
		if strings.Contains(plain, "{pos}") || strings.Contains(plain, "{got}") || strings.Contains(plain, "{want}") {
			return true
		}
		_, template, _ = strings.Cut(rest, "]")
	}
	return false
}

// expand fills {noun}, {pos}, {next}, {got}, {want}, {swap}, {near}; a part in [ ] is left out if one of its fields is
// empty. next is the position after swap.
func (f *Fault) expand(template, noun string) string {
	fill := strings.NewReplacer("{noun}", noun, "{pos}", count(f.Pos), "{got}", f.Got, "{want}", f.Want,
		"{swap}", count(f.Swap), "{next}", count(f.Swap+1), "{near}", f.Near)
	var b strings.Builder
	for template != "" {
		plain, rest, _ := strings.Cut(template, "[")
		optional, after, _ := strings.Cut(rest, "]")
		b.WriteString(fill.Replace(plain))
		if f.has(optional) {
			b.WriteString(fill.Replace(optional))
		}
		template = after
	}
	return b.String()
}

func (f *Fault) has(part string) bool {
	return !(strings.Contains(part, "{want}") && f.Want == "" ||
		strings.Contains(part, "{got}") && f.Got == "" ||
		strings.Contains(part, "{near}") && f.Near == "" ||
		strings.Contains(part, "{swap}") && f.Swap == 0)
}

func count(n int) string { return strconv.Itoa(n) }

// shown is one character as a fault may show it: itself if it can be seen, its code point if not.
func shown(r rune) string {
	if unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != unicode.ReplacementChar {
		return string(r)
	}
	return fmt.Sprintf("U+%04X", r)
}

// FaultCodes lists every code that this package can return, sorted.
func FaultCodes() []string {
	var codes []string
	for kind, whats := range faults {
		for _, what := range strings.Fields(whats) {
			codes = append(codes, kind+"."+what)
		}
	}
	slices.Sort(codes)
	return codes
}

// faults lists for each kind of identifier what can be wrong with it.
var faults = map[string]string{
	"uscc":        "empty length char digit check inner authority",
	"orgcode":     "empty length char check",
	"citizen":     "empty length char digit date future check old permit foreign prefix",
	"passport":    "empty length char digit",
	"hkmacao":     "empty length char digit prefix",
	"taiwan":      "empty length char digit",
	"foreigncard": "empty length char digit date future check prefix",
	"doc":         "type",
	"phone":       "empty length char number area",
	"name":        "empty length char control private dot",
	"money":       "empty char comma decimals large",
}

// nouns are the names of the identifiers: Chinese, English.
var nouns = map[string][2]string{
	"uscc":        {"统一社会信用代码", "unified social credit code"},
	"orgcode":     {"组织机构代码", "organisation code"},
	"citizen":     {"公民身份号码", "citizen identity number"},
	"passport":    {"护照号码", "passport number"},
	"hkmacao":     {"港澳居民来往内地通行证号码", "mainland travel permit number (Hong Kong and Macao)"},
	"taiwan":      {"台湾居民来往大陆通行证号码", "mainland travel permit number (Taiwan)"},
	"foreigncard": {"外国人永久居留身份证号码", "foreign permanent resident card number"},
	"doc":         {"证件", "document"},
	"phone":       {"电话号码", "telephone number"},
	"name":        {"姓名", "name"},
	"money":       {"金额", "amount"},
}

// sentences hold for every kind of identifier: Chinese, English.
var sentences = map[string][2]string{
	"empty": {"请填写{noun}。", "Enter the {noun}."},
	"length": {"{noun}应为 {want} 位，现在是 {got} 位。请对照证件，补全或删去多余的字符。",
		"The {noun} must have {want} characters, not {got}. Compare it with the document and add or remove characters."},
	"char": {"{noun}第 {pos} 位“{got}”不是可用的字符[，可能应为“{want}”]。请对照证件改正这一位。",
		"Character {pos} of the {noun}, “{got}”, cannot stand there[; it may be “{want}”]. Compare it with the document and mend it."},
	"digit": {"{noun}第 {pos} 位应为数字，现在是“{got}”[，可能应为“{want}”]。请对照证件改正这一位。",
		"Character {pos} of the {noun} must be a digit, not “{got}”[; it may be “{want}”]. Compare it with the document and mend it."},
	"check": {"{noun}有误：末位（第 {pos} 位）校验码是“{got}”，按前面各位计算应为“{want}”。[第 {swap}、{next} 位可能颠倒了。][先查第 {near} 位。]请对照证件逐位核对。",
		"The {noun} contains an error: its last character ({pos}) is “{got}”, but the others give “{want}”.[ Characters {swap} and {next} may have changed places.][ Look at characters {near} first.] Compare every character with the document."},
	"date": {"{noun}第 {pos} 位起的出生日期“{got}”不存在，应在 {want} 之间。请对照证件改正。",
		"The birth date in the {noun} does not exist: “{got}” at character {pos} should be within {want}. Compare it with the document."},
	"future": {"{noun}里的出生日期（第 7 至 14 位）晚于今天。请对照证件改正。",
		"The birth date in the {noun} (characters 7 to 14) is later than today. Compare it with the document."},
}

// special sentences belong to one code.
var special = map[string][2]string{
	"uscc.inner": {"统一社会信用代码第 9 至 17 位（组织机构代码）有误：第 {pos} 位是“{got}”，应为“{want}”。请对照营业执照逐位核对。",
		"Characters 9 to 17 of the unified social credit code (the organisation code) contain an error: character {pos} is “{got}”, but the others give “{want}”. Compare them with the licence."},
	"uscc.authority": {"统一社会信用代码前两位不在已知的登记管理部门和机构类别中。请核对营业执照或登记证书；无误即可继续。",
		"The first two characters of the unified social credit code name no known registering authority and category. Compare them with the certificate; if they agree, go on."},
	"orgcode.length": {"组织机构代码应为 9 位（8 位本体和 1 位校验码），现在是 {got} 位。请对照证件改正。",
		"The organisation code must have 9 characters (8 and a check character), not {got}. Compare it with the document."},
	"citizen.old": {"这是 15 位的旧身份证号码，已停止使用。请填写现在身份证上的 18 位号码。",
		"This is an old 15-digit number, no longer in use. Enter the 18-digit number of the present card."},
	"citizen.permit": {"以 81、82、83 开头的号码属于港澳台居民居住证。请把证件类型改为“港澳台居民居住证”。",
		"A number that begins with 81, 82 or 83 belongs to a residence permit for Hong Kong, Macao and Taiwan residents. Choose that type of document."},
	"citizen.foreign": {"以 9 开头的号码属于外国人永久居留身份证。请把证件类型改为“外国人永久居留身份证”。",
		"A number that begins with 9 belongs to a foreign permanent resident card. Choose that type of document."},
	"citizen.prefix": {"港澳台居民居住证的号码以 81（香港）、82（澳门）或 83（台湾）开头。请核对号码，或改选证件类型。",
		"The number of a residence permit for Hong Kong, Macao and Taiwan residents begins with 81, 82 or 83. Check the number or choose another type of document."},
	"hkmacao.prefix": {"港澳居民来往内地通行证号码以 H（香港）或 M（澳门）开头，第 1 位现在是“{got}”。请对照证件改正。",
		"The number of this permit begins with H (Hong Kong) or M (Macao), not “{got}”. Compare it with the document."},
	"foreigncard.prefix": {"外国人永久居留身份证的 18 位号码以 9 开头。请核对号码，或改选证件类型。",
		"The 18-digit number of a foreign permanent resident card begins with 9. Check the number or choose another type of document."},
	"passport.digit": {"护照号码里没有数字。请对照护照资料页填写号码。",
		"The passport number holds no digit. Enter the number from the data page of the passport."},
	"doc.type": {"请选择证件类型。", "Choose the type of document."},
	"phone.length": {"电话号码位数不对[：应为 {want} 位，现在是 {got} 位]。手机号 11 位；固定电话请加区号，如 029-87654321。",
		"The telephone number has the wrong length[: {got} digits instead of {want}]. A mobile number has 11 digits; add the area code to a landline, such as 029-87654321."},
	"phone.char": {"电话号码第 {pos} 位“{got}”不是数字[，可能应为“{want}”]。请改正。",
		"Character {pos} of the telephone number, “{got}”, is no digit[; it may be “{want}”]. Mend it."},
	"phone.number": {"没有以“{got}”开头的电话号码。请填写手机号、带区号的固定电话，或 400、800、12345 等服务号码。",
		"No telephone number begins with “{got}”. Enter a mobile number, a landline with its area code, or a service number such as 400, 800 or 12345."},
	"phone.area": {"固定电话请加区号，如 029-87654321。", "Add the area code to a landline, such as 029-87654321."},
	"name.length": {"姓名不能超过 {want} 个字，现在是 {got} 个。请填写证件上的姓名。",
		"A name may have at most {want} characters, not {got}. Enter the name as in the document."},
	"name.char": {"姓名第 {pos} 个字“{got}”不能用在姓名里。请填写证件上的姓名。",
		"Character {pos} of the name, “{got}”, cannot stand in a name. Enter the name as in the document."},
	"name.control": {"姓名第 {pos} 个字是看不见的控制字符（{got}）。请删去后重新填写。",
		"Character {pos} of the name is an invisible control character ({got}). Delete it and type the name again."},
	"name.private": {"姓名第 {pos} 个字（{got}）是本机自造的字，别的系统显示不了。请用输入法里的生僻字（GB 18030-2022）重新填写。",
		"Character {pos} of the name ({got}) exists in a private font only. Type it again as a character of GB 18030-2022."},
	"name.dot": {"姓名里的间隔号“·”应在两个字之间，第 {pos} 个字处不对。请对照证件改正。",
		"The dot “·” in a name stands between two characters; at character {pos} it does not. Compare it with the document."},
	"money.char": {"金额第 {pos} 位“{got}”看不懂。请写成 1234567.00，或 1,234,567.00 元，或 120 万元。",
		"Character {pos} of the amount, “{got}”, cannot be read. Write 1234567.00, 1,234,567.00 元 or 120 万元."},
	"money.comma": {"金额第 {pos} 位的逗号不在千分位上。请写成 1,234,567.00,或不用逗号。",
		"The comma at character {pos} of the amount does not part thousands. Write 1,234,567.00 or use no comma."},
	"money.decimals": {"金额最小到分。请把第 {pos} 位起的小数删去。",
		"An amount is exact to the fen. Remove the decimals from character {pos} on."},
	"money.large": {"金额太大。请核对单位是元还是万元。", "The amount is too large. Check whether it is in 元 or 万元."},
}
