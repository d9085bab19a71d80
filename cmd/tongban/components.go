package main

import (
	_ "embed" // licences of components
	"runtime/debug"
	"strings"

	"github.com/tongban/tongban/internal/hall"
)

// licencesText names the licence of every module that the program is built of, as its own files say: module, blank, SPDX expression.
//
//go:embed licences.txt
var licencesText string

// components are the modules that this very program is built of, as its build recorded them, with their licences; none if it recorded
// nothing.
func components() []hall.Component {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	licences := map[string]string{}
	for line := range strings.Lines(licencesText) {
		module, licence, _ := strings.Cut(strings.TrimSpace(line), " ")
		licences[module] = licence
	}
	list := make([]hall.Component, len(info.Deps))
	for i, m := range info.Deps {
		list[i] = hall.Component{Module: m.Path, Version: m.Version, Licence: licences[m.Path]}
	}
	return list
}
