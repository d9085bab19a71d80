package pack

import "slices"

// File returns a copy of a file of the pack, such as the sample of a material; false if there is none.
func (p *Pack) File(name string) ([]byte, bool) {
	text, ok := p.files[name]
	return slices.Clone(text), ok
}
