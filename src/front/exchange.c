/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "front/state.h"

enum {
	ARENA_FIRST = 32 * 1024,
	ID_BYTES = 16,
	SPARE_MAX = 128,
	CHUNKED_MAX = 1 << 20 /* of a chunked body that is thrown away */
};

/* An id is pasted into commands: it begins with a letter, never with a dash. */
static struct str new_id(struct arena *arena)
{
	unsigned char bytes[ID_BYTES];

	random_bytes(bytes, sizeof(bytes));
	bytes[0] &= 0x7f;
	return base64url_encode(arena, bytes, sizeof(bytes));
}

static struct exchange *spare_exchange(struct loop *loop)
{
	struct exchange *ex = loop->spare;

	if (ex != NULL) {
		loop->spare = ex->next;
		loop->spare_count--;
		return ex;
	}
	ex = malloc(sizeof(*ex));
	if (ex == NULL)
		abort();
	ex->rq.arena = arena_new(ARENA_FIRST);
	return ex;
}

void exchange_free(struct exchange *ex)
{
	arena_free(ex->rq.arena);
	free(ex);
}

static void set_deadline(struct exchange *ex, unsigned seconds)
{
	int64_t at = seconds > 0 ? clock_mono_us() + (int64_t)seconds * 1000000 : 0;

	atomic_store_explicit(&ex->link->deadline, at, memory_order_relaxed);
}

struct exchange *exchange_begin(
	struct loop *loop, struct MHD_Connection *connection, const char *target)
{
	struct exchange *ex = spare_exchange(loop);
	struct arena *arena = ex->rq.arena;

	memset(ex, 0, offsetof(struct exchange, headers));
	ex->rq.arena = arena;
	ex->rq.id = new_id(arena);
	ex->loop = loop;
	ex->connection = connection;
	ex->link = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			   ->socket_context;
	ex->target = arena_str(arena, str_from(target));
	atomic_store_explicit(&ex->link->busy, true, memory_order_relaxed);
	atomic_fetch_add_explicit(&loop->requests, 1, memory_order_relaxed);
	set_deadline(ex, loop->front->config.request_seconds);
	return ex;
}

/* The connection is gone before its turn. */
static void leave_turn(const struct exchange *ex)
{
	struct loop *loop = ex->loop;
	size_t i = 0;

	while (i < loop->turn_count && loop->turn[i] != ex)
		i++;
	if (i < loop->turn_count)
		loop->turn[i] = loop->turn[--loop->turn_count];
}

void exchange_end(struct exchange *ex)
{
	struct loop *loop = ex->loop;

	set_deadline(ex, loop->front->config.idle_seconds);
	atomic_store_explicit(&ex->link->busy, false, memory_order_relaxed);
	atomic_fetch_sub_explicit(&loop->requests, 1, memory_order_release);
	if (ex->state == EXCHANGE_TURN)
		leave_turn(ex);
	if (loop->spare_count == SPARE_MAX) {
		exchange_free(ex);
		return;
	}
	arena_reset(ex->rq.arena);
	ex->next = loop->spare;
	loop->spare = ex;
	loop->spare_count++;
}

static enum MHD_Result take_body(struct exchange *ex, const char *data, size_t *n)
{
	ex->received += *n;
	if (ex->received > ex->body_max && !ex->discard) {
		ex->discard = true;
		ex->status = 413;
	}
	if (ex->discard && ex->received > ex->body_max + CHUNKED_MAX)
		return MHD_NO;
	if (!ex->discard) {
		if (ex->body.arena == NULL)
			ex->body = buf_new(ex->rq.arena, *n + 1);
		buf_add(&ex->body, (struct str){ data, *n });
	}
	*n = 0;
	return MHD_YES;
}

static void failed(struct exchange *ex, enum err err)
{
	bool busy = err == ERR_BUSY;

	log_line(busy ? LOG_WARN : LOG_ERROR, "front", "a handler failed", "request_id",
		ex->rq.id.p, "route", ex->route->name, "error",
		err == OK ? "no status" : err_name(err), NULL);
	respond_fault(ex, busy ? 503 : 500);
}

/* Runs the handler; false when it must be run again where it may block. */
static bool run(struct exchange *ex)
{
	enum err err;

	ex->rs = (struct http_response){ 0 };
	err = ex->route->handler(ex->loop->front->provider, &ex->rq, &ex->rs);
	if (err == ERR_WOULD_BLOCK && !ex->rq.may_block)
		return false;
	if (err != OK || ex->rs.status == 0)
		failed(ex, err);
	return true;
}

void exchange_run_pooled(struct pool_task *task, bool late)
{
	struct exchange *ex = (struct exchange *)task;
	struct loop *loop = ex->loop;

	if (late)
		respond_fault(ex, 503);
	else
		(void)run(ex);
	/* From here on it belongs to the loop's thread again. */
	MHD_resume_connection(ex->connection);
	loop_wake(loop);
}

static enum MHD_Result to_pool(struct exchange *ex)
{
	struct pool *pool = ex->loop->front->pool;

	if (!pool_reserve(pool)) {
		respond_fault(ex, 503);
		return respond(ex);
	}
	ex->rq.may_block = true;
	ex->state = EXCHANGE_RUN;
	MHD_suspend_connection(ex->connection);
	pool_push(pool, &ex->task);
	return MHD_YES;
}

/* For what gets no place in this turn the library asks again. */
static enum MHD_Result take_turn(struct exchange *ex)
{
	struct loop *loop = ex->loop;

	if (loop->turn_count == TURN_MOST)
		return MHD_YES;
	loop->turn[loop->turn_count++] = ex;
	ex->state = EXCHANGE_TURN;
	return MHD_YES;
}

static void complete(struct exchange *ex)
{
	set_deadline(ex, 0);
	ex->started = clock_mono_us();
	ex->rq.now_ms = clock_now_ms();
	ex->rq.now = ex->rq.now_ms / 1000;
	if (ex->body.arena != NULL)
		ex->rq.body = buf_str(&ex->body);
}

static enum MHD_Result answer(struct exchange *ex)
{
	if (ex->started == 0)
		complete(ex);
	if (ex->status != 0) {
		respond_fault(ex, ex->status);
		return respond(ex);
	}
	return ex->route->where == POOL ? to_pool(ex) : take_turn(ex);
}

void exchange_run(struct exchange *ex)
{
	ex->state = run(ex) ? EXCHANGE_RUN : EXCHANGE_BLOCK;
}

enum MHD_Result exchange_continue(struct exchange *ex, const char *method, const char *version,
	const char *data, size_t *n)
{
	switch (ex->state) {
	case EXCHANGE_HEAD:
		ex->state = EXCHANGE_BODY;
		return head_read(ex, method, version) ? MHD_YES : respond(ex);
	case EXCHANGE_BODY:
		return *n > 0 ? take_body(ex, data, n) : answer(ex);
	case EXCHANGE_TURN:
		return MHD_YES;
	case EXCHANGE_BLOCK:
		return to_pool(ex);
	case EXCHANGE_RUN:
		return respond(ex);
	case EXCHANGE_DONE:
		break;
	}
	return MHD_NO;
}
