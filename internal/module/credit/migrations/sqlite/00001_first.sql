-- +goose Up
-- Days are counted from 1970, 0 is none; instants are microseconds. See internal/module/credit.

-- Parties as a batch tells of them; the newest batch that was taken counts.
CREATE TABLE credit_subject (
	region TEXT NOT NULL, party TEXT NOT NULL, batch INTEGER NOT NULL, name TEXT NOT NULL, since INTEGER NOT NULL, fields TEXT NOT NULL,
	PRIMARY KEY (region, party, batch)
) WITHOUT ROWID;
CREATE INDEX credit_subject_by_name ON credit_subject (region, name, party);

-- What came in together. state: staging, taken, refused, dropping, dropped. A row of a batch is there only once the batch is 'taken'.
CREATE TABLE credit_batch (
	region TEXT NOT NULL, batch INTEGER NOT NULL, source TEXT NOT NULL, list TEXT NOT NULL, name TEXT NOT NULL, by_id TEXT NOT NULL, state TEXT NOT NULL, begun INTEGER NOT NULL, seen INTEGER NOT NULL, taken INTEGER NOT NULL, lines INTEGER NOT NULL, added INTEGER NOT NULL, same INTEGER NOT NULL, wrong INTEGER NOT NULL,
	PRIMARY KEY (region, batch)
) WITHOUT ROWID;
CREATE INDEX credit_batch_by_state ON credit_batch (region, state, batch);

-- What was wrong with a row of a batch: the first thousand.
CREATE TABLE credit_fault (
	region TEXT NOT NULL, batch INTEGER NOT NULL, line INTEGER NOT NULL, field TEXT NOT NULL, code TEXT NOT NULL,
	PRIMARY KEY (region, batch, line, field, code)
) WITHOUT ROWID;

-- What a source says of a party; a later batch puts a newer version beside it.
CREATE TABLE credit_record (
	region TEXT NOT NULL, party TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, batch INTEGER NOT NULL, kind INTEGER NOT NULL, result INTEGER NOT NULL, day INTEGER NOT NULL, until INTEGER NOT NULL, published INTEGER NOT NULL, fen INTEGER NOT NULL, field TEXT NOT NULL, title TEXT NOT NULL, basis TEXT NOT NULL, withdrawn INTEGER NOT NULL,
	PRIMARY KEY (region, party, source, id, batch)
) WITHOUT ROWID;

-- What was decided about a record here, whatever its source sends later.
CREATE TABLE credit_mark (
	region TEXT NOT NULL, party TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, mark INTEGER NOT NULL, at INTEGER NOT NULL, by_id TEXT NOT NULL, reason TEXT NOT NULL, case_no TEXT NOT NULL,
	PRIMARY KEY (region, party, source, id)
) WITHOUT ROWID;

-- The tier that follows, for all and by field; on the day next it may be another without anything new.
CREATE TABLE credit_tier (
	region TEXT NOT NULL, party TEXT NOT NULL, standard TEXT NOT NULL, day INTEGER NOT NULL, points INTEGER NOT NULL, tier TEXT NOT NULL, fields TEXT NOT NULL, next INTEGER NOT NULL,
	PRIMARY KEY (region, party)
) WITHOUT ROWID;
CREATE INDEX credit_tier_by_next ON credit_tier (region, next, party) WHERE next > 0;

-- Each change of a tier, once, and why it was looked at.
CREATE TABLE credit_change (
	region TEXT NOT NULL, party TEXT NOT NULL, no INTEGER NOT NULL, at INTEGER NOT NULL, was TEXT NOT NULL, tier TEXT NOT NULL, fields TEXT NOT NULL, why TEXT NOT NULL,
	PRIMARY KEY (region, party, no)
) WITHOUT ROWID;

-- Parties whose tier is to be looked at once the batch is taken; batch 0: at once.
CREATE TABLE credit_due (
	region TEXT NOT NULL, party TEXT NOT NULL, batch INTEGER NOT NULL,
	PRIMARY KEY (region, party, batch)
) WITHOUT ROWID;

-- taken grows with everything that may change a tier; standard is the index by which all tiers were computed.
CREATE TABLE credit_register (
	region TEXT NOT NULL, taken INTEGER NOT NULL, standard TEXT NOT NULL,
	PRIMARY KEY (region)
) WITHOUT ROWID;

-- Which official looked at a party, when and why.
CREATE TABLE credit_look (
	region TEXT NOT NULL, party TEXT NOT NULL, at INTEGER NOT NULL, by_id TEXT NOT NULL, department TEXT NOT NULL, reason TEXT NOT NULL,
	PRIMARY KEY (region, party, at, by_id)
) WITHOUT ROWID;

-- Up to which place of the log what has happened to cases was carried out.
CREATE TABLE credit_feed (
	name TEXT NOT NULL, place INTEGER NOT NULL,
	PRIMARY KEY (name)
) WITHOUT ROWID;

-- Cases about a record: its repair, an objection. state: open, granted, ended.
CREATE TABLE credit_request (
	region TEXT NOT NULL, party TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, case_no TEXT NOT NULL, item TEXT NOT NULL, state TEXT NOT NULL,
	PRIMARY KEY (region, party, source, id, case_no)
) WITHOUT ROWID;

-- Records that are to be published, or no longer, once the batch is taken; batch 0: at once.
CREATE TABLE credit_publish (
	region TEXT NOT NULL, party TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, batch INTEGER NOT NULL,
	PRIMARY KEY (region, party, source, id, batch)
) WITHOUT ROWID;

-- Licences and penalties as everybody sees them. due: to be published by then; last: shown until then.
CREATE TABLE credit_public (
	region TEXT NOT NULL, party TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, kind INTEGER NOT NULL, result INTEGER NOT NULL, day INTEGER NOT NULL, until INTEGER NOT NULL, published INTEGER NOT NULL, fen INTEGER NOT NULL, title TEXT NOT NULL, basis TEXT NOT NULL, due INTEGER NOT NULL, last INTEGER NOT NULL, late INTEGER NOT NULL, hidden INTEGER NOT NULL,
	PRIMARY KEY (region, party, source, id)
) WITHOUT ROWID;
-- None of them fits a query by key, which PostgreSQL might else answer by reading the region while it has no statistics yet. All but the first
-- are in the order in which records are published: each index in another order costs a page of the log for each record.
CREATE INDEX credit_public_by_day ON credit_public (region, hidden, kind, day, party, source, id, late) WHERE kind > 0;
CREATE INDEX credit_public_by_last ON credit_public (region, last, party, source, id) WHERE hidden = 0 AND last > 0;
CREATE INDEX credit_public_by_late ON credit_public (region, source, published, party, id) WHERE late = 1;

-- Citizens who want a score. Whoever leaves is erased here with deeds and codes.
CREATE TABLE credit_member (
	region TEXT NOT NULL, account TEXT NOT NULL, member TEXT NOT NULL, since INTEGER NOT NULL,
	PRIMARY KEY (region, account)
) WITHOUT ROWID;
CREATE UNIQUE INDEX credit_member_by_number ON credit_member (region, member);
CREATE TABLE credit_deed (
	region TEXT NOT NULL, member TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, day INTEGER NOT NULL,
	PRIMARY KEY (region, member, source, id)
) WITHOUT ROWID;
CREATE TABLE credit_code (
	region TEXT NOT NULL, code TEXT NOT NULL, member TEXT NOT NULL, perk TEXT NOT NULL, until INTEGER NOT NULL,
	PRIMARY KEY (region, code)
) WITHOUT ROWID;
CREATE INDEX credit_code_by_member ON credit_code (region, member);
