-- SPDX-License-Identifier: Apache-2.0
-- Links that were mailed, and mail that waits (ticket.h, mail.h), for SQLite. Its twin is
-- 0003_account.postgres.sql.

CREATE TABLE ticket (
	id_digest  BLOB NOT NULL PRIMARY KEY,
	kind       TEXT NOT NULL,
	user_id    TEXT REFERENCES user_account (user_id) ON DELETE CASCADE,
	email      TEXT,
	client_id  TEXT,
	sealed     BLOB,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ticket_by_end ON ticket (expires_at);
CREATE INDEX ticket_by_user ON ticket (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX ticket_by_email ON ticket (lower(email), created_at);

CREATE TABLE mail (
	mail_id    TEXT NOT NULL PRIMARY KEY,
	sealed     BLOB NOT NULL,
	attempts   INTEGER NOT NULL,
	next_at    INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX mail_by_turn ON mail (next_at);
