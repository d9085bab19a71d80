package credit

import (
	"embed"

	"github.com/tongban/tongban/internal/store"
)

//go:embed migrations
var migrations embed.FS

// Schema is what the module keeps. A register belongs to a region; its rows begin with it.
func Schema() store.Schema {
	return store.Schema{Module: "credit", Migrations: migrations, Tables: []store.Table{
		{Name: "credit_subject", Key: 3, Columns: "region:t party:t batch:i name:t since:i fields:t"},
		{Name: "credit_batch", Key: 2, Columns: "region:t batch:i source:t list:t name:t by_id:t state:t begun:i seen:i taken:i lines:i added:i same:i wrong:i"},
		{Name: "credit_fault", Key: 5, Columns: "region:t batch:i line:i field:t code:t"},
		{Name: "credit_record", Key: 5, Columns: "region:t party:t source:t id:t batch:i kind:i result:i day:i until:i published:i fen:i field:t title:t basis:t withdrawn:i"},
		{Name: "credit_mark", Key: 4, Columns: "region:t party:t source:t id:t mark:i at:i by_id:t reason:t case_no:t"},
		{Name: "credit_tier", Key: 2, Columns: "region:t party:t standard:t day:i points:i tier:t fields:t next:i"},
		{Name: "credit_change", Key: 3, Columns: "region:t party:t no:i at:i was:t tier:t fields:t why:t"},
		{Name: "credit_due", Key: 3, Columns: "region:t party:t batch:i"},
		{Name: "credit_register", Key: 1, Columns: "region:t taken:i standard:t"},
		{Name: "credit_look", Key: 4, Columns: "region:t party:t at:i by_id:t department:t reason:t"},
		{Name: "credit_feed", Key: 1, Columns: "name:t place:i"},
		{Name: "credit_request", Key: 5, Columns: "region:t party:t source:t id:t case_no:t item:t state:t"},
		{Name: "credit_member", Key: 2, Columns: "region:t account:t member:t since:i"},
		{Name: "credit_deed", Key: 4, Columns: "region:t member:t source:t id:t kind:t day:i"},
		{Name: "credit_code", Key: 2, Columns: "region:t code:t member:t perk:t until:i"},
		{Name: "credit_publish", Key: 5, Columns: "region:t party:t source:t id:t batch:i"},
		{Name: "credit_public", Key: 4, Columns: "region:t party:t source:t id:t kind:i result:i day:i until:i published:i fen:i title:t basis:t due:i last:i late:i hidden:i"},
	}}
}
