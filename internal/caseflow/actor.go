package caseflow

import (
	"slices"

	"github.com/tongban/tongban/ident"
)

// Actor is who gives a command, as access has established it.
type Actor struct {
	ID         string   `json:"id"`   // account
	Kind       string   `json:"kind"` // one of the Actor… kinds
	Name       string   `json:"name,omitempty"`
	Department string   `json:"department,omitempty"` // of an official
	Region     string   `json:"region,omitempty"`     // of an official
	Roles      []string `json:"roles,omitempty"`
	// Succeeds are the departments whose duties the own one has taken over (机构改革). What packs and journals say of them is
	// said of the own one; nothing that is written about the actor names them.
	Succeeds []string `json:"-"`
	// For is the owner of the case whom a citizen acts for under a mandate, "" for oneself. Only the hall sets it, for one
	// command or look, when the mandate holds.
	For string `json:"-"`
	// Verified is set when somebody has seen the papers that prove Document.
	Verified bool `json:"-"`
	// Document says who a citizen is, and of an official whose own case they must not handle. It is kept out of everything that is written about the actor.
	Document ident.Document `json:"-"`
}

// Actor kinds.
const (
	ActorCitizen  = "citizen" // an applicant or an applicant's agent
	ActorOfficial = "official"
	ActorSystem   = "system"  // the clock runner, an automatic step
	ActorVisitor  = "visitor" // who has not signed in
	ActorBearer   = "bearer"  // who holds a receipt of a case that nobody's account owns
)

// Roles that the kernel knows. A pack may name more for its steps.
const (
	RoleClerk      = "clerk"      // 窗口人员
	RoleReviewer   = "reviewer"   // 审批人员
	RoleHead       = "head"       // 负责人: extends, revokes
	RoleSupervisor = "supervisor" // 督查
	RoleAdmin      = "admin"      // 系统管理员: packs, calendars, upkeep
	RoleSecurity   = "security"   // 安全管理员: accounts and roles
	RoleAudit      = "audit"      // 审计管理员: what everybody did
	RoleAssessor   = "assessor"   // 测评人员: how promises are kept and sign-ins protected; no case
)

// Roles are these, in the order of lists.
var Roles = []string{RoleClerk, RoleReviewer, RoleHead, RoleSupervisor, RoleAssessor, RoleAdmin, RoleSecurity, RoleAudit}

// Has reports whether the actor holds the role.
func (a Actor) Has(role string) bool {
	for _, r := range a.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// Bears reports whether the duties of a department are those of the actor's: the own one, or one that it succeeds.
func (a Actor) Bears(department string) bool { return bears(a.Department, a.Succeeds, department) }

// Duties are the departments whose duties the actor's bears, the own one first; none of who has none.
func (a Actor) Duties() []string {
	if a.Department == "" {
		return nil
	}
	return append([]string{a.Department}, a.Succeeds...)
}

func bears(own string, succeeds []string, department string) bool {
	return department != "" && (department == own || own != "" && slices.Contains(succeeds, department))
}

// fits reports whether the actor may take a task meant for the post. A person who is named must still belong there.
func (a Actor) fits(p Post) bool {
	if a.Kind != ActorOfficial {
		return false
	}
	if p.Person != "" && (a.ID != p.Person || p.Role == "") {
		return a.ID == p.Person && a.Bears(p.Department)
	}
	return a.Bears(p.Department) && a.Has(p.Role)
}

// Stamp is the part of an actor that an event remembers: the post, so that a timeline can name it without the person; and of
// an agent the principal (民法典 art. 162: what an agent does in the principal's name binds the principal).
type Stamp struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	Department string `json:"department,omitempty"`
	For        string `json:"for,omitempty"` // owner of the case in whose name it was done; "" in the own
}

// Stamp reduces the actor to what an event remembers.
func (a Actor) Stamp() Stamp {
	return Stamp{ID: a.ID, Kind: a.Kind, Department: a.Department, For: a.For}
}
