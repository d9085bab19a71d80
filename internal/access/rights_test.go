package access

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
)

// allowed is the whole of what is allowed, written a second time in another shape: role, act, and the situations in
// which it is allowed as region / departments / owner / draft. "*" is any. What no line names must be denied.
const allowed = `
	anyone      notice.see      * * * *
	anyone      notice.object   * * * *
	anyone line.print * * * * at a terminal
	anyone draw.see * * * *
	anyone inspect.see * * * *

	applicant   benefit.switch  * * me|legal *
	clerk       announcement.read same|above * * *
	reviewer    announcement.read same|above * * *
	seal-cutter announcement.read same|above * * *
	head        announcement.read same|above * * *
	supervisor  announcement.read same|above * * *
	admin       announcement.read same|above * * *
	security    announcement.read same|above * * *
	audit       announcement.read same|above * * *
	admin       announcement.write same|below * * *

	applicant   line.take       * * * *
	applicant   case.open       * * me|agent|legal||nobody's *
	applicant   case.see        * * me|agent|legal *
	applicant   case.list       * * me|agent|legal *
	applicant   case.reveal     * * me|agent|legal *
	applicant   case.prove      * * me|agent|legal *
	applicant   look.list       * * me|legal *
	applicant   mandate.manage  * * me|legal *
	applicant   credit.own      * * legal *
	applicant credit.member * * me *
	applicant inspect.own * * legal *

	clerk       caller.find     same|below mine|mine+other * no|window|asked
	clerk       line.give       same|below mine|mine+other * *
	clerk       line.call       same mine * *
	clerk       case.open       same * * *
	clerk       mandate.record  same * * *
	clerk       case.see        same mine|mine+other * no|window
	clerk       case.list       same mine * no|window
	clerk       case.reveal     same mine|mine+other * no|window
	clerk       queue.see       same mine * no|window
	clerk       credit.report   same|above mine * *
	clerk inspect.keep same mine * *
	clerk inspect.visit same mine * *
	clerk shift.hand same mine * *
	clerk       colleague.see   same * * *

	reviewer    case.see        same mine|mine+other * no|window
	reviewer    case.list       same mine * no|window
	reviewer    case.reveal     same mine|mine+other * no|window
	reviewer    queue.see       same mine * no|window
	reviewer    credit.report   same|above mine * *
	reviewer    inspect.keep    same mine * *
	reviewer    inspect.visit   same mine * *
	reviewer    credit.see      same|above * * *
	reviewer draw.keep same mine * *
	reviewer inspect.plan same mine * *
	reviewer shift.hand same mine * *
	reviewer    colleague.see   same * * *

	seal-cutter case.see        same mine|mine+other * no|window
	seal-cutter case.list       same mine * no|window
	seal-cutter case.reveal     same mine|mine+other * no|window
	seal-cutter queue.see       same mine * no|window
	seal-cutter credit.report   same|above mine * *
	seal-cutter inspect.keep same mine * *
	seal-cutter inspect.visit same mine * *
	seal-cutter shift.hand same mine * *
	seal-cutter colleague.see   same * * *

	head        case.see        same|below mine|mine+other * no|window
	head        case.list       same|below mine * no|window
	head        case.reveal     same|below mine|mine+other * no|window
	head        queue.see       same|below mine * no|window
	head        credit.see      same|above * * *
	head        draw.keep       same mine * *
	head        inspect.plan    same mine * *
	head        stats.see       same|below mine * no|window
	head        colleague.see   same|below * * *

	supervisor  case.see        same|below * * no|window
	supervisor  case.list       same|below * * *
	supervisor  case.reveal     same|below * * no|window
	supervisor  look.list       same|below * * no|window
	supervisor  queue.see       same|below * * *
	supervisor  credit.see      same|above * * *
	supervisor  stats.see       same|below * * *
	supervisor  colleague.see   same|below * * *

	admin       stats.see       same|below * * *
	admin       case.recount    same|below * * *
	admin       pack.load       same|below * * *
	admin       calendar.load   same|below * * *
	admin       system.see      same|below|none * * *
	admin       system.manage   same|below|none * * *
	admin       colleague.see   same|below * * *
	admin       account.see     same|below * * *
	admin       account.add     same|below * * *
	admin       department.see  same|below * * *
	admin       department.reform same|below * * *

	admin       quarantine.see     same|below * * *
	admin       quarantine.release same|below * * *
	security    quarantine.see     same|below * * *
	security    quarantine.ask     same|below * * *
	security    quarantine.release same|below * * *
	audit       quarantine.see     same|below * * *

	admin       log.see         same|below|none * * *
	security    log.see         same|below|none * * *
	security    log.settle      same|below|none * * *
	audit       log.see         same|below|none * * *

	security    account.see     same|below * * *
	security    account.log     same|below * * *
	security    account.manage  same|below * * *
	security    factor.take     same|below * * *
	security    department.see  same|below * * *
	security    department.confirm same|below * * *
	security    colleague.see   same|below * * *

	audit       account.see     same|below * * *
	audit       account.log     same|below * * *
	audit       audit.see       same|below * * *
	audit       department.see  same|below * * *
	audit       system.see      same|below|none * * *
	audit       colleague.see   same|below * * *

	assessor    stats.see       same|below * * *
	assessor    assessment.see  same|below * * *
	assessor    announcement.read same|above * * *
	admin       assessment.see  same|below * * *
	security    assessment.see  same|below * * *
	audit       assessment.see  same|below * * *

	system      case.see        * * * *
	system      case.list       * * * *
	system      queue.see       * * * *
	system      stats.see       * * * *
	system      account.see     * * * *
	system      account.add     * * * *
	system      account.manage  * * * *
	system      factor.take     * * * *
	system      account.log     * * * *
	system      audit.see       * * * *
	system      department.see  * * * *
	system      case.recount    * * * *
	system      pack.load       * * * *
	system      calendar.load   * * * *
	system      system.see      * * * *
	system      system.manage   * * * *
	system      colleague.see   * * * *
`

var acts = append(slices.Clone(Acts), "case.unheard-of", "")

func actors() map[string]caseflow.Actor {
	all := map[string]caseflow.Actor{
		"anyone":    {},
		"applicant": {ID: "me", Kind: caseflow.ActorCitizen, Name: "张伟"},
		"system":    System,
	}
	for _, role := range []string{"clerk", "reviewer", "head", "supervisor", "assessor", "admin", "security", "audit", "seal-cutter"} {
		all[role] = caseflow.Actor{ID: "me", Kind: caseflow.ActorOfficial, Region: weinan, Department: "market", Succeeds: []string{"fair", "quality"},
			Roles: []string{role}}
	}
	return all
}

// owners are whose the thing is: one's own, somebody else's, of a principal whose mandate one has, of one who has given it to
// somebody else, of nobody.
var owners = map[string]Resource{
	"me": {Owner: "me"}, "another": {Owner: "another"}, "": {},
	"agent": {Owner: "company:A", Agents: []string{"you", "me"}}, "legal": {Owner: "company:A", Legal: []string{"me"}},
	"not-agent": {Owner: "company:A", Agents: []string{"you", ""}, Legal: []string{"they"}},
	"nobody's":  {Agents: []string{"me"}, Legal: []string{"me"}},
}

func situations(visit func(words [4]string, r Resource)) {
	regions := map[string]string{"same": weinan, "below": linwei, "above": "610000", "foreign": ankang, "none": "", "unknown": "999999"}
	departments := map[string][][]string{"mine": {{"market"}, {"fair"}, {"quality", "market"}}, "mine+other": {{"tax", "market"}, {"fair", "tax"}},
		"other": {{"tax"}}, "none": {nil}, "empty": {{""}}}
	for region, code := range regions {
		for department, lists := range departments {
			for owner, held := range owners {
				for draft, where := range map[string][2]string{"no": {"running", "online"}, "online": {"draft", "online"},
					"window": {"draft", "window"}, "nowhere": {"draft", ""}, "asked": {"draft", "online"}} {
					for _, list := range lists {
						r := held
						r.Region, r.Departments, r.Phase, r.Channel, r.Wanted = code, list, caseflow.Phase(where[0]), where[1], draft == "asked"
						visit([4]string{region, department, owner, draft}, r)
					}
				}
			}
		}
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	lines := map[string][]string{} // "role act" -> the four words
	terminal := map[string]bool{}  // acts that only a terminal may do
	for line := range strings.Lines(allowed) {
		if f := strings.Fields(strings.TrimSuffix(line, " at a terminal\n")); len(f) == 6 {
			lines[f[0]+" "+f[1]] = f[2:]
			terminal[f[1]] = strings.HasSuffix(line, " at a terminal\n")
		}
	}
	asked, granted := 0, 0
	for role, actor := range actors() {
		for _, act := range acts {
			line, ok := lines["anyone "+string(act)]
			if !ok {
				line = lines[role+" "+string(act)]
			}
			situations(func(words [4]string, r Resource) {
				want := line != nil
				for i, w := range line {
					want = want && (w == "*" || slices.Contains(strings.Split(w, "|"), words[i]))
				}
				r.Terminal = asked%2 == 0
				want = want && (r.Terminal || !terminal[string(act)])
				got := May(actor, act, r)
				if got.Allow != want || got.Reason == "" {
					t.Errorf("%s %s in %v: %+v, want allow %v", role, act, words, got, want)
				}
				asked++
				if got.Allow {
					granted++
				}
			})
		}
	}
	t.Logf("%d questions, %d allowed", asked, granted)
}

func TestRightsAddUpOverRolesAndNeverOverKinds(t *testing.T) {
	t.Parallel()
	tax := Resource{Region: weinan, Departments: []string{"tax"}, Owner: "me", Phase: caseflow.PhaseRunning}
	for _, c := range []struct {
		name  string
		actor caseflow.Actor
		act   Act
		want  Decision
	}{
		{"a clerk who is also supervisor sees other departments' cases",
			caseflow.Actor{ID: "x", Kind: caseflow.ActorOfficial, Region: weinan, Department: "market", Roles: []string{"clerk", "supervisor"}},
			CaseSee, Decision{true, ByRegion}},
		{"an administrator sees no case, not even one of the own department",
			caseflow.Actor{ID: "x", Kind: caseflow.ActorOfficial, Region: weinan, Department: "tax", Roles: []string{"admin"}},
			CaseSee, Decision{false, IsAdministrator}},
		{"an administrator who is also a clerk sees no case either",
			caseflow.Actor{ID: "x", Kind: caseflow.ActorOfficial, Region: weinan, Department: "tax", Roles: []string{"clerk", "audit"}},
			CaseSee, Decision{false, IsAdministrator}},
		{"who holds two of the three administrators' roles has the rights of none",
			caseflow.Actor{ID: "x", Kind: caseflow.ActorOfficial, Region: weinan, Department: "tax", Roles: []string{"admin", "security"}},
			PackLoad, Decision{false, IsAdministrator}},
		{"a citizen with an official's roles is a citizen",
			caseflow.Actor{ID: "x", Kind: caseflow.ActorCitizen, Region: weinan, Department: "tax", Roles: []string{"supervisor", "admin"}},
			CaseSee, Decision{false, NoRight}},
		{"a citizen manages no accounts",
			caseflow.Actor{ID: "x", Kind: caseflow.ActorCitizen, Region: weinan, Roles: []string{"admin"}}, AccountManage, Decision{false, NoRight}},
		{"an official does not see the own case by being its owner",
			caseflow.Actor{ID: "me", Kind: caseflow.ActorOfficial, Region: weinan, Department: "market", Roles: []string{"applicant", "clerk"}},
			CaseSee, Decision{false, NoRight}},
		{"an official cannot hold the system's row",
			caseflow.Actor{ID: "x", Kind: caseflow.ActorOfficial, Region: weinan, Department: "market", Roles: []string{"system", "administrator", "post", "anyone"}},
			CaseSee, Decision{false, NoRight}},
		{"an actor without id is nobody", caseflow.Actor{Kind: caseflow.ActorSystem}, CaseSee, Decision{false, NoRight}},
		{"an unknown kind is nobody", caseflow.Actor{ID: "x", Kind: "robot", Roles: []string{"admin"}}, SystemSee, Decision{false, NoRight}},
		{"an unknown act is denied", System, "case.burn", Decision{false, NoRight}},
	} {
		if got := May(c.actor, c.act, tax); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestServiceAreasStandBesideTheCities(t *testing.T) {
	t.Parallel()
	yangling := Resource{Region: "yangling", Departments: []string{"market"}, Phase: caseflow.PhaseRunning}
	for region, want := range map[string]bool{"yangling": true, "610000": true, "610400": false, weinan: false, "": false} {
		a := caseflow.Actor{ID: "x", Kind: caseflow.ActorOfficial, Region: region, Roles: []string{"supervisor"}}
		if got := May(a, CaseSee, yangling); got.Allow != want {
			t.Errorf("a supervisor of %q: %+v, want %v", region, got, want)
		}
	}
}

func ExampleMay() {
	clerk := caseflow.Actor{ID: "a1", Kind: caseflow.ActorOfficial, Region: "610500", Department: "market", Roles: []string{caseflow.RoleClerk}}
	here := Resource{Region: "610500", Departments: []string{"market", "tax"}, Phase: caseflow.PhaseRunning}
	elsewhere := Resource{Region: "610900", Departments: []string{"market"}, Phase: caseflow.PhaseRunning}
	fmt.Println(May(clerk, CaseSee, here))
	fmt.Println(May(clerk, CaseSee, elsewhere))
	// Output:
	// {true department}
	// {false no-right}
}

func BenchmarkMay(b *testing.B) {
	actor := caseflow.Actor{ID: "a1", Kind: caseflow.ActorOfficial, Region: "610500", Department: "market", Roles: []string{"clerk", "reviewer"}}
	r := Resource{Region: "610500", Departments: []string{"tax", "market"}, Phase: caseflow.PhaseRunning}
	b.ReportAllocs()
	for b.Loop() {
		if !May(actor, CaseSee, r).Allow {
			b.Fatal("denied")
		}
	}
}
