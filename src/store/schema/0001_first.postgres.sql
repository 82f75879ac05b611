-- SPDX-License-Identifier: Apache-2.0
-- The first schema, for PostgreSQL. Its twin is 0001_first.sqlite.sql.
-- Times are seconds since the epoch (…_ms: milliseconds); 0 is "not" where the row's header
-- in store/ says so. Digests and sealed values are blobs. Yes and no are 1 and 0.
-- Text is compared byte by byte, as SQLite does.

-- What an administrator configures (document.h).

CREATE TABLE client (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	name       TEXT COLLATE "C" NOT NULL,
	body       TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE resource_server (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	name       TEXT COLLATE "C" NOT NULL,
	body       TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE client_grant (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	name       TEXT COLLATE "C" NOT NULL,
	body       TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE setting (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	name       TEXT COLLATE "C" NOT NULL,
	body       TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE login_action (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	name       TEXT COLLATE "C" NOT NULL,
	body       TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE action_binding (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	name       TEXT COLLATE "C" NOT NULL,
	body       TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE configuration (
	only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
	version  BIGINT NOT NULL
);

INSERT INTO configuration (only_row, version) VALUES (1, 1);

CREATE TABLE signing_key (
	kid         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	alg         TEXT COLLATE "C" NOT NULL,
	state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('next', 'current', 'previous', 'revoked')),
	sealed      BYTEA NOT NULL,
	created_at  BIGINT NOT NULL,
	current_at  BIGINT NOT NULL,
	previous_at BIGINT NOT NULL,
	revoked_at  BIGINT NOT NULL
);

CREATE UNIQUE INDEX signing_key_one_of_a_state ON signing_key (alg, state)
	WHERE state IN ('next', 'current');

-- People. user_key and session_key never leave the database: small numbers that make the one
-- query of a silent request short.

CREATE TABLE user_account (
	user_key            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_id             TEXT COLLATE "C" NOT NULL UNIQUE,
	email               TEXT COLLATE "C",
	email_verified      BIGINT NOT NULL,
	username            TEXT COLLATE "C",
	phone_number        TEXT COLLATE "C",
	phone_verified      BIGINT NOT NULL,
	name                TEXT COLLATE "C",
	password_hash       TEXT COLLATE "C",
	blocked             BIGINT NOT NULL,
	profile             TEXT COLLATE "C",
	app_metadata        TEXT COLLATE "C",
	user_metadata       TEXT COLLATE "C",
	created_at          BIGINT NOT NULL,
	updated_at          BIGINT NOT NULL,
	last_password_reset BIGINT NOT NULL,
	last_login          BIGINT NOT NULL,
	last_ip             TEXT COLLATE "C",
	logins_count        BIGINT NOT NULL
);

CREATE UNIQUE INDEX user_account_by_email ON user_account (lower(email));
CREATE UNIQUE INDEX user_account_by_username ON user_account (lower(username));

CREATE TABLE factor (
	factor_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	user_id      TEXT COLLATE "C" NOT NULL REFERENCES user_account (user_id) ON DELETE CASCADE,
	type         TEXT COLLATE "C" NOT NULL,
	name         TEXT COLLATE "C",
	sealed       BYTEA,
	data         TEXT COLLATE "C",
	confirmed    BIGINT NOT NULL,
	created_at   BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	last_step    BIGINT NOT NULL
);

CREATE INDEX factor_by_user ON factor (user_id);

-- What a user allowed a client (grant.h; the word itself is reserved in SQL).
CREATE TABLE user_grant (
	grant_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	user_id    TEXT COLLATE "C" NOT NULL REFERENCES user_account (user_id) ON DELETE CASCADE,
	client_id  TEXT COLLATE "C" NOT NULL,
	audience   TEXT COLLATE "C" NOT NULL,
	scope      TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	UNIQUE (user_id, client_id, audience)
);

CREATE TABLE attempt (
	subject  BYTEA NOT NULL,
	at       BIGINT NOT NULL,
	failures BIGINT NOT NULL,
	PRIMARY KEY (subject, at)
);

CREATE INDEX attempt_by_time ON attempt (at);

-- Signing in. A session's user may be gone: the row stays, so that its browser is told so.

CREATE TABLE session (
	session_key      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	sid              TEXT COLLATE "C" NOT NULL UNIQUE,
	user_key         BIGINT,
	browser          BYTEA NOT NULL,
	browser_before   BYTEA,
	browser_moved_at BIGINT NOT NULL,
	user_id          TEXT COLLATE "C" NOT NULL,
	created_at       BIGINT NOT NULL,
	authenticated_at BIGINT NOT NULL,
	last_active_at   BIGINT NOT NULL,
	lifetime         BIGINT NOT NULL,
	idle_lifetime    BIGINT NOT NULL,
	persistent       BIGINT NOT NULL,
	ended_at         BIGINT NOT NULL,
	end_reason       TEXT COLLATE "C",
	methods          TEXT COLLATE "C",
	ip               TEXT COLLATE "C",
	user_agent       TEXT COLLATE "C"
);

CREATE INDEX session_by_browser ON session (browser);
CREATE INDEX session_by_browser_before ON session (browser_before)
	WHERE browser_before IS NOT NULL;
CREATE INDEX session_by_user ON session (user_id) WHERE ended_at = 0;
CREATE INDEX session_by_activity ON session (last_active_at);

CREATE TABLE session_client (
	session_key BIGINT NOT NULL REFERENCES session ON DELETE CASCADE,
	client_id   TEXT COLLATE "C" NOT NULL,
	last_at     BIGINT NOT NULL,
	PRIMARY KEY (session_key, client_id)
);

CREATE TABLE interaction (
	id_digest      BYTEA NOT NULL PRIMARY KEY,
	binding_digest BYTEA,
	client_id      TEXT COLLATE "C",
	request        TEXT COLLATE "C",
	issuer         TEXT COLLATE "C",
	page           TEXT COLLATE "C",
	answered       BIGINT NOT NULL,
	login_at       BIGINT NOT NULL,
	sid            TEXT COLLATE "C",
	denied         BIGINT NOT NULL,
	data           TEXT COLLATE "C",
	created_at     BIGINT NOT NULL,
	expires_at     BIGINT NOT NULL
);

CREATE INDEX interaction_by_end ON interaction (expires_at);

-- Tokens.

CREATE TABLE used_code (
	id         BYTEA NOT NULL PRIMARY KEY,
	used_at    BIGINT NOT NULL,
	keep_until BIGINT NOT NULL
);

CREATE INDEX used_code_by_end ON used_code (keep_until);

CREATE TABLE revoked_token (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	keep_until BIGINT NOT NULL
);

CREATE INDEX revoked_token_by_end ON revoked_token (keep_until);

CREATE TABLE refresh_family (
	family_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	client_id     TEXT COLLATE "C" NOT NULL,
	user_id       TEXT COLLATE "C" NOT NULL REFERENCES user_account (user_id) ON DELETE CASCADE,
	sid           TEXT COLLATE "C",
	handle        TEXT COLLATE "C",
	scope         TEXT COLLATE "C",
	audience      TEXT COLLATE "C",
	claims        TEXT COLLATE "C",
	offline       BIGINT NOT NULL,
	rotating      BIGINT NOT NULL,
	generation    BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	rotated_at    BIGINT NOT NULL,
	last_used_at  BIGINT NOT NULL,
	expires_at    BIGINT NOT NULL,
	idle_lifetime BIGINT NOT NULL,
	revoked_at    BIGINT NOT NULL,
	revoke_reason TEXT COLLATE "C"
);

CREATE INDEX refresh_family_by_user ON refresh_family (user_id, client_id);
CREATE INDEX refresh_family_by_session ON refresh_family (sid) WHERE sid IS NOT NULL;
CREATE INDEX refresh_family_by_handle ON refresh_family (handle) WHERE handle IS NOT NULL;
CREATE INDEX refresh_family_by_end ON refresh_family (expires_at) WHERE expires_at > 0;
CREATE INDEX refresh_family_by_idle_end ON refresh_family ((last_used_at + idle_lifetime))
	WHERE idle_lifetime > 0;
CREATE INDEX refresh_family_by_revocation ON refresh_family (revoked_at) WHERE revoked_at > 0;

-- What happened.

CREATE TABLE event (
	event_id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at_ms       BIGINT NOT NULL,
	type        TEXT COLLATE "C" NOT NULL,
	description TEXT COLLATE "C",
	reason      TEXT COLLATE "C",
	request_id  TEXT COLLATE "C",
	client_id   TEXT COLLATE "C",
	user_id     TEXT COLLATE "C",
	sid         TEXT COLLATE "C",
	ip          TEXT COLLATE "C",
	user_agent  TEXT COLLATE "C",
	details     TEXT COLLATE "C",
	weight      BIGINT NOT NULL
);

CREATE INDEX event_by_time ON event (at_ms);
CREATE INDEX event_by_type ON event (type, event_id);
CREATE INDEX event_by_client ON event (client_id, event_id) WHERE client_id IS NOT NULL;
CREATE INDEX event_by_user ON event (user_id, event_id) WHERE user_id IS NOT NULL;
CREATE INDEX event_by_request ON event (request_id, event_id) WHERE request_id IS NOT NULL;

CREATE TABLE trace (
	request_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	at_ms      BIGINT NOT NULL,
	route      TEXT COLLATE "C",
	client_id  TEXT COLLATE "C" NOT NULL,
	outcome    TEXT COLLATE "C",
	reason     TEXT COLLATE "C" NOT NULL,
	facts      TEXT COLLATE "C"
);

CREATE INDEX trace_by_reason ON trace (client_id, reason, at_ms);
