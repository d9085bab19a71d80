package witness

import (
	"embed"

	"github.com/tongban/tongban/internal/store"
)

//go:embed migrations
var migrations embed.FS

// Schema is what the package keeps: the witness's keys, the logs that it has signed, the witnesses of our own log, alarms.
func Schema() store.Schema {
	return store.Schema{Module: "witness", Migrations: migrations, Tables: []store.Table{
		{Name: "witness_key", Key: 1, Columns: "id:t name:t secret:t began:i"},
		{Name: "witness_log", Key: 1, Columns: "origin:t size:i checkpoint:b at:i"},
		{Name: "witness_peer", Key: 1, Columns: "public:t size:i line:t at:i state:t said:t since:i"},
		{Name: "witness_alarm", Key: 1, Columns: "id:t kind:t origin:t witness:t at:i seen:i times:i known:b given:b settled:i settler:t reason:t"},
	}}
}
