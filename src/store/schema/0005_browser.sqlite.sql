-- SPDX-License-Identifier: Apache-2.0
-- What a person recognises a remembered browser by, for SQLite. Its twin is
-- 0005_browser.postgres.sql.

ALTER TABLE remembered_browser ADD COLUMN user_agent TEXT;
ALTER TABLE remembered_browser ADD COLUMN ip TEXT;
