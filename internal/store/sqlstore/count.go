package sqlstore

import (
	"context"

	"github.com/tongban/tongban/internal/store"
)

// tally counts the rows of a statement that asks for one row more than a count goes to. The rows come by the index of their list.
func (s *Store) tally(ctx context.Context, query string, args []any, err error) (store.Count, error) {
	var c store.Count
	if err != nil || query == "" {
		return c, err
	}
	err = s.one(ctx, store.Into(&c.N), "SELECT count(*) FROM ("+query+") AS counted", args...)
	if c.N > store.CountMost {
		c = store.Count{N: store.CountMost, More: true}
	}
	return c, err
}

// CountTasks counts what Tasks lists.
func (s *Store) CountTasks(ctx context.Context, q store.TaskQuery) (store.Count, error) {
	q.Cursor = ""
	branches, err := taskBranches(q)
	if err != nil || len(branches) == 0 {
		return store.Count{}, err
	}
	query, args := counting(branches, store.CountMost+1)
	return s.tally(ctx, query, args, nil)
}

// CountTraces counts what FindTraces lists.
func (s *Store) CountTraces(ctx context.Context, q store.TraceQuery) (store.Count, error) {
	q.Cursor = ""
	query, args, err := tracesQuery(q, store.CountMost+1)
	return s.tally(ctx, query, args, err)
}

// CountLooks counts what FindLooks lists.
func (s *Store) CountLooks(ctx context.Context, q store.LookQuery) (store.Count, error) {
	q.Cursor = ""
	query, args, err := looksQuery(q, store.CountMost+1)
	return s.tally(ctx, query, args, err)
}

// CountAccounts counts what FindAccounts lists.
func (s *Store) CountAccounts(ctx context.Context, q store.AccountQuery) (store.Count, error) {
	q.Cursor = ""
	if q.Search != "" && q.Named != nil {
		list, err := s.sought(ctx, q, store.CountMost+1)
		return store.Count{N: min(len(list), store.CountMost), More: len(list) > store.CountMost}, err
	}
	query, args, err := s.accountsQuery(q, store.CountMost+1)
	return s.tally(ctx, query, args, err)
}

// CountOpenSessions counts what OpenSessions lists.
func (s *Store) CountOpenSessions(ctx context.Context, q store.SessionQuery) (store.Count, error) {
	q.Cursor = ""
	query, args, err := sessionsQuery(q, store.CountMost+1)
	return s.tally(ctx, query, args, err)
}
