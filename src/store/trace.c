/* SPDX-License-Identifier: Apache-2.0 */
#include "store/trace.h"

#include "store/rows.h"

/* More than this many old ones at once cannot be there, or another call gets the rest. */
#define OLD_ONES "1000"

static void read_trace(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct trace *)row = (struct trace){
		.request_id = db_str(q, arena, 0),
		.at_ms = db_int(q, 1),
		.route = db_str(q, arena, 2),
		.client_id = db_str(q, arena, 3),
		.outcome = db_str(q, arena, 4),
		.reason = db_str(q, arena, 5),
		.facts = db_str(q, arena, 6),
	};
}

static enum err delete_old(struct db_conn *db, const struct trace *t, int64_t keep)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"DELETE FROM trace WHERE request_id IN (SELECT request_id FROM trace"
		" WHERE client_id = $1 AND reason = $2"
		" ORDER BY at_ms DESC, request_id LIMIT " OLD_ONES " OFFSET $3)",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, t->client_id);
	db_bind_text(q, 2, t->reason);
	db_bind_int(q, 3, keep);
	return db_run(q);
}

/* A request's id may come from outside: the first trace under it stays. */
enum err trace_insert(struct db_conn *db, const struct trace *t, int64_t keep)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO trace (request_id, at_ms, route, client_id, outcome, reason, "
		"facts)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (request_id) DO NOTHING",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, t->request_id);
	db_bind_int(q, 2, t->at_ms);
	db_bind_str(q, 3, t->route);
	db_bind_text(q, 4, t->client_id);
	db_bind_str(q, 5, t->outcome);
	db_bind_text(q, 6, t->reason);
	db_bind_str(q, 7, t->facts);
	err = db_run(q);
	return err == OK ? delete_old(db, t, keep) : err;
}

enum err trace_find(
	struct db_conn *db, struct arena *arena, struct str request_id, struct trace *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT request_id, at_ms, route, client_id, outcome, reason, facts FROM trace"
		" WHERE request_id = $1",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, request_id);
	return row_find(q, arena, read_trace, sizeof(*ret), ret);
}
