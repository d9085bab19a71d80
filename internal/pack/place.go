package pack

// Line is where a value stands in one of the pack's YAML files, or the nearest one above it, counted from 1; 0 if the pack
// has no such file. Lists are walked by index: Line("walk.yaml", "scenes", "0", "acts").
func (p *Pack) Line(file string, at ...string) int {
	doc := p.documents[file]
	if doc == nil {
		return 0
	}
	return doc.at(at...).keyLine
}
