/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Checkpoints on a thread of their own: inside the commits they cost p99 9.6 ms, beside them
 * 1.6 ms. PASSIVE disturbs nobody, but while commits go on it never catches the last one, so
 * the WAL would only grow, and reading through a long WAL is slow. So once it is long, the
 * checkpointer closes the gate, waits for the transaction that is under way, moves what little
 * is left and lets the WAL begin anew. Left to the locks alone, a busy writer would win each
 * time. RESTART keeps the file, TRUNCATE gives its space back.
 */

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/sqlite.h"

enum {
	PASSIVE_AT = 1000, /* pages of 4 KiB in the WAL */
	RESTART_AT = 4000,
	TRUNCATE_AT = 16000,
	PASSES = 3,               /* PASSIVE ones, until little is left to move at the gate */
	IDLE_US = 5 * 1000000,    /* what a quiet hour left in the WAL is moved after that */
	BLOCKED_US = 1 * 1000000, /* pause after a reader was in the way */
	VIEWS_US = 100 * 1000,    /* how long a reader's view is kept */
	OTHERS_WAIT_MS = 50,      /* at the gate: for readers, and writers of other processes */
};

struct checkpointer {
	sqlite3 *db;
	struct sqlite_readers *readers;
	pthread_t thread;
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t work;
	pthread_cond_t gate;
	int pages;            /* in the WAL, as the last commit saw it */
	int pages_moved;      /* of these, already in the database */
	int64_t views_end_at; /* microseconds; 0: none that we know of */
	bool writing;         /* a transaction is under way */
	bool closed;          /* the gate */
	bool stop;
};

static int on_commit(void *arg, sqlite3 *writer, const char *name, int pages)
{
	struct checkpointer *c = arg;

	(void)writer;
	(void)name;
	pthread_mutex_lock(&c->lock);
	if (pages < c->pages)
		c->pages_moved = 0; /* it began anew */
	c->pages = pages;
	if (pages - c->pages_moved >= PASSIVE_AT)
		pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
	return SQLITE_OK;
}

void checkpointer_enter(struct checkpointer *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->closed)
		pthread_cond_wait(&c->gate, &c->lock);
	c->writing = true;
	pthread_mutex_unlock(&c->lock);
}

void checkpointer_leave(struct checkpointer *c)
{
	pthread_mutex_lock(&c->lock);
	c->writing = false;
	if (c->closed)
		pthread_cond_broadcast(&c->gate);
	pthread_mutex_unlock(&c->lock);
}

void checkpointer_end_views(struct checkpointer *c)
{
	pthread_mutex_lock(&c->lock);
	if (c->views_end_at == 0) {
		c->views_end_at = clock_mono_us() + VIEWS_US;
		pthread_cond_signal(&c->work);
	}
	pthread_mutex_unlock(&c->lock);
}

static void close_gate(struct checkpointer *c)
{
	pthread_mutex_lock(&c->lock);
	c->closed = true;
	while (c->writing)
		pthread_cond_wait(&c->gate, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

static void open_gate(struct checkpointer *c)
{
	pthread_mutex_lock(&c->lock);
	c->closed = false;
	pthread_cond_broadcast(&c->gate);
	pthread_mutex_unlock(&c->lock);
}

static int waiting_pages(struct checkpointer *c)
{
	return c->pages - c->pages_moved;
}

static void sleep_until(struct checkpointer *c, int64_t us)
{
	condition_wait_until(&c->work, &c->lock, us);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When it is time for the readers' views; else only how long they may yet last. */
static int64_t look_at_views(struct checkpointer *c, int64_t now)
{
	if (c->views_end_at == 0)
		return INT64_MAX;
	if (now < c->views_end_at)
		return c->views_end_at;
	c->views_end_at = snapshots_end(c->readers) ? 0 : now + VIEWS_US;
	return c->views_end_at != 0 ? c->views_end_at : INT64_MAX;
}

/* Until there is enough to move, or a little and some time has gone by. False: end. */
static bool wait_for_pages(struct checkpointer *c, int64_t not_before_us)
{
	int64_t idle_at = clock_mono_us() + IDLE_US;
	bool stop;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		int64_t now = clock_mono_us();
		int64_t views_at = look_at_views(c, now);
		int waiting = waiting_pages(c);

		if (now < not_before_us)
			sleep_until(c, earlier(views_at, not_before_us));
		else if (waiting >= PASSIVE_AT || (waiting > 0 && now >= idle_at))
			break;
		else
			sleep_until(
				c, earlier(views_at, now < idle_at ? idle_at : now + IDLE_US));
	}
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return !stop;
}

/* Somebody is in the way, perhaps a reader of ours that has gone for another request since. */
static int on_busy(void *arg, int times)
{
	struct checkpointer *c = arg;

	if (times >= OTHERS_WAIT_MS)
		return 0;
	(void)snapshots_end(c->readers);
	sqlite3_sleep(1);
	return 1;
}

/* SQLITE_BUSY is no failure: somebody else reads, writes or moves pages just now. */
static bool move_pages(struct checkpointer *c, int mode, int *ret_waiting)
{
	int pages = 0, moved = 0;
	int rc;

	(void)snapshots_end(c->readers);
	rc = sqlite3_wal_checkpoint_v2(c->db, NULL, mode, &pages, &moved);
	if (rc != SQLITE_OK) {
		if ((rc & 0xff) != SQLITE_BUSY)
			sqlite_failed(c->db, "cannot checkpoint", "");
		return false;
	}
	pthread_mutex_lock(&c->lock);
	c->pages_moved = moved;
	if (mode != SQLITE_CHECKPOINT_PASSIVE)
		c->pages = c->pages_moved = 0;
	*ret_waiting = waiting_pages(c);
	pthread_mutex_unlock(&c->lock);
	return true;
}

static bool begin_anew(struct checkpointer *c, int mode)
{
	int waiting;
	bool good;

	close_gate(c);
	good = move_pages(c, mode, &waiting);
	open_gate(c);
	return good;
}

static int wal_pages(struct checkpointer *c)
{
	int pages;

	pthread_mutex_lock(&c->lock);
	pages = c->pages;
	pthread_mutex_unlock(&c->lock);
	return pages;
}

/* False when somebody was in the way: better wait than try again at once. */
static bool checkpoint(struct checkpointer *c)
{
	int waiting = PASSIVE_AT;

	for (int i = 0; i < PASSES && waiting >= PASSIVE_AT; i++)
		if (!move_pages(c, SQLITE_CHECKPOINT_PASSIVE, &waiting))
			return false;
	if (wal_pages(c) >= TRUNCATE_AT)
		return begin_anew(c, SQLITE_CHECKPOINT_TRUNCATE);
	if (wal_pages(c) >= RESTART_AT)
		return begin_anew(c, SQLITE_CHECKPOINT_RESTART);
	return true;
}

static void *checkpointer_main(void *arg)
{
	struct checkpointer *c = arg;
	int64_t not_before_us = 0;

	pthread_setname_np(pthread_self(), "tacit-checkpt");
	while (wait_for_pages(c, not_before_us))
		not_before_us = checkpoint(c) ? 0 : clock_mono_us() + BLOCKED_US;
	return NULL;
}

enum err checkpointer_start(
	const char *path, struct sqlite_readers *readers, struct checkpointer **ret)
{
	struct checkpointer *c;
	sqlite3 *db;
	enum err err = sqlite_connect(path, SQLITE_OPEN_READWRITE, &db);

	if (err != OK)
		return err;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		abort();
	c->db = db;
	c->readers = readers;
	sqlite3_busy_handler(db, on_busy, c);
	pthread_mutex_init(&c->lock, NULL);
	condition_init(&c->work);
	condition_init(&c->gate);
	if (pthread_create(&c->thread, NULL, checkpointer_main, c) != 0)
		abort();
	*ret = c;
	return OK;
}

void checkpointer_watch(struct checkpointer *c, sqlite3 *writer)
{
	sqlite3_wal_hook(writer, on_commit, c);
}

void checkpointer_stop(struct checkpointer *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);

	sqlite3_close(c->db);
	pthread_cond_destroy(&c->gate);
	pthread_cond_destroy(&c->work);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
