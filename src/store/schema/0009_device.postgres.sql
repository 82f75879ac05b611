-- SPDX-License-Identifier: Apache-2.0
-- Devices that ask to be let in (device_grant.h), for PostgreSQL. Its twin is
-- 0009_device.sqlite.sql.

CREATE TABLE device_grant (
	device_digest BYTEA NOT NULL PRIMARY KEY,
	user_digest   BYTEA NOT NULL UNIQUE,
	client_id     TEXT COLLATE "C" NOT NULL,
	issuer        TEXT COLLATE "C" NOT NULL,
	request       TEXT COLLATE "C" NOT NULL,
	data          TEXT COLLATE "C" NOT NULL,
	state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'approved', 'denied')),
	code          TEXT COLLATE "C",
	poll_interval BIGINT NOT NULL,
	polled_at_ms  BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	expires_at    BIGINT NOT NULL
);

CREATE INDEX device_grant_by_end ON device_grant (expires_at);
