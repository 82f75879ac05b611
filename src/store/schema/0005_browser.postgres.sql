-- SPDX-License-Identifier: Apache-2.0
-- What a person recognises a remembered browser by, for PostgreSQL. Its twin is
-- 0005_browser.sqlite.sql.

ALTER TABLE remembered_browser ADD COLUMN user_agent TEXT COLLATE "C";
ALTER TABLE remembered_browser ADD COLUMN ip TEXT COLLATE "C";
