package desk_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

func asRefusal(err error, r **caseflow.Refusal) bool { return errors.As(err, r) }

// Who keeps the house and comes to the desk is led to the console; of the desk they have the figures and nothing of a case.
func TestAdministrator_is_led_to_the_console(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.running()
	if a := b.as("admin1", "GET", "/desk", nil); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/console" {
		t.Errorf("%d %s", a.Code, a.Header().Get("Location"))
	}
	a := b.get("admin1", "/desk/overview")
	contains(t, a, `href="/desk/overview"`)
	lacks(t, a, `href="/desk?`, `href="/desk/find"`, "待办</a>", "610502-")
}

// A request that waits for acceptance runs under a limit of law, in lists as on its page.
func TestFind_shows_the_limit_of_acceptance(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	find := "/desk/find?q=" + url.QueryEscape("王秀英")
	a := b.get("clerk1", find)
	contains(t, a, string(key.Case), "11-30 到期")
	lacks(t, a, "不计时限")
	b.do("clerk1", key, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Words: "请补签"}}})
	contains(t, b.get("clerk1", find), "暂停")
}

// What is wrong with who asks is said at its question, whatever its length or kind, and nothing is opened.
func TestNew_says_at_its_question_what_is_wrong_with_who_asks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	good := url.Values{"request": {"r"}, "item": {"company-open"}, "docType": {"resident-id"}, "docNo": {"610502199001010011"},
		"party": {"王秀英"}, "phone": {"13891300001"}, "channel": {"window"}}
	for name, c := range map[string]struct{ field, typed, at string }{
		"a phone of letters":   {"phone", "abc", "f-phone"},
		"a name of markup":     {"party", "<script>alert(1)</script>", "f-party"},
		"a name of 200":        {"party", strings.Repeat("王", 200), "f-party"},
		"an agent of markup":   {"agentName", "<b>", "f-agentName"},
		"an agent's bad phone": {"agentPhone", "12", "f-agentPhone"},
	} {
		send := url.Values{}
		for k, v := range good {
			send[k] = v
		}
		if strings.HasPrefix(c.field, "agent") {
			send.Set("agentName", "李志强")
			send.Set("agentType", "resident-id")
			send.Set("agentNo", "610502199001010011")
		}
		send.Set(c.field, c.typed)
		a := b.as("clerk1", "POST", "/desk/new", send)
		if a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.body, `href="#`+c.at+`"`) {
			t.Errorf("%s: %d, or no link to %s:\n%s", name, a.Code, c.at, plain(a.body))
		}
		lacks(t, a, "<script>alert", "<b>")
	}
	if rows := b.get("clerk1", "/desk/find?q=610502"); strings.Contains(rows.body, "610502-2026") {
		t.Error("a case was opened")
	}
	if a := b.as("clerk1", "POST", "/desk/new", good); a.Code != http.StatusSeeOther {
		t.Errorf("the good one: %d\n%s", a.Code, plain(a.body))
	}
}

// An act that cannot be undone shows what was typed before it is done.
func TestConfirmation_shows_what_was_typed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("register")(b)
	p := path(b, key, "grant", task, nil)
	a := b.as("market1", "POST", p, form(t, b.get("market1", p), p, "data.scope", "面粉生产", "words", "材料齐全"))
	contains(t, a, "核定经营范围", "面粉生产", "材料齐全", `name="confirmed"`)
}

// Nothing is asked before acceptance, so its address is the confirmation.
func TestAccept_asks_only_for_confirmation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	p := home(key) + "/acts/accept"
	a := b.get("clerk1", p)
	contains(t, a, `name="confirmed"`, "承诺时限")
	if a := b.as("clerk1", "POST", p, form(t, a, p)); a.Code != http.StatusSeeOther || b.state(key).Phase != caseflow.PhaseRunning {
		t.Errorf("%d, %s", a.Code, b.state(key).Phase)
	}
}

// What an address names goes into the record of looks: what cannot be a name is not found.
func TestAddresses_with_control_characters_are_not_found(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.running()
	for _, p := range []string{"/clocks/%00", "/clocks/%0a", "/clocks/none", "/files/%00/x", "/files/identity/%00", "/papers/%00", "/acts/%00", "/%00"} {
		if a := b.as("market1", "GET", home(key)+p, nil); a.Code != http.StatusNotFound {
			t.Errorf("%s: %d", p, a.Code)
		}
	}
}

// A correction notice offers and takes only what is asked for, and a common reason leads to what it concerns.
func TestCorrection_leads_to_what_is_to_be_mended(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	p := home(key) + "/acts/request-correction"
	form1 := b.get("clerk1", p)
	lacks(t, form1, "material:permit", "ground:unpermitted")
	rewritten := b.as("clerk1", "POST", p, form(t, form1, p, "point", "ground:unsigned", "words.material:identity", "身份证已过期"))
	contains(t, rewritten, "改过，但没有勾选", `href="#f-words-material-identity"`, `value="身份证已过期"`, "data-preset=")
	if rewritten.Code != http.StatusUnprocessableEntity || b.state(key).Correction != nil {
		t.Errorf("words without a tick: %d", rewritten.Code)
	}
	a := b.as("clerk1", "POST", p, form(t, form1, p, "point", "ground:unsigned", "words.ground:unsigned", "缺少签名", "words.material:identity", ""))
	change := form(t, a, p, "again", "yes")
	contains(t, b.as("clerk1", "POST", p, change), `value="ground:unsigned" checked`, `value="缺少签名"`)
	b.as("clerk1", "POST", p, form(t, a, p))
	points := b.state(key).Correction.Points
	if len(points) != 1 || points[0].Material != "identity" || points[0].Ground != "unsigned" {
		t.Errorf("%+v", points)
	}
	contains(t, b.get("clerk1", home(key)), "一次性告知的补正内容", "补正材料一次性告知书", "缺少签名", "没有修改")
	b.do("wang", key, caseflow.Attach{Material: "identity", File: caseflow.File{Hash: strings.Repeat("cd", 32), Name: "身份证.pdf", Bytes: 8, Type: "application/pdf"}})
	b.do("wang", key, caseflow.Correct{})
	back := b.get("clerk1", home(key))
	contains(t, back, "一次性告知的补正内容", "缺少签名", "已修改")
	lacks(t, back, "没有修改")
	b.do("clerk1", key, caseflow.Accept{})
	lacks(t, b.get("clerk1", home(key)), "一次性告知的补正内容")
	again := b.received()
	_, err := b.hall.Do(t.Context(), b.people["clerk1"].actor, "", again, caseflow.RequestCorrection{Points: []caseflow.CorrectionPoint{{Material: "permit", Words: "缺"}}})
	if r := new(caseflow.Refusal); !asRefusal(err, &r) || r.Code != caseflow.CodeNoSuchMaterial {
		t.Errorf("a material that is not asked for: %v", err)
	}
	lacks(t, b.get("clerk1", home(again)+"/materials"), "前置许可")
}

// A ground of one part is neither offered nor taken against another, nor at intake if the part does not carry the whole.
func TestGrounds_are_used_against_their_part(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := b.received()
	decline := b.get("clerk1", home(key)+"/acts/decline")
	contains(t, decline, "不符合法定条件")
	lacks(t, decline, "非正常户")
	refused := func(who string, cmd caseflow.Command) {
		t.Helper()
		_, err := b.hall.Do(t.Context(), b.people[who].actor, "", key, cmd)
		if r := new(caseflow.Refusal); !asRefusal(err, &r) || r.Code != caseflow.CodeGround {
			t.Errorf("%s: %v", cmd.Verb(), err)
		}
	}
	refused("clerk1", caseflow.Decline{Ground: "irregular", Words: "x"})
	b.do("clerk1", key, caseflow.Accept{})
	b.do("market1", key, caseflow.Complete{Task: b.task(key, "check"), Outcome: "agree", Words: "同意"})
	refused("market1", caseflow.Refuse{Task: b.task(key, "register"), Ground: "irregular", Words: "x"})
	b.do("market1", key, caseflow.Grant{Task: b.task(key, "register"), Data: []byte(`{"scope":"面粉"}`)})
	p := path(b, key, "refuse", b.task(key, "tax"), nil)
	contains(t, b.get("tax1", p), "非正常户", "不符合法定条件")
	b.do("tax1", key, caseflow.Refuse{Task: b.task(key, "tax"), Ground: "irregular", Words: "名下有非正常户"})
}

// The limit of a special procedure is told as people say it, and no length at all is not "too long".
func TestStop_tells_its_limit_in_words(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("check")(b)
	p := path(b, key, "stop-clock", task, nil)
	send := func(need string) answer {
		return b.as("market1", "POST", p, form(t, b.get("market1", p), p, "cause", "appraisal", "need", need, "words", "鉴定"))
	}
	a := send("11")
	contains(t, a, "10 个工作日")
	lacks(t, a, "10 workday")
	lacks(t, send("0"), "超过")
}
