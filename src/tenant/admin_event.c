/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/admin_event.h"

#include "store/event.h"
#include "json/json_writer.h"

enum { MS = 1000, DETAILS_GUESS = 512 };

static struct str details_of(struct arena *a, const struct admin_event *e)
{
	struct buf text = buf_new(a, DETAILS_GUESS);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "command", str_from(e->command));
	json_put_str(&w, "kind", str_from(e->kind));
	json_put_opt(&w, "id", e->id);
	if (e->version > 0)
		json_put_int(&w, "version", e->version);
	if (e->changes.n > 0)
		json_put_raw(&w, "changes", e->changes);
	json_end_map(&w);
	return buf_str(&text);
}

enum err admin_event_write(struct db_conn *conn, const struct admin_event *e, int64_t now)
{
	struct arena *a = arena_new(2 * DETAILS_GUESS);
	struct event event = {
		.at_ms = now * MS,
		.type = S("sapi"),
		.description = str_from(e->description),
		.client_id = e->client_id,
		.user_id = e->user_id,
		.sid = e->sid,
		.details = details_of(a, e),
		.weight = 1,
	};
	enum err err = event_insert(conn, &event);

	arena_free(a);
	return err;
}
