package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/witness"
)

// LogView is how the evidence log stands.
type LogView struct {
	Origin     string       `json:"origin" doc:"Name of the log" example:"zwfw.example.cn/log"`
	Size       int64        `json:"size" doc:"How many leaves it has"`
	Root       string       `json:"root" doc:"Root hash over all leaves, base64"`
	Suite      string       `json:"suite" enum:"ed25519-sha256,sm2-sm3" doc:"What signs and hashes, settled when the log was begun (docs/evidence.md)"`
	At         time.Time    `json:"at" doc:"When the checkpoint was signed"`
	Checkpoint string       `json:"checkpoint" doc:"Signed note of c2sp.org/tlog-checkpoint"`
	Files      string       `json:"files" doc:"Where checkpoint and tiles lie (c2sp.org/tlog-tiles), on this host" example:"/log/"`
	Behind     bool         `json:"behind" doc:"The log lags: nothing is granted, refused, revoked or handed out until it has caught up"`
	Keys       []LogKeyView `json:"keys" nullable:"false" doc:"The newest first"`
	Quorum     string       `json:"quorum" doc:"Which witnesses must have signed what is shown; none: it needs none" example:"2 of (xianyang, baoji, hanzhong)"`
	Met        bool         `json:"met" doc:"Enough of them have"`
	Witnesses  []LogWitness `json:"witnesses" nullable:"false"`
	Alarms     []LogAlarm   `json:"alarms" nullable:"false" doc:"Checkpoints, of this log or of one that this server witnesses, that do not fit what was signed before; the newest first"`
}

// LogWitness is a witness of the log.
type LogWitness struct {
	Name  string    `json:"name" example:"zwfw.baoji.example.cn/witness"`
	Key   string    `json:"key" doc:"Verifier key of c2sp.org/tlog-cosignature"`
	State string    `json:"state" enum:"new,signs,away,stranger,wrong,refuses"`
	Since time.Time `json:"since,omitzero" doc:"Since when it is in its state"`
	Size  int64     `json:"size" doc:"Of the checkpoint that it has signed last"`
	At    time.Time `json:"at,omitzero" doc:"When it signed that"`
}

// LogAlarm is that two checkpoints of a log do not fit.
type LogAlarm struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind" enum:"forked,unproven,behind,refused"`
	Log      string    `json:"log" doc:"Name of the log"`
	Witness  string    `json:"witness,omitempty" doc:"Who says so; missing: this server"`
	At       time.Time `json:"at"`
	Seen     time.Time `json:"seen" doc:"The last time"`
	Times    int64     `json:"times"`
	Settled  time.Time `json:"settled,omitzero" doc:"When somebody said what it was"`
	Reason   string    `json:"reason,omitempty" doc:"What it was"`
	Evidence string    `json:"evidence" doc:"Where both checkpoints lie, on this host" example:"/log/alarms/0123456789abcdef"`
}

// WitnessView is what a server that is asked for its witnesses tells an administrator beside that.
type WitnessView struct {
	Name    string `json:"name"`
	Address string `json:"address,omitempty" doc:"Where checkpoints are handed in"`
	Said    string `json:"said,omitempty" doc:"More about its state"`
}

// WatchedLog is a log that this server witnesses.
type WatchedLog struct {
	Log        string    `json:"log"`
	Size       int64     `json:"size" doc:"Of the checkpoint that was signed last"`
	At         time.Time `json:"at,omitzero"`
	Checkpoint string    `json:"checkpoint,omitempty"`
}

// WitnessAnswer is what an administrator sees of witnesses.
type WitnessAnswer struct {
	Body struct {
		Witnesses []WitnessView `json:"witnesses" nullable:"false" doc:"Of the log of this server"`
		Keys      []string      `json:"keys" nullable:"false" doc:"Public keys of this server as a witness, the newest first; none: it is none"`
		Watched   []WatchedLog  `json:"watched" nullable:"false" doc:"Logs that this server witnesses"`
	}
}

// LogKeyView is a key that signs, or has signed, checkpoints.
type LogKeyView struct {
	Public string    `json:"public" doc:"Verifier key of c2sp.org/signed-note"`
	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended,omitzero"`
}

// LogAnswer is how the evidence log stands.
type LogAnswer struct{ Body LogView }

func (a *API) registerLog() {
	huma.Register(a.huma, anyone(huma.Operation{OperationID: "get-log", Method: http.MethodGet, Path: "/log", Tags: []string{"guide"},
		Summary: "How the evidence log (存证日志) stands", Description: "The files of the log are read at /log/checkpoint and /log/tile/…, outside of this interface; docs/evidence.md says how."}), a.log)
}

// SettleInput says what an alarm was.
type SettleInput struct {
	caller
	Alarm string `path:"alarm" maxLength:"40"`
	Body  struct {
		Reason string `json:"reason" maxLength:"2000" doc:"What it was; published"`
	}
}

// settleAlarm says what an alarm was.
func (a *API) settleAlarm(ctx context.Context, in *SettleInput) (*LogAnswer, error) {
	if !access.May(in.by, access.LogSettle, access.Resource{}).Allow || a.o.Settle == nil {
		return nil, hall.ErrNotFound
	}
	if err := a.o.Settle(ctx, in.by, in.Alarm, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.log(ctx, &struct{ caller }{in.caller})
}

// state is how the log is witnessed.
func (a *API) state(ctx context.Context) (*witness.State, error) {
	if a.o.Witnesses == nil {
		return &witness.State{Quorum: "none", Met: true}, nil
	}
	return a.o.Witnesses(ctx)
}

func (a *API) witnesses(ctx context.Context, in *struct{ caller }) (*WitnessAnswer, error) {
	if !access.May(in.by, access.LogSee, access.Resource{}).Allow {
		return nil, hall.ErrNotFound
	}
	s, err := a.state(ctx)
	if err != nil {
		return nil, err
	}
	out := &WitnessAnswer{}
	out.Body.Keys, out.Body.Witnesses, out.Body.Watched = append([]string{}, s.Keys...), []WitnessView{}, []WatchedLog{}
	for i := range s.Peers {
		out.Body.Witnesses = append(out.Body.Witnesses, WitnessView{s.Peers[i].Key.Name(), s.Peers[i].URL, s.Peers[i].Said})
	}
	for i := range s.Watched {
		w := &s.Watched[i]
		l := WatchedLog{Log: w.Origin, Size: w.Size, Checkpoint: string(w.Checkpoint)}
		if w.Checkpoint != nil {
			l.At = w.At
		}
		out.Body.Watched = append(out.Body.Watched, l)
	}
	return out, nil
}

// witnessed adds to the view of a log how it is witnessed.
func (v *LogView) witnessed(s *witness.State) {
	v.Quorum, v.Met, v.Witnesses, v.Alarms = s.Quorum, s.Met, []LogWitness{}, []LogAlarm{}
	for i := range s.Peers {
		p := &s.Peers[i]
		w := LogWitness{Name: p.Key.Name(), Key: p.Key.String(), State: p.State, Since: p.Since, Size: p.Size, At: p.At}
		if w.State == witness.PeerNew {
			w.State, w.Since = "new", time.Time{}
		}
		v.Witnesses = append(v.Witnesses, w)
	}
	for i := range s.Alarms {
		al := &s.Alarms[i]
		v.Alarms = append(v.Alarms, LogAlarm{al.ID, al.Kind, al.Origin, al.Witness, al.At, al.Seen, al.Times, al.Settled, al.Reason, "/log/alarms/" + al.ID})
	}
}

func (a *API) log(ctx context.Context, _ *struct{ caller }) (*LogAnswer, error) {
	s, err := a.o.Hall.Log(ctx)
	if err != nil {
		return nil, err
	}
	v := LogView{Origin: s.Origin, Size: s.Size, Root: base64.StdEncoding.EncodeToString(s.Root[:]), Suite: s.Suite.String(), At: s.At, Checkpoint: s.Signed, Files: "/log/", Behind: s.Behind}
	for _, k := range s.Keys {
		v.Keys = append(v.Keys, LogKeyView{k.Public, k.Began, k.Ended})
	}
	w, err := a.state(ctx)
	if err != nil {
		return nil, err
	}
	v.witnessed(w)
	return &LogAnswer{Body: v}, nil
}
