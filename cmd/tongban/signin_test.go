package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/demo"
)

// Passwords of the demo and of people who register cost an attacker what they should, in a server as it is started by people.
func TestPasswords_are_hashed_at_full_cost(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := serveIn(t, []string{dearEnv + "=1"}, "--data", data, "--demo")
	citizen(t, p.address, 1)
	if code := p.end(); code != 0 {
		t.Fatalf("exit %d: %s", code, p.err)
	}
	st, err := placeFlags{Data: data}.openExisting(t.Context(), time.Now)
	must(t, err)
	defer func() { must(t, st.Close()) }()
	for _, login := range []string{demo.Accounts(weinan)[0].Login, phone(1)} {
		a, err := st.AccountByLogin(t.Context(), login)
		must(t, err)
		if !strings.HasPrefix(a.Password, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("%s: %.40s", login, a.Password)
		}
	}
}
