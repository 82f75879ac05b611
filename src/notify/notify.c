/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "notify/delivery.h"
#include "notify/message.h"
#include "notify/queue.h"

enum {
	POLL_MS = 300,
	MS_NS = 1000000,
	SECOND_NS = 1000000000,
	CLAIM_SECONDS = 120, /* well beyond a delivery's timeout */
	ARENA = 64 * 1024,
};

struct notify {
	struct provider *provider;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool stop;
};

/* Seconds until the next attempt: soon at first, since most troubles are short. */
static int64_t backoff(int64_t attempts)
{
	static const int64_t steps[] = { 2, 10, 60, 300, 900, 3600 };
	size_t last = sizeof(steps) / sizeof(steps[0]) - 1;

	return steps[(size_t)attempts < last ? (size_t)attempts : last];
}

struct step {
	const struct mail *mail;
	int64_t at;
};

static enum err write_claim(struct db_conn *conn, void *arg)
{
	const struct step *s = arg;

	return mail_claim(conn, s->mail, s->at);
}

static enum err write_postpone(struct db_conn *conn, void *arg)
{
	const struct step *s = arg;

	return mail_postpone(conn, s->mail->mail_id, s->at);
}

static enum err write_delete(struct db_conn *conn, void *arg)
{
	const struct step *s = arg;

	return mail_delete(conn, s->mail->mail_id);
}

static struct str host_name(const struct issuer *issuer)
{
	ptrdiff_t colon = str_index(issuer->host, ':');

	return colon < 0 ? issuer->host : str_first(issuer->host, (size_t)colon);
}

static enum err deliver(const struct notify *n, const struct tenant *t, struct arena *a,
	const struct mail *row, const char **ret_why)
{
	struct message_frame frame = {
		.from = t->settings.email.from,
		.from_name = t->settings.friendly_name,
		.domain = host_name(&t->issuers[0]),
		.now = clock_now(),
	};
	struct notify_message message;
	struct str text;

	*ret_why = "it cannot be opened";
	if (queue_open(t, a, row, &message) != OK)
		return ERR_INVALID;
	if (frame.from.n == 0)
		frame.from = arena_printf(a, "no-reply@" STR_FMT, STR_ARG(frame.domain));
	text = message_write(a, &message, &frame);
	*ret_why = "the folder of --mail-sink cannot be written";
	if (n->provider->mail_sink)
		return delivery_sink(a, n->provider->mail_sink, row->mail_id, text);
	return delivery_smtp(
		t, a, arena_cstr(a, frame.from), arena_cstr(a, message.to), text, ret_why);
}

static void settle(const struct tenant *t, struct arena *a, const struct mail *row,
	enum err err, const char *why)
{
	struct step step = { row, clock_now() + backoff(row->attempts) };
	bool over = err == OK || err == ERR_INVALID;

	if (err != OK)
		log_line(LOG_WARN, "mail",
			over ? "a message was refused for good" : "a message waits", "reason",
			why, "attempt", arena_printf(a, "%lld", (long long)row->attempts + 1).p,
			NULL);
	err = db_write(t->db, over ? write_delete : write_postpone, &step);
	if (err != OK && err != ERR_NOT_FOUND)
		log_line(LOG_WARN, "mail", "the queue cannot be written", "reason",
			err_name(err), NULL);
}

/* False: nothing is due. */
static bool send_one(const struct notify *n, const struct tenant *t, struct arena *a)
{
	int64_t now = clock_now();
	struct mail row;
	struct step step = { &row, now + CLAIM_SECONDS };
	const char *why;
	enum err err;

	if (mail_next(db_reader(t->db), a, now, &row) != OK)
		return false;
	err = db_write(t->db, write_claim, &step);
	if (err == ERR_NOT_FOUND)
		return true;
	if (err != OK)
		return false;
	err = deliver(n, t, a, &row, &why);
	settle(t, a, &row, err, why);
	return true;
}

static bool is_stopped(struct notify *n)
{
	bool stop;

	pthread_mutex_lock(&n->mutex);
	stop = n->stop;
	pthread_mutex_unlock(&n->mutex);
	return stop;
}

/* False: there is no such tenant. One whose server is slow makes the others wait for no more
 * than one delivery. */
static bool send_due(struct notify *n, size_t at, struct arena *a, bool *more)
{
	auto_tenant *t = provider_tenant_at(n->provider, at);

	if (t == NULL)
		return false;
	if (notify_can_send(n->provider, t) && send_one(n, t, a))
		*more = true;
	arena_reset(a);
	return true;
}

static void wait_a_little(struct notify *n)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += POLL_MS * (long)MS_NS;
	if (until.tv_nsec >= SECOND_NS) {
		until.tv_nsec -= SECOND_NS;
		until.tv_sec++;
	}
	pthread_mutex_lock(&n->mutex);
	if (!n->stop)
		pthread_cond_timedwait(&n->wake, &n->mutex, &until);
	pthread_mutex_unlock(&n->mutex);
}

static void *run(void *arg)
{
	struct notify *n = arg;
	struct arena *a = arena_new(ARENA);

	while (!is_stopped(n)) {
		bool more = false;

		for (size_t at = 0; !is_stopped(n) && send_due(n, at, a, &more); at++)
			;
		if (!more)
			wait_a_little(n);
	}
	arena_free(a);
	return NULL;
}

static void notify_free(struct notify *n)
{
	pthread_cond_destroy(&n->wake);
	pthread_mutex_destroy(&n->mutex);
	free(n);
}

enum err notify_start(struct provider *p, struct notify **ret)
{
	struct notify *n = calloc(1, sizeof(*n));
	pthread_condattr_t monotonic;

	if (!n)
		abort();
	n->provider = p;
	pthread_mutex_init(&n->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&n->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	delivery_begin();
	if (pthread_create(&n->thread, NULL, run, n)) {
		notify_free(n);
		return ERR_IO;
	}
	*ret = n;
	return OK;
}

void notify_stop(struct notify *n)
{
	if (n == NULL)
		return;
	pthread_mutex_lock(&n->mutex);
	n->stop = true;
	pthread_cond_signal(&n->wake);
	pthread_mutex_unlock(&n->mutex);
	pthread_join(n->thread, NULL);
	delivery_end();
	notify_free(n);
}
