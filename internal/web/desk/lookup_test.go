package desk_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// placing is the opening whose registrar also says where the company lies and what it does.
func placing() *caseflow.Item {
	it := opening()
	register := it.StepByID("register")
	register.Fields = append([]caseflow.Field{
		{Name: "region", Label: text("核定所在区划", "Region"), Widget: "region", Required: true},
		{Name: "industry", Label: text("核定行业", "Industry"), Widget: "industry", Required: true},
	}, register.Fields...)
	return it
}

// placed is a case whose registration is due, and where the form of its grant is.
func (b *bench) placed() (key store.Key, path string) {
	key = b.running()
	b.act("market1", key, "complete", b.task(key, "check"), "outcome", "agree", "words", "同意")
	return key, fmt.Sprintf("%s/acts/grant?of=register&task=%d", home(key), b.task(key, "register"))
}

// A signer finds a region or an industry as an applicant does, and loses nothing of what else was typed.
func TestSigner_looks_up_regions_and_industries(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, placing())
	key, path := b.placed()
	a := b.get("market1", path)
	contains(t, a, `name="data.region.find"`, `value="data.industry"`, "查找")
	post := func(more ...string) answer { return b.as("market1", "POST", path, form(t, a, path, more...)) }
	is := func(got answer, code int) {
		t.Helper()
		if got.Code != code {
			t.Fatalf("%d\n%s", got.Code, plain(got.body))
		}
	}
	a = post("_find", "data.region", "data.region.find", "华", "data.scope", "零售")
	is(a, http.StatusOK)
	contains(t, a, "陕西省渭南市华州区", "陕西省渭南市华阴市", "零售</textarea>", `value="610503"`)
	lacks(t, a, `name="confirmed"`, `class="errors"`)

	// Words that name no answer are a search as well, also with the button that goes on.
	a = post("data.region.find", "华", "data.region", "610503", "data.industry.find", "零售", "data.scope", "零售")
	is(a, http.StatusOK)
	contains(t, a, `value="610503" checked`, "F52 零售业", `name="data.industry" value="F52"`)
	lacks(t, a, `name="confirmed"`)

	// What names one is it; the confirmation shows it by its name.
	a = post("data.region", "610503", "data.industry.find", "F52", "data.scope", "零售", "words", "准予")
	is(a, http.StatusOK)
	contains(t, a, `name="confirmed"`, "陕西省渭南市华州区", "F52 零售业")
	a = b.as("market1", "POST", path, form(t, a, path))
	is(a, http.StatusSeeOther)
	for _, task := range b.state(key).Tasks {
		if task.Step == "register" && task.State == caseflow.TaskDone && string(task.Data) != `{"industry":"F52","region":"610503","scope":"零售"}` {
			t.Errorf("data %s", task.Data)
		}
	}
	contains(t, b.get("market1", home(key)+"/opinions"), "陕西省渭南市华州区", "F52 零售业")
}

func TestSigner_looks_up_in_a_browser(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, placing())
	_, path := b.placed()
	s := sit(t, b)
	s.as("market1", path)
	s.Axe(t)
	s.WithoutScript()
	s.as("market1", path)
	s.Fill("#f-data-industry", "批发")
	s.FollowKey("\r") // goes on, and does not press the button that lists all regions
	if got := s.Text("main"); !strings.Contains(got, "按“批发”找到") || strings.Contains(got, "一共") {
		t.Errorf("Enter leads to\n%s", got)
	}
	s.Fill("#f-data-region", "华州")
	s.Follow(`button[name="_find"][value="data.region"]`)
	if got := s.Text("main"); !strings.Contains(got, "陕西省渭南市华州区") || !s.Has(`input[name="data.region"][checked]`) {
		t.Errorf("the search finds\n%s", got)
	}
	s.Screenshot("act-lookup")
}
