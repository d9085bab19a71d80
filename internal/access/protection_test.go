package access

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// What an assessor reads is what the gate does: its limits and the bounds of its passwords. The accounts are counted by a real store in the
// API's test.
func TestProtectionIsWhatIsInForce(t *testing.T) {
	t.Parallel()
	s := newScene(t, Limits{AccountTries: 3, IdleOfficial: 20 * time.Minute})
	s.factorRoles = []string{caseflow.RoleAudit}
	assessor := actorOf(s.official("assessor.one", caseflow.RoleAssessor))
	p, err := s.Protection(t.Context(), assessor)
	if err != nil {
		t.Fatal(err)
	}
	if p.AccountTries != 3 || p.IdleOfficials != 20*time.Minute || !slices.Equal(p.FactorRoles, []string{caseflow.RoleAudit}) || !p.Sealed || p.PasswordsRefused == 0 || len(p.Officials) != len(caseflow.Roles) {
		t.Errorf("%+v", p)
	}
	if weakness(goodOf(p.PasswordMin), &store.Account{}) != "" || weakness(goodOf(p.PasswordMin-1), &store.Account{}) != "password.short" {
		t.Error("the shortest password is not the one that is told")
	}
	for _, role := range []string{caseflow.RoleClerk, caseflow.RoleReviewer, caseflow.RoleHead, caseflow.RoleSupervisor} {
		by := assessor
		by.Roles = []string{role}
		if _, err := s.Protection(t.Context(), by); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", role, err)
		}
	}
}

// goodOf is a password of n characters with which nothing else is wrong.
func goodOf(n int) string { return "r7kq2wz9mb4x"[:n] }
