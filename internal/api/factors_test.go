package api_test

import (
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- what authenticator apps compute
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// appCode is what an authenticator app shows for a secret, written down here a second time.
func appCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	must(t, err)
	mac := hmac.New(sha1.New, key)
	must(t, binary.Write(mac, binary.BigEndian, at.Unix()/30))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

func TestSecondFactor_by_the_API(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.token("owner")
	login := map[string]any{"login": people["owner"].phone, "password": password}
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/me/factors/totp", map[string]any{"old": "wrong"})
	var enrolment struct{ Secret, URI string }
	h.into(&enrolment, h.must(http.StatusOK, "owner", "POST", "/me/factors/totp", map[string]any{"old": password}))
	h.must(http.StatusUnprocessableEntity, "owner", "POST", "/me/factors/totp/confirm", map[string]any{"code": "abc"})
	var confirmed struct {
		Token    string
		Recovery []string
	}
	h.into(&confirmed, h.must(http.StatusOK, "owner", "POST", "/me/factors/totp/confirm", map[string]any{"code": appCode(t, enrolment.Secret, h.time())}))
	h.must(http.StatusUnauthorized, "owner", "GET", "/me", nil) // the session before it
	h.tokens["owner"] = confirmed.Token
	h.pass(time.Minute)

	if r := h.call("", "POST", "/sessions", login); r.status != http.StatusUnauthorized || r.code() != "second-factor" {
		t.Errorf("the password alone: %d %s", r.status, r.body)
	}
	login["code"] = "000000"
	if r := h.call("", "POST", "/sessions", login); r.status != http.StatusUnauthorized || r.code() != "factor.wrong" {
		t.Errorf("a wrong code: %d %s", r.status, r.body)
	}
	login["code"] = appCode(t, enrolment.Secret, h.time())
	h.must(http.StatusCreated, "", "POST", "/sessions", login)
	if r := h.call("", "POST", "/sessions", login); r.code() != "factor.wrong" {
		t.Errorf("the code a second time: %d %s", r.status, r.body)
	}
	login["code"] = confirmed.Recovery[0]
	h.must(http.StatusCreated, "", "POST", "/sessions", login)

	var list struct {
		Factors  []struct{ ID, Kind string }
		Recovery int
	}
	h.into(&list, h.must(http.StatusOK, "owner", "GET", "/me/factors", nil))
	if len(list.Factors) != 1 || list.Factors[0].Kind != "totp" || list.Recovery != 9 {
		t.Errorf("factors: %+v", list)
	}
	var fresh struct{ Recovery []string }
	h.into(&fresh, h.must(http.StatusOK, "owner", "POST", "/me/recovery-codes", map[string]any{"old": password}))
	if len(fresh.Recovery) != 10 {
		t.Errorf("%d new recovery codes", len(fresh.Recovery))
	}
	h.must(http.StatusNotFound, "owner", "POST", "/me/factors/none/remove", map[string]any{"old": password})
	h.into(&confirmed, h.must(http.StatusOK, "owner", "POST", "/me/factors/totp/remove", map[string]any{"old": password}))
	h.tokens["owner"] = confirmed.Token
	delete(login, "code")
	h.must(http.StatusCreated, "", "POST", "/sessions", login)
}

func TestSecondFactor_that_is_lost_is_taken_away_by_the_security_administrator(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var me struct{ ID string }
	h.into(&me, h.must(http.StatusOK, "owner", "GET", "/me", nil))
	var enrolment struct{ Secret string }
	h.into(&enrolment, h.must(http.StatusOK, "owner", "POST", "/me/factors/totp", map[string]any{"old": password}))
	h.must(http.StatusOK, "owner", "POST", "/me/factors/totp/confirm", map[string]any{"code": appCode(t, enrolment.Secret, h.time())})
	for _, who := range []string{"neighbour", "clerk", "head", "supervisor", "admin", "audit", "other-admin"} {
		h.must(http.StatusNotFound, who, "DELETE", "/accounts/"+me.ID+"/factors", nil)
	}
	h.must(http.StatusNotFound, "security", "DELETE", "/accounts/0123/factors", nil)
	h.must(http.StatusNoContent, "security", "DELETE", "/accounts/"+me.ID+"/factors", nil)
	if r := h.call("security", "DELETE", "/accounts/"+me.ID+"/factors", nil); r.code() != "factor.none" {
		t.Errorf("twice: %d %s", r.status, r.body)
	}
	h.must(http.StatusCreated, "", "POST", "/sessions", map[string]any{"login": people["owner"].phone, "password": password})
}
