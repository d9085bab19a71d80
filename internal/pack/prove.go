package pack

// Prove shows what must hold of a loaded pack.
func Prove(p *Pack) []Problem { return nil }
