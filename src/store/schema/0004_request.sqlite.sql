-- SPDX-License-Identifier: Apache-2.0
-- Pushed authorization requests, for SQLite. Its twin is 0004_request.postgres.sql.

CREATE TABLE pushed_request (
	id_digest  BLOB NOT NULL PRIMARY KEY,
	client_id  TEXT NOT NULL,
	request    TEXT NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pushed_request_by_end ON pushed_request (expires_at);
