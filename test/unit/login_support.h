/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * login_support: a tenant with three users in a database of its own, and a browser that
 * keeps two cookies and fills in forms, so that a test can walk through the pages without a
 * socket. Handlers are called as the front would call them.
 */

#include <dirent.h>
#include <stdlib.h>

#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "login/login.h"
#include "observe/observer.h"
#include "store/attempt.h"
#include "store/event.h"
#include "store/grant.h"
#include "store/interaction.h"
#include "store/schema.h"
#include "store/session.h"
#include "store/user.h"
#include "tenant/browser.h"
#include "tenant/provider.h"

#include "rows.h"

#define ISSUER     "http://localhost:9000/"
#define RIGHT      "correct horse"
#define START_TIME 1800000000

struct browser {
	struct str session; /* the cookies' values */
	struct str flow;
	const char *origin;     /* what it says of itself with a form; NULL: nothing */
	const char *fetch_site; /* likewise */
	const char *address;
};

struct world {
	struct arena *a;
	struct db *db;
	struct tenant *tenant;
	struct provider op;
	int64_t now;
	char folder[64];
};

static struct world w;

static inline enum err world_insert_user(struct db_conn *conn, void *user)
{
	return user_insert(conn, user);
}

static inline void world_add_user(
	const char *user_id, const char *email, const char *name, struct str hash, bool blocked)
{
	struct user user = {
		.user_id = str_from(user_id),
		.email = str_from(email),
		.username = str_from(user_id),
		.name = str_from(name),
		.password_hash = hash,
		.blocked = blocked,
		.profile = S("{}"),
		.app_metadata = S("{}"),
		.user_metadata = S("{}"),
		.created_at = START_TIME,
		.updated_at = START_TIME,
	};

	row_int("a user", db_write(w.db, world_insert_user, &user), OK);
}

static inline struct str world_hash(const char *password)
{
	struct str hash;

	row_int("a hash", password_hash(w.a, str_from(password), &hash), OK);
	return hash;
}

static inline void world_remove(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
	rmdir(folder);
}

static inline void world_open(const char *folder)
{
	static unsigned char secret[32] = { 7 };
	struct str secrets = { (char *)secret, sizeof(secret) };

	w = (struct world){ .a = arena_new(1 << 16), .now = START_TIME };
	row_int("a database", db_open(arena_printf(w.a, "sqlite:%s/t.db", folder), &w.db), OK);
	row_int("its tables", schema_migrate(w.db), OK);
	row_int("a tenant", tenant_load(w.db, S("default"), S(ISSUER), &secrets, 1, &w.tenant),
		OK);
	w.op = (struct provider){ .observer = observer_new(1000), .limits = true };
	provider_add(&w.op, w.tenant);
}

static inline void world_close(void)
{
	provider_stop(&w.op);
	db_flush(w.db);
	observer_free(w.op.observer);
	db_close(w.db);
	arena_free(w.a);
}

/* Signing keys and hashes take their time: made once a program, and copied for each test. */
static char world_first[64];

static inline int world_make_first(void **state)
{
	struct str hash;

	(void)state;
	strcpy(world_first, "/tmp/tacit-login-XXXXXX");
	row_true("a folder", mkdtemp(world_first) != NULL);
	world_open(world_first);
	hash = world_hash(RIGHT);
	world_add_user("auth0|ana", "ana@example.com", "Ana <A>", hash, false);
	world_add_user("auth0|bob", "bob@example.com", "", hash, false);
	world_add_user("auth0|eve", "eve@example.com", "Eve", hash, true);
	world_add_user("auth0|zoë", "zoë@exämple.com", "Zoë", hash, false);
	row_int("a copy", db_backup(w.db, arena_printf(w.a, "%s/copy.db", world_first)), OK);
	world_close();
	return 0;
}

static inline int world_remove_first(void **state)
{
	(void)state;
	world_remove(world_first);
	return 0;
}

static inline void copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb");
	FILE *out = fopen(to, "wb");
	char bytes[4096];
	size_t n;

	row_true("files", in != NULL && out != NULL);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		fwrite(bytes, 1, n, out);
	fclose(in);
	row_int("written", fclose(out), 0);
}

/* Anew for each test; settings may be changed in w.tenant->settings. */
static inline int world_set_up(void **state)
{
	char folder[64] = "/tmp/tacit-login-XXXXXX";
	char from[96];
	char to[96];

	(void)state;
	row_true("a folder", mkdtemp(folder) != NULL);
	snprintf(from, sizeof(from), "%s/copy.db", world_first);
	snprintf(to, sizeof(to), "%s/t.db", folder);
	copy_file(from, to);
	world_open(folder);
	strcpy(w.folder, folder);
	w.tenant->settings.friendly_name = S("Demo & Sons");
	return 0;
}

static inline int world_tear_down(void **state)
{
	char folder[64];

	(void)state;
	strcpy(folder, w.folder);
	world_close();
	world_remove(folder);
	return 0;
}

static inline enum err world_insert_interaction(struct db_conn *conn, void *row)
{
	return interaction_insert(conn, row);
}

/* As oidc/ begins one: the id. The browser gets a flow cookie when it has none. */
static inline struct str begin(struct browser *b, const char *page, const char *data)
{
	struct str id = random_token(w.a, 24);
	struct interaction row = {
		.key = sha256(w.a, id),
		.client_id = S("shop"),
		.request = S("client_id=shop"),
		.issuer = S(ISSUER),
		.page = str_from(page),
		.data = str_from(data),
		.created_at = w.now,
		.expires_at = w.now + 3600,
	};

	if (b->flow.n == 0)
		b->flow = random_token(w.a, 16);
	row.binding = sha256(w.a, b->flow);
	row_int("an interaction", db_write(w.db, world_insert_interaction, &row), OK);
	return id;
}

static inline struct interaction row_of(struct str id)
{
	struct interaction row = { 0 };

	row_int("the interaction is there",
		interaction_find(db_reader(w.db), w.a, sha256(w.a, id), w.now, &row), OK);
	return row;
}

static inline struct str header_of(const struct http_response *rs, const char *name)
{
	for (size_t i = 0; i < rs->header_count; i++) {
		if (str_eq_nocase(str_from(rs->headers[i].name), str_from(name)))
			return rs->headers[i].value;
	}
	return (struct str){ 0 };
}

static inline bool holds(struct str text, const char *part)
{
	return str_find(text, str_from(part)) >= 0;
}

/* Takes the session cookie that the answer sets. */
static inline void keep_cookie(struct browser *b, const struct http_response *rs)
{
	struct str name = w.tenant->issuers[0].cookie;
	struct str set = header_of(rs, "Set-Cookie");
	struct str value;

	if (!str_starts(set, name))
		return;
	set = str_after(set, name.n + 1);
	row_true("a cookie's value", str_split(&set, ';', &value));
	b->session = value;
}

static inline struct http_response send(struct browser *b, handler_fn *handler,
	enum http_method method, struct str query, struct str body)
{
	const struct issuer *issuer = &w.tenant->issuers[0];
	struct http_header headers[] = {
		{ S("Cookie"), arena_printf(w.a, "%.*s=%.*s; %.*s=%.*s",
				       STR_ARG(issuer->cookie), STR_ARG(b->session),
				       STR_ARG(issuer->flow_cookie), STR_ARG(b->flow)) },
		{ S("User-Agent"), S("Test/1.0") },
		{ S("Origin"), str_from(b->origin) },
		{ S("Sec-Fetch-Site"), str_from(b->fetch_site) },
	};
	struct http_request rq = {
		.arena = w.a,
		.id = random_token(w.a, 16),
		.method = method,
		.path = S("/u/page"),
		.query = query,
		.body = body,
		.host = S("localhost:9000"),
		.remote = b->address ? str_from(b->address) : S("192.0.2.1"),
		.now = w.now,
		.now_ms = w.now * 1000,
		.may_block = true,
		.headers = headers,
		.header_count = ROWS(headers),
	};
	struct http_response rs = { 0 };

	row_int("the handler answers", handler(&w.op, &rq, &rs), OK);
	row_true("with a status", rs.status != 0);
	keep_cookie(b, &rs);
	return rs;
}

static inline struct http_response get(struct browser *b, handler_fn *handler, struct str id)
{
	return send(b, handler, HTTP_GET, arena_printf(w.a, "state=%.*s", STR_ARG(id)), S(""));
}

/* The value of the hidden input of that name in a page; empty without one. */
static inline struct str hidden(struct str html, const char *name)
{
	struct str mark = arena_printf(w.a, "name=\"%s\" value=\"", name);
	ptrdiff_t at = str_find(html, mark);
	struct str value = { 0 };

	if (at < 0)
		return value;
	html = str_after(html, (size_t)at + mark.n);
	str_split(&html, '"', &value);
	return value;
}

/* Gets the page, and sends its form with these fields. */
static inline struct http_response answer(struct browser *b, handler_fn *page,
	handler_fn *submit, struct str id, const char *fields)
{
	struct http_response shown = get(b, page, id);
	struct str token = hidden(shown.body, "flow");

	row_int("the page is shown", shown.status, 200);
	row_true("with a token", token.n == 43);
	return send(b, submit, HTTP_POST, arena_printf(w.a, "state=%.*s", STR_ARG(id)),
		arena_printf(w.a, "flow=%.*s&%s", STR_ARG(token), fields));
}

static inline struct http_response sign_in_as(
	struct browser *b, struct str id, const char *name, const char *password)
{
	return answer(b, login_page, login_submit, id,
		arena_cstr(w.a, arena_printf(w.a, "action=login&username=%s&password=%s", name,
					password)));
}

/* A browser in which these have signed in, "ana bob". */
static inline struct browser signed_in(const char *names)
{
	struct browser b = { 0 };
	struct str rest = str_from(names);
	struct str name;

	while (str_split(&rest, ' ', &name)) {
		struct str id = begin(&b, "login", "{}");
		struct http_response rs = sign_in_as(&b, id,
			arena_cstr(w.a, arena_printf(w.a, "%.*s@example.com", STR_ARG(name))),
			RIGHT);

		row_int("signed in", rs.status, 303);
	}
	return b;
}

/* The browser's sessions, those that would be found by its cookie. */
static inline size_t sessions_of(
	const struct browser *b, struct session list[SESSIONS_PER_BROWSER])
{
	struct str digest;
	size_t count = 0;
	enum err err;

	if (browser_secret_read(w.tenant, w.a, b->session, &digest) != OK)
		return 0;
	err = session_find_by_browser(
		db_reader(w.db), w.a, digest, S("shop"), w.now, list, &count);
	return err == OK ? count : 0;
}

/* How many events of that type there are. */
static inline size_t events_of(const char *type)
{
	struct event_filter filter = { .type = str_from(type), .max = 100 };
	struct event *list;
	size_t count = 0;

	db_flush(w.db);
	row_int("events", event_list(db_reader(w.db), w.a, &filter, &list, &count), OK);
	return count;
}

static inline bool goes_to(const struct http_response *rs, const char *path, struct str id)
{
	return rs->status == 303 &&
	       str_eq(header_of(rs, "Location"),
		       arena_printf(w.a, ISSUER "%s?state=%.*s", path, STR_ARG(id)));
}
