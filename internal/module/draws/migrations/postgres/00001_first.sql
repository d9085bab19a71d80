-- +goose Up
-- Instants are microseconds, 0 is none. See internal/module/draws.

-- state: proposed, committed, drawn, abandoned. ender asked for its end, which somebody else confirms; version grows with the record.
CREATE TABLE draws_draw (
	region text COLLATE "C" NOT NULL, no bigint NOT NULL, place text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, purpose text COLLATE "C" NOT NULL, title text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, opens bigint NOT NULL, made bigint NOT NULL, committed bigint NOT NULL, drawn bigint NOT NULL, ended bigint NOT NULL, commitment text COLLATE "C" NOT NULL, predecessor text COLLATE "C" NOT NULL, proposer text COLLATE "C" NOT NULL, confirmer text COLLATE "C" NOT NULL, ender text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL, pool bigint NOT NULL, quota bigint NOT NULL, version bigint NOT NULL,
	PRIMARY KEY (region, no)
);
CREATE INDEX draws_draw_by_purpose ON draws_draw (region, purpose, no);
CREATE INDEX draws_draw_by_department ON draws_draw (region, place, department, made, no);
CREATE INDEX draws_draw_published ON draws_draw (made, no) WHERE committed > 0;
CREATE INDEX draws_draw_published_of_region ON draws_draw (region, made, no) WHERE committed > 0;

-- The record of a draw as it stands (docs/draw.md), gzip.
CREATE TABLE draws_record (
	region text COLLATE "C" NOT NULL, no bigint NOT NULL, data bytea NOT NULL,
	PRIMARY KEY (region, no)
);

-- What a source gave, as it was typed. Nobody reads it before the draw is made.
CREATE TABLE draws_value (
	region text COLLATE "C" NOT NULL, no bigint NOT NULL, source bigint NOT NULL, value text COLLATE "C" NOT NULL, by_id text COLLATE "C" NOT NULL, at bigint NOT NULL,
	PRIMARY KEY (region, no, source)
);

-- What happened to a draw; each row has a leaf in the log.
CREATE TABLE draws_event (
	region text COLLATE "C" NOT NULL, no bigint NOT NULL, seq bigint NOT NULL, at bigint NOT NULL, kind text COLLATE "C" NOT NULL, by_id text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, digest text COLLATE "C" NOT NULL, words text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, no, seq)
);

-- Keys of offices for proofs of RFC 9381; secret is sealed (internal/seal).
CREATE TABLE draws_key (
	region text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, public text COLLATE "C" NOT NULL, secret text COLLATE "C" NOT NULL, began bigint NOT NULL,
	PRIMARY KEY (region, department, public)
);
