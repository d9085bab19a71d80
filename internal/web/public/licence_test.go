package public

import (
	"testing"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/workday"
)

// A licence is good on its last day and expired the day after, wherever its card is shown; one that was revoked stays so.
func TestLicenceCard_says_when_its_time_is_over(t *testing.T) {
	t.Parallel()
	const last = workday.Date(20000)
	for _, x := range []struct {
		name    string
		expires workday.Date
		state   string
		today   workday.Date
		want    string
	}{
		{"without an end", 0, caseflow.LicenceValid, last + 10000, caseflow.LicenceValid},
		{"on its last day", last, caseflow.LicenceValid, last, caseflow.LicenceValid},
		{"the day after", last, caseflow.LicenceValid, last + 1, licenceExpired},
		{"revoked before", last, caseflow.LicenceRevoked, last + 1, caseflow.LicenceRevoked},
	} {
		if got := licenceCard(&caseflow.Licence{Expires: x.expires, State: x.state}, "zh", x.today).State; got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
}
