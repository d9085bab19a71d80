package pack

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/tongban/tongban/internal/caseflow"
)

// Words that ask for whatever somebody thinks of. What a Chinese text asks for is one of these things.
const (
	things   = `(材料|资料|文件|文书|证件|证明|证书|凭证|单据|表格|手续|情形|条件|原因|要求|事项)`
	vague    = `(其他|其它|其余|另外|别的|相关|有关|补充|必要|所需|需要|配套|佐证|辅助)`
	demanded = `(规定|要求|需要|需|认为必要|指定|通知|应当提交|需提交|须提交|需要提交|应提交)`
)

var (
	catchAllZH = []*regexp.Regexp{
		regexp.MustCompile(vague + `[^，。；：、！？]{0,8}` + things),
		regexp.MustCompile(demanded + `的(各类|各种|全部|所有)?` + things),
		regexp.MustCompile(`等` + things + `?([，。；、）)/]|$)`),
		regexp.MustCompile(`^(其他|其它|其余|另附|等等|若干)$`),
	}
	catchAllEN = []*regexp.Regexp{
		regexp.MustCompile(`(?i)\b(other|further|additional|supplementary|supporting|relevant|related|remaining|necessary|any)\s+([a-z]+\s+){0,2}(materials?|documents?|documentation|papers?|paperwork|evidence|proofs?|certificates?|files|forms|conditions?|cases?|reasons?|requirements?)\b`),
		regexp.MustCompile(`(?i)\b(materials?|documents?|documentation|papers?|paperwork|certificates?)\s+(that\s+(is|are)\s+)?(required|requested|needed|demanded|prescribed|as\s+required)\b`),
		regexp.MustCompile(`(?i)\betc\b|\band\s+(so\s+(on|forth)|the\s+like|similar|others?)\b`),
		regexp.MustCompile(`(?i)^(others?|miscellaneous)$`),
	}
)

// noCatchAll proves that a material, condition, ground or question says what it means.
func (p *prover) noCatchAll(doc *document, t caseflow.Text, at ...string) {
	if found := catchAll(t); found != "" {
		p.add(doc, "catch-all", fmt.Sprintf("%q asks for whatever somebody thinks of", found),
			"name each thing by itself, with its clause (国务院关于在线政务服务的若干规定; 优化营商环境条例 art. 35, 36)", at...)
	}
}

// catchAll finds the words of a text that ask for anything; empty if it says what it means. Spaces in Chinese do not hide
// them.
func catchAll(t caseflow.Text) string {
	zh := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, t.ZH)
	for _, re := range catchAllZH {
		if found := re.FindString(zh); found != "" {
			return found
		}
	}
	for _, re := range catchAllEN {
		if found := re.FindString(strings.TrimSpace(t.EN)); found != "" {
			return found
		}
	}
	return ""
}
