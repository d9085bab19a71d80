package courier_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/tongban/tongban/internal/courier"
)

// postOffice is a mail server on loopback that answers as told and keeps what it was given.
type postOffice struct {
	host  string
	port  int
	roots *x509.CertPool

	mu     sync.Mutex
	rcpt   error // to say to RCPT
	data   error // to say to the end of the text
	cut    bool  // hang up at the end of the text
	conns  []net.Conn
	mails  []string
	to     []string
	secure []bool
	users  []string
}

func newPostOffice(t *testing.T, security string) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &postOffice{host: "127.0.0.1", port: l.Addr().(*net.TCPAddr).Port, roots: x509.NewCertPool()}
	cert := certificate(t, o.roots)
	s := smtp.NewServer(o)
	s.Domain, s.ErrorLog = "post.example.cn", log.New(io.Discard, "", 0)
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	var serve net.Listener = keeping{l, o}
	switch security {
	case "starttls":
		s.TLSConfig = config
	case "tls":
		serve = tls.NewListener(serve, config)
	}
	go func() { _ = s.Serve(serve) }()
	t.Cleanup(func() { _ = s.Close() })
	return o
}

// keeping remembers connections, so that they can be cut.
type keeping struct {
	net.Listener
	o *postOffice
}

func (k keeping) Accept() (net.Conn, error) {
	c, err := k.Listener.Accept()
	if err == nil {
		k.o.mu.Lock()
		k.o.conns = append(k.o.conns, c)
		k.o.mu.Unlock()
	}
	return c, err
}

func certificate(t *testing.T, roots *x509.CertPool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (o *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, secure := c.TLSConnectionState()
	return &visit{o: o, secure: secure}, nil
}

type visit struct {
	o      *postOffice
	secure bool
	to     string
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "parole" {
			return smtp.ErrAuthFailed
		}
		v.o.mu.Lock()
		defer v.o.mu.Unlock()
		v.o.users = append(v.o.users, user)
		return nil
	}), nil
}

func (v *visit) Mail(string, *smtp.MailOptions) error { return nil }

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	v.o.mu.Lock()
	defer v.o.mu.Unlock()
	return v.o.rcpt
}

func (v *visit) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	o := v.o
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.data != nil {
		return o.data
	}
	o.mails, o.to, o.secure = append(o.mails, string(text)), append(o.to, v.to), append(o.secure, v.secure)
	if o.cut {
		for _, c := range o.conns {
			_ = c.Close()
		}
	}
	return nil
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

func (o *postOffice) channel(t *testing.T, change func(*courier.MailServer)) *courier.Mail {
	t.Helper()
	s := courier.MailServer{Host: o.host, Port: o.port, Security: "starttls", User: "noreply", Password: "parole", From: "渭南市政务服务 <noreply@example.cn>"}
	if change != nil {
		change(&s)
	}
	reach := loopback
	reach.Roots = o.roots
	m, err := courier.NewMail(s, reach)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func letterTo(to string) courier.Parcel {
	p := parcel
	p.To, p.Subject = to, "企业开办（610502-20261123-000001）——这是一个很长的标题，长到必须折成几行才能放进一封邮件的信头里"
	p.Text = strings.Repeat("您申请的事项已受理。", 40) + "\n.\n最后一行"
	return p
}

// Whatever stands in a subject or an address, it makes no header, no further recipient and no command of SMTP.
func TestEmail_words_make_no_header_and_no_recipient(t *testing.T) {
	t.Parallel()
	const breaker = "\r\nBcc: evil@example.org\r\nX-Evil: 1\r\n\r\nbody\r\n.\r\nRCPT TO:<evil@example.org>\r\n"
	o := newPostOffice(t, "starttls")
	m := o.channel(t, func(*courier.MailServer) {})
	p := letterTo("wang@example.cn")
	p.Subject, p.Text = "企业开办"+breaker, "已受理"+breaker
	if err := m.Deliver(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	got := read(t, o.mails[0])
	if len(o.mails) != 1 || len(o.to) != 1 || got.Header.Get("Bcc") != "" || got.Header.Get("X-Evil") != "" {
		t.Errorf("%d mails to %q: %v", len(o.mails), o.to, got.Header)
	}
	for _, to := range []string{"wang@example.cn" + breaker, "wang@example.cn, evil@example.org", "wang@example.cn>\r\nRCPT TO:<evil@example.org"} {
		if err := m.Deliver(t.Context(), letterTo(to)); err == nil {
			t.Errorf("sent to %q", to)
		}
	}
	if len(o.to) != 1 {
		t.Errorf("sent to %q", o.to)
	}
}

func TestEmail_arrives_with_chinese_words_and_one_message_id(t *testing.T) {
	t.Parallel()
	for _, security := range []string{"starttls", "tls"} {
		t.Run(security, func(t *testing.T) {
			t.Parallel()
			o := newPostOffice(t, security)
			m := o.channel(t, func(s *courier.MailServer) { s.Security = security })
			for range 2 {
				if err := m.Deliver(t.Context(), letterTo("wang@example.cn")); err != nil {
					t.Fatal(err)
				}
			}
			first, second := read(t, o.mails[0]), read(t, o.mails[1])
			subject, err := new(mime.WordDecoder).DecodeHeader(first.Header.Get("Subject"))
			if err != nil || subject != letterTo("").Subject {
				t.Errorf("subject %q %v", subject, err)
			}
			if id := first.Header.Get("Message-Id"); !strings.HasSuffix(id, "@example.cn>") || id != second.Header.Get("Message-Id") {
				t.Errorf("message ids %q %q", id, second.Header.Get("Message-Id"))
			}
			if o.to[0] != "wang@example.cn" || !o.secure[0] || o.users[0] != "noreply" {
				t.Errorf("to %q, by TLS %v, as %q", o.to, o.secure, o.users)
			}
			for _, line := range strings.Split(o.mails[0], "\r\n") {
				if len(line) > 998 || strings.IndexFunc(line, func(r rune) bool { return r > '~' }) >= 0 {
					t.Errorf("line %.80q", line)
				}
			}
		})
	}
}

func read(t *testing.T, text string) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEmail_failures_are_told_apart(t *testing.T) {
	t.Parallel()
	no := func(code int) error { return &smtp.SMTPError{Code: code, Message: "wang@example.cn no"} }
	for name, c := range map[string]struct {
		office func(*postOffice)
		server func(*courier.MailServer)
		to     string
		want   string
		mails  int
	}{
		"a box that does not exist":    {office: func(o *postOffice) { o.rcpt = no(550) }, want: "dead"},
		"a box that is full":           {office: func(o *postOffice) { o.rcpt = no(452) }, want: "again"},
		"refused for good at the end":  {office: func(o *postOffice) { o.data = no(554) }, want: "dead"},
		"refused for now at the end":   {office: func(o *postOffice) { o.data = no(451) }, want: "again"},
		"the line breaks at the end":   {office: func(o *postOffice) { o.cut = true }, want: "unclear", mails: 1},
		"a wrong password":             {server: func(s *courier.MailServer) { s.Password = "falsch" }, want: "again"},
		"nobody there":                 {server: func(s *courier.MailServer) { s.Port = 1 }, want: "again"},
		"an address with a line break": {to: "wang@example.cn\r\nBcc: all@example.cn", want: "dead"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newPostOffice(t, "starttls")
			if c.office != nil {
				c.office(o)
			}
			if c.to == "" {
				c.to = "wang@example.cn"
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := o.channel(t, c.server).Deliver(ctx, letterTo(c.to))
			got := "again"
			switch {
			case err == nil:
				got = "sent"
			case errors.As(err, new(courier.Unclear)):
				got = "unclear"
			case errors.As(err, new(courier.Permanent)):
				got = "dead"
			}
			if got != c.want || len(o.mails) != c.mails {
				t.Errorf("%s (%v), want %s; %d mails", got, err, c.want, len(o.mails))
			}
			if err != nil && (strings.Contains(err.Error(), "wang") || strings.Contains(err.Error(), "parole")) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

// A server that does not offer TLS, or shows a certificate that nobody vouches for, gets neither password nor mail.
func TestEmail_goes_over_TLS_or_not_at_all(t *testing.T) {
	t.Parallel()
	plain := newPostOffice(t, "none")
	if err := plain.channel(t, nil).Deliver(t.Context(), letterTo("wang@example.cn")); err == nil || len(plain.mails)+len(plain.users) != 0 {
		t.Errorf("without TLS: %v", err)
	}
	o := newPostOffice(t, "starttls")
	o.roots = x509.NewCertPool()
	if err := o.channel(t, nil).Deliver(t.Context(), letterTo("wang@example.cn")); err == nil || len(o.mails)+len(o.users) != 0 {
		t.Errorf("unknown certificate: %v", err)
	}
	if _, err := courier.NewMail(courier.MailServer{Host: "h", From: "a@b.cn", Security: "none", User: "u"}, loopback); err == nil {
		t.Error("a password without TLS was accepted")
	}
	private, err := courier.NewMail(courier.MailServer{Host: "127.0.0.1", Port: o.port, From: "a@b.cn"}, courier.Reach{})
	if err != nil {
		t.Fatal(err)
	}
	if err := private.Deliver(t.Context(), letterTo("wang@example.cn")); !errors.Is(err, courier.ErrUnreachable) {
		t.Errorf("a private address: %v", err)
	}
}
