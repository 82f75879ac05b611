-- SPDX-License-Identifier: Apache-2.0
-- Links that were mailed, and mail that waits (ticket.h, mail.h), for PostgreSQL. Its twin is
-- 0003_account.sqlite.sql.

CREATE TABLE ticket (
	id_digest  BYTEA NOT NULL PRIMARY KEY,
	kind       TEXT COLLATE "C" NOT NULL,
	user_id    TEXT COLLATE "C" REFERENCES user_account (user_id) ON DELETE CASCADE,
	email      TEXT COLLATE "C",
	client_id  TEXT COLLATE "C",
	sealed     BYTEA,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);

CREATE INDEX ticket_by_end ON ticket (expires_at);
CREATE INDEX ticket_by_user ON ticket (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX ticket_by_email ON ticket (lower(email), created_at);

CREATE TABLE mail (
	mail_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	sealed     BYTEA NOT NULL,
	attempts   BIGINT NOT NULL,
	next_at    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);

CREATE INDEX mail_by_turn ON mail (next_at);
