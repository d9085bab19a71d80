package courier

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail"
)

// MailServer is the server that takes mails over.
type MailServer struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"`     // 587 if left out, 465 with security tls
	Security string `yaml:"security"` // starttls if left out; tls; none, for a server on this machine
	User     string `yaml:"user"`     // left out: without signing in
	Password Secret `yaml:"password"`
	From     string `yaml:"from"` // 渭南市政务服务 <noreply@example.cn>
}

// Mail carries mails by SMTP.
type Mail struct {
	server MailServer
	from   *netmail.Address
	reach  Reach
}

// NewMail checks the server's settings.
func NewMail(s MailServer, reach Reach) (*Mail, error) {
	from, err := netmail.ParseAddress(s.From)
	if err != nil {
		return nil, errors.New("email: from is not an address such as 政务服务 <noreply@example.cn>")
	}
	if s.Host == "" {
		return nil, errors.New("email: host is needed")
	}
	if s.Security == "" {
		s.Security = "starttls"
	}
	if s.Security != "starttls" && s.Security != "tls" && s.Security != "none" {
		return nil, fmt.Errorf("email: security %q is not starttls, tls or none", s.Security)
	}
	if s.Security == "none" && s.User != "" {
		return nil, errors.New("email: a password goes over TLS only; set security to starttls or tls")
	}
	if s.Port == 0 {
		if s.Port = 587; s.Security == "tls" {
			s.Port = 465
		}
	}
	return &Mail{server: s, from: from, reach: reach}, nil
}

// Deliver hands one mail over. Up to the end of the text the server has promised nothing (RFC 5321, 4.1.1.4): what fails
// before is tried again. What breaks while it answers to the end of the text is unclear.
func (m *Mail) Deliver(ctx context.Context, p Parcel) error {
	msg, err := m.write(p)
	if err != nil {
		return Permanent{errors.New("the mail cannot be written: its address is malformed")}
	}
	c, err := m.connection()
	if err != nil {
		return err
	}
	line, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return spoken("greeting", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	err = c.SendWithSMTPClient(line, msg)
	if msg.IsDelivered() {
		_ = c.CloseWithSMTPClient(line) // it has the mail; how it says goodbye is of no matter
		return nil
	}
	_ = line.Close() // without QUIT: within a text that would end it
	var sent *mail.SendError
	if !errors.As(err, &sent) {
		return errors.New("the mail server could not be spoken to")
	}
	return refusal(sent)
}

// refusal reads what a server said no to. Only numbers are told on: the words may name the person.
func refusal(e *mail.SendError) error {
	err := fmt.Errorf("mail server answered %d at %s", e.ErrorCode(), strings.ReplaceAll(e.Reason.String(), " ", "-"))
	final := e.ErrorCode() >= 500
	switch {
	case e.Reason == mail.ErrSMTPDataClose && e.ErrorCode() == 0:
		return Unclear{errors.New("the line broke after the mail was handed over")}
	case final && (e.Reason == mail.ErrSMTPRcptTo || e.Reason == mail.ErrSMTPDataClose):
		return Permanent{err}
	}
	return err
}

// spoken is an error of setting up a connection, without the server's own words.
func spoken(at string, err error) error {
	var said *textproto.Error
	if errors.As(err, &said) {
		return fmt.Errorf("mail server answered %d at %s", said.Code, at)
	}
	return bare(err)
}

func (m *Mail) connection() (*mail.Client, error) {
	s := m.server
	secure := &tls.Config{ServerName: s.Host, RootCAs: m.reach.Roots, MinVersion: tls.VersionTLS12}
	policy := mail.TLSMandatory
	dial := m.reach.dial
	switch s.Security {
	case "none":
		policy = mail.NoTLS
	case "tls":
		policy = mail.TLSOpportunistic // it is there already, and the library looks whether it is
		dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := m.reach.dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			over := tls.Client(conn, secure)
			if err := over.HandshakeContext(ctx); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
			return over, nil
		}
	}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTLSPolicy(policy), mail.WithTLSConfig(secure), mail.WithDialContextFunc(dial),
		mail.WithTimeout(answerWithin), mail.WithHELO(domain), mail.WithoutNoop()}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(string(s.Password)))
	}
	c, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return nil, Permanent{errors.New("the mail server's settings are wrong")}
	}
	return c, nil
}

// write makes the mail. Its Message-ID comes from the parcel's key: a repeat can be recognised.
func (m *Mail) write(p Parcel) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(m.from.Name, m.from.Address); err != nil {
		return nil, err
	}
	if err := msg.To(p.To); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(m.from.Address, "@")
	sum := sha256.Sum256([]byte(p.Key))
	msg.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@" + domain)
	msg.SetDateWithValue(p.Made)
	msg.Subject(strings.Map(printable, p.Subject))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday notes, please
	msg.SetBodyString(mail.TypeTextPlain, p.Text)
	return msg, nil
}
