/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/packed.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Where the strings of a row are. */
static const size_t event_strings[] = {
	offsetof(struct event, type),
	offsetof(struct event, description),
	offsetof(struct event, reason),
	offsetof(struct event, request_id),
	offsetof(struct event, client_id),
	offsetof(struct event, user_id),
	offsetof(struct event, sid),
	offsetof(struct event, ip),
	offsetof(struct event, user_agent),
	offsetof(struct event, details),
};
static const size_t trace_strings[] = {
	offsetof(struct trace, request_id),
	offsetof(struct trace, route),
	offsetof(struct trace, client_id),
	offsetof(struct trace, outcome),
	offsetof(struct trace, reason),
	offsetof(struct trace, facts),
};

enum {
	EVENT_STRINGS = sizeof(event_strings) / sizeof(event_strings[0]),
	TRACE_STRINGS = sizeof(trace_strings) / sizeof(trace_strings[0]),
};

/* The strings' bytes stand in `text`, one after the other: their pointers are set when it is
 * unpacked, since the writer makes a copy. */
struct packed {
	size_t size; /* of all */
	bool is_trace;
	int64_t keep;
	union {
		struct event event;
		struct trace trace;
	} row;
	char text[];
};

static struct str *string_at(void *row, size_t offset)
{
	return (struct str *)(void *)((char *)row + offset);
}

static struct packed *pack(
	const void *row, size_t row_size, const size_t *strings, size_t count)
{
	struct packed *p;
	size_t n = 0;
	char *to;

	for (size_t i = 0; i < count; i++)
		n += ((const struct str *)(const void *)((const char *)row + strings[i]))->n;
	p = calloc(1, sizeof(*p) + n);
	if (!p)
		abort();
	p->size = sizeof(*p) + n;
	memcpy(&p->row, row, row_size);
	to = p->text;
	for (size_t i = 0; i < count; i++) {
		struct str *s = string_at(&p->row, strings[i]);

		if (s->n)
			memcpy(to, s->p, s->n);
		to += s->n;
		s->p = NULL;
	}
	return p;
}

static void unpack(struct packed *p, const size_t *strings, size_t count)
{
	const char *from = p->text;

	for (size_t i = 0; i < count; i++) {
		struct str *s = string_at(&p->row, strings[i]);

		s->p = s->n ? from : NULL;
		from += s->n;
	}
}

struct packed *packed_event(const struct event *event)
{
	struct packed *p = pack(event, sizeof(*event), event_strings, EVENT_STRINGS);

	p->row.event.event_id = 0;
	p->row.event.weight = 1;
	return p;
}

struct packed *packed_trace(const struct trace *trace, int64_t keep)
{
	struct packed *p = pack(trace, sizeof(*trace), trace_strings, TRACE_STRINGS);

	p->is_trace = true;
	p->keep = keep;
	return p;
}

void packed_weigh(struct packed *p)
{
	p->row.event.weight++;
}

static enum err write_row(struct db_conn *conn, void *arg)
{
	struct packed *p = arg;

	if (p->is_trace) {
		unpack(p, trace_strings, TRACE_STRINGS);
		return trace_insert(conn, &p->row.trace, p->keep);
	}
	unpack(p, event_strings, EVENT_STRINGS);
	return event_insert(conn, &p->row.event);
}

void packed_write(struct packed *p, struct db *db)
{
	db_write_later(db, write_row, p, p->size);
	free(p);
}
