/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event.h"

#include "store/rows.h"

#define COLUMNS                                                               \
	"type, description, reason, request_id, client_id, user_id, sid, ip," \
	" user_agent, details, at_ms, weight"

static void read_event(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct event *)row = (struct event){
		.type = db_str(q, arena, 0),
		.description = db_str(q, arena, 1),
		.reason = db_str(q, arena, 2),
		.request_id = db_str(q, arena, 3),
		.client_id = db_str(q, arena, 4),
		.user_id = db_str(q, arena, 5),
		.sid = db_str(q, arena, 6),
		.ip = db_str(q, arena, 7),
		.user_agent = db_str(q, arena, 8),
		.details = db_str(q, arena, 9),
		.at_ms = db_int(q, 10),
		.weight = db_int(q, 11),
		.event_id = db_int(q, 12),
	};
}

enum err event_insert(struct db_conn *db, const struct event *e)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO event (" COLUMNS
		") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, e->type);
	db_bind_str(q, 2, e->description);
	db_bind_str(q, 3, e->reason);
	db_bind_str(q, 4, e->request_id);
	db_bind_str(q, 5, e->client_id);
	db_bind_str(q, 6, e->user_id);
	db_bind_str(q, 7, e->sid);
	db_bind_str(q, 8, e->ip);
	db_bind_str(q, 9, e->user_agent);
	db_bind_str(q, 10, e->details);
	db_bind_int(q, 11, e->at_ms);
	db_bind_int(q, 12, e->weight);
	return db_run(q);
}

/*
 * A filter is one of ten statements: by the member that narrows most, which has an index, and
 * in either direction. The other members are compared row by row. The log is in order of time
 * but for the moments in which threads overtook each other, so `since` is first an event_id,
 * found ten seconds earlier, and then the time itself.
 */
#define LIST(narrow, after, order)                                              \
	"SELECT " COLUMNS ", event_id FROM event WHERE " narrow                 \
	" AND ($1 = '' OR type = $1) AND ($2 = '' OR client_id = $2)"           \
	" AND ($3 = '' OR user_id = $3) AND ($4 = '' OR request_id = $4)"       \
	" AND at_ms >= $5 AND event_id >= coalesce((SELECT event_id FROM event" \
	" WHERE at_ms >= $5 - 10000 ORDER BY at_ms LIMIT 1), 0)"                \
	" AND ($6 = 0 OR event_id " after " $6) ORDER BY event_id " order " LIMIT $7"
#define BOTH_WAYS(narrow)                                           \
	{                                                           \
		LIST(narrow, ">", "ASC"), LIST(narrow, "<", "DESC") \
	}

enum narrowed { BY_REQUEST, BY_USER, BY_CLIENT, BY_TYPE, BY_NOTHING, WAYS_TO_NARROW };

static const char *const lists[WAYS_TO_NARROW][2] = {
	[BY_REQUEST] = BOTH_WAYS("request_id = $4"),
	[BY_USER] = BOTH_WAYS("user_id = $3"),
	[BY_CLIENT] = BOTH_WAYS("client_id = $2"),
	[BY_TYPE] = BOTH_WAYS("type = $1"),
	[BY_NOTHING] = BOTH_WAYS("1 = 1"),
};

static enum narrowed narrowest(const struct event_filter *f)
{
	if (f->request_id.n > 0)
		return BY_REQUEST;
	if (f->user_id.n > 0)
		return BY_USER;
	if (f->client_id.n > 0)
		return BY_CLIENT;
	if (f->type.n > 0)
		return BY_TYPE;
	return BY_NOTHING;
}

enum err event_list(struct db_conn *db, struct arena *arena, const struct event_filter *f,
	struct event **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db, lists[narrowest(f)][f->descending], &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, f->type);
	db_bind_text(q, 2, f->client_id);
	db_bind_text(q, 3, f->user_id);
	db_bind_text(q, 4, f->request_id);
	db_bind_int(q, 5, f->since_ms);
	db_bind_int(q, 6, f->after);
	db_bind_int(q, 7, (int64_t)f->max);
	err = row_list(q, arena, read_event, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err event_prune(struct db_conn *db, int64_t before_ms, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM event WHERE event_id IN"
		" (SELECT event_id FROM event WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)",
		before_ms, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
