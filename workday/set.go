package workday

import (
	"maps"
	"slices"
	"strings"
)

// Document is a calendar in the format of Parse, with the name that errors call it by.
type Document struct {
	Name string
	Text []byte
}

// Set is the calendars of all regions: the national one, and those of regions that have days or office hours of their
// own. It never changes once made, and any number of goroutines may use it.
type Set struct {
	national *Calendar
	regions  map[string]*Calendar
}

// NewSet adds documents to the embedded national calendar. A document without a region is national, such as the notice
// for another year: it joins the notices that are embedded, and its days win over theirs. A document with a region is laid over the national
// calendar for that region and what lies in it: 610500 also for 610502, 610000 also for both. Of one region, a later document wins
// over an earlier one. It refuses what Parse and Calendar.Overlay refuse.
func NewSet(docs ...Document) (*Set, error) {
	type overlay struct {
		region string
		Document
	}
	var overlays []overlay
	var notices []Document
	for _, doc := range docs {
		d, err := decodeDocument(doc.Text)
		switch {
		case err != nil:
			return nil, of(doc.Name, err)
		case d.Region != "":
			overlays = append(overlays, overlay{d.Region, doc})
		default:
			notices = append(notices, doc)
		}
	}
	s := &Set{national: National(), regions: map[string]*Calendar{}}
	if len(notices) > 0 {
		var err error
		if s.national, err = parse(append(embedded(), notices...)); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(overlays, func(a, b overlay) int { return level(a.region) - level(b.region) })
	for _, o := range overlays {
		c, err := s.Region(o.region).Overlay(o.region, o.Text)
		if err != nil {
			return nil, of(o.Name, err)
		}
		s.regions[o.region] = c
	}
	return s, nil
}

// Current leaves out the documents that a later one replaces: one for the same region and the same stretch of days. So the list of all that
// was ever loaded, in its order, gives what counts after the last.
func Current(all []Document) []Document {
	var docs []Document
	var heads []Head
	for _, doc := range all {
		head, err := doc.Head() // NewSet tells what is wrong with it
		at := slices.IndexFunc(heads, func(h Head) bool { return h.Region == head.Region && h.From == head.From && h.To == head.To })
		if err == nil && at >= 0 {
			docs, heads = slices.Delete(docs, at, at+1), slices.Delete(heads, at, at+1)
		}
		docs, heads = append(docs, doc), append(heads, head)
	}
	return docs
}

// level is 0 for a province, 1 for a city, 2 for what lies below.
func level(region string) int {
	switch {
	case strings.HasSuffix(region, "0000"):
		return 0
	case strings.HasSuffix(region, "00"):
		return 1
	}
	return 2
}

// Region gives the calendar of a region: its own, that of the city or province it lies in, or the national one.
func (s *Set) Region(code string) *Calendar {
	for _, c := range above(code) {
		if cal := s.regions[c]; cal != nil {
			return cal
		}
	}
	return s.national
}

// above lists a region and the city and province that it lies in. A code that is not of six digits lies in nothing.
func above(code string) []string {
	if _, ok := digits(code); !ok || len(code) != 6 {
		return []string{code}
	}
	return []string{code, code[:4] + "00", code[:2] + "0000"}
}

// Own lists the regions that have a calendar of their own, in order.
func (s *Set) Own() []string {
	return slices.Sorted(maps.Keys(s.regions))
}

// Head is what a document says about itself.
type Head struct {
	Region      string // "": the whole country
	From, To    Date   // coverage
	Provisional bool
}

// Head reads a document alone, and refuses one that contradicts itself, with the line.
func (d Document) Head() (Head, error) {
	doc, err := decodeDocument(d.Text)
	if err != nil {
		return Head{}, of(d.Name, err)
	}
	return Head{doc.Region, doc.Coverage.From, doc.Coverage.To, doc.provisional()}, nil
}
