-- +goose Up
-- Instants are microseconds. See internal/witness.

-- The keys with which checkpoints of other logs are signed, by their ids; secret is sealed.
CREATE TABLE witness_key (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, secret TEXT NOT NULL, began INTEGER NOT NULL) WITHOUT ROWID;

-- The newest checkpoint of each log that was signed.
CREATE TABLE witness_log (origin TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, checkpoint BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

-- How the witnesses of our own log stand: what each has signed last and when, and since when it is in its state.
CREATE TABLE witness_peer (public TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, line TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, said TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;

-- What did not fit: what the witness had signed or seen (known), and what the log showed it (given).
CREATE TABLE witness_alarm (
	id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, origin TEXT NOT NULL, witness TEXT NOT NULL, at INTEGER NOT NULL, seen INTEGER NOT NULL, times INTEGER NOT NULL, known BLOB NOT NULL, given BLOB NOT NULL,
	settled INTEGER NOT NULL, settler TEXT NOT NULL, reason TEXT NOT NULL -- 0: nobody has looked into it to the end
) WITHOUT ROWID;
