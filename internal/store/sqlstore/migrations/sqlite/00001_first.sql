-- +goose Up
-- Instants are microseconds since 1970 UTC; 0 is none. A due instant sorts: none is 9223372036854775807.
-- The region stands first in every key of the case tables and never changes (docs/adr/0001).

-- The truth: one row per command. A request id is unique within its case, where its other rows lie near by; one that opens
-- a case within the region.
CREATE TABLE journal (
	region TEXT NOT NULL, case_no TEXT NOT NULL, no INTEGER NOT NULL,
	request TEXT NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL,
	actor_id TEXT NOT NULL, actor_kind TEXT NOT NULL, actor_department TEXT NOT NULL, actor_for TEXT NOT NULL,
	verb TEXT NOT NULL, seq INTEGER NOT NULL, events BLOB NOT NULL, salt BLOB NOT NULL, leaf BLOB NOT NULL,
	PRIMARY KEY (region, case_no, no),
	UNIQUE (region, case_no, request)
) STRICT;
CREATE UNIQUE INDEX journal_opening ON journal (region, request) WHERE no = 1;

-- The newest snapshot of a case, after entry no.
CREATE TABLE case_snapshot (
	region TEXT NOT NULL, case_no TEXT NOT NULL, no INTEGER NOT NULL, body BLOB NOT NULL,
	PRIMARY KEY (region, case_no)
) STRICT;

-- Everything below, up to the messages, is derived from the journal.
-- stage is 'open' while the case runs and its phase once it has ended; departments is a JSON array;
-- personal is 1 if the subject names a person; find is the names by which the case is searched, folded, each after a
-- line break; assisted is how somebody helps the applicant, '' if nobody does; lease ends a claim of wake; tip is the leaf of the last entry.
CREATE TABLE cases (
	region TEXT NOT NULL, case_no TEXT NOT NULL,
	item TEXT NOT NULL, pack TEXT NOT NULL, version TEXT NOT NULL, phase TEXT NOT NULL, stage TEXT NOT NULL,
	channel TEXT NOT NULL, department TEXT NOT NULL, departments TEXT NOT NULL, owner TEXT NOT NULL,
	applicant TEXT NOT NULL, subject TEXT NOT NULL, personal INTEGER NOT NULL,
	find TEXT NOT NULL, document TEXT NOT NULL,
	opened INTEGER NOT NULL, submitted INTEGER NOT NULL, accepted INTEGER NOT NULL, decided INTEGER NOT NULL, ended INTEGER NOT NULL,
	statutory INTEGER NOT NULL, promised INTEGER NOT NULL, stopped INTEGER NOT NULL, assisted TEXT NOT NULL,
	wake INTEGER NOT NULL, lease INTEGER NOT NULL, entry INTEGER NOT NULL, tip BLOB NOT NULL, updated INTEGER NOT NULL, points INTEGER NOT NULL,
	PRIMARY KEY (region, case_no)
) STRICT, WITHOUT ROWID;
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
	region TEXT NOT NULL, department TEXT NOT NULL, stage TEXT NOT NULL, opened INTEGER NOT NULL, case_no TEXT NOT NULL,
	PRIMARY KEY (region, department, stage, opened, case_no)
) STRICT, WITHOUT ROWID;

-- The names of a case in pairs of characters, to find a part of one. A draft that its applicant fills in alone has none.
CREATE TABLE case_gram (
	region TEXT NOT NULL, gram TEXT NOT NULL, opened INTEGER NOT NULL, case_no TEXT NOT NULL,
	PRIMARY KEY (region, gram, opened, case_no)
) STRICT, WITHOUT ROWID;

-- live is 1 while somebody still has to do the task.
CREATE TABLE case_task (
	region TEXT NOT NULL, case_no TEXT NOT NULL, id INTEGER NOT NULL,
	kind TEXT NOT NULL, step TEXT NOT NULL, department TEXT NOT NULL, role TEXT NOT NULL, person TEXT NOT NULL,
	holder TEXT NOT NULL, sender TEXT NOT NULL, state TEXT NOT NULL, live INTEGER NOT NULL,
	opened INTEGER NOT NULL, done INTEGER NOT NULL, done_by TEXT NOT NULL, outcome TEXT NOT NULL,
	due INTEGER NOT NULL, soon INTEGER NOT NULL, stopped INTEGER NOT NULL,
	PRIMARY KEY (region, case_no, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_task_queue ON case_task (region, department, state, due, case_no, id, role);
CREATE INDEX case_task_live ON case_task (region, live, due, case_no, id, department, soon, stopped);
CREATE INDEX case_task_holder ON case_task (region, holder, due, case_no, id) WHERE holder <> '' AND live = 1;
CREATE INDEX case_task_person ON case_task (region, person, due, case_no, id) WHERE person <> '' AND live = 1;
CREATE INDEX case_task_done_by ON case_task (region, done_by, done, case_no, id) WHERE done_by <> '';
CREATE INDEX case_task_callback ON case_task (region, opened, case_no) WHERE kind = 'callback';
CREATE INDEX case_task_sender ON case_task (region, sender, due, case_no, id) WHERE sender <> '' AND live = 1;
CREATE INDEX case_task_asked ON case_task (region, sender, opened, case_no, id) WHERE sender <> '';

CREATE TABLE case_clock (
	region TEXT NOT NULL, case_no TEXT NOT NULL, id TEXT NOT NULL,
	kind TEXT NOT NULL, step TEXT NOT NULL, bearer TEXT NOT NULL, since INTEGER NOT NULL, due INTEGER NOT NULL,
	state TEXT NOT NULL, level INTEGER NOT NULL, ended INTEGER NOT NULL, provisional INTEGER NOT NULL,
	soon INTEGER NOT NULL, today INTEGER NOT NULL, measure TEXT NOT NULL, stops TEXT NOT NULL, why TEXT NOT NULL,
	PRIMARY KEY (region, case_no, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_clock_broken ON case_clock (region, due, case_no, state) WHERE kind = 'promised' AND level = 3;
CREATE INDEX case_clock_running ON case_clock (region, due, case_no, id, bearer, since) WHERE state = 'running';
CREATE INDEX case_clock_stopped ON case_clock (region, case_no, id) WHERE state = 'stopped';

CREATE TABLE licence (
	region TEXT NOT NULL, case_no TEXT NOT NULL, no TEXT NOT NULL,
	kind TEXT NOT NULL, holder TEXT NOT NULL, document TEXT NOT NULL, verify TEXT NOT NULL,
	issued INTEGER NOT NULL, expires TEXT NOT NULL, state TEXT NOT NULL,
	item TEXT NOT NULL, legal TEXT NOT NULL, body BLOB NOT NULL,
	PRIMARY KEY (region, case_no, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX licence_verify ON licence (verify);
CREATE INDEX licence_document ON licence (region, document, issued, case_no, no);
CREATE INDEX licence_legal ON licence (region, legal, issued, case_no, no) WHERE legal <> '' AND state = 'valid';

-- What cases show to everybody; live is 1 while it runs.
CREATE TABLE public_notice (
	region TEXT NOT NULL, case_no TEXT NOT NULL, no INTEGER NOT NULL,
	item TEXT NOT NULL, pack TEXT NOT NULL, version TEXT NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL, live INTEGER NOT NULL,
	since INTEGER NOT NULL, until INTEGER NOT NULL, ended INTEGER NOT NULL, shown BLOB NOT NULL,
	PRIMARY KEY (region, case_no, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX public_notice_since ON public_notice (region, since, case_no, no);
CREATE INDEX public_notice_live ON public_notice (region, since, case_no, no) WHERE live = 1;

-- Names of firms that are registered or kept: one holder for a trade name in an industry; one
-- without an industry also keeps a row without name in each. until is 9223372036854775807 if it stays.
CREATE TABLE firm_name (
	region TEXT NOT NULL, trade TEXT NOT NULL, division TEXT NOT NULL,
	case_no TEXT NOT NULL, name TEXT NOT NULL, sound TEXT NOT NULL, holder TEXT NOT NULL,
	since INTEGER NOT NULL, until INTEGER NOT NULL,
	PRIMARY KEY (region, trade, division)
) STRICT, WITHOUT ROWID;
CREATE INDEX firm_name_sound ON firm_name (region, sound);
CREATE INDEX firm_name_case ON firm_name (region, case_no);

-- The marks of all cases, added up (internal/stat). Each stands under its day with month 0, and under the first day of its month with
-- month 1; each of these for its item, and under item '' for all. A day is counted from 1970-01-01. slot keeps writers of one total out
-- of each other's way: the total is the sum of its slots.
CREATE TABLE total (
	region TEXT NOT NULL, month INTEGER NOT NULL, item TEXT NOT NULL, day INTEGER NOT NULL, department TEXT NOT NULL, channel TEXT NOT NULL,
	measure TEXT NOT NULL, bucket INTEGER NOT NULL, slot INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (region, month, item, day, department, channel, measure, bucket, slot)
) STRICT, WITHOUT ROWID;

-- Messages to people: what to send comes from the journal, what became of it is only here.
CREATE TABLE message (
	region TEXT NOT NULL, case_no TEXT NOT NULL, entry INTEGER NOT NULL, idx INTEGER NOT NULL,
	channel TEXT NOT NULL, recipient TEXT NOT NULL, template TEXT NOT NULL, item TEXT NOT NULL, body BLOB NOT NULL, made INTEGER NOT NULL,
	state TEXT NOT NULL, attempts INTEGER NOT NULL, next INTEGER NOT NULL, lease INTEGER NOT NULL,
	sent INTEGER NOT NULL, seen INTEGER NOT NULL, error TEXT NOT NULL,
	PRIMARY KEY (region, case_no, entry, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_open ON message (region, state, channel, next, case_no, entry, idx) WHERE state <> 'sent';
CREATE INDEX message_recipient ON message (region, recipient, made, case_no, entry, idx);

-- Numbers and walk-ins of a lobby, by day (since 1970-01-01); place is the window, aim the one that alone may call it.
CREATE TABLE turn (
	region TEXT NOT NULL, lobby TEXT NOT NULL, day INTEGER NOT NULL, no INTEGER NOT NULL,
	code TEXT NOT NULL, letter TEXT NOT NULL, class TEXT NOT NULL, origin TEXT NOT NULL, holder TEXT NOT NULL, state TEXT NOT NULL,
	place TEXT NOT NULL, aim TEXT NOT NULL, taken INTEGER NOT NULL, called INTEGER NOT NULL, ended INTEGER NOT NULL, back INTEGER NOT NULL,
	by_id TEXT NOT NULL, request TEXT NOT NULL, history TEXT NOT NULL, version INTEGER NOT NULL,
	PRIMARY KEY (region, lobby, day, no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX turn_code ON turn (region, code);
CREATE UNIQUE INDEX turn_request ON turn (region, lobby, day, request);

-- Hand-overs of shifts from one official to another; body is JSON.
CREATE TABLE shift (
	region TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, giver TEXT NOT NULL, taker TEXT NOT NULL,
	made INTEGER NOT NULL, settled INTEGER NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
	PRIMARY KEY (region, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shift_giver ON shift (region, giver, made, id);
CREATE INDEX shift_taker ON shift (region, taker, made, id);

-- Who looked at a case's personal data.
CREATE TABLE look (
	region TEXT NOT NULL, case_no TEXT NOT NULL, at INTEGER NOT NULL, account TEXT NOT NULL, what TEXT NOT NULL,
	department TEXT NOT NULL, reason TEXT NOT NULL, salt BLOB NOT NULL,
	PRIMARY KEY (region, case_no, at, account, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX look_at ON look (region, at, case_no, account, what);

-- Uploads that the scanner warned of; their content is kept apart under the id (internal/store/filestore).
CREATE TABLE quarantine (
	region TEXT NOT NULL, id TEXT NOT NULL, case_no TEXT NOT NULL, material TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL,
	type TEXT NOT NULL, sha256 TEXT NOT NULL, finding TEXT NOT NULL, account TEXT NOT NULL, at INTEGER NOT NULL,
	state TEXT NOT NULL, asked TEXT NOT NULL, reason TEXT NOT NULL, decided TEXT NOT NULL, changed INTEGER NOT NULL, hash TEXT NOT NULL, version INTEGER NOT NULL,
	PRIMARY KEY (region, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_at ON quarantine (region, at, id);
CREATE INDEX quarantine_case ON quarantine (region, case_no, at, id);
CREATE INDEX quarantine_account ON quarantine (region, account, at, id);

-- What modules have done and anybody can check, as it is proved by a leaf: data is JSON.
CREATE TABLE module_leaf (
	region TEXT NOT NULL, module TEXT NOT NULL, name TEXT NOT NULL, no INTEGER NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL, salt BLOB NOT NULL,
	PRIMARY KEY (region, module, name, no)
) STRICT, WITHOUT ROWID;

-- Leaves of the transparency log that have no place yet, in the order of their ids, and the place of each that has one. A leaf proves
-- an entry, a look, a trace, a pack version, a calendar or what a module has done (kind); name and no say which; entry is the salted hash that the log shows.
CREATE TABLE leaf_waiting (
	id INTEGER PRIMARY KEY, region TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, no INTEGER NOT NULL, entry BLOB NOT NULL, made INTEGER NOT NULL
) STRICT;
CREATE TABLE leaf_place (
	region TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, no INTEGER NOT NULL, place INTEGER NOT NULL,
	PRIMARY KEY (region, kind, name, no)
) STRICT, WITHOUT ROWID;
CREATE INDEX leaf_place_by_place ON leaf_place (place);

CREATE TABLE counter (
	region TEXT NOT NULL, name TEXT NOT NULL, next INTEGER NOT NULL,
	PRIMARY KEY (region, name)
) STRICT, WITHOUT ROWID;

-- Reference tables: small, the same for every region.
CREATE TABLE region (region TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE account (
	id TEXT NOT NULL PRIMARY KEY, login TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT NOT NULL, password TEXT NOT NULL,
	region TEXT NOT NULL, department TEXT NOT NULL, roles TEXT NOT NULL, doc_type TEXT NOT NULL, doc_no TEXT NOT NULL,
	phone TEXT NOT NULL, disabled INTEGER NOT NULL, locked INTEGER NOT NULL, must_change INTEGER NOT NULL, added INTEGER NOT NULL, verified INTEGER NOT NULL,
	version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_region ON account (region, login);
CREATE INDEX account_kind ON account (region, kind, login);
-- Who may act for whom. items is a JSON array, empty for all; until is 9223372036854775807 where there is no end; history is a JSON
-- array; code is the digest of an invitation, hexadecimal, which the salt and the id of the
-- request that asked for it make again. A company has one legal representative at a time.
CREATE TABLE mandate (
	id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, principal TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL,
	agent TEXT NOT NULL, agent_name TEXT NOT NULL, items TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, state TEXT NOT NULL,
	code TEXT NOT NULL, added INTEGER NOT NULL, history TEXT NOT NULL, version INTEGER NOT NULL, salt TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mandate_principal ON mandate (principal, added, id);
CREATE INDEX mandate_agent ON mandate (agent, added, id);
CREATE INDEX mandate_between ON mandate (agent, principal, added, id);
CREATE UNIQUE INDEX mandate_code ON mandate (code) WHERE state = 'invited';
CREATE UNIQUE INDEX mandate_legal ON mandate (principal) WHERE kind = 'legal' AND state = 'active';

-- How an account wants to be reached outside the program; code is a salted hash.
CREATE TABLE contact (
	account TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL, confirmed INTEGER NOT NULL, no_email INTEGER NOT NULL, no_sms INTEGER NOT NULL,
	quiet_from INTEGER NOT NULL, quiet_to INTEGER NOT NULL, code BLOB NOT NULL, code_until INTEGER NOT NULL, tries INTEGER NOT NULL, version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE session (
	hash BLOB NOT NULL PRIMARY KEY, account TEXT NOT NULL, started INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL,
	ended INTEGER NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL, factor TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires);
-- What somebody proves beside the password; secret is sealed (internal/seal). added is 0 until it is confirmed.
CREATE TABLE factor (
	account TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, secret TEXT NOT NULL,
	step INTEGER NOT NULL, added INTEGER NOT NULL, used INTEGER NOT NULL,
	PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
-- Whom a provider of sign-ins (OIDC) calls what.
CREATE TABLE identity (
	issuer TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL, added INTEGER NOT NULL,
	PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_account ON identity (account);
-- A sign-in under way, or another answer that is waited for: taken once.
CREATE TABLE ticket (
	hash BLOB NOT NULL PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, body BLOB NOT NULL, expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_expires ON ticket (expires);
-- What was done at the gate and by administrators. actor is who did it, account whom it is about; changes is a JSON array.
CREATE TABLE trace (
	at INTEGER NOT NULL, id TEXT NOT NULL, log TEXT NOT NULL, kind TEXT NOT NULL, region TEXT NOT NULL,
	account TEXT NOT NULL, actor TEXT NOT NULL, session TEXT NOT NULL, address TEXT NOT NULL, reason TEXT NOT NULL, changes TEXT NOT NULL, salt BLOB NOT NULL,
	PRIMARY KEY (at, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_place ON trace (log, region, at, id);
CREATE INDEX trace_account ON trace (log, account, at, id);
CREATE TABLE attempt (
	who TEXT NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (who, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_at ON attempt (at);
CREATE TABLE pack (
	id TEXT NOT NULL, version TEXT NOT NULL, digest BLOB NOT NULL, archive BLOB NOT NULL, added INTEGER NOT NULL,
	proved TEXT NOT NULL, loaded TEXT NOT NULL,
	PRIMARY KEY (id, version)
) STRICT;
-- The documents of the calendars; cursor is how far running cases have been counted again for one.
CREATE TABLE calendar (
	version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, body BLOB NOT NULL, digest TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL,
	author TEXT NOT NULL, loaded INTEGER NOT NULL, holder TEXT NOT NULL, cursor TEXT NOT NULL, cases INTEGER NOT NULL, clocks INTEGER NOT NULL,
	failed INTEGER NOT NULL, lease INTEGER NOT NULL, finished INTEGER NOT NULL
) STRICT;
-- Times when nobody served; cursor is how far running cases have been told of one.
CREATE TABLE outage (
	began INTEGER NOT NULL PRIMARY KEY, ended INTEGER NOT NULL, holder TEXT NOT NULL, cursor TEXT NOT NULL, cases INTEGER NOT NULL, clocks INTEGER NOT NULL,
	failed INTEGER NOT NULL, lease INTEGER NOT NULL, finished INTEGER NOT NULL
) STRICT;
-- What became of departments; body is JSON. version counts those that were applied.
CREATE TABLE reform (
	id TEXT NOT NULL PRIMARY KEY, region TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL, proposed INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- What administrators set while the program runs (internal/parameter). A row is never deleted, so that the sum of the versions grows with each change.
CREATE TABLE parameter (
	name TEXT NOT NULL, region TEXT NOT NULL, value TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL,
	PRIMARY KEY (name, region)
) STRICT, WITHOUT ROWID;
-- Announcements of a hall, and which officials have read one; body is JSON.
CREATE TABLE announcement (
	id TEXT NOT NULL PRIMARY KEY, region TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE announcement_read (
	announcement TEXT NOT NULL, account TEXT NOT NULL, at INTEGER NOT NULL,
	PRIMARY KEY (announcement, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcement_read_account ON announcement_read (account, announcement);
-- Owners who want nothing that nobody asked for.
CREATE TABLE benefit_off (owner TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, account TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- What the background work of each server did last.
CREATE TABLE job (
	server TEXT NOT NULL, name TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL, next INTEGER NOT NULL, n INTEGER NOT NULL,
	fault TEXT NOT NULL, failed INTEGER NOT NULL,
	PRIMARY KEY (server, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE beat (server TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- The log: its newest signed checkpoint, its tiles (level -1: bundles of entries; level 0 follows from them), and the keys that sign;
-- secret is sealed (internal/seal).
CREATE TABLE log_head (name TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, checkpoint BLOB NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE log_tile (
	level INTEGER NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL,
	PRIMARY KEY (level, n)
) STRICT;
CREATE TABLE log_key (
	id TEXT NOT NULL PRIMARY KEY, public TEXT NOT NULL, secret TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
