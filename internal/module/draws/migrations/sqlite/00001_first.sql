-- +goose Up
-- Instants are microseconds, 0 is none. See internal/module/draws.

-- state: proposed, committed, drawn, abandoned. ender asked for its end, which somebody else confirms; version grows with the record.
CREATE TABLE draws_draw (
	region TEXT NOT NULL, no INTEGER NOT NULL, place TEXT NOT NULL, department TEXT NOT NULL, purpose TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, opens INTEGER NOT NULL, made INTEGER NOT NULL, committed INTEGER NOT NULL, drawn INTEGER NOT NULL, ended INTEGER NOT NULL, commitment TEXT NOT NULL, predecessor TEXT NOT NULL, proposer TEXT NOT NULL, confirmer TEXT NOT NULL, ender TEXT NOT NULL, reason TEXT NOT NULL, pool INTEGER NOT NULL, quota INTEGER NOT NULL, version INTEGER NOT NULL,
	PRIMARY KEY (region, no)
) WITHOUT ROWID;
CREATE INDEX draws_draw_by_purpose ON draws_draw (region, purpose, no);
CREATE INDEX draws_draw_by_department ON draws_draw (region, place, department, made, no);
CREATE INDEX draws_draw_published ON draws_draw (made, no) WHERE committed > 0;
CREATE INDEX draws_draw_published_of_region ON draws_draw (region, made, no) WHERE committed > 0;

-- The record of a draw as it stands (docs/draw.md), gzip.
CREATE TABLE draws_record (
	region TEXT NOT NULL, no INTEGER NOT NULL, data BLOB NOT NULL,
	PRIMARY KEY (region, no)
) WITHOUT ROWID;

-- What a source gave, as it was typed. Nobody reads it before the draw is made.
CREATE TABLE draws_value (
	region TEXT NOT NULL, no INTEGER NOT NULL, source INTEGER NOT NULL, value TEXT NOT NULL, by_id TEXT NOT NULL, at INTEGER NOT NULL,
	PRIMARY KEY (region, no, source)
) WITHOUT ROWID;

-- Keys of offices for proofs of RFC 9381; secret is sealed (internal/seal).
CREATE TABLE draws_key (
	region TEXT NOT NULL, department TEXT NOT NULL, public TEXT NOT NULL, secret TEXT NOT NULL, began INTEGER NOT NULL,
	PRIMARY KEY (region, department, public)
) WITHOUT ROWID;

-- What happened to a draw; each row has a leaf in the log.
CREATE TABLE draws_event (
	region TEXT NOT NULL, no INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, by_id TEXT NOT NULL, department TEXT NOT NULL, digest TEXT NOT NULL, words TEXT NOT NULL,
	PRIMARY KEY (region, no, seq)
) WITHOUT ROWID;
