/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Checkpoints on a thread of their own: inside the commits they cost p99 9.6 ms, beside them
 * 1.6 ms. PASSIVE disturbs nobody, but while commits go on it never catches the last one, so
 * the WAL would only grow. Once it is long, a RESTART right after a PASSIVE has next to nothing
 * left to copy; it holds the writer for that moment, and the WAL is written from its start
 * again. Should long reads prevent that, TRUNCATE gives the space back when they are done.
 */

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/sqlite.h"

enum {
	PASSIVE_AT = 1000, /* pages of 4 KiB in the WAL */
	RESTART_AT = 4000,
	TRUNCATE_AT = 16000,
	IDLE_US = 5 * 1000000,    /* what a quiet hour left in the WAL is moved after that */
	BLOCKED_US = 2 * 1000000, /* pause after a reader was in the way */
	READERS_WAIT_MS = 100,    /* how long the writer may be held for readers to finish */
};

struct checkpointer {
	sqlite3 *db;
	pthread_t thread;
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t work;
	int pages;       /* in the WAL, as the last commit saw it */
	int pages_moved; /* of these, already in the database */
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

static void sleep_until(struct checkpointer *c, int64_t us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	pthread_cond_timedwait(&c->work, &c->lock, &t);
}

/* Until there is enough to move, or a little and some time has gone by. False: end. */
static bool wait_for_pages(struct checkpointer *c, int64_t not_before_us)
{
	int64_t idle_at = clock_mono_us() + IDLE_US;
	bool stop;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		int64_t now = clock_mono_us();
		int waiting = c->pages - c->pages_moved;

		if (now < not_before_us)
			sleep_until(c, not_before_us);
		else if (waiting >= PASSIVE_AT || (waiting > 0 && now >= idle_at))
			break;
		else
			sleep_until(c, now < idle_at ? idle_at : now + IDLE_US);
	}
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return !stop;
}

/* SQLITE_BUSY is no failure: somebody else reads, writes or moves pages just now. */
static int move_pages(struct checkpointer *c, int mode, int *ret_pages)
{
	int moved = 0;
	int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, mode, ret_pages, &moved);

	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) {
		sqlite_failed(c->db, "cannot checkpoint", "");
		return rc;
	}
	pthread_mutex_lock(&c->lock);
	if (rc == SQLITE_OK && mode != SQLITE_CHECKPOINT_PASSIVE)
		c->pages = c->pages_moved = 0;
	else if (moved >= 0)
		c->pages_moved = moved;
	pthread_mutex_unlock(&c->lock);
	return rc;
}

static void *checkpointer_main(void *arg)
{
	struct checkpointer *c = arg;
	int64_t not_before_us = 0;

	pthread_setname_np(pthread_self(), "tacit-checkpt");
	while (wait_for_pages(c, not_before_us)) {
		int pages = 0;
		int rc = move_pages(c, SQLITE_CHECKPOINT_PASSIVE, &pages);

		if (rc == SQLITE_OK && pages >= TRUNCATE_AT)
			rc = move_pages(c, SQLITE_CHECKPOINT_TRUNCATE, &pages);
		else if (rc == SQLITE_OK && pages >= RESTART_AT)
			rc = move_pages(c, SQLITE_CHECKPOINT_RESTART, &pages);
		not_before_us = rc == SQLITE_OK ? 0 : clock_mono_us() + BLOCKED_US;
	}
	return NULL;
}

enum err checkpointer_start(const char *path, struct checkpointer **ret)
{
	struct checkpointer *c;
	pthread_condattr_t attr;
	sqlite3 *db;
	enum err err = sqlite_connect(path, SQLITE_OPEN_READWRITE, &db);

	if (err != OK)
		return err;
	sqlite3_busy_timeout(db, READERS_WAIT_MS);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		abort();
	c->db = db;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->work, &attr);
	pthread_condattr_destroy(&attr);
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
	pthread_cond_destroy(&c->work);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
