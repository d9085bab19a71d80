package draws

import (
	"embed"

	"github.com/tongban/tongban/internal/store"
)

//go:embed migrations
var migrations embed.FS

// Schema is what the module keeps.
func Schema() store.Schema {
	return store.Schema{Module: "draws", Migrations: migrations, Tables: []store.Table{
		{Name: "draws_draw", Key: 2, Columns: "region:t no:i place:t department:t purpose:t title:t state:t opens:i made:i committed:i drawn:i ended:i commitment:t predecessor:t proposer:t confirmer:t ender:t reason:t pool:i quota:i version:i"},
		{Name: "draws_record", Key: 2, Columns: "region:t no:i data:b"},
		{Name: "draws_value", Key: 3, Columns: "region:t no:i source:i value:t by_id:t at:i"},
		{Name: "draws_key", Key: 3, Columns: "region:t department:t public:t secret:t began:i"},
		{Name: "draws_event", Key: 3, Columns: "region:t no:i seq:i at:i kind:t by_id:t department:t digest:t words:t"},
	}}
}
