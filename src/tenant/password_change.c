/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/password_change.h"

#include "store/event.h"
#include "store/refresh_token.h"
#include "store/remembered_browser.h"
#include "store/session.h"
#include "store/ticket.h"

enum { MS = 1000 };

enum err password_changed(
	struct db_conn *conn, struct str user_id, struct str keep_sid, int64_t now)
{
	struct str reason = S("password_changed");
	enum err err = session_end_by_user(conn, user_id, keep_sid, reason, now);

	if (err == OK || err == ERR_NOT_FOUND)
		err = refresh_family_revoke_by_user(conn, user_id, S(""), reason, now);
	if (err == OK || err == ERR_NOT_FOUND)
		err = ticket_delete_by_user(conn, user_id);
	return err == OK ? remembered_browser_forget(conn, user_id) : err;
}

enum err password_changed_by_admin(struct db_conn *conn, struct str user_id, int64_t now)
{
	struct event event = {
		.at_ms = now * MS,
		.type = S("scp"),
		.description = S("Password set by an administrator"),
		.user_id = user_id,
		.weight = 1,
	};
	enum err err = password_changed(conn, user_id, S(""), now);

	return err == OK ? event_insert(conn, &event) : err;
}
