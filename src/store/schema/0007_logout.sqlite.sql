-- SPDX-License-Identifier: Apache-2.0
-- Applications that are to be told of a session's end (logout_call.h), for SQLite. Its twin is
-- 0007_logout.postgres.sql.

-- Under which issuer the client knows the session; NULL: the tenant's own.
ALTER TABLE session_client ADD COLUMN issuer TEXT;

CREATE TABLE logout_call (
	sid        TEXT NOT NULL,
	client_id  TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	issuer     TEXT,
	attempts   INTEGER NOT NULL,
	next_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	PRIMARY KEY (sid, client_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX logout_call_by_turn ON logout_call (next_at);
CREATE INDEX logout_call_by_client ON logout_call (client_id);
CREATE INDEX logout_call_by_end ON logout_call (expires_at);
