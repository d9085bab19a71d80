// Package packs embeds the practices as data, one folder each. It holds no code: a pack that needs some is a module.
// A city's own packs stand in folders beside these.
package packs

import "embed"

// FS holds one folder for each practice, such as 03-weinan-open-company.
//
//go:embed all:03-weinan-open-company all:04-ankang-open-company all:35-yulin-credit all:36-hanzhong-inspections
var FS embed.FS
