-- SPDX-License-Identifier: Apache-2.0
-- Second factors, for SQLite. Its twin is 0002_factor.postgres.sql.

-- Is there any passkey to sign in with?
CREATE INDEX factor_passkey ON factor (type) WHERE type = 'passkey';

-- Browsers that a user asked to be remembered in (remembered_browser.h).
CREATE TABLE remembered_browser (
	browser      BLOB NOT NULL,
	user_id      TEXT NOT NULL REFERENCES user_account (user_id) ON DELETE CASCADE,
	created_at   INTEGER NOT NULL,
	last_used_at INTEGER NOT NULL,
	PRIMARY KEY (browser, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX remembered_browser_by_user ON remembered_browser (user_id);
CREATE INDEX remembered_browser_by_use ON remembered_browser (last_used_at);
