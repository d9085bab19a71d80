package draw_test

import (
	"fmt"
	"time"

	"github.com/tongban/tongban/draw"
)

// A draw is committed to, revealed, published, and computed again by anybody.
func Example() {
	plan := draw.Plan{
		Title:   "Which two of five shops are inspected",
		Opens:   time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC),
		Sources: []draw.Source{{Kind: draw.Dice, Name: "office", Rolls: 8, Faces: 6}, {Kind: draw.Dice, Name: "shops", Rolls: 8, Faces: 6}},
		Strata:  []draw.Stratum{{ID: "all", Count: 2}},
	}
	for _, id := range []string{"bakery", "butcher", "café", "grocer", "noodles"} {
		plan.Candidates = append(plan.Candidates, draw.Candidate{ID: id, Stratum: "all"})
	}
	commitment, err := draw.Commit(plan) // its hash is published before anybody rolls
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := commitment.Reveal(plan.Opens, []draw.Value{{Numbers: []int64{3, 1, 6, 2, 5, 5, 1, 4}}, {Numbers: []int64{2, 6, 6, 3, 1, 4, 2, 5}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := draw.Verify(record.Bytes()) // from the published bytes alone
	fmt.Println(again.Drawn(), err)
	// Output: [bakery butcher] <nil>
}

// Whoever knows the seed computes the own ticket with one hash.
func ExampleTicket() {
	fmt.Println(draw.Ticket(draw.Hash{}, "bakery"))
	// Output: 56c5580d2e9ed0f39a63f285410f220d9fb8359cf8d46a3455c1f29aaf6c3084
}
