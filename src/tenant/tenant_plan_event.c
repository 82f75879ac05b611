/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "tenant/admin_event.h"
#include "tenant/tenant_plan.h"
#include "json/json_writer.h"

enum { PARTS_MOST = 32, KINDS = CHANGE_DELETED + 1, CHANGES_GUESS = 512 };

struct tally {
	const char *part;
	int64_t counts[KINDS];
};

/* A file may have a hundred thousand users, and some ten parts. */
static size_t count_changes(const struct change_report *r, struct tally ret[PARTS_MOST])
{
	size_t parts = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct change *c = &r->changes[i];
		size_t at = 0;

		if (c->kind == CHANGE_NONE)
			continue;
		while (at < parts && strcmp(ret[at].part, c->part) != 0)
			at++;
		if (at == parts) {
			assert(parts < PARTS_MOST);
			ret[parts++] = (struct tally){ .part = c->part };
		}
		ret[at].counts[c->kind]++;
	}
	return parts;
}

/* {"clients":{"created":2,"updated":1},"users":{"created":3}} */
static struct str write_tallies(struct arena *a, const struct tally *list, size_t count)
{
	struct buf text = buf_new(a, CHANGES_GUESS);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	for (size_t i = 0; i < count; i++) {
		json_key(&w, list[i].part);
		json_begin_map(&w);
		for (int kind = CHANGE_CREATED; kind < KINDS; kind++)
			if (list[i].counts[kind] > 0)
				json_put_int(&w, change_word(kind), list[i].counts[kind]);
		json_end_map(&w);
	}
	json_end_map(&w);
	return buf_str(&text);
}

enum err plan_record(struct db_conn *conn, const struct plan *p)
{
	struct tally tallies[PARTS_MOST];
	size_t parts = count_changes(&p->report, tallies);
	struct admin_event event = { .command = p->options->command };

	if (event.command == NULL || parts == 0)
		return OK;
	event.description = p->options->item;
	if (event.description == NULL) {
		event.description = "Apply a tenant file";
		event.kind = "tenant";
		event.changes = write_tallies(p->arena, tallies, parts);
	} else if (p->users != NULL) {
		event.kind = "user";
		event.id = event.user_id = p->users->user.user_id;
	} else {
		event.kind = "client";
		event.id = event.client_id = p->documents->document.id;
	}
	return admin_event_write(conn, &event, p->now);
}
