-- +goose Up
-- Days are counted from 1970, 0 is none; instants are microseconds. See internal/module/inspect.

-- A list that a department sent as a whole. state: staging, taken, refused, dropping, dropped. The newest that was taken of a list and library counts.
CREATE TABLE inspect_edition (
	region TEXT NOT NULL, no INTEGER NOT NULL, list TEXT NOT NULL, place TEXT NOT NULL, department TEXT NOT NULL, library TEXT NOT NULL, name TEXT NOT NULL, by_id TEXT NOT NULL, state TEXT NOT NULL, begun INTEGER NOT NULL, seen INTEGER NOT NULL, ended INTEGER NOT NULL, lines INTEGER NOT NULL, wrong INTEGER NOT NULL,
	PRIMARY KEY (region, no)
) WITHOUT ROWID;
CREATE INDEX inspect_edition_by_state ON inspect_edition (region, state, no);

-- What was wrong with a row of it: the first thousand.
CREATE TABLE inspect_fault (
	region TEXT NOT NULL, edition INTEGER NOT NULL, line INTEGER NOT NULL, field TEXT NOT NULL, code TEXT NOT NULL,
	PRIMARY KEY (region, edition, line, field, code)
) WITHOUT ROWID;

-- Check items of an edition.
CREATE TABLE inspect_item (
	region TEXT NOT NULL, edition INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, weighty INTEGER NOT NULL, method TEXT NOT NULL, basis TEXT NOT NULL, subject TEXT NOT NULL,
	PRIMARY KEY (region, edition, id)
) WITHOUT ROWID;

-- Inspectors of an edition; until is a day, 0 none.
CREATE TABLE inspect_inspector (
	region TEXT NOT NULL, edition INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, login TEXT NOT NULL, until INTEGER NOT NULL, areas TEXT NOT NULL, fields TEXT NOT NULL, barred TEXT NOT NULL,
	PRIMARY KEY (region, edition, id)
) WITHOUT ROWID;

-- Objects of an edition.
CREATE TABLE inspect_object (
	region TEXT NOT NULL, edition INTEGER NOT NULL, party TEXT NOT NULL, name TEXT NOT NULL, area TEXT NOT NULL, address TEXT NOT NULL, industry TEXT NOT NULL,
	PRIMARY KEY (region, edition, party)
) WITHOUT ROWID;

-- A department's plan of a year: ratios are JSON, in ten thousand of a tier, drawn in so many rounds.
CREATE TABLE inspect_year (
	region TEXT NOT NULL, place TEXT NOT NULL, department TEXT NOT NULL, year INTEGER NOT NULL, title TEXT NOT NULL, rounds INTEGER NOT NULL, ratios TEXT NOT NULL, visits INTEGER NOT NULL, by_id TEXT NOT NULL, at INTEGER NOT NULL,
	PRIMARY KEY (region, place, department, year)
) WITHOUT ROWID;

-- One round: terms are JSON; editions are those that were drawn from; version is that of the draw that tasks follow.
CREATE TABLE inspect_plan (
	region TEXT NOT NULL, no INTEGER NOT NULL, place TEXT NOT NULL, department TEXT NOT NULL, year INTEGER NOT NULL, title TEXT NOT NULL, due INTEGER NOT NULL, terms TEXT NOT NULL, editions TEXT NOT NULL, secret BLOB NOT NULL, draw INTEGER NOT NULL, version INTEGER NOT NULL, by_id TEXT NOT NULL, made INTEGER NOT NULL,
	PRIMARY KEY (region, no)
) WITHOUT ROWID;
CREATE INDEX inspect_plan_by_made ON inspect_plan (region, made, no);

-- A visit. state: open, signing, done, published, dropped. due and publish are days. corrected is the case that changed the result.
CREATE TABLE inspect_task (
	region TEXT NOT NULL, no INTEGER NOT NULL, plan INTEGER NOT NULL, token TEXT NOT NULL, party TEXT NOT NULL, name TEXT NOT NULL, area TEXT NOT NULL, address TEXT NOT NULL, stratum TEXT NOT NULL, year INTEGER NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL, done INTEGER NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL, by_id TEXT NOT NULL, request TEXT NOT NULL, publish INTEGER NOT NULL, published INTEGER NOT NULL, publisher TEXT NOT NULL, corrected TEXT NOT NULL,
	PRIMARY KEY (region, no)
) WITHOUT ROWID;
CREATE INDEX inspect_task_by_plan ON inspect_task (region, plan, token);
CREATE INDEX inspect_task_by_party ON inspect_task (region, party, no);
CREATE INDEX inspect_task_by_state ON inspect_task (region, state, publish, no);
CREATE INDEX inspect_task_by_published ON inspect_task (region, published, no);

-- Who goes.
CREATE TABLE inspect_member (
	region TEXT NOT NULL, task INTEGER NOT NULL, inspector TEXT NOT NULL, name TEXT NOT NULL, login TEXT NOT NULL, token TEXT NOT NULL, place TEXT NOT NULL, department TEXT NOT NULL, signed INTEGER NOT NULL, strokes TEXT NOT NULL,
	PRIMARY KEY (region, task, inspector)
) WITHOUT ROWID;
CREATE INDEX inspect_member_by_login ON inspect_member (region, login, task);

-- What was found about a check item.
CREATE TABLE inspect_mark (
	region TEXT NOT NULL, task INTEGER NOT NULL, department TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL,
	PRIMARY KEY (region, task, department, item)
) WITHOUT ROWID;

-- A photo, whose content lies with the uploads; lat and lon are millionths of a degree, plus 1000 degrees; 0 is none.
CREATE TABLE inspect_photo (
	region TEXT NOT NULL, task INTEGER NOT NULL, request TEXT NOT NULL, hash TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, bytes INTEGER NOT NULL, taken INTEGER NOT NULL, lat INTEGER NOT NULL, lon INTEGER NOT NULL, by_id TEXT NOT NULL, at INTEGER NOT NULL,
	PRIMARY KEY (region, task, request)
) WITHOUT ROWID;

-- What follows a result: recheck, handover.
CREATE TABLE inspect_follow (
	region TEXT NOT NULL, task INTEGER NOT NULL, no INTEGER NOT NULL, kind TEXT NOT NULL, due INTEGER NOT NULL, department TEXT NOT NULL, words TEXT NOT NULL, by_id TEXT NOT NULL, made INTEGER NOT NULL, done INTEGER NOT NULL, outcome TEXT NOT NULL,
	item TEXT NOT NULL, case_no TEXT NOT NULL, unfiled TEXT NOT NULL, firm TEXT NOT NULL,
	PRIMARY KEY (region, task, no)
) WITHOUT ROWID;
CREATE INDEX inspect_follow_unfiled ON inspect_follow (region, task) WHERE unfiled <> '' AND done = 0;

-- Until when cases of objection were carried out.
CREATE TABLE inspect_mind (
	region TEXT NOT NULL, decided INTEGER NOT NULL,
	PRIMARY KEY (region)
) WITHOUT ROWID;
