package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/internal/store/filestore"
)

// commandInput is a command on an existing case.
type commandInput[C caseflow.Command] struct {
	caller
	CasePath
	Key  string `header:"Idempotency-Key" doc:"Makes the command happen once however often it is sent: 1 to 100 printable ASCII characters, never used before on this case (or, to open a case, in the region) for something else. One is made if you send none."`
	Body C
}

// openInput opens a case.
type openInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"Where the case is handled; your own region if left out"`
	Key    string `header:"Idempotency-Key" doc:"See the commands on a case"`
	Body   caseflow.Open
}

// Receipted is the answer to a command that was carried out. A repeat gets the same body.
type Receipted struct {
	Key  string `header:"Idempotency-Key" doc:"The request's, or the one that was made for it"`
	Due  string `header:"Next-Due" format:"date-time" doc:"What is due next in this case, as it stands now; missing if nothing is"`
	Body hall.Receipt
}

func (a *API) registerCommands() {
	huma.Register(a.huma, huma.Operation{
		OperationID: "open", Method: http.MethodPost, Path: "/cases", Summary: "Open a case as a draft", Tags: []string{"commands"},
		Description: describe("Open"),
	}, a.open)
	command[caseflow.SaveDraft](a, "Save what was typed, as an RFC 7396 merge patch; faulty values are kept")
	command[caseflow.Attach](a, "Add an uploaded file to a material")
	command[caseflow.Detach](a, "Remove a file from a material")
	command[caseflow.UseLicence](a, "Let a licence that was granted here stand for a material (证照免提交), or no more")
	command[caseflow.SeenPaper](a, "Record that the original of a material was seen")
	command[caseflow.Defer](a, "Put a material off against a signed commitment (容缺)")
	command[caseflow.Submit](a, "Hand the draft in")
	command[caseflow.Accept](a, "Accept the request (受理)")
	command[caseflow.Decline](a, "Refuse acceptance on a ground (不予受理)")
	command[caseflow.RequestCorrection](a, "Tell once all that is to be mended (补正)")
	command[caseflow.Correct](a, "Hand the corrected request in")
	command[caseflow.Claim](a, "Claim an open task")
	command[caseflow.Release](a, "Put a claimed task back")
	command[caseflow.Complete](a, "Give the outcome of a task")
	command[caseflow.Grant](a, "Decide for the applicant (准予)")
	command[caseflow.Refuse](a, "Decide against the applicant, with ground and clause (不予许可)")
	command[caseflow.AskOpinion](a, "Ask another post for an opinion (征求意见)")
	command[caseflow.WithdrawQuestion](a, "Call back an opinion that was asked for")
	command[caseflow.AddSigner](a, "Add a signer before or after one's own signature (加签)")
	command[caseflow.RemoveSigner](a, "Take a signer away who has not signed (减签)")
	command[caseflow.HandOver](a, "Give a task to another post for good (转办)")
	command[caseflow.Delegate](a, "Let somebody prepare a task (委派)")
	command[caseflow.CopyTo](a, "Show the case to other posts (抄送)")
	command[caseflow.SendBack](a, "Return the work to an earlier step (退回)")
	command[caseflow.TakeBack](a, "Undo one's own completion of a step (收回)")
	command[caseflow.Extend](a, "Lengthen the limits once (延期)")
	command[caseflow.StopClock](a, "Stop the clocks for a listed cause (特别程序)")
	command[caseflow.ResumeClock](a, "End a stop before its told time")
	command[caseflow.FulfilCommitment](a, "Hand in a deferred material")
	command[caseflow.BreakCommitment](a, "Record that a promise was broken")
	command[caseflow.Withdraw](a, "Take the request back before a decision (撤回)")
	command[caseflow.Deliver](a, "Hand results out (送达)")
	command[caseflow.Revoke](a, "Take back what was granted (撤销)")
	command[caseflow.Rate](a, "Rate the service, five levels (好差评)")
	command[caseflow.Supervise](a, "Instruct a post, with a limit (督办)")
	command[caseflow.Note](a, "Add a remark to the timeline")
	command[caseflow.Consult](a, "Look at what a step has to look at before it is answered (逢办必查); what was found stands where it is kept")
	command[caseflow.OfferCharge](a, "Ask a colleague to take over who answers to the applicant (首问负责)")
	command[caseflow.TakeCharge](a, "Agree to answer to the applicant from now on")
	command[caseflow.Recuse](a, "Declare a conflict of interest: what you have in hand goes back, and you get nothing of the case any more (回避)")
	command[caseflow.Assist](a, "Record who helps the applicant, or that help is wanted (帮办代办)")
}

// command registers the operation of one type of command: its verb is the path, its fields are the body.
func command[C caseflow.Command](a *API, summary string) {
	var zero C
	body := &huma.RequestBody{}
	huma.Register(a.huma, huma.Operation{
		OperationID: zero.Verb(), Method: http.MethodPost, Path: "/cases/{case}/" + zero.Verb(), Summary: summary,
		Tags: []string{"commands"}, RequestBody: body, Description: describe(reflect.TypeFor[C]().Name()),
	}, func(ctx context.Context, in *commandInput[C]) (*Receipted, error) {
		key, err := in.key()
		if err != nil {
			return nil, err
		}
		return a.do(ctx, &in.caller, in.Key, key, in.Body)
	})
	body.Required = slices.ContainsFunc(reflect.VisibleFields(reflect.TypeFor[C]()), func(f reflect.StructField) bool {
		return !strings.Contains(f.Tag.Get("json"), ",omitempty")
	})
}

func describe(command string) string {
	return "Gives the command " + command + " of the kernel. 404 if the case does not exist or may not be seen; 403 if it may be seen but this " +
		"is somebody else's to do; 409 if the case does not stand so; 422 if something is to be mended."
}

func (a *API) open(ctx context.Context, in *openInput) (*Receipted, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	return a.do(ctx, &in.caller, in.Key, store.Key{Region: region}, in.Body)
}

// do gives the command to the hall.
func (a *API) do(ctx context.Context, c *caller, request string, key store.Key, cmd caseflow.Command) (*Receipted, error) {
	cmd, err := a.settle(ctx, c.by, key, cmd)
	if err != nil {
		return nil, err
	}
	if request == "" {
		request = rand.Text()
	}
	receipt, err := a.o.Hall.Do(ctx, c.by, request, key, cmd)
	if err != nil {
		return nil, err
	}
	due, err := a.o.Hall.NextDue(ctx, c.by, store.Key{Region: receipt.Region, Case: receipt.Case})
	if err != nil { // the command stands whatever becomes of its answer
		a.o.Log.Warn("next due", "case", receipt.Case, "err", err)
	}
	out := &Receipted{Key: request, Body: receipt}
	if !due.IsZero() {
		out.Due = due.Format(time.RFC3339)
	}
	return out, nil
}

// settle replaces what a command says about files by what is known of them. Only who has uploaded a file may hand it in:
// a hash by itself opens nothing.
func (a *API) settle(ctx context.Context, by caseflow.Actor, key store.Key, cmd caseflow.Command) (caseflow.Command, error) {
	switch cmd.(type) {
	case caseflow.Attach, caseflow.FulfilCommitment:
		if _, err := a.o.Hall.NextDue(ctx, by, key); err != nil {
			return nil, err // a case that may not be seen is not found, whatever else is wrong
		}
	}
	switch c := cmd.(type) {
	case caseflow.Attach:
		file, err := a.uploaded(ctx, by, c.File)
		c.File = file
		return c, err
	case caseflow.FulfilCommitment:
		files := make([]caseflow.File, len(c.Files))
		for i := range c.Files {
			file, err := a.uploaded(ctx, by, c.Files[i])
			if err != nil {
				return nil, err
			}
			files[i] = file
		}
		if len(files) > 0 {
			c.Files = files
		}
		return c, nil
	}
	return cmd, nil
}

func (a *API) uploaded(ctx context.Context, by caseflow.Actor, f caseflow.File) (caseflow.File, error) {
	if f.From != "" { // used again: the hall looks for it there, and what else is said of it counts for nothing
		return caseflow.File{Hash: f.Hash, From: f.From}, nil
	}
	unknown := &caseflow.Refusal{Code: codeFile, Fields: []caseflow.FieldFault{{Field: "file.hash", Code: "invalid"}}}
	ok, err := a.o.Files.PutBy(ctx, f.Hash, by.ID)
	if err != nil {
		return f, err
	}
	if !ok {
		return f, unknown
	}
	info, err := a.o.Files.Stat(ctx, f.Hash)
	if errors.Is(err, filestore.ErrNotFound) {
		return f, unknown
	}
	if err != nil {
		return f, err
	}
	return caseflow.File{Hash: info.Hash, Name: fileName(f.Name), Bytes: info.Bytes, Type: info.Type, Original: f.Original}, nil
}

// fileName is what a file is called here; a file has a name.
func fileName(name string) string { return cmp.Or(caseflow.FileName(name), "file") }
