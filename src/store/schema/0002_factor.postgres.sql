-- SPDX-License-Identifier: Apache-2.0
-- Second factors, for PostgreSQL. Its twin is 0002_factor.sqlite.sql.

-- Is there any passkey to sign in with?
CREATE INDEX factor_passkey ON factor (type) WHERE type = 'passkey';

-- Browsers that a user asked to be remembered in (remembered_browser.h).
CREATE TABLE remembered_browser (
	browser      BYTEA NOT NULL,
	user_id      TEXT COLLATE "C" NOT NULL REFERENCES user_account (user_id) ON DELETE CASCADE,
	created_at   BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	PRIMARY KEY (browser, user_id)
);

CREATE INDEX remembered_browser_by_user ON remembered_browser (user_id);
CREATE INDEX remembered_browser_by_use ON remembered_browser (last_used_at);
