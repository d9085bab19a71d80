package page

import (
	"context"
	"net/http"
)

type terminalKey struct{}

// WithTerminal marks a request as sent from a public terminal (自助终端), which forgets its user after some seconds without a touch.
func WithTerminal(r *http.Request, idle int) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), terminalKey{}, idle))
}

// AtTerminal reports whether a public terminal sent the request.
func AtTerminal(r *http.Request) bool { return idleAt(r) > 0 }

func idleAt(r *http.Request) int {
	idle, _ := r.Context().Value(terminalKey{}).(int)
	return idle
}
