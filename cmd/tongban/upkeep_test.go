package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/store"
)

// states reads every case of a store through the hall, as the bytes of its encoding.
func states(t testing.TB, f storeFlags) map[caseflow.CaseNo]string {
	t.Helper()
	ctx := context.Background()
	a, err := f.open(ctx, slog.New(slog.DiscardHandler), time.Now)
	must(t, err)
	defer func() { must(t, a.close()) }()
	all := map[caseflow.CaseNo]string{}
	regions, err := a.store.Regions(ctx)
	must(t, err)
	for _, region := range regions {
		for after := caseflow.CaseNo(""); ; {
			keys, err := a.store.Keys(ctx, region, after, 200)
			must(t, err)
			for _, key := range keys {
				all[key.Case] = state(t, a, key)
				after = key.Case
			}
			if len(keys) < 200 {
				break
			}
		}
	}
	return all
}

func state(t testing.TB, a *app, key store.Key) string {
	t.Helper()
	v, err := a.hall.View(context.Background(), hall.System, key, "", "")
	must(t, err)
	data, err := v.Case.Encode()
	must(t, err)
	return string(data)
}
