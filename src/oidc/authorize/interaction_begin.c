/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/interaction_begin.h"

#include "base/base64.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "json/json_writer.h"

typedef struct authorize_subject subject;

enum {
	INTERACTION_SECONDS = 3600,
	FLOW_COOKIE_BYTES = 16,
	FLOW_COOKIE_CHARS = 22,
	NONCE_BYTES = 16
};

static const char *const pages[AUTHORIZE_STEPS] = {
	[AUTHORIZE_LOGIN] = "login",
	[AUTHORIZE_ACCOUNT] = "account",
	[AUTHORIZE_MFA] = "mfa",
	[AUTHORIZE_CONSENT] = "consent",
	[AUTHORIZE_REDIRECT] = "continue",
};

/* The scheme stands for the origin where an app has its own: "com.app:". */
static struct str form_target(const struct authorize_request *ar)
{
	ptrdiff_t colon = str_index(ar->redirect_uri, ':');

	if (ar->redirect_origin.n > 0)
		return ar->redirect_origin;
	return str_first(ar->redirect_uri, (size_t)(colon + 1));
}

static void put_consent(
	struct json_writer *w, const subject *s, const struct authorize_found *found)
{
	authorize_scope_put(
		w, s, found->missing_scope.n > 0 ? found->missing_scope : found->scope);
	if (s->api != NULL) {
		json_put_str(w, "audience", s->api->identifier);
		json_put_str(w, "audience_name", s->api->name);
	}
	json_put_str(w, "user_id", found->session->user_id);
}

/* What the pages keep for one another, a chosen language for one, outlives each of them. */
static void put_page_members(struct json_writer *w, struct arena *a, struct str before)
{
	const struct json *old;

	if (before.n == 0 || json_parse(a, before, &old, NULL) != OK)
		return;
	json_each(member, old)
	{
		if (!str_starts(member->key, S("page_")))
			continue;
		json_key_str(w, member->key);
		json_value(w, member);
	}
}

/* What actions said, so that they run once: authorize_action.c reads it again. */
static void put_actions(struct json_writer *w, const struct authorize_found *found,
	enum authorize_step step, struct str nonce)
{
	const struct authorize_wish *wish = &found->wish;

	if (step == AUTHORIZE_REDIRECT) {
		json_key(w, "continue");
		json_begin_map(w);
		json_put_str(w, "digest", sha256_base64url(w->buf->arena, nonce));
		json_put_str(w, "sid", found->session->sid);
		json_put_raw(w, "carry", wish->carry);
		json_end_map(w);
		return;
	}
	if (wish->json.n == 0)
		return;
	json_key(w, "actions");
	json_begin_map(w);
	json_put_str(w, "sid", found->session->sid);
	json_put_raw(w, "wish", wish->json);
	if (wish->challenge.n > 0)
		json_put_raw(w, "carry", wish->carry);
	json_end_map(w);
	if (step == AUTHORIZE_MFA && wish->challenge.n > 0)
		json_put_raw(w, "mfa", wish->challenge);
	else if (step == AUTHORIZE_MFA && wish->mfa.n > 0)
		json_put_raw(w, "mfa", wish->mfa);
}

/* What the pages may know (store/interaction.h). `before`: what they knew until now. */
static struct str page_data(const subject *s, const struct authorize_found *found,
	enum authorize_step step, struct str named, struct str before, struct str nonce)
{
	struct buf buf = buf_new(s->arena, 512);
	struct json_writer writer = json_writer_on(&buf);
	struct json_writer *w = &writer;

	json_begin_map(w);
	json_put_opt(w, "client_name", s->client->name);
	json_put_opt(w, "logo_uri", s->client->logo_uri);
	json_put_opt(w, "policy_uri", s->client->policy_uri);
	json_put_opt(w, "tos_uri", s->client->tos_uri);
	json_put_opt(w, "login_hint", s->request->login_hint);
	json_put_opt(w, "ui_locales", s->request->ui_locales);
	/* Initiating User Registration via OpenID Connect 1.0: prompt=create. */
	json_put_opt(w, "screen_hint",
		s->request->prompt & PROMPT_CREATE ? S("signup") : s->request->screen_hint);
	json_put_opt(w, "redirect_origin", form_target(s->request));
	json_put_opt(w, "device", base64url_encode(s->arena, s->device.p, s->device.n));
	json_put_opt(w, "subject", named);
	if (step == AUTHORIZE_MFA)
		json_put_bool(w, "may_remember", found->may_remember_browser);
	if (step == AUTHORIZE_CONSENT)
		put_consent(w, s, found);
	else if (found->session != NULL)
		json_put_str(w, "user_id", found->session->user_id);
	put_page_members(w, s->arena, before);
	put_actions(w, found, step, nonce);
	json_end_map(w);
	return buf_str(&buf);
}

static enum err write_insert(struct db_conn *conn, void *arg)
{
	return interaction_insert(conn, arg);
}

static enum err write_update(struct db_conn *conn, void *arg)
{
	return interaction_update(conn, arg);
}

struct str interaction_cookie(
	const struct issuer *issuer, const struct http_request *rq, struct http_response *rs)
{
	struct str cookie = http_cookie(rq, issuer->flow_cookie, 0);

	if (cookie.n == FLOW_COOKIE_CHARS)
		return cookie;
	cookie = random_token(rq->arena, FLOW_COOKIE_BYTES);
	response_cookie(rs, rq->arena, issuer->flow_cookie, cookie, "Lax", -1);
	return cookie;
}

/* To where an action sends the person, with what brings them back. */
static void redirect_outside(const struct http_request *rq, struct str url, struct str id,
	struct str nonce, struct http_response *rs)
{
	ptrdiff_t hash = str_index(url, '#');
	struct str fragment = hash < 0 ? S("") : str_after(url, (size_t)hash);

	if (hash >= 0)
		url = str_first(url, (size_t)hash);
	response_redirect(rs, rq->method == HTTP_POST ? 303 : 302,
		arena_printf(rq->arena, STR_FMT "%sstate=" STR_FMT "." STR_FMT STR_FMT,
			STR_ARG(url), str_index(url, '?') < 0 ? "?" : "&", STR_ARG(id),
			STR_ARG(nonce), STR_ARG(fragment)));
}

static void redirect_to_page(const subject *s, const struct http_request *rq,
	enum authorize_step step, struct str id, struct http_response *rs)
{
	response_redirect(rs, rq->method == HTTP_POST ? 303 : 302,
		arena_printf(rq->arena, STR_FMT "u/%s?state=" STR_FMT, STR_ARG(s->issuer->url),
			pages[step], STR_ARG(id)));
}

enum err interaction_begin(const subject *s, const struct http_request *rq,
	const struct authorize_found *found, const struct interaction *interaction,
	struct str interaction_id, enum authorize_step step, struct str named,
	struct http_response *rs)
{
	struct interaction row = { .expires_at = rq->now + INTERACTION_SECONDS };
	struct str nonce = random_token(rq->arena, NONCE_BYTES);
	struct str id = interaction_id;
	enum err err;

	if (!rq->may_block)
		return ERR_WOULD_BLOCK;
	if (interaction != NULL)
		row = *interaction;
	row.page = str_from(pages[step]);
	row.data = page_data(s, found, step, named, row.data, nonce);
	if (interaction != NULL) {
		err = db_write(s->tenant->db, write_update, &row);
	} else {
		id = random_token(rq->arena, 24);
		row.key = sha256(rq->arena, id);
		row.binding = sha256(rq->arena, interaction_cookie(s->issuer, rq, rs));
		row.client_id = s->client->client_id;
		row.request = s->request->text;
		row.issuer = s->issuer->url;
		row.created_at = rq->now;
		err = db_write(s->tenant->db, write_insert, &row);
	}
	if (err != OK)
		return err;
	if (step == AUTHORIZE_REDIRECT)
		redirect_outside(rq, found->wish.url, id, nonce, rs);
	else
		redirect_to_page(s, rq, step, id, rs);
	return OK;
}

enum err interaction_resume(const struct tenant *tenant, const struct issuer *issuer,
	const struct http_request *rq, struct str id, struct interaction *ret)
{
	struct str cookie = http_cookie(rq, issuer->flow_cookie, 0);
	struct interaction row;
	enum err err;

	if (id.n == 0 || cookie.n == 0)
		return ERR_NOT_FOUND;
	err = interaction_find(
		db_reader(tenant->db), rq->arena, sha256(rq->arena, id), rq->now, &row);
	if (err != OK)
		return err;
	if (!equal_in_constant_time(row.binding, sha256(rq->arena, cookie)))
		return ERR_NOT_FOUND;
	*ret = row;
	return OK;
}

static enum err write_take(struct db_conn *conn, void *arg)
{
	const struct str *key = arg;

	return interaction_take(conn, *key);
}

enum err interaction_end(const struct tenant *tenant, const struct interaction *interaction)
{
	struct str key = interaction->key;

	return db_write(tenant->db, write_take, &key);
}
