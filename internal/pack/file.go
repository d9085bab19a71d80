package pack

import "slices"

// File returns a copy of a file of the pack, such as the sample of a material; false if there is none.
func (p *Pack) File(name string) ([]byte, bool) {
	text, ok := p.files[name]
	return slices.Clone(text), ok
}

// DepartmentByID finds a department of the pack.
func (p *Pack) DepartmentByID(id string) (Department, bool) {
	i := slices.IndexFunc(p.Departments, func(d Department) bool { return d.ID == id })
	if i < 0 {
		return Department{}, false
	}
	return p.Departments[i], true
}
