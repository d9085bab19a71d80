package desk

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/web/ui"
)

const ordersAddress = "/desk/orders"

// ordersPage is what somebody follows: the instructions that they gave, and those that they are to close.
type ordersPage struct {
	*page
	Tabs  ui.Tabs
	Lines []taskLine
	More  bool // there are more than the page shows
	State string
}

// maxOrders is how many instructions one page lists.
const maxOrders = 100

// orders lists what is followed (督办): waiting for an answer, waiting to be closed, closed.
func (d *Desk) orders(p *page, r *http.Request) error {
	if !p.follows() {
		return hall.ErrNotFound
	}
	state := cmp.Or(oneOf(r.URL.Query().Get("state"), hall.OrderStates()), hall.OrdersWaiting)
	rows, more, err := d.hall.Orders(r.Context(), p.Actor, state, maxOrders)
	if err != nil {
		return err
	}
	p.Title = p.T("desk.orders.title")
	v := &ordersPage{page: p, State: state, More: more}
	v.Tabs.Label = p.T("desk.orders.title")
	for _, s := range hall.OrderStates() {
		v.Tabs.Tabs = append(v.Tabs.Tabs, ui.Link{Text: p.T("desk.orders." + s), Href: ordersAddress + "?" + url.Values{"state": {s}}.Encode(), Current: s == state})
	}
	for _, row := range rows {
		v.Lines = append(v.Lines, p.taskLine(row, p.Now))
	}
	return p.show("orders", v)
}

// Closes is the address at which an instruction is closed; "" of one that the person does not close now.
func (l taskLine) Closes(by caseflow.Actor) string {
	if l.Kind != caseflow.TaskClose || l.State == caseflow.TaskDone || l.Person != by.ID {
		return ""
	}
	return offer{Verb: "complete", Task: l.ID}.address(l.TaskRow.Key.Case)
}

// follows reports whether the person gives instructions, or may be named to close them.
func (p *page) follows() bool {
	return p.Actor.Has(caseflow.RoleSupervisor) || p.Actor.Has(caseflow.RoleHead)
}
