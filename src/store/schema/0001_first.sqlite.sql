-- SPDX-License-Identifier: Apache-2.0
-- The first schema, for SQLite. Its twin is 0001_first.postgres.sql.
-- Times are seconds since the epoch (…_ms: milliseconds); 0 is "not" where the row's header
-- in store/ says so. Digests and sealed values are blobs. Yes and no are 1 and 0.

-- What an administrator configures (document.h).

CREATE TABLE client (
	id         TEXT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	body       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE resource_server (
	id         TEXT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	body       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE client_grant (
	id         TEXT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	body       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE setting (
	id         TEXT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	body       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE login_action (
	id         TEXT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	body       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE action_binding (
	id         TEXT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	body       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE configuration (
	only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
	version  INTEGER NOT NULL
) STRICT;

INSERT INTO configuration (only_row, version) VALUES (1, 1);

CREATE TABLE signing_key (
	kid         TEXT NOT NULL PRIMARY KEY,
	alg         TEXT NOT NULL,
	state       TEXT NOT NULL CHECK (state IN ('next', 'current', 'previous', 'revoked')),
	sealed      BLOB NOT NULL,
	created_at  INTEGER NOT NULL,
	current_at  INTEGER NOT NULL,
	previous_at INTEGER NOT NULL,
	revoked_at  INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX signing_key_one_of_a_state ON signing_key (alg, state)
	WHERE state IN ('next', 'current');

-- People. user_key and session_key never leave the database: small numbers that make the one
-- query of a silent request short.

CREATE TABLE user_account (
	user_key            INTEGER PRIMARY KEY,
	user_id             TEXT NOT NULL UNIQUE,
	email               TEXT,
	email_verified      INTEGER NOT NULL,
	username            TEXT,
	phone_number        TEXT,
	phone_verified      INTEGER NOT NULL,
	name                TEXT,
	password_hash       TEXT,
	blocked             INTEGER NOT NULL,
	profile             TEXT,
	app_metadata        TEXT,
	user_metadata       TEXT,
	created_at          INTEGER NOT NULL,
	updated_at          INTEGER NOT NULL,
	last_password_reset INTEGER NOT NULL,
	last_login          INTEGER NOT NULL,
	last_ip             TEXT,
	logins_count        INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX user_account_by_email ON user_account (lower(email));
CREATE UNIQUE INDEX user_account_by_username ON user_account (lower(username));

CREATE TABLE factor (
	factor_id    TEXT NOT NULL PRIMARY KEY,
	user_id      TEXT NOT NULL REFERENCES user_account (user_id) ON DELETE CASCADE,
	type         TEXT NOT NULL,
	name         TEXT,
	sealed       BLOB,
	data         TEXT,
	confirmed    INTEGER NOT NULL,
	created_at   INTEGER NOT NULL,
	last_used_at INTEGER NOT NULL,
	last_step    INTEGER NOT NULL
) STRICT;

CREATE INDEX factor_by_user ON factor (user_id);

-- What a user allowed a client (grant.h; the word itself is reserved in SQL).
CREATE TABLE user_grant (
	grant_id   TEXT NOT NULL PRIMARY KEY,
	user_id    TEXT NOT NULL REFERENCES user_account (user_id) ON DELETE CASCADE,
	client_id  TEXT NOT NULL,
	audience   TEXT NOT NULL,
	scope      TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	UNIQUE (user_id, client_id, audience)
) STRICT;

CREATE TABLE attempt (
	subject  BLOB NOT NULL,
	at       INTEGER NOT NULL,
	failures INTEGER NOT NULL,
	PRIMARY KEY (subject, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_by_time ON attempt (at);

-- Signing in. A session's user may be gone: the row stays, so that its browser is told so.

CREATE TABLE session (
	session_key      INTEGER PRIMARY KEY,
	sid              TEXT NOT NULL UNIQUE,
	user_key         INTEGER,
	browser          BLOB NOT NULL,
	browser_before   BLOB,
	browser_moved_at INTEGER NOT NULL,
	user_id          TEXT NOT NULL,
	created_at       INTEGER NOT NULL,
	authenticated_at INTEGER NOT NULL,
	last_active_at   INTEGER NOT NULL,
	lifetime         INTEGER NOT NULL,
	idle_lifetime    INTEGER NOT NULL,
	persistent       INTEGER NOT NULL,
	ended_at         INTEGER NOT NULL,
	end_reason       TEXT,
	methods          TEXT,
	ip               TEXT,
	user_agent       TEXT
) STRICT;

CREATE INDEX session_by_browser ON session (browser);
CREATE INDEX session_by_browser_before ON session (browser_before)
	WHERE browser_before IS NOT NULL;
CREATE INDEX session_by_user ON session (user_id) WHERE ended_at = 0;
CREATE INDEX session_by_activity ON session (last_active_at);

CREATE TABLE session_client (
	session_key INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
	client_id   TEXT NOT NULL,
	last_at     INTEGER NOT NULL,
	PRIMARY KEY (session_key, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE interaction (
	id_digest      BLOB NOT NULL PRIMARY KEY,
	binding_digest BLOB,
	client_id      TEXT,
	request        TEXT,
	issuer         TEXT,
	page           TEXT,
	answered       INTEGER NOT NULL,
	login_at       INTEGER NOT NULL,
	sid            TEXT,
	denied         INTEGER NOT NULL,
	data           TEXT,
	created_at     INTEGER NOT NULL,
	expires_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX interaction_by_end ON interaction (expires_at);

-- Tokens.

CREATE TABLE used_code (
	id         BLOB NOT NULL PRIMARY KEY,
	used_at    INTEGER NOT NULL,
	keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_code_by_end ON used_code (keep_until);

CREATE TABLE revoked_token (
	id         TEXT NOT NULL PRIMARY KEY,
	keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX revoked_token_by_end ON revoked_token (keep_until);

CREATE TABLE refresh_family (
	family_id     TEXT NOT NULL PRIMARY KEY,
	client_id     TEXT NOT NULL,
	user_id       TEXT NOT NULL REFERENCES user_account (user_id) ON DELETE CASCADE,
	sid           TEXT,
	handle        TEXT,
	scope         TEXT,
	audience      TEXT,
	claims        TEXT,
	offline       INTEGER NOT NULL,
	rotating      INTEGER NOT NULL,
	generation    INTEGER NOT NULL,
	created_at    INTEGER NOT NULL,
	rotated_at    INTEGER NOT NULL,
	last_used_at  INTEGER NOT NULL,
	expires_at    INTEGER NOT NULL,
	idle_lifetime INTEGER NOT NULL,
	revoked_at    INTEGER NOT NULL,
	revoke_reason TEXT
) STRICT;

CREATE INDEX refresh_family_by_user ON refresh_family (user_id, client_id);
CREATE INDEX refresh_family_by_session ON refresh_family (sid) WHERE sid IS NOT NULL;
CREATE INDEX refresh_family_by_handle ON refresh_family (handle) WHERE handle IS NOT NULL;
CREATE INDEX refresh_family_by_end ON refresh_family (expires_at) WHERE expires_at > 0;
CREATE INDEX refresh_family_by_idle_end ON refresh_family ((last_used_at + idle_lifetime))
	WHERE idle_lifetime > 0;
CREATE INDEX refresh_family_by_revocation ON refresh_family (revoked_at) WHERE revoked_at > 0;

-- What happened.

CREATE TABLE event (
	event_id    INTEGER PRIMARY KEY AUTOINCREMENT,
	at_ms       INTEGER NOT NULL,
	type        TEXT NOT NULL,
	description TEXT,
	reason      TEXT,
	request_id  TEXT,
	client_id   TEXT,
	user_id     TEXT,
	sid         TEXT,
	ip          TEXT,
	user_agent  TEXT,
	details     TEXT,
	weight      INTEGER NOT NULL
) STRICT;

CREATE INDEX event_by_time ON event (at_ms);
CREATE INDEX event_by_type ON event (type, event_id);
CREATE INDEX event_by_client ON event (client_id, event_id) WHERE client_id IS NOT NULL;
CREATE INDEX event_by_user ON event (user_id, event_id) WHERE user_id IS NOT NULL;
CREATE INDEX event_by_request ON event (request_id, event_id) WHERE request_id IS NOT NULL;

CREATE TABLE trace (
	request_id TEXT NOT NULL PRIMARY KEY,
	at_ms      INTEGER NOT NULL,
	route      TEXT,
	client_id  TEXT NOT NULL,
	outcome    TEXT,
	reason     TEXT NOT NULL,
	facts      TEXT
) STRICT;

CREATE INDEX trace_by_reason ON trace (client_id, reason, at_ms);
