/* SPDX-License-Identifier: Apache-2.0 */

/* /u/account: which of the accounts of this browser. */

#include "login/browser_sessions.h"
#include "login/flow.h"
#include "login/login.h"
#include "login/user_page.h"
#include "store/user.h"

static const char step[] = "account";

/* The first letter of the name, whole: as many bytes as its lead byte says. */
static struct str initial_of(struct str name)
{
	unsigned char lead = name.n > 0 ? (unsigned char)name.p[0] : 0;

	if (lead < 0x80)
		return str_first(name, 1);
	return str_first(name, lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2);
}

static bool is_listed_before(const struct browser_sessions *here, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (str_eq(here->list[j].user_id, here->list[i].user_id))
			return true;
	}
	return false;
}

/* One account; its user may be gone by now, then there is none. */
static enum err fill_row(const struct flow *f, const struct browser_sessions *here, size_t i,
	struct page_row *row)
{
	const struct settings *settings = &f->tenant->settings;
	struct str user_id = here->list[i].user_id;
	bool live = browser_sessions_of(here, settings, user_id, f->rq->now) != NULL;
	struct user user;
	enum err err = user_find(db_reader(f->tenant->db), f->rq->arena, user_id, &user);

	if (err != OK)
		return err;
	page_row_set(row, "user_id", user_id);
	page_row_set(row, "name", user.name);
	page_row_set(row, "email", user.email.n > 0 ? user.email : user.username);
	page_row_set(row, "initial", initial_of(user.name.n > 0 ? user.name : user.email));
	page_row_set(row, "signed_out", live ? S("") : S("1"));
	return OK;
}

static enum err list_accounts(
	const struct flow *f, struct page *p, const struct browser_sessions *here)
{
	struct page_row *rows =
		arena_array(f->rq->arena, struct page_row, SESSIONS_PER_BROWSER);
	size_t count = 0;

	for (size_t i = 0; i < here->count; i++) {
		enum err err;

		if (is_listed_before(here, i))
			continue;
		err = fill_row(f, here, i, &rows[count]);
		if (err == OK)
			count++;
		else if (err != ERR_NOT_FOUND)
			return err;
	}
	page_set_rows(p, "accounts", rows, count);
	return OK;
}

/* Without an interaction there is nothing to choose for: it is the person's own page. */
static bool is_own_page(const struct http_request *rq)
{
	struct params query = params_read(rq->arena, rq->query);

	return params_get(&query, "state").n == 0;
}

static enum err show(struct flow *f, struct http_response *rs)
{
	struct page p = flow_page(f, "account");
	struct browser_sessions here;
	enum err err =
		browser_sessions_find(f->tenant, f->issuer, f->rq, f->row.client_id, &here);

	if (err != OK)
		return err;
	page_set(&p, "flow", flow_token(f, step, S("")));
	err = list_accounts(f, &p, &here);
	if (err == OK)
		page_respond(&p, f->rq, rs, 200);
	return err;
}

enum err account_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	if (is_own_page(rq))
		return user_page_show(op, rq, rs);
	return flow_handle(op, rq, rs, flow_open, step, show);
}

/* To the sign-in page, within the same interaction. */
static void ask_to_sign_in(struct flow *f, struct str username)
{
	f->row.page = S("login");
	f->row.answered |= PROMPT_SELECT_ACCOUNT;
	f->row.data = flow_data_with(f, "page_username", username);
}

/* Whoever is chosen but not signed in any more is asked for the password. */
static enum err choose(struct flow *f, struct str account, bool *ret_login)
{
	const struct session *session;
	struct browser_sessions here;
	struct user user;
	enum err err =
		browser_sessions_find(f->tenant, f->issuer, f->rq, f->row.client_id, &here);

	if (err != OK)
		return err;
	session = browser_sessions_of(&here, &f->tenant->settings, account, f->rq->now);
	if (session != NULL) {
		f->row.sid = session->sid;
		f->row.answered |= PROMPT_SELECT_ACCOUNT;
		flow_keep_locale(f);
		return OK;
	}
	for (size_t i = 0; i < here.count; i++) {
		if (!str_eq(here.list[i].user_id, account))
			continue;
		err = user_find(db_reader(f->tenant->db), f->rq->arena, account, &user);
		if (err != OK)
			break;
		ask_to_sign_in(f, user.email.n > 0 ? user.email : user.username);
		*ret_login = true;
		return OK;
	}
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	ask_to_sign_in(f, S(""));
	*ret_login = true;
	return OK;
}

static enum err answer(struct flow *f, struct http_response *rs)
{
	struct str account = params_get(&f->form, "account");
	bool login = false;
	enum err err = OK;

	if (!flow_token_fits(f, step, S("")))
		return flow_refuse_as(f, FLOW_STALE, rs);
	if (str_is(account, "other")) {
		ask_to_sign_in(f, S(""));
		login = true;
	} else {
		err = choose(f, account, &login);
	}
	if (err == OK)
		err = db_write(f->tenant->db, flow_write_row, &f->row);
	if (err == ERR_NOT_FOUND)
		return flow_refuse_as(f, FLOW_GONE, rs);
	if (err == OK)
		flow_go(f, login ? "u/login" : "authorize/resume", rs);
	return err;
}

enum err account_submit(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	if (is_own_page(rq))
		return user_page_submit(op, rq, rs);
	return flow_handle(op, rq, rs, flow_open, step, answer);
}
