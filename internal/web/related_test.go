package web_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/web/browsertest"
)

// errand is a shop whose fire inspection is a case of its own, and the people of both departments.
func errand(t *testing.T) (b *bench, shop, inspection store.Key) {
	t.Helper()
	b = newBenchOf(t, loaded(t, os.DirFS("../walk/testdata/subcase")))
	list := []access.NewAccount{}
	for _, o := range [][3]string{{"office1", "office", caseflow.RoleClerk}, {"chief1", "office", caseflow.RoleHead}, {"fire1", "fire", caseflow.RoleClerk}} {
		list = append(list, access.NewAccount{Login: o[0], Kind: caseflow.ActorOfficial, Name: "赵明", Region: weinan, Department: o[1], Roles: []string{o[2]}})
	}
	seeded, err := b.gate.Seed(t.Context(), list)
	b.must(err)
	for _, s := range seeded {
		b.passwords[s.Login] = s.Password
	}
	a, err := b.store.AccountByLogin(t.Context(), wang)
	b.must(err)
	by := caseflow.Actor{ID: a.ID, Kind: a.Kind, Name: a.Name, Region: a.Region, Document: citizen(1)}
	shop = store.Key{Region: weinan}
	for _, cmd := range []caseflow.Command{
		caseflow.Open{Item: "shop", Channel: caseflow.ChannelOnline, Applicant: caseflow.Party{Kind: "person", Name: "王秀英", Document: citizen(1), Phone: wang}},
		caseflow.SaveDraft{Data: []byte(`{"shop":{"name":"老陕面馆","size":120},"use":"food"}`)}, caseflow.Submit{},
	} {
		r, err := b.hall.Do(t.Context(), by, "", shop, cmd)
		b.must(err)
		shop.Case = r.Case
	}
	b.official("office1", shop, caseflow.Accept{})
	b.official("chief1", shop, caseflow.Complete{Task: b.openTask(shop, "look"), Outcome: "agree"})
	_, err = b.hall.RunClocks(t.Context())
	b.must(err)
	children := b.view(wang, shop).Case.Children
	if len(children) != 1 || children[0].No == "" {
		t.Fatalf("children %+v", children)
	}
	return b, shop, store.Key{Region: weinan, Case: children[0].No}
}

// A case that is done as a step of another and that other case lead to one another, for whom both are open.
func TestRelated_cases_lead_to_one_another(t *testing.T) {
	t.Parallel()
	b, shop, inspection := errand(t)
	up, down := "/my/cases/"+string(shop.Case), "/my/cases/"+string(inspection.Case)
	v := b.signedIn(wang)
	v.get(up).is(http.StatusOK).has("相关办件", `href="`+down+`"`, "消防检查 "+string(inspection.Case), "它办理本办件的“消防检查”环节")
	v.get(down).is(http.StatusOK).has("相关办件", `href="`+up+`"`, "开店许可 "+string(shop.Case), "本办件办理它的“消防检查”环节")
	v.get(down+"?lang=en").is(http.StatusOK).has("Related cases", "This case does its step “Fire inspection”")
	b.signedIn(li).get(up).is(http.StatusNotFound).lacks(string(inspection.Case))

	// The fire service has no part in the shop, and the office none in the inspection but what it ordered.
	desk := func(k store.Key) string { return "/desk/cases/" + string(k.Case) }
	fire, office := b.signedIn("fire1"), b.signedIn("office1")
	fire.get(desk(inspection)).is(http.StatusOK).lacks("相关办件", desk(shop))
	fire.get(desk(shop)).is(http.StatusNotFound)
	office.get(desk(shop)).is(http.StatusOK).lacks("相关办件", desk(inspection))
	office.get(desk(inspection)).is(http.StatusNotFound)

	// Whoever holds the receipt of one sees nothing of the other.
	_, rest, _ := strings.Cut(v.get(up+"/papers/receipt?lang=zh").is(http.StatusOK).body, "/progress/")
	path, _, _ := strings.Cut(rest, `"`)
	b.visitor().get("/progress/" + path).is(http.StatusOK).has("消防检查").lacks(string(inspection.Case))
}

// Officials of both see both, and looking at one is no look at the other.
func TestRelated_cases_at_the_desk(t *testing.T) {
	t.Parallel()
	b, shop, inspection := errand(t)
	seeded, err := b.gate.Seed(t.Context(), []access.NewAccount{{Login: "super1", Kind: caseflow.ActorOfficial, Name: "雷督查", Region: weinan, Department: "office", Roles: []string{caseflow.RoleSupervisor}}})
	b.must(err)
	b.passwords["super1"] = seeded[0].Password
	super := b.signedIn("super1")
	up, down := "/desk/cases/"+string(shop.Case), "/desk/cases/"+string(inspection.Case)
	super.get(up).is(http.StatusOK).has("相关办件", `href="`+down+`"`, "它办理本办件的“消防检查”环节")
	a, err := b.store.AccountByLogin(t.Context(), "super1")
	b.must(err)
	by := caseflow.Actor{ID: a.ID, Kind: a.Kind, Department: a.Department, Region: a.Region, Roles: a.Roles}
	for key, want := range map[store.Key]int{shop: 1, inspection: 0} {
		looks, err := b.hall.Looks(t.Context(), by, key)
		b.must(err)
		n := 0
		for _, l := range looks {
			if l.Account == a.ID {
				n++
			}
		}
		if n != want {
			t.Errorf("%d looks at %s, want %d", n, key.Case, want)
		}
	}
	super.get(down).is(http.StatusOK).has("相关办件", `href="`+up+`"`, "本办件办理它的“消防检查”环节")
}

func TestRelated_cases_in_a_browser(t *testing.T) {
	t.Parallel()
	b, shop, _ := errand(t)
	w := browsertest.Start(t)
	b.signIn(w, wang)
	w.Goto(b.server.URL + "/my/cases/" + string(shop.Case))
	w.Follow(".related a")
	w.Look(t, "related-child")
	w.Follow(".related a")
	if w.URL() != b.server.URL+"/my/cases/"+string(shop.Case) {
		t.Errorf("the child leads to %s", w.URL())
	}
	w.Look(t, "related-parent")
}
