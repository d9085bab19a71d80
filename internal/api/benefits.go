package api

import (
	"context"
	"time"
)

// BenefitsAnswer is whether what nobody asked for is opened.
type BenefitsAnswer struct {
	Body struct {
		Off   bool      `json:"off" doc:"Nothing is opened that nobody asked for"`
		Since time.Time `json:"since,omitzero" doc:"Since when"`
		By    string    `json:"by,omitempty" doc:"Id of the account that said so"`
	}
}

type benefitsInput struct {
	caller
	For string `query:"for" maxLength:"60" doc:"A company that you represent; yourself if left out"`
}

type switchBenefitsInput struct {
	caller
	Body struct {
		For string `json:"for,omitempty" maxLength:"60" doc:"A company that you represent; yourself if left out"`
		Off bool   `json:"off" doc:"true: open nothing that nobody asked for"`
	}
}

func (a *API) benefits(ctx context.Context, in *benefitsInput) (*BenefitsAnswer, error) {
	b, err := a.o.Hall.Benefits(ctx, in.by, in.For)
	if err != nil {
		return nil, err
	}
	out := &BenefitsAnswer{}
	out.Body.Off, out.Body.Since, out.Body.By = !b.Off.IsZero(), b.Off, b.By
	return out, nil
}

func (a *API) switchBenefits(ctx context.Context, in *switchBenefitsInput) (*BenefitsAnswer, error) {
	if _, err := a.o.Hall.SwitchBenefits(ctx, in.by, in.Body.For, in.Body.Off); err != nil {
		return nil, err
	}
	return a.benefits(ctx, &benefitsInput{caller: in.caller, For: in.Body.For})
}
