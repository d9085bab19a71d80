package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/hall"
	"github.com/tongban/tongban/internal/module/inspect"
	"github.com/tongban/tongban/internal/store"
	"github.com/tongban/tongban/workday"
)

// What was handed over to enforcement (移送执法) comes to a decision: the cases that the hand-overs of the first month have opened are filed,
// investigated, told to the company and decided, two working days before the end, so that the decision is public in time.

// handOver gives what was found to the department that enforces, which opens its case.
func (t *cities) handOver(ctx context.Context, x *inspect.Task) error {
	done, err := t.inspect.StartFollow(ctx, t.planner(), x.No, inspect.Follow{Kind: inspect.HandOver, Department: "enforcement", Words: "涉嫌违反《市场主体登记管理条例》第二十四条，线索和现场照片一并移送。"})
	if err != nil {
		return err
	}
	no := done.Follows[len(done.Follows)-1].Case
	if no == "" {
		return fmt.Errorf("the hand-over of task %d has opened no case", x.No)
	}
	key, err := hall.KeyOf(string(no))
	t.handed = append(t.handed, key)
	return err
}

// workdays is office hours of a day so many working days before the end.
func (t *cities) workdays(days, hour int) {
	y, m, d := t.cal.Sub(workday.DateOf(t.Now), days, workday.WorkDay).Civil()
	t.now = time.Date(y, m, d, hour, 0, 0, 0, workday.Shanghai).UTC()
}

// enforcer investigates at the department that enforces.
func (t *cities) enforcer() caseflow.Actor {
	return t.by("enforcer", hanzhong, "enforcement", caseflow.RoleReviewer)
}

// filed files the cases (立案).
func (t *cities) filed(ctx context.Context) error {
	t.at(43, 10)
	for _, key := range t.handed {
		if _, err := t.do(ctx, t.enforcer(), key, caseflow.Accept{}); err != nil {
			return err
		}
	}
	return nil
}

// investigated finds the facts, and tells the company what is intended once the law was looked into by somebody else.
func (t *cities) investigated(ctx context.Context) error {
	for _, key := range t.handed {
		t.workdays(14, 15)
		if err := t.step(ctx, t.enforcer(), key, "investigate", map[string]any{"facts": "现场笔录、照片和询问笔录证明实际经营场所与登记的住所不一致，责令限期改正后仍未办理变更登记。",
			"intended": "依据《市场主体登记管理条例》第四十六条，责令改正，拟罚款一万元。"}); err != nil {
			return err
		}
		t.workdays(12, 10)
		if err := t.step(ctx, t.planner(), key, "legal", nil); err != nil {
			return err
		}
	}
	return nil
}

// punished decides when the time for the defence is over.
func (t *cities) punished(ctx context.Context) error {
	for _, key := range t.handed {
		t.workdays(5, 9)
		if err := t.step(ctx, t.enforcer(), key, "heard", map[string]any{"defence": "当事人承认逾期未办，请求从轻，未要求听证。"}); err != nil {
			return err
		}
		t.workdays(2, 11)
		no, err := t.task(ctx, key, "decide")
		if err != nil {
			return err
		}
		if _, err := t.do(ctx, t.second(), key, caseflow.Grant{Task: no, Words: "事实清楚，证据确凿，从轻处罚。", Data: encode(map[string]any{"gravity": "ordinary", "fen": 1_000_000})}); err != nil {
			return err
		}
	}
	return t.work(ctx)
}

// step completes a step of a case, after the clocks that were due by then.
func (t *cities) step(ctx context.Context, by caseflow.Actor, key store.Key, step caseflow.StepID, data map[string]any) error {
	if _, err := t.hall.RunClocks(ctx); err != nil {
		return err
	}
	no, err := t.task(ctx, key, step)
	if err != nil {
		return err
	}
	var filled json.RawMessage
	if data != nil {
		filled = encode(data)
	}
	_, err = t.do(ctx, by, key, caseflow.Complete{Task: no, Outcome: caseflow.OutcomeAgree, Data: filled})
	return err
}
