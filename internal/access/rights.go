package access

import (
	"slices"
	"strconv"

	"github.com/cedar-policy/cedar-go/types"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/tongban/tongban/internal/caseflow"
)

// RoleApplicant (申请人) is the role of every citizen. The roles of officials stand in caseflow.
const RoleApplicant = "applicant"

// Roles of rights.cedar that no account holds: roleAnyone is everybody, also without signing in; rolePost whoever works on the
// cases of a department, also under a role that only a pack knows; roleAdministrator each of the three administrators; roleSystem
// the clock runner and the command line.
const (
	roleAnyone        = "anyone"
	rolePost          = "post"
	roleAdministrator = "administrator"
	roleSystem        = "system"
)

// reserved reports whether no account of an official may hold the role.
func reserved(role string) bool {
	return slices.Contains([]string{"", RoleApplicant, roleAnyone, rolePost, roleAdministrator, roleSystem}, role)
}

// Act is something that one may do. Values are logged: only ever add. Which commands fit a case that an actor sees is
// not decided here but by caseflow.
type Act string

// The acts.
const (
	NoticeSee         Act = "notice.see"         // what a case shows to everybody
	NoticeObject      Act = "notice.object"      // object to it, while it runs
	CaseOpen          Act = "case.open"          // begin a case in Resource.Region
	CaseSee           Act = "case.see"           // with its contents, also to give it a command
	CaseList          Act = "case.list"          // Resource is the filter: Region, and Owner or Departments
	CallerFind        Act = "caller.find"        // how far the cases of somebody are who asks by telephone or in person; Departments: whose doors the item has
	CaseReveal        Act = "case.reveal"        // personal data of a case in full
	CaseProve         Act = "case.prove"         // its receipt with proofs, in full, to take home
	CaseRecount       Act = "case.recount"       // count the limits of running cases of Resource.Region again
	LookList          Act = "look.list"          // who looked at a case; Resource may also be a space: Owner
	MandateManage     Act = "mandate.manage"     // say who acts for Resource.Owner, and take it back
	MandateRecord     Act = "mandate.record"     // who the legal representative of a company is, and that somebody's papers were seen
	QueueSee          Act = "queue.see"          // open tasks; Resource is the filter: Region and Departments
	StatsSee          Act = "stats.see"          // figures without persons; Resource is the filter, no Departments: all
	ColleagueSee      Act = "colleague.see"      // names, departments and roles of the officials of Resource.Region
	AccountSee        Act = "account.see"        // accounts of Resource.Region
	AccountLog        Act = "account.log"        // who signed in, who was refused, who is here now
	AccountAdd        Act = "account.add"        // make an account without rights, and a new first password
	AccountManage     Act = "account.manage"     // say who may what: roles, department, region; close and open; end sessions
	FactorTake        Act = "factor.take"        // take away the second factors of an account that has lost them
	DepartmentSee     Act = "department.see"     // departments of Resource.Region and their reforms
	DepartmentReform  Act = "department.reform"  // propose that departments are renamed or merged, or take that back
	DepartmentConfirm Act = "department.confirm" // agree to it: officials get other posts by it
	PackLoad          Act = "pack.load"          // of a pack for Resource.Region
	CalendarLoad      Act = "calendar.load"      // that counts in Resource.Region
	LinePrint         Act = "line.print"         // take a number at a terminal of the lobby, which the door knows
	LineTake          Act = "line.take"          // take a number online
	LineGive          Act = "line.give"          // take one for somebody who calls; Departments: whose doors the items have
	ShiftHand         Act = "shift.hand"         // hand work over to a colleague at the end of a shift, and take it; Departments: of both
	LineCall          Act = "line.call"          // call people to a window; Departments: of the lobby
	SystemSee         Act = "system.see"         // monitors, outbox
	LogSee            Act = "log.see"            // what the log's witnesses have answered, and alarms
	LogSettle         Act = "log.settle"         // say what an alarm about a log was
	SystemManage      Act = "system.manage"      // backup, resend
	QuarantineSee     Act = "quarantine.see"     // uploads that the scanner warned of, without their contents
	QuarantineAsk     Act = "quarantine.ask"     // ask for the release of one, or delete it
	QuarantineRelease Act = "quarantine.release" // agree to the release that somebody else asked for
	AnnouncementRead  Act = "announcement.read"  // that is for officials of Resource.Region and below
	AnnouncementWrite Act = "announcement.write" // write one for Resource.Region, or withdraw it
	BenefitSwitch     Act = "benefit.switch"     // say that Resource.Owner wants nothing that nobody asked for, or wants it again
	AuditSee          Act = "audit.see"          // what officials and administrators did, without the contents of cases
	CreditReport      Act = "credit.report"      // send what Departments knows about parties to the register of Resource.Region
	CreditSee         Act = "credit.see"         // records and tier of a party of the register of Resource.Region, for a reason that is recorded
	CreditMember      Act = "credit.member"      // the citizens' score of Resource.Owner
	CreditOwn         Act = "credit.own"         // those of Resource.Owner, a company
	DrawSee           Act = "draw.see"           // draws that were published
	DrawKeep          Act = "draw.keep"          // propose, confirm and abandon draws of Departments, and type in what their sources gave
	InspectSee        Act = "inspect.see"        // results of inspections that were published
	InspectKeep       Act = "inspect.keep"       // send the lists of check items, inspectors and objects of Departments
	InspectPlan       Act = "inspect.plan"       // plan inspections of Departments, see their tasks, publish results
	InspectVisit      Act = "inspect.visit"      // carry out the inspections of Departments that one was drawn for
	InspectOwn        Act = "inspect.own"        // inspections of Resource.Owner, a company
	AssessmentSee     Act = "assessment.see"     // how sign-ins are protected, and what the program is made of
)

// Acts are all acts.
var Acts = []Act{NoticeSee, NoticeObject, CaseOpen, CaseSee, CaseList, CallerFind, CaseReveal, CaseProve, CaseRecount, LookList, MandateManage, MandateRecord, QueueSee, StatsSee,
	ColleagueSee, AccountSee, AccountLog, AccountAdd, AccountManage, FactorTake, DepartmentSee, DepartmentReform, DepartmentConfirm, PackLoad, CalendarLoad, LinePrint, LineTake, LineGive, LineCall, ShiftHand, SystemSee, LogSee, LogSettle, SystemManage, AnnouncementRead, AnnouncementWrite, BenefitSwitch, AuditSee, QuarantineSee, QuarantineAsk, QuarantineRelease, CreditReport, CreditSee, CreditOwn, CreditMember,
	DrawSee, DrawKeep, InspectSee, InspectKeep, InspectPlan, InspectVisit, InspectOwn, AssessmentSee}

// Resource is what an act is done to. Fields that have no meaning for an act stay empty.
type Resource struct {
	Region      string   // of the case or account; of the filter of a list
	Owner       string   // account or company that the case belongs to
	Agents      []string // accounts whose mandate of the owner covers this, now
	Legal       []string // accounts that are the legal representative of the owner, now
	Departments []string // all that take part in the case; of the filter of a list
	Phase       caseflow.Phase
	Channel     string // through which the case was opened
	Terminal    bool   // the request comes from a public terminal, as its door knows
	Wanted      bool   // whoever writes a draft alone asks for help with it (帮办)
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
	ByMandate    Reason = "mandate"
	ByDepartment Reason = "department"
	ByRegion     Reason = "region"
	BySystem     Reason = "system"

	NoRight         Reason = "no-right"      // no policy permits it
	IsAdministrator Reason = "administrator" // who keeps the house sees no case; the three administrators are three people
	Undecided       Reason = "undecided"     // a policy could not be asked
)

// May decides whether the actor may do the act to the resource, by the policies of policies/rights.cedar (Cedar,
// docs.cedarpolicy.com). It denies by default: an act, role or kind that they do not know, an empty region, owner or department
// never fits.
func May(a caseflow.Actor, act Act, r Resource) Decision {
	of := questionOf(a, act, r)
	if d, known := decided.Get(of); known {
		return d
	}
	q := &asked{userOf(a), thingOf(r)}
	d := rights().decide(act, types.Request{
		Principal: q.user.UID, Action: types.NewEntityUID("Action", types.String(act)), Resource: q.thing.UID,
	}, q)
	decided.Add(of, d)
	return d
}

// question is all that a decision follows from, beside the policies, which stay as long as the program runs.
type question struct {
	act                Act
	id, kind, at       string // who asks
	region, owner      string // about what
	phase              caseflow.Phase
	channel            string
	terminal, wanted   bool
	roles, departments string // lists; see joined
	people             string
}

// decided are the newest answers of May: whoever opens a page of a case and then acts asks the same several times.
var decided, _ = lru.New[question, Decision](4096) // fails for no size below 1 only

func questionOf(a caseflow.Actor, act Act, r Resource) question {
	return question{act: act, id: a.ID, kind: a.Kind, at: a.Region, region: r.Region, owner: r.Owner, phase: r.Phase, channel: r.Channel,
		terminal: r.Terminal, wanted: r.Wanted, roles: joined(a.Roles, a.Duties()), departments: joined(r.Departments), people: joined(r.Agents, r.Legal)}
}

// joined is lists as one text. Others have another text: each word stands behind its length.
func joined(lists ...[]string) string {
	var b []byte
	for _, l := range lists {
		for _, word := range l {
			b = append(append(strconv.AppendInt(b, int64(len(word)), 10), ':'), word...)
		}
		b = append(b, ';')
	}
	return string(b)
}

// rolesOf are the roles of the policies that hold for the actor. The kind limits them: a citizen is an applicant
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
			case caseflow.RoleClerk, caseflow.RoleReviewer:
				roles = append(roles, role, rolePost)
			case caseflow.RoleHead, caseflow.RoleSupervisor, caseflow.RoleAssessor:
				roles = append(roles, role)
			default:
				switch {
				case reserved(role):
				case Administers(role):
					roles = append(roles, role, roleAdministrator)
				default:
					roles = append(roles, rolePost)
				}
			}
		}
	}
	return roles
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
