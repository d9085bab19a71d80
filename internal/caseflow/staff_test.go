package caseflow

import "testing"

// Nothing is given to a post at which nobody is: the task would stand in nobody's queue while its clock runs.
func TestWorkGoesOnlyToPostsThatExist(t *testing.T) {
	market := reviewer("market")
	wrong := map[string]Post{
		"an unknown department":      {Department: "nowhere", Role: "nobody"},
		"a role that nobody has":     {Department: "fire", Role: RoleHead},
		"an unknown person":          {Department: "market", Role: RoleReviewer, Person: "nosuch"},
		"a person of elsewhere":      {Department: "market", Role: RoleReviewer, Person: "r-tax"},
		"a person with another role": {Department: "tax", Role: RoleHead, Person: "r-tax"},
	}
	for name, to := range wrong {
		t.Run(name, func(t *testing.T) {
			d := runningOne(t, oneStep())
			task := d.task("decide")
			d.no(CodeNoSuchPost, market, HandOver{task, to, "转办"})
			d.no(CodeNoSuchPost, market, Delegate{Task: task, To: to})
			d.no(CodeNoSuchPost, market, AskOpinion{Task: task, To: to, Ask: "有无意见？", Within: wd(1)})
			d.no(CodeNoSuchPost, market, AddSigner{Task: task, Who: to})
			d.no(CodeNoSuchPost, overseer, CopyTo{To: []Post{post("tax"), to}})
			d.no(CodeNoSuchPost, overseer, Supervise{to, "请尽快办理", wd(1), ""})
		})
	}
	t.Run("and a post of the item exists before anybody has an account for it", func(t *testing.T) {
		d := runningOne(t, oneStep())
		env := d.env()
		env.Staff = nil
		if _, r := Decide(d.c, d.it, market, HandOver{d.task("decide"), post("market"), "换人"}, env); r != nil {
			t.Fatal(r)
		}
	})
}

// A named person does the task only as one of the department that it was given to.
func TestAPersonWhoHasLeftTheDepartmentMayNotDecide(t *testing.T) {
	market := reviewer("market")
	moved := market
	moved.Department = "tax"
	named := post("market")
	named.Person = market.ID
	t.Run("a task in their name", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(overseer, HandOver{d.task("decide"), named, "指定"})
		d.no(CodeNotYours, moved, Grant{Task: d.task("decide")})
		d.ok(market, Grant{Task: d.task("decide")})
	})
	t.Run("a task that they hold", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(market, Claim{d.task("decide")})
		d.no(CodeNotYours, moved, Grant{Task: d.task("decide")})
		d.ok(moved, Release{d.task("decide")}) // but gives it back
		d.ok(market, Grant{Task: d.task("decide")})
	})
	t.Run("and a supervisor gives it to somebody else", func(t *testing.T) {
		d := runningOne(t, oneStep())
		d.ok(market, Claim{d.task("decide")})
		d.ok(overseer, HandOver{d.task("decide"), post("market"), "原经办人已离职"})
		d.ok(overseer, HandOver{d.task("decide"), Post{Department: "market", Role: RoleHead, Person: "c9"}, "指定"})
		d.ok(Actor{ID: "c9", Kind: ActorOfficial, Department: "market", Roles: []string{RoleClerk, RoleHead}}, Grant{Task: d.task("decide")})
	})
}
