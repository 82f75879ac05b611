-- SPDX-License-Identifier: Apache-2.0
-- What a tenant keeps sealed for itself (tenant_secret.h), for SQLite. Its twin is
-- 0010_secret.postgres.sql.

CREATE TABLE tenant_secret (
	name       TEXT NOT NULL,
	kid        TEXT NOT NULL,
	sealed     BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (name, kid)
) STRICT, WITHOUT ROWID;
