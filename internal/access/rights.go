package access

import (
	"slices"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
)

// RoleApplicant (申请人) is the role of every citizen. The roles of officials stand in caseflow.
const RoleApplicant = "applicant"

// Rows of the table that no account holds as a role.
const (
	rolePack   = "(pack)"   // any role that only a pack knows: a signer at a post
	roleSystem = "(system)" // the clock runner, the command line
	roleAnyone = "(anyone)" // also without signing in
)

// Act is something that one may do. Values are logged: only ever add. Which commands fit a case that an actor sees is
// not decided here but by caseflow.
type Act string

// The acts.
const (
	GuideSee      Act = "guide.see"      // what a service needs, takes and costs
	LicenceVerify Act = "licence.verify" // by the code that is printed on it
	CaseOpen      Act = "case.open"      // begin a case in Resource.Region
	CaseSee       Act = "case.see"       // with its contents, also to give it a command
	CaseList      Act = "case.list"      // Resource is the filter: Region, and Owner or Departments
	CaseReveal    Act = "case.reveal"    // personal data of a case in full
	CaseRecount   Act = "case.recount"   // count the limits of running cases of Resource.Region again
	LookList      Act = "look.list"      // who looked at a case
	LicenceSee    Act = "licence.see"    // in full
	QueueSee      Act = "queue.see"      // open tasks; Resource is the filter: Region and Departments
	StatsSee      Act = "stats.see"      // figures without persons; Resource is the filter, no Departments: all
	ColleagueSee  Act = "colleague.see"  // names, departments and roles of the officials of Resource.Region
	AccountSee    Act = "account.see"    // accounts of Resource.Region
	AccountManage Act = "account.manage" // add, change, disable, give a new first password
	PackLoad      Act = "pack.load"
	CalendarLoad  Act = "calendar.load"
	SystemSee     Act = "system.see"    // monitors, outbox, log of sign-ins
	SystemManage  Act = "system.manage" // backup, resend
)

// Resource is what an act is done to. Fields that have no meaning for an act stay empty.
type Resource struct {
	Region      string   // of the case or account; of the filter of a list
	Owner       string   // account that the case belongs to
	Departments []string // all that take part in the case; of the filter of a list
	Phase       caseflow.Phase
	Channel     string // through which the case was opened
}

// Decision is the answer of May. Reason is for logs and tests; a person who may not see a thing is told "not found".
type Decision struct {
	Allow  bool
	Reason Reason
}

// Reason says what a decision rests on.
type Reason string

// Reasons. The first group allows, the second denies.
const (
	ByPublic     Reason = "public"
	ByOwner      Reason = "owner"
	ByDepartment Reason = "department"
	ByRegion     Reason = "region"
	BySystem     Reason = "system"

	NoSuchAct       Reason = "no-such-act"
	NoRole          Reason = "no-role"
	OtherOwner      Reason = "other-owner"
	OtherRegion     Reason = "other-region"
	OtherDepartment Reason = "other-department"
	StillDraft      Reason = "draft" // the applicant is still filling it in
)

// rights says which role may do which act, and how far. What does not stand here is denied.
//
// An administrator keeps the house and sees no case: a recount tells numbers and dates, nothing of what is in a case. A supervisor (督查) sees all departments' cases in the own region
// and below; a head (负责人) those of the own department, there and below; a clerk or reviewer those of the own department
// in the own region.
var rights = map[Act]map[string]reach{
	GuideSee:      {roleAnyone: public},
	LicenceVerify: {roleAnyone: public},
	CaseOpen:      {RoleApplicant: anywhere, caseflow.RoleClerk: region},
	CaseSee: {RoleApplicant: own, caseflow.RoleClerk: post, rolePack: post, caseflow.RoleReviewer: post,
		caseflow.RoleHead: postBelow, caseflow.RoleSupervisor: caseBelow, roleSystem: all},
	CaseList: {RoleApplicant: own, caseflow.RoleClerk: postOnly, rolePack: postOnly, caseflow.RoleReviewer: postOnly,
		caseflow.RoleHead: postOnlyBelow, caseflow.RoleSupervisor: below, roleSystem: all},
	CaseReveal: {RoleApplicant: own, caseflow.RoleClerk: post, rolePack: post, caseflow.RoleReviewer: post,
		caseflow.RoleHead: postBelow, caseflow.RoleSupervisor: caseBelow},
	CaseRecount: {caseflow.RoleAdmin: below, roleSystem: all},
	LookList:    {RoleApplicant: own, caseflow.RoleSupervisor: caseBelow},
	LicenceSee: {RoleApplicant: own, caseflow.RoleClerk: post, rolePack: post, caseflow.RoleReviewer: post,
		caseflow.RoleHead: postBelow, caseflow.RoleSupervisor: caseBelow, roleSystem: all},
	QueueSee: {caseflow.RoleClerk: postOnly, rolePack: postOnly, caseflow.RoleReviewer: postOnly,
		caseflow.RoleHead: postOnlyBelow, caseflow.RoleSupervisor: below, roleSystem: all},
	StatsSee: {caseflow.RoleHead: postOnlyBelow, caseflow.RoleSupervisor: below, caseflow.RoleAdmin: below, roleSystem: all},
	ColleagueSee: {caseflow.RoleClerk: region, rolePack: region, caseflow.RoleReviewer: region, caseflow.RoleHead: below,
		caseflow.RoleSupervisor: below, caseflow.RoleAdmin: below, roleSystem: all},
	AccountSee:    {caseflow.RoleAdmin: below, roleSystem: all},
	AccountManage: {caseflow.RoleAdmin: below, roleSystem: all},
	PackLoad:      {caseflow.RoleAdmin: anywhere, roleSystem: all},
	CalendarLoad:  {caseflow.RoleAdmin: anywhere, roleSystem: all},
	SystemSee:     {caseflow.RoleAdmin: anywhere, roleSystem: all},
	SystemManage:  {caseflow.RoleAdmin: anywhere, roleSystem: all},
}

// May decides whether the actor may do the act to the resource. It denies by default: an act, role or kind that the
// table does not know, an empty region, owner or department never fits.
func May(a caseflow.Actor, act Act, r Resource) Decision {
	row, ok := rights[act]
	if !ok {
		return Decision{Reason: NoSuchAct}
	}
	decision := Decision{Reason: NoRole}
	for _, role := range rolesOf(a) {
		if how, ok := row[role]; ok {
			if decision = how(a, r); decision.Allow {
				return decision
			}
		}
	}
	return decision
}

// rolesOf are the rows of the table that hold for the actor. The kind limits the roles: a citizen is an applicant
// and nothing else, whatever the account says.
func rolesOf(a caseflow.Actor) []string {
	roles := []string{roleAnyone}
	switch {
	case a.ID == "":
	case a.Kind == caseflow.ActorCitizen:
		roles = append(roles, RoleApplicant)
	case a.Kind == caseflow.ActorSystem:
		roles = append(roles, roleSystem)
	case a.Kind == caseflow.ActorOfficial:
		for _, role := range a.Roles {
			switch role {
			case caseflow.RoleClerk, caseflow.RoleReviewer, caseflow.RoleHead, caseflow.RoleSupervisor, caseflow.RoleAdmin:
				roles = append(roles, role)
			case RoleApplicant, rolePack, roleSystem, roleAnyone, "":
			default:
				roles = append(roles, rolePack)
			}
		}
	}
	return roles
}

// reach is how far a right goes: whether it covers the resource, and why.
type reach func(a caseflow.Actor, r Resource) Decision

func public(caseflow.Actor, Resource) Decision { return Decision{true, ByPublic} }

func all(caseflow.Actor, Resource) Decision { return Decision{true, BySystem} }

// anywhere asks for nothing but the role.
func anywhere(caseflow.Actor, Resource) Decision { return Decision{true, ByRegion} }

// own covers what belongs to the actor's account.
func own(a caseflow.Actor, r Resource) Decision {
	if r.Owner == "" || r.Owner != a.ID {
		return Decision{Reason: OtherOwner}
	}
	return Decision{true, ByOwner}
}

// region covers the actor's region.
func region(a caseflow.Actor, r Resource) Decision {
	if r.Region == "" || r.Region != a.Region {
		return Decision{Reason: OtherRegion}
	}
	return Decision{true, ByRegion}
}

// below covers the actor's region and all in it, in the tree of who handles services.
func below(a caseflow.Actor, r Resource) Decision {
	if d := region(a, r); d.Allow {
		return d
	}
	if a.Region == "" || !ident.Service().Within(r.Region, a.Region) {
		return Decision{Reason: OtherRegion}
	}
	return Decision{true, ByRegion}
}

// caseBelow is below, for cases that were handed in.
func caseBelow(a caseflow.Actor, r Resource) Decision {
	if d := below(a, r); !d.Allow || !private(r) {
		return d
	}
	return Decision{Reason: StillDraft}
}

// post covers cases of the actor's region in which the actor's department takes part.
func post(a caseflow.Actor, r Resource) Decision { return takesPart(region, a, r) }

// postBelow is post in the region and all in it.
func postBelow(a caseflow.Actor, r Resource) Decision { return takesPart(below, a, r) }

func takesPart(where reach, a caseflow.Actor, r Resource) Decision {
	switch d := where(a, r); {
	case !d.Allow:
		return d
	case a.Department == "" || !slices.Contains(r.Departments, a.Department):
		return Decision{Reason: OtherDepartment}
	case private(r):
		return Decision{Reason: StillDraft}
	}
	return Decision{true, ByDepartment}
}

// postOnly covers a list that is filtered to the actor's region and department and nothing else.
func postOnly(a caseflow.Actor, r Resource) Decision { return onlyMine(region, a, r) }

// postOnlyBelow is postOnly in the region and all in it.
func postOnlyBelow(a caseflow.Actor, r Resource) Decision { return onlyMine(below, a, r) }

func onlyMine(where reach, a caseflow.Actor, r Resource) Decision {
	switch d := where(a, r); {
	case !d.Allow:
		return d
	case a.Department == "" || len(r.Departments) != 1 || r.Departments[0] != a.Department:
		return Decision{Reason: OtherDepartment}
	case private(r):
		return Decision{Reason: StillDraft}
	}
	return Decision{true, ByDepartment}
}

// private is a draft that an applicant fills in alone: nobody else has business with it before it is handed in. A
// draft that was opened at a window, station or hotline is an official's work.
func private(r Resource) bool {
	if r.Phase != caseflow.PhaseDraft {
		return false
	}
	switch r.Channel {
	case caseflow.ChannelWindow, caseflow.ChannelStation, caseflow.ChannelHotline:
		return false
	}
	return true
}
