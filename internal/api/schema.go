package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/workday"
)

// The texts that limits and dates are in JSON, described for the document and checked on the way in.
type (
	limitText struct{}
	dateText  struct{}
)

// Schema is huma.SchemaProvider's.
func (limitText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^-?[0-9]{1,6} (workday|day|month|year|hour|workhour)( [a-z]+){0,3}$`,
		PatternDescription: "a number and its unit", Examples: []any{"5 workday"}, Description: "A length of time as a rule states it"}
}

// Schema is huma.SchemaProvider's.
func (dateText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-11-24"}, Description: "A civil date in China"}
}

// describeTypes tells the registry how types of other packages look in JSON.
func describeTypes(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[workday.Limit](), reflect.TypeFor[limitText]())
	r.RegisterTypeAlias(reflect.TypeFor[workday.Date](), reflect.TypeFor[dateText]())
}
