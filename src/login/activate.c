/* SPDX-License-Identifier: Apache-2.0 */

/*
 * /activate: a person lets in a device that has no browser (RFC 8628, 3.3). They type the code
 * that it shows, or come by a link that has it; see which application asks, and for what; and
 * only then are sent on to the sign-in, as an interaction whose decision lets the device in.
 *
 * Looking a code up is a guess: attempts.h counts those that fail. Whoever guesses right would
 * let somebody's device into their own account, or be sent a stranger's link: the page says
 * that one should have the device at hand.
 */

#include "base/base64.h"
#include "base/random.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "http/fetch_metadata.h"
#include "login/attempts.h"
#include "login/login.h"
#include "login/login_event.h"
#include "login/scope_rows.h"
#include "store/device_grant.h"
#include "tenant/device_user_code.h"
#include "json/json_writer.h"

static const char step[] = "activate";

enum { INTERACTION_SECONDS = 3600, ID_BYTES = 24, TYPED_MAX = 64 };

struct activation {
	struct flow flow;
	struct str typed;
	struct device_grant row; /* once it is found */
};

/* A chosen language stays chosen. */
static struct page begin(const struct activation *a, const char *template)
{
	const struct flow *f = &a->flow;
	struct page p = flow_page(f, template);
	bool chosen = params_get(&f->query, "ui_locales").n > 0;

	page_set(&p, "action",
		chosen ? arena_printf(f->rq->arena, "?ui_locales=" STR_FMT, STR_ARG(f->locale))
		       : S("?"));
	if (chosen)
		page_set(&p, "chosen", f->locale);
	return p;
}

static void show_ask(const struct activation *a, const char *trouble, int64_t retry_after,
	struct http_response *rs)
{
	struct page p = begin(a, "activate");
	bool digits = a->flow.tenant->settings.device_flow.digits != 0;

	page_set(&p, "user_code", str_first(a->typed, TYPED_MAX));
	page_set(&p, digits ? "digits" : "letters", S("1"));
	flow_page_trouble(&p, &a->flow, trouble, retry_after);
	page_respond(&p, a->flow.rq, rs, retry_after > 0 ? 429 : trouble != NULL ? 400 : 200);
}

static void notice(const struct activation *a, const char *title, const char *sentence,
	struct http_response *rs)
{
	struct page p = begin(a, "notice");

	page_set(&p, "title", page_text(a->flow.locale, title));
	page_set(&p, "sentence", page_text(a->flow.locale, sentence));
	page_respond(&p, a->flow.rq, rs, 200);
}

/* ERR_NOT_FOUND  no device waits with this code */
static enum err find(struct activation *a)
{
	const struct flow *f = &a->flow;
	struct arena *arena = f->rq->arena;
	struct str key =
		device_user_code_key(f->tenant->seal, arena, &f->tenant->settings, a->typed);
	enum err err;

	if (key.n == 0)
		return ERR_NOT_FOUND;
	err = device_grant_find_by_user(
		db_reader(f->tenant->db), arena, key, f->rq->now, &a->row);
	if (err != OK)
		return err;
	if (json_parse(arena, a->row.data, &a->flow.data, NULL) != OK)
		a->flow.data = NULL;
	a->flow.row.client_id = a->row.client_id;
	return OK;
}

/* The same with guesses counted. *ret_trouble is set when it may not, or does not, go on. */
static enum err look_up(
	struct activation *a, const char **ret_trouble, int64_t *ret_retry_after)
{
	const struct flow *f = &a->flow;
	auto_attempts attempts = { 0 };
	enum err err;

	err = attempts_enter(
		f->op, f->tenant, f->rq, S("device code"), &attempts, ret_retry_after);
	if (err != OK)
		return err;
	if (*ret_retry_after > 0) {
		*ret_trouble = "limited";
		return OK;
	}
	err = find(a);
	if (err != ERR_NOT_FOUND)
		return err;
	*ret_trouble = "unknown";
	login_event_write(
		f, &(struct login_event){ .type = "fdeac",
			   .description = "A device code that no device waits with" });
	return attempts_fail(&attempts);
}

/* What the person saw: the answer counts for that device alone. */
static struct str detail(const struct activation *a)
{
	return base64url_encode(a->flow.rq->arena, a->row.key.p, a->row.key.n);
}

static void show_device(struct activation *a, struct http_response *rs)
{
	const struct settings *settings = &a->flow.tenant->settings;
	struct page p = begin(a, "device");
	struct str client = json_get_str(a->flow.data, "client_name");

	a->flow.cookie = flow_cookie(&a->flow, rs);
	page_set(&p, "flow", flow_token(&a->flow, step, detail(a)));
	page_set(
		&p, "user_code", device_user_code_shape(a->flow.rq->arena, settings, a->typed));
	page_set(&p, "client_or_app",
		client.n > 0 ? client : page_text(a->flow.locale, "consent.this_app"));
	page_set(&p, "audience_name", json_get_str(a->flow.data, "audience_name"));
	scope_rows_set(&a->flow, &p);
	page_respond(&p, a->flow.rq, rs, 200);
}

/* A picture or a frame on somebody's page is no person who types a code. */
static bool is_opened_by_person(const struct http_request *rq)
{
	enum fetch_dest dest = fetch_metadata(rq).dest;

	return dest == FETCH_DEST_ABSENT || dest == FETCH_DEST_DOCUMENT;
}

/* Where the device was told to send people: its tokens come from there. */
static struct str own_uri(const struct activation *a)
{
	struct arena *arena = a->flow.rq->arena;

	return arena_printf(arena, STR_FMT "activate?user_code=" STR_FMT,
		STR_ARG(a->row.issuer), STR_ARG(url_encode(arena, a->typed)));
}

static enum err get(struct activation *a, struct http_response *rs)
{
	const char *trouble = NULL;
	int64_t retry_after = 0;
	enum err err;

	a->typed = params_get(&a->flow.query, "user_code");
	if (a->typed.n == 0 || !is_opened_by_person(a->flow.rq)) {
		show_ask(a, NULL, 0, rs);
		return OK;
	}
	err = look_up(a, &trouble, &retry_after);
	if (err != OK)
		return err;
	if (trouble != NULL)
		show_ask(a, trouble, retry_after, rs);
	else if (!str_eq(a->row.issuer, a->flow.issuer->url))
		response_redirect(rs, 302, own_uri(a));
	else
		show_device(a, rs);
	return OK;
}

/* store/interaction.h; what it asks for is told again where consent is due. */
static struct str page_data(const struct activation *a)
{
	struct buf b = buf_new(a->flow.rq->arena, 256);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_put_str(&w, "device", detail(a));
	if (params_get(&a->flow.query, "ui_locales").n > 0)
		json_put_str(&w, "page_locale", a->flow.locale);
	json_end_map(&w);
	return buf_str(&b);
}

static enum err write_insert(struct db_conn *conn, void *row)
{
	return interaction_insert(conn, row);
}

static enum err accept(struct activation *a, struct http_response *rs)
{
	struct flow *f = &a->flow;
	struct arena *arena = f->rq->arena;
	struct interaction row = {
		.binding = sha256(arena, f->cookie),
		.client_id = a->row.client_id,
		.request = a->row.request,
		.issuer = f->issuer->url,
		.page = S("login"),
		.data = page_data(a),
		.created_at = f->rq->now,
		.expires_at = f->rq->now + INTERACTION_SECONDS,
	};
	enum err err;

	f->id = random_token(arena, ID_BYTES);
	row.key = sha256(arena, f->id);
	err = db_write(f->tenant->db, write_insert, &row);
	if (err == OK)
		flow_go(f, "authorize/resume", rs);
	return err;
}

static enum err write_denied(struct db_conn *conn, void *arg)
{
	const struct activation *a = arg;
	enum err err = device_grant_answer(conn, a->row.key, S(""), a->flow.rq->now);

	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err deny(struct activation *a, struct http_response *rs)
{
	enum err err = db_write(a->flow.tenant->db, write_denied, a);

	if (err != OK)
		return err;
	login_event_write(&a->flow, &(struct login_event){ .type = "fdecc",
					    .description = "A device was turned away" });
	notice(a, "device.denied.title", "device.denied.body", rs);
	return OK;
}

static enum err post(struct activation *a, struct http_response *rs)
{
	struct str action = params_get(&a->flow.form, "action");
	enum err err;

	a->typed = params_get(&a->flow.form, "user_code");
	a->flow.cookie = http_cookie(a->flow.rq, a->flow.issuer->flow_cookie, 0);
	err = find(a);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	/* Whether there is such a code is told to whoever was shown it, and to nobody else. */
	if (err == ERR_NOT_FOUND || a->flow.cookie.n == 0 ||
		!str_eq(a->row.issuer, a->flow.issuer->url) ||
		!flow_token_fits(&a->flow, step, detail(a))) {
		a->flow.data = NULL;
		show_ask(a, "stale", 0, rs);
		return OK;
	}
	return str_is(action, "accept") ? accept(a, rs) : deny(a, rs);
}

static enum err open(struct provider *op, const struct tenant *tenant,
	const struct http_request *rq, const char *page, struct flow *ret)
{
	(void)page;
	*ret = flow_without_row(op, tenant, rq);
	return OK;
}

static enum err serve(struct flow *f, struct http_response *rs)
{
	struct activation a = { .flow = *f };

	return f->rq->method == HTTP_POST ? post(&a, rs) : get(&a, rs);
}

enum err activate_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, open, step, serve);
}
