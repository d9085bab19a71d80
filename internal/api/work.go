package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// TaskPage is one page of a queue.
type TaskPage struct {
	Body struct {
		Tasks []TaskSummary `json:"tasks" nullable:"false"`
		Next  string        `json:"next,omitempty" doc:"Cursor of the next page; missing on the last"`
		Total *Total        `json:"total,omitempty"`
	}
}

type tasksInput struct {
	caller
	PageQuery
	CountQuery
	Mine       bool      `query:"mine" doc:"Only those that you hold or that are meant for you"`
	Done       bool      `query:"done" doc:"Only those that you completed, the last one first"`
	Department string    `query:"department" maxLength:"100"`
	Role       []string  `query:"role" maxItems:"10" maxLength:"40" doc:"Your own if left out"`
	State      []string  `query:"state" maxItems:"5" enum:"open,claimed,done,cancelled,waiting" doc:"Open and claimed if left out"`
	Kind       []string  `query:"kind" maxItems:"7" enum:"accept,step,opinion,copy,order,close,callback"`
	Item       string    `query:"item" maxLength:"100"`
	Before     time.Time `query:"before" doc:"Due before this instant"`
	Assisted   []string  `query:"assisted" maxItems:"3" enum:"asked,official,agent" doc:"Of cases in which somebody helps the applicant in one of these ways"`
}

func (a *API) registerWork() {
	tags := []string{"work"}
	huma.Register(a.huma, huma.Operation{OperationID: "list-tasks", Method: http.MethodGet, Path: "/tasks", Tags: tags,
		Summary: "The queue of your post, soonest due first"}, a.tasks)
	huma.Register(a.huma, huma.Operation{OperationID: "tally", Method: http.MethodGet, Path: "/tally", Tags: tags,
		Summary: "Open work by department: for those who oversee it"}, a.tally)
	huma.Register(a.huma, huma.Operation{OperationID: "list-messages", Method: http.MethodGet, Path: "/messages", Tags: tags,
		Summary: "Your messages, newest first"}, a.messages)
	huma.Register(a.huma, huma.Operation{OperationID: "read-message", Method: http.MethodPost, Path: "/messages/{message}/read", Tags: tags,
		Summary: "Mark one of your messages as read"}, a.readMessage)
	huma.Register(a.huma, huma.Operation{OperationID: "read-messages", Method: http.MethodPost, Path: "/messages/read", Tags: tags,
		Summary: "Mark all your messages of a region as read"}, a.readMessages)
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "verify-licence", Method: http.MethodGet, Path: "/licences/verify/{code}",
		Tags: []string{"licences"}, Summary: "Whether a licence is real and valid, by the code printed on it"}), a.verify)
}

func (a *API) tasks(ctx context.Context, in *tasksInput) (*TaskPage, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	q := store.TaskQuery{Region: region, Department: in.Department, Roles: in.Role, States: in.State, Kinds: in.Kind,
		Item: caseflow.ItemID(in.Item), DueBefore: in.Before, Assisted: in.Assisted, Cursor: in.Cursor, Limit: in.Limit}
	switch {
	case in.Done:
		q.DoneBy = in.by.ID
	case len(q.States) == 0:
		q.States = []string{caseflow.TaskOpen, caseflow.TaskClaimed}
	}
	if in.Mine {
		q.Person = in.by.ID
	}
	rows, next, err := a.o.Hall.Queue(ctx, in.by, q)
	if err != nil {
		return nil, err
	}
	out := &TaskPage{}
	out.Body.Tasks, out.Body.Next = make([]TaskSummary, len(rows)), next
	for i := range rows {
		out.Body.Tasks[i] = a.taskSummary(in.by, &rows[i])
	}
	out.Body.Total, err = in.total(func() (store.Count, error) { return a.o.Hall.CountQueue(ctx, in.by, q) })
	return out, err
}

// TallyView is the open work of one department.
type TallyView struct {
	Department string `json:"department"`
	Open       int    `json:"open"`
	Soon       int    `json:"soon"`
	Today      int    `json:"today"`
	Overdue    int    `json:"overdue"`
}

// TallyList is the open work of a region.
type TallyList struct {
	Body struct {
		Departments []TallyView `json:"departments" nullable:"false"`
	}
}

type regionInput struct {
	caller
	Region string `query:"region" maxLength:"20" doc:"Region code; your own if left out"`
}

func (a *API) tally(ctx context.Context, in *regionInput) (*TallyList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, err := a.o.Hall.Tally(ctx, in.by, region)
	if err != nil {
		return nil, err
	}
	out := &TallyList{}
	out.Body.Departments = make([]TallyView, len(list))
	for i, t := range list {
		out.Body.Departments[i] = TallyView(t)
	}
	return out, nil
}

// MessageView is one message to you.
type MessageView struct {
	ID       string          `json:"id" doc:"To mark it as read"`
	Case     caseflow.CaseNo `json:"case"`
	Template string          `json:"template" doc:"What happened"`
	Notice   json.RawMessage `json:"notice" doc:"What the template is filled with"`
	Sent     time.Time       `json:"sent"`
	Read     time.Time       `json:"read,omitzero"`
}

// MessageList is one page of your messages.
type MessageList struct {
	Body struct {
		Messages []MessageView `json:"messages" nullable:"false"`
		Next     string        `json:"next,omitempty" doc:"Cursor of the next page; missing on the last"`
	}
}

type messagesInput struct {
	caller
	PageQuery
	ForQuery
	Unread bool `query:"unread" doc:"Only those that nobody has read"`
}

func (a *API) messages(ctx context.Context, in *messagesInput) (*MessageList, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	list, next, err := a.o.Hall.Messages(ctx, in.by, in.For, store.MessageQuery{Region: region, Unread: in.Unread, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &MessageList{}
	out.Body.Next = next
	out.Body.Messages = make([]MessageView, len(list))
	for i, m := range list {
		out.Body.Messages[i] = MessageView{messageID(m.MessageKey), m.Case, m.Template, m.Body, m.Sent, m.Read}
	}
	return out, nil
}

// messageID is a message's place in the journal as one text: case.entry.index.
func messageID(k store.MessageKey) string { return fmt.Sprintf("%s.%d.%d", k.Case, k.Entry, k.Index) }

type messageInput struct {
	caller
	ID string `path:"message" maxLength:"80"`
}

// key reads what messageID has written. What is none names no message.
func (in *messageInput) key() (store.MessageKey, error) {
	parts := strings.Split(in.ID, ".")
	if len(parts) != 3 {
		return store.MessageKey{}, hall.ErrNotFound
	}
	key, err := CasePath{parts[0]}.key()
	if err != nil {
		return store.MessageKey{}, err
	}
	entry, err1 := strconv.Atoi(parts[1])
	index, err2 := strconv.Atoi(parts[2])
	if err1 != nil || err2 != nil {
		return store.MessageKey{}, hall.ErrNotFound
	}
	return store.MessageKey{Key: key, Entry: entry, Index: index}, nil
}

func (a *API) readMessage(ctx context.Context, in *messageInput) (*struct{}, error) {
	key, err := in.key()
	if err != nil {
		return nil, err
	}
	return nil, a.o.Hall.ReadMessage(ctx, in.by, key)
}

func (a *API) readMessages(ctx context.Context, in *spaceInput) (*struct{}, error) {
	region, err := in.home(in.Region)
	if err != nil {
		return nil, err
	}
	return nil, a.o.Hall.ReadMessages(ctx, in.by, in.For, region)
}

// LicenceProof is what anybody may know of a licence who has it in hand.
type LicenceProof struct {
	Body struct {
		No      string        `json:"no"`
		Kind    string        `json:"kind"`
		Name    caseflow.Text `json:"name"`
		Holder  string        `json:"holder" doc:"Of a person: masked"`
		Region  string        `json:"region" doc:"Where it was issued"`
		Issued  time.Time     `json:"issued"`
		Expires string        `json:"expires,omitempty"`
		State   string        `json:"state" enum:"valid,revoked"`
	}
}

type verifyInput struct {
	Code string `path:"code" doc:"As printed under the QR code" maxLength:"100"`
}

func (a *API) verify(ctx context.Context, in *verifyInput) (*LicenceProof, error) {
	l, row, err := a.o.Hall.Verify(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &LicenceProof{}
	b := &out.Body
	b.No, b.Kind, b.Name, b.Holder, b.Region = l.No, l.Kind, l.Name, l.Holder, row.Region
	b.Issued, b.Expires, b.State = row.Issued, row.Expires, row.State
	if !organisation(l.Holder) {
		b.Holder = ident.MaskName(l.Holder)
	}
	return out, nil
}

// organisation tells a name of an organisation from a person's, in doubt a person's: more than five Chinese characters
// and nothing else, but for brackets.
func organisation(name string) bool {
	n := 0
	for _, r := range name {
		switch {
		case unicode.Is(unicode.Han, r):
			n++
		case !strings.ContainsRune(`()（）`, r):
			return false
		}
	}
	return n > 5
}
