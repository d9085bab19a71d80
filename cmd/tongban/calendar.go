package main

import (
	"fmt"
	"os"

	"github.com/tongban/tongban/workday"
)

// loadCalendars reads calendar documents beside the embedded ones.
func loadCalendars(files []string) (*workday.Set, error) {
	docs := make([]workday.Document, len(files))
	for i, name := range files {
		text, err := os.ReadFile(name) // #nosec G304 -- the operator names the file
		if err != nil {
			return nil, fmt.Errorf("cannot read the calendar: %w", err)
		}
		docs[i] = workday.Document{Name: name, Text: text}
	}
	set, err := workday.NewSet(docs...)
	if err != nil {
		return nil, fmt.Errorf("the calendar is refused: %w (docs/calendars.md says how one is written)", err)
	}
	for _, region := range set.Own() {
		if _, ok := regionByCode(region); !ok {
			return nil, fmt.Errorf("calendars: %q is not a region that is known here: "+regionsKnown+" (correct region in the document)", region)
		}
	}
	return set, nil
}
