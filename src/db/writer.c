/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The one thread of this process that changes a database. Two queues: jobs whose caller
 * waits, and jobs for later. A round opens a transaction, takes what stands in the queues by
 * then, runs each job in a savepoint, commits once, and only then tells the callers.
 */

#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/log.h"
#include "db/parts.h"

enum {
	WAITING_LIMIT = 4096,
	LATER_LIMIT = 32768,
	LATER_DELAY_US = 400 * 1000,
	LATER_ENOUGH = 512, /* so many do not wait for company */
	ROUND_LIMIT = 1024,
	LATER_BESIDE_WAITING = 128, /* what one round of waiting callers may be burdened with */
	RETRY_US = 100 * 1000,
};

struct job {
	alignas(max_align_t) struct job *next;
	db_write_fn *change;
	void *arg;
	int64_t since_us;
	enum err result;
	sem_t *told; /* NULL: nobody waits, and the job is freed */
};

struct queue {
	struct job *first;
	struct job **end;
	unsigned n;
};

struct db_writer {
	const struct db_driver *driver;
	struct db_conn *conn;
	pthread_t thread;
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t work;
	pthread_cond_t settled; /* later_done has grown */
	struct queue waiting;
	struct queue later;
	uint64_t later_accepted;
	uint64_t later_done;
	struct db_counts counts;
	int64_t retry_at_us; /* no transaction could be had: 0, or when to try for the later
				ones */
	unsigned hurry;      /* callers of db_flush */
	bool stop;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){ .end = &q->first };
}

static void queue_add(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->end = job;
	q->end = &job->next;
	q->n++;
}

static struct job *queue_take(struct queue *q)
{
	struct job *job = q->first;

	if (job == NULL)
		return NULL;
	q->first = job->next;
	if (q->first == NULL)
		q->end = &q->first;
	q->n--;
	return job;
}

/* When the queue for later must be worked off. */
static int64_t later_due(const struct db_writer *w)
{
	if (w->retry_at_us != 0 && !w->stop)
		return w->retry_at_us;
	if (w->stop || w->hurry > 0 || w->later.n >= LATER_ENOUGH)
		return 0;
	return w->later.first->since_us + LATER_DELAY_US;
}

/* Sleeps until there is something to do; false when the writer is to end. */
static bool wait_for_work(struct db_writer *w)
{
	bool work = true;

	pthread_mutex_lock(&w->lock);
	while (w->waiting.first == NULL) {
		if (w->later.first == NULL && w->stop) {
			work = false;
			break;
		}
		if (w->later.first == NULL) {
			pthread_cond_wait(&w->work, &w->lock);
			continue;
		}
		if (later_due(w) <= clock_mono_us())
			break;
		condition_wait_until(&w->work, &w->lock, later_due(w));
	}
	pthread_mutex_unlock(&w->lock);
	return work;
}

static void take_round(struct db_writer *w, struct queue *round)
{
	unsigned later_limit = ROUND_LIMIT;

	pthread_mutex_lock(&w->lock);
	if (w->waiting.first != NULL)
		later_limit = LATER_BESIDE_WAITING;
	while (w->waiting.first != NULL && round->n < ROUND_LIMIT)
		queue_add(round, queue_take(&w->waiting));
	while (w->later.first != NULL && later_limit-- > 0)
		queue_add(round, queue_take(&w->later));
	w->retry_at_us = 0;
	pthread_mutex_unlock(&w->lock);
}

static void count_round(struct db_writer *w, const struct queue *round, enum err err)
{
	unsigned later = 0;

	for (const struct job *job = round->first; job != NULL; job = job->next)
		later += job->told == NULL;
	pthread_mutex_lock(&w->lock);
	w->later_done += later;
	w->counts.commits += err == OK;
	w->counts.writes += err == OK ? round->n : 0;
	w->counts.dropped += err == OK ? 0 : later;
	pthread_cond_broadcast(&w->settled);
	pthread_mutex_unlock(&w->lock);
}

/* Tells everybody; `err` is the fate of the whole transaction. Whoever is told finds it
 * counted. */
static void settle(struct db_writer *w, struct queue *round, enum err err)
{
	struct job *job;

	count_round(w, round, err);
	while ((job = queue_take(round)) != NULL) {
		if (err != OK)
			job->result = err;
		if (job->told != NULL)
			sem_post(job->told); /* the job was on its caller's stack */
		else
			free(job);
	}
}

/* No transaction: those who wait are told, the others may have better luck later. */
static void refuse_round(struct db_writer *w, enum err err)
{
	struct queue round;

	queue_init(&round);
	pthread_mutex_lock(&w->lock);
	while (w->waiting.first != NULL)
		queue_add(&round, queue_take(&w->waiting));
	while (w->stop && w->later.first != NULL)
		queue_add(&round, queue_take(&w->later));
	w->retry_at_us = clock_mono_us() + RETRY_US;
	pthread_mutex_unlock(&w->lock);
	settle(w, &round, err);
}

/* False when the transaction itself is lost. */
static bool run_job(struct db_writer *w, struct job *job)
{
	if (w->driver->mark(w->conn) != OK)
		return false;
	job->result = job->change(w->conn, job->arg);
	if (!w->driver->in_transaction(w->conn))
		return false;
	if (job->result == OK)
		return w->driver->keep(w->conn) == OK;
	return w->driver->undo(w->conn) == OK;
}

static void run_round(struct db_writer *w)
{
	int64_t start = clock_mono_us();
	enum err err = w->driver->begin(w->conn);
	struct queue round;

	if (err != OK) {
		refuse_round(w, err);
		return;
	}

	queue_init(&round);
	take_round(w, &round);
	for (struct job *job = round.first; job != NULL && err == OK; job = job->next)
		if (!run_job(w, job))
			err = ERR_STORE;
	if (err == OK)
		err = w->driver->commit(w->conn);
	if (err != OK)
		w->driver->rollback(w->conn);

	pthread_mutex_lock(&w->lock);
	w->counts.busy_us += (uint64_t)(clock_mono_us() - start);
	pthread_mutex_unlock(&w->lock);
	settle(w, &round, err);
}

static void *writer_main(void *arg)
{
	struct db_writer *w = arg;

	pthread_setname_np(pthread_self(), "tacit-writer");
	while (wait_for_work(w))
		run_round(w);
	return NULL;
}

enum err writer_start(struct db *db, struct db_writer **ret)
{
	struct db_writer *w = calloc(1, sizeof(*w));
	enum err err;

	if (w == NULL)
		abort();
	err = db->driver->connect(db->place, DB_WRITER, &w->conn);
	if (err != OK) {
		free(w);
		return err;
	}

	w->driver = db->driver;
	queue_init(&w->waiting);
	queue_init(&w->later);
	pthread_mutex_init(&w->lock, NULL);
	condition_init(&w->work);
	condition_init(&w->settled);
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0)
		abort();
	*ret = w;
	return OK;
}

void writer_stop(struct db_writer *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);

	conn_close(w->conn);
	pthread_cond_destroy(&w->settled);
	pthread_cond_destroy(&w->work);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static void (*observe_write)(int64_t microseconds);

void db_observe_writes(void (*observe)(int64_t microseconds))
{
	observe_write = observe;
}

enum err db_write(struct db *db, db_write_fn *change, void *arg)
{
	struct db_writer *w = db->writer;
	struct job job = { .change = change, .arg = arg, .since_us = clock_mono_us() };
	bool full;
	sem_t told;

	assert(!pthread_equal(pthread_self(), w->thread)); /* it would wait for itself */

	sem_init(&told, 0, 0);
	job.told = &told;
	pthread_mutex_lock(&w->lock);
	assert(!w->stop);
	full = w->waiting.n >= WAITING_LIMIT;
	if (!full) {
		queue_add(&w->waiting, &job);
		pthread_cond_signal(&w->work);
	}
	pthread_mutex_unlock(&w->lock);

	while (!full && sem_wait(&told) != 0)
		; /* EINTR */
	sem_destroy(&told);
	if (observe_write != NULL)
		observe_write(clock_mono_us() - job.since_us);
	return full ? ERR_BUSY : job.result;
}

void db_write_later(struct db *db, db_write_fn *change, const void *arg, size_t n)
{
	struct db_writer *w = db->writer;
	struct job *job = malloc(sizeof(*job) + n);
	bool full;

	if (job == NULL)
		abort();
	*job = (struct job){ .change = change, .arg = job + 1, .since_us = clock_mono_us() };
	if (n > 0)
		memcpy(job + 1, arg, n);

	pthread_mutex_lock(&w->lock);
	full = w->later.n >= LATER_LIMIT;
	if (full) {
		w->counts.dropped++;
	} else {
		w->later_accepted++;
		queue_add(&w->later, job);
		if (w->later.n == 1 || w->later.n == LATER_ENOUGH)
			pthread_cond_signal(&w->work);
	}
	pthread_mutex_unlock(&w->lock);
	if (full)
		free(job);
}

void db_flush(struct db *db)
{
	struct db_writer *w = db->writer;
	uint64_t mine;

	pthread_mutex_lock(&w->lock);
	mine = w->later_accepted;
	w->hurry++;
	pthread_cond_signal(&w->work);
	while (w->later_done < mine)
		pthread_cond_wait(&w->settled, &w->lock);
	w->hurry--;
	pthread_mutex_unlock(&w->lock);
}

void db_counts(struct db *db, struct db_counts *ret)
{
	struct db_writer *w = db->writer;

	pthread_mutex_lock(&w->lock);
	*ret = w->counts;
	pthread_mutex_unlock(&w->lock);
}
