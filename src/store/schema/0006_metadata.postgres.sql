-- SPDX-License-Identifier: Apache-2.0
-- What actions keep with a session and with a family of refresh tokens (metadata.h), for
-- PostgreSQL. Its twin is 0006_metadata.sqlite.sql.

ALTER TABLE session ADD COLUMN metadata TEXT;
ALTER TABLE refresh_family ADD COLUMN metadata TEXT;
