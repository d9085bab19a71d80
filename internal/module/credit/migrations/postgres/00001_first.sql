-- +goose Up
-- Days are counted from 1970, 0 is none; instants are microseconds. See internal/module/credit.

-- Parties as a batch tells of them; the newest batch that was taken counts.
CREATE TABLE credit_subject (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, batch bigint NOT NULL, name text COLLATE "C" NOT NULL, since bigint NOT NULL, fields text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, party, batch)
);
CREATE INDEX credit_subject_by_name ON credit_subject (region, name, party);

-- What came in together. state: staging, taken, refused, dropping, dropped. A row of a batch is there only once the batch is 'taken'.
CREATE TABLE credit_batch (
	region text COLLATE "C" NOT NULL, batch bigint NOT NULL, source text COLLATE "C" NOT NULL, list text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, by_id text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, begun bigint NOT NULL, seen bigint NOT NULL, taken bigint NOT NULL, lines bigint NOT NULL, added bigint NOT NULL, same bigint NOT NULL, wrong bigint NOT NULL,
	PRIMARY KEY (region, batch)
);
CREATE INDEX credit_batch_by_state ON credit_batch (region, state, batch);

-- What was wrong with a row of a batch: the first thousand.
CREATE TABLE credit_fault (
	region text COLLATE "C" NOT NULL, batch bigint NOT NULL, line bigint NOT NULL, field text COLLATE "C" NOT NULL, code text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, batch, line, field, code)
);

-- What a source says of a party; a later batch puts a newer version beside it.
CREATE TABLE credit_record (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, batch bigint NOT NULL, kind bigint NOT NULL, result bigint NOT NULL, day bigint NOT NULL, until bigint NOT NULL, published bigint NOT NULL, fen bigint NOT NULL, field text COLLATE "C" NOT NULL, title text COLLATE "C" NOT NULL, basis text COLLATE "C" NOT NULL, withdrawn bigint NOT NULL,
	PRIMARY KEY (region, party, source, id, batch)
);

-- What was decided about a record here, whatever its source sends later.
CREATE TABLE credit_mark (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, mark bigint NOT NULL, at bigint NOT NULL, by_id text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, party, source, id)
);

-- The tier that follows, for all and by field; on the day next it may be another without anything new.
CREATE TABLE credit_tier (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, standard text COLLATE "C" NOT NULL, day bigint NOT NULL, points bigint NOT NULL, tier text COLLATE "C" NOT NULL, fields text COLLATE "C" NOT NULL, next bigint NOT NULL,
	PRIMARY KEY (region, party)
);
CREATE INDEX credit_tier_by_next ON credit_tier (region, next, party) WHERE next > 0;

-- Each change of a tier, once, and why it was looked at.
CREATE TABLE credit_change (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, no bigint NOT NULL, at bigint NOT NULL, was text COLLATE "C" NOT NULL, tier text COLLATE "C" NOT NULL, fields text COLLATE "C" NOT NULL, why text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, party, no)
);

-- Parties whose tier is to be looked at once the batch is taken; batch 0: at once.
CREATE TABLE credit_due (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, batch bigint NOT NULL,
	PRIMARY KEY (region, party, batch)
);

-- taken grows with everything that may change a tier; standard is the index by which all tiers were computed.
CREATE TABLE credit_register (
	region text COLLATE "C" NOT NULL, taken bigint NOT NULL, standard text COLLATE "C" NOT NULL,
	PRIMARY KEY (region)
);

-- Which official looked at a party, when and why.
CREATE TABLE credit_look (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, at bigint NOT NULL, by_id text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, party, at, by_id)
);

-- Up to which place of the log what has happened to cases was carried out.
CREATE TABLE credit_feed (
	name text COLLATE "C" NOT NULL, place bigint NOT NULL,
	PRIMARY KEY (name)
);

-- Cases about a record: its repair, an objection. state: open, granted, ended.
CREATE TABLE credit_request (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, item text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, party, source, id, case_no)
);

-- Records that are to be published, or no longer, once the batch is taken; batch 0: at once.
CREATE TABLE credit_publish (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, batch bigint NOT NULL,
	PRIMARY KEY (region, party, source, id, batch)
);

-- Licences and penalties as everybody sees them. due: to be published by then; last: shown until then.
CREATE TABLE credit_public (
	region text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, kind bigint NOT NULL, result bigint NOT NULL, day bigint NOT NULL, until bigint NOT NULL, published bigint NOT NULL, fen bigint NOT NULL, title text COLLATE "C" NOT NULL, basis text COLLATE "C" NOT NULL, due bigint NOT NULL, last bigint NOT NULL, late bigint NOT NULL, hidden bigint NOT NULL,
	PRIMARY KEY (region, party, source, id)
);
-- None of them fits a query by key, which PostgreSQL might else answer by reading the region while it has no statistics yet. All but the first
-- are in the order in which records are published: each index in another order costs a page of the log for each record.
CREATE INDEX credit_public_by_day ON credit_public (region, hidden, kind, day, party, source, id, late) WHERE kind > 0;
CREATE INDEX credit_public_by_last ON credit_public (region, last, party, source, id) WHERE hidden = 0 AND last > 0;
CREATE INDEX credit_public_by_late ON credit_public (region, source, published, party, id) WHERE late = 1;

-- Citizens who want a score. Whoever leaves is erased here with deeds and codes.
CREATE TABLE credit_member (
	region text COLLATE "C" NOT NULL, account text COLLATE "C" NOT NULL, member text COLLATE "C" NOT NULL, since bigint NOT NULL,
	PRIMARY KEY (region, account)
);
CREATE UNIQUE INDEX credit_member_by_number ON credit_member (region, member);
CREATE TABLE credit_deed (
	region text COLLATE "C" NOT NULL, member text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, day bigint NOT NULL,
	PRIMARY KEY (region, member, source, id)
);
CREATE TABLE credit_code (
	region text COLLATE "C" NOT NULL, code text COLLATE "C" NOT NULL, member text COLLATE "C" NOT NULL, perk text COLLATE "C" NOT NULL, until bigint NOT NULL,
	PRIMARY KEY (region, code)
);
CREATE INDEX credit_code_by_member ON credit_code (region, member);
