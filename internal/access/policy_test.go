package access

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go/types"

	"github.com/tongban/tongban/internal/caseflow"
)

// A policy that would hold for no act, or could not be told from another, does not load.
func TestPolicies_that_say_too_little_are_refused(t *testing.T) {
	t.Parallel()
	const good = `@id("a") @why("region") permit (principal, action == Action::"case.see", resource);`
	for text, want := range map[string]string{
		`permit (principal, action, resource);`:                                "needs an @id",
		`@id("a") permit (principal, action == Action::"case.see", resource);`: "needs an @id",
		good + "\n" + good: "rights.cedar:2: a policy needs an @id of its own",
		`@id("a") @why("b") forbid (principal, action == Action::"case.sea", resource);`:                `no act "case.sea"`,
		`@id("a") @why("b") forbid (principal, action in [Action::"case.see", Action::"x"], resource);`: `no act "x"`,
		`@id("a") @why("b") forbid (principal, action in [], resource);`:                                `no act ""`,
		`@id("a") @why("b") forbid (principal, action in Action::"all", resource);`:                     `no act "all"`,
		`@id("a") @why("b") forbid (principal action, resource);`:                                       "rights.cedar: ",
	} {
		if _, err := parsePolicies("rights.cedar", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// Each way to name acts reaches them: a forbid that reached none would forbid nothing, and nobody would notice.
func TestPolicies_hold_for_the_acts_that_they_name(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		`action`: "case.list case.see", `action == Action::"case.see"`: "case.see", `action in Action::"case.see"`: "case.see",
		`action in [Action::"case.see", Action::"case.list"]`: "case.list case.see",
	} {
		p, err := parsePolicies("x", []byte(`@id("a") @why("no") forbid (principal, `+action+`, resource);`))
		if err != nil {
			t.Errorf("%s: %v", action, err)
			continue
		}
		for _, act := range []Act{CaseList, CaseSee} {
			if got := len(p.byAct[act]) == 1; got != strings.Contains(want, string(act)) {
				t.Errorf("%s: holds for %s is %v", action, act, got)
			}
		}
	}
}

// What a policy cannot decide is denied, whatever another one permits.
func TestPolicies_that_fail_deny(t *testing.T) {
	t.Parallel()
	p, err := parsePolicies("x", []byte(`
		@id("a") @why("region") permit (principal, action, resource);
		@id("b") @why("no") forbid (principal, action, resource) when { resource.unheard };`))
	if err != nil {
		t.Fatal(err)
	}
	q := &asked{userOf(caseflow.Actor{ID: "x", Kind: caseflow.ActorCitizen}), thingOf(Resource{})}
	ask := types.Request{Principal: q.user.UID, Action: types.NewEntityUID("Action", types.String(CaseSee)), Resource: q.thing.UID}
	if got := p.decide(CaseSee, ask, q); got != (Decision{false, Undecided}) {
		t.Errorf("%+v", got)
	}
}

// What is remembered of an answer is told by all that it follows from: every field of a resource, and each of the actor's that a
// policy sees.
func TestRights_are_remembered_for_the_same_question_alone(t *testing.T) {
	t.Parallel()
	seen := map[question]string{}
	asked := func(what string, a caseflow.Actor, act Act, r Resource) {
		q := questionOf(a, act, r)
		if other, is := seen[q]; is {
			t.Errorf("%s and %s are one question", what, other)
		}
		seen[q] = what
	}
	asked("nothing", caseflow.Actor{}, CaseSee, Resource{})
	asked("another act", caseflow.Actor{}, CaseList, Resource{})
	for i := range reflect.TypeFor[Resource]().NumField() {
		var r Resource
		switch f := reflect.ValueOf(&r).Elem().Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString("x")
		default:
			f.Set(reflect.ValueOf([]string{"x"}))
		}
		asked("resource "+reflect.TypeFor[Resource]().Field(i).Name, caseflow.Actor{}, CaseSee, r)
	}
	for what, a := range map[string]caseflow.Actor{
		"id": {ID: "x"}, "kind": {Kind: "x"}, "region": {Region: "x"}, "roles": {Roles: []string{"x"}}, "department": {Department: "x"},
		"succeeded": {Department: "x", Succeeds: []string{"y"}}, "other roles": {Roles: []string{"xy", "z"}}, "others": {Roles: []string{"x", "yz"}},
		"one role": {Roles: []string{"x", "2:yz"}},
	} {
		asked("actor "+what, a, CaseSee, Resource{})
	}
}
