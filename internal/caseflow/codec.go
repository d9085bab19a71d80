package caseflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// asStored: version 2 reads in half the time of encoding/json, which writes; and it takes the forms that encoding/json let through.
var asStored = jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// Names of events in the journal. They are only ever added.
func (Opened) Name() string              { return "opened" }
func (DraftSaved) Name() string          { return "draft-saved" }
func (Attached) Name() string            { return "attached" }
func (Detached) Name() string            { return "detached" }
func (PaperSeen) Name() string           { return "paper-seen" }
func (Deferred) Name() string            { return "deferred" }
func (Submitted) Name() string           { return "submitted" }
func (CorrectionRequested) Name() string { return "correction-requested" }
func (Corrected) Name() string           { return "corrected" }
func (Accepted) Name() string            { return "accepted" }
func (Declined) Name() string            { return "declined" }
func (PartLeftOut) Name() string         { return "part-left-out" }
func (StepBegun) Name() string           { return "step-begun" }
func (StepPassedOver) Name() string      { return "step-passed-over" }
func (StepEnded) Name() string           { return "step-ended" }
func (StepReset) Name() string           { return "step-reset" }
func (TaskOpened) Name() string          { return "task-opened" }
func (TaskTurn) Name() string            { return "task-turn" }
func (TaskTaken) Name() string           { return "task-claimed" }
func (TaskReleased) Name() string        { return "task-released" }
func (TaskEnded) Name() string           { return "task-ended" }
func (TaskDropped) Name() string         { return "task-dropped" }
func (TaskHandedOver) Name() string      { return "task-handed-over" }
func (TaskDelegated) Name() string       { return "task-delegated" }
func (TaskReturned) Name() string        { return "task-returned" }
func (SignersChanged) Name() string      { return "signers-changed" }
func (SentBack) Name() string            { return "sent-back" }
func (TakenBack) Name() string           { return "taken-back" }
func (ClockStarted) Name() string        { return "clock-started" }
func (ClockEnded) Name() string          { return "clock-ended" }
func (ClockHeld) Name() string           { return "clock-held" }
func (ClockFreed) Name() string          { return "clock-freed" }
func (ClockMoved) Name() string          { return "clock-moved" }
func (ClockWarned) Name() string         { return "clock-warned" }
func (ClockLapsed) Name() string         { return "clock-lapsed" }
func (StopBegun) Name() string           { return "stop-begun" }
func (StopEnded) Name() string           { return "stop-ended" }
func (MaterialReceived) Name() string    { return "material-received" }
func (PromiseKept) Name() string         { return "promise-kept" }
func (PromiseBroken) Name() string       { return "promise-broken" }
func (PartDecided) Name() string         { return "part-decided" }
func (LicenceIssued) Name() string       { return "licence-issued" }
func (LicenceReminded) Name() string     { return "licence-reminded" }
func (LicenceRenewed) Name() string      { return "licence-renewed" }
func (Decided) Name() string             { return "decided" }
func (Rejected) Name() string            { return "rejected" }
func (Delivered) Name() string           { return "delivered" }
func (Ended) Name() string               { return "ended" }
func (TakenOut) Name() string            { return "taken-out" }
func (LicencesRevoked) Name() string     { return "licences-revoked" }
func (Rated) Name() string               { return "rated" }
func (Noted) Name() string               { return "noted" }
func (Consulted) Name() string           { return "consulted" }
func (OutageRecorded) Name() string      { return "outage-recorded" }
func (PromiseReleased) Name() string     { return "promise-released" }
func (Assisted) Name() string            { return "assisted" }
func (AssistanceEnded) Name() string     { return "assistance-ended" }
func (Recounted) Name() string           { return "recounted" }
func (QuestionWithdrawn) Name() string   { return "question-withdrawn" }
func (StepStuck) Name() string           { return "step-stuck" }
func (PartInDoubt) Name() string         { return "part-in-doubt" }
func (AppliedLate) Name() string         { return "applied-late" }
func (TaskReopened) Name() string        { return "task-reopened" }
func (RenewalChecked) Name() string      { return "renewal-checked" }
func (SubcaseAsked) Name() string        { return "subcase-asked" }
func (SubcaseOpened) Name() string       { return "subcase-opened" }
func (SubcaseFailed) Name() string       { return "subcase-failed" }
func (SubcaseEnded) Name() string        { return "subcase-ended" }
func (SubcaseRecalled) Name() string     { return "subcase-recalled" }
func (SubcaseLeft) Name() string         { return "subcase-left" }
func (Recalled) Name() string            { return "recalled" }
func (ParentTold) Name() string          { return "parent-told" }

var events = byName([]Event{
	Opened{}, DraftSaved{}, Attached{}, Detached{}, PaperSeen{}, Deferred{}, Submitted{}, CorrectionRequested{},
	Corrected{}, Accepted{}, Declined{}, PartLeftOut{}, StepBegun{}, StepPassedOver{}, StepEnded{}, StepReset{},
	TaskOpened{}, TaskTurn{}, TaskTaken{}, TaskReleased{}, TaskEnded{}, TaskDropped{}, TaskHandedOver{},
	TaskDelegated{}, TaskReturned{}, SignersChanged{}, SentBack{}, TakenBack{}, ClockStarted{}, ClockEnded{},
	ClockHeld{}, ClockFreed{}, ClockMoved{}, ClockWarned{}, ClockLapsed{}, StopBegun{}, StopEnded{},
	MaterialReceived{}, PromiseKept{}, PromiseBroken{}, PartDecided{}, LicenceIssued{}, LicenceReminded{}, LicenceRenewed{}, Decided{}, Rejected{},
	Delivered{}, Ended{}, TakenOut{}, LicencesRevoked{}, Rated{}, Noted{}, Consulted{}, OutageRecorded{}, PromiseReleased{}, NameClaimed{}, ChargeTaken{}, ChargeOffered{},
	Assisted{}, AssistanceEnded{}, Recounted{},
	QuestionWithdrawn{}, StepStuck{}, PartInDoubt{}, TaskReopened{}, AppliedLate{},
	RenewalChecked{}, SubcaseAsked{}, SubcaseOpened{}, SubcaseFailed{}, SubcaseEnded{}, SubcaseRecalled{}, SubcaseLeft{}, Recalled{}, ParentTold{},
	Published{}, PublicationEnded{}, Objected{}, ObjectionAnswered{}, LicenceNamed{}, CancelOrdered{}, CancelEnded{}, LicencesCancelled{},
	LicenceUsed{}, LicenceLeft{}, LicenceChecked{}, ShiftTaken{}, Recused{},
}, Event.Name)

// IsEvent reports whether there is an event of this name.
func IsEvent(name string) bool { return events[name] != nil }

var commands = byName([]Command{
	Open{}, SaveDraft{}, Attach{}, Detach{}, SeenPaper{}, Defer{}, Submit{}, Accept{}, Decline{}, RequestCorrection{},
	Correct{}, Claim{}, Release{}, Complete{}, Grant{}, Refuse{}, AskOpinion{}, AddSigner{}, RemoveSigner{},
	HandOver{}, Delegate{}, CopyTo{}, SendBack{}, TakeBack{}, Extend{}, StopClock{}, ResumeClock{},
	FulfilCommitment{}, BreakCommitment{}, Withdraw{}, Deliver{}, Revoke{}, Rate{}, Supervise{}, Note{}, Consult{}, OfferCharge{}, TakeCharge{}, Tick{},
	RecordOutage{}, Recount{}, Assist{}, WithdrawQuestion{},
	OpenSubcase{}, RecordSubcase{}, Recall{}, TellParent{}, Object{}, CancelLicences{}, RecordCancel{},
	UseLicence{}, TakeShift{}, Recuse{},
}, Command.Verb)

func byName[T any](zero []T, name func(T) string) map[string]reflect.Type {
	m := make(map[string]reflect.Type, len(zero))
	for _, z := range zero {
		m[name(z)] = reflect.TypeOf(z)
	}
	return m
}

// EncodeEvents writes events as the JSON array that the journal keeps: [{"n":name,"d":{…}}, …].
func EncodeEvents(list []Event) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, e := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		data, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode event %s: %w", e.Name(), err)
		}
		b.WriteString(eventName + e.Name() + eventData)
		b.Write(data)
		b.WriteByte('}')
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// EntryHead is the head of a journal entry as its evidence leaf covers it, beside its events.
type EntryHead struct {
	Region string `json:"region"`
	Case   CaseNo `json:"case"`
	Entry  int    `json:"entry"`
	After  string `json:"after"` // leaf of the case's entry before it, hexadecimal; "" for the first
	At     string `json:"at"`    // RFC 3339 UTC with microseconds
	Actor  Stamp  `json:"actor"`
	Verb   string `json:"verb"`
	Seq    int    `json:"seq"` // number of its first event
}

// SplitEvents cuts what EncodeEvents wrote into its events, without reading them: the parts of an entry's evidence leaf.
func SplitEvents(data []byte) ([][]byte, error) {
	if len(data) < 2 || data[0] != '[' || data[len(data)-1] != ']' {
		return nil, fmt.Errorf("split events: no array")
	}
	var parts [][]byte
	depth, start, quoted := 0, 1, false
	for i := 1; i < len(data)-1; i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ',' && depth == 0:
			parts, start = append(parts, data[start:i]), i+1
		}
	}
	if depth != 0 || quoted {
		return nil, fmt.Errorf("split events: cut short")
	}
	if start < len(data)-1 {
		parts = append(parts, data[start:len(data)-1])
	}
	return parts, nil
}

// DecodeEvents reads what EncodeEvents wrote, and nothing else. It fails on an unknown name: a journal is never half understood.
func DecodeEvents(data []byte) ([]Event, error) {
	parts, err := SplitEvents(data)
	if err != nil {
		return nil, fmt.Errorf("decode events: %w", err)
	}
	list := make([]Event, len(parts))
	for i, part := range parts {
		name, body, ok := cutEvent(part)
		if !ok {
			return nil, fmt.Errorf("decode events: event %d is not of the form %s…%s…}", i, eventName, eventData)
		}
		t, ok := events[string(name)]
		if !ok {
			return nil, fmt.Errorf("unknown name %q", name)
		}
		v := reflect.New(t)
		if err := jsonv2.Unmarshal(body, v.Interface(), asStored); err != nil {
			return nil, fmt.Errorf("decode %s: %w", name, err)
		}
		list[i] = v.Elem().Interface().(Event)
	}
	return list, nil
}

// What stands around the name and the data of an event.
const (
	eventName = `{"n":"`
	eventData = `","d":`
)

// cutEvent finds the name and the data of an event as EncodeEvents writes it: replaying a case reads each once, not twice.
func cutEvent(part []byte) (name, data []byte, ok bool) {
	head, data, ok := bytes.Cut(part, []byte(eventData))
	if !ok || !bytes.HasPrefix(head, []byte(eventName)) || !bytes.HasSuffix(data, []byte("}")) {
		return nil, nil, false
	}
	return head[len(eventName):], data[:len(data)-1], true
}

// Verbs lists the verbs of all commands, with a zero command of each.
func Verbs() map[string]Command {
	m := make(map[string]Command, len(commands))
	for verb, t := range commands {
		m[verb] = reflect.Zero(t).Interface().(Command)
	}
	return m
}

// Encode writes the case as the bytes that a replay must reproduce.
func (c *Case) Encode() ([]byte, error) { return json.Marshal(c) }

// DecodeCase reads what Encode wrote.
func DecodeCase(data []byte) (*Case, error) {
	var c Case
	if err := jsonv2.Unmarshal(data, &c, asStored); err != nil {
		return nil, fmt.Errorf("decode case: %w", err)
	}
	return &c, nil
}

// FilesIn lists the files that an entry's events, encoded, refer to.
func FilesIn(events []byte) ([]File, error) {
	if !bytes.Contains(events, []byte(`"hash"`)) { // few entries have files; no text can hold this unescaped
		return nil, nil
	}
	list, err := DecodeEvents(events)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, ev := range list {
		switch e := ev.(type) {
		case Attached:
			files = append(files, e.File)
		case MaterialReceived:
			files = append(files, e.Files...)
		}
	}
	return files, nil
}
