package pack

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// breaks are the ways in which a pack can fail a proof: each changes one place of testdata/base. The problem must have
// the code, stand in that file, and on the line that holds the text at (the new text's first line, if empty).
var breaks = []struct {
	code, file, old, new, at string
}{
	// files
	{"file.missing", "pack.yaml", "*", "", ""},
	{"file.unknown", "notes.md", "", "x", ""},
	{"file.name", "items/permit.yaml", "id: permit\n", "id: other\n", ""},
	{"file.read", "README.md", "", strings.Repeat("x", MaxFile+1), ""},
	// YAML
	{"yaml.syntax", "items/permit.yaml", "name: {zh: 示例许可, en: Sample permit}", "name: {zh: 示例许可", ""},
	{"yaml.text", "items/permit.yaml", "示例许可", "\xca\xbe\xc0\xfd", "name: {zh: \xca\xbe"},
	{"yaml.duplicate", "items/permit.yaml", "promise: true", "promise: true\npromise: true", "promise: true"},
	{"yaml.alias", "items/permit.yaml", "basis:\n  - {law", "basis: &b\n  - {law", ""},
	{"yaml.tag", "items/permit.yaml", "promise: true", "promise: !!str true", ""},
	{"yaml.key", "items/permit.yaml", "promise: true", "promise: true\n<<: {a: b}", "<<"},
	{"yaml.number", "items/permit.yaml", "visits: 0", "visits: 0x10", ""},
	{"yaml.documents", "items/permit.yaml", "id: permit\n", "id: permit\n---\na: b\n---\n", "---"},
	{"yaml.depth", "items/permit.yaml", "promise: true", "promise: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), ""},
	{"yaml.size", "items/permit.yaml", "promise: true", "promise: [" + strings.Repeat("1,", maxValues) + "1]", ""},
	{"yaml.empty", "items/permit.yaml", "*", "# nothing\n", ""},
	// schemas
	{"schema", "items/permit.yaml", "promise: true", "promise: true\nfoo: 1", "foo"},
	{"schema", "items/permit.yaml", "conditions:\n  - {text: {zh: 年满十八周岁, en: Eighteen years old}, basis: {law: 行政许可法, article: \"12\"}}", "conditions:\n  - {text: {zh: 年满十八周岁, en: Eighteen years old}}", "年满"},
	{"schema", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 证明}", ""},
	{"schema", "items/permit.yaml", "basis: {law: 行政许可法, article: \"31\"}", "copies: 3", "id: proof"},
	{"schema", "pack.yaml", "region: \"610500\"", "region: 610500", ""},
	{"text.zh", "items/permit.yaml", "zh: 主项", "zh: Main", ""},
	{"text.punctuation", "items/permit.yaml", "zh: 我承诺补交", "zh: \"我承诺,补交\"", ""},
	{"text.en", "items/permit.yaml", "en: Main}", "en: 主项}", ""},
	// manifest
	{"limit.unknown", "items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: licence.decisions}", ""},
	{"limit.backward", "items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: licence.renewal_apply}", ""},
	{"limit.anchor", "items/permit.yaml", "  correction: {rule: own.correct, effect: withdraw}", "  correction: {rule: own.correct, effect: withdraw}\n  expiry: {rule: own.promise, anchor: form.old, effect: grant}", "expiry"},
	{"limit.anchor", "items/permit.yaml", "  correction: {rule: own.correct, effect: withdraw}", "  correction: {rule: own.correct, effect: withdraw}\n  apply: {rule: licence.renewal_apply, anchor: form.none, effect: refuse}", "apply"},
	{"limit.backward", "items/permit.yaml", "extension: {limit: 10 workday", "extension: {limit: -10 workday", ""},
	{"limit.differs", "pack.yaml", "{id: licence.decision,", "{id: licence.decision, limit: 25 workday,", ""},
	{"limit.basis", "pack.yaml", "limit: 5 workday, basis: {law: 《示例承诺》, article: \"1\"}", "limit: 5 workday", ""},
	{"limit.duplicate", "pack.yaml", "{id: own.step,", "{id: own.promise,", ""},
	{"limit.effect", "items/permit.yaml", "promised: {rule: own.promise}", "promised: {rule: own.promise, effect: accept}", ""},
	{"limit.effect", "items/permit.yaml", "role: reviewer}, within: {rule: own.step}", "role: reviewer}, within: {rule: own.step, effect: accept}", ""},
	{"limit.effect", "items/permit.yaml", "role: reviewer}, within: {rule: own.step}", "role: reviewer}, within: {rule: own.step, effect: withdraw}", ""},
	{"limit.effect", "items/permit.yaml", "role: reviewer}, within: {rule: own.step}", "role: reviewer}, within: {rule: own.step, effect: grant}", ""},
	{"limit.effect", "items/permit.yaml", "correction: {rule: own.correct, effect: withdraw}", "correction: {rule: own.correct, effect: withdraw}\n  delivery: {rule: own.step, effect: breach}", "delivery:"},
	{"limit.effect", "items/permit.yaml", "{rule: own.step, effect: breach}", "{rule: own.step}", ""},
	{"limit.grant", "items/permit.yaml", "role: head}, within: {rule: own.step}", "role: head}, within: {rule: own.step, effect: grant}", ""},
	{"limit.grant", "items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: licence.decision, effect: grant}", ""},
	{"limit.backward", "pack.yaml", "limit: 5 workday", "limit: -5 workday", "items/permit.yaml\x00promised:"},
	{"region", "pack.yaml", "region: \"610500\"", "region: \"999999\"", ""},
	{"duplicate", "pack.yaml", "{id: experts,", "{id: office,", ""},
	{"lobby.item", "pack.yaml", "facts:", "lobbies:\n  - {id: hall, name: {zh: 大厅, en: Hall}, department: office, groups: [{letter: A, name: {zh: 业务, en: Services}, items: [permits]}], windows: [{id: \"1\"}]}\nfacts:", "- {id: hall"},
	{"lobby.unserved", "pack.yaml", "facts:", "lobbies:\n  - {id: hall, name: {zh: 大厅, en: Hall}, department: office, groups: [{letter: A, name: {zh: 业务, en: Services}, items: [permit]}], windows: [{id: \"1\", groups: [B]}]}\nfacts:", "- {id: hall"},
	{"lobby.letter", "pack.yaml", "facts:", "lobbies:\n  - {id: hall, name: {zh: 大厅, en: Hall}, department: office, groups: [{letter: A, name: {zh: 业务, en: Services}, items: [permit]}], windows: [{id: \"1\", groups: [A, B]}]}\nfacts:", "- {id: hall"},
	{"duplicate", "pack.yaml", "facts:", "lobbies:\n  - {id: hall, name: {zh: 大厅, en: Hall}, department: office, groups: [{letter: A, name: {zh: 业务, en: Services}, items: [permit]}], windows: [{id: \"1\"}, {id: \"1\"}]}\nfacts:", "- {id: hall"},
	{"region", "pack.yaml", "facts:", "lobbies:\n  - {id: hall, name: {zh: 大厅, en: Hall}, region: \"999999\", department: office, groups: [{letter: A, name: {zh: 业务, en: Services}, items: [permit]}], windows: [{id: \"1\"}]}\nfacts:", "- {id: hall"},
	{"department.unknown", "pack.yaml", "facts:", "lobbies:\n  - {id: hall, name: {zh: 大厅, en: Hall}, department: nobody, groups: [{letter: A, name: {zh: 业务, en: Services}, items: [permit]}], windows: [{id: \"1\"}]}\nfacts:", "- {id: hall"},
	{"role.known", "pack.yaml", "{id: expert,", "{id: clerk,", ""},
	{"fact.item", "pack.yaml", "item: permit, measure", "item: permits, measure", ""},
	{"fact.unit", "pack.yaml", "limit: 5 workday", "limit: 5 day", "P99-R1"},
	{"fact.limit", "pack.yaml", "measure: case-workdays, limit: 5", "measure: case-workdays", ""},
	{"fact.broken", "pack.yaml", "measure: case-workdays, limit: 5", "measure: case-workdays, limit: 4", ""},
	// item
	{"form.unknown", "items/permit.yaml", "form: permit\n", "form: permits\n", ""},
	{"item.kind", "items/permit.yaml", "kind: bundle", "kind: licensing", ""},
	{"refers.unknown", "items/permit.yaml", "subject: form.name", "refers: form.nmae", ""},
	{"subject.unknown", "items/permit.yaml", "subject: form.name", "subject: form.nmae", ""},
	{"subject.unknown", "items/permit.yaml", "subject: form.name", "subject: form.rows.thing", ""},
	{"subject.text", "items/permit.yaml", "subject: form.name", "subject: form.kind", ""},
	{"schema", "items/permit.yaml", "subject: form.name", "subject: data.decide.note", ""},
	{"situation.order", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}}]}\n  - {id: next, ask: {zh: 还有吗, en: More}, when: applicant.channel == \"online\", answers: [{id: a, label: {zh: 有, en: \"Yes\"}, sets: {form.kind: new}}, {id: b, label: {zh: 没有, en: \"No\"}}]}\n", "id: next"},
	{"situation.idle", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}}, {id: b, label: {zh: 延续, en: Renewal}}]}\n", "id: sort"},
	{"situation.fact", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}, sets: {form.name: x}}]}\n", "id: sort"},
	{"situation.fact", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}, sets: {form.none: x}}]}\n", "id: sort"},
	{"value.impossible", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}, sets: {form.kind: old}}]}\n", "id: sort"},
	{"value.impossible", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}, sets: {applicant.channel: hotline}}]}\n", "id: sort"},
	{"value.impossible", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}, sets: {applicant.help: rich}}]}\n", "id: sort"},
	{"item.unknown", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}, cannot: {text: {zh: 不行, en: It cannot}, basis: {law: 行政许可法, article: \"12\"}, instead: {zh: 请另找, en: Look elsewhere}, items: [none]}}]}\n", "id: sort"},
	{"duplicate", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: a, label: {zh: 延续, en: Renewal}}]}\n", "id: sort"},
	{"catch-all", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 其他相关材料, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}}]}\n", "id: sort"},
	{"schema", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, ask: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}, sets: {steps.first: x}}]}\n", "id: sort"},
	{"schema", "items/permit.yaml", "form: permit\n", "form: permit\nsituations:\n  - {id: sort, aks: {zh: 要办哪一种, en: Which one}, answers: [{id: a, label: {zh: 新办, en: New}, sets: {form.kind: new}}, {id: b, label: {zh: 延续, en: Renewal}}]}\n", "id: sort"},
	{"schema", "items/permit.yaml", "visits: 0", "visits: 0\noccasions: [party]", "occasions:"},
	{"renews.no", "items/permit.yaml", "subject: form.name", "subject: form.name\nrenews: {licence: permit, no: form.rows}", "renews"},
	{"renews.limit", "items/permit.yaml", "subject: form.name", "subject: form.name\nrenews: {licence: permit, no: form.old}", "renews"},
	{"step.publish", "items/permit.yaml", "  - {id: judge, name", "  - {id: show, name: {zh: 公示, en: Notice}, kind: publish, part: main, needs: [first], by: {department: office, role: reviewer}, within: {rule: own.step}}\n  - {id: judge, name", "id: show"},
	{"publish.twice", "items/permit.yaml", "  - {id: judge, name", "  - {id: show, name: {zh: 公示, en: Notice}, kind: publish, part: main, needs: [first], by: {department: office, role: reviewer}, within: {rule: own.step}, publish: {who: {zh: 任何人, en: Anybody}, shows: [{key: a, label: {zh: 类型, en: Kind}, from: form.kind}, {key: a, label: {zh: 类型, en: Kind}, from: form.kind}], objection: waits, answer: {rule: own.step}}}\n  - {id: judge, name", ""},
	{"publish.personal", "items/permit.yaml", "  - {id: judge, name", "  - {id: show, name: {zh: 公示, en: Notice}, kind: publish, part: main, needs: [first], by: {department: office, role: reviewer}, within: {rule: own.step}, publish: {who: {zh: 任何人, en: Anybody}, shows: [{key: a, label: {zh: 类型, en: Kind}, from: applicant.name}], objection: waits, answer: {rule: own.step}}}\n  - {id: judge, name", ""},
	{"publish.personal", "items/permit.yaml", "  - {id: judge, name", "  - {id: show, name: {zh: 公示, en: Notice}, kind: publish, part: main, needs: [first], by: {department: office, role: reviewer}, within: {rule: own.step}, publish: {who: {zh: 任何人, en: Anybody}, shows: [{key: a, label: {zh: 类型, en: Kind}, from: form.rows}], objection: waits, answer: {rule: own.step}}}\n  - {id: judge, name", ""},
	{"publish.ground", "items/permit.yaml", "  - {id: judge, name", "  - {id: show, name: {zh: 公示, en: Notice}, kind: publish, part: main, needs: [first], by: {department: office, role: reviewer}, within: {rule: own.step}, publish: {who: {zh: 任何人, en: Anybody}, shows: [{key: a, label: {zh: 类型, en: Kind}, from: form.kind}], objection: ends, answer: {rule: own.step}}}\n  - {id: judge, name", ""},
	{"step.cancel", "items/permit.yaml", "  - {id: tell, name", "  - {id: end, name: {zh: 注销, en: End}, kind: cancel, needs: [decide, decideExtra]}\n  - {id: tell, name", "id: end"},
	{"licence.unknown", "items/permit.yaml", "parts: [main]\n    deferral", "parts: [main]\n    licences: [permits]\n    deferral", "licences"},
	{"material.fills", "items/permit.yaml", "parts: [main]\n    deferral", "parts: [main]\n    fills: [{field: form.name, from: holder}]\n    deferral", "fills"},
	{"material.fills", "items/permit.yaml", "parts: [main]\n    deferral", "parts: [main]\n    licences: [permit]\n    fills: [{field: form.none, from: holder}]\n    deferral", "fills"},
	{"material.fills", "items/permit.yaml", "parts: [main]\n    deferral", "parts: [main]\n    licences: [permit]\n    fills: [{field: form.name, from: shows.none}]\n    deferral", "fills"},
	{"cancels.for", "items/permit.yaml", "subject: form.name", "subject: form.name\ncancels: {licence: permit, basis: {law: 行政许可法, article: \"70\"}}", "for:"},
	{"cancels.step", "items/permit.yaml", "subject: form.name", "subject: form.name\ncancels: {licence: permit, basis: {law: 行政许可法, article: \"70\"}}", "cancels"},
	{"fee.basis", "items/permit.yaml", "fee: {fen: 0", "fee: {fen: 500", ""},
	{"part.core", "items/permit.yaml", ", core: true", "", "parts:"},
	{"part.unknown", "items/permit.yaml", "parts: [main]", "parts: [mian]", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 其他相关材料, en: Other documents}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 身份证、户口本等, en: \"Identity card, etc.\"}", ""},
	{"catch-all", "items/permit.yaml", "zh: 年满十八周岁", "zh: 法律规定的其他条件", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 其他申请材料, en: Proof}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 其余材料, en: Proof}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 补充材料, en: Proof}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 需要提交的其他书面资料, en: Proof}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 法律、法规规定的材料, en: Proof}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 窗口要求的材料, en: Proof}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 其 他 材 料, en: Proof}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 其他, en: Other}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 身份证等, en: Identity card and the like}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 相关证书, en: Proof}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 证明, en: Any other paperwork}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 证明, en: All supporting materials required}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 证明, en: Documents as required by the window}", ""},
	{"catch-all", "items/permit.yaml", "name: {zh: 证明, en: Proof}", "name: {zh: 证明, en: Other}", ""},
	{"catch-all", "forms/permit.yaml", "label: {zh: 原证号, en: Old number}", "label: {zh: 其他材料, en: Old number}", ""},
	{"catch-all", "forms/permit.yaml", "label: {zh: 名称, en: Thing}", "label: {zh: 名称, en: Any other documents}", ""},
	{"catch-all", "items/permit.yaml", "label: {zh: 备注, en: Note}, widget", "label: {zh: 窗口要求的材料, en: Note}, widget", ""},
	{"basis.law", "items/permit.yaml", "basis: {law: 行政许可法, article: \"31\"}", "basis: {law: \" \", article: \"31\"}", ""},
	{"basis.law", "items/permit.yaml", "basis: {law: 行政许可法, article: \"31\"}", "basis: {law: 无, article: \"31\"}", ""},
	{"basis.law", "items/permit.yaml", "basis: {law: 行政许可法, article: \"38\"}", "basis: {law: 《》, article: \"38\"}", ""},
	{"basis.law", "items/permit.yaml", "  - {law: 行政许可法, article: \"12\"}", "  - {law: 本市惯例, article: \"12\"}", ""},
	{"basis.article", "items/permit.yaml", "basis: {law: 行政许可法, article: \"31\"}", "basis: {law: 行政许可法}", ""},
	{"basis.article", "pack.yaml", "basis: {law: 《示例承诺》, article: \"1\"}", "basis: {law: 《示例承诺》, article: 全文}", ""},
	{"basis.law", "rules/advice.yaml", "basis: {law: 行政许可法, article: \"12\"}", "basis: {law: 惯例, article: \"12\"}", ""},
	{"material.accept", "items/permit.yaml", "accept: [application/pdf]", "accept: [application/pdf, image/heic]", "image/heic"},
	{"known.field", "items/permit.yaml", "materials:\n", "known: [{field: form.none, item: permit, from: form.name}]\nmaterials:\n", "{field: form.none,"},
	{"known.from", "items/permit.yaml", "materials:\n", "known: [{field: form.name, item: permit, licence: permit, from: form.name}]\nmaterials:\n", "{field: form.name,"},
	{"known.from", "items/permit.yaml", "materials:\n", "known: [{field: form.name, item: permit, from: holder}]\nmaterials:\n", "{field: form.name,"},
	{"known.from", "items/permit.yaml", "materials:\n", "known: [{field: form.name, item: permit, from: form.kind}]\nmaterials:\n", "{field: form.name,"},
	{"known.from", "items/permit.yaml", "materials:\n", "known: [{field: form.name, licence: permit, from: shows.none}]\nmaterials:\n", "{field: form.name,"},
	{"licence.unknown", "items/permit.yaml", "materials:\n", "known: [{field: form.name, licence: none, from: holder}]\nmaterials:\n", "{field: form.name,"},
	{"item.unknown", "items/permit.yaml", "materials:\n", "known: [{field: form.name, item: none, from: form.name}]\nmaterials:\n", "{field: form.name,"},
	{"material.file", "items/permit.yaml", "    maxBytes: 1000000\n", "", "id: proof"},
	{"material.government", "items/permit.yaml", "need: deferrable\n    source: applicant", "need: required\n    source: government", "source: government"},
	{"material.deferral", "items/permit.yaml", "need: deferrable", "need: required", "id: proof"},
	{"material.sample", "items/permit.yaml", "maxBytes: 1000000", "sample: samples/none.pdf\n    maxBytes: 1000000", "samples/none"},
	{"material.sample", "items/permit.yaml", "maxBytes: 1000000", "blank: samples/none.pdf\n    maxBytes: 1000000", "samples/none"},
	{"material.sample", "items/permit.yaml", "maxBytes: 1000000", "sample: pack.yaml\n    maxBytes: 1000000", "sample: pack"},
	{"material.sample", "items/permit.yaml", "numbering: serial", "numbering: serial, sample: samples/none.pdf", ""},
	{"listing.entrusting", "items/permit.yaml", "visits: 0", "visits: 0\nbody: entrusted", "body:"},
	{"department.unknown", "items/permit.yaml", "visits: 0", "visits: 0\njointly: [offices]", "jointly:"},
	{"department.unknown", "items/permit.yaml", "channels: [online]", "channels: [online, hotline]\ndoors: [{channel: hotline, department: offices}]", "doors:"},
	{"door.channel", "items/permit.yaml", "visits: 0", "visits: 0\ndoors: [{channel: hotline, department: office}]", "doors:"},
	{"item.instant", "items/permit.yaml", "promise: true", "promise: true\ninstant: true", "id: first"},
	{"fact.unknown", "items/permit.yaml", "visits: 0", "visits: 0\nnaming: {name: form.title}", "naming:"},
	{"step.consults", "items/permit.yaml", "kind: notify, needs", "kind: notify, consults: credit, needs", "id: tell,"},
	{"step.other", "items/permit.yaml", "needs: [first], by:", "needs: [first], otherThan: [tell], by:", ""},
	{"flow.order", "items/permit.yaml", "needs: [first], by:", "needs: [first], otherThan: [judge], by:", ""},
	{"schema", "items/permit.yaml", "visits: 0", "visits: 0\ndepth: deep", "depth:"},
	{"material.unknown", "items/permit.yaml", "material: proof}", "material: prof}", ""},
	{"field.unknown", "items/permit.yaml", "field: name,", "field: nmae,", ""},
	{"ground.none", "items/permit.yaml", "grounds:\n  - {id: unfit, text: {zh: 不符合条件, en: Not fit}, basis: {law: 行政许可法, article: \"38\"}, field: name, material: proof}", "grounds: []", ""},
	{"extension.long", "items/permit.yaml", "extension: {limit: 10 workday", "extension: {limit: 11 workday", ""},
	{"extension.none", "items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: licence.correction_notice}", "extension:"},
	{"extension.long", "items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: own.promise}", "extension:"},
	{"limit.backward", "items/permit.yaml", "extension: {limit: 10 workday", "extension: {limit: -10 workday", ""},
	{"limit.backward", "items/permit.yaml", "max: 20 workday", "max: -20 workday", ""},
	{"limit.backward", "items/permit.yaml", "numbering: serial", "numbering: serial, valid: -3 year", ""},
	{"limit.backward", "items/permit.yaml", "rule: {rule: own.step, effect: breach}", "rule: {rule: own.step, effect: breach, soon: -1 workday}", ""},
	{"limit.backward", "pack.yaml", "limit: 2 workday, basis", "limit: -2 workday, basis", "items/permit.yaml\x00rule: own.step"},
	{"limit.none", "items/permit.yaml", "numbering: serial", "numbering: serial, valid: 0 year", ""},
	{"stop.long", "items/permit.yaml", "max: 20 workday", "max: 100 year", ""},
	{"stop.long", "items/permit.yaml", "{id: hearing, name: {zh: 听证, en: Hearing}, basis: {law: 行政许可法, article: \"45\"}, max: 20 workday", "{id: testing, name: {zh: 检测, en: Testing}, basis: {law: 行政许可法, article: \"45\"}, max: 4 month", ""},
	{"stop.often", "items/permit.yaml", "times: 1}", "times: 10}", ""},
	{"stop.cause", "items/permit.yaml", "{id: hearing,", "{id: holiday,", ""},
	{"department.unknown", "items/permit.yaml", "department: office\n", "department: offices\n", ""},
	{"role.unknown", "items/permit.yaml", "role: reviewer}", "role: reader}", ""},
	// expressions
	{"expression", "items/permit.yaml", "check: form.kind", "check: form.knd", ""},
	{"condition", "forms/permit.yaml", "holds: form.kind == \"new\" ||", "holds: 1 / size(form.rows) > 1 ||", ""},
	{"condition", "items/permit.yaml", "check: form.kind == \"new\"", "check: 1 / size(form.rows) > 0", ""},
	{"condition", "items/permit.yaml", "when: steps.first == \"agree\"", "when: 'form.rows[0].number > 1'", ""},
	{"condition", "items/permit.yaml", "when: form.kind == \"new\"}", "when: 10 % size(form.rows) == 1}", ""},
	{"condition", "rules/advice.yaml", "when: form.kind == \"new\"", "when: '1 / form.rows[0].number > 1'", ""},
	{"expression", "forms/permit.yaml", "when: form.kind == \"renewal\"", "when: steps.first == \"agree\"", ""},
	{"value.impossible", "items/permit.yaml", "check: form.kind == \"new\"", "check: form.kind == \"now\"", ""},
	{"value.impossible", "items/permit.yaml", "steps.first == \"agree\"", "steps.first == \"good\"", ""},
	// flow
	{"flow.cycle", "items/permit.yaml", "kind: review, part: main,", "kind: review, part: main, needs: [decide],", ""},
	{"flow.needs", "items/permit.yaml", "needs: [first]", "needs: [fisrt, first]", ""},
	{"flow.order", "items/permit.yaml", "needs: [decide], when: steps.first", "needs: [decide], when: steps.judge == \"good\" && steps.first", ""},
	{"flow.loose", "items/permit.yaml", "needs: [issue, decideExtra]", "needs: [issue]", "decideExtra, name"},
	{"flow.undecided", "items/permit.yaml", "kind: issue, part: main, needs: [decide, check]", "kind: issue, part: extra, needs: [decide, check]", ""},
	{"flow.undecided", "items/permit.yaml", "kind: issue, part: main, needs: [decide, check]", "kind: issue", ""},
	{"flow.deliver", "items/permit.yaml", "needs: [issue, decideExtra]", "needs: [decideExtra]", "id: hand"},
	{"part.undecided", "items/permit.yaml", "kind: decide, part: extra", "kind: review, part: extra", "id: extra"},
	{"part.skipped", "items/permit.yaml", "kind: decide, part: main,", "kind: decide, part: main, when: form.kind == \"new\",", ""},
	{"part.apart", "items/permit.yaml", "kind: review, part: main, by", "kind: review, part: extra, by", ""},
	{"step.nobody", "items/permit.yaml", ", by: {department: office, role: head}", "", "id: decide,"},
	{"step.limit", "items/permit.yaml", "role: head}, within: {rule: own.step}", "role: head}", ""},
	{"step.kind", "items/permit.yaml", "kind: review, part: main", "kind: foo, part: main", ""},
	{"step.result", "items/permit.yaml", "kind: notify, needs", "kind: issue, needs", ""},
	{"step.check", "items/permit.yaml", ", check: form.kind == \"new\"", "", "id: check,"},
	{"step.message", "items/permit.yaml", ", message: done", "", "id: tell,"},
	{"step.part", "items/permit.yaml", "kind: decide, part: main, needs", "kind: decide, needs", ""},
	{"step.field", "items/permit.yaml", "{name: note,", "{name: note.x,", ""},
	{"step.schema", "items/permit.yaml", "fields: [{name: note,", "schema: {properties: {nite: {maxLength: 9}}}, fields: [{name: note,", ""},
	{"step.schema", "items/permit.yaml", "fields: [{name: note,", "schema: {properties: {note: {$ref: \"#/$defs/none\"}}}, fields: [{name: note,", ""},
	{"field.unknown", "items/permit.yaml", "fields: [{name: note,", "checks: [{id: short, field: nite, holds: data.decide.note != form.name, text: {zh: 请写别的。, en: Write another.}}], fields: [{name: note,", ""},
	{"expression", "items/permit.yaml", "fields: [{name: note,", "checks: [{id: short, field: note, holds: data.decide.nite != form.name, text: {zh: 请写别的。, en: Write another.}}], fields: [{name: note,", ""},
	{"part.unknown", "items/permit.yaml", "field: name, material: proof}", "field: name, material: proof, part: mian}", ""},
	{"ground.none", "items/permit.yaml", "field: name, material: proof}", "field: name, material: proof, part: extra}", "grounds:"},
	{"outcome.unreachable", "items/permit.yaml", "{id: bad,", "{id: good,", ""},
	{"outcome.refuse", "items/permit.yaml", "en: Good}}", "en: Good}, refuse: true}", ""},
	{"licence.unknown", "items/permit.yaml", "licence: permit,", "licence: permits,", ""},
	{"template.unknown", "items/permit.yaml", "message: done", "message: dnoe", ""},
	{"template.kind", "items/permit.yaml", "message: done", "message: permit", ""},
	{"fact.unknown", "items/permit.yaml", "from: data.decide.note", "from: data.decide.nite", ""},
	// time
	{"time.promise", "pack.yaml", "limit: 5 workday, basis", "limit: 21 workday, basis", "items/permit.yaml\x00promised:"},
	{"time.deferral", "items/permit.yaml", "rule: {rule: own.step, effect: breach}", "rule: {rule: own.correct, effect: breach}", "deferral:"},
	{"time.acceptance", "items/permit.yaml", "acceptance: {rule: licence.correction_notice, effect: accept}", "acceptance: {rule: own.correct}", ""},
	{"time.path", "pack.yaml", "limit: 2 workday, basis", "limit: 3 workday, basis", "items/permit.yaml\x00promised:"},
	// form
	{"step.schema", "items/permit.yaml", "fields: [{name: note,", "schema: {properties: {note: {pattern: \"[0-9{13}\"}}}, fields: [{name: note,", ""},
	{"form.schema", "forms/permit.yaml", "{name: old,", "{name: odl,", ""},
	{"form.unasked", "forms/permit.yaml", "    old: {type: string, maxLength: 40}", "    old: {type: string, maxLength: 40}\n    more: {type: string, maxLength: 40}", "more:"},
	{"form.twice", "forms/permit.yaml", "{name: old,", "{name: name,", ""},
	{"form.order", "forms/permit.yaml", "departments: [office]}", "departments: [office], when: form.kind == \"new\"}", ""},
	{"form.widget", "forms/permit.yaml", "widget: code", "widget: number", ""},
	{"form.options", "forms/permit.yaml", "enum: [new, renewal]", "enum: [new, renewal, change]", "widget: radio\x00-2"},
	{"form.personal", "forms/permit.yaml", "personal: true, ", "", ""},
	{"form.choices", "forms/permit.yaml", "widget: code,", "widget: code, choices: none,", ""},
	{"check.basis", "forms/permit.yaml", "holds: form.kind == \"new\" ||", "holds: today > \"2026-01-01\" && form.kind == \"new\" ||", "id: rows.renewal"},
	{"check.basis", "items/permit.yaml", "fields: [{name: note,", "checks: [{id: short, field: note, holds: data.decide.note != today, text: {zh: 请写别的。, en: Write another.}}], fields: [{name: note,", ""},
	{"expression", "forms/permit.yaml", "when: form.kind == \"renewal\"", "when: today > \"2026-01-01\"", ""},
	{"expression", "items/permit.yaml", "check: form.kind == \"new\"", "check: today > \"2026-01-01\"", ""},
	{"duplicate", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: name}, like: [applicant]}\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: name}, like: [applicant]}\nchecks:\n", "id: who"},
	{"schema", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {phone: name}, like: [applicant]}\nchecks:\n", "id: who"},
	{"person.known", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: agent, name: {zh: 本人, en: Person}, fields: {name: name}, like: [applicant]}\nchecks:\n", "id: agent"},
	{"person.field", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: nmae}, like: [applicant]}\nchecks:\n", "id: who"},
	{"person.field", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: rows.thing}, like: [applicant]}\nchecks:\n", "id: who"},
	{"person.field", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, list: rows, fields: {name: name}, like: [applicant]}\nchecks:\n", "id: who"},
	{"person.field", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: name, docNo: old}, like: [applicant]}\nchecks:\n", "id: who"},
	{"person.unknown", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: name}, like: [applicant, boss]}\nchecks:\n", "id: who"},
	{"person.order", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: name}, like: [who]}\nchecks:\n", "id: who"},
	{"person.order", "forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: name}, like: [thing]}\n  - {id: thing, name: {zh: 物主, en: Owner}, list: rows, fields: {name: thing}, like: [who]}\nchecks:\n", "id: who"},
	{"form.row", "forms/permit.yaml", "{name: number,", "{name: number, when: form.kind == \"new\",", ""},
	// templates
	{"template.missing", "templates/done.en.txt", "*", "", "pack.yaml\x00id: done"},
	{"template.duplicate", "pack.yaml", "{id: done, kind: message", "{id: permit, kind: licence", ""},
	{"template.unnamed", "templates/more.zh.html", "", "<p>x</p>", ""},
	{"template.unused", "items/permit.yaml", "template: permit,", "template: other,", "pack.yaml\x00id: permit, kind: licence"},
	{"template.fault", "templates/permit.zh.html", "{{.Data.note}}", "{{.Data.nite}}", ""},
	{"template.fault", "templates/permit.zh.html", "{{.Data.note}}", "{{.Data.note", ""},
	{"template.foreign", "templates/permit.en.html", "<p>", "<p><img src=\"https://example.com/x\">", ""},
	{"template.long", "templates/done.zh.txt", "{{.Item}}", strings.Repeat("长", 400), ""},
	// tables
	{"item.unknown", "rules/advice.yaml", "item: permit\n", "item: permits\n", ""},
	{"table.output", "rules/advice.yaml", "then: {say: fresh}", "then: {say: old}", ""},
	{"table.gap", "rules/advice.yaml", "when: form.kind == \"renewal\"", "when: form.kind == \"renewal\" && form.old == \"1\"", "rows:"},
	{"table.overlap", "rules/advice.yaml", "when: form.kind == \"renewal\"", "when: form.kind != \"x\"", ""},
	{"table.shadowed", "rules/advice.yaml", "when: form.kind == \"renewal\", then", "when: form.kind == \"renewal\" && form.kind == \"new\", then", ""},
	// walk
	{"walk.time", "walk.yaml", "at: \"09:20\"", "at: \"09:05\"", ""},
	{"walk.account", "walk.yaml", ", phone: \"13800138001\"}\n", "}\n", ""},
	{"walk.account", "walk.yaml", "docNo: \"610502198803120111\"}, phone: \"13800138001\"}\n", "docNo: \"610502198803120112\"}, phone: \"13800138001\"}\n", ""},
	{"walk.account", "walk.yaml", "roles: [clerk], region: \"610500\"", "roles: [clerk]", ""},
	{"walk.account", "walk.yaml", "roles: [clerk], region: \"610500\"", "roles: [clerk], region: \"619999\"", ""},
	{"walk.account", "walk.yaml", "forms:\n", "  - {id: zhao, name: 赵芳, kind: citizen, document: {docType: resident-id, docNo: \"610502199007010231\"}, phone: 138 0013 8001}\nforms:\n", ""},
	{"walk.who", "walk.yaml", "who: li, do: save-draft", "who: lo, do: save-draft", ""},
	{"walk.step", "walk.yaml", "steps: {first: pending}", "steps: {fisrt: pending}", ""},
	{"walk.form", "walk.yaml", "form: full", "form: fill", ""},
	{"walk.file", "walk.yaml", ", file: {name: a.pdf, type: application/pdf}", "", "do: attach"},
	{"walk.command", "walk.yaml", "do: open, with: {item: permit", "do: open, with: {itme: permit", ""},
	{"walk.call", "walk.yaml", "who: li, do: save-draft", "who: li, do: call", ""},
	{"walk.fact", "walk.yaml", "proves: [P99-R1]", "proves: [P99-R1, P99-R2]", ""},
	{"walk.unproved", "pack.yaml", "{id: P99-R1,", "{id: P99-R3,", ""},
}

// severals are breaks that change more than one place: file, old and new of each. The first change's new text is where the
// problem stands, if at is empty; else the line of at in items/permit.yaml.
var severals = []struct {
	code, at string
	changes  [][3]string
}{
	{"person.page", "id: who", [][3]string{ // a name and a number that are asked for on two pages
		{"forms/permit.yaml", "widget: code", "widget: id, personal: true"},
		{"forms/permit.yaml", "checks:\n", "persons:\n  - {id: who, name: {zh: 本人, en: Person}, fields: {name: name, docNo: old}, like: [applicant]}\nchecks:\n"}}},
	{"limit.minimum", "statutory:", [][3]string{
		{"pack.yaml", "limits:\n", "limits:\n  - {id: bankr.claims_min, name: {zh: 申报, en: Claims}}\n"},
		{"items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: bankr.claims_min}"},
		{"items/permit.yaml", "extension: {limit: 10 workday, role: head, basis: {law: 行政许可法, article: \"42\"}}\n", ""}}},
	{"limit.minimum", "id: first", [][3]string{
		{"pack.yaml", "limits:\n", "limits:\n  - {id: licence.stop_clock, name: {zh: 特别程序, en: Stops}}\n"},
		{"items/permit.yaml", "role: reviewer}, within: {rule: own.step}", "role: reviewer}, within: {rule: licence.stop_clock}"}}},
	{"extension.long", "extension:", [][3]string{ // the law names no number
		{"pack.yaml", "limits:\n", "limits:\n  - {id: sme.complaint_handle, name: {zh: 投诉, en: Complaint}}\n"},
		{"items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: sme.complaint_handle}"},
		{"items/permit.yaml", "extension: {limit: 10 workday", "extension: {limit: 31 day"}}},
	{"extension.long", "extension:", [][3]string{
		{"items/permit.yaml", "extension: {limit: 10 workday", "extension: {limit: 9000 workday"},
		{"items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: own.correct}"}}},
	{"time.statutory", "statutory:", [][3]string{
		{"pack.yaml", "limits:\n", "limits:\n  - {id: own.long, name: {zh: 长, en: Long}, limit: 9000 workday, basis: {law: 行政许可法, article: \"42\"}}\n"},
		{"items/permit.yaml", "statutory: {rule: licence.decision}", "statutory: {rule: own.long}"}}},
	{"time.acceptance", "acceptance:", [][3]string{
		{"pack.yaml", "limits:\n", "limits:\n  - {id: own.accept, name: {zh: 受理, en: Accept}, limit: 30 workday, basis: {law: 行政许可法, article: \"32\"}}\n"},
		{"items/permit.yaml", "acceptance: {rule: licence.correction_notice", "acceptance: {rule: own.accept"}}},
	// A path that is not the longest on an ordinary Monday is the longest before a holiday.
	{"time.path", "promised:", [][3]string{
		{"pack.yaml", "limits:\n", "limits:\n  - {id: own.hours, name: {zh: 小时, en: Hours}, limit: 72 hour, basis: {law: 《示例承诺》, article: \"1\"}}\n" +
			"  - {id: own.defer, name: {zh: 后补, en: Later}, limit: 24 hour, basis: {law: 《示例承诺》, article: \"1\"}}\n"},
		{"pack.yaml", "limit: 5 workday, basis", "limit: 8 day, basis"},
		{"pack.yaml", "measure: case-workdays, limit: 5", "measure: none"},
		{"items/permit.yaml", "{rule: own.step, effect: breach}", "{rule: own.defer, effect: breach}"},
		{"items/permit.yaml", "role: reviewer}, within: {rule: own.step}", "role: reviewer}, within: {rule: own.hours}"},
		{"items/permit.yaml", "role: head}, within: {rule: own.step}", "role: head}, within: {rule: own.hours}"}}},
	// A promise in hours is overtaken by work that begins just after a half hour.
	{"time.path", "promised:", [][3]string{
		{"pack.yaml", "limits:\n", "limits:\n  - {id: own.hours, name: {zh: 小时, en: Hours}, limit: 5 hour, basis: {law: 《示例承诺》, article: \"1\"}}\n" +
			"  - {id: own.day, name: {zh: 一天, en: A day}, limit: 1 day noroll, basis: {law: 《示例承诺》, article: \"1\"}}\n" +
			"  - {id: own.defer, name: {zh: 后补, en: Later}, limit: 24 hour, basis: {law: 《示例承诺》, article: \"1\"}}\n"},
		{"pack.yaml", "limit: 5 workday, basis", "limit: 52 hour, basis"},
		{"pack.yaml", "measure: case-workdays, limit: 5", "measure: none"},
		{"items/permit.yaml", "{rule: own.step, effect: breach}", "{rule: own.defer, effect: breach}"},
		{"items/permit.yaml", "role: reviewer}, within: {rule: own.step}", "role: reviewer}, within: {rule: own.hours}"},
		{"items/permit.yaml", "role: head}, within: {rule: own.step}", "role: head}, within: {rule: own.day}"},
		{"items/permit.yaml", "by: {department: experts, role: expert}, within: {rule: own.step}, outcomes", "by: {department: experts, role: expert}, within: {rule: own.hours}, outcomes"},
		{"items/permit.yaml", "by: {department: experts, role: expert}, within: {rule: own.step}}", "by: {department: experts, role: expert}, within: {rule: own.hours}}"}}},
}

func TestProblemsThatNeedSeveralChanges(t *testing.T) {
	for _, b := range severals {
		t.Run(b.code, func(t *testing.T) {
			files := broken(t, "README.md", "", "x")
			for _, c := range b.changes {
				text := string(files[c[0]].Data)
				if !strings.Contains(text, c[1]) {
					t.Fatalf("%s does not hold %q", c[0], c[1])
				}
				files[c[0]] = &fstest.MapFile{Data: []byte(strings.Replace(text, c[1], c[2], 1))}
			}
			pack, problems := Check(files)
			if pack != nil {
				t.Fatal("the pack was accepted")
			}
			i := slices.IndexFunc(problems, func(p Problem) bool { return p.Code == b.code })
			if i < 0 || len(problems) > 1 {
				t.Fatalf("want %s alone: %v", b.code, problems)
			}
			t.Log(problems[i].Error())
			checkLine(t, files, problems[i], b.at, "")
		})
	}
}

// broken is the base pack with one place changed.
func broken(t testing.TB, file, old, new string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	base := os.DirFS("testdata/base")
	err := fs.WalkDir(base, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(base, name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case old == "*" && new == "":
		delete(files, file)
	case old == "*" || old == "":
		files[file] = &fstest.MapFile{Data: []byte(new)}
	case !strings.Contains(string(files[file].Data), old):
		t.Fatalf("%s does not hold %q", file, old)
	default:
		files[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(files[file].Data), old, new, 1))}
	}
	return files
}

func TestBasePackIsProved(t *testing.T) {
	_, problems := Check(os.DirFS("testdata/base"))
	for _, p := range problems {
		t.Error(p.Error())
	}
}

// TestProblemsNameFileLineAndRemedy breaks the base pack in every way that a proof looks for. testdata/broken.golden
// holds the first sentence of each, to be read in review; renew it with -update.
func TestProblemsNameFileLineAndRemedy(t *testing.T) {
	var report strings.Builder
	for _, b := range breaks {
		t.Run(b.code, func(t *testing.T) {
			files := broken(t, b.file, b.old, b.new)
			pack, problems := Check(files)
			if pack != nil {
				t.Fatal("the pack was accepted")
			}
			i := slices.IndexFunc(problems, func(p Problem) bool { return p.Code == b.code })
			if i < 0 {
				t.Fatalf("no problem has this code: %v", problems)
			}
			p := problems[i]
			fmt.Fprintf(&report, "%s\n    %s\n", p.Code, p.Error())
			if p.What == "" || p.Mend == "" {
				t.Errorf("says not what or how to mend it: %+v", p)
			}
			at, file := b.at, b.file
			if f, rest, other := strings.Cut(b.at, "\x00"); other && f != "widget: radio" {
				file, at = f, rest
			}
			if p.File != file {
				t.Fatalf("names the file %s, want %s: %s", p.File, file, p.Error())
			}
			checkLine(t, files, p, at, b.new)
		})
	}
	golden(t, "testdata/broken.golden", report.String())
}

// checkLine checks that a problem stands on the line that holds a text.
func checkLine(t *testing.T, files fstest.MapFS, p Problem, at, changed string) {
	t.Helper()
	if p.Line == 0 {
		return // the file as a whole
	}
	offset := 0
	if text, n, ok := strings.Cut(at, "\x00"); ok {
		at = text
		if _, err := fmt.Sscan(n, &offset); err != nil {
			t.Fatal(err)
		}
	}
	if at == "" {
		at, _, _ = strings.Cut(changed, "\n")
	}
	lines := strings.Split(string(files[p.File].Data), "\n")
	if n := p.Line - offset; n > len(lines) || !strings.Contains(lines[n-1], at) {
		t.Errorf("stands on line %d, which does not hold %q: %s", p.Line, at, p.Error())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; renew it with -update and read the difference\n%s", name, got)
	}
}

// TestEveryProofHasAPackThatBreaksIt finds the codes in the source and wants a break for each.
func TestEveryProofHasAPackThatBreaksIt(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?:(?:[^.\w]at|\b(?:add|fail|wrong|problem|fault))\((?:[a-z.&]+, )?|Problem\{.*?)"([a-z]+(?:[.-][a-z]+)?)", *\n?(?:fmt|")|, 0, 0, "([a-z]+\.[a-z]+)"|Problem\{Code: "([a-z]+)", What: "this`)
	found := 0
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(text), -1) {
			c := m[1] + m[2] + m[3]
			found++
			broken := slices.ContainsFunc(breaks, func(b struct{ code, file, old, new, at string }) bool { return b.code == c })
			for _, b := range severals {
				broken = broken || b.code == c
			}
			for _, b := range childBreaks {
				broken = broken || b.code == c
			}
			if !broken && !slices.Contains(unbroken, c) {
				t.Errorf("%s: no pack breaks the proof %s", name, c)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d codes were found: has the way of writing them changed?", found)
	}
}

// unbroken lists the codes that one folder of files cannot lead to: links, and the folder itself (TestLinksAreRefused,
// TestCheckAllNamesTheFolder), and a law that the catalogue does not hold yet (TestLimitsAreThoseInForceOnTheDay).
var unbroken = []string{"file.kind", "file.folder", "limit.repealed"}

func TestLinksAreRefused(t *testing.T) {
	files := broken(t, "README.md", "", "x")
	files["README.md"] = &fstest.MapFile{Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink}
	_, problems := Load(files)
	if len(problems) == 0 || problems[0].Code != "file.kind" {
		t.Fatalf("got %v", problems)
	}
}

func TestProvingIsDeterministic(t *testing.T) {
	files := broken(t, "items/permit.yaml", "department: office\n", "department: offices\n")
	files["pack.yaml"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(files["pack.yaml"].Data), "own.step, name", "own.stop, name"))}
	_, first := Check(files)
	if len(first) < 2 {
		t.Fatalf("want several problems, got %v", first)
	}
	for range 20 {
		if _, again := Check(files); !slices.Equal(first, again) {
			t.Fatalf("first %v\nagain %v", first, again)
		}
	}
}
