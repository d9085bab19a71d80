package hall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/dotted"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// KnownAnswer is an answer that an earlier case or a licence of the party says, as the pack declares it (caseflow.Knowing).
type KnownAnswer struct {
	Field   *caseflow.Field
	Value   any // as it stands in a form; nil in what is only offered to an official
	Licence string
	Case    caseflow.CaseNo // that says it, or that granted the licence
	At      time.Time       // when it was handed in, or issued

	key store.Key
}

// knowingCases is in how many of the party's newest cases answers are looked for.
const knowingCases = 30

// OfferedAnswers lists what could be filled in, each with its source and day, to whoever fills the case in: the questions that are
// still empty. Officials are told that it is there and since when, not what it says, which is no look.
func (h *Hall) OfferedAnswers(ctx context.Context, by caseflow.Actor, key store.Key) ([]KnownAnswer, error) {
	list, err := h.knownAnswers(ctx, by, key)
	if by.Kind == caseflow.ActorOfficial {
		for i := range list {
			list[i].Value = nil
		}
	}
	return list, err
}

// KnownAnswers lists them with what they say. Each case that an official is told of is recorded as looked at, before anything is
// handed out (个人信息保护法 art. 51). Nothing is changed: SaveDraft fills them in. ErrNotFound for who does not fill the case in.
func (h *Hall) KnownAnswers(ctx context.Context, by caseflow.Actor, key store.Key) ([]KnownAnswer, error) {
	list, err := h.knownAnswers(ctx, by, key)
	if err != nil || by.Kind != caseflow.ActorOfficial {
		return list, err
	}
	var from []store.Key
	for i := range list {
		if !slices.Contains(from, list[i].key) {
			from = append(from, list[i].key)
		}
	}
	_, err = h.Views(ctx, by, from, KnownLook, "")
	return list, err
}

func (h *Hall) knownAnswers(ctx context.Context, by caseflow.Actor, key store.Key) ([]KnownAnswer, error) {
	v, err := h.see(ctx, by, key, access.CaseSee)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(v.Next(caseflow.Env{Now: h.Now(), Calendar: h.Calendar(key.Region)}), caseflow.SaveDraft{}.Verb()) {
		return nil, ErrNotFound
	}
	if len(v.Item.Known) == 0 || v.matter.c.Applicant.Document.No == "" {
		return nil, nil
	}
	asked, refusal := v.Asked()
	if refusal != nil {
		return nil, nil // what is asked cannot be told yet
	}
	said, err := h.saidBefore(ctx, by, v)
	if err != nil {
		return nil, err
	}
	form, _ := object(v.matter.c.Form)
	var list []KnownAnswer
	for i := range asked.Pages {
		for j := range asked.Pages[i].Fields {
			f := &asked.Pages[i].Fields[j]
			if was, _ := dotted.At(form, f.Name); !asked.Holds(f.When) || was != nil && was != "" {
				continue
			}
			if a := said.newest(v.Item, f); a != nil {
				list = append(list, *a)
			}
		}
	}
	return list, nil
}

// said is what a party's licences and accepted cases say.
type said struct {
	today    workday.Date
	licences []caseflow.Held
	cases    []*View
}

// saidBefore gathers what the item may take answers from, as far as the actor may see it.
func (h *Hall) saidBefore(ctx context.Context, by caseflow.Actor, v *View) (*said, error) {
	s := &said{today: workday.DateOf(h.Now())}
	seen := func(key store.Key) (*View, error) {
		other, err := h.see(ctx, by, key, access.CaseSee)
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return other, err
	}
	document := documentOf(v.matter.c.Applicant)
	if v.matter.c.ShowsLicences(v.by.Actor) {
		rows, err := h.store.LicencesOf(ctx, []string{v.Case.Region}, document)
		if err != nil {
			return nil, fmt.Errorf("licences of the applicant: %w", err)
		}
		for i := range rows {
			held, err := h.heldOf(&rows[i])
			if err != nil {
				return nil, err
			}
			if by.Kind == caseflow.ActorOfficial {
				if granted, err := seen(rows[i].Key); err != nil || granted == nil {
					if err != nil {
						return nil, err
					}
					continue
				}
			}
			s.licences = append(s.licences, held)
		}
	}
	rows, _, err := h.store.Cases(ctx, store.CaseQuery{Region: v.Case.Region, Document: document, Phases: soundPhases, Limit: knowingCases})
	if err != nil {
		return nil, fmt.Errorf("cases of the applicant: %w", err)
	}
	for i := range rows {
		if rows[i].Case == v.Case.No || rows[i].Accepted.IsZero() {
			continue
		}
		other, err := seen(rows[i].Key)
		if err != nil {
			return nil, err
		}
		if other != nil {
			s.cases = append(s.cases, other)
		}
	}
	return s, nil
}

// soundPhases are those of cases whose answers somebody has accepted and nobody has turned down.
var soundPhases = []caseflow.Phase{caseflow.PhaseRunning, caseflow.PhaseGranted, caseflow.PhaseClosed}

// newest is the newest answer to a question that the sources say and the form takes; nil if none does.
func (s *said) newest(it *caseflow.Item, f *caseflow.Field) *KnownAnswer {
	var best *KnownAnswer
	take := func(value any, a KnownAnswer) {
		if a.Value, a.Field = value, f; value != nil && value != "" && takes(it, f, value) && (best == nil || a.At.After(best.At)) {
			best = &a
		}
	}
	for _, k := range it.Known {
		if strings.TrimPrefix(k.Field, "form.") != f.Name {
			continue
		}
		for i := range s.licences {
			if l := &s.licences[i]; k.Licence != "" && l.Kind == k.Licence && l.State == caseflow.LicenceValid && (l.Expires.IsZero() || s.today <= l.Expires) {
				take(l.Value(k.From), KnownAnswer{Licence: l.No, Case: l.Case, At: l.Issued, key: store.Key{Region: l.Region, Case: l.Case}})
			}
		}
		for _, other := range s.cases {
			if k.Item != "" && other.Case.Item == k.Item {
				form, _ := object(other.Case.Form)
				value, _ := dotted.At(form, strings.TrimPrefix(k.From, "form."))
				take(value, KnownAnswer{Case: other.Case.No, At: other.Case.Submitted, key: store.Key{Region: other.Case.Region, Case: other.Case.No}})
			}
		}
	}
	return best
}

// takes reports whether a question takes a value: by its kind, and one of its answers if it has a choice.
func takes(it *caseflow.Item, f *caseflow.Field, value any) bool {
	text, isText := value.(string)
	if len(f.Options) > 0 && (!isText || !slices.ContainsFunc(f.Options, func(o caseflow.Option) bool { return o.Value == text })) {
		return false
	}
	return it.DraftTakes(f.Name, value)
}

// Patch is the part of a draft that fills the answers in.
func Patch(list []KnownAnswer) map[string]any {
	patch := map[string]any{}
	for i := range list {
		dotted.Set(patch, list[i].Field.Name, list[i].Value)
	}
	return patch
}
