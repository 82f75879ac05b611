/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/logout/ending.h"

#include "base/url.h"
#include "brand/brand.h"
#include "oidc/record.h"
#include "oidc/session/session_choice.h"
#include "oidc/tenant_page.h"
#include "page/signed_out.h"
#include "tenant/browser.h"
#include "tenant/front_channel.h"
#include "tenant/session_ending.h"
#include "json/json_writer.h"

static enum err find_live(struct ending *e, struct str browser)
{
	struct session all[SESSIONS_PER_BROWSER];
	size_t count = 0;
	enum err err = session_find_by_browser(db_reader(e->tenant->db), e->rq->arena, browser,
		e->client_id, e->rq->now, all, &count);

	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	for (size_t i = 0; i < count; i++)
		if (session_state_at(&all[i], &e->tenant->settings, e->rq->now) == SESSION_LIVE)
			e->live[e->live_count++] = all[i];
	return OK;
}

enum err ending_open(struct provider *op, const struct tenant *t, const struct http_request *rq,
	struct ending *ret)
{
	struct ending e = { .op = op,
		.tenant = t,
		.issuer = tenant_issuer(t, rq->host),
		.rq = rq,
		.rs = ret->rs,
		.client_id = ret->client_id };
	struct str browser;
	enum err err = OK;

	for (size_t i = 0;; i++) {
		struct str cookie = http_cookie(rq, e.issuer->cookie, i);

		if (cookie.n == 0)
			break;
		e.has_cookie = true;
		if (browser_secret_read(t, rq->arena, cookie, &browser) != OK)
			continue;
		err = find_live(&e, browser);
		break;
	}
	if (err == OK)
		*ret = e;
	return err;
}

struct change {
	const struct ending *ending;
	const struct session *list;
	size_t count;
};

static enum err write_end(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;
	const struct http_request *rq = c->ending->rq;

	for (size_t i = 0; i < c->count; i++) {
		enum err err = session_end_with_tokens(c->ending->tenant, conn, rq->arena,
			c->list[i].sid, S("logout"), rq->now);

		if (err != OK && err != ERR_NOT_FOUND)
			return err;
	}
	return OK;
}

void ending_forget_cookie(struct ending *e)
{
	if (e->has_cookie)
		response_cookie(e->rs, e->rq->arena, e->issuer->cookie, S(""), "None", 0);
}

/* Scripts can see that something changed (tenant/browser.h). */
static void renew_state(struct ending *e)
{
	struct str before = http_cookie(e->rq, e->issuer->state_cookie, 0);

	response_script_cookie(e->rs, e->rq->arena, e->issuer->state_cookie,
		browser_state_next(e->rq->arena, before), e->tenant->settings.session_lifetime);
}

void ending_note(struct ending *e, struct str sid)
{
	if (e->ended_count < SESSIONS_PER_BROWSER)
		e->ended[e->ended_count++] = sid;
}

enum err ending_end(struct ending *e, const struct session *list, size_t count)
{
	struct change change = { e, list, count };
	enum err err;

	if (count > 0) {
		err = db_write(e->tenant->db, write_end, &change);
		if (err != OK)
			return err;
	}
	for (size_t i = 0; i < count; i++)
		record(e->op, e->tenant, e->rq,
			&(struct record){ .route = "logout",
				.type = "slo",
				.client_id = e->client_id,
				.user_id = list[i].user_id,
				.sid = list[i].sid });
	for (size_t i = 0; i < count; i++)
		ending_note(e, list[i].sid);
	if (count > 0)
		renew_state(e);
	if (count == e->live_count)
		ending_forget_cookie(e);
	return OK;
}

bool ending_lists(struct str_list list, struct str url)
{
	for (size_t i = 0; i < list.count; i++)
		if (str_eq(list.list[i], url))
			return true;
	return false;
}

const struct fault *ending_url_mismatch(struct arena *a, struct str url)
{
	return fault_with(a, "invalid_request", REASON_LOGOUT_URL_MISMATCH, "The URL '", url,
		"' is not one of the allowed log-out URLs.");
}

static struct str refused_facts(struct arena *a, struct str url)
{
	struct buf text = buf_new(a, 256);
	struct json_writer w = json_writer_on(&text);
	struct url parsed;

	/* A URL that is not ASCII could be cut inside a character. */
	if (url.n == 0 || url_parse(url, &parsed) != OK)
		return S("");
	json_begin_map(&w);
	json_put_str(&w, "return_to", str_first(url, 200));
	json_end_map(&w);
	return buf_str(&text);
}

void ending_refuse(struct ending *e, const struct fault *fault, struct str url)
{
	struct arena *a = e->rq->arena;

	tenant_page_fault(e->tenant, e->rq, e->rs, fault);
	record(e->op, e->tenant, e->rq,
		&(struct record){ .route = "logout",
			.type = "flo",
			.fault = fault,
			.client_id = e->client_id,
			.facts = refused_facts(a, url) });
}

static struct str with_state(struct arena *a, struct str url, struct str state)
{
	struct buf b;

	if (state.n == 0)
		return url;
	b = buf_new(a, url.n + 3 * state.n + 8);
	buf_add(&b, url);
	buf_add(&b, str_index(url, '?') < 0 ? S("?state=") : S("&state="));
	url_encode_add(&b, state);
	return buf_str(&b);
}

static void show_signed_out(
	struct ending *e, struct str url, struct str_list frames, struct str ui_locales)
{
	struct page_owner owner = brand_owner(e->tenant, e->rq->arena);
	struct signed_out page = {
		.locale = page_locale(e->rq, ui_locales, owner.locales),
		.owner = owner,
		.onward = url,
		.frames = frames.list,
		.frame_count = frames.count,
	};

	signed_out_respond(&page, e->rq, e->rs);
}

static enum err find_frames(const struct ending *e, struct str_list *ret)
{
	return front_channel_urls(e->tenant, e->rq->arena, e->issuer->url, e->ended,
		e->ended_count, SIGNED_OUT_FRAMES_MAX, ret);
}

enum err ending_leave(struct ending *e, struct str url, struct str state, struct str ui_locales)
{
	struct str to = url.n > 0 ? with_state(e->rq->arena, url, state) : url;
	struct str_list frames;
	enum err err = find_frames(e, &frames);

	if (err != OK)
		return err;
	if (to.n > 0 && frames.count == 0)
		response_redirect(e->rs, e->rq->method == HTTP_POST ? 303 : 302, to);
	else
		show_signed_out(e, to, frames, ui_locales);
	return OK;
}

enum err ending_ok(struct ending *e)
{
	struct str_list frames;
	enum err err = find_frames(e, &frames);

	if (err != OK)
		return err;
	if (frames.count > 0) {
		show_signed_out(e, S(""), frames, S(""));
		return OK;
	}
	response_text(e->rs, 200, S("OK"));
	response_no_store(e->rs);
	return OK;
}
