package access

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tongban/tongban/internal/caseflow"
)

// Whom a provider of sign-ins knows.
const (
	RealmParties   = "parties"
	RealmOfficials = "officials"
)

// Provider is a provider of sign-ins by OpenID Connect, as the operator sets it up.
type Provider struct {
	ID         string        `yaml:"id"` // in addresses and logs; never changes
	Name       ProviderName  `yaml:"name"`
	Issuer     string        `yaml:"issuer"`
	Client     string        `yaml:"client"`
	Secret     ClientSecret  `yaml:"secret"` // env:NAME or file:PATH; none for a public client
	Realm      string        `yaml:"realm"`
	Scopes     []string      `yaml:"scopes"`     // beside openid
	Algorithms []string      `yaml:"algorithms"` // that it may sign with; left out: RS256 and ES256
	Claims     ProviderClaim `yaml:"claims"`
	// Assured are the values of the claim of assurance with which the provider has made sure of the person. An answer without one of
	// them is refused. Left out: any answer is taken, and the documents in it prove nothing.
	Assured []string `yaml:"assured"`
}

// ProviderName is how people call a provider.
type ProviderName struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// Text is the name in both languages.
func (n ProviderName) Text() caseflow.Text { return caseflow.Text{ZH: n.ZH, EN: n.EN} }

// ProviderClaim says in which claims a provider tells what. Left out: the name of OpenID Connect, if it has one.
type ProviderClaim struct {
	Subject   string `yaml:"subject"`   // sub
	Name      string `yaml:"name"`      // name
	Document  string `yaml:"document"`  // number of the resident identity card; needed of a provider for parties
	Phone     string `yaml:"phone"`     // phone_number
	Assurance string `yaml:"assurance"` // acr
}

// ClientSecret is what this site proves itself to a provider with. It shows itself to nobody.
type ClientSecret string

// String hides it.
func (ClientSecret) String() string { return "[secret]" }

// GoString hides it.
func (ClientSecret) GoString() string { return "[secret]" }

// MarshalText hides it.
func (ClientSecret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// mostConfig bounds a file of providers, in bytes.
const mostConfig = 1 << 18

// ReadProviders reads the file of providers. It holds no secret itself: each is named by env:NAME or file:PATH.
func ReadProviders(name string, env func(string) (string, bool)) ([]Provider, error) {
	f, err := os.Open(name) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, fmt.Errorf("cannot read the providers: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, mostConfig))
	if err != nil {
		return nil, fmt.Errorf("cannot read the providers: %w", err)
	}
	return ParseProviders(name, data, env)
}

// ParseProviders reads providers and checks them. Errors name places and never secrets.
func ParseProviders(name string, data []byte, env func(string) (string, bool)) ([]Provider, error) {
	var file struct {
		Providers []Provider `yaml:"providers"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is not of the form that docs/operate.md shows: %w", name, err)
	}
	for i := range file.Providers {
		p := &file.Providers[i]
		p.fill()
		if why := p.wrong(); why != "" {
			return nil, fmt.Errorf("%s: provider %q: %s", name, p.ID, why)
		}
		for _, o := range file.Providers[:i] {
			if o.ID == p.ID || o.Issuer == p.Issuer {
				return nil, fmt.Errorf("%s: provider %q: its id or issuer stands there twice", name, p.ID)
			}
		}
		if err := p.unlock(env); err != nil {
			return nil, fmt.Errorf("%s: provider %q: %w", name, p.ID, err)
		}
	}
	return file.Providers, nil
}

// signatures are the algorithms that a provider may be set up with: signatures with a public key, so that nobody who can check one can
// make one. Neither none nor HS256.
var signatures = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

var providerForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

func (p *Provider) fill() {
	for _, f := range []struct {
		field    *string
		standard string
	}{{&p.Claims.Subject, "sub"}, {&p.Claims.Name, "name"}, {&p.Claims.Phone, "phone_number"}, {&p.Claims.Assurance, "acr"}} {
		if *f.field == "" {
			*f.field = f.standard
		}
	}
	if len(p.Algorithms) == 0 {
		p.Algorithms = []string{"RS256", "ES256"}
	}
}

// wrong says what is wrong with a provider; "" if nothing is.
func (p *Provider) wrong() string {
	switch {
	case !providerForm.MatchString(p.ID) || slices.Contains([]string{"passkey", "factor", "new"}, p.ID):
		return "an id has small letters, digits and hyphens, 31 at most, and is none of passkey, factor, new"
	case p.Name.ZH == "" || p.Name.EN == "":
		return "it needs a name in zh and en"
	case p.Client == "":
		return "it needs the client that it knows this site as"
	case p.Realm != RealmParties && p.Realm != RealmOfficials:
		return "its realm is parties or officials"
	case p.Realm == RealmParties && p.Claims.Document == "":
		return "say in claims.document where it tells the number of the identity card"
	case slices.ContainsFunc(p.Algorithms, func(a string) bool { return !slices.Contains(signatures, a) }):
		return "its algorithms are among " + strings.Join(signatures, " ")
	}
	if _, err := endpoint(p.Issuer, ""); err != nil {
		return "its issuer " + err.Error()
	}
	return ""
}

// endpoint reads an address of a provider: https, or plain http where both it and the issuer are on this machine.
func endpoint(address, issuer string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return nil, errors.New("is not an address such as https://id.example.cn")
	case u.Scheme == "https":
		return u, nil
	case u.Scheme == "http" && loopback(u) && (issuer == "" || strings.HasPrefix(issuer, "http://")):
		return u, nil
	}
	return nil, errors.New("does not begin with https://")
}

func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// unlock puts the secret itself in place of where it is kept.
func (p *Provider) unlock(env func(string) (string, bool)) error {
	from := string(p.Secret)
	if name, ok := strings.CutPrefix(from, "env:"); ok {
		value, there := env(name)
		if !there || value == "" {
			return fmt.Errorf("the environment has no %s", name)
		}
		p.Secret = ClientSecret(value)
		return nil
	}
	if name, ok := strings.CutPrefix(from, "file:"); ok {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("cannot read its secret: %w", err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return fmt.Errorf("%s is a secret, but others may read or change it (%v): chmod 600 %s", name, info.Mode().Perm(), name)
		}
		data, err := os.ReadFile(name) // #nosec G304 -- the operator names the file
		if err != nil {
			return fmt.Errorf("cannot read its secret: %w", err)
		}
		p.Secret = ClientSecret(strings.TrimSpace(string(data)))
		return nil
	}
	if from != "" {
		return errors.New("its secret is env:NAME or file:PATH, so that this file holds none")
	}
	return nil
}
