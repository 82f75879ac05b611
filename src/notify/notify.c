/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify.h"

#include <stdlib.h>

#include "base/chore.h"
#include "base/clock.h"
#include "base/log.h"
#include "notify/backoff.h"
#include "notify/delivery.h"
#include "notify/message.h"
#include "notify/queue.h"

enum {
	POLL_MS = 300,
	CLAIM_SECONDS = 120, /* well beyond a delivery's timeout */
};

struct notify {
	struct provider *provider;
	struct chore *sending;
};

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
	struct step step = { row, clock_now() + backoff_seconds(row->attempts) };
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

/* False: there is no such tenant. One whose server is slow makes the others wait for no more
 * than one delivery. */
static bool send_due(const struct notify *n, size_t at, struct arena *a, bool *more)
{
	auto_tenant *t = provider_tenant_at(n->provider, at);

	if (t == NULL)
		return false;
	if (notify_can_send(n->provider, t) && send_one(n, t, a))
		*more = true;
	arena_reset(a);
	return true;
}

static bool send_all(struct chore *c, struct arena *a, void *arg)
{
	const struct notify *n = arg;
	bool more = false;

	for (size_t at = 0; !chore_is_stopped(c) && send_due(n, at, a, &more); at++)
		;
	return more;
}

enum err notify_start(struct provider *p, struct notify **ret)
{
	struct notify *n = calloc(1, sizeof(*n));
	struct chore_config config = { .turn = send_all, .arg = n, .rest_ms = POLL_MS };
	enum err err;

	if (!n)
		abort();
	n->provider = p;
	delivery_begin();
	err = chore_start(&config, &n->sending);
	if (err == OK)
		*ret = n;
	else
		notify_stop(n);
	return err;
}

void notify_stop(struct notify *n)
{
	if (n == NULL)
		return;
	chore_stop(n->sending);
	delivery_end();
	free(n);
}
