package hall_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// told reads the messages to somebody about a case, newest first: templates and what they are filled with.
func told(t testing.TB, st store.Store, recipient string, key store.Key) (templates []string, notices []hall.Notice) {
	t.Helper()
	list, _, err := st.Messages(t.Context(), store.MessageQuery{Region: key.Region, Recipients: []string{recipient}, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.Case != key.Case {
			continue
		}
		var n hall.Notice
		if err := json.Unmarshal(m.Body, &n); err != nil {
			t.Fatal(err)
		}
		templates, notices = append(templates, m.Template), append(notices, n)
	}
	return templates, notices
}

func count(list []string, what string) int {
	n := 0
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

func TestTheApplicantIsToldOfEveryTurn(t *testing.T) {
	t.Parallel()
	st, c := openStore(t), monday()
	h := newHall(t, st, c)
	started(t, h)
	key := submitted(t, h, region)
	do(t, h, clerk, key, caseflow.Accept{})
	do(t, h, market, key, caseflow.Grant{Task: task(t, h, key, "register")})
	do(t, h, tax, key, caseflow.Refuse{Task: task(t, h, key, "tax"), Ground: "not-eligible", Words: "资料不符"})
	templates, notices := told(t, st, citizen.ID, key)
	if templates[0] != "part-refused" || notices[0].Words != "资料不符" {
		t.Errorf("of the refusal of a part: %v %+v", templates, notices[0])
	}
	c.Add(9 * time.Hour)
	again := newHall(t, st, c)
	started(t, again)
	if n := toldOfOutages(t, again); n != 1 {
		t.Errorf("%d cases were told", n)
	}
	h = newHall(t, st, c)
	if templates, notices = told(t, st, citizen.ID, key); count(templates, "outage") != 1 || notices[0].Due.IsZero() {
		t.Errorf("of an outage: %v", templates)
	}
	c.Set(due(t, h, key, "commitment:address"))
	if _, err := h.RunClocks(t.Context()); err != nil {
		t.Fatal(err)
	}
	if templates, notices = told(t, st, citizen.ID, key); count(templates, "promise-broken") != 1 || notices[0].Words == caseflow.ReasonLapsed {
		t.Errorf("of a broken promise: %v", templates)
	}
}

func TestOfficialsAreToldOfWhatComesToThemByName(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	h := newHall(t, st, monday())
	zhao := official("o-zhao", "market", caseflow.RoleReviewer)
	for _, a := range []caseflow.Actor{market, tax, police, zhao} {
		employ(t, st, a, region)
	}
	named := func(a caseflow.Actor) caseflow.Post {
		return caseflow.Post{Department: a.Department, Role: caseflow.RoleReviewer, Person: a.ID}
	}
	key := submitted(t, h, region)
	do(t, h, clerk, key, caseflow.Accept{})
	id := task(t, h, key, "register")
	do(t, h, market, key, caseflow.AskOpinion{Task: id, To: named(tax), Ask: "有无欠税？", Within: workday.Limit{N: 1}})
	do(t, h, market, key, caseflow.AskOpinion{Task: id, To: caseflow.Post{Department: "police", Role: caseflow.RoleReviewer}, Ask: "印章？", Within: workday.Limit{N: 1}})
	do(t, h, tax, key, caseflow.Complete{Task: id + 1, Words: "无欠税"})
	do(t, h, market, key, caseflow.CopyTo{To: []caseflow.Post{named(police)}})
	do(t, h, market, key, caseflow.AddSigner{Task: id, Who: named(tax), Before: true})
	do(t, h, tax, key, caseflow.Grant{Task: id + 4})
	do(t, h, market, key, caseflow.HandOver{Task: id, To: named(zhao), Reason: "轮岗"})
	for who, want := range map[string][]string{
		tax.ID: {"task-turn", "task-opinion"}, police.ID: {"task-copy"}, zhao.ID: {"task-handed-over"}, market.ID: {"task-turn", "answered"},
		hall.DepartmentBox("police"): {"task-opinion"}, hall.DepartmentBox("market"): nil, clerk.ID: nil,
	} {
		got, _ := told(t, st, who, key)
		if len(got) != len(want) {
			t.Errorf("%s was told %v, want %v", who, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s was told %v, want %v", who, got, want)
			}
		}
	}
}
