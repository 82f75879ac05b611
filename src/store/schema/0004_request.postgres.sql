-- SPDX-License-Identifier: Apache-2.0
-- Pushed authorization requests, for PostgreSQL. Its twin is 0004_request.sqlite.sql.

CREATE TABLE pushed_request (
	id_digest  BYTEA NOT NULL PRIMARY KEY,
	client_id  TEXT COLLATE "C" NOT NULL,
	request    TEXT COLLATE "C" NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX pushed_request_by_end ON pushed_request (expires_at);
