-- +goose Up
-- Instants are microseconds since 1970 UTC; 0 is none. A due instant sorts: none is 9223372036854775807.
-- The region stands first in every key of the case tables and never changes (docs/adr/0001).

-- The truth: one row per command. A request id is unique within its case, where its other rows lie near by; one that opens
-- a case within the region.
CREATE TABLE journal (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, no bigint NOT NULL,
	request text COLLATE "C" NOT NULL, body bytea NOT NULL, at bigint NOT NULL,
	actor_id text COLLATE "C" NOT NULL, actor_kind text COLLATE "C" NOT NULL, actor_department text COLLATE "C" NOT NULL, actor_for text COLLATE "C" NOT NULL,
	verb text COLLATE "C" NOT NULL, seq bigint NOT NULL, events bytea NOT NULL, salt bytea NOT NULL, leaf bytea NOT NULL,
	PRIMARY KEY (region, case_no, no),
	UNIQUE (region, case_no, request)
);
CREATE UNIQUE INDEX journal_opening ON journal (region, request) WHERE no = 1;

-- The newest snapshot of a case, after entry no.
CREATE TABLE case_snapshot (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, no bigint NOT NULL, body bytea NOT NULL,
	PRIMARY KEY (region, case_no)
);

-- Everything below, up to the messages, is derived from the journal.
-- stage is 'open' while the case runs and its phase once it has ended; departments is a JSON array;
-- personal is 1 if the subject names a person; find is the names by which the case is searched, folded, each after a
-- line break; assisted is how somebody helps the applicant, '' if nobody does; lease ends a claim of wake; tip is the leaf of the last entry.
CREATE TABLE cases (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL,
	item text COLLATE "C" NOT NULL, pack text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL, phase text COLLATE "C" NOT NULL, stage text COLLATE "C" NOT NULL,
	channel text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, departments text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL,
	applicant text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL, personal bigint NOT NULL,
	find text COLLATE "C" NOT NULL, document text COLLATE "C" NOT NULL,
	opened bigint NOT NULL, submitted bigint NOT NULL, accepted bigint NOT NULL, decided bigint NOT NULL, ended bigint NOT NULL,
	statutory bigint NOT NULL, promised bigint NOT NULL, stopped bigint NOT NULL, assisted text COLLATE "C" NOT NULL,
	wake bigint NOT NULL, lease bigint NOT NULL, entry bigint NOT NULL, tip bytea NOT NULL, updated bigint NOT NULL, points bigint NOT NULL,
	PRIMARY KEY (region, case_no)
) WITH (fillfactor = 60);
CREATE INDEX cases_stage ON cases (region, stage, opened, case_no);
CREATE INDEX cases_item ON cases (region, item, stage, opened, case_no);
CREATE INDEX cases_owner ON cases (region, owner, opened, case_no);
CREATE INDEX cases_document ON cases (region, document, opened, case_no);
CREATE INDEX cases_submitted ON cases (region, submitted, case_no) WHERE submitted > 0;
CREATE INDEX cases_decided ON cases (region, decided, case_no) WHERE decided > 0;
CREATE INDEX cases_ended ON cases (region, ended, case_no) WHERE ended > 0;
CREATE INDEX cases_wake ON cases (region, wake, case_no) WHERE wake > 0;

-- A case as a department that takes part lists it.
CREATE TABLE case_party (
	region text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, stage text COLLATE "C" NOT NULL, opened bigint NOT NULL, case_no text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, department, stage, opened, case_no)
);

-- The names of a case in pairs of characters, to find a part of one. A draft that its applicant fills in alone has none.
CREATE TABLE case_gram (
	region text COLLATE "C" NOT NULL, gram text COLLATE "C" NOT NULL, opened bigint NOT NULL, case_no text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, gram, opened, case_no)
);

-- live is 1 while somebody still has to do the task.
CREATE TABLE case_task (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, id bigint NOT NULL,
	kind text COLLATE "C" NOT NULL, step text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, role text COLLATE "C" NOT NULL, person text COLLATE "C" NOT NULL,
	holder text COLLATE "C" NOT NULL, sender text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, live bigint NOT NULL,
	opened bigint NOT NULL, done bigint NOT NULL, done_by text COLLATE "C" NOT NULL, outcome text COLLATE "C" NOT NULL,
	due bigint NOT NULL, soon bigint NOT NULL, stopped bigint NOT NULL,
	PRIMARY KEY (region, case_no, id)
);
CREATE INDEX case_task_queue ON case_task (region, department, state, due, case_no, id, role);
CREATE INDEX case_task_live ON case_task (region, live, due, case_no, id, department, soon, stopped);
CREATE INDEX case_task_holder ON case_task (region, holder, due, case_no, id) WHERE holder <> '' AND live = 1;
CREATE INDEX case_task_person ON case_task (region, person, due, case_no, id) WHERE person <> '' AND live = 1;
CREATE INDEX case_task_done_by ON case_task (region, done_by, done, case_no, id) WHERE done_by <> '';
CREATE INDEX case_task_callback ON case_task (region, opened, case_no) WHERE kind = 'callback';
CREATE INDEX case_task_sender ON case_task (region, sender, due, case_no, id) WHERE sender <> '' AND live = 1;
CREATE INDEX case_task_asked ON case_task (region, sender, opened, case_no, id) WHERE sender <> '';

CREATE TABLE case_clock (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL, step text COLLATE "C" NOT NULL, bearer text COLLATE "C" NOT NULL, since bigint NOT NULL, due bigint NOT NULL,
	state text COLLATE "C" NOT NULL, level bigint NOT NULL, ended bigint NOT NULL, provisional bigint NOT NULL,
	soon bigint NOT NULL, today bigint NOT NULL, measure text COLLATE "C" NOT NULL, stops text COLLATE "C" NOT NULL, why text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, case_no, id)
);
CREATE INDEX case_clock_broken ON case_clock (region, due, case_no, state) WHERE kind = 'promised' AND level = 3;
CREATE INDEX case_clock_running ON case_clock (region, due, case_no, id, bearer, since) WHERE state = 'running';
CREATE INDEX case_clock_stopped ON case_clock (region, case_no, id) WHERE state = 'stopped';

CREATE TABLE licence (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, no text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL, holder text COLLATE "C" NOT NULL, document text COLLATE "C" NOT NULL, verify text COLLATE "C" NOT NULL,
	issued bigint NOT NULL, expires text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL,
	item text COLLATE "C" NOT NULL, legal text COLLATE "C" NOT NULL, body bytea NOT NULL,
	PRIMARY KEY (region, case_no, no)
);
CREATE INDEX licence_verify ON licence (verify);
CREATE INDEX licence_document ON licence (region, document, issued, case_no, no);
CREATE INDEX licence_legal ON licence (region, legal, issued, case_no, no) WHERE legal <> '' AND state = 'valid';

-- What cases show to everybody; live is 1 while it runs.
CREATE TABLE public_notice (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, no bigint NOT NULL,
	item text COLLATE "C" NOT NULL, pack text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL, step text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, live bigint NOT NULL,
	since bigint NOT NULL, until bigint NOT NULL, ended bigint NOT NULL, shown bytea NOT NULL,
	PRIMARY KEY (region, case_no, no)
);
CREATE INDEX public_notice_since ON public_notice (region, since, case_no, no);
CREATE INDEX public_notice_live ON public_notice (region, since, case_no, no) WHERE live = 1;

-- Names of firms that are registered or kept: one holder for a trade name in an industry; one
-- without an industry also keeps a row without name in each. until is 9223372036854775807 if it stays.
CREATE TABLE firm_name (
	region text COLLATE "C" NOT NULL, trade text COLLATE "C" NOT NULL, division text COLLATE "C" NOT NULL,
	case_no text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, sound text COLLATE "C" NOT NULL, holder text COLLATE "C" NOT NULL,
	since bigint NOT NULL, until bigint NOT NULL,
	PRIMARY KEY (region, trade, division)
);
CREATE INDEX firm_name_sound ON firm_name (region, sound);
CREATE INDEX firm_name_case ON firm_name (region, case_no);

-- The marks of all cases, added up (internal/stat). Each stands under its day with month 0, and under the first day of its month with
-- month 1; each of these for its item, and under item '' for all. A day is counted from 1970-01-01. slot keeps writers of one total out
-- of each other's way: the total is the sum of its slots.
CREATE TABLE total (
	region text COLLATE "C" NOT NULL, month bigint NOT NULL, item text COLLATE "C" NOT NULL, day bigint NOT NULL, department text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	measure text COLLATE "C" NOT NULL, bucket bigint NOT NULL, slot bigint NOT NULL, n bigint NOT NULL,
	PRIMARY KEY (region, month, item, day, department, channel, measure, bucket, slot)
);

-- Messages to people: what to send comes from the journal, what became of it is only here.
CREATE TABLE message (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, entry bigint NOT NULL, idx bigint NOT NULL,
	channel text COLLATE "C" NOT NULL, recipient text COLLATE "C" NOT NULL, template text COLLATE "C" NOT NULL, item text COLLATE "C" NOT NULL, body bytea NOT NULL, made bigint NOT NULL,
	state text COLLATE "C" NOT NULL, attempts bigint NOT NULL, next bigint NOT NULL, lease bigint NOT NULL,
	sent bigint NOT NULL, seen bigint NOT NULL, error text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, case_no, entry, idx)
);
CREATE INDEX message_open ON message (region, state, channel, next, case_no, entry, idx) WHERE state <> 'sent';
CREATE INDEX message_recipient ON message (region, recipient, made, case_no, entry, idx);

-- Numbers and walk-ins of a lobby, by day (since 1970-01-01); place is the window, aim the one that alone may call it.
CREATE TABLE turn (
	region text COLLATE "C" NOT NULL, lobby text COLLATE "C" NOT NULL, day bigint NOT NULL, no bigint NOT NULL,
	code text COLLATE "C" NOT NULL, letter text COLLATE "C" NOT NULL, class text COLLATE "C" NOT NULL, origin text COLLATE "C" NOT NULL, holder text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL,
	place text COLLATE "C" NOT NULL, aim text COLLATE "C" NOT NULL, taken bigint NOT NULL, called bigint NOT NULL, ended bigint NOT NULL, back bigint NOT NULL,
	by_id text COLLATE "C" NOT NULL, request text COLLATE "C" NOT NULL, history text COLLATE "C" NOT NULL, version bigint NOT NULL,
	PRIMARY KEY (region, lobby, day, no)
);
CREATE UNIQUE INDEX turn_code ON turn (region, code);
CREATE UNIQUE INDEX turn_request ON turn (region, lobby, day, request);

-- Hand-overs of shifts from one official to another; body is JSON.
CREATE TABLE shift (
	region text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, giver text COLLATE "C" NOT NULL, taker text COLLATE "C" NOT NULL,
	made bigint NOT NULL, settled bigint NOT NULL, version bigint NOT NULL, body text COLLATE "C" NOT NULL,
	PRIMARY KEY (region, id)
);
CREATE INDEX shift_giver ON shift (region, giver, made, id);
CREATE INDEX shift_taker ON shift (region, taker, made, id);

-- Who looked at a case's personal data.
CREATE TABLE look (
	region text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, at bigint NOT NULL, account text COLLATE "C" NOT NULL, what text COLLATE "C" NOT NULL,
	department text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL, salt bytea NOT NULL,
	PRIMARY KEY (region, case_no, at, account, what)
);
CREATE INDEX look_at ON look (region, at, case_no, account, what);

-- Uploads that the scanner warned of; their content is kept apart under the id (internal/store/filestore).
CREATE TABLE quarantine (
	region text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, case_no text COLLATE "C" NOT NULL, material text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, bytes bigint NOT NULL,
	type text COLLATE "C" NOT NULL, sha256 text COLLATE "C" NOT NULL, finding text COLLATE "C" NOT NULL, account text COLLATE "C" NOT NULL, at bigint NOT NULL,
	state text COLLATE "C" NOT NULL, asked text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL, decided text COLLATE "C" NOT NULL, changed bigint NOT NULL, hash text COLLATE "C" NOT NULL, version bigint NOT NULL,
	PRIMARY KEY (region, id)
);
CREATE INDEX quarantine_at ON quarantine (region, at, id);
CREATE INDEX quarantine_case ON quarantine (region, case_no, at, id);
CREATE INDEX quarantine_account ON quarantine (region, account, at, id);

-- What modules have done and anybody can check, as it is proved by a leaf: data is JSON.
CREATE TABLE module_leaf (
	region text COLLATE "C" NOT NULL, module text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, no bigint NOT NULL, at bigint NOT NULL, data bytea NOT NULL, salt bytea NOT NULL,
	PRIMARY KEY (region, module, name, no)
);

-- Leaves of the transparency log that have no place yet, in the order of their ids, and the place of each that has one. A leaf proves
-- an entry, a look, a trace, a pack version, a calendar or what a module has done (kind); name and no say which; entry is the salted hash that the log shows.
CREATE TABLE leaf_waiting (
	id bigint GENERATED ALWAYS AS IDENTITY, region text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, no bigint NOT NULL, entry bytea NOT NULL, made bigint NOT NULL,
	PRIMARY KEY (region, id)
);
CREATE TABLE leaf_place (
	region text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, no bigint NOT NULL, place bigint NOT NULL,
	PRIMARY KEY (region, kind, name, no)
);
CREATE INDEX leaf_place_by_place ON leaf_place (place);

CREATE TABLE counter (
	region text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, next bigint NOT NULL,
	PRIMARY KEY (region, name)
);

-- Reference tables: small, the same for every region.
CREATE TABLE region (region text COLLATE "C" NOT NULL PRIMARY KEY);
CREATE TABLE account (
	id text COLLATE "C" NOT NULL PRIMARY KEY, login text COLLATE "C" NOT NULL UNIQUE, kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, password text COLLATE "C" NOT NULL,
	region text COLLATE "C" NOT NULL, department text COLLATE "C" NOT NULL, roles text COLLATE "C" NOT NULL, doc_type text COLLATE "C" NOT NULL, doc_no text COLLATE "C" NOT NULL,
	phone text COLLATE "C" NOT NULL, disabled bigint NOT NULL, locked bigint NOT NULL, must_change bigint NOT NULL, added bigint NOT NULL, verified bigint NOT NULL,
	version bigint NOT NULL
);
CREATE INDEX account_region ON account (region, login);
CREATE INDEX account_kind ON account (region, kind, login);
-- Who may act for whom. items is a JSON array, empty for all; until is 9223372036854775807 where there is no end; history is a JSON
-- array; code is the digest of an invitation, hexadecimal, which the salt and the id of the
-- request that asked for it make again. A company has one legal representative at a time.
CREATE TABLE mandate (
	id text COLLATE "C" NOT NULL PRIMARY KEY, kind text COLLATE "C" NOT NULL, principal text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, document text COLLATE "C" NOT NULL,
	agent text COLLATE "C" NOT NULL, agent_name text COLLATE "C" NOT NULL, items text COLLATE "C" NOT NULL, since bigint NOT NULL, until bigint NOT NULL, state text COLLATE "C" NOT NULL,
	code text COLLATE "C" NOT NULL, added bigint NOT NULL, history text COLLATE "C" NOT NULL, version bigint NOT NULL, salt text COLLATE "C" NOT NULL
);
CREATE INDEX mandate_principal ON mandate (principal, added, id);
CREATE INDEX mandate_agent ON mandate (agent, added, id);
CREATE INDEX mandate_between ON mandate (agent, principal, added, id);
CREATE UNIQUE INDEX mandate_code ON mandate (code) WHERE state = 'invited';
CREATE UNIQUE INDEX mandate_legal ON mandate (principal) WHERE kind = 'legal' AND state = 'active';

-- How an account wants to be reached outside the program; code is a salted hash.
CREATE TABLE contact (
	account text COLLATE "C" NOT NULL PRIMARY KEY, email text COLLATE "C" NOT NULL, confirmed bigint NOT NULL, no_email bigint NOT NULL, no_sms bigint NOT NULL,
	quiet_from bigint NOT NULL, quiet_to bigint NOT NULL, code bytea NOT NULL, code_until bigint NOT NULL, tries bigint NOT NULL, version bigint NOT NULL
);
CREATE TABLE session (
	hash bytea NOT NULL PRIMARY KEY, account text COLLATE "C" NOT NULL, started bigint NOT NULL, seen bigint NOT NULL, expires bigint NOT NULL,
	ended bigint NOT NULL, address text COLLATE "C" NOT NULL, agent text COLLATE "C" NOT NULL, factor text COLLATE "C" NOT NULL
);
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires);
-- What somebody proves beside the password; secret is sealed (internal/seal). added is 0 until it is confirmed.
CREATE TABLE factor (
	account text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, secret text COLLATE "C" NOT NULL,
	step bigint NOT NULL, added bigint NOT NULL, used bigint NOT NULL,
	PRIMARY KEY (account, id)
);
-- Whom a provider of sign-ins (OIDC) calls what.
CREATE TABLE identity (
	issuer text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL, account text COLLATE "C" NOT NULL, added bigint NOT NULL,
	PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_account ON identity (account);
-- A sign-in under way, or another answer that is waited for: taken once.
CREATE TABLE ticket (
	hash bytea NOT NULL PRIMARY KEY, kind text COLLATE "C" NOT NULL, account text COLLATE "C" NOT NULL, body bytea NOT NULL, expires bigint NOT NULL
);
CREATE INDEX ticket_expires ON ticket (expires);
-- What was done at the gate and by administrators. actor is who did it, account whom it is about; changes is a JSON array.
CREATE TABLE trace (
	at bigint NOT NULL, id text COLLATE "C" NOT NULL, log text COLLATE "C" NOT NULL, kind text COLLATE "C" NOT NULL, region text COLLATE "C" NOT NULL,
	account text COLLATE "C" NOT NULL, actor text COLLATE "C" NOT NULL, session text COLLATE "C" NOT NULL, address text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL, changes text COLLATE "C" NOT NULL, salt bytea NOT NULL,
	PRIMARY KEY (at, id)
);
CREATE INDEX trace_place ON trace (log, region, at, id);
CREATE INDEX trace_account ON trace (log, account, at, id);
CREATE TABLE attempt (
	who text COLLATE "C" NOT NULL, at bigint NOT NULL, n bigint NOT NULL,
	PRIMARY KEY (who, at)
);
CREATE INDEX attempt_at ON attempt (at);
CREATE TABLE pack (
	id text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL, digest bytea NOT NULL, archive bytea NOT NULL, added bigint NOT NULL,
	proved text COLLATE "C" NOT NULL, loaded text COLLATE "C" NOT NULL,
	PRIMARY KEY (id, version)
);
-- The documents of the calendars; cursor is how far running cases have been counted again for one.
CREATE TABLE calendar (
	version bigint NOT NULL PRIMARY KEY, name text COLLATE "C" NOT NULL, body bytea NOT NULL, digest text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL,
	author text COLLATE "C" NOT NULL, loaded bigint NOT NULL, holder text COLLATE "C" NOT NULL, cursor text COLLATE "C" NOT NULL, cases bigint NOT NULL, clocks bigint NOT NULL,
	failed bigint NOT NULL, lease bigint NOT NULL, finished bigint NOT NULL
);
-- Times when nobody served; cursor is how far running cases have been told of one.
CREATE TABLE outage (
	began bigint NOT NULL PRIMARY KEY, ended bigint NOT NULL, holder text COLLATE "C" NOT NULL, cursor text COLLATE "C" NOT NULL, cases bigint NOT NULL, clocks bigint NOT NULL,
	failed bigint NOT NULL, lease bigint NOT NULL, finished bigint NOT NULL
);
-- What became of departments; body is JSON. version counts those that were applied.
CREATE TABLE reform (
	id TEXT NOT NULL PRIMARY KEY, region TEXT NOT NULL, state TEXT NOT NULL, version BIGINT NOT NULL, proposed BIGINT NOT NULL, body TEXT NOT NULL
);
-- What administrators set while the program runs (internal/parameter). A row is never deleted, so that the sum of the versions grows with each change.
CREATE TABLE parameter (
	name text COLLATE "C" NOT NULL, region text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL, version bigint NOT NULL, at bigint NOT NULL, author text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL,
	PRIMARY KEY (name, region)
);
-- Announcements of a hall, and which officials have read one; body is JSON.
CREATE TABLE announcement (
	id text COLLATE "C" NOT NULL PRIMARY KEY, region text COLLATE "C" NOT NULL, since bigint NOT NULL, until bigint NOT NULL, version bigint NOT NULL, body text COLLATE "C" NOT NULL
);
CREATE TABLE announcement_read (
	announcement text COLLATE "C" NOT NULL, account text COLLATE "C" NOT NULL, at bigint NOT NULL,
	PRIMARY KEY (announcement, account)
);
CREATE INDEX announcement_read_account ON announcement_read (account, announcement);
-- Owners who want nothing that nobody asked for.
CREATE TABLE benefit_off (owner text COLLATE "C" NOT NULL PRIMARY KEY, at bigint NOT NULL, account text COLLATE "C" NOT NULL);
-- What the background work of each server did last.
CREATE TABLE job (
	server text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, began bigint NOT NULL, ended bigint NOT NULL, next bigint NOT NULL, n bigint NOT NULL,
	fault text COLLATE "C" NOT NULL, failed bigint NOT NULL,
	PRIMARY KEY (server, name)
);
CREATE TABLE beat (server text COLLATE "C" NOT NULL PRIMARY KEY, at bigint NOT NULL);
CREATE TABLE setting (name text COLLATE "C" NOT NULL PRIMARY KEY, value bytea NOT NULL);
-- The log: its newest signed checkpoint, its tiles (level -1: bundles of entries; level 0 follows from them), and the keys that sign;
-- secret is sealed (internal/seal).
CREATE TABLE log_head (name text COLLATE "C" NOT NULL PRIMARY KEY, size bigint NOT NULL, checkpoint bytea NOT NULL, at bigint NOT NULL);
CREATE TABLE log_tile (
	level bigint NOT NULL, n bigint NOT NULL, body bytea NOT NULL,
	PRIMARY KEY (level, n)
);
CREATE TABLE log_key (
	id text COLLATE "C" NOT NULL PRIMARY KEY, public text COLLATE "C" NOT NULL, secret text COLLATE "C" NOT NULL, began bigint NOT NULL, ended bigint NOT NULL
);
