package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/paper"
	"github.com/tongban/tongban/internal/paper/pdf"
	"github.com/tongban/tongban/internal/receipt"
	"github.com/tongban/tongban/internal/store"
)

// PaperSummary is one paper that a case has come to.
type PaperSummary struct {
	Paper      string          `json:"paper" doc:"Its name in addresses, unique within the case"`
	Kind       string          `json:"kind" enum:"receipt,correction,acceptance,deferral,extension,stop,granted,refused-part,declined,refused,revoked,delivery,promise,closed,licence" doc:"收件凭证, 补正材料一次性告知书, 受理通知书, 容缺受理通知书, 延期告知书, 特别程序告知书, a decision to grant, 不予办理决定书 (of one part), 不予受理通知书, a decision to refuse, 撤销决定书, 送达回证, 承诺书, 办结通知, a licence itself"`
	Title      caseflow.Text   `json:"title" doc:"What it is called: a decision after the kind of its item, 准予行政许可决定书 or 行政确认决定书"`
	Part       caseflow.PartID `json:"part,omitempty" doc:"Of refused-part"`
	Number     string          `json:"number" example:"渭南市受〔2026〕7号"`
	Department string          `json:"department" doc:"Whose seal it bears"`
	At         time.Time       `json:"at" doc:"Its date"`
}

// PaperView is what stands on a paper, as data.
type PaperView struct {
	PaperSummary
	Case        caseflow.CaseNo       `json:"case"`
	Item        caseflow.ItemID       `json:"item"`
	Name        caseflow.Text         `json:"name"`
	Subject     string                `json:"subject,omitempty"`
	To          string                `json:"to" doc:"The applicant"`
	Masked      bool                  `json:"masked,omitempty" doc:"Personal data are masked; ask with a reason to see them"`
	Clocks      []ClockView           `json:"clocks,omitempty" doc:"The limits that it tells"`
	Materials   []MaterialView        `json:"materials,omitempty" doc:"Of a receipt: what was handed in"`
	Points      []PaperPoint          `json:"points,omitempty" doc:"Of a correction notice: all that is to be mended"`
	Commitments []caseflow.Commitment `json:"commitments,omitempty" doc:"Of a deferral: what was promised for later; of an acceptance: what was still promised then"`
	Extension   *ExtensionView        `json:"extension,omitempty"`
	Stop        *caseflow.Stop        `json:"stop,omitempty"`
	Basis       string                `json:"basis,omitempty" doc:"The clause that an extension or a stop rests on"`
	Licences    []caseflow.Licence    `json:"licences,omitempty"`
	Delivery    *DeliveryView         `json:"delivery,omitempty"`
	Ground      *caseflow.GroundUsed  `json:"ground,omitempty" doc:"Of a decision against the applicant: why, the clause, and the ways to have it reviewed"`
	Leaf        string                `json:"leaf,omitempty" doc:"Of a receipt: hash of the entry that it acknowledges; not in a masked copy"`
	Digits      string                `json:"digits,omitempty" doc:"Of a receipt: the code (查询码) for GET /receipts/{case}/{digits}, which only who holds the paper knows; not in a masked copy"`
	Printed     string                `json:"printed,omitempty" doc:"Of a receipt: what its QR code binds the evidence log with, behind the # of /verify/receipt (docs/evidence.md); missing while the entry is not in the log, and in a masked copy"`
	Contact     caseflow.Contact      `json:"contact"`
}

// PaperPoint is one thing to mend, with the clause that asks for it.
type PaperPoint struct {
	caseflow.CorrectionPoint
	Basis string `json:"basis,omitempty"`
}

// PaperList is the papers of a case.
type PaperList struct {
	Body struct {
		Papers []PaperSummary `json:"papers" nullable:"false"`
	}
}

// PaperAnswer is one paper.
type PaperAnswer struct{ Body PaperView }

type paperInput struct {
	caller
	CasePath
	Paper  string `path:"paper" maxLength:"120" doc:"As list-papers names it"`
	Reason string `query:"reason" maxLength:"200" doc:"Of an official: why personal data are needed in full. It is recorded, and the applicant can read it."`
}

type printInput struct {
	caller
	CasePath
	Paper  string `path:"paper" maxLength:"120" doc:"As list-papers names it"`
	Reason string `query:"reason" maxLength:"200" doc:"Of an official: why personal data are needed in full. It is recorded, and the applicant can read it."`
	Lang   string `query:"lang" enum:"zh,en" default:"zh"`
}

func (a *API) registerPapers() {
	tags := []string{"papers"}
	huma.Register(a.huma, huma.Operation{OperationID: "list-papers", Method: http.MethodGet, Path: "/cases/{case}/papers", Tags: tags,
		Summary: "The papers that a case has come to: receipt, notices, decisions, proof of delivery"}, a.papers)
	huma.Register(a.huma, huma.Operation{OperationID: "see-paper", Method: http.MethodGet, Path: "/cases/{case}/papers/{paper}", Tags: tags,
		Summary: "What stands on one paper, as data; each look of an official is recorded"}, a.paper)
	huma.Register(a.huma, huma.Operation{OperationID: "print-paper", Method: http.MethodGet, Path: "/cases/{case}/papers/{paper}/pdf", Tags: tags,
		Summary: "One paper as a PDF file, as it was given; each look of an official is recorded",
		Responses: map[string]*huma.Response{"200": {Description: "The paper", Content: map[string]*huma.MediaType{
			"application/pdf": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}},
	}, a.printPaper)
	huma.Register(a.huma, huma.Operation{OperationID: "prove-case", Method: http.MethodGet, Path: "/cases/{case}/receipt", Tags: tags,
		Summary:   "The receipt of a case with its proofs, for its owner and who acts for them: what `tongban verify receipt` and the page /verify/receipt check without asking any server (docs/evidence.md)",
		Responses: provedResponse()}, a.proof)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "verify-paper", Method: http.MethodGet, Path: "/papers/verify/{case}/{code}", Tags: tags,
		Summary: "Whether a paper is genuine, and whether a later one took its place, by the code printed on it"}), a.verifyPaper)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "verify-leaf", Method: http.MethodGet, Path: "/papers/verify/{case}/leaves/{leaf}", Tags: tags,
		Summary:     "Whether a receipt of a case acknowledges an entry of the evidence log, as the QR code of the paper says",
		Description: "It tells nothing else. The log does not say which case an entry is of. 404 if the two do not fit, which counts as a guess."}), a.verifyLeaf)
}

func (a *API) papers(ctx context.Context, in *lookInput) (*PaperList, error) {
	v, err := a.look(ctx, &in.caller, in.CasePath, "papers")
	if err != nil {
		return nil, err
	}
	out := &PaperList{}
	out.Body.Papers = []PaperSummary{}
	for _, p := range hall.Papers(v.Case, v.Item) {
		out.Body.Papers = append(out.Body.Papers, paperSummary(&p))
	}
	return out, nil
}

func paperSummary(p *hall.Paper) PaperSummary {
	s := PaperSummary{Paper: p.Name(), Kind: p.Kind, Title: paper.Titles(p), Number: p.Number, Department: p.Department, At: p.At.UTC()}
	if p.Part != nil {
		s.Part = p.Part.ID
	}
	return s
}

func (a *API) paper(ctx context.Context, in *paperInput) (*PaperAnswer, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	kind := hall.PaperKind(in.Paper)
	if kind == "" {
		return nil, hall.ErrNotFound
	}
	reason := strings.TrimSpace(in.Reason)
	v, err := a.o.Hall.View(ctx, in.by, key, "paper:"+kind, reason)
	if err != nil {
		return nil, err
	}
	p := hall.PaperNamed(v.Case, v.Item, in.Paper)
	if p == nil {
		return nil, hall.ErrNotFound
	}
	open := v.Own() || reason != ""
	d := detail(in.by, v, open)
	out := PaperView{PaperSummary: paperSummary(p), Case: d.Case, Item: d.Item, Name: d.Name, Subject: d.Subject, To: d.Applicant.Name,
		Masked: d.Masked, Ground: p.Ground, Contact: v.Item.Contact}
	out.fill(&d, v.Item)
	if kind == hall.PaperReceipt && open { // a copy with masked data is not the paper: whoever has its codes may rate and ask as its holder
		if err := a.acknowledged(ctx, in.by, key, &out); err != nil {
			return nil, err
		}
	}
	return &PaperAnswer{out}, nil
}

type paperProofInput struct {
	CasePath
	Code string `path:"code" maxLength:"60" doc:"Printed on the paper"`
}

// PaperProof is what anybody with the code of a paper may know of it: nothing that stands on it.
type PaperProof struct {
	Body struct {
		Case       caseflow.CaseNo `json:"case"`
		Kind       string          `json:"kind" doc:"As list-papers has it"`
		Title      caseflow.Text   `json:"title" doc:"What it is called"`
		Number     string          `json:"number"`
		Department string          `json:"department"`
		At         time.Time       `json:"at" doc:"When it was given"`
		Replaced   time.Time       `json:"replaced,omitzero" doc:"When a later paper took its place"`
	}
}

func (a *API) verifyPaper(ctx context.Context, in *paperProofInput) (*PaperProof, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	p, _, err := a.o.Hall.VerifyPaper(ctx, key, strings.ToUpper(in.Code))
	if err != nil {
		return nil, err
	}
	out := &PaperProof{}
	b := &out.Body
	b.Case, b.Kind, b.Title, b.Number = key.Case, p.Kind, paper.Titles(&p.Paper), p.Number
	b.Department, b.At, b.Replaced = p.Department, p.At.UTC(), p.Replaced()
	return out, nil
}

type leafInput struct {
	CasePath
	Leaf string `path:"leaf" maxLength:"64" doc:"Hash of the entry, 64 hexadecimal digits"`
}

// LeafKnown names a case of which a receipt acknowledges the entry that was asked about.
type LeafKnown struct {
	Body struct {
		Case caseflow.CaseNo `json:"case"`
	}
}

func (a *API) verifyLeaf(ctx context.Context, in *leafInput) (*LeafKnown, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	if err := a.o.Hall.KnowsLeaf(ctx, key, in.Leaf); err != nil {
		return nil, err
	}
	out := &LeafKnown{}
	out.Body.Case = key.Case
	return out, nil
}

// printPaper writes a paper as a file: in full for the owner, and for an official who gives a reason, else masked.
func (a *API) printPaper(ctx context.Context, in *printInput) (*Download, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	kind := hall.PaperKind(in.Paper)
	if kind == "" {
		return nil, hall.ErrNotFound
	}
	reason := strings.TrimSpace(in.Reason)
	v, err := a.o.Hall.View(ctx, in.by, key, "paper:"+kind, reason)
	if err != nil {
		return nil, err
	}
	issued, err := a.o.Hall.Issue(ctx, in.by, key, in.Paper)
	if err != nil {
		return nil, err
	}
	given, err := a.o.Hall.Acknowledged(ctx, in.by, key, issued.Entry)
	if err != nil {
		return nil, err
	}
	data, err := pdf.Write(ctx, paper.Write(paper.Source{Issued: issued, Lang: in.Lang, Given: given, Origin: a.origin(in.request),
		Masked: !v.Own() && reason == "", Department: func(id string, at time.Time) string {
			name, _ := a.o.Hall.Called(key.Region, id, a.department(v.Item, id), at)
			return name.In(in.Lang)
		}}))
	if err != nil {
		return nil, err
	}
	return &Download{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/pdf")
		ctx.SetHeader("Content-Length", strconv.Itoa(len(data)))
		ctx.SetHeader("Content-Disposition", disposition(in.Case+"-"+in.Paper+".pdf"))
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(data) // the client is gone; nothing is left to be done
	}}, nil
}

type proofInput struct {
	caller
	CasePath
}

// proof is the receipt of a case, to take home.
func (a *API) proof(ctx context.Context, in *proofInput) (*Download, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	r, err := a.o.Hall.Prove(ctx, in.by, key)
	return proved(in.Case, r, err)
}

// provedResponse documents a receipt.
func provedResponse() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "The receipt", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: "object", Description: "As /verify/receipt.schema.json says"}}}}}
}

// proved is a receipt as a file.
func proved(no string, r *receipt.Receipt, err error) (*Download, error) {
	if err != nil {
		return nil, err
	}
	data, err := r.Encode()
	if err != nil {
		return nil, err
	}
	return &Download{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetHeader("Content-Length", strconv.Itoa(len(data)))
		ctx.SetHeader("Content-Disposition", disposition(no+"-receipt.json"))
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(data) // the client is gone; nothing is left to be done
	}}, nil
}

// department names a department as papers do; its id if nobody knows it.
func (a *API) department(it *caseflow.Item, id string) caseflow.Text {
	if a.o.Department != nil {
		if name := a.o.Department(it, id); name.ZH != "" {
			return name
		}
	}
	return caseflow.Text{ZH: id}
}

// origin is the address of the site for QR codes.
func (a *API) origin(r *http.Request) string {
	if a.o.Base != "" {
		return strings.TrimSuffix(a.o.Base, "/")
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// fill takes from the case what its kind of paper tells.
func (p *PaperView) fill(d *CaseDetail, it *caseflow.Item) {
	switch p.Kind {
	case hall.PaperReceipt:
		p.limits(d, caseflow.ClockAcceptance)
		for _, m := range d.Materials {
			if m.State != caseflow.MaterialMissing {
				p.Materials = append(p.Materials, m)
			}
		}
	case hall.PaperCorrection:
		p.limits(d, caseflow.ClockCorrection)
		for _, point := range d.Correction.Points {
			x := PaperPoint{CorrectionPoint: point}
			if i := slices.IndexFunc(it.Corrections, func(g caseflow.Ground) bool { return g.ID == point.Ground }); i >= 0 {
				x.Basis = it.Corrections[i].Basis.String()
			}
			p.Points = append(p.Points, x)
		}
	case hall.PaperAcceptance:
		p.limits(d, caseflow.ClockStatutory, caseflow.ClockPromised)
		for _, k := range d.Commitments {
			if k.Ended.IsZero() || k.Ended.After(d.Accepted) {
				p.Commitments = append(p.Commitments, k)
			}
		}
	case hall.PaperDeferral, hall.PaperPromise:
		for _, k := range d.Commitments {
			p.limits(d, caseflow.ClockCommitment+":"+k.Material)
		}
		p.Commitments = d.Commitments
	case hall.PaperExtension:
		p.limits(d, caseflow.ClockStatutory)
		for _, k := range p.Clocks {
			p.Extension, p.Basis = k.Extended, k.Extended.Basis
		}
	case hall.PaperStop:
		p.Stop = &d.Stops[len(d.Stops)-1]
		if i := slices.IndexFunc(it.Stops, func(s caseflow.StopCause) bool { return s.ID == p.Stop.Cause }); i >= 0 {
			p.Basis = it.Stops[i].Basis.String()
		}
	case hall.PaperGranted, hall.PaperClosed:
		p.Licences = d.Licences
	case hall.PaperLicence:
		for _, l := range d.Licences {
			if l.No == p.Number {
				p.Licences = append(p.Licences, l)
			}
		}
	case hall.PaperDelivery:
		p.Licences = d.Licences
		p.Delivery = &d.Deliveries[len(d.Deliveries)-1]
	}
}

// limits adds clocks of the case by their ids.
func (p *PaperView) limits(d *CaseDetail, ids ...string) {
	for _, k := range d.Clocks {
		if slices.Contains(ids, k.ID) {
			p.Clocks = append(p.Clocks, k)
		}
	}
}

// acknowledged fills in what a receipt says of the entry by which the request was last handed in.
func (a *API) acknowledged(ctx context.Context, by caseflow.Actor, key store.Key, out *PaperView) error {
	list, err := a.o.Hall.History(ctx, by, key)
	if err != nil {
		return err
	}
	e := hall.Receipted(list)
	if e == nil {
		return nil
	}
	out.Leaf, out.Digits = hex.EncodeToString(e.Leaf), e.Digits()
	p, err := a.o.Hall.Printed(ctx, key, &e.Entry)
	if p != nil {
		out.Printed = p.String()
	}
	return err
}
