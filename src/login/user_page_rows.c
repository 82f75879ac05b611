/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "login/device_name.h"
#include "login/user_page.h"
#include "store/grant.h"
#include "store/refresh_token.h"

enum { MS = 1000 };

struct str user_page_minute(struct arena *a, int64_t at)
{
	struct str iso = clock_iso(a, at * MS);

	return arena_printf(a, "%.10s %.5s UTC", iso.p, iso.p + 11);
}

static void fill_session(
	const struct own_page *p, const struct session *s, struct page_row *row)
{
	struct arena *a = p->flow.rq->arena;
	struct str device = device_name(a, s->user_agent);

	page_row_set(row, "sid", s->sid);
	page_row_set(row, "device",
		device.n > 0 ? device : page_text(p->flow.locale, "user.unknown_device"));
	page_row_set(row, "ip", s->ip);
	page_row_set(row, "active", user_page_minute(a, s->last_active_at));
	page_row_set(row, "since", user_page_minute(a, s->created_at));
	page_row_set(row, "this", str_eq(s->sid, p->session.sid) ? S("1") : S(""));
}

enum err user_page_set_sessions(const struct own_page *p, struct page *page)
{
	const struct flow *f = &p->flow;
	struct page_row *rows = arena_array(f->rq->arena, struct page_row, USER_ROWS_MAX);
	struct session *list;
	size_t count, n = 0;
	enum err err = session_list_by_user(
		db_reader(f->tenant->db), f->rq->arena, p->user.user_id, &list, &count);

	if (err != OK)
		return err;
	for (size_t i = 0; i < count && n < USER_ROWS_MAX; i++)
		if (session_is_live(&list[i], &f->tenant->settings, f->rq->now))
			fill_session(p, &list[i], &rows[n++]);
	page_set_rows(page, "sessions", rows, n);
	page_set(page, "others", n > 1 ? S("1") : S(""));
	return OK;
}

struct app {
	struct str client_id;
	struct str scope;
	bool stays; /* it may act while the person is away */
};

static struct app *app_of(struct app *apps, size_t *count, struct str client_id)
{
	for (size_t i = 0; i < *count; i++)
		if (str_eq(apps[i].client_id, client_id))
			return &apps[i];
	if (*count == USER_ROWS_MAX)
		return NULL;
	apps[*count].client_id = client_id;
	return &apps[(*count)++];
}

static enum err collect_grants(const struct own_page *p, struct app *apps, size_t *count)
{
	const struct flow *f = &p->flow;
	struct grant *grants;
	size_t n;
	enum err err = grant_list_by_user(
		db_reader(f->tenant->db), f->rq->arena, p->user.user_id, &grants, &n);

	for (size_t i = 0; err == OK && i < n; i++) {
		struct app *app = app_of(apps, count, grants[i].client_id);

		if (app)
			app->scope = arena_printf(f->rq->arena, STR_FMT "%s" STR_FMT,
				STR_ARG(app->scope), app->scope.n > 0 ? " " : "",
				STR_ARG(grants[i].scope));
	}
	return err;
}

static enum err collect_families(const struct own_page *p, struct app *apps, size_t *count)
{
	const struct flow *f = &p->flow;
	struct refresh_family *families;
	size_t n;
	enum err err = refresh_family_list_by_user(
		db_reader(f->tenant->db), f->rq->arena, p->user.user_id, &families, &n);

	for (size_t i = 0; err == OK && i < n; i++) {
		struct app *app;

		if (families[i].revoked_at != 0 ||
			(families[i].expires_at != 0 && families[i].expires_at <= f->rq->now))
			continue;
		app = app_of(apps, count, families[i].client_id);
		if (app)
			app->stays = true;
	}
	return err;
}

static void fill_app(const struct own_page *p, const struct app *app, struct page_row *row)
{
	const struct client *client = tenant_client(p->flow.tenant, app->client_id);

	page_row_set(row, "client_id", app->client_id);
	page_row_set(row, "app", client && client->name.n > 0 ? client->name : app->client_id);
	page_row_set(row, "scope", app->scope);
	page_row_set(row, "stays", app->stays ? S("1") : S(""));
}

enum err user_page_set_apps(const struct own_page *p, struct page *page)
{
	struct arena *a = p->flow.rq->arena;
	struct app *apps = arena_array(a, struct app, USER_ROWS_MAX);
	struct page_row *rows = arena_array(a, struct page_row, USER_ROWS_MAX);
	size_t count = 0;
	enum err err = collect_grants(p, apps, &count);

	if (err == OK)
		err = collect_families(p, apps, &count);
	if (err != OK)
		return err;
	for (size_t i = 0; i < count; i++)
		fill_app(p, &apps[i], &rows[i]);
	page_set_rows(page, "apps", rows, count);
	return OK;
}
