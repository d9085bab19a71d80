package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// LogView is how the evidence log stands.
type LogView struct {
	Origin     string       `json:"origin" doc:"Name of the log" example:"zwfw.example.cn/log"`
	Size       int64        `json:"size" doc:"How many leaves it has"`
	Root       string       `json:"root" doc:"Root hash over all leaves, base64"`
	At         time.Time    `json:"at" doc:"When the checkpoint was signed"`
	Checkpoint string       `json:"checkpoint" doc:"Signed note of c2sp.org/tlog-checkpoint"`
	Files      string       `json:"files" doc:"Where checkpoint and tiles lie (c2sp.org/tlog-tiles), on this host" example:"/log/"`
	Behind     bool         `json:"behind" doc:"The log lags: nothing is granted, refused, revoked or handed out until it has caught up"`
	Keys       []LogKeyView `json:"keys" nullable:"false" doc:"The newest first"`
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

func (a *API) log(ctx context.Context, _ *struct{ caller }) (*LogAnswer, error) {
	s, err := a.o.Hall.Log(ctx)
	if err != nil {
		return nil, err
	}
	v := LogView{Origin: s.Origin, Size: s.Size, Root: base64.StdEncoding.EncodeToString(s.Root[:]), At: s.At, Checkpoint: s.Signed, Files: "/log/", Behind: s.Behind}
	for _, k := range s.Keys {
		v.Keys = append(v.Keys, LogKeyView{k.Public, k.Began, k.Ended})
	}
	return &LogAnswer{Body: v}, nil
}
