-- +goose Up
-- Days are counted from 1970, 0 is none; instants are microseconds. See internal/module/inspect.

-- A list that a department sent as a whole. state: staging, taken, refused, dropping, dropped. The newest that was taken of a list and library counts.
CREATE TABLE inspect_edition (
	region text COLLATE "C" NOT NULL, no bigint NOT NULL, list text COLLATE "C" NOT NULL, place text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, library text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, by_id text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, begun bigint NOT NULL, seen bigint NOT NULL, ended bigint NOT NULL, lines bigint NOT NULL, wrong bigint NOT NULL,
	PRIMARY KEY (region, no)
);
CREATE INDEX inspect_edition_by_state ON inspect_edition (region, state, no);

-- What was wrong with a row of it: the first thousand.
CREATE TABLE inspect_fault (
	region text COLLATE "C" NOT NULL, edition bigint NOT NULL, line bigint NOT NULL, field text COLLATE "C" NOT NULL, code text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, edition, line, field, code)
);

-- Check items of an edition.
CREATE TABLE inspect_item (
	region text COLLATE "C" NOT NULL, edition bigint NOT NULL, id text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, weighty bigint NOT NULL, method text COLLATE "C" NOT NULL, basis text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, edition, id)
);

-- Inspectors of an edition; until is a day, 0 none.
CREATE TABLE inspect_inspector (
	region text COLLATE "C" NOT NULL, edition bigint NOT NULL, id text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, login text COLLATE "C" NOT NULL, until bigint NOT NULL, areas text COLLATE "C" NOT NULL, fields text COLLATE "C" NOT NULL, barred text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, edition, id)
);

-- Objects of an edition.
CREATE TABLE inspect_object (
	region text COLLATE "C" NOT NULL, edition bigint NOT NULL, party text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, area text COLLATE "C" NOT NULL, address text COLLATE "C" NOT NULL, industry text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, edition, party)
);

-- A department's plan of a year: ratios are JSON, in ten thousand of a tier, drawn in so many rounds.
CREATE TABLE inspect_year (
	region text COLLATE "C" NOT NULL, place text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, year bigint NOT NULL, title text COLLATE "C" NOT NULL, rounds bigint NOT NULL, ratios text COLLATE "C" NOT NULL, visits bigint NOT NULL, by_id text COLLATE "C" NOT NULL, at bigint NOT NULL,
	PRIMARY KEY (region, place, department, year)
);

-- One round: terms are JSON; editions are those that were drawn from; version is that of the draw that tasks follow.
CREATE TABLE inspect_plan (
	region text COLLATE "C" NOT NULL, no bigint NOT NULL, place text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, year bigint NOT NULL, title text COLLATE "C" NOT NULL, due bigint NOT NULL, terms text COLLATE "C" NOT NULL, editions text COLLATE "C" NOT NULL, secret bytea NOT NULL, draw bigint NOT NULL, version bigint NOT NULL, by_id text COLLATE "C" NOT NULL, made bigint NOT NULL,
	PRIMARY KEY (region, no)
);
CREATE INDEX inspect_plan_by_made ON inspect_plan (region, made, no);

-- A visit. state: open, signing, done, published, dropped. due and publish are days. corrected is the case that changed the result.
CREATE TABLE inspect_task (
	region text COLLATE "C" NOT NULL, no bigint NOT NULL, plan bigint NOT NULL, token text COLLATE "C" NOT NULL, party text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, area text COLLATE "C" NOT NULL, address text COLLATE "C" NOT NULL, stratum text COLLATE "C" NOT NULL, year bigint NOT NULL, due bigint NOT NULL, state text COLLATE "C" NOT NULL, done bigint NOT NULL, kind text COLLATE "C" NOT NULL, words text COLLATE "C" NOT NULL, by_id text COLLATE "C" NOT NULL, request text COLLATE "C" NOT NULL, publish bigint NOT NULL, published bigint NOT NULL, publisher text COLLATE "C" NOT NULL, corrected text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, no)
);
CREATE INDEX inspect_task_by_plan ON inspect_task (region, plan, token);
CREATE INDEX inspect_task_by_party ON inspect_task (region, party, no);
CREATE INDEX inspect_task_by_state ON inspect_task (region, state, publish, no);
CREATE INDEX inspect_task_by_published ON inspect_task (region, published, no);

-- Who goes.
CREATE TABLE inspect_member (
	region text COLLATE "C" NOT NULL, task bigint NOT NULL, inspector text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, login text COLLATE "C" NOT NULL, token text COLLATE "C" NOT NULL, place text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, signed bigint NOT NULL, strokes text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, task, inspector)
);
CREATE INDEX inspect_member_by_login ON inspect_member (region, login, task);

-- What was found about a check item.
CREATE TABLE inspect_mark (
	region text COLLATE "C" NOT NULL, task bigint NOT NULL, department text COLLATE "C" NOT NULL, item text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, words text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, task, department, item)
);

-- A photo, whose content lies with the uploads; lat and lon are millionths of a degree, plus 1000 degrees; 0 is none.
CREATE TABLE inspect_photo (
	region text COLLATE "C" NOT NULL, task bigint NOT NULL, request text COLLATE "C" NOT NULL, hash text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, bytes bigint NOT NULL, taken bigint NOT NULL, lat bigint NOT NULL, lon bigint NOT NULL, by_id text COLLATE "C" NOT NULL, at bigint NOT NULL,
	PRIMARY KEY (region, task, request)
);

-- What follows a result: recheck, handover.
CREATE TABLE inspect_follow (
	region text COLLATE "C" NOT NULL, task bigint NOT NULL, no bigint NOT NULL, kind text COLLATE "C" NOT NULL, due bigint NOT NULL, department text COLLATE "C" NOT NULL, words text COLLATE "C" NOT NULL, by_id text COLLATE "C" NOT NULL, made bigint NOT NULL, done bigint NOT NULL, outcome text COLLATE "C" NOT NULL,
	item text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, unfiled text COLLATE "C" NOT NULL, firm text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, task, no)
);
CREATE INDEX inspect_follow_unfiled ON inspect_follow (region, task) WHERE unfiled <> '' AND done = 0;

-- Until when cases of objection were carried out.
CREATE TABLE inspect_mind (
	region text COLLATE "C" NOT NULL, decided bigint NOT NULL,
	PRIMARY KEY (region)
);
