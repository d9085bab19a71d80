package hall

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tongban/tongban/ident"
	"github.com/tongban/tongban/internal/access"
	"github.com/tongban/tongban/internal/caseflow"
	"github.com/tongban/tongban/internal/store"
)

// Posted is a public notice (公示) as everybody reads it: what its pack names as public, and nothing else of the case.
type Posted struct {
	store.NoticeRow
	Of   caseflow.Text     // the item
	Name caseflow.Text     // the step
	Desk string            // department that answers objections
	Who  caseflow.Text     // who may object
	Ends bool              // an objection ends the case
	Ask  []caseflow.Option // the reasons of which an objection names one
	List []PostedFact
}

// PostedFact is one fact of a notice.
type PostedFact struct {
	Key   string
	Label caseflow.Text
	Value any
	Field *caseflow.Field // of the form that asked for it; nil if none did
}

// NoticeID is the name of a notice: its case's number and its own within the case.
func NoticeID(no caseflow.CaseNo, n int) string { return string(no) + "-" + strconv.Itoa(n) }

// readNoticeID takes it apart.
func readNoticeID(id string) (store.Key, int, error) {
	i := strings.LastIndexByte(id, '-')
	if i < 0 {
		return store.Key{}, 0, ErrNotFound
	}
	n, err := strconv.Atoi(id[i+1:])
	if err != nil || n < 1 {
		return store.Key{}, 0, ErrNotFound
	}
	key, err := KeyOf(id[:i])
	return key, n, err
}

// Notices lists the public notices of a region and of all that lies in it, those that began last first. Anybody may.
func (h *Hall) Notices(ctx context.Context, by caseflow.Actor, region string, running bool, cursor string, limit int) ([]Posted, string, error) {
	if !access.May(by, access.NoticeSee, access.Resource{Region: region}).Allow {
		return nil, "", ErrNotFound
	}
	regions, err := h.store.Regions(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("regions: %w", err)
	}
	regions = slices.DeleteFunc(regions, func(r string) bool { return !ident.Within(r, region) && !ident.Service().Within(r, region) })
	rows, next, err := h.store.Notices(ctx, store.NoticeQuery{Regions: regions, Running: running, Cursor: cursor, Limit: limit})
	if err != nil {
		return nil, "", err
	}
	list := make([]Posted, 0, len(rows))
	for i := range rows {
		list = append(list, h.posted(&rows[i]))
	}
	return list, next, nil
}

// Notice gives one public notice by its id. Anybody may. ErrNotFound.
func (h *Hall) Notice(ctx context.Context, by caseflow.Actor, id string) (*Posted, error) {
	key, n, err := readNoticeID(id)
	if err != nil || !access.May(by, access.NoticeSee, access.Resource{Region: key.Region}).Allow {
		return nil, ErrNotFound
	}
	got, err := h.fresh(ctx, key)
	if err != nil {
		return nil, err
	}
	p := got.c.Publication(n)
	if p == nil {
		return nil, ErrNotFound
	}
	row := noticeRow(key, got.c, p)
	out := h.posted(&row)
	return &out, nil
}

// Object files an objection (异议) to a public notice that runs: for whoever has signed in, or, without an account, with a name and
// a way to be reached.
func (h *Hall) Object(ctx context.Context, by caseflow.Actor, request, id string, cmd caseflow.Object) (Receipt, error) {
	key, n, err := readNoticeID(id)
	if err != nil {
		return Receipt{}, err
	}
	if by.ID == "" {
		by = caseflow.Actor{Kind: caseflow.ActorVisitor}
	}
	cmd.Notice = n
	receipt, err := h.Do(ctx, by, request, key, cmd)
	if errors.Is(err, ErrNotFound) {
		if first, again := h.repeated(ctx, by, request, key, cmd); again == nil { // a double click, after the objection has ended it
			return first, nil
		}
		if _, seen := h.Notice(ctx, by, id); seen == nil { // it is public, but its time is over
			return Receipt{}, &caseflow.Refusal{Code: caseflow.CodeNoNotice}
		}
	}
	return receipt, err
}

// repeated is the first answer to a request that was carried out before; ErrNotFound if it was not.
func (h *Hall) repeated(ctx context.Context, by caseflow.Actor, request string, key store.Key, cmd caseflow.Command) (Receipt, error) {
	body, err := bodyOf(by, key, cmd)
	if err != nil {
		return Receipt{}, err
	}
	j := job{h: h, by: by, request: request, body: body, key: key, cmd: cmd}
	return j.first(ctx, ErrNotFound)
}

// posted reads a row with its pack. What is published stays so for its whole time, whatever is loaded: without its version the newest
// words for it count, and without any the names by which it is kept.
func (h *Hall) posted(row *store.NoticeRow) Posted {
	p := Posted{NoticeRow: *row, Of: bare(string(row.Item)), Name: bare(string(row.Step))}
	shown, _ := object(row.Shown)
	it := h.items.Item(row.Pack, row.Version, row.Item)
	if it == nil {
		it = h.items.Current(row.Item)
	}
	if it != nil {
		p.Of = it.Name
		if def := it.StepByID(row.Step); def != nil && def.Publish != nil {
			p.Name, p.Desk, p.Who = def.Name, def.By.Department, def.Publish.Who
			p.Ends, p.Ask = def.Publish.Objection == caseflow.ObjectionEnds, def.Publish.Reasons
			for _, d := range def.Publish.Shows {
				if v, ok := shown[d.Key]; ok {
					p.List = append(p.List, PostedFact{d.Key, d.Label, v, it.Field(strings.TrimPrefix(d.From, "form."))})
					delete(shown, d.Key)
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(shown)) {
		p.List = append(p.List, PostedFact{Key: key, Label: bare(key), Value: shown[key]})
	}
	return p
}

// bare is a name without words.
func bare(id string) caseflow.Text { return caseflow.Text{ZH: id, EN: id} }

// projectNotices fills the change with the notices that differ.
func projectNotices(ch *store.Change, was, c *caseflow.Case) {
	for i := range c.Publications {
		row := noticeRow(ch.Key, c, &c.Publications[i])
		if i < len(was.Publications) {
			old := noticeRow(ch.Key, was, &was.Publications[i])
			if old.State == row.State && old.Until.Equal(row.Until) && old.Ended.Equal(row.Ended) && bytes.Equal(old.Shown, row.Shown) {
				continue
			}
		}
		ch.Notices = append(ch.Notices, row)
	}
}

func noticeRow(key store.Key, c *caseflow.Case, p *caseflow.Publication) store.NoticeRow {
	return store.NoticeRow{
		Key: key, No: p.No, Item: c.Item, Pack: c.Pack, Version: c.Version, Step: p.Step, State: p.State,
		From: p.From, Until: c.Until(p), Ended: p.Ended, Shown: bytes.Clone(json.RawMessage(p.Shown)),
	}
}
