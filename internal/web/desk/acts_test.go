package desk_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// scenes are cases in which an act is open to exactly one of the staff, with the answers that it needs.
var scenes = map[string]struct {
	who   string
	set   func(b *bench) (key store.Key, task int)
	query url.Values
	form  []string
	then  func(c *caseflow.Case) bool // what must be true after it
}{
	"accept":             {who: "clerk1", set: received, then: phase(caseflow.PhaseRunning)},
	"decline":            {who: "clerk1", set: received, form: []string{"ground", "not-eligible", "words", "不符合条件"}, then: phase(caseflow.PhaseDeclined)},
	"request-correction": {who: "clerk1", set: received, form: []string{"point", "ground:unclear", "words.ground:unclear", "照片不清晰", "point", "material:identity", "words.material:identity", "请重新上传"}, then: func(c *caseflow.Case) bool { return len(c.Correction.Points) == 2 }},
	"seen-paper":         {who: "clerk1", set: received, query: url.Values{"material": {"identity"}}, then: func(c *caseflow.Case) bool { return c.Material("identity").Paper }},
	"claim":              {who: "market1", set: at("check"), then: func(c *caseflow.Case) bool { return c.Tasks[1].Holder == "id-market1" }},
	"release":            {who: "market1", set: claimed("check"), then: func(c *caseflow.Case) bool { return c.Tasks[1].Holder == "" }},
	"complete":           {who: "market1", set: at("check"), form: []string{"outcome", "agree", "words", "同意"}, then: done("check")},
	"grant":              {who: "market1", set: at("register"), form: []string{"data.scope", "零售", "words", "准予"}, then: done("register")},
	"refuse":             {who: "market1", set: at("register"), form: []string{"ground", "not-eligible", "words", "名称相同"}, then: phase(caseflow.PhaseRefused)},
	"ask-opinion":        {who: "market1", set: at("check"), form: []string{"to", "tax|reviewer", "words", "有无欠税？", "within", "2"}, then: last(caseflow.TaskOpinion)},
	"add-signer":         {who: "market1", set: at("check"), form: []string{"to", "market|head", "before", "false"}, then: func(c *caseflow.Case) bool { return len(c.Steps[0].Signers) == 2 }},
	"remove-signer":      {who: "police1", set: second("seal"), then: func(c *caseflow.Case) bool { return c.Steps[4].Signers[1].Removed }},
	"hand-over":          {who: "market1", set: at("check"), form: []string{"to", "market|reviewer|id-market2", "words", "交接班"}, then: func(c *caseflow.Case) bool { return c.Tasks[1].By.Person == "id-market2" }},
	"delegate":           {who: "market1", set: at("check"), form: []string{"to", "market|reviewer|id-market2", "words", "请核对"}, then: func(c *caseflow.Case) bool { return c.Tasks[1].Delegator == "id-market1" }},
	"copy-to":            {who: "market1", set: whole(claimed("check")), form: []string{"to", "tax|reviewer", "to", "", "words", "请知悉"}, then: last(caseflow.TaskCopy)},
	"send-back":          {who: "market1", set: at("register"), form: []string{"step", "check", "words", "名称有误"}, then: func(c *caseflow.Case) bool { return c.Steps[0].Round == 2 }},
	"take-back":          {who: "market1", set: whole(at("register")), query: url.Values{"of": {"check"}}, form: []string{"words", "看错了"}, then: func(c *caseflow.Case) bool { return c.Steps[0].Round == 2 }},
	"extend":             {who: "chief", set: whole(at("check")), form: []string{"words", "需要核查"}, then: func(c *caseflow.Case) bool { return c.Clock(caseflow.ClockStatutory).Extended != nil }},
	"stop-clock":         {who: "market1", set: at("check"), form: []string{"cause", "appraisal", "need", "5", "words", "鉴定公证书"}, then: func(c *caseflow.Case) bool { return c.Stopped() != nil }},
	"resume-clock":       {who: "market1", set: stopped, then: func(c *caseflow.Case) bool { return c.Stopped() == nil }},
	"fulfil-commitment":  {who: "clerk1", set: whole(at("check")), query: url.Values{"material": {"address"}}, then: commitment(caseflow.CommitmentKept)},
	"break-commitment":   {who: "clerk1", set: whole(at("check")), query: url.Values{"material": {"address"}}, form: []string{"words", "材料不实"}, then: commitment(caseflow.CommitmentBroken)},
	"deliver":            {who: "clerk1", set: at("deliver"), form: []string{"how", "post", "receiver", "王秀英", "waybill", "EMS1"}, then: phase(caseflow.PhaseClosed)},
	"revoke":             {who: "chief", set: whole(at("deliver")), form: []string{"words", "以欺骗手段取得", "law", "行政许可法", "article", "69"}, then: phase(caseflow.PhaseRevoked)},
	"supervise":          {who: "super", set: whole(at("check")), form: []string{"to", "market|reviewer", "words", "请加快", "within", "1"}, then: last(caseflow.TaskOrder)},
	"withdraw-question":  {who: "market1", set: asked, form: []string{"words", "不需要了"}, then: func(c *caseflow.Case) bool { return c.Tasks[len(c.Tasks)-1].State == caseflow.TaskCancelled }},
	"assist": {who: "clerk1", set: whole(at("check")), form: []string{"assist.how", "official", "assist.why", "elderly", "assist.post", "hall|clerk|id-clerk2"},
		then: func(c *caseflow.Case) bool { return c.Assistance.Post.Person == "id-clerk2" }},
	"recuse": {who: "market1", set: whole(claimed("check")), form: []string{"relation", "family", "words", "申请人是我的表妹"},
		then: func(c *caseflow.Case) bool {
			return len(c.Recusals) == 1 && c.Tasks[1].Holder == "" && c.Tasks[1].State == caseflow.TaskOpen
		}},
	"note": {who: "clerk1", set: whole(at("check")), form: []string{"words", "已电话联系"}, then: func(*caseflow.Case) bool { return true }},
}

func received(b *bench) (store.Key, int) { return b.received(), 0 }

func phase(p caseflow.Phase) func(*caseflow.Case) bool {
	return func(c *caseflow.Case) bool { return c.Phase == p }
}

func done(step caseflow.StepID) func(*caseflow.Case) bool {
	return func(c *caseflow.Case) bool {
		for _, s := range c.Steps {
			if s.ID == step {
				return s.State == caseflow.StepDone
			}
		}
		return false
	}
}

func last(kind string) func(*caseflow.Case) bool {
	return func(c *caseflow.Case) bool { return c.Tasks[len(c.Tasks)-1].Kind == kind }
}

func commitment(state string) func(*caseflow.Case) bool {
	return func(c *caseflow.Case) bool { return c.Commitments[0].State == state }
}

// at brings a case to a step and finds its task.
func at(step caseflow.StepID) func(b *bench) (store.Key, int) {
	return func(b *bench) (store.Key, int) {
		key := b.running()
		if step == "check" {
			return key, b.task(key, step)
		}
		if step == "deliver" {
			b.decided(key)
			return key, b.task(key, step)
		}
		b.do("market1", key, caseflow.Complete{Task: b.task(key, "check"), Outcome: "agree"})
		if step != "register" {
			b.do("market1", key, caseflow.Grant{Task: b.task(key, "register"), Data: []byte(`{"scope":"零售"}`)})
		}
		return key, b.task(key, step)
	}
}

// decided takes an accepted case to the end of all its decisions.
func (b *bench) decided(key store.Key) {
	b.t.Helper()
	b.do("market1", key, caseflow.Complete{Task: b.task(key, "check"), Outcome: "agree"})
	b.do("market1", key, caseflow.Grant{Task: b.task(key, "register"), Data: []byte(`{"scope":"零售"}`)})
	b.do("tax1", key, caseflow.Grant{Task: b.task(key, "tax")})
	b.do("police1", key, caseflow.Complete{Task: b.task(key, "seal"), Outcome: "agree"})
	b.do("police2", key, caseflow.Complete{Task: b.task(key, "seal"), Outcome: "agree"})
}

// whole is a scene for an act on the case as a whole.
func whole(set func(b *bench) (store.Key, int)) func(b *bench) (store.Key, int) {
	return func(b *bench) (store.Key, int) {
		key, _ := set(b)
		return key, 0
	}
}

func claimed(step caseflow.StepID) func(b *bench) (store.Key, int) {
	return func(b *bench) (store.Key, int) {
		key, task := at(step)(b)
		b.do("market1", key, caseflow.Claim{Task: task})
		return key, task
	}
}

// second gives the task of the step's second signer.
func second(step caseflow.StepID) func(b *bench) (store.Key, int) {
	return func(b *bench) (store.Key, int) {
		key, task := at(step)(b)
		return key, task + 1
	}
}

// asked gives the task of an opinion that is still out.
func asked(b *bench) (store.Key, int) {
	key, task := claimed("check")(b)
	b.do("market1", key, caseflow.AskOpinion{Task: task, To: caseflow.Post{Department: "tax", Role: "reviewer"}, Ask: "有无欠税？", Within: workday.Limit{N: 1}})
	return key, task + 1
}

func stopped(b *bench) (store.Key, int) {
	key, task := at("check")(b)
	b.do("market1", key, caseflow.StopClock{Task: task, Cause: "appraisal", Need: workdays(3), Reason: "鉴定"})
	return key, 0
}

// path is the address of a scene's form.
func path(b *bench, key store.Key, verb string, task int, more url.Values) string {
	v := url.Values{}
	for name, values := range more {
		v[name] = values
	}
	if task != 0 {
		v.Set("task", strconv.Itoa(task))
		if step := b.state(key).Task(task).Step; step != "" {
			v.Set("of", string(step))
		}
	}
	if len(v) == 0 {
		return home(key) + "/acts/" + verb
	}
	return home(key) + "/acts/" + verb + "?" + v.Encode()
}

// Each act is done by the person it is open to, through its form and, where it cannot be undone, its confirmation.
func TestActs_are_done_by_who_may(t *testing.T) {
	t.Parallel()
	for verb, c := range scenes {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			key, task := c.set(b)
			p := path(b, key, verb, task, c.query)
			a := b.as(c.who, "POST", p, form(t, b.get(c.who, p), p, c.form...))
			if a.Code == http.StatusOK {
				contains(t, a, string(key.Case), "确认以后")
				a = b.as(c.who, "POST", p, form(t, a, p))
			}
			if a.Code != http.StatusSeeOther {
				t.Fatalf("%d\n%s", a.Code, plain(a.body))
			}
			if !c.then(b.state(key)) {
				t.Fatalf("it was done, but the case does not show it")
			}
		})
	}
}

// The same act, sent by everybody else: a refusal for a colleague of the case, not found for others, and nothing moves.
func TestActs_are_refused_to_everybody_else(t *testing.T) {
	t.Parallel()
	also := map[string][]string{ // who may do it besides
		"accept": {"clerk2"}, "decline": {"clerk2"}, "request-correction": {"clerk2"}, "seen-paper": {"clerk2"},
		"claim": {"market2"}, "release": {"super", "chief"}, "complete": {"market2"}, "grant": {"market2"}, "refuse": {"market2"},
		"ask-opinion": {"market2"}, "add-signer": {"market2"}, "remove-signer": {"police2", "super", "chief"}, "hand-over": {"market2", "super", "chief"},
		"withdraw-question": {"super", "chief", "market3"}, "delegate": {"market2"}, "copy-to": {"super", "chief", "clerk1"}, "send-back": {"market2"}, "stop-clock": {"market2"},
		"resume-clock": {"market2", "market3", "super"}, "fulfil-commitment": {"clerk2"}, "break-commitment": {"clerk2", "chief"},
		"recuse":  {"market2", "clerk1", "clerk2", "super", "chief"},
		"deliver": {"clerk2"}, "assist": {"clerk2"}, "note": {"clerk2", "super", "chief"},
	}
	for verb, c := range scenes {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			key, task := c.set(b)
			p := path(b, key, verb, task, c.query)
			v, err := b.store.Case(t.Context(), key)
			b.must(err)
			for login := range b.people {
				if login == c.who || strings.Contains(","+strings.Join(also[verb], ",")+",", ","+login+",") {
					continue
				}
				send := url.Values{"request": {"wrong-" + login}, "entry": {strconv.Itoa(v.Entry)}, "confirmed": {"yes"}}
				for i := 0; i+1 < len(c.form); i += 2 {
					send.Add(c.form[i], c.form[i+1])
				}
				a := b.as(login, "POST", p, send)
				seen := map[string]bool{"wang": false, "assessor1": false, "far1": false, "farclerk": false, "water1": false, "admin1": false}
				want, outside := http.StatusConflict, false
				if _, outside = seen[login]; outside {
					want = http.StatusNotFound
				}
				if a.Code != want {
					t.Errorf("%s: %d, want %d\n%s", login, a.Code, want, plain(a.body))
				}
			}
			if now, _ := b.store.Case(t.Context(), key); now.Entry != v.Entry {
				t.Errorf("the case moved from entry %d to %d", v.Entry, now.Entry)
			}
		})
	}
}

// What is offered on the page and what the core takes are the same, for everybody, in every scene.
func TestActs_offered_are_open(t *testing.T) {
	t.Parallel()
	for verb, c := range scenes {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			key, _ := c.set(b)
			for login := range b.people {
				a := b.as(login, "GET", home(key)+"/materials", nil)
				if a.Code == http.StatusNotFound {
					continue
				}
				for _, m := range links.FindAllStringSubmatch(a.body, -1) {
					href := unescape.Replace(m[1])
					if got := b.as(login, "GET", href, nil); got.Code != http.StatusOK {
						t.Errorf("%s is offered %s, which answers %d", login, href, got.Code)
					}
				}
			}
		})
	}
}

// All that was left out is said at once, in the order of the form and by the names of its questions; nothing typed is lost.
func TestActs_say_all_that_is_missing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, task := at("check")(b)
	address := path(b, key, "stop-clock", task, nil)
	a := b.as("market1", "POST", address, form(t, b.get("market1", address), address, "need", "7"))
	if a.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.Code)
	}
	contains(t, a, "提交前需要修改 2 处", "请选择“特别程序”", "请填写“理由”", `value="7"`)
	if strings.Index(a.body, `href="#f-cause"`) > strings.Index(a.body, `href="#f-words"`) {
		t.Error("not in the order of the form")
	}
	a = b.as("market1", "POST", address, form(t, b.get("market1", address), address, "need", "7", "cause", "appraisal"))
	contains(t, a, "提交前需要修改 1 处", "请填写“理由”")
}
