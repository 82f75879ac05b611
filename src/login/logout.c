/* SPDX-License-Identifier: Apache-2.0 */

/* /u/logout: "do you want to sign out?", and the end of the sessions. */

#include "base/base64.h"
#include "brand/brand.h"
#include "login/browser_sessions.h"
#include "login/flow.h"
#include "login/login.h"
#include "login/login_event.h"
#include "page/signed_out.h"
#include "store/user.h"
#include "tenant/front_channel.h"
#include "tenant/session_ending.h"
#include "json/json_writer.h"

static const char step[] = "logout";

/* With a state the page belongs to an interaction; without, to the browser's own cookie. */
static enum err open_either(struct provider *op, const struct tenant *tenant,
	const struct http_request *rq, const char *page, struct flow *ret)
{
	struct flow f = flow_without_row(op, tenant, rq);

	if (params_get(&f.query, "state").n > 0)
		return flow_open(op, tenant, rq, page, ret);
	*ret = f;
	return OK;
}

static struct str detail(const struct flow *f, const struct browser_sessions *here)
{
	return base64url_encode(f->rq->arena, here->digest.p, here->digest.n);
}

/* Those that would end: live ones, and only the one that is named when one is. */
static void keep_only_due(const struct flow *f, struct browser_sessions *here)
{
	struct str sid = json_get_str(f->data, "sid");
	size_t count = 0;

	for (size_t i = 0; i < here->count; i++) {
		const struct session *s = &here->list[i];

		if (!session_is_live(s, &f->tenant->settings, f->rq->now))
			continue;
		if (sid.n == 0 || str_eq(s->sid, sid))
			here->list[count++] = *s;
	}
	here->count = count;
}

static enum err set_accounts(
	const struct flow *f, struct page *p, const struct browser_sessions *here)
{
	struct page_row *rows =
		arena_array(f->rq->arena, struct page_row, SESSIONS_PER_BROWSER);
	size_t count = 0;

	for (size_t i = 0; i < here->count; i++) {
		struct user user;
		enum err err = user_find(
			db_reader(f->tenant->db), f->rq->arena, here->list[i].user_id, &user);

		if (err == OK)
			page_row_set(&rows[count++], "email",
				user.email.n > 0 ? user.email : user.username);
		else if (err != ERR_NOT_FOUND)
			return err;
	}
	page_set_rows(p, "accounts", rows, count);
	return OK;
}

static enum err show_signed_out(
	const struct flow *f, const struct browser_sessions *ended, struct http_response *rs)
{
	struct signed_out page = {
		.locale = f->locale,
		.owner = brand_owner(f->tenant, f->rq->arena),
	};
	struct str sids[SESSIONS_PER_BROWSER];
	struct str_list frames;
	enum err err;

	for (size_t i = 0; i < ended->count; i++)
		sids[i] = ended->list[i].sid;
	err = front_channel_urls(f->tenant, f->rq->arena, f->issuer->url, sids, ended->count,
		SIGNED_OUT_FRAMES_MAX, &frames);
	if (err != OK)
		return err;
	page.frames = frames.list;
	page.frame_count = frames.count;
	signed_out_respond(&page, f->rq, rs);
	return OK;
}

/* On to where the interaction leads, or the plain word. */
static enum err leave(
	const struct flow *f, const struct browser_sessions *ended, struct http_response *rs)
{
	if (f->id.n == 0)
		return show_signed_out(f, ended, rs);
	flow_go(f, "oidc/logout/resume", rs);
	return OK;
}

static enum err find_due(const struct flow *f, struct browser_sessions *ret)
{
	enum err err = browser_sessions_find(f->tenant, f->issuer, f->rq, S(""), ret);

	if (err == OK)
		keep_only_due(f, ret);
	return err;
}

static enum err show(struct flow *f, struct http_response *rs)
{
	struct browser_sessions here;
	struct page p;
	enum err err = find_due(f, &here);

	if (err != OK)
		return err;
	if (here.count == 0)
		return leave(f, &here, rs);
	p = flow_page(f, "logout");
	page_set(&p, "flow", flow_token(f, step, detail(f, &here)));
	err = set_accounts(f, &p, &here);
	if (err == OK)
		page_respond(&p, f->rq, rs, 200);
	return err;
}

enum err logout_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, open_either, step, show);
}

struct ending {
	const struct flow *flow;
	const struct browser_sessions *due;
	struct interaction *row; /* NULL without one */
};

static enum err write_ending(struct db_conn *conn, void *arg)
{
	const struct ending *e = arg;
	const struct http_request *rq = e->flow->rq;

	for (size_t i = 0; i < e->due->count; i++) {
		enum err err = session_end_with_tokens(e->flow->tenant, conn, rq->arena,
			e->due->list[i].sid, S("logout"), rq->now);

		if (err != OK && err != ERR_NOT_FOUND)
			return err;
	}
	return e->row == NULL ? OK : interaction_update(conn, e->row);
}

/* The cookie goes with the last session; an interaction's end sees to that itself. */
static void forget_cookie(const struct flow *f, struct http_response *rs)
{
	if (f->id.n == 0)
		response_cookie(rs, f->rq->arena, f->issuer->cookie, S(""), "None", 0);
}

/* Which sessions ended, so that their applications can be told. */
static struct str list_ended(const struct flow *f, const struct browser_sessions *due)
{
	struct buf b = buf_new(f->rq->arena, 256);
	struct json_writer w = json_writer_on(&b);

	json_begin_list(&w);
	for (size_t i = 0; i < due->count; i++)
		json_str(&w, due->list[i].sid);
	json_end_list(&w);
	return flow_data_with_json(f, "page_ended", buf_str(&b));
}

static enum err end_sessions(
	struct flow *f, const struct browser_sessions *due, struct http_response *rs)
{
	struct ending e = { .flow = f, .due = due };
	enum err err;

	if (f->id.n > 0) {
		f->row.data = list_ended(f, due);
		e.row = &f->row;
	}
	err = db_write(f->tenant->db, write_ending, &e);
	if (err == ERR_NOT_FOUND)
		return flow_refuse_as(f, FLOW_GONE, rs);
	if (err != OK)
		return err;
	for (size_t i = 0; i < due->count; i++)
		login_event_write(f, &(struct login_event){ .type = "slo",
					     .description = "Signed out",
					     .user_id = due->list[i].user_id,
					     .sid = due->list[i].sid });
	forget_cookie(f, rs);
	browser_state_renew(f->issuer, f->rq, rs, f->tenant->settings.session_lifetime);
	return leave(f, due, rs);
}

static enum err submit(struct flow *f, struct http_response *rs)
{
	struct browser_sessions here;
	enum err err = find_due(f, &here);

	if (err != OK)
		return err;
	if (!flow_token_fits(f, step, detail(f, &here)))
		return flow_refuse_as(f, FLOW_STALE, rs);
	return end_sessions(f, &here, rs);
}

enum err logout_submit(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, open_either, step, submit);
}
