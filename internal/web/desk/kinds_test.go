package desk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/page"
)

// A decision is called, numbered and told after the kind of its item; none but a licence (行政许可) is called one, nor rests on the law
// of licences.
func TestPapers_fit_the_kind_of_the_item(t *testing.T) {
	t.Parallel()
	for _, k := range []struct{ kind, granted, word, refused, says, told string }{
		{"licensing", "准予行政许可决定书", "许", "不予行政许可决定书", "现决定准予行政许可", "已经准予行政许可，可以领取结果"},
		{"confirmation", "行政确认决定书", "确", "不予确认决定书", "现决定予以确认", "已经予以确认，可以查看结果"},
		{"payment", "行政给付决定书", "给", "不予给付决定书", "现决定予以给付", "已经决定给付，可以查看结果"},
		{"reward", "行政奖励决定书", "奖", "不予奖励决定书", "现决定予以奖励", "已经决定奖励，可以查看结果"},
		{"ruling", "行政裁决书", "裁", "不予裁决通知书", "现作出裁决", "已经作出裁决，可以查看结果"},
		{"inspection", "检查结果通知书", "检", "不予检查通知书", "已经检查完毕", "已经检查完毕，可以查看结果"},
		{"public-service", "办理结果通知书", "办", "不予办理通知书", "申请已经办理完毕", "已经办理，可以查看结果"},
		{"other", "办理结果通知书", "办", "不予办理通知书", "申请已经办理完毕", "已经办理，可以查看结果"},
		{"bundle", "办理结果通知书", "办", "不予办理决定书", "申请已经办理完毕", "已经办理，可以领取结果"},
		{caseflow.KindPenalty, "行政处罚决定书", "罚", "不予行政处罚决定书", "现决定给予行政处罚", "已经决定给予行政处罚，可以查看决定书"},
		{"coercion", "行政强制决定书", "强", "不予行政强制决定书", "现决定采取行政强制", "已经决定采取行政强制，可以查看决定书"},
		{"collection", "征收决定书", "征", "不予征收决定书", "现决定予以征收", "已经决定予以征收，可以查看决定书"},
	} {
		t.Run(k.kind, func(t *testing.T) {
			t.Parallel()
			it := opening()
			b := newBenchOf(t, it)
			granted, refused := b.running(), b.running()
			it.Kind = k.kind // only now: a citizen hands in nothing of what an office does by itself
			b.decided(granted)
			b.do("market1", refused, caseflow.Complete{Task: b.task(refused, "check"), Outcome: "agree"})
			b.do("market1", refused, caseflow.Refuse{Task: b.task(refused, "register"), Ground: "not-eligible", Words: "材料不符合法定形式。"})
			receipt := b.get("clerk1", home(granted)+"/papers/receipt")
			yes, no := b.get("clerk1", home(granted)+"/papers/granted"), b.get("market1", home(refused)+"/papers/refused")
			contains(t, yes, k.granted, k.says, k.word+"〔2026〕")
			contains(t, no, k.refused, "不"+k.word+"〔2026〕", "经", "决定不予")
			contains(t, receipt, "逾期不告知的")
			if k.kind != "licensing" {
				for _, a := range []answer{receipt, yes, no} {
					lacks(t, a, "行政许可")
				}
			} else {
				contains(t, receipt, "行政许可法第三十二条")
			}
			if text := b.told(granted, "decided"); !strings.Contains(text, k.told) {
				t.Errorf("of the decision is told %q", text)
			}
			if text := b.told(refused, "rejected"); !strings.Contains(text, "不予") || !strings.Contains(text, "材料不符合法定形式。") || strings.Contains(text, "许可") != (k.kind == "licensing") {
				t.Errorf("of the refusal is told %q", text)
			}
		})
	}
}

// told is the message to the applicant of a case, in Chinese.
func (b *bench) told(key store.Key, template string) string {
	b.t.Helper()
	list, _, err := b.store.Messages(b.t.Context(), store.MessageQuery{Region: key.Region, Recipients: []string{"id-wang"}, Limit: 100})
	b.must(err)
	for _, m := range list {
		if m.Case == key.Case && m.Template == template {
			var n hall.Notice
			b.must(json.Unmarshal(m.Body, &n))
			return page.Message(template, n, "zh")
		}
	}
	b.t.Fatalf("%s: nobody was told %s", key.Case, template)
	return ""
}
