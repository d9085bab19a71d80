package access

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
)

//go:embed policies/rights.cedar
var rightsText []byte

// rights is the policies of rights.cedar.
var rights = sync.OnceValue(func() *policies {
	p, err := parsePolicies("rights.cedar", rightsText)
	if err != nil {
		panic("access: " + err.Error()) // shipped with the program; a test reads it
	}
	return p
})

// policies are Cedar policies by their @id, for each act those that speak of it.
type policies struct {
	byAct map[Act]cedar.PolicyMap
	why   map[cedar.PolicyID]Reason // the @why of each: the reason that a decision gives
}

// parsePolicies reads policies. Each needs an @id of its own and a @why, and names acts that there are.
func parsePolicies(file string, text []byte) (*policies, error) {
	list, err := cedar.NewPolicyListFromBytes(file, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	p := &policies{byAct: map[Act]cedar.PolicyMap{}, why: map[cedar.PolicyID]Reason{}}
	for _, one := range list {
		notes := one.Annotations()
		id, why := cedar.PolicyID(notes["id"]), Reason(notes["why"])
		if id == "" || why == "" || p.why[id] != "" {
			return nil, fmt.Errorf("%s:%d: a policy needs an @id of its own and a @why (here %q, %q)", file, one.Position().Line, id, why)
		}
		p.why[id] = why
		named, err := actsOf(one)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: policy %s: %w", file, one.Position().Line, id, err)
		}
		for _, act := range named {
			if p.byAct[act] == nil {
				p.byAct[act] = cedar.PolicyMap{}
			}
			p.byAct[act][id] = one
		}
	}
	return p, nil
}

// actsOf are the acts that a policy speaks of, as its JSON form (Cedar, "JSON policy format") tells them.
func actsOf(one *cedar.Policy) ([]Act, error) {
	text, err := one.MarshalJSON()
	if err != nil {
		return nil, err
	}
	type entity struct{ ID string }
	var form struct {
		Action struct {
			Op       string
			Entity   entity   // of one act
			Entities []entity // of several
		}
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return nil, err
	}
	named := form.Action.Entities
	switch {
	case form.Action.Op == "All":
		return Acts, nil
	case len(named) == 0:
		named = []entity{form.Action.Entity}
	}
	var acts []Act
	for _, e := range named {
		if !slices.Contains(Acts, Act(e.ID)) {
			return nil, fmt.Errorf("there is no act %q", e.ID)
		}
		acts = append(acts, Act(e.ID))
	}
	return acts, nil
}

// decide asks the policies of an act: denied unless one permits and none forbids. Of several reasons it gives the first by name.
func (p *policies) decide(act Act, ask cedar.Request, known types.EntityGetter) Decision {
	verdict, found := cedar.Authorize(p.byAct[act], known, ask)
	switch {
	case len(found.Errors) > 0: // what cannot be decided is denied
		return Decision{Reason: Undecided}
	case len(found.Reasons) == 0:
		return Decision{Reason: NoRight}
	}
	first := slices.MinFunc(found.Reasons, func(a, b cedar.DiagnosticReason) int { return cmp.Compare(a.PolicyID, b.PolicyID) })
	return Decision{verdict == cedar.Allow, p.why[first.PolicyID]}
}

// asked is who asks for what, as Cedar's entities. Regions are entities too, because they lie in one another.
type asked struct{ user, thing types.Entity }

// Get finds an entity.
func (q *asked) Get(uid types.EntityUID) (types.Entity, bool) {
	switch {
	case uid == q.user.UID:
		return q.user, true
	case uid == q.thing.UID:
		return q.thing, true
	case uid.Type == "Region":
		return regionEntity(uid), true
	}
	return types.Entity{}, false
}

func roleUID(name string) types.EntityUID { return types.NewEntityUID("Role", types.String(name)) }

func regionUID(code string) types.EntityUID { return types.NewEntityUID("Region", types.String(code)) }

// userOf is the actor as an entity.
func userOf(a caseflow.Actor) types.Entity {
	var roles []types.EntityUID
	for _, r := range rolesOf(a) {
		roles = append(roles, roleUID(r))
	}
	known := types.RecordMap{"duties": names(a.Duties())}
	if a.Region != "" {
		known["region"] = regionUID(a.Region)
	}
	return types.Entity{
		UID: types.NewEntityUID("User", types.String(a.ID)), Parents: types.NewEntityUIDSet(roles...), Attributes: types.NewRecord(known),
	}
}

// thingOf is the resource as an entity.
func thingOf(r Resource) types.Entity {
	known := types.RecordMap{"departments": names(r.Departments), "alone": types.Boolean(private(r)), "terminal": types.Boolean(r.Terminal), "wanted": types.Boolean(r.Wanted),
		"agents": users(r.Agents), "legal": users(r.Legal)}
	if r.Region != "" {
		known["region"] = regionUID(r.Region)
	}
	if r.Owner != "" {
		known["owner"] = types.NewEntityUID("User", types.String(r.Owner))
	}
	return types.Entity{UID: types.NewEntityUID("Resource", "it"), Attributes: types.NewRecord(known)}
}

// names are ids of departments, without the empty one.
func names(ids []string) types.Set {
	list := make([]types.Value, 0, len(ids))
	for _, id := range ids {
		if id != "" {
			list = append(list, types.String(id))
		}
	}
	return types.NewSet(list...)
}

// users are accounts as entities. Nobody without an id is one.
func users(ids []string) types.Set {
	list := make([]types.Value, 0, len(ids))
	for _, id := range ids {
		if id != "" {
			list = append(list, types.NewEntityUID("User", types.String(id)))
		}
	}
	return types.NewSet(list...)
}

// regionEntity lies in the one above it, in the tree of who handles services.
func regionEntity(uid types.EntityUID) types.Entity {
	at, ok := ident.Service().ByCode(string(uid.ID))
	if !ok || at.Parent == "" {
		return types.Entity{UID: uid}
	}
	return types.Entity{UID: uid, Parents: types.NewEntityUIDSet(regionUID(at.Parent))}
}
