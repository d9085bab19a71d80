package courier

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Secret is a password or key. It shows itself to nobody.
type Secret string

// String hides it.
func (Secret) String() string { return "[secret]" }

// GoString hides it.
func (Secret) GoString() string { return "[secret]" }

// MarshalText hides it.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Config is how the channels of a server are set up: the file of --channels. A value env:NAME of a secret is the environment
// variable NAME.
type Config struct {
	CA       string         `yaml:"ca"` // file of certificates that are believed beside the system's
	Email    *MailServer    `yaml:"email"`
	SMS      []Provider     `yaml:"sms"` // in the order in which they are asked
	Webhooks []Subscription `yaml:"webhooks"`
}

// Subscription is a hook with what it is told of.
type Subscription struct {
	Hook       `yaml:",inline"`
	Region     string   `yaml:"region"`     // left out: all
	All        bool     `yaml:"all"`        // all cases of the region
	Department string   `yaml:"department"` // cases that this department takes part in
	Document   string   `yaml:"document"`   // cases of this applicant: credit-code:91610500MA6Y1234XX
	Items      []string `yaml:"items"`      // left out: all
	Events     []string `yaml:"events"`     // such as accepted, decided; left out: all
}

// ReadConfig reads a file of channels. It is refused if anybody but its owner may read it, since it holds secrets.
func ReadConfig(name string, env func(string) (string, bool)) (*Config, error) {
	f, err := os.Open(name) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, fmt.Errorf("cannot read the channels: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("cannot read the channels: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s holds secrets, but others may read or change it (%v): chmod 600 %s", name, info.Mode().Perm(), name)
	}
	data, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("cannot read the channels: %w", err)
	}
	return ParseConfig(name, data, env)
}

// ParseConfig reads the channels. Errors name places and never values.
func ParseConfig(name string, data []byte, env func(string) (string, bool)) (*Config, error) {
	var c Config
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %s", name, faults(err))
	}
	var missing []string
	c.eachSecret(func(s *Secret) {
		from, ok := strings.CutPrefix(string(*s), "env:")
		if !ok {
			return
		}
		v, ok := env(from)
		if !ok || v == "" {
			missing = append(missing, from)
		}
		*s = Secret(v)
	})
	if len(missing) > 0 {
		return nil, fmt.Errorf("%s: the environment has no %s", name, strings.Join(missing, ", "))
	}
	return &c, nil
}

// faults keeps of a YAML error where it is, and leaves out what stands there.
func faults(err error) string {
	var all *yaml.TypeError
	if !errors.As(err, &all) {
		return "it is no YAML of the form that docs/operate.md shows"
	}
	for i, s := range all.Errors {
		if before, _, quoted := strings.Cut(s, "`"); quoted {
			all.Errors[i] = before + "a value of another kind"
		}
	}
	return strings.Join(all.Errors, "; ")
}

// eachSecret visits every secret.
func (c *Config) eachSecret(visit func(*Secret)) {
	if c.Email != nil {
		visit(&c.Email.Password)
	}
	for i := range c.SMS {
		for name, s := range c.SMS[i].Secrets {
			visit(&s)
			c.SMS[i].Secrets[name] = s
		}
	}
	for i := range c.Webhooks {
		for j := range c.Webhooks[i].Secrets {
			visit(&c.Webhooks[i].Secrets[j])
		}
	}
}

// Roots are the certificates to believe: the system's and those of CA. Nil means the system's alone.
func (c *Config) Roots() (*x509.CertPool, error) {
	if c.CA == "" {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	data, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("cannot read the certificates of ca: %w", err)
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", c.CA)
	}
	return pool, nil
}
