/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/session_cookie.h"

#include "oidc/session/session_choice.h"
#include "tenant/browser.h"

typedef struct authorize_subject subject;

enum { COOKIES_LOOKED_AT = 4 };

static int64_t age_of(const subject *s, const struct http_request *rq,
	const struct authorize_found *found, bool persistent)
{
	const struct settings *settings = &s->tenant->settings;
	int64_t age = -1;

	for (size_t i = 0; i < found->session_count; i++) {
		struct session one = found->sessions[i];
		int64_t ends_in;

		if (str_eq(one.sid, found->session->sid)) {
			one.persistent = persistent;
			one.lifetime = settings->session_lifetime;
		}
		ends_in = session_ends_in(&one, settings, rq->now);
		if (one.persistent && one.ended_at == 0 && ends_in > age)
			age = ends_in;
	}
	return age;
}

enum err session_cookie_follow(const subject *s, const struct http_request *rq,
	const struct authorize_found *found, struct http_response *rs)
{
	struct str mode = found->wish.cookie_mode;
	bool persistent = str_is(mode, "persistent");
	struct db_conn *db = db_reader(s->tenant->db);

	if (mode.n == 0 || found->session->persistent == persistent)
		return OK;
	for (size_t i = 0; i < COOKIES_LOOKED_AT; i++) {
		struct str cookie = http_cookie(rq, s->issuer->cookie, i);
		struct str browser;
		enum err err;

		if (cookie.n == 0)
			break;
		if (browser_secret_read(s->tenant, s->arena, cookie, &browser) != OK)
			continue;
		/* The secret may have changed since: the newer cookie must stay. */
		err = session_is_of_browser(db, found->session->sid, browser);
		if (err == OK)
			response_cookie(rs, s->arena, s->issuer->cookie, cookie, "None",
				age_of(s, rq, found, persistent));
		if (err != ERR_NOT_FOUND)
			return err;
	}
	return OK;
}
