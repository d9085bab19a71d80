package caseflow

// Who asks, as a person of the form may be the same as (Person.Like).
const (
	PersonApplicant = "applicant"
	PersonAgent     = "agent"
)

// PersonLegal is the id of the person of a form who will be the legal representative (法定代表人) of the company that the case
// opens: the one who may act for it, and say who else may (公司法 art. 10, 11).
const PersonLegal = "legal"

// Person is a group of a form's fields that ask for one person, so that what is known of them already need not be typed
// again.
type Person struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`           // 法定代表人
	List string `json:"list,omitempty"` // the list whose rows are such persons; Fields are then those of a row
	// Fields are the names of the questions; only the first must be there.
	Fields PersonFields `json:"fields"`
	// Like says who the person is often the same as: PersonApplicant, PersonAgent, or persons who are asked for before.
	Like []string `json:"like"`
}

// PersonFields are the fields of a person. DocNo without DocType is the number of a resident identity card.
type PersonFields struct {
	Name    string `json:"name"`
	DocType string `json:"docType,omitempty"`
	DocNo   string `json:"docNo,omitempty"`
	Phone   string `json:"phone,omitempty"`
}

// All lists the names that are given.
func (f PersonFields) All() []string {
	var all []string
	for _, name := range []string{f.Name, f.DocType, f.DocNo, f.Phone} {
		if name != "" {
			all = append(all, name)
		}
	}
	return all
}
