package hall

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

const (
	// InvitationDays is how long an invitation can be accepted.
	InvitationDays = 14
	// mandateYears bounds how long a mandate runs.
	mandateYears = 5
)

// Giving is what somebody says who lets another act for them (民法典 art. 165: the agent's name, the matter, the authority and
// the period).
type Giving struct {
	Agent string            // name of the agent
	Items []caseflow.ItemID // nil: all
	From  workday.Date      // zero: at once
	Until workday.Date      // the last day
}

// Give invites an agent to act for an owner, "" for the actor, and returns the invitation in clear: the agent accepts it after
// signing in. It happens once by each request id of the actor, however often it is sent (a double click); a repeat gets the
// same mandate, and the invitation as long as nobody has accepted it. An empty id makes the request its own. For the owner and
// a company's legal representative; others get ErrNotFound.
func (h *Hall) Give(ctx context.Context, by caseflow.Actor, request, owner string, g Giving) (*store.Mandate, string, error) {
	sp, err := h.manages(ctx, by, owner)
	if err != nil {
		return nil, "", err
	}
	if request == "" {
		request = h.text()
	}
	if !validRequest(request) {
		return nil, "", ErrBadRequest
	}
	id := mandateOf(by, request)
	was, err := h.store.Mandate(ctx, id)
	if err == nil {
		return h.given(was, by, request, sp, g)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, "", fmt.Errorf("mandate of account %s: %w", by.ID, err)
	}
	m, refusal := h.inviting(by, sp, g, h.Now())
	if refusal != nil {
		return nil, "", refusal
	}
	if m.ID, m.Salt = id, h.text(); m.Salt == "" {
		return nil, "", errors.New("no randomness for an invitation")
	}
	code := invitation(m.Salt, request)
	m.Code = digest(code)
	if err = h.store.AddMandate(ctx, *m); !errors.Is(err, store.ErrConflict) {
		return m, code, err
	}
	if was, err = h.store.Mandate(ctx, id); err != nil { // the other click was quicker
		return nil, "", fmt.Errorf("mandate of account %s: %w", by.ID, err)
	}
	return h.given(was, by, request, sp, g)
}

// given is the first answer to a request again. ErrOtherBody if it asked for something else.
func (h *Hall) given(was *store.Mandate, by caseflow.Actor, request string, sp *Space, g Giving) (*store.Mandate, string, error) {
	m, refusal := h.inviting(by, sp, g, was.Added)
	if refusal != nil || m.Principal != was.Principal || m.AgentName != was.AgentName || !slices.Equal(m.Items, was.Items) ||
		!m.From.Equal(was.From) || !m.Until.Equal(was.Until) {
		return nil, "", ErrOtherBody
	}
	if was.State != store.MandateInvited {
		return was, "", nil
	}
	return was, invitation(was.Salt, request), nil
}

// inviting is the mandate that a giving asks for at an instant, without its id and invitation.
func (h *Hall) inviting(by caseflow.Actor, sp *Space, g Giving, at time.Time) (*store.Mandate, *caseflow.Refusal) {
	m := store.Mandate{
		Kind: store.MandateAgent, Principal: sp.Owner, Name: sp.Name, Document: sp.Document, Items: g.Items, From: at, State: store.MandateInvited,
		Added: at, History: []store.MandateStep{{At: at, By: by.ID, What: store.MandateGiven}},
	}
	if refusal := h.period(&m, g); refusal != nil {
		return nil, refusal
	}
	var err error
	if m.AgentName, err = ident.Name(g.Agent); err != nil {
		fault := caseflow.FieldFault{Field: "agent", Code: "pattern"}
		if f, ok := errors.AsType[*ident.Fault](err); ok {
			fault.Text = caseflow.Text{ZH: f.Text("zh"), EN: f.Text("en")}
		}
		return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{fault}}
	}
	if len(g.Items) > 200 || slices.ContainsFunc(g.Items, func(id caseflow.ItemID) bool { return h.items.Current(id) == nil }) || g.Items != nil && len(g.Items) == 0 {
		return nil, &caseflow.Refusal{Code: caseflow.CodeMandateItems, Fields: []caseflow.FieldFault{{Field: "items", Code: "enum"}}}
	}
	return &m, nil
}

// period fills in when the mandate holds.
func (h *Hall) period(m *store.Mandate, g Giving) *caseflow.Refusal {
	today := workday.DateOf(m.Added)
	if !g.From.IsZero() && g.From > today {
		m.From = g.From.Start().UTC()
	}
	y, month, d := today.Civil()
	if g.Until < max(today, g.From) || g.Until > workday.NewDate(y+mandateYears, month, d) {
		return &caseflow.Refusal{Code: caseflow.CodeMandatePeriod, Fields: []caseflow.FieldFault{{Field: "until", Code: "date"}}}
	}
	m.Until = g.Until.End().UTC()
	return nil
}

// mandateOf is the id of the mandate that a request of an account makes: who sends it twice makes one.
func mandateOf(by caseflow.Actor, request string) string {
	sum := sha256.Sum256([]byte("mandate\x00" + by.ID + "\x00" + request))
	return hex.EncodeToString(sum[:16])
}

// invitation is a code of 80 bits, in four groups that can be read aloud. It takes both to make it: the salt, which only the
// store knows, and the request id, which only who gave the mandate knows; so a repeat gets it again though it stands nowhere.
func invitation(salt, request string) string {
	sum := sha256.Sum256([]byte("invitation\x00" + salt + "\x00" + request))
	s := base32.StdEncoding.EncodeToString(sum[:10])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// digest is what the store keeps of an invitation, however its holder types it.
func digest(code string) []byte {
	code = strings.NewReplacer("-", "", " ", "", "0", "O", "1", "I").Replace(strings.ToUpper(ident.Normalise(code)))
	sum := sha256.Sum256([]byte(code))
	return sum[:]
}

func (h *Hall) addMandate(ctx context.Context, m *store.Mandate) error {
	var id [16]byte
	if _, err := io.ReadFull(h.rand, id[:]); err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	m.ID = hex.EncodeToString(id[:])
	return h.store.AddMandate(ctx, *m)
}

// Accept makes a citizen the agent that an invitation names. It is for one person of that name, once, in time; whatever
// else is wrong with it is told alike.
func (h *Hall) Accept(ctx context.Context, by caseflow.Actor, code string) (*store.Mandate, error) {
	if by.Kind != caseflow.ActorCitizen || by.ID == "" {
		return nil, ErrNotFound
	}
	m, err := h.store.MandateByCode(ctx, digest(code))
	if errors.Is(err, store.ErrNotFound) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeInvitation}
	}
	if err != nil {
		return nil, err
	}
	now := h.Now()
	if m.AgentName != by.Name || m.Principal == by.ID || !now.Before(m.Added.AddDate(0, 0, InvitationDays)) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeInvitation}
	}
	m.Agent, m.State, m.Code, m.Salt = by.ID, store.MandateActive, nil, ""
	m.History = append(m.History, store.MandateStep{At: now, By: by.ID, What: store.MandateAccepted})
	if err = h.store.UpdateMandate(ctx, *m); errors.Is(err, store.ErrConflict) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeInvitation} // accepted in another tab, or taken back
	}
	return m, err
}

// End takes a mandate back, for who may manage those of the principal, or lays it down, for the agent (民法典 art. 173). When it
// returns nil the agent has no right by it any more: nothing that was decided on it is written after that.
func (h *Hall) End(ctx context.Context, by caseflow.Actor, id, words string) error {
	for range attempts {
		m, what, err := h.ending(ctx, by, id)
		if err != nil {
			return err
		}
		if err = h.end(ctx, m, by, what, words); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrBusy
}

// Ending is the mandate that End would end; its errors are those of End.
func (h *Hall) Ending(ctx context.Context, by caseflow.Actor, id string) (*store.Mandate, error) {
	m, _, err := h.ending(ctx, by, id)
	return m, err
}

func (h *Hall) ending(ctx context.Context, by caseflow.Actor, id string) (m *store.Mandate, what string, err error) {
	m, err = h.store.Mandate(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, "", ErrNotFound
	}
	if err != nil {
		return nil, "", err
	}
	if what, err = h.mayEnd(ctx, by, m); err != nil {
		return nil, "", err
	}
	if m.State == store.MandateEnded {
		return nil, "", &caseflow.Refusal{Code: caseflow.CodeMandateEnded}
	}
	return m, what, nil
}

func (h *Hall) mayEnd(ctx context.Context, by caseflow.Actor, m *store.Mandate) (what string, err error) {
	if m.Kind != store.MandateAgent || by.Kind != caseflow.ActorCitizen || by.ID == "" {
		return "", ErrNotFound
	}
	if m.Agent == by.ID {
		return store.MandateLaidDown, nil
	}
	_, err = h.manages(ctx, by, m.Principal)
	return store.MandateTaken, err
}

func (h *Hall) end(ctx context.Context, m *store.Mandate, by caseflow.Actor, what, words string) error {
	if len([]rune(words)) > caseflow.MaxWords {
		return &caseflow.Refusal{Code: caseflow.CodeWords}
	}
	m.State, m.Code, m.Salt = store.MandateEnded, nil, ""
	m.History = append(m.History, store.MandateStep{At: h.Now(), By: by.ID, What: what, Words: words})
	return h.store.UpdateMandate(ctx, *m)
}

// manages is the space of an owner, for who may say who acts for the owner. ErrNotFound for others.
func (h *Hall) manages(ctx context.Context, by caseflow.Actor, owner string) (*Space, error) {
	sp, err := h.Space(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	r := access.Resource{Owner: sp.Owner}
	if sp.Legal {
		r.Legal = []string{by.ID}
	}
	if !access.May(by, access.MandateManage, r).Allow {
		return nil, ErrNotFound
	}
	return sp, nil
}

// Given lists the mandates that an owner has given, newest first, with a cursor: for who may manage them.
func (h *Hall) Given(ctx context.Context, by caseflow.Actor, owner, cursor string, limit int) ([]store.Mandate, string, error) {
	sp, err := h.manages(ctx, by, owner)
	if err != nil {
		return nil, "", err
	}
	return h.store.Mandates(ctx, store.MandateQuery{Principal: sp.Owner, Cursor: cursor, Limit: limit})
}

// Received lists the mandates that a citizen has accepted, newest first, with a cursor.
func (h *Hall) Received(ctx context.Context, by caseflow.Actor, cursor string, limit int) ([]store.Mandate, string, error) {
	if by.Kind != caseflow.ActorCitizen || by.ID == "" {
		return nil, "", ErrNotFound
	}
	return h.store.Mandates(ctx, store.MandateQuery{Agent: by.ID, Cursor: cursor, Limit: limit})
}

// Company is a company whose licence, issued here, names somebody as its legal representative.
type Company struct {
	Name string
	Code string
}

// Claimable lists the companies of a region whose legal representative a citizen is by the licence, and whose space is not open to
// them yet. Somebody whose papers nobody has seen is nobody's representative: a number is easily typed.
func (h *Hall) Claimable(ctx context.Context, by caseflow.Actor, region string) ([]Company, error) {
	if by.Kind != caseflow.ActorCitizen || !by.Verified || by.Document.No == "" {
		return nil, nil
	}
	rows, err := h.store.LicencesNaming(ctx, region, string(by.Document.Type)+":"+by.Document.No)
	if err != nil {
		return nil, fmt.Errorf("companies of account %s: %w", by.ID, err)
	}
	var all []Company
	for i := range rows {
		before, _, err := h.store.Mandates(ctx, store.MandateQuery{Principal: caseflow.CompanyOwner(rows[i].No), Kind: store.MandateLegal, Limit: 1})
		if err != nil {
			return nil, fmt.Errorf("representative of %s: %w", rows[i].No, err)
		}
		if len(before) == 0 {
			all = append(all, Company{cmp.Or(holderOf(&rows[i]), rows[i].Holder), rows[i].No})
		}
	}
	return all, nil
}

// holderOf is the name that stands on the licence.
func holderOf(row *store.LicenceRow) string {
	var l caseflow.Licence
	if readLicence(row, &l) != nil {
		return ""
	}
	return l.Holder
}

// Claim opens a company's space to its legal representative by the licence that was issued here: the form named the document
// that the account has, and somebody has seen it. Once anybody was recorded as the representative, the licence says nothing
// any more: the next one is recorded at a window.
func (h *Hall) Claim(ctx context.Context, by caseflow.Actor, region, code string) (*store.Mandate, error) {
	companies, err := h.Claimable(ctx, by, region)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(companies, func(c Company) bool { return c.Code == code })
	if i < 0 {
		if sp, err := h.Space(ctx, by, caseflow.CompanyOwner(code)); err == nil && sp.Legal { // a double click
			return h.legal(ctx, sp.Owner)
		}
		return nil, &caseflow.Refusal{Code: caseflow.CodeNotLegal}
	}
	m := h.legalMandate(by.ID, by.Name, companies[i])
	m.History[0] = store.MandateStep{At: m.Added, By: by.ID, What: store.MandateClaimed, Words: code}
	if err := h.addMandate(ctx, m); errors.Is(err, store.ErrConflict) {
		return nil, &caseflow.Refusal{Code: caseflow.CodeNotLegal}
	} else if err != nil {
		return nil, err
	}
	return m, nil
}

func (h *Hall) legalMandate(account, name string, c Company) *store.Mandate {
	now := h.Now()
	return &store.Mandate{
		Kind: store.MandateLegal, Principal: caseflow.CompanyOwner(c.Code), Name: c.Name, Document: companyDocument(c.Code), Agent: account,
		AgentName: name, From: now, State: store.MandateActive, Added: now, History: make([]store.MandateStep, 1),
	}
}

// legal is the mandate of the company's present legal representative, nil if none is known.
func (h *Hall) legal(ctx context.Context, owner string) (*store.Mandate, error) {
	list, _, err := h.store.Mandates(ctx, store.MandateQuery{Principal: owner, Kind: store.MandateLegal, State: store.MandateActive, Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// RecordLegal makes an account the legal representative of a company, by the papers that an official has seen (the account as
// access.Gate.Vouch found it), and ends that of the one before. Agents of the company stay what they are: they act for the
// company, not for a person. For who may record papers in the region; others get ErrNotFound.
func (h *Hall) RecordLegal(ctx context.Context, by caseflow.Actor, region string, account *store.Account, company Company, reason string) (*store.Mandate, error) {
	if !access.May(by, access.MandateRecord, access.Resource{Region: region}).Allow {
		return nil, ErrNotFound
	}
	code, fault := checkCompany(&company, reason)
	if fault != nil {
		return nil, fault
	}
	company.Code = code
	for range attempts {
		was, err := h.legal(ctx, caseflow.CompanyOwner(code))
		if err != nil {
			return nil, fmt.Errorf("representative of %s: %w", code, err)
		}
		if was != nil && was.Agent == account.ID {
			return was, nil
		}
		if was != nil {
			if err := h.end(ctx, was, by, store.MandateReplaced, reason); errors.Is(err, store.ErrConflict) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		m := h.legalMandate(account.ID, account.Name, company)
		m.History[0] = store.MandateStep{At: m.Added, By: by.ID, What: store.MandateRecorded, Words: reason}
		if err := h.addMandate(ctx, m); !errors.Is(err, store.ErrConflict) {
			return m, err
		}
	}
	return nil, store.ErrBusy
}

// checkCompany brings the code into its canonical form and tells what is missing.
func checkCompany(c *Company, reason string) (string, *caseflow.Refusal) {
	doc, err := ident.Check(ident.Document{Type: ident.DocCreditCode, No: c.Code}, time.Time{})
	var faults []caseflow.FieldFault
	if err != nil {
		fault := caseflow.FieldFault{Field: "code", Code: "doc.no"}
		if f, ok := errors.AsType[*ident.Fault](err); ok {
			fault.Text = caseflow.Text{ZH: f.Text("zh"), EN: f.Text("en")}
		}
		faults = append(faults, fault)
	}
	if c.Name = strings.TrimSpace(c.Name); c.Name == "" || len([]rune(c.Name)) > caseflow.MaxName {
		faults = append(faults, caseflow.FieldFault{Field: "company", Code: "required"})
	}
	if strings.TrimSpace(reason) == "" || len([]rune(reason)) > caseflow.MaxWords {
		faults = append(faults, caseflow.FieldFault{Field: "reason", Code: "required"})
	}
	if len(faults) > 0 {
		return "", &caseflow.Refusal{Code: caseflow.CodeForm, Fields: faults}
	}
	return doc.No, nil
}

func readLicence(row *store.LicenceRow, l *caseflow.Licence) error {
	if err := json.Unmarshal(row.Body, l); err != nil {
		return fmt.Errorf("licence %s of case %s: %w", row.No, row.Case, err)
	}
	return nil
}
