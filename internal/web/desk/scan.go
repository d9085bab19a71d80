package desk

import (
	"io"
	"net/http"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/quarantine"
	"github.com/tongban/tongban/internal/store"
	kit "github.com/tongban/tongban/internal/web/page"
	"github.com/tongban/tongban/internal/web/ui"
)

// scanPage takes scans of one material, for an applicant who brought paper.
type scanPage struct {
	*page
	*head
	ID       string
	Action   string
	Material *caseflow.Material
	Standard string
	Upload   ui.Field
	Again    []kit.Again
	Apart    []kit.Apart // what the scanner warned of
	OnFile   ui.OnFile
}

// scanning finds the material that the address names, of a case that the clerk fills in for its applicant.
func (p *page) scanning() (*scene, *kit.Upload, error) {
	s, err := p.typing("intake")
	if err != nil {
		return nil, nil, err
	}
	a, err := p.asker(s)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range a.Asked.Materials {
		if st := s.c.Material(m.ID); st != nil && m.ID == p.r.PathValue("material") {
			return s, &kit.Upload{Lang: p.Lang, Material: m, Held: st.Files, Put: func(name string, content io.Reader, max int64) (caseflow.File, error) {
				return p.desk.files.Put(p.r.Context(), p.Actor, quarantine.Place{Key: keyOf(s.c), Material: m.ID, Name: name}, content, max)
			}, Turn: func(f caseflow.File, how string) (caseflow.File, error) {
				return p.desk.files.Turn(p.r.Context(), p.Actor.ID, f, how)
			}, Join: func(name string, hashes []string, max int64) (caseflow.File, error) {
				return p.desk.files.Join(p.r.Context(), p.Actor, quarantine.Place{Key: keyOf(s.c), Material: m.ID, Name: name}, hashes, max)
			}}, nil
		}
	}
	return nil, nil, hall.ErrNotFound
}

func (d *Desk) scan(p *page, _ *http.Request) error {
	s, u, err := p.scanning()
	if err != nil {
		return err
	}
	return p.showScan(http.StatusOK, s, u)
}

func (p *page) showScan(status int, s *scene, u *kit.Upload) error {
	v := &scanPage{page: p, head: p.head(s), ID: kit.NewRequestID(), Action: scanAddress(s.c.No, u.Material.ID), Material: u.Material}
	p.Title = u.Material.Name.In(p.Lang)
	p.Back = &ui.Link{Text: p.T("desk.intake.back"), Href: intakePlace(s.c.No, u.Material.ID)}
	if std := u.Material.Standard.In(p.Lang); std != "" {
		v.Standard = p.T("public.standard", std)
	}
	v.Upload = u.Field(p.Errors, func(f caseflow.File) string {
		return caseAddress(s.c.No) + "/files/" + u.Material.ID + "/" + f.Hash
	}, false)
	given, err := p.desk.hall.GivenBefore(p.r.Context(), p.Actor, keyOf(s.c), u.Material.ID)
	if err != nil {
		return err
	}
	v.Again = kit.Agains(given, p.Lang)
	apart, err := p.desk.files.Apart(p.r.Context(), keyOf(s.c))
	if err != nil {
		return err
	}
	v.Apart = kit.Aparts(apart[u.Material.ID], p.Actor.ID, p.Lang)
	held, err := p.desk.hall.OnFile(p.r.Context(), p.Actor, store.Key{Region: s.c.Region, Case: s.c.No}, u.Material.ID)
	if err != nil {
		return err
	}
	v.OnFile = kit.OnFiles(s.c.Material(u.Material.ID), held, p.Lang, p.granter)
	v.OnFile.Action, v.OnFile.ID = v.Action, v.ID+"-l"
	return p.write(status, "scan", v)
}

// keyOf names a case to the hall.
func keyOf(c *caseflow.Case) store.Key { return store.Key{Region: c.Region, Case: c.No} }

// granter names who issued a licence.
func (p *page) granter(item caseflow.ItemID, department string) string {
	if it := p.desk.hall.Item(item); it != nil {
		if name := p.desk.guides.Department(it, department).In(p.Lang); name != "" {
			return name
		}
	}
	return department
}

func scanAddress(no caseflow.CaseNo, material string) string {
	return caseAddress(no) + "/intake/materials/" + material
}

// intakePlace is where the intake's page speaks of a material.
func intakePlace(no caseflow.CaseNo, material string) string {
	return caseAddress(no) + "/intake#f-material-" + material
}

// scanned takes files or removes one. What was not taken is said; the others are there.
func (d *Desk) scanned(p *page, r *http.Request) error {
	s, u, err := p.scanning()
	if err != nil {
		return err
	}
	in, err := u.Receive(p.w, r)
	if err != nil {
		return err
	}
	do := func(cmd caseflow.Command) error {
		_, err := d.hall.Do(r.Context(), p.Actor, "", keyOf(s.c), cmd)
		return err
	}
	if in.Take != "" {
		var f caseflow.File
		if f, err = d.files.Take(r.Context(), p.Actor, keyOf(s.c), in.Take); err == nil {
			in.Act, in.Files = "upload", []caseflow.File{f}
		}
	}
	used := false
	if err == nil {
		used, err = in.UseLicence(u.Material.ID, do)
	}
	switch {
	case err != nil || used: // said below
	case in.Remove != "":
		err = do(caseflow.Detach{Material: u.Material.ID, Hash: in.Remove})
	case in.Again != "":
		err = u.UseAgain(in, do)
	case in.Turn != "":
		err = u.Rearrange(in, do)
	default:
		if err = u.Attach(in, do); err == nil && in.Act == "upload" {
			err = in.None()
		}
	}
	p.Errors = in.Errors(p.Lang)
	if refusal, refused := kit.Refusal(err); refused && refusal.Code != caseflow.CodePhase {
		p.Errors, err = &ui.Errors{Faults: []ui.Fault{{Field: "files", Text: u.Fault(refusal)}}}, nil
	}
	switch {
	case err != nil:
		return err
	case p.Errors != nil:
		if s, u, err = p.scanning(); err != nil {
			return err
		}
		return p.showScan(http.StatusUnprocessableEntity, s, u)
	case used || in.Remove != "" || in.Turn != "" || in.Again != "" || in.Act == "upload":
		return p.back(scanAddress(s.c.No, u.Material.ID))
	}
	return p.back(intakePlace(s.c.No, u.Material.ID))
}
