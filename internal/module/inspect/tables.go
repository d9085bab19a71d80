package inspect

import (
	"embed"

	"github.com/tongban/tongban/internal/store"
)

//go:embed migrations
var migrations embed.FS

// Schema is what the module keeps. All of it belongs to the register of a city; its rows begin with it.
func Schema() store.Schema {
	return store.Schema{Module: "inspect", Migrations: migrations, Tables: []store.Table{
		{Name: "inspect_edition", Key: 2, Columns: "region:t no:i list:t place:t department:t library:t name:t by_id:t state:t begun:i seen:i ended:i lines:i wrong:i"},
		{Name: "inspect_fault", Key: 5, Columns: "region:t edition:i line:i field:t code:t"},
		{Name: "inspect_item", Key: 3, Columns: "region:t edition:i id:t name:t weighty:i method:t basis:t subject:t"},
		{Name: "inspect_inspector", Key: 3, Columns: "region:t edition:i id:t name:t login:t until:i areas:t fields:t barred:t"},
		{Name: "inspect_object", Key: 3, Columns: "region:t edition:i party:t name:t area:t address:t industry:t"},
		{Name: "inspect_year", Key: 4, Columns: "region:t place:t department:t year:i title:t rounds:i ratios:t visits:i by_id:t at:i"},
		{Name: "inspect_plan", Key: 2, Columns: "region:t no:i place:t department:t year:i title:t due:i terms:t editions:t secret:b draw:i version:i by_id:t made:i"},
		{Name: "inspect_task", Key: 2, Columns: "region:t no:i plan:i token:t party:t name:t area:t address:t stratum:t year:i due:i state:t done:i kind:t words:t by_id:t request:t publish:i published:i publisher:t corrected:t"},
		{Name: "inspect_member", Key: 3, Columns: "region:t task:i inspector:t name:t login:t token:t place:t department:t signed:i strokes:t"},
		{Name: "inspect_mark", Key: 4, Columns: "region:t task:i department:t item:t kind:t words:t"},
		{Name: "inspect_photo", Key: 3, Columns: "region:t task:i request:t hash:t name:t kind:t bytes:i taken:i lat:i lon:i by_id:t at:i", File: "hash bytes"},
		{Name: "inspect_follow", Key: 3, Columns: "region:t task:i no:i kind:t due:i department:t words:t by_id:t made:i done:i outcome:t item:t case_no:t unfiled:t firm:t"},
		{Name: "inspect_mind", Key: 1, Columns: "region:t decided:i"},
	}}
}
