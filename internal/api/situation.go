package api

import (
	"context"
	"strings"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/pack"
)

// SituationView is what an item asks of somebody whose situation is known in part.
type SituationView struct {
	Questions []SituationQuestion `json:"questions" nullable:"false" doc:"Those that are asked after the answers given"`
	Open      int                 `json:"open" doc:"How many of them have no answer"`
	Materials []SituationNeed     `json:"materials" nullable:"false"`
	Parts     []SituationNeed     `json:"parts" nullable:"false"`
	Cannot    []caseflow.Cannot   `json:"cannot,omitempty" doc:"Why the request cannot be made so, and what fits instead"`
	Form      map[string]any      `json:"form" nullable:"false" doc:"What the answers say of the form: send it with the command save-draft of the case that is opened, after showing it"`
	Channel   string              `json:"channel,omitempty" doc:"Where the request is to be made"`
	Help      string              `json:"help,omitempty" doc:"Why help is wanted: send it with the command assist"`
}

// SituationQuestion is a question with its answer.
type SituationQuestion struct {
	ID     string `json:"id"`
	Answer string `json:"answer,omitempty"`
}

// SituationNeed says whether a material or part is asked for.
type SituationNeed struct {
	ID     string `json:"id"`
	Needed string `json:"needed" enum:"yes,no,unknown" doc:"unknown: it depends on what has no answer yet"`
}

// SituationAnswer is one view.
type SituationAnswer struct{ Body SituationView }

type situationInput struct {
	ID     string   `path:"id" maxLength:"100"`
	Answer []string `query:"answer,explode" maxItems:"50" maxLength:"100" doc:"question:answer" example:"rooms:rent"`
}

// situation judges the answers as the guide's page does; nothing is stored.
func (a *API) situation(_ context.Context, in *situationInput) (*SituationAnswer, error) {
	it := a.o.Hall.Item(caseflow.ItemID(in.ID))
	if it == nil {
		return nil, hall.ErrNotFound
	}
	given := map[string]string{}
	for _, one := range in.Answer {
		question, answer, _ := strings.Cut(one, ":")
		given[question] = answer
	}
	s := pack.Situate(it, given)
	v := SituationView{Open: s.Open, Form: s.Form, Channel: s.Channel, Help: s.Help,
		Questions: []SituationQuestion{}, Materials: []SituationNeed{}, Parts: []SituationNeed{}}
	for _, q := range s.Questions {
		one := SituationQuestion{ID: q.ID}
		if q.Answer != nil {
			one.Answer = q.Answer.ID
		}
		v.Questions = append(v.Questions, one)
	}
	for _, m := range s.Materials {
		v.Materials = append(v.Materials, SituationNeed{m.ID, m.Needed.String()})
	}
	for _, p := range s.Parts {
		v.Parts = append(v.Parts, SituationNeed{string(p.ID), p.Wanted.String()})
	}
	for _, c := range s.Cannot {
		v.Cannot = append(v.Cannot, *c)
	}
	return &SituationAnswer{v}, nil
}
