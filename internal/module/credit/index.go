package credit

import (
	"crypto/sha256"
	_ "embed" // the schema of index files
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/internal/pack"
)

// folder is where the index stands in a pack.
const folder = "credit"

// jointFile holds the joint incentives and punishments.
const jointFile = folder + "/joint.yaml"

// scoreFile holds the citizens' score.
const scoreFile = folder + "/score.yaml"

//go:embed index.schema.json
var indexSchema []byte

// Part is what the module reads of a pack: the folder credit.
func Part() pack.Part { return pack.Part{Folder: folder, Schema: indexSchema, Prove: prove} }

// standardOf is the index of a pack; nil if it has none.
func standardOf(p *pack.Pack) (*Standard, error) {
	files := p.Part(folder)
	if len(files) == 0 {
		return nil, nil
	}
	sum := sha256.New()
	var all []*Index
	joint, score, found := &Joint{}, &Score{}, map[string]bool{}
	aside := map[string]any{jointFile: joint, scoreFile: score}
	for _, f := range files {
		if into := aside[f.Name]; into != nil { // no tier follows from it
			if err := json.Unmarshal(f.Data, into); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			found[f.Name] = true
			continue
		}
		x := &Index{}
		if err := json.Unmarshal(f.Data, x); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		fmt.Fprintf(sum, "%s %d\n", f.Name, len(f.Data))
		sum.Write(f.Data)
		all = append(all, x)
	}
	s := NewStandard(hex.EncodeToString(sum.Sum(nil)[:16]), all)
	if found[jointFile] {
		s.Joint = joint
	}
	if found[scoreFile] {
		s.Score = score
	}
	return s, nil
}

// prover shows what must hold of an index before any tier follows from it.
type prover struct {
	file  *pack.PartFile
	index *Index
	seen  map[string]bool // ids of indicators, of all files
}

func prove(files []*pack.PartFile) {
	aside := map[string]*pack.PartFile{}
	var index []*pack.PartFile
	for _, f := range files {
		if f.Name == jointFile || f.Name == scoreFile {
			aside[f.Name] = f
		} else {
			index = append(index, f)
		}
	}
	if len(index) == 0 {
		files[0].Fault("credit.general", "there is no general index", "write credit/general.yaml with start, cuts and fields, without field")
		return
	}
	general := proveIndex(index)
	if f := aside[jointFile]; f != nil && general != nil {
		proveJoint(f, general)
	}
	if f := aside[scoreFile]; f != nil {
		proveScore(f)
	}
}

// proveScore shows what must hold of the citizens' score: what is named stands once, and each perk can be reached.
func proveScore(f *pack.PartFile) {
	s := &Score{}
	if err := json.Unmarshal(f.Data, s); err != nil {
		f.Fault("schema", "the file cannot be read: "+err.Error(), "mend the value that is named")
		return
	}
	ids, most := map[string]bool{}, int64(0)
	for i, d := range s.Deeds {
		if ids[d.ID] {
			f.Fault("credit.deed", fmt.Sprintf("the deed %q stands here a second time", d.ID), "give it another id", "deeds", strconv.Itoa(i), "id")
		}
		if d.Most < d.Points {
			f.Fault("credit.most", "the most that all deeds give is less than one of them gives", "raise most", "deeds", strconv.Itoa(i), "most")
		}
		ids[d.ID], most = true, most+d.Most
	}
	clear(ids)
	for i, p := range s.Perks {
		if ids[p.ID] {
			f.Fault("credit.perk", fmt.Sprintf("the perk %q stands here a second time", p.ID), "give it another id", "perks", strconv.Itoa(i), "id")
		}
		if p.Points > most {
			f.Fault("credit.perk", "nobody can have as many points", "lower points", "perks", strconv.Itoa(i), "points")
		}
		ids[p.ID] = true
	}
}

// proveJoint shows what must hold of joint measures: each has an area, and a ground that can arise and end.
func proveJoint(f *pack.PartFile, general *Index) {
	j := &Joint{}
	if err := json.Unmarshal(f.Data, j); err != nil {
		f.Fault("schema", "the file cannot be read: "+err.Error(), "mend the value that is named")
		return
	}
	if len(j.Areas) != j.Promised {
		f.Fault("credit.promised", fmt.Sprintf("%d areas are here, and %d are promised", len(j.Areas), j.Promised), "add those that are missing, or promise what is here", "promised")
	}
	areas, ids := map[string]bool{}, map[string]bool{}
	for i, a := range j.Areas {
		if areas[a.ID] {
			f.Fault("credit.area", fmt.Sprintf("the area %q stands here a second time", a.ID), "give each its own id", "areas", strconv.Itoa(i), "id")
		}
		areas[a.ID] = true
	}
	used := map[string]bool{}
	for i := range j.Measures {
		m := &j.Measures[i]
		at := func(path ...string) []string { return append([]string{"measures", strconv.Itoa(i)}, path...) }
		if ids[m.ID] {
			f.Fault("credit.measure", fmt.Sprintf("the measure %q stands here a second time", m.ID), "give it another id", at("id")...)
		}
		if !areas[m.Area] {
			f.Fault("credit.area", fmt.Sprintf("there is no area %q", m.Area), "add it under areas, or correct the id", at("area")...)
		}
		ids[m.ID], used[m.Area] = true, true
		proveGround(f, general, &m.Ground, at("ground"))
		for k := range m.Without {
			proveGround(f, general, &m.Without[k], at("without", strconv.Itoa(k)))
		}
	}
	for i, a := range j.Areas {
		if !used[a.ID] {
			f.Fault("credit.area", fmt.Sprintf("no measure is of the area %q", a.ID), "add one, or remove the area", "areas", strconv.Itoa(i), "id")
		}
	}
}

func proveGround(f *pack.PartFile, general *Index, g *Ground, at []string) {
	proveResults(f, g.Record, g.Results, at...)
	if g.Field != "" && !slices.ContainsFunc(general.Fields, func(x Field) bool { return x.ID == g.Field }) {
		f.Fault("credit.field", fmt.Sprintf("the general index has no field %q", g.Field), "add it under fields there, or correct the id", append(at, "field")...)
	}
	if g.Stands == (g.Months > 0) {
		f.Fault("credit.ends", "nothing says when the measure ends, or two things do", "write stands: true, or months", at...)
	}
}

// proveResults shows that records of a kind can have these results.
func proveResults(f *pack.PartFile, record string, results []string, at ...string) {
	kind := KindOf(record)
	for j, name := range results {
		if ResultOf(kind, name) == 0 || !slices.Contains(ResultNames(kind), name) {
			f.Fault("credit.result", fmt.Sprintf("a record of kind %s has no result %q", record, name), "use one of "+strings.Join(ResultNames(kind), ", "),
				append(slices.Clone(at), "results", strconv.Itoa(j))...)
		}
	}
}

// proveIndex proves the files of the index and returns the general one, nil if there is none.
func proveIndex(files []*pack.PartFile) *Index {
	seen := map[string]bool{}
	indexOf := map[string]*Index{}
	var general *Index
	for _, f := range files {
		x := &Index{}
		if err := json.Unmarshal(f.Data, x); err != nil {
			f.Fault("schema", "the file cannot be read: "+err.Error(), "mend the value that is named")
			continue
		}
		p := prover{f, x, seen}
		p.own()
		switch {
		case x.Field == "" && general != nil:
			f.Fault("credit.general", "there is a second index without a field", "keep one general index, and say field in the others")
		case x.Field == "":
			general = x
			p.general()
		case indexOf[x.Field] != nil:
			f.Fault("credit.field", fmt.Sprintf("the field %q has a second index", x.Field), "join the two", "field")
		}
		indexOf[x.Field] = x
	}
	if general == nil {
		files[0].Fault("credit.general", "there is no general index", "write credit/general.yaml with start, cuts and fields, without field")
		return nil
	}
	for _, f := range files {
		x := &Index{}
		if json.Unmarshal(f.Data, x) == nil && x.Field != "" && !slices.ContainsFunc(general.Fields, func(g Field) bool { return g.ID == x.Field }) {
			f.Fault("credit.field", fmt.Sprintf("the general index has no field %q", x.Field), "add it under fields there, or correct the id", "field")
		}
	}
	return general
}

// own proves a file by itself.
func (p *prover) own() {
	x := p.index
	if want := strings.TrimSuffix(strings.TrimPrefix(p.file.Name, folder+"/"), ".yaml"); x.ID != want {
		p.file.Fault("file.name", fmt.Sprintf("the id %q is not the file's name", x.ID), fmt.Sprintf("write id: %s, or rename the file", want), "id")
	}
	if x.Field != "" && (x.Start != 0 || x.Cuts != Cuts{} || len(x.Fields) > 0 || x.Publish != nil) {
		p.file.Fault("credit.general", "the index of a field says what only the general one says", "remove start, cuts, fields and publish here", "field")
	}
	for i := range x.Indicators {
		p.indicator(i)
	}
}

// general proves what only the general index says.
func (p *prover) general() {
	x := p.index
	if x.Cuts.A <= x.Cuts.B || x.Cuts.B <= x.Cuts.C {
		p.file.Fault("credit.cuts", "the cut-offs do not fall from A to C", "write A above B above C", "cuts")
	}
	if x.Start < x.Cuts.B {
		p.file.Fault("credit.start", "a party of which nothing is known would begin below B", "raise start, or lower the cut-offs: nothing known is nothing bad", "start")
	}
	if x.Publish != nil {
		p.publish(x.Publish)
	}
	if len(x.Fields) == 0 {
		p.file.Fault("credit.fields", "the general index has no fields", "list them under fields")
	}
	ids := map[string]bool{}
	for i, f := range x.Fields {
		for _, id := range []string{f.ID, f.Name.ZH, f.Name.EN} {
			if ids[id] {
				p.file.Fault("credit.field", fmt.Sprintf("the field %q stands here a second time", id), "give each its own id and name", "fields", strconv.Itoa(i))
			}
			ids[id] = true
		}
	}
}

// publish proves how penalties are published: each result by one rule.
func (p *prover) publish(x *Publish) {
	seen := map[string]bool{}
	for i, e := range x.Ends {
		for j, name := range e.Results {
			at := []string{"publish", "ends", strconv.Itoa(i), "results", strconv.Itoa(j)}
			if ResultOf(Penalty, name) == 0 || !slices.Contains(ResultNames(Penalty), name) {
				p.file.Fault("credit.result", fmt.Sprintf("a penalty has no result %q", name), "use one of "+strings.Join(ResultNames(Penalty), ", "), at...)
			}
			if seen[name] {
				p.file.Fault("credit.result", fmt.Sprintf("the result %q stands here a second time", name), "keep one of the two", at...)
			}
			seen[name] = true
		}
	}
}

// indicator proves one indicator.
func (p *prover) indicator(i int) {
	x := &p.index.Indicators[i]
	fault := func(code, what, mend string, at ...string) {
		p.file.Fault(code, what, mend, append([]string{"indicators", strconv.Itoa(i)}, at...)...)
	}
	if p.seen[x.ID] {
		fault("credit.indicator", fmt.Sprintf("the indicator %q stands in the pack a second time", x.ID), "give it another id", "id")
	}
	p.seen[x.ID] = true
	proveResults(p.file, x.Record, x.Results, "indicators", strconv.Itoa(i))
	for j, name := range x.Results {
		if slices.Index(x.Results, name) != j {
			fault("credit.result", fmt.Sprintf("the result %q stands here a second time", name), "keep one of the two", "results", strconv.Itoa(j))
		}
	}
	if len(x.Fade) == 0 && !x.Stands {
		fault("credit.fade", "nothing says for how long a record counts", "say it under fade, or write stands: true")
	}
	for j := 1; j < len(x.Fade); j++ {
		if x.Fade[j].Months <= x.Fade[j-1].Months || x.Fade[j].Share >= x.Fade[j-1].Share {
			fault("credit.fade", "a record must count for less the older it is", "let months rise and share fall from line to line", "fade", strconv.Itoa(j))
		}
	}
	if x.Most != 0 && ((x.Most < 0) != (x.Points < 0) || abs(x.Most) < abs(x.Points)) {
		fault("credit.most", "the most that all records give is less than one of them gives, or has the other sign", "raise most, or remove it", "most")
	}
	p.effects(x, fault)
}

// effects proves what an indicator means for the party.
func (p *prover) effects(x *Indicator, fault func(code, what, mend string, at ...string)) {
	if x.Points == 0 && x.Missing == nil && x.Floor == "" {
		fault("credit.points", "the indicator changes nothing", "give it points, missing or floor, or remove it", "points")
	}
	if x.Floor != "" && x.Points > 0 {
		fault("credit.floor", "a record that gives points also keeps a party from a better tier", "remove floor, or let points be below zero", "floor")
	}
	if x.Points > 0 && x.Repair != nil {
		fault("credit.repair", "a record that gives points needs no repair", "remove repair", "repair")
	}
	if x.Missing == nil {
		return
	}
	if x.Missing.Points > 0 {
		fault("credit.missing", "a party gains by what it does not report", "let the points be zero or below", "missing", "points")
	}
	// Else a bad record would be better than none.
	if x.Points < 0 && x.Points > x.Missing.Points {
		fault("credit.missing", "a bad record of this indicator would raise a party that has none", "count what is missing in an indicator of its own, with all results that fulfil the duty", "missing")
	}
	if p.index.Field != "" {
		fault("credit.missing", "a record of a field cannot be missing: a party reports to its department, not to a field", "count what is missing in the general index", "missing")
	}
}

func abs(n int64) int64 { return max(n, -n) }
