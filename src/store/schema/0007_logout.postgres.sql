-- SPDX-License-Identifier: Apache-2.0
-- Applications that are to be told of a session's end (logout_call.h), for PostgreSQL. Its twin
-- is 0007_logout.sqlite.sql.

-- Under which issuer the client knows the session; NULL: the tenant's own.
ALTER TABLE session_client ADD COLUMN issuer TEXT COLLATE "C";

CREATE TABLE logout_call (
	sid        TEXT COLLATE "C" NOT NULL,
	client_id  TEXT COLLATE "C" NOT NULL,
	user_id    TEXT COLLATE "C" NOT NULL,
	issuer     TEXT COLLATE "C",
	attempts   BIGINT NOT NULL,
	next_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (sid, client_id)
);

CREATE INDEX logout_call_by_turn ON logout_call (next_at);
CREATE INDEX logout_call_by_client ON logout_call (client_id);
CREATE INDEX logout_call_by_end ON logout_call (expires_at);
