package hall

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// KnownLook is what the record of looks says of a case from which a clerk filled in who asks.
const KnownLook = "known"

// Known is what this installation knows about who asks, each with where it stands and since when.
type Known struct {
	Name, Phone Fact
	Sex         ident.Sex // of a resident id, from its number
	Born        time.Time
}

// Fact is a value with its source: a licence or a case, and its day.
type Fact struct {
	Value   string
	Licence string // its number
	Case    caseflow.CaseNo
	At      time.Time
}

// Known finds what the licences and cases of the actor's region say about a document, as far as the actor may see them: a clerk who
// fills in a request for who stands at the window. The newest counts. Each case that something was taken from is recorded as looked
// at, before anything is handed out (个人信息保护法 art. 51). What is not known stays empty. A refusal if the number is faulty;
// ErrNotFound for who takes no requests in.
func (h *Hall) Known(ctx context.Context, by caseflow.Actor, doc ident.Document) (*Known, error) {
	if by.Kind != caseflow.ActorOfficial || !access.May(by, access.CaseOpen, access.Resource{Region: by.Region}).Allow {
		return nil, ErrNotFound
	}
	doc, err := ident.Check(doc, h.Now())
	if err != nil {
		return nil, &caseflow.Refusal{Code: caseflow.CodeForm, Fields: []caseflow.FieldFault{{Field: "document", Code: "invalid"}}}
	}
	known := &Known{}
	if doc.Type == ident.DocResidentID {
		known.Sex, known.Born = ident.CitizenID(doc.No).Sex(), ident.CitizenID(doc.No).Birth()
	}
	document := string(doc.Type) + ":" + doc.No
	licences, err := h.store.LicencesOf(ctx, []string{by.Region}, document)
	if err != nil {
		return nil, fmt.Errorf("licences of who asks: %w", err)
	}
	seen := map[store.Key]bool{}
	for i := range licences {
		if r := &licences[i]; known.Name.Value == "" && r.State == caseflow.LicenceValid {
			if _, err := h.see(ctx, by, r.Key, access.CaseSee); err == nil {
				known.Name, seen[r.Key] = Fact{r.Holder, r.No, r.Case, r.Issued}, true
			} else if !errors.Is(err, ErrNotFound) {
				return nil, err
			}
		}
	}
	if err := h.knownCases(ctx, by, document, known, seen); err != nil {
		return nil, err
	}
	var looks []store.Look
	for key := range seen {
		looks = append(looks, store.Look{Key: key, Account: by.ID, Department: by.Department, At: h.Now(), What: KnownLook})
	}
	if len(looks) > 0 {
		if err := h.store.AddLook(ctx, looks...); err != nil {
			return nil, fmt.Errorf("record looks at what is known: %w", err)
		}
	}
	return known, nil
}

// knownCases takes what the licences did not say from the newest cases of the applicant.
func (h *Hall) knownCases(ctx context.Context, by caseflow.Actor, document string, known *Known, seen map[store.Key]bool) error {
	rows, _, err := h.store.Cases(ctx, store.CaseQuery{Region: by.Region, Document: document, Phases: caseflow.Phases(), Limit: 20})
	if err != nil {
		return fmt.Errorf("cases of who asks: %w", err)
	}
	for i := range rows {
		v, err := h.see(ctx, by, rows[i].Key, access.CaseSee)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		a := v.Case.Applicant
		for fact, value := range map[*Fact]string{&known.Name: a.Name, &known.Phone: a.Phone} {
			if fact.Value == "" && value != "" {
				*fact, seen[rows[i].Key] = Fact{Value: value, Case: rows[i].Case, At: v.Case.Opened}, true
			}
		}
	}
	return nil
}
