package draw

import (
	"strconv"
	"strings"
)

// Fault is a refusal: what is wrong with a plan, a value of a source or a record, and what to do.
type Fault struct {
	// Code is stable and never reused: "plan.duplicate".
	Code string `json:"code"`
	// At is what is at fault: an id, a field, the name of a source.
	At string `json:"at,omitempty"`
	// Got and Want are what stands there and what belongs there.
	Got  string `json:"got,omitempty"`
	Want string `json:"want,omitempty"`
	// Clash says which constraints of a pairing cannot hold together.
	Clash *Clash `json:"clash,omitempty"`
}

// Error is the English text.
func (f *Fault) Error() string { return f.Text("en") }

// Text says in "zh" (any other language: English) what is wrong and what to do next.
func (f *Fault) Text(lang string) string {
	both, ok := sentences[f.Code]
	if !ok {
		return f.Code
	}
	sentence, want := both[1], f.Want
	zh, syntax := syntaxes[want]
	if lang == "zh" {
		sentence = both[0]
		if syntax {
			want = zh
		}
	}
	if syntax {
		want = strings.Replace(want, "{got}", f.Got, 1)
	}
	text := strings.NewReplacer("{at}", shown(f.At), "{got}", shown(f.Got), "{want}", shown(want)).Replace(sentence)
	if f.Clash != nil {
		text += f.Clash.Text(lang)
	}
	return text
}

// shown cuts what others wrote to a length that fits into a sentence.
func shown(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

func number(n int) string { return strconv.Itoa(n) }

// syntaxes are in Chinese what the scanner wants in English.
var syntaxes = map[string]string{
	"expected {got}":                   "这里应为 {got}",
	"nested too deeply":                "嵌套过深",
	"expected the end":                 "内容到此应当结束",
	"unknown or repeated member {got}": "没有名为 {got} 的字段，或者它写了两次",
	"expected a whole number from 0 to 9007199254740991": "应为 0 至 9007199254740991 的整数",
	"the text is not UTF-8":                              "文字不是 UTF-8 编码",
	"a control character must be escaped":                "控制字符须写作转义",
	"the text does not end":                              "文字没有结束的引号",
	"half a surrogate pair":                              "转义只有半个字符",
	"unknown escape":                                     "没有这种转义",
	"expected four hexadecimal digits":                   "应为四位十六进制数字",
}

// sentences by code: Chinese, English.
var sentences = map[string][2]string{
	"json.syntax":       {"不是 docs/draw.md 规定的 JSON：第 {at} 字节处，{want}", "not JSON as docs/draw.md asks for: at byte {at}, {want}"},
	"json.large":        {"文件超过 {want} 字节", "the file has more than {want} bytes"},
	"text.bad":          {"{at}：文字须为 1 至 {want} 字节，不含控制字符，首尾无空格", "{at}: a text has 1 to {want} bytes, no control characters, and no space at either end"},
	"number.range":      {"{at}：{got} 不在 {want} 之间", "{at}: {got} is not within {want}"},
	"plan.missing":      {"方案缺少 {at}", "the plan lacks {at}"},
	"plan.many":         {"{at} 超过 {want} 个", "there are more than {want} of {at}"},
	"plan.method":       {"没有方法 {got}；可用 tickets、rfc3797", "there is no method {got}; use tickets or rfc3797"},
	"plan.opens":        {"opens 须写作 2026-11-25T02:00:00Z 这样的协调世界时", "opens must be an instant in UTC like 2026-11-25T02:00:00Z"},
	"plan.hash":         {"{at} 须为 {want} 位小写十六进制数字", "{at} must be {want} lower-case hexadecimal digits"},
	"plan.duplicate":    {"{want} 中 {at} 出现了两次，请删去一个", "{at} stands twice among the {want}; remove one"},
	"plan.stratum":      {"候选者 {at} 属于未列出的层 {got}", "candidate {at} is of stratum {got}, which the plan does not list"},
	"plan.quota":        {"层 {at} 只有 {got} 个可抽对象，少于名额 {want}", "stratum {at} has {got} that may be drawn, fewer than its quota of {want}"},
	"plan.share":        {"层 {at}：有 total 时不写 count 和 per10000，没有时须且只能写一个", "stratum {at}: with a total neither count nor per10000 is given, without one exactly one of them"},
	"plan.total":        {"total 为 {want}，可抽对象只有 {got} 个", "the total is {want}, and only {got} may be drawn"},
	"plan.excluded":     {"排除名单中的 {at} 不在候选名单里", "{at} is excluded, and is no candidate"},
	"plan.conflict":     {"{at} 被排除两次，请只写一个理由", "{at} is excluded twice; keep one reason"},
	"plan.empty":        {"没有要抽的：所有名额都是零", "nothing is to be drawn: all quotas are zero"},
	"plan.barred":       {"检查人员 {at} 的回避对象 {got} 不在候选名单里", "inspector {at} is barred from {got}, which is no candidate"},
	"plan.weights":      {"权重之和 {got} 超过 {want}", "the weights add up to {got}, more than {want}"},
	"plan.rfc3797":      {"rfc3797 方法只用于一个层、没有权重、至多 65535 个候选者，且所有随机源都是 numbers", "method rfc3797 takes one stratum, no weights, at most 65535 candidates, and sources of kind numbers only"},
	"plan.pairing":      {"有检查人员就须有 pairing，有 pairing 就须有检查人员", "inspectors and pairing are given together or not at all"},
	"plan.specials":     {"pairing.specialists 为 {got}，须在 0 与每组人数 {want} 之间", "pairing.specialists is {got}; it must be 0 to the size of a team, {want}"},
	"plan.groups":       {"pairing.groups 有 {got} 个，不能多于每组人数 {want}，也不能与 specialists 同用", "there are {got} groups; no more than the {want} of a team, and none beside specialists"},
	"plan.group":        {"没有 {at} 的检查人员", "no inspector is of {at}"},
	"plan.late":         {"现在已到开启时间 {want}，随机数可能已为人知：请另定开启时间", "it is past {want}, when the randomness opens and may be known: choose a later instant"},
	"source.kind":       {"没有随机源种类 {got}", "there is no source of kind {got}"},
	"source.own":        {"随机源不能全是本机关自己的 vrf：加上骰子、检查点、公开数字或 drand", "all sources are the office's own vrf: add dice, a checkpoint, public numbers or a beacon"},
	"source.field":      {"随机源 {at}：{want}", "source {at}: {want}"},
	"seed.early":        {"{at} 早于公布的时间：须不早于 {want}，现为 {got}", "{at} comes early: it must not be before {want} and is {got}"},
	"seed.count":        {"公布了 {want} 个随机源，给出了 {got} 个值", "{want} sources are announced, {got} values are given"},
	"seed.value":        {"随机源 {at} 的取值不对，应为：{want}", "source {at} cannot have given that; it gives: {want}"},
	"seed.proof":        {"随机源 {at} 的证明不成立：不是该公钥对此内容所作", "the proof of source {at} does not hold: it was not made with that key for this"},
	"pairing.clash":     {"无法配对：", "the pairing is impossible: "},
	"draw.open":         {"尚未抽取", "nothing has been drawn yet"},
	"draw.abandoned":    {"这次抽取已放弃，不能再改动", "this draw has been abandoned; nothing about it changes any more"},
	"draw.unknown":      {"{at} 没有被抽中，或已退出", "{at} is not among the drawn, or has withdrawn already"},
	"draw.exhausted":    {"层 {at} 没有可替补的对象了", "stratum {at} has nobody left to take the place"},
	"draw.order":        {"时间倒退：{got} 早于 {want}", "the instants go back: {got} is before {want}"},
	"draw.instant":      {"{at} 须写作 2026-11-25T02:00:00Z 这样的协调世界时", "{at} must be an instant in UTC like 2026-11-25T02:00:00Z"},
	"record.format":     {"记录的格式是 {got}，本程序认识 {want}", "the record is of format {got}; this program knows {want}"},
	"record.differs":    {"记录与重算结果不符：{at}。第 {got} 字节处不同", "the record is not what its own content gives: {at}. It differs at byte {got}"},
	"record.commitment": {"记录中的封存哈希是 {got}，其名单和条件算出的是 {want}：公布后被改动过", "the record names the commitment {got}; its lists and terms give {want}: something was changed afterwards"},
	"record.counts":     {"前一次抽取并没有放弃，仍然有效", "the predecessor was not abandoned: it counts"},
	"record.follows":    {"前一次抽取与记录中所写不符：{want}", "the predecessor is not the one that the record names: {want}"},
	"member.unknown":    {"{at} 不在名单里", "{at} is not in the list"},
}
