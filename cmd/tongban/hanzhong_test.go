package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/draw"
	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/api"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/pgtest"
)

// What practice 36 counts (P36-S): entities, inspectors, departments of the city and of its eleven counties. The companies in a tier are those
// of inspect.Hanzhong.
const (
	hanzhongEntities    = 300_000
	hanzhongInspectors  = 6_122
	hanzhongCityUnits   = 25
	hanzhongCountyUnits = 223
)

// TestHanzhong_through_the_doors brings a twentieth of what Hanzhong has in by the lists that its departments send, all 248 of them, classifies
// it from records and draws a year by tier: the whole of it is BenchmarkHanzhong, because 300,000 rows take too long for every run.
func TestHanzhong_through_the_doors(t *testing.T) {
	if testing.Short() {
		t.Skip("sends the lists of 248 departments, which -short leaves out")
	}
	t.Parallel()
	for name, address := range map[string]func(t *testing.T) string{"SQLite": func(*testing.T) string { return "" }, "PostgreSQL": func(t *testing.T) string { return pgtest.Start(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &hanzhong{inspectHouse: newInspectHouse(t, address(t)), share: 20}
			c.settle()
			c.send()
			c.classify()
			c.year()
		})
	}
}

// BenchmarkHanzhong is the whole of it on SQLite: rows of lists a second, how long it takes until everybody is classified, and until a year is
// drawn and every inspector has the tasks.
func BenchmarkHanzhong(b *testing.B) {
	for b.Loop() {
		c := &hanzhong{inspectHouse: newInspectHouse(b, ""), share: 1}
		c.settle()
		begun := time.Now()
		rows := c.send()
		b.ReportMetric(float64(rows)/time.Since(begun).Seconds(), "rows/s")
		begun = time.Now()
		c.classify()
		b.ReportMetric(time.Since(begun).Seconds(), "s/classified")
		begun = time.Now()
		c.year()
		b.ReportMetric(time.Since(begun).Seconds(), "s/drawn")
	}
}

// hanzhong is one part in share of the city.
type hanzhong struct {
	*inspectHouse
	share    int
	counties []ident.Region
	offices  []office
}

// office is a department at a place, with the login of who sends its lists and how many inspectors it has.
type office struct {
	login, place, department string
	inspectors               int
}

// settle makes the departments: in each place the first is the market's, which has half of all inspectors.
func (c *hanzhong) settle() {
	c.t.Helper()
	c.counties = ident.Service().Children("610700")
	add := func(place string, n int) {
		for i := range n {
			department := "market"
			if i > 0 {
				department = fmt.Sprintf("d%02d", i)
			}
			c.offices = append(c.offices, office{login: place + "-" + department, place: place, department: department})
		}
	}
	add("610700", hanzhongCityUnits)
	for i, county := range c.counties {
		add(county.Code, (hanzhongCountyUnits+len(c.counties)-1-i)/len(c.counties))
	}
	if len(c.offices) != hanzhongCityUnits+hanzhongCountyUnits {
		c.t.Fatalf("%d departments", len(c.offices))
	}
	var people []access.NewAccount
	markets := 0
	for i := range c.offices {
		o := &c.offices[i]
		if o.department == "market" {
			markets++
		}
		people = append(people, access.NewAccount{Login: o.login, Kind: caseflow.ActorOfficial, Name: "赵明", Region: o.place, Department: o.department, Roles: []string{caseflow.RoleClerk}})
	}
	market, other := 0, 0
	for i := range hanzhongInspectors / c.share { // in turn: one of the market's, one of another's
		if i%2 == 0 {
			c.nth(market%markets, true).inspectors++
			market++
		} else {
			c.nth(other%(len(c.offices)-markets), false).inspectors++
			other++
		}
	}
	seeded, err := c.app.gate.Seed(c.t.Context(), people)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, s := range seeded {
		c.passwords[s.Login] = s.Password
	}
	c.signIn()
}

// nth is the n-th office of the market's, or of the others.
func (c *hanzhong) nth(n int, market bool) *office {
	for i := range c.offices {
		if (c.offices[i].department == "market") == market {
			if n == 0 {
				return &c.offices[i]
			}
			n--
		}
	}
	return nil
}

// send sends the lists of all departments by REST and returns how many rows they have.
func (c *hanzhong) send() (rows int) {
	c.t.Helper()
	give := func(who, list, library, text string) {
		c.t.Helper()
		var e inspect.InspectEdition
		c.into(c.want(http.StatusCreated, who, "POST", api.Prefix+"/inspect/lists?list="+list+"&library="+url.QueryEscape(library), "application/octet-stream", []byte(text)), &e)
		if e.State != inspect.Taken {
			c.t.Fatalf("%s of %s: %+v", list, who, e)
		}
		rows += int(e.Rows)
	}
	give("610700-market", "items", "", "事项编号,抽查事项,事项类别,检查方式,检查依据\nA1,登记事项检查,一般,现场检查,《中华人民共和国市场主体登记管理条例》\n")
	no := 0
	for _, o := range c.offices {
		if o.inspectors == 0 {
			continue
		}
		var list strings.Builder
		list.WriteString("执法证号,姓名,账号,证件有效期至,可派区域\n")
		for range o.inspectors {
			area := o.place
			if area == "610700" {
				area = ""
			}
			fmt.Fprintf(&list, "汉%05d,检查员%05d,h%05d,2028-12-31,%s\n", no, no, no, area)
			no++
		}
		give(o.login, "inspectors", "", list.String())
	}
	for at, county := range c.counties {
		var list strings.Builder
		list.WriteString("统一社会信用代码,名称,所在区县,地址\n")
		for i := at; i < hanzhongEntities/c.share; i += len(c.counties) {
			fmt.Fprintf(&list, "%s,汉中第%d户,%s,民主街%d号\n", companyCode(i), i, county.Code, i)
		}
		give(county.Code+"-market", "objects", "市场主体库", list.String())
	}
	return rows
}

// in is how many companies of a tier this part has.
func (c *hanzhong) in(tier string) int { return int(inspect.Hanzhong().Sizes[tier]) / c.share }

// classify sends the companies that are to be in a tier and the records that put them there, and waits until they are.
func (c *hanzhong) classify() {
	c.t.Helper()
	kinds := map[string]string{"B": "行政处罚,一般", "C": "行政处罚,严重", "D": "严重违法失信,列入"}
	var parties, records strings.Builder
	parties.WriteString("统一社会信用代码,名称\n")
	records.WriteString("统一社会信用代码,记录编号,信息类别,结果,日期,事项\n")
	n := 0
	for _, tier := range []string{"A", "B", "C", "D"} {
		for range c.in(tier) {
			fmt.Fprintf(&parties, "%s,汉中第%d户\n", companyCode(n), n)
			if kind := kinds[tier]; kind != "" {
				fmt.Fprintf(&records, "%s,记%d,%s,2026-06-01,事项\n", companyCode(n), n, kind)
			}
			n++
		}
	}
	for list, text := range map[string]string{"parties": parties.String(), "records": records.String()} {
		if out := c.want(http.StatusCreated, "610700-market", "POST", api.Prefix+"/credit/batches?list="+list, "application/octet-stream", []byte(text)); !bytes.Contains(out, []byte(`"state":"taken"`)) {
			c.t.Fatalf("%s: %.500s", list, out)
		}
	}
	c.work()
}

// year draws the shares of a year from all counties and checks every quota, and that each company has its team.
func (c *hanzhong) year() {
	c.t.Helper()
	var units, libraries []string
	for _, o := range c.offices {
		if o.department == "market" {
			units = append(units, o.place+"/market")
			if o.place != "610700" {
				libraries = append(libraries, o.place+"/market/市场主体库")
			}
		}
	}
	p := c.drawn(map[string]any{"items": []string{"market/A1"}, "units": units, "libraries": libraries, "team": 2, "cap": 12, "together": 3, "visits": 2})
	r, err := draw.Verify(c.get(http.StatusOK, "", "/draws/"+p.Draw+"/record"))
	if err != nil {
		c.t.Fatal(err)
	}
	unclassified := hanzhongEntities / c.share
	for tier, share := range map[string]int{"A": 300, "B": 1000, "C": 4000, "D": 8000} {
		unclassified -= c.in(tier)
		if got, want := len(r.Stratum(tier)), (c.in(tier)*share+9999)/10000; got != want {
			c.t.Errorf("%d of tier %s, want %d", got, tier, want)
		}
	}
	if got, want := len(r.Stratum(inspect.NoTier)), (unclassified*100+9999)/10000; got != want {
		c.t.Errorf("%d of no tier, want %d", got, want)
	}
	visits := 0
	if err := c.app.store.Read(c.t.Context(), func(sc store.Scan) error { return sc(&visits) }, "SELECT COUNT(*) FROM inspect_member"); err != nil || visits != 2*len(r.Drawn()) {
		c.t.Errorf("%d visits of inspectors for %d companies, %v", visits, len(r.Drawn()), err)
	}
}
