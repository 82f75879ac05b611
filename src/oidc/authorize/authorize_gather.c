/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_gather.h"

#include "store/grant.h"
#include "store/user.h"
#include "tenant/browser.h"
#include "tenant/subject.h"

typedef struct authorize_subject subject;

/* The first cookie that is one of ours: an undecodable one is no cookie. ERR_NOT_FOUND: none.
 */
static enum err read_browser(const subject *s, const struct http_request *rq, struct str *ret)
{
	for (size_t i = 0;; i++) {
		struct str cookie = http_cookie(rq, s->issuer->cookie, i);

		if (cookie.n == 0)
			return ERR_NOT_FOUND;
		if (browser_secret_read(s->tenant, rq->arena, cookie, ret) == OK)
			return OK;
	}
}

static struct storage_access_verdict judge_access(
	const subject *s, const struct http_request *rq)
{
	const struct authorize_request *ar = s->request;
	struct storage_access_facts facts = {
		.fetch = fetch_metadata(rq),
		.origin_registered =
			client_has_web_origin(s->client, http_header(rq, "Origin")),
		.repeated = params_find(&ar->params, STORAGE_ACCESS_MARKER) != NULL,
		.can_repeat = rq->method == HTTP_GET && ar->mode != MODE_FORM_POST,
		.by_page = ar->mode == MODE_WEB_MESSAGE,
	};

	return storage_access_judge(&facts);
}

/* No user_id: they have no blanks. */
static const struct str nobody = STR_LIT(" ");

/* Whom the client means by this `sub`, of those who are signed in here. */
static struct str user_called(
	const subject *s, const struct authorize_found *found, struct str sub)
{
	if (!s->client->pairwise || sub.n == 0)
		return sub;
	for (size_t i = 0; i < found->session_count; i++) {
		struct str user_id = found->sessions[i].user_id;

		if (str_eq(subject_pairwise(s->tenant, s->client, s->arena, user_id), sub))
			return user_id;
	}
	return nobody;
}

/* A `sub` in the claims parameter says what an id_token_hint says (OpenID Connect Core 1.0,
 * 5.5.1): both must mean one person. */
static struct str subject_named(const subject *s, const struct id_token_hint *hint)
{
	struct str claimed = s->request->claims_subject;

	if (claimed.n == 0 || hint->sub.n == 0)
		return hint->sub.n > 0 ? hint->sub : claimed;
	return str_eq(claimed, hint->sub) ? claimed : nobody;
}

/* A login_hint names somebody only when it equals a user_id (contract, section 8). */
static enum err names_a_user(
	const subject *s, const struct authorize_found *found, struct str *ret)
{
	struct str login_hint = s->request->login_hint;
	struct user user;
	enum err err;

	if (login_hint.n == 0)
		return OK;
	if (s->client->pairwise) {
		struct str called = user_called(s, found, login_hint);

		*ret = str_eq(called, nobody) ? S("") : called;
		return OK;
	}
	for (size_t i = 0; i < found->session_count; i++) {
		if (str_eq(found->sessions[i].user_id, login_hint)) {
			*ret = login_hint;
			return OK;
		}
	}
	err = user_find(db_reader(s->tenant->db), s->arena, login_hint, &user);
	if (err == OK)
		*ret = login_hint;
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err find_sessions(const subject *s, const struct http_request *rq,
	struct authorize_found *found, bool *ret)
{
	struct str browser;
	enum err err = read_browser(s, rq, &browser);

	*ret = err == OK;
	if (err != OK)
		return OK;
	err = session_find_by_browser(db_reader(s->tenant->db), s->arena, browser,
		s->client->client_id, rq->now, found->sessions, &found->session_count);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err choose(const subject *s, const struct http_request *rq,
	const struct interaction *interaction, const struct id_token_hint *hint,
	struct authorize_found *found, struct session_choice *ret)
{
	struct session_names names = { .sid = S("") };
	bool has_cookie = false;
	enum err err = find_sessions(s, rq, found, &has_cookie);

	if (err != OK)
		return err;
	if (!has_cookie) {
		found->access = judge_access(s, rq);
		ret->state = found->access.withheld ? SESSION_COOKIES_BLOCKED : SESSION_NONE;
		return OK;
	}
	if (interaction != NULL)
		names.sid = interaction->sid;
	err = names_a_user(s, found, &names.login_hint);
	if (err != OK)
		return err;
	names.hint_sub = user_called(s, found, subject_named(s, hint));
	*ret = session_choose(
		found->sessions, found->session_count, &s->tenant->settings, rq->now, &names);
	return OK;
}

enum err authorize_gather_grant(
	const subject *s, struct authorize_found *found, struct authorize_facts *facts)
{
	struct str wanted = authorize_consent_scope(s, found->scope);
	struct grant grant = { .scope = S("") };
	struct buf missing = buf_new(s->arena, wanted.n + 1);
	struct str scope;
	enum err err;

	if (wanted.n == 0 || found->session == NULL || facts->state != SESSION_LIVE)
		return OK;
	err = grant_find(db_reader(s->tenant->db), s->arena, found->session->user_id,
		s->client->client_id, s->api != NULL ? s->api->identifier : S(""), &grant);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	while (str_split(&wanted, ' ', &scope)) {
		if (str_has_word(grant.scope, scope))
			continue;
		if (missing.n > 0)
			buf_addc(&missing, ' ');
		buf_add(&missing, scope);
	}
	found->missing_scope = buf_str(&missing);
	facts->consent_missing = missing.n > 0;
	return OK;
}

static int64_t max_age_of(const subject *s)
{
	return s->request->max_age >= 0 ? s->request->max_age : s->client->default_max_age;
}

static void read_interaction(const struct interaction *interaction,
	const struct authorize_found *found, struct authorize_facts *facts)
{
	if (interaction == NULL)
		return;
	facts->answered = interaction->answered;
	/* Whoever asked for a sign-up page and got a person who signed in has got what it
	 * wanted. */
	if (facts->answered & PROMPT_LOGIN)
		facts->answered |= PROMPT_CREATE;
	facts->denied = interaction->denied;
	facts->just_signed_in = interaction->login_at > 0 &&
				(found->session == NULL || found->session->authenticated_at >=
								   interaction->login_at);
}

enum err authorize_gather(const subject *s, const struct http_request *rq,
	const struct interaction *interaction, const struct id_token_hint *hint,
	struct authorize_found *ret_found, struct authorize_facts *ret_facts)
{
	struct session_choice choice = { .state = SESSION_NONE };
	struct authorize_found *found = ret_found;
	struct authorize_facts *facts = ret_facts;
	enum err err;

	*found = (struct authorize_found){ .scope = authorize_scope(s) };
	*facts = (struct authorize_facts){ .prompt = s->request->prompt, .max_age = -1 };
	err = choose(s, rq, interaction, hint, found, &choice);
	if (err != OK)
		return err;
	facts->state = choice.state;
	facts->differs = choice.differs;
	facts->ambiguous = choice.ambiguous;
	found->session = choice.session;
	read_interaction(interaction, found, facts);
	if (found->session == NULL || facts->state != SESSION_LIVE)
		return OK;
	facts->auth_age = rq->now - found->session->authenticated_at;
	facts->max_age = max_age_of(s);
	facts->user_blocked = found->session->user_blocked;
	return OK;
}
