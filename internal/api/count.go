package api

import "github.com/tongban/tongban/internal/store"

// CountQuery asks for the number of rows beside a page of them.
type CountQuery struct {
	Count bool `query:"count" doc:"Also count all that the list has, on all its pages"`
}

// Total is how many rows a list has on all its pages.
type Total struct {
	Count int  `json:"count"`
	More  bool `json:"more,omitempty" doc:"There are more: they are not counted further"`
}

// total counts if it was asked for; nil if not.
func (q CountQuery) total(count func() (store.Count, error)) (*Total, error) {
	if !q.Count {
		return nil, nil
	}
	c, err := count()
	if err != nil {
		return nil, err
	}
	return &Total{c.N, c.More}, nil
}
