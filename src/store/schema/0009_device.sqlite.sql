-- SPDX-License-Identifier: Apache-2.0
-- Devices that ask to be let in (device_grant.h), for SQLite. Its twin is
-- 0009_device.postgres.sql.

CREATE TABLE device_grant (
	device_digest BLOB NOT NULL PRIMARY KEY,
	user_digest   BLOB NOT NULL UNIQUE,
	client_id     TEXT NOT NULL,
	issuer        TEXT NOT NULL,
	request       TEXT NOT NULL,
	data          TEXT NOT NULL,
	state         TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied')),
	code          TEXT,
	poll_interval INTEGER NOT NULL,
	polled_at_ms  INTEGER NOT NULL,
	created_at    INTEGER NOT NULL,
	expires_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX device_grant_by_end ON device_grant (expires_at);
