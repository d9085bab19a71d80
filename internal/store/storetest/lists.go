package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// walkCases follows the cursor to the end.
func walkCases(t *testing.T, s store.Store, q store.CaseQuery) (all []caseflow.CaseNo) {
	t.Helper()
	for pages := 0; ; pages++ {
		rows, next, err := s.Cases(t.Context(), q)
		must(t, err)
		for _, r := range rows {
			all = append(all, r.Case)
		}
		if q.Limit > 0 && len(rows) > q.Limit || pages > 1000 {
			t.Fatalf("page of %d rows, limit %d, page %d", len(rows), q.Limit, pages)
		}
		if next == "" {
			return all
		}
		q.Cursor = next
	}
}

func walkTasks(t *testing.T, s store.Store, q store.TaskQuery) (all []string) {
	t.Helper()
	for {
		items, next, err := s.Tasks(t.Context(), q)
		must(t, err)
		for _, i := range items {
			all = append(all, fmt.Sprintf("%s/%d", i.TaskRow.Case, i.ID))
		}
		if next == "" {
			same(t, "how many tasks", got(s.CountTasks(t.Context(), q)).must(t), store.Count{N: len(all)})
			return all
		}
		q.Cursor = next
	}
}

// newest is case numbers in falling order.
func newest(ns ...int) (all []caseflow.CaseNo) {
	slices.Sort(ns)
	slices.Reverse(ns)
	for _, n := range ns {
		all = append(all, No(n))
	}
	return all
}

// town makes 60 cases that differ in everything that is asked for.
func town(t *testing.T, s store.Store) {
	t.Helper()
	names := []string{"王小明", "渭南市华山科技有限公司", "李雷", "O'Brien 100%_Ltd", "ＡＢＣ贸易有限公司"}
	subjects := []string{"", "关中面馆", "王小明", "Ｃafé 九号", "华阴市 有限", "秦岭茶舍", ""}
	phases := []caseflow.Phase{caseflow.PhaseRunning, caseflow.PhaseClosed, caseflow.PhaseDraft, caseflow.PhaseRefused}
	for n := range 60 {
		c := Opening(n)
		c.Row.Opened = At(n / 3 * 3) // three at a time are opened in the same instant
		c.Row.Applicant, c.Row.Phase, c.Row.Subject = names[n%5], phases[n%4], caseflow.Subject{Text: subjects[n%7]}
		c.Row.Owner, c.Row.Keys = fmt.Sprint("citizen-", n%6), []string{fmt.Sprintf("+86138%08d", n%4), "", "61050219880312011x", "61050219880312011x"}
		if n%5 == 4 {
			c.Row.Keys = append(c.Row.Keys, "91610500MA6Y0000X4")
		}
		c.Row.Document = fmt.Sprint("resident-id:", n%9)
		c.Row.Item = caseflow.ItemID(fmt.Sprint("item-", n%2))
		c.Row.Departments = [][]string{{"market"}, {"market", "tax"}, {"tax"}}[n%3]
		commit(t, s, c)
	}
	other := Opening(1)
	other.Region = "610600"
	commit(t, s, other)
}

func every(n int, which func(i int) bool) []caseflow.CaseNo {
	var ns []int
	for i := range n {
		if which(i) {
			ns = append(ns, i)
		}
	}
	return newest(ns...)
}

var lists = group{
	"cases are listed newest first, each once, by any page size": func(t *testing.T, s store.Store) {
		town(t, s)
		want := every(60, func(int) bool { return true })
		for _, limit := range []int{0, 1, 7, 60, 200} {
			same(t, fmt.Sprint("limit ", limit), walkCases(t, s, store.CaseQuery{Region: Region, Limit: limit}), want)
		}
	},
	"case queries filter": func(t *testing.T, s store.Store) {
		town(t, s)
		for name, c := range map[string]struct {
			q    store.CaseQuery
			want func(n int) bool
		}{
			"owner":                           {store.CaseQuery{Owner: "citizen-4"}, func(n int) bool { return n%6 == 4 }},
			"applicant":                       {store.CaseQuery{Document: "resident-id:4"}, func(n int) bool { return n%9 == 4 }},
			"applicant, owner, phase":         {store.CaseQuery{Document: "resident-id:4", Owner: "citizen-1", Phases: []caseflow.Phase{caseflow.PhaseClosed}}, func(n int) bool { return n%9 == 4 && n%6 == 1 && n%4 == 1 }},
			"applicant whom nobody knows":     {store.CaseQuery{Document: "resident-id:40"}, func(int) bool { return false }},
			"applicant, name":                 {store.CaseQuery{Document: "resident-id:4", Search: "王小明"}, func(n int) bool { return n%9 == 4 && (n%5 == 0 || n%7 == 2) }},
			"department":                      {store.CaseQuery{Department: "tax"}, func(n int) bool { return n%3 > 0 }},
			"running":                         {store.CaseQuery{Phases: []caseflow.Phase{caseflow.PhaseRunning}}, func(n int) bool { return n%4 == 0 }},
			"closed or refused":               {store.CaseQuery{Phases: []caseflow.Phase{caseflow.PhaseClosed, caseflow.PhaseRefused}}, func(n int) bool { return n%2 == 1 }},
			"item":                            {store.CaseQuery{Item: "item-1"}, func(n int) bool { return n%2 == 1 }},
			"department and another":          {store.CaseQuery{Department: "tax", Succeeds: []string{"market", "seal"}}, func(int) bool { return true }},
			"department and one with nothing": {store.CaseQuery{Department: "tax", Succeeds: []string{"seal"}}, func(n int) bool { return n%3 > 0 }},
			"owner, department and another":   {store.CaseQuery{Owner: "citizen-1", Department: "seal", Succeeds: []string{"tax"}}, func(n int) bool { return n%6 == 1 }},
			"name, department and another":    {store.CaseQuery{Search: "科技", Department: "seal", Succeeds: []string{"tax"}}, func(n int) bool { return n%5 == 1 && n%3 > 0 }},
			"leads, or another does":          {store.CaseQuery{Lead: "seal", LeadSucceeds: []string{"market"}}, func(int) bool { return true }},
			"department, phase":               {store.CaseQuery{Department: "market", Phases: []caseflow.Phase{caseflow.PhaseDraft}}, func(n int) bool { return n%3 < 2 && n%4 == 2 }},
			"owner, department":               {store.CaseQuery{Owner: "citizen-1", Department: "tax"}, func(n int) bool { return n%6 == 1 }},
			"owner, item":                     {store.CaseQuery{Owner: "citizen-1", Item: "item-0"}, func(int) bool { return false }},
			"name of two":                     {store.CaseQuery{Search: "华山"}, func(n int) bool { return n%5 == 1 }},
			"name in the middle of two names": {store.CaseQuery{Search: "有限公司"}, func(n int) bool { return n%5 == 1 || n%5 == 4 }},
			"whole name":                      {store.CaseQuery{Search: "王小明"}, func(n int) bool { return n%5 == 0 || n%7 == 2 }},
			"family name":                     {store.CaseQuery{Search: "李"}, func(n int) bool { return n%5 == 2 }},
			"part of a subject":               {store.CaseQuery{Search: "中面"}, func(n int) bool { return n%7 == 1 }},
			"subject's first character":       {store.CaseQuery{Search: "秦"}, func(n int) bool { return n%7 == 5 }},
			"subject, folded":                 {store.CaseQuery{Search: "CAFÉ九"}, func(n int) bool { return n%7 == 3 }},
			"subject, department, phase":      {store.CaseQuery{Search: "面馆", Department: "tax", Phases: []caseflow.Phase{caseflow.PhaseClosed}}, func(n int) bool { return n%7 == 1 && n%3 > 0 && n%4 == 1 }},
			"end of one, begin of another":    {store.CaseQuery{Search: "雷关"}, func(int) bool { return false }},
			"owner, part of a subject":        {store.CaseQuery{Owner: "citizen-1", Search: "茶舍"}, func(n int) bool { return n%6 == 1 && n%7 == 5 }},
			"owner, first character":          {store.CaseQuery{Owner: "citizen-1", Search: "秦"}, func(n int) bool { return n%6 == 1 && n%7 == 5 }},
			"owner, character inside":         {store.CaseQuery{Owner: "citizen-1", Search: "岭"}, func(int) bool { return false }},
			"one character, not the first":    {store.CaseQuery{Search: "雷"}, func(int) bool { return false }},
			"full width":                      {store.CaseQuery{Search: "abc"}, func(n int) bool { return n%5 == 4 }},
			"quotes and wildcards":            {store.CaseQuery{Search: "o'brien 100%_l"}, func(n int) bool { return n%5 == 3 }},
			"a wildcard is a letter":          {store.CaseQuery{Search: "1%0"}, func(int) bool { return false }},
			"characters in another order":     {store.CaseQuery{Search: "山华"}, func(int) bool { return false }},
			"pairs that do not meet":          {store.CaseQuery{Search: "华山有限"}, func(int) bool { return false }},
			"name, department, phase": {store.CaseQuery{Search: "科技", Department: "tax", Phases: []caseflow.Phase{caseflow.PhaseClosed}},
				func(n int) bool { return n%5 == 1 && n%3 > 0 && n%4 == 1 }},
			"handed in": {store.CaseQuery{When: store.WhenSubmitted, From: At(11), To: At(21)}, func(n int) bool { return n >= 10 && n < 20 }},
			"handed in, of an item": {store.CaseQuery{When: store.WhenSubmitted, From: At(11), To: At(21), Item: "item-1", Lead: "market", Channel: "web"},
				func(n int) bool { return n >= 10 && n < 20 && n%2 == 1 }},
			"handed in, of a department": {store.CaseQuery{When: store.WhenSubmitted, Department: "tax"}, func(n int) bool { return n%3 > 0 }},
			"led by nobody":              {store.CaseQuery{Lead: "tax"}, func(int) bool { return false }},
			"decided":                    {store.CaseQuery{When: store.WhenDecided}, func(int) bool { return false }},
			"promise broken":             {store.CaseQuery{When: store.WhenBroken, Lead: "market", From: At(1), To: At(50)}, func(int) bool { return false }},
			"rated badly":                {store.CaseQuery{When: store.WhenPoor, From: At(1), To: At(50)}, func(int) bool { return false }},
			"exact number":               {store.CaseQuery{Search: string(No(17))}, func(n int) bool { return n == 17 }},
			"number's beginning":         {store.CaseQuery{Search: "610500-20250303-00001"}, func(n int) bool { return n/10 == 1 }},
			"number and department":      {store.CaseQuery{Search: "610500-20250303-00001", Department: "tax"}, func(n int) bool { return n/10 == 1 && n%3 > 0 }},
			"telephone":                  {store.CaseQuery{Search: "138 0000-0003"}, func(n int) bool { return n%4 == 3 }},
			"part of a telephone":        {store.CaseQuery{Search: "13800000"}, func(int) bool { return false }},
			"document":                   {store.CaseQuery{Search: "61050219880312011Ｘ"}, func(int) bool { return true }},
			"document and phase":         {store.CaseQuery{Search: "61050219880312011X", Phases: []caseflow.Phase{caseflow.PhaseClosed}}, func(n int) bool { return n%4 == 1 }},
			"credit code":                {store.CaseQuery{Search: "91610500ma6y0000x4", Department: "tax"}, func(n int) bool { return n%5 == 4 && n%3 > 0 }},
			"owner, telephone":           {store.CaseQuery{Owner: "citizen-1", Search: "13800000001"}, func(n int) bool { return n%6 == 1 && n%4 == 1 }},
			"no number in disguise":      {store.CaseQuery{Search: "\x0113800000003x"}, func(int) bool { return false }},
			"number of nobody":           {store.CaseQuery{Search: "999"}, func(int) bool { return false }},
		} {
			for _, limit := range []int{0, 3} {
				c.q.Region, c.q.Limit = Region, limit
				same(t, name, walkCases(t, s, c.q), every(60, c.want))
			}
		}
	},
	"broken promises stand by when they were due, bad ratings by when they were given, each case once": func(t *testing.T, s store.Store) {
		for n := range 12 {
			c := Opening(n)
			promise, call := c.Clocks[0], c.Tasks[0]
			promise.ID, promise.Kind, promise.Level, promise.Due = "promised", caseflow.ClockPromised, int(caseflow.LevelOver), At(500-10*n)
			promise.State = []string{caseflow.ClockRunning, caseflow.ClockMissed, caseflow.ClockMet}[n%3]
			if n == 1 {
				promise.Level = int(caseflow.LevelToday)
			}
			c.Clocks = append(c.Clocks, promise)
			for i := range n % 3 { // of two bad ratings the last counts
				call.ID, call.Kind, call.Opened = 2+i, caseflow.TaskCallback, At(900-10*n+i)
				c.Tasks = append(c.Tasks, call)
			}
			commit(t, s, c)
		}
		for name, c := range map[string]struct {
			q    store.CaseQuery
			want []int
		}{
			"broken":                  {store.CaseQuery{When: store.WhenBroken}, []int{0, 3, 4, 6, 7, 9, 10}},
			"broken in a time":        {store.CaseQuery{When: store.WhenBroken, From: At(430), To: At(460)}, []int{4, 6}},
			"broken by who leads":     {store.CaseQuery{When: store.WhenBroken, Lead: "nobody"}, nil},
			"rated badly":             {store.CaseQuery{When: store.WhenPoor}, []int{1, 2, 4, 5, 7, 8, 10, 11}},
			"rated badly in a time":   {store.CaseQuery{When: store.WhenPoor, From: At(850), To: At(881)}, []int{2, 4, 5}},
			"rated badly of two once": {store.CaseQuery{When: store.WhenPoor, From: At(880), To: At(882)}, []int{2}},
		} {
			for _, limit := range []int{0, 1, 3} {
				c.q.Region, c.q.Limit = Region, limit
				var want []caseflow.CaseNo
				for _, n := range c.want {
					want = append(want, No(n))
				}
				same(t, fmt.Sprint(name, " by ", limit), walkCases(t, s, c.q), want)
			}
		}
		rows, _, err := s.Cases(t.Context(), store.CaseQuery{Region: Region, When: store.WhenPoor, From: At(880), To: At(882)})
		must(t, err)
		same(t, "when", rows[0].Happened, At(881))
	},
	"a case moves between lists with its phase, name and departments": func(t *testing.T, s store.Store) {
		commit(t, s, Opening(1))
		c := Next(1, 2)
		c.Row.Phase, c.Row.Applicant, c.Row.Departments = caseflow.PhaseClosed, "赵六", []string{"tax", "seal"}
		c.Row.Owner, c.Row.Item = "new", "other"
		commit(t, s, c)
		closed := []caseflow.Phase{caseflow.PhaseClosed}
		for _, q := range []store.CaseQuery{
			{Department: "market"}, {Search: "王小"}, {Department: "tax", Phases: []caseflow.Phase{caseflow.PhaseRunning}},
			{Phases: []caseflow.Phase{caseflow.PhaseRunning}}, {Owner: "citizen-1"}, {Item: "open-company"},
		} {
			q.Region = Region
			same(t, fmt.Sprintf("%+v", q), len(walkCases(t, s, q)), 0)
		}
		for _, q := range []store.CaseQuery{
			{Department: "seal"}, {Search: "赵六"}, {Department: "tax", Phases: closed}, {Phases: closed}, {Owner: "new"}, {Item: "other"},
		} {
			q.Region = Region
			same(t, fmt.Sprintf("%+v", q), len(walkCases(t, s, q)), 1)
		}
	},
	"a private draft is found by its owner alone until it is handed in": func(t *testing.T, s store.Store) {
		draft := func(n int, channel string) *store.Change {
			c := Opening(n)
			c.Row.Phase, c.Row.Channel, c.Row.Submitted, c.Row.Subject.Text = caseflow.PhaseDraft, channel, time.Time{}, ""
			return c
		}
		commit(t, s, draft(1, caseflow.ChannelOnline), draft(2, caseflow.ChannelTerminal), draft(3, caseflow.ChannelWindow))
		named := func(no int, subject string) *store.Change {
			c := Next(1, no)
			c.Row.Phase, c.Row.Channel, c.Row.Subject.Text = caseflow.PhaseDraft, caseflow.ChannelOnline, subject
			return c
		}
		find := func(search, owner string, want ...int) {
			t.Helper()
			same(t, search+" of "+owner, walkCases(t, s, store.CaseQuery{Region: Region, Search: search, Owner: owner}), newest(want...))
		}
		find("王小", "", 3)
		find("王小", "citizen-1", 1, 2, 3)
		find("王小", "citizen-2")
		commit(t, s, named(2, "秦东软件"), named(3, "秦西软件"))
		find("软件", "")
		find("秦西", "citizen-1", 1)
		find("秦东", "citizen-1")
		received := named(4, "秦西软件")
		received.Row.Phase = caseflow.PhaseReceived
		commit(t, s, received)
		find("秦西", "", 1)
		find("软件", "", 1)
		find("王小", "", 1, 3)
		corrected := named(5, "秦岭软件")
		corrected.Row.Phase = caseflow.PhaseReceived
		commit(t, s, corrected)
		find("秦岭", "", 1)
		find("软件", "", 1)
		find("秦西", "")
	},
	"a cursor from elsewhere is refused": func(t *testing.T, s store.Store) {
		town(t, s)
		_, next, err := s.Cases(t.Context(), store.CaseQuery{Region: Region, Limit: 1})
		must(t, err)
		for _, bad := range []string{"x", "' OR 1=1 --", strings.Repeat("A", 5000), "bnVsbA", next + "A"} {
			_, _, err := s.Cases(t.Context(), store.CaseQuery{Region: Region, Cursor: bad})
			wantErr(t, err, store.ErrCursor)
		}
		_, _, err = s.Tasks(t.Context(), store.TaskQuery{Region: Region, Cursor: next})
		wantErr(t, err, store.ErrCursor)
	},
	"tasks are listed by due instant, none last, each once": func(t *testing.T, s store.Store) {
		var want []string
		for n := range 30 {
			c := Opening(n)
			c.Tasks[0].Due = At(1000 + n/2) // two at a time
			if n >= 20 {
				c.Tasks[0].Due = time.Time{}
			}
			c.Tasks[0].State = []string{caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting, caseflow.TaskDone}[n%4]
			want = append(want, fmt.Sprintf("%s/1", c.Case))
			commit(t, s, c)
		}
		for _, limit := range []int{0, 1, 4} {
			same(t, "tasks", walkTasks(t, s, store.TaskQuery{Region: Region, Limit: limit}), want)
			same(t, "tasks of a department", walkTasks(t, s, store.TaskQuery{Region: Region, Department: "market", Limit: limit}), want)
		}
	},
	"task queries filter": taskQueriesFilter,
	"work is tallied per department": func(t *testing.T, s store.Store) {
		now := time.Date(2025, 3, 4, 2, 0, 0, 0, time.UTC) // ten in the morning
		day := now.Add(5 * time.Hour)
		for n, due := range []time.Time{{}, now.Add(-time.Second), day, now.AddDate(0, 0, 2), now.AddDate(0, 0, 9)} {
			c := Opening(n)
			c.Tasks[0].Due = due
			if !due.IsZero() {
				c.Tasks[0].Soon = due.AddDate(0, 0, -3)
			}
			done, stopped := c.Tasks[0], c.Tasks[0]
			done.ID, done.State = 2, caseflow.TaskDone
			stopped.ID, stopped.Stopped, stopped.Department = 3, true, "tax"
			c.Tasks = append(c.Tasks, done, stopped)
			commit(t, s, c)
		}
		same(t, "tally", got(s.Tally(t.Context(), Region, now)).must(t), []store.Tally{
			{Department: "market", Open: 5, Soon: 1, Today: 1, Overdue: 1}, {Department: "tax", Open: 5},
		})
	},
	"a figure leads to its rows, and a limit that ends at 24:00 is due today": func(t *testing.T, s store.Store) {
		now := time.Date(2025, 3, 4, 2, 0, 0, 0, time.UTC)
		midnight := time.Date(2025, 3, 4, 16, 0, 0, 0, time.UTC) // in Shaanxi
		for n, due := range []time.Time{{}, now, now.Add(time.Second), midnight, midnight.Add(time.Second), midnight.AddDate(0, 0, 9)} {
			c := Opening(n)
			c.Tasks[0].Due = due
			if !due.IsZero() {
				c.Tasks[0].Soon = due.AddDate(0, 0, -3)
			}
			stopped := c.Tasks[0]
			stopped.ID, stopped.Stopped = 2, true
			c.Tasks = append(c.Tasks, stopped)
			commit(t, s, c)
		}
		same(t, "tally", got(s.Tally(t.Context(), Region, now)).must(t), []store.Tally{{Department: "market", Open: 12, Soon: 1, Today: 2, Overdue: 1}})
		for level, want := range map[caseflow.Level]int{caseflow.LevelSoon: 1, caseflow.LevelToday: 2, caseflow.LevelOver: 1} {
			q := store.TaskQuery{Region: Region, Department: "market", States: []string{caseflow.TaskOpen}, Level: level, Now: now}
			same(t, fmt.Sprint("level ", level), len(walkTasks(t, s, q)), want)
		}
	},
	"tasks are found by who asked for them": func(t *testing.T, s store.Store) {
		for n := range 6 {
			c := Opening(n)
			c.Tasks[0].From = []string{"", "head", "clerk"}[n%3]
			c.Tasks[0].Department = []string{"market", "tax"}[n%2]
			commit(t, s, c)
		}
		same(t, "head", len(walkTasks(t, s, store.TaskQuery{Region: Region, From: "head"})), 2)
		same(t, "head, of tax", len(walkTasks(t, s, store.TaskQuery{Region: Region, From: "head", Department: "tax"})), 1)
		same(t, "nobody", len(walkTasks(t, s, store.TaskQuery{Region: Region, From: "nobody"})), 0)
	},
	"what somebody did or asked for is listed newest first, each once": func(t *testing.T, s store.Store) {
		var did, asked, waiting []string
		for n := range 30 {
			c := Opening(n)
			k := &c.Tasks[0]
			k.From, k.Opened, k.Due = "head", At(100+n/2), At(900-n) // two at a time, due the other way round
			asked = slices.Insert(asked, 0, fmt.Sprintf("%s/1", c.Case))
			switch n % 3 {
			case 0:
				k.State, k.DoneBy, k.Done = caseflow.TaskDone, "wang", At(200+n/2)
				did = slices.Insert(did, 0, fmt.Sprintf("%s/1", c.Case))
			case 1:
				k.State, k.DoneBy, k.Done = caseflow.TaskDone, "zhao", At(200+n/2)
			default:
				waiting = slices.Insert(waiting, 0, fmt.Sprintf("%s/1", c.Case))
			}
			commit(t, s, c)
		}
		live := []string{caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskWaiting}
		for _, limit := range []int{0, 1, 4} {
			same(t, "did", walkTasks(t, s, store.TaskQuery{Region: Region, DoneBy: "wang", States: []string{caseflow.TaskDone}, Limit: limit}), did)
			same(t, "asked", walkTasks(t, s, store.TaskQuery{Region: Region, From: "head", Limit: limit}), asked)
			same(t, "asked, by due instant", walkTasks(t, s, store.TaskQuery{Region: Region, From: "head", States: live, Limit: limit}), waiting)
			same(t, "asked and done", walkTasks(t, s, store.TaskQuery{Region: Region, From: "head", DoneBy: "wang", States: []string{caseflow.TaskDone}, Limit: limit}), did)
		}
		_, next, err := s.Tasks(t.Context(), store.TaskQuery{Region: Region, DoneBy: "wang", Limit: 1})
		must(t, err)
		_, _, err = s.Tasks(t.Context(), store.TaskQuery{Region: Region, Cursor: next})
		wantErr(t, err, store.ErrCursor)
	},
	"running clocks are listed by due instant, filtered, and walked to the end": func(t *testing.T, s store.Store) {
		for n := range 60 {
			c := Opening(n)
			c.Clocks[0].Due = At(100 - n/2) // two at an instant
			c.Clocks[0].Bearer = []string{"market", caseflow.BearerApplicant}[n%2]
			c.Clocks[0].State = []string{caseflow.ClockRunning, caseflow.ClockRunning, caseflow.ClockStopped, caseflow.ClockMet}[n/2%4]
			commit(t, s, c)
		}
		for name, c := range map[string]struct {
			q    store.ClockQuery
			want func(n int) bool
		}{
			"all":         {store.ClockQuery{}, func(int) bool { return true }},
			"applicant's": {store.ClockQuery{Bearer: caseflow.BearerApplicant}, func(n int) bool { return n%2 == 1 }},
			"before":      {store.ClockQuery{DueBefore: At(90)}, func(n int) bool { return n/2 > 10 }},
			"within":      {store.ClockQuery{DueFrom: At(80), DueBefore: At(90)}, func(n int) bool { return n/2 > 10 && n/2 <= 20 }},
		} {
			var want []caseflow.CaseNo
			for n := 58; n >= 0; n -= 2 {
				for _, n := range []int{n, n + 1} {
					if n/2%4 < 2 && c.want(n) {
						want = append(want, No(n))
					}
				}
			}
			for _, limit := range []int{0, 1, 7} {
				c.q.Region, c.q.Limit = Region, limit
				same(t, name, walkClocks(t, s, c.q), want)
			}
		}
		_, _, err := s.Clocks(t.Context(), store.ClockQuery{Region: Region, Cursor: "nonsense"})
		wantErr(t, err, store.ErrCursor)
	},
	"the clocks of some cases that run or are stopped are listed by case": func(t *testing.T, s store.Store) {
		for n := range 6 {
			c := Opening(n)
			second := c.Clocks[0]
			second.ID, second.State = "promised", []string{caseflow.ClockStopped, caseflow.ClockMet}[n%2]
			c.Clocks = append(c.Clocks, second)
			commit(t, s, c)
		}
		other := Opening(1)
		other.Region = "610600"
		commit(t, s, other)
		names := func(cases ...caseflow.CaseNo) (all []string) {
			for _, c := range got(s.LiveClocks(t.Context(), Region, cases)).must(t) {
				all = append(all, string(c.Case[len(c.Case)-1:])+" "+c.ID)
			}
			return all
		}
		same(t, "of none", len(names()), 0)
		same(t, "of one", names(No(2)), []string{"2 promised", "2 statutory"})
		same(t, "of three and one that is not there", names(No(4), No(1), No(9), No(2)), []string{"1 statutory", "2 promised", "2 statutory", "4 promised", "4 statutory"})
		same(t, "whole", got(s.LiveClocks(t.Context(), Region, []caseflow.CaseNo{No(1)})).must(t), Opening(1).Clocks)
		many := make([]caseflow.CaseNo, 201)
		if _, err := s.LiveClocks(t.Context(), Region, many); err == nil {
			t.Error("the clocks of 201 cases at once")
		}
	},
	"public notices are listed by region, newest first, and those that run apart": func(t *testing.T, s store.Store) {
		var want []store.NoticeRow
		for n := range 3 {
			c := Opening(n)
			c.Notices = []store.NoticeRow{{Key: c.Key, No: 1, Item: "dereg", Pack: "04", Version: "1", Step: "publish", State: caseflow.PublicationRunning,
				From: At(n), Until: At(n + 10), Shown: []byte(`{"name":"安康公司"}`)}}
			want = slices.Insert(want, 0, c.Notices[0])
			commit(t, s, c)
		}
		c := Next(1, 2)
		c.Notices = []store.NoticeRow{want[1]}
		c.Notices[0].State, c.Notices[0].Ended = caseflow.PublicationOver, At(20)
		commit(t, s, c)
		want[1] = c.Notices[0]
		list := func(q store.NoticeQuery) []store.NoticeRow {
			t.Helper()
			var all []store.NoticeRow
			for {
				rows, next, err := s.Notices(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, rows...)
				if q.Cursor = next; next == "" {
					return all
				}
			}
		}
		same(t, "all", list(store.NoticeQuery{Regions: []string{"610600", Region}}), want)
		same(t, "page by page", list(store.NoticeQuery{Regions: []string{Region}, Limit: 1}), want)
		same(t, "running", list(store.NoticeQuery{Regions: []string{Region}, Running: true}), []store.NoticeRow{want[0], want[2]})
		same(t, "other region", len(list(store.NoticeQuery{Regions: []string{"610600"}})), 0)
		same(t, "no region", len(list(store.NoticeQuery{})), 0)
	},

	"licences are found by their printed code and by their holder": func(t *testing.T, s store.Store) {
		var want []store.LicenceRow
		for n := range 3 {
			c := Opening(n)
			c.Licences = []store.LicenceRow{{
				Key: c.Key, No: fmt.Sprint("L", n), Kind: "business", Holder: "渭南公司", Document: "uscc:91610500MA6Y", Verify: fmt.Sprint("V", n),
				Issued: At(n), Expires: "2030-01-01", State: "valid", Body: []byte(`{}`),
			}}
			want = slices.Insert(want, 0, c.Licences[0])
			commit(t, s, c)
		}
		same(t, "by code", got(s.LicenceByVerify(t.Context(), "V1")).must(t), &want[1])
		same(t, "by holder", got(s.LicencesOf(t.Context(), []string{"610600", Region}, "uscc:91610500MA6Y")).must(t), want)
		c := Next(2, 2)
		c.Licences = []store.LicenceRow{want[0]}
		c.Licences[0].State = "revoked"
		commit(t, s, c)
		same(t, "revoked", got(s.LicenceByVerify(t.Context(), "V2")).must(t).State, "revoked")
		same(t, "other region", len(got(s.LicencesOf(t.Context(), []string{"610600"}, "uscc:91610500MA6Y")).must(t)), 0)
	},
	"reprojecting replaces every projection and no message, of the last entry only": reproject,
}

func taskQueriesFilter(t *testing.T, s store.Store) {
	for n := range 24 {
		c := Opening(n)
		c.Row.Item = caseflow.ItemID(fmt.Sprint("item-", n%2))
		c.Row.Assisted = append(caseflow.Ways(), "")[n%4]
		k := &c.Tasks[0]
		k.Due = At(n)
		k.Role = []string{"clerk", "reviewer", "head"}[n%3]
		k.Department = []string{"market", "tax"}[n%2]
		k.State = []string{caseflow.TaskOpen, caseflow.TaskClaimed, caseflow.TaskDone}[n%3]
		k.Kind = []string{caseflow.TaskAccept, caseflow.TaskStep}[n%2]
		switch n % 4 {
		case 0:
			k.Holder, k.DoneBy = "li", "wang"
		case 1:
			k.Person = "li"
		case 2:
			k.Holder, k.Person = "li", "li"
		}
		commit(t, s, c)
	}
	for name, c := range map[string]struct {
		q    store.TaskQuery
		want func(n int) bool
	}{
		"department":           {store.TaskQuery{Department: "tax"}, func(n int) bool { return n%2 == 1 }},
		"department, another":  {store.TaskQuery{Department: "tax", Succeeds: []string{"market", "seal"}}, func(int) bool { return true }},
		"one that succeeds":    {store.TaskQuery{Department: "seal", Succeeds: []string{"tax"}, States: []string{caseflow.TaskOpen}}, func(n int) bool { return n%2 == 1 && n%3 == 0 }},
		"roles":                {store.TaskQuery{Department: "tax", Roles: []string{"clerk", "head"}}, func(n int) bool { return n%2 == 1 && n%3 != 1 }},
		"person, once":         {store.TaskQuery{Person: "li"}, func(n int) bool { return n%4 < 3 && n%3 < 2 }},
		"person in department": {store.TaskQuery{Person: "li", Department: "tax"}, func(n int) bool { return n%4 == 1 && n%3 < 2 }},
		"states":               {store.TaskQuery{States: []string{caseflow.TaskOpen, caseflow.TaskDone}}, func(n int) bool { return n%3 != 1 }},
		"kinds":                {store.TaskQuery{Kinds: []string{caseflow.TaskStep}}, func(n int) bool { return n%2 == 1 }},
		"item":                 {store.TaskQuery{Item: "item-0"}, func(n int) bool { return n%2 == 0 }},
		"assisted":             {store.TaskQuery{Assisted: caseflow.Ways()}, func(n int) bool { return n%4 < 3 }},
		"assisted in a way":    {store.TaskQuery{Assisted: []string{caseflow.AssistAgent}, Department: "market"}, func(n int) bool { return n%4 == 2 }},
		"due before":           {store.TaskQuery{DueBefore: At(9)}, func(n int) bool { return n < 9 }},
		"queue": {store.TaskQuery{Department: "market", Roles: []string{"clerk"}, States: []string{caseflow.TaskOpen, caseflow.TaskClaimed}},
			func(n int) bool { return n%2 == 0 && n%3 == 0 }},
	} {
		var want []string
		for n := range 24 {
			if c.want(n) {
				want = append(want, fmt.Sprintf("%s/1", No(n)))
			}
		}
		for _, limit := range []int{0, 5} {
			c.q.Region, c.q.Limit = Region, limit
			same(t, name, walkTasks(t, s, c.q), want)
		}
	}
}

// walkClocks lists the cases of all pages.
func walkClocks(t *testing.T, s store.Store, q store.ClockQuery) (all []caseflow.CaseNo) {
	t.Helper()
	for {
		rows, next, err := s.Clocks(t.Context(), q)
		must(t, err)
		for _, c := range rows {
			all = append(all, c.Case)
		}
		if q.Cursor = next; next == "" {
			return all
		}
	}
}

func reproject(t *testing.T, s store.Store) {
	first := Opening(1)
	first.Snapshot = []byte("old")
	first.Licences = []store.LicenceRow{{Key: first.Key, No: "L", Verify: "V"}}
	first.Messages = []store.Message{{Channel: "inapp", Recipient: "li", Body: []byte("{}")}}
	second := Next(1, 2)
	commit(t, s, first, second)
	stale := Opening(1)
	stale.Row.Applicant = "旧"
	wantErr(t, s.Reproject(t.Context(), stale), store.ErrConflict)

	again := Next(1, 2)
	again.Row.Applicant, again.Row.Departments = "孙七", []string{"seal"}
	again.Row.Subject = caseflow.Subject{Text: "秦东软件有限公司"}
	again.Tasks[0].ID, again.Tasks[0].Department = 9, "seal"
	again.Clocks[0].ID = "new"
	again.Messages = []store.Message{{MessageKey: store.MessageKey{Index: 5}, Channel: "inapp", Recipient: "li"}}
	again.Snapshot = []byte("new")
	must(t, s.Reproject(t.Context(), again))

	l := got(s.Load(t.Context(), KeyOf(1))).must(t)
	same(t, "snapshot", []any{l.Snapshot, l.SnapshotNo}, []any{[]byte("new"), 2})
	same(t, "entries", got(s.Entries(t.Context(), KeyOf(1), 0, 0)).must(t), []store.Entry{asRead(first.Entry), asRead(second.Entry)})
	same(t, "row", got(s.Case(t.Context(), KeyOf(1))).must(t), &again.Row)
	same(t, "tasks", walkTasks(t, s, store.TaskQuery{Region: Region}), []string{string(No(1)) + "/9"})
	clocks, _, err := s.Clocks(t.Context(), store.ClockQuery{Region: Region})
	must(t, err)
	same(t, "clocks", clocks, again.Clocks)
	same(t, "messages", len(written(t, s, "li")), 1)
	wantErr(t, errOf(s.LicenceByVerify(t.Context(), "V")), store.ErrNotFound)
	same(t, "old subject", len(walkCases(t, s, store.CaseQuery{Region: Region, Search: "华山客栈"})), 0)
	same(t, "new subject", len(walkCases(t, s, store.CaseQuery{Region: Region, Search: "秦东软件"})), 1)
	same(t, "old list", len(walkCases(t, s, store.CaseQuery{Region: Region, Department: "market"})), 0)
	same(t, "new list", len(walkCases(t, s, store.CaseQuery{Region: Region, Department: "seal", Search: "孙七"})), 1)
	commit(t, s, Next(1, 3))
}
