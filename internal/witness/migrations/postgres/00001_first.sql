-- +goose Up
-- Instants are microseconds. See internal/witness.

-- The keys with which checkpoints of other logs are signed, by their ids; secret is sealed.
CREATE TABLE witness_key (id text COLLATE "C" NOT NULL PRIMARY KEY, name text COLLATE "C" NOT NULL, secret text COLLATE "C" NOT NULL, began bigint NOT NULL);

-- The newest checkpoint of each log that was signed.
CREATE TABLE witness_log (origin text COLLATE "C" NOT NULL PRIMARY KEY, size bigint NOT NULL, checkpoint bytea NOT NULL, at bigint NOT NULL);

-- How the witnesses of our own log stand: what each has signed last and when, and since when it is in its state.
CREATE TABLE witness_peer (public text COLLATE "C" NOT NULL PRIMARY KEY, size bigint NOT NULL, line text COLLATE "C" NOT NULL, at bigint NOT NULL, state text COLLATE "C" NOT NULL, said text COLLATE "C" NOT NULL, since bigint NOT NULL);

-- What did not fit: what the witness had signed or seen (known), and what the log showed it (given).
CREATE TABLE witness_alarm (
	id text COLLATE "C" NOT NULL PRIMARY KEY, kind text COLLATE "C" NOT NULL, origin text COLLATE "C" NOT NULL, witness text COLLATE "C" NOT NULL, at bigint NOT NULL, seen bigint NOT NULL, times bigint NOT NULL, known bytea NOT NULL, given bytea NOT NULL,
	settled bigint NOT NULL, settler text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL
);
