package inspect

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/i18n"
	"github.com/tongban/tongban/internal/web/ui"
)

// comparePage shows what uniform and tiered draws find for the same number of visits.
type comparePage struct {
	*asked
	Ask   []ui.Field
	Wrong bool
	Bars  ui.Bars
	Table ui.Table
}

// defaultSeed is what the page shows first.
const defaultSeed = "2026"

func (p *pages) compare(a *asked) error {
	if !compares(a.By) {
		return hall.ErrNotFound
	}
	a.Title = a.T("inspect.compare")
	q := a.R.URL.Query()
	town, ratios, usual, seed := Hanzhong(), map[string]int64{}, p.usual(a.By.Region), strings.TrimSpace(q.Get("seed"))
	v := &comparePage{asked: a}
	for _, tier := range Strata()[:4] {
		n, ok := usual[tier], true
		if text := q.Get(tier); text != "" {
			n, ok = perTenThousand(text)
		}
		v.Wrong = v.Wrong || !ok || n > 10_000
		ratios[tier] = n
		v.Ask = append(v.Ask, ui.Field{Kind: ui.KindNumber, Name: tier, Label: a.T("inspect.ratio-of", a.T("inspect.tier."+tier)), Value: percent(n), Unit: "%", Width: "short"})
	}
	if seed == "" {
		seed = defaultSeed
	}
	v.Ask = append(v.Ask, ui.Field{Kind: ui.KindText, Name: "seed", Label: a.T("inspect.seed"), Value: seed, Width: "medium"})
	if v.Wrong = v.Wrong || Sum(ratios) == 0 || len(seed) > 100; v.Wrong {
		return p.show(a, http.StatusOK, "compare", v)
	}
	uniform, tiered, err := town.Compare(seed, ratios)
	if err != nil {
		v.Wrong = true
		return p.show(a, http.StatusOK, "compare", v)
	}
	v.chart(&uniform, &tiered)
	return p.show(a, http.StatusOK, "compare", v)
}

// chart draws bars of what was found, in all and by tier, and the same as a table.
func (v *comparePage) chart(uniform, tiered *Tally) {
	caption := v.T("inspect.compare-caption", i18n.Number(Sum(tiered.Visits)))
	v.Bars = ui.Bars{Title: caption, Item: v.T("inspect.tier")}
	v.Table = ui.Table{Caption: caption, HideCaption: true, Columns: []ui.Column{{Text: v.T("inspect.tier")}, {Text: v.T("inspect.uniform-visits"), Number: true}, {Text: v.T("inspect.uniform-found"), Number: true}, {Text: v.T("inspect.tiered-visits"), Number: true}, {Text: v.T("inspect.tiered-found"), Number: true}}}
	row := func(name string, uv, uf, tv, tf int64) {
		v.Bars.Bars = append(v.Bars.Bars, ui.Bar{Label: v.T("inspect.compare-uniform", name), Value: float64(uf), Text: i18n.Number(uf)}, ui.Bar{Label: v.T("inspect.compare-tiered", name), Value: float64(tf), Text: i18n.Number(tf)})
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: []ui.Cell{{Text: name, Head: true}, {Text: i18n.Number(uv)}, {Text: found(uf, uv)}, {Text: i18n.Number(tv)}, {Text: found(tf, tv)}}})
	}
	row(v.T("inspect.compare-all"), Sum(uniform.Visits), Sum(uniform.Found), Sum(tiered.Visits), Sum(tiered.Found))
	for _, tier := range Strata()[:4] {
		row(v.T("inspect.tier."+tier), uniform.Visits[tier], uniform.Found[tier], tiered.Visits[tier], tiered.Found[tier])
	}
}

// found is a number with its share.
func found(n, of int64) string {
	if of == 0 {
		return i18n.Number(n)
	}
	return fmt.Sprintf("%s (%d.%d%%)", i18n.Number(n), n*1000/of/10, n*1000/of%10)
}
