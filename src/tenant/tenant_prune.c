/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "store/attempt.h"
#include "store/device_grant.h"
#include "store/event.h"
#include "store/interaction.h"
#include "store/logout_call.h"
#include "store/mail.h"
#include "store/pushed_request.h"
#include "store/refresh_token.h"
#include "store/remembered_browser.h"
#include "store/revoked_token.h"
#include "store/session.h"
#include "store/ticket.h"
#include "store/used_code.h"
#include "tenant/provider_slot.h"

enum {
	BATCH = 200, /* rows of one kind in one write, so that nobody waits long behind it */
	WRITES = 50, /* of one kind in a row */
	/* Anybody can begin a sign-in, and each is a row for an hour. Whoever begins them
	 * without end fills no disk: the oldest go. */
	INTERACTIONS_MOST = 100000,
	HOUR = 3600,
	DAY = 86400,
	SESSION_KEPT = 7 * DAY, /* beyond its idle time: to answer revoked, not unknown */
	FAMILY_KEPT = 7 * DAY,
	EVENT_KEPT = 30 * DAY,
	DEVICE_KEPT = 3600, /* to answer expired, not unknown */
	TICKET_KEPT = 3600, /* ticket_count looks back so far */
	MS = 1000,
};

typedef enum err prune_fn(
	struct db_conn *, int64_t before, size_t max, int64_t *ret_deleted) MUST_CHECK;

struct pruning {
	prune_fn *prune;
	int64_t before; /* a time; of what has no end of its own, how many stay */
	int64_t deleted;
};

static enum err run(struct db_conn *conn, void *arg)
{
	struct pruning *p = arg;

	return p->prune(conn, p->before, BATCH, &p->deleted);
}

/* A session's row is of use while a person could come back with its cookie. */
static int64_t session_kept(const struct settings *s)
{
	int64_t idle = s->idle_session_lifetime > s->idle_ephemeral_session_lifetime
			       ? s->idle_session_lifetime
			       : s->idle_ephemeral_session_lifetime;

	return idle + SESSION_KEPT;
}

/* Mailed codes are counted for an hour (login/mfa_mail.c). */
static int64_t attempt_kept(const struct settings *s)
{
	return s->failure_window > HOUR ? s->failure_window : HOUR;
}

/* True: there is more to delete. */
static bool prune(const struct tenant *t, struct pruning *p)
{
	for (int i = 0; i < WRITES; i++) {
		enum err e = db_write(t->db, run, p);

		if (e)
			log_line(LOG_WARN, "tenant", "could not prune", "reason", err_name(e),
				NULL);
		if (e || p->deleted < BATCH)
			return false;
	}
	return true;
}

bool tenant_prune(const struct tenant *t, int64_t now)
{
	struct pruning kinds[] = {
		{ session_prune, now - session_kept(&t->settings), 0 },
		{ interaction_prune, now, 0 },
		{ interaction_prune_oldest, INTERACTIONS_MOST, 0 },
		{ pushed_request_prune, now, 0 },
		{ device_grant_prune, now - DEVICE_KEPT, 0 },
		{ used_code_prune, now, 0 },
		{ revoked_token_prune, now, 0 },
		{ refresh_family_prune, now - FAMILY_KEPT, 0 },
		{ remembered_browser_prune, now, 0 },
		{ attempt_prune, now - attempt_kept(&t->settings), 0 },
		{ ticket_prune, now - TICKET_KEPT, 0 },
		{ mail_prune, now, 0 },
		{ logout_call_prune, now, 0 },
		{ event_prune, (now - EVENT_KEPT) * MS, 0 },
	};
	bool more = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		more = prune(t, &kinds[i]) || more;
	return more;
}
