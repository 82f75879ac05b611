/* SPDX-License-Identifier: Apache-2.0 */

/* Sessions: reading them. What changes them is in session_change.c. */

#include "store/session.h"

#include <string.h>

#include "store/rows.h"

#define COLUMNS                                                                             \
	"s.sid, s.user_id, s.created_at, s.authenticated_at, s.last_active_at, s.lifetime," \
	" s.idle_lifetime, s.persistent, s.ended_at, s.end_reason, s.methods, s.ip,"        \
	" s.user_agent"

static void read_session(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct session *)row = (struct session){
		.sid = db_str(q, arena, 0),
		.user_id = db_str(q, arena, 1),
		.created_at = db_int(q, 2),
		.authenticated_at = db_int(q, 3),
		.last_active_at = db_int(q, 4),
		.lifetime = db_int(q, 5),
		.idle_lifetime = db_int(q, 6),
		.persistent = db_int(q, 7) != 0,
		.ended_at = db_int(q, 8),
		.end_reason = db_str(q, arena, 9),
		.methods = db_str(q, arena, 10),
		.ip = db_str(q, arena, 11),
		.user_agent = db_str(q, arena, 12),
	};
}

static void read_joined(struct db_stmt *q, struct arena *arena, struct session *s)
{
	bool user_gone = db_is_null(q, 13);

	read_session(q, arena, s);
	s->user_blocked = db_int(q, 13) != 0;
	s->user_app_metadata = db_str(q, arena, 14);
	s->client_joined = !db_is_null(q, 15);
	s->client_last_at = db_int(q, 15);

	/* Signed in while the user was being deleted: as if it had been a moment earlier. */
	if (user_gone && s->ended_at == 0) {
		s->ended_at = s->last_active_at;
		s->end_reason = S("user_deleted");
	}
}

/* By numbers, which are found twice as fast as words; a number may be given again, a word not.
 */
#define JOINED                                                                       \
	"SELECT " COLUMNS ", u.blocked, u.app_metadata, c.last_at FROM session AS s" \
	" LEFT JOIN user_account AS u"                                               \
	" ON u.user_key = s.user_key AND u.user_id = s.user_id"                      \
	" LEFT JOIN session_client AS c"                                             \
	" ON c.session_key = s.session_key AND c.client_id = $2"

static const char by_browser[] = JOINED " WHERE s.browser = $1 LIMIT 10";
static const char by_browser_before[] =
	JOINED " WHERE s.browser_before = $1 AND s.browser_moved_at > $3 LIMIT 10";

_Static_assert(SESSIONS_PER_BROWSER == 10, "the LIMIT of the two statements above");

static bool used_before(const struct session *a, const struct session *b)
{
	if (a->last_active_at != b->last_active_at)
		return a->last_active_at < b->last_active_at;
	return a->created_at < b->created_at;
}

/* Into its place among the `n` sorted ones. Sorting in SQL would cost more than the reading. */
static void place(struct session *sorted, size_t n, const struct session *s)
{
	while (n > 0 && used_before(&sorted[n - 1], s)) {
		sorted[n] = sorted[n - 1];
		n--;
	}
	sorted[n] = *s;
}

static enum err read_browser(
	struct db_stmt *q, struct arena *arena, struct session *ret, size_t *ret_count)
{
	struct session found[SESSIONS_PER_BROWSER], next;
	size_t n = 0;
	enum err err;

	while ((err = db_step(q)) == OK && n < SESSIONS_PER_BROWSER) {
		read_joined(q, arena, &next);
		place(found, n, &next);
		n++;
	}
	if (err != ERR_NOT_FOUND || n == 0)
		return err;
	memcpy(ret, found, n * sizeof(found[0]));
	*ret_count = n;
	return OK;
}

enum err session_find_by_browser(struct db_conn *db, struct arena *arena, struct str browser,
	struct str client_id, int64_t now, struct session ret[SESSIONS_PER_BROWSER],
	size_t *ret_count)
{
	auto_stmt *q = NULL;
	auto_stmt *before = NULL;
	enum err err = db_prepare(db, by_browser, &q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, browser);
	db_bind_text(q, 2, client_id);
	err = read_browser(q, arena, ret, ret_count);
	if (err != ERR_NOT_FOUND)
		return err;

	err = db_prepare(db, by_browser_before, &before);
	if (err != OK)
		return err;
	db_bind_blob(before, 1, browser);
	db_bind_text(before, 2, client_id);
	db_bind_int(before, 3, now - BROWSER_GRACE_SECONDS);
	return read_browser(before, arena, ret, ret_count);
}

enum err session_find(
	struct db_conn *db, struct arena *arena, struct str sid, struct session *ret)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "SELECT " COLUMNS " FROM session AS s WHERE s.sid = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	return row_find(q, arena, read_session, sizeof(*ret), ret);
}

enum err session_is_of_browser(struct db_conn *db, struct str sid, struct str browser)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "SELECT 1 FROM session WHERE sid = $1 AND browser = $2", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	db_bind_blob(q, 2, browser);
	return db_step(q);
}

enum err session_list_by_user(struct db_conn *db, struct arena *arena, struct str user_id,
	struct session **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		"SELECT " COLUMNS " FROM session AS s WHERE s.user_id = $1 AND s.ended_at = 0"
		" ORDER BY s.created_at DESC, s.sid",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	err = row_list(q, arena, read_session, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

static void read_client(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct str *)row = db_str(q, arena, 0);
}

enum err session_clients(struct db_conn *db, struct arena *arena, struct str sid,
	struct str **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		"SELECT c.client_id FROM session AS s"
		" JOIN session_client AS c ON c.session_key = s.session_key"
		" WHERE s.sid = $1 ORDER BY c.client_id",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	err = row_list(q, arena, read_client, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err session_count(struct db_conn *db, int64_t *ret)
{
	return row_number(db, "SELECT count(*) FROM session WHERE ended_at = 0", ret);
}

enum err session_count_live(struct db_conn *db, int64_t now, int64_t *ret)
{
	return row_number_at(db,
		"SELECT count(*) FROM session WHERE ended_at = 0"
		" AND authenticated_at + lifetime > $1 AND last_active_at + idle_lifetime > $1",
		now, ret);
}
