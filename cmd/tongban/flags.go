package main

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/tongban/tongban/internal/hall"
)

// flags are those of the command that runs, with their values, for administrators. No flag is a secret in itself: those are files or
// variables of the environment, which are named and not read; an address loses the password that may stand in it.
func (w *world) flags() []hall.Flag {
	if w.given == nil || w.given.Selected() == nil {
		return nil
	}
	var list []hall.Flag
	for _, f := range w.given.Selected().Flags {
		if f.Name == "help" {
			continue
		}
		shown := hall.Flag{Name: f.Name, Standard: f.Default, Value: open(f.Target)}
		if len(f.Envs) > 0 {
			shown.Env = f.Envs[0]
		}
		list = append(list, shown)
	}
	return list
}

// open is a value in which nothing is secret.
func open(v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = open(v.Index(i))
		}
		return strings.Join(parts, ",")
	}
	text := fmt.Sprint(v.Interface())
	if !strings.Contains(text, "://") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "…"
	}
	u.RawQuery = "" // postgres://…?password=
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}
