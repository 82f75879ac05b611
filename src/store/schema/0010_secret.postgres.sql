-- SPDX-License-Identifier: Apache-2.0
-- What a tenant keeps sealed for itself (tenant_secret.h), for PostgreSQL. Its twin is
-- 0010_secret.sqlite.sql.

CREATE TABLE tenant_secret (
	name       TEXT COLLATE "C" NOT NULL,
	kid        TEXT COLLATE "C" NOT NULL,
	sealed     BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (name, kid)
);
