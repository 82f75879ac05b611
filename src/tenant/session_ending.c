/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/session_ending.h"

#include "store/refresh_token.h"

static bool goes_with_logout(
	const struct tenant *t, const struct refresh_family *f, struct str sid)
{
	const struct client *client;

	if (f->revoked_at != 0 || !f->offline || !str_eq(f->sid, sid))
		return false;
	client = tenant_client(t, f->client_id);
	return client != NULL && client->revoke_on_logout;
}

static enum err revoke_offline(const struct tenant *t, struct db_conn *conn, struct arena *a,
	const struct session *session, int64_t now)
{
	struct refresh_family *list;
	size_t count;
	enum err err = refresh_family_list_by_user(conn, a, session->user_id, &list, &count);

	if (err != OK)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (!goes_with_logout(t, &list[i], session->sid))
			continue;
		err = refresh_family_revoke(conn, list[i].family_id, S("logout"), now);
		if (err != OK && err != ERR_NOT_FOUND)
			return err;
	}
	return OK;
}

enum err session_end_with_tokens(const struct tenant *t, struct db_conn *conn, struct arena *a,
	struct str sid, struct str reason, int64_t now)
{
	bool is_logout = str_is(reason, "logout");
	struct session session;
	enum err err = session_find(conn, a, sid, &session);

	if (err != OK)
		return err;
	err = session_end(conn, sid, reason, now);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	err = refresh_family_revoke_by_session(
		conn, sid, false, is_logout ? S("logout") : S("session"), now);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	return is_logout ? revoke_offline(t, conn, a, &session, now) : OK;
}
