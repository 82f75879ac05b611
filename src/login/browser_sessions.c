/* SPDX-License-Identifier: Apache-2.0 */
#include "login/browser_sessions.h"

enum { COOKIES_LOOKED_AT = 4 };

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Lowering a setting acts at once, raising it on new sessions (contract, section 5). */
static int64_t ends_at(const struct session *s, const struct settings *settings)
{
	return s->authenticated_at +
	       least(s->lifetime, s->persistent ? settings->session_lifetime
						: settings->ephemeral_session_lifetime);
}

static int64_t idles_at(const struct session *s, const struct settings *settings)
{
	return s->last_active_at +
	       least(s->idle_lifetime, s->persistent
					       ? settings->idle_session_lifetime
					       : settings->idle_ephemeral_session_lifetime);
}

bool session_is_live(const struct session *s, const struct settings *settings, int64_t now)
{
	return s->ended_at == 0 && ends_at(s, settings) > now && idles_at(s, settings) > now;
}

static struct str read_digest(
	const struct tenant *t, const struct issuer *issuer, const struct http_request *rq)
{
	struct str digest;

	for (size_t n = 0; n < COOKIES_LOOKED_AT; n++) {
		struct str cookie = http_cookie(rq, issuer->cookie, n);

		if (cookie.n == 0)
			break;
		if (browser_secret_read(t, rq->arena, cookie, &digest) == OK)
			return digest;
	}
	return (struct str){ 0 };
}

enum err browser_sessions_find(const struct tenant *t, const struct issuer *issuer,
	const struct http_request *rq, struct str client_id, struct browser_sessions *ret)
{
	struct browser_sessions found = { .digest = read_digest(t, issuer, rq) };
	enum err err = ERR_NOT_FOUND;

	if (found.digest.n > 0)
		err = session_find_by_browser(db_reader(t->db), rq->arena, found.digest,
			client_id, rq->now, found.list, &found.count);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*ret = found;
	return OK;
}

const struct session *browser_sessions_of(const struct browser_sessions *found,
	const struct settings *settings, struct str user_id, int64_t now)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct session *s = &found->list[i];

		if (str_eq(s->user_id, user_id) && session_is_live(s, settings, now))
			return s;
	}
	return NULL;
}

int64_t browser_cookie_age(
	const struct session *list, size_t count, const struct settings *settings, int64_t now)
{
	int64_t age = -1;

	for (size_t i = 0; i < count; i++) {
		const struct session *s = &list[i];

		if (!s->persistent || !session_is_live(s, settings, now))
			continue;
		if (ends_at(s, settings) - now > age)
			age = ends_at(s, settings) - now;
	}
	return age;
}

void browser_state_renew(const struct issuer *issuer, const struct http_request *rq,
	struct http_response *rs, int64_t max_age)
{
	struct str before = http_cookie(rq, issuer->state_cookie, 0);

	response_script_cookie(rs, rq->arena, issuer->state_cookie,
		browser_state_next(rq->arena, before), max_age);
}
