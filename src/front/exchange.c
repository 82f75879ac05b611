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

/* What it waited for has come; any thread. */
static void wait_done(struct http_wait *wait)
{
	struct exchange *ex =
		(struct exchange *)((char *)wait - offsetof(struct exchange, wait));
	struct loop *loop = ex->loop;
	enum waiting was = atomic_exchange(&ex->waiting, CAME);

	if (was != SUSPENDED && was != ORPHAN)
		return;
	ex->is_orphan = was == ORPHAN;
	ex->next = atomic_load(&loop->came);
	while (!atomic_compare_exchange_weak(&loop->came, &ex->next, ex)) {
	}
	loop_wake(loop);
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
	ex->wait.done = wait_done;
	ex->rq.wait = &ex->wait;
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

static void put_back(struct exchange *ex)
{
	struct loop *loop = ex->loop;

	if (ex->state == EXCHANGE_WAIT)
		atomic_fetch_sub(&loop->waits, 1);
	if (ex->wait.kept != NULL && ex->wait.drop != NULL)
		ex->wait.drop(ex->wait.kept);
	atomic_fetch_sub_explicit(&loop->requests, 1, memory_order_release);
	if (loop->spare_count == SPARE_MAX) {
		exchange_free(ex);
		return;
	}
	arena_reset(ex->rq.arena);
	ex->next = loop->spare;
	loop->spare = ex;
	loop->spare_count++;
}

void exchange_end(struct exchange *ex)
{
	enum waiting waiting = WAITING;

	set_deadline(ex, ex->loop->front->config.idle_seconds);
	atomic_store_explicit(&ex->link->busy, false, memory_order_relaxed);
	if (ex->state == EXCHANGE_TURN)
		leave_turn(ex);
	if (ex->state == EXCHANGE_WAIT &&
		atomic_compare_exchange_strong(&ex->waiting, &waiting, ORPHAN))
		return;
	put_back(ex);
}

/* False: the turn is full. */
static bool join_turn(struct exchange *ex)
{
	struct loop *loop = ex->loop;

	if (loop->turn_count == TURN_MOST)
		return false;
	loop->turn[loop->turn_count++] = ex;
	if (ex->state == EXCHANGE_WAIT)
		atomic_fetch_sub(&loop->waits, 1);
	ex->state = EXCHANGE_TURN;
	return true;
}

void exchange_take_came(struct loop *loop)
{
	struct exchange *ex = loop->came_before;

	if (ex == NULL)
		ex = atomic_exchange(&loop->came, NULL);
	while (ex != NULL) {
		struct exchange *next = ex->next;

		if (ex->is_orphan)
			put_back(ex);
		else if (join_turn(ex))
			ex->is_suspended = true;
		else
			break;
		ex = next;
	}
	loop->came_before = ex;
}

void exchange_resume(struct exchange *ex)
{
	if (ex->is_suspended)
		MHD_resume_connection(ex->connection);
	ex->is_suspended = false;
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

/* Runs the handler; what is left to be done with the exchange. */
static enum exchange_state run(struct exchange *ex)
{
	enum err err;

	if (ex->state != EXCHANGE_WORK)
		ex->rs = (struct http_response){ 0 };
	ex->wait.work = NULL;
	atomic_store_explicit(&ex->waiting, WAITING, memory_order_relaxed);
	err = ex->route->handler(ex->loop->front->provider, &ex->rq, &ex->rs);
	if (err == ERR_WOULD_BLOCK && !ex->rq.may_block)
		return EXCHANGE_BLOCK;
	if (err == ERR_WAIT && !ex->rq.may_block)
		return ex->wait.work != NULL ? EXCHANGE_WORK : EXCHANGE_WAIT;
	if (err != OK || ex->rs.status == 0)
		failed(ex, err);
	return EXCHANGE_RUN;
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
	(void)join_turn(ex);
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
	ex->state = run(ex);
	if (ex->state == EXCHANGE_WAIT)
		atomic_fetch_add(&ex->loop->waits, 1);
}

void exchange_work(struct exchange *ex)
{
	if (ex->state == EXCHANGE_WORK)
		ex->wait.work(ex->wait.kept);
}

static enum MHD_Result wait(struct exchange *ex)
{
	enum waiting waiting = WAITING;

	if (atomic_load(&ex->waiting) == CAME)
		return take_turn(ex);
	/* Suspended first: only then may anybody resume it. */
	MHD_suspend_connection(ex->connection);
	if (!atomic_compare_exchange_strong(&ex->waiting, &waiting, SUSPENDED)) {
		MHD_resume_connection(ex->connection);
		loop_wake(ex->loop);
	}
	return MHD_YES;
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
	case EXCHANGE_WORK:
		return MHD_YES;
	case EXCHANGE_BLOCK:
		return to_pool(ex);
	case EXCHANGE_WAIT:
		return wait(ex);
	case EXCHANGE_RUN:
		return respond(ex);
	case EXCHANGE_DONE:
		break;
	}
	return MHD_NO;
}
