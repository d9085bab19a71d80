package courier_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tongban/tongban/internal/courier"
)

const channels = `email:
  host: smtp.example.cn
  user: noreply
  password: env:SMTP_PASSWORD
  from: 渭南市政务服务 <noreply@example.cn>
sms:
  - name: first
    url: https://sms.example.cn/send
    body: '{"to":{{json .To}},"text":{{json .Text}}}'
    secrets: {token: env:SMS_TOKEN, plain: geheim}
webhooks:
  - id: tax
    url: https://tax.example.cn/events
    department: tax
    secrets: ["whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"]
`

func environment(name string) (string, bool) {
	v, ok := map[string]string{"SMTP_PASSWORD": "parole", "SMS_TOKEN": "tok"}[name]
	return v, ok
}

func TestConfig_takes_secrets_from_the_environment_and_shows_none(t *testing.T) {
	t.Parallel()
	c, err := courier.ParseConfig("channels.yaml", []byte(channels), environment)
	if err != nil {
		t.Fatal(err)
	}
	if c.Email.Password != "parole" || c.SMS[0].Secrets["token"] != "tok" || c.SMS[0].Secrets["plain"] != "geheim" || c.Webhooks[0].Department != "tax" {
		t.Errorf("%v", c)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, *c.Email) + fmt.Sprintf(format, c.SMS) + fmt.Sprintf(format, c.Webhooks); strings.Contains(s, "parole") ||
			strings.Contains(s, "geheim") || strings.Contains(s, "MDEyMzQ1") {
			t.Errorf("%s shows a secret: %s", format, s)
		}
	}
	if _, err := courier.ParseConfig("c", []byte(channels), func(string) (string, bool) { return "", false }); err == nil || !strings.Contains(err.Error(), "SMS_TOKEN") {
		t.Errorf("a variable that is not there: %v", err)
	}
	for _, bad := range []string{"email: geheim", "sms: {geheim: 1}", "email: {pasword: geheim}", "\t: geheim", "email: [geheim]"} {
		if _, err := courier.ParseConfig("c", []byte(bad), environment); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestConfig_is_refused_if_others_may_read_it(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "channels.yaml")
	if err := os.WriteFile(name, []byte(channels), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := courier.ReadConfig(name, environment); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o644} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := courier.ReadConfig(name, environment); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("%v: %v", mode, err)
		}
	}
}
