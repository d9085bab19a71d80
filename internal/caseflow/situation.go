package caseflow

// Situation (情形) is a question that is asked before the form: what the applicant's case is like. An answer is a set of facts, the
// same that the form and the conditions of the item know, so that it reduces what is asked for and nothing else decides.
type Situation struct {
	ID       string    `json:"id"`
	Ask      Text      `json:"ask"`
	Hint     Text      `json:"hint,omitzero"`
	When     Condition `json:"-"` // over what earlier answers set; nil is always
	WhenText string    `json:"when,omitempty"`
	Answers  []Answer  `json:"answers"`
}

// Answer is one answer of a situation.
type Answer struct {
	ID     string            `json:"id"`
	Label  Text              `json:"label"`
	Hint   Text              `json:"hint,omitzero"`
	Sets   map[string]string `json:"sets,omitempty"` // facts by their dotted path: form.<field>, applicant.channel, applicant.help
	Cannot *Cannot           `json:"cannot,omitempty"`
}

// Cannot says why who answers so cannot apply, and what fits instead (优化营商环境条例 art. 35: no condition without a basis).
type Cannot struct {
	Text    Text     `json:"text"`
	Basis   Basis    `json:"basis"`
	Instead Text     `json:"instead"`
	Items   []ItemID `json:"items,omitempty"` // of the same pack
}

// AnswerByID returns the answer, or nil.
func (s *Situation) AnswerByID(id string) *Answer {
	for i := range s.Answers {
		if s.Answers[i].ID == id {
			return &s.Answers[i]
		}
	}
	return nil
}
