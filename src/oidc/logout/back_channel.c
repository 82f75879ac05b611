/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/logout/back_channel.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/url.h"
#include "notify/backoff.h"
#include "notify/fetch.h"
#include "observe/metrics.h"
#include "observe/observer.h"
#include "oidc/logout/logout_token.h"
#include "store/logout_call.h"

enum {
	THREADS =
		8, /* so that one that does not answer holds up few others, and not for long */
	POLL_MS = 800,
	CLAIM_SECONDS = 60, /* well beyond a call's timeout */
	MS = 1000,
};

/* One call on its way. */
struct call {
	const struct provider *provider;
	const struct tenant *tenant;
	struct arena *arena;
	struct logout_call row;
	int status;      /* what the client answered; 0: nothing */
	const char *why; /* nothing was answered, or nothing was asked */
};

enum outcome { TOLD, LATER, REFUSED, UNWANTED };

/* 2.8: 200 is good, and 204 is forgiven. A client's own no stays a no; its trouble may pass. */
static enum outcome judge(int status)
{
	if (status == 200 || status == 204)
		return TOLD;
	if (status == 408 || status == 429 || status >= 500)
		return LATER;
	return REFUSED;
}

static enum outcome tell(struct call *c)
{
	const struct client *client = tenant_client(c->tenant, c->row.client_id);
	struct buf form = buf_new(c->arena, 1024);
	struct logout_token_request request = {
		.tenant = c->tenant,
		.client = client,
		.issuer = c->row.issuer.n > 0 ? c->row.issuer : c->tenant->issuers[0].url,
		.user_id = c->row.user_id,
		.sid = c->row.sid,
		.now = clock_now(),
	};
	struct str token;
	enum err err;

	if (client == NULL || !client->enabled || client->backchannel_logout_uri.n == 0)
		return UNWANTED;
	c->why = "there is no key to sign it with";
	if (logout_token_make(&request, c->arena, &token) != OK)
		return LATER;
	buf_add(&form, S("logout_token="));
	url_encode_add(&form, token);
	err = fetch_post(c->arena, c->tenant->settings.outgoing_private_hosts,
		client->backchannel_logout_uri, buf_str(&form), &c->status);
	c->why = err == ERR_INVALID ? "its URL is not one to be asked" : "no answer";
	if (err != OK)
		return err == ERR_INVALID ? REFUSED : LATER;
	return judge(c->status);
}

static const char *number(const struct call *c, int64_t n)
{
	return arena_printf(c->arena, "%lld", (long long)n).p;
}

/* A line in the log for each call. */
static void log_call(const struct call *c, enum outcome outcome, int64_t ms)
{
	static const char *const words[] = { [TOLD] = "a client was told of a log-out",
		[LATER] = "a client could not be told of a log-out and will be asked again",
		[REFUSED] = "a client could not be told of a log-out" };

	if (outcome == UNWANTED)
		return;
	log_line(outcome == TOLD ? LOG_INFO : LOG_WARN, "logout", words[outcome], "client_id",
		arena_cstr(c->arena, c->row.client_id), "sid", arena_cstr(c->arena, c->row.sid),
		"attempt", number(c, c->row.attempts + 1), c->status > 0 ? "status" : "reason",
		c->status > 0 ? number(c, c->status) : c->why, "ms", number(c, ms), NULL);
}

static void record(const struct call *c, enum outcome outcome)
{
	struct event event = {
		.at_ms = clock_now_ms(),
		.type = outcome == TOLD ? S("oidc_backchannel_logout_succeeded")
					: S("oidc_backchannel_logout_failed"),
		.description = c->status > 0 ? arena_printf(c->arena, "The client answered %d",
						       c->status)
					     : str_from(c->why),
		.client_id = c->row.client_id,
		.user_id = c->row.user_id,
		.sid = c->row.sid,
		.weight = 1,
	};

	if (c->provider->observer != NULL)
		observer_event(c->provider->observer, c->tenant, &event);
}

struct step {
	const struct logout_call *row;
	int64_t at;
};

static enum err write_claim(struct db_conn *conn, void *arg)
{
	const struct step *s = arg;

	return logout_call_claim(conn, s->row, s->at);
}

static enum err write_postpone(struct db_conn *conn, void *arg)
{
	const struct step *s = arg;

	return logout_call_postpone(conn, s->row, s->at);
}

static enum err write_delete(struct db_conn *conn, void *arg)
{
	const struct step *s = arg;

	return logout_call_delete(conn, s->row);
}

static void settle(const struct call *c, enum outcome outcome, int64_t ms)
{
	struct step step = { &c->row, clock_now() + backoff_seconds(c->row.attempts) };
	enum err err;

	if (outcome == LATER && step.at >= c->row.expires_at)
		outcome = REFUSED;
	log_call(c, outcome, ms);
	if (outcome == TOLD || outcome == REFUSED)
		record(c, outcome);
	if (outcome != UNWANTED)
		metrics_logout_call(outcome == TOLD    ? METRICS_CALL_OK
				    : outcome == LATER ? METRICS_CALL_RETRY
						       : METRICS_CALL_FAILED);
	err = db_write(c->tenant->db, outcome == LATER ? write_postpone : write_delete, &step);
	if (err != OK && err != ERR_NOT_FOUND)
		log_line(LOG_WARN, "logout", "the queue cannot be written", "reason",
			err_name(err), NULL);
}

/* False: nothing is due. */
static bool call_one(
	struct chore *chore, struct provider *p, const struct tenant *t, struct arena *a)
{
	int64_t now = clock_now();
	struct call c = { .provider = p, .tenant = t, .arena = a };
	struct step step = { &c.row, now + CLAIM_SECONDS };
	enum outcome outcome;
	enum err err;
	int64_t began;

	if (logout_call_next(db_reader(t->db), a, now, &c.row) != OK)
		return false;
	err = db_write(t->db, write_claim, &step);
	if (err == ERR_NOT_FOUND)
		return true;
	if (err != OK)
		return false;
	/* The others find out whether there is more. */
	chore_wake(chore);
	began = clock_mono_us();
	outcome = tell(&c);
	settle(&c, outcome, (clock_mono_us() - began) / MS);
	return true;
}

static bool call_all(struct chore *chore, struct arena *a, void *arg)
{
	struct provider *p = arg;
	auto_tenant *t = provider_tenant(p, S(""));

	while (t != NULL && !chore_is_stopped(chore) && call_one(chore, p, t, a))
		arena_reset(a);
	return false;
}

enum err back_channel_start(struct provider *p, struct chore **ret)
{
	struct chore_config config = {
		.turn = call_all, .arg = p, .rest_ms = POLL_MS, .threads = THREADS
	};

	return chore_start(&config, ret);
}
