package sqlstore

import (
	"errors"
	"slices"
	"testing"

	"github.com/tongban/tongban/internal/store/pgtest"
	"github.com/tongban/tongban/internal/store/storetest"
)

// likeCitus are the names that Distribute calls, over a plain PostgreSQL. As Citus does, the function refuses a table with a
// primary or unique key without the column that spreads it, one with a foreign key or trigger, and one that is spread already.
const likeCitus = `
CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, along text NOT NULL, beside text NOT NULL);
CREATE FUNCTION create_distributed_table(t regclass, along text, colocate_with text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = t AND i.indisunique AND along <> ALL (
			SELECT a.attname FROM pg_attribute a WHERE a.attrelid = t AND a.attnum = ANY (i.indkey))) THEN
		RAISE EXCEPTION '% has a unique key without %', t, along;
	END IF;
	IF EXISTS (SELECT 1 FROM pg_constraint WHERE contype = 'f' AND t IN (conrelid, confrelid)) OR EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = t) THEN
		RAISE EXCEPTION '% has a foreign key or a trigger', t;
	END IF;
	IF colocate_with <> 'none' AND NOT EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = colocate_with::regclass) THEN
		RAISE EXCEPTION '% is not spread', colocate_with;
	END IF;
	INSERT INTO pg_dist_partition VALUES (t, along, colocate_with);
END $$`

func TestDistribute_asks_for_every_table_of_a_region_once(t *testing.T) {
	t.Parallel()
	s := newStore(t, Options{Address: pgtest.Start(t)})
	ctx := t.Context()
	if _, err := s.Distribute(ctx); !errors.Is(err, ErrNoCitus) {
		t.Errorf("without Citus: %v", err)
	}
	if _, err := s.write.ExecContext(ctx, likeCitus); err != nil {
		t.Fatal(err)
	}
	spread, err := s.Distribute(ctx)
	want := []string{"journal", "case_snapshot", "cases", "case_party", "case_gram", "case_task", "case_clock", "licence", "message", "look", "counter"}
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range want {
		if !slices.Contains(spread, table) {
			t.Errorf("%s is not spread", table)
		}
	}
	for _, table := range []string{"region", "account", "session", "pack", "setting"} {
		if slices.Contains(spread, table) {
			t.Errorf("%s is spread, and belongs to no region", table)
		}
	}
	var elsewhere int
	err = s.write.QueryRowContext(ctx, "SELECT count(*) FROM pg_dist_partition WHERE along <> 'region' OR beside NOT IN ('none', 'journal')").Scan(&elsewhere)
	if err != nil || elsewhere > 0 {
		t.Errorf("%d tables do not lie with the journal's rows: %v", elsewhere, err)
	}
	again, err := s.Distribute(ctx)
	if err != nil || len(again) > 0 {
		t.Errorf("a second time: %v, %v", again, err)
	}
	if err := s.Commit(ctx, storetest.Opening(1)); err != nil {
		t.Errorf("writing afterwards: %v", err)
	}
}

func TestDistribute_needs_PostgreSQL(t *testing.T) {
	t.Parallel()
	s := newStore(t, Options{Address: liteFile(t)})
	if _, err := s.Distribute(t.Context()); !errors.Is(err, ErrNoCitus) {
		t.Errorf("got %v", err)
	}
}
