/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/tenant.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/document.h"
#include "tenant/document_secret.h"
#include "tenant/encryption_key.h"
#include "tenant/issuer.h"
#include "tenant/key_rotation.h"
#include "tenant/management_api.h"
#include "tenant/subject.h"
#include "tenant/tenant_key.h"
#include "json/json_value.h"

enum { FIRST_BLOCK = 64 * 1024 };

/* Reads one document into its place in the table. ERR_INVALID: *ret_why. */
typedef enum err read_fn(struct tenant *, struct str text, const struct json *body, void *into,
	struct str *ret_why);

static enum err read_client(struct tenant *t, struct str text, const struct json *body,
	void *into, struct str *ret_why)
{
	struct client *c = into;
	enum err e = client_read(t->arena, text, body, c, ret_why);

	if (!e && client_needs_secret(c))
		c->secret = document_open(t->arena, t->seal, body, "client_secret_sealed");
	return e;
}

static enum err read_api(struct tenant *t, struct str text, const struct json *body, void *into,
	struct str *ret_why)
{
	struct resource_server *api = into;
	enum err e = resource_server_read(t->arena, text, body, api, ret_why);

	if (!e && api->signing_alg == JWS_HS256)
		api->signing_secret =
			document_open(t->arena, t->seal, body, "signing_secret_sealed");
	return e;
}

static enum err read_client_grant(struct tenant *t, struct str text, const struct json *body,
	void *into, struct str *ret_why)
{
	(void)text;
	return client_grant_read(t->arena, body, into, ret_why);
}

static enum err refuse(const struct tenant *t, const char *kind, struct str id, struct str why)
{
	log_line(LOG_ERROR, "tenant", "a document cannot be used", "kind", kind, "id",
		arena_cstr(t->arena, id), "reason", arena_cstr(t->arena, why), NULL);
	return ERR_INVALID;
}

struct table {
	enum document_kind kind;
	const char *name;
	size_t size;
	read_fn *read;
};

static enum err load_table(struct tenant *t, struct db_conn *conn, const struct table *table,
	void **ret, size_t *ret_count)
{
	struct document *rows;
	size_t count;
	char *items;
	struct str why = S("it is not JSON");
	enum err e = document_list(conn, t->arena, table->kind, &rows, &count);

	if (e)
		return e;
	items = arena_alloc_many(t->arena, table->size, count);
	for (size_t i = 0; i < count; i++) {
		const struct json *body;

		e = json_parse(t->arena, rows[i].body, &body, &why);
		if (!e)
			e = table->read(t, rows[i].body, body, items + i * table->size, &why);
		if (e)
			return refuse(t, table->name, rows[i].id, why);
	}
	*ret = items;
	*ret_count = count;
	return OK;
}

static int by_client_id(const void *a, const void *b)
{
	return str_cmp(
		((const struct client *)a)->client_id, ((const struct client *)b)->client_id);
}

/* Without the tenant's word an id_token is always signed. */
static void sign_all(const struct tenant *t, struct client *clients)
{
	for (size_t i = 0; i < t->client_count && !t->settings.unsigned_id_tokens; i++)
		if (clients[i].id_token_alg == JWS_NONE)
			clients[i].id_token_alg = JWS_RS256;
}

static enum err load_tables(struct tenant *t, struct db_conn *conn)
{
	static const struct table clients = { DOCUMENT_CLIENT, "client", sizeof(struct client),
		read_client };
	static const struct table apis = { DOCUMENT_RESOURCE_SERVER, "resource server",
		sizeof(struct resource_server), read_api };
	static const struct table grants = { DOCUMENT_CLIENT_GRANT, "client grant",
		sizeof(struct client_grant), read_client_grant };
	void *items;
	enum err e = load_table(t, conn, &clients, &items, &t->client_count);

	if (e)
		return e;
	qsort(items, t->client_count, sizeof(struct client), by_client_id);
	t->clients = items;
	sign_all(t, items);
	e = load_table(t, conn, &apis, &items, &t->resource_server_count);
	if (e)
		return e;
	t->resource_servers = items;
	e = management_api_add(t);
	if (e)
		return e;
	e = load_table(t, conn, &grants, &items, &t->client_grant_count);
	if (!e)
		t->client_grants = items;
	return e;
}

static enum err load_settings(struct tenant *t, struct db_conn *conn, struct str issuer)
{
	struct document row;
	const struct json *body = NULL;
	struct str why = S("it is not JSON");
	enum err e = document_find(conn, t->arena, DOCUMENT_SETTINGS, S("tenant"), &row);

	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && json_parse(t->arena, row.body, &body, &why))
		return refuse(t, "settings", row.id, why);
	if (settings_read(t->arena, body, &t->settings, &why))
		return refuse(t, "settings", S("tenant"), why);
	t->issuers = issuers_make(t->arena, issuer, t->settings.domains);
	t->issuer_count = t->settings.domains.count + 1;
	return OK;
}

static bool asks_for_ps256(const struct tenant *t)
{
	for (size_t i = 0; i < t->client_count; i++)
		if (t->clients[i].id_token_alg == JWS_PS256 ||
			t->clients[i].userinfo_alg == JWS_PS256 ||
			t->clients[i].introspection_alg == JWS_PS256)
			return true;
	for (size_t i = 0; i < t->resource_server_count; i++)
		if (t->resource_servers[i].signing_alg == JWS_PS256)
			return true;
	return false;
}

static bool asks_for_pairwise(const struct tenant *t)
{
	for (size_t i = 0; i < t->client_count; i++)
		if (t->clients[i].pairwise)
			return true;
	return false;
}

/* The version first: a change while we read shows as a newer one at the next poll. */
static enum err load(struct tenant *t, struct str issuer)
{
	enum err e = tenant_keys_complete(t->db, t->seal, false);
	struct db_conn *conn = db_reader(t->db);

	if (!e)
		e = configuration_version(conn, &t->version);
	if (!e)
		e = load_settings(t, conn, issuer);
	if (!e)
		e = load_tables(t, conn);
	if (!e && asks_for_ps256(t))
		e = tenant_keys_complete(t->db, t->seal, true);
	if (!e && asks_for_pairwise(t))
		e = subject_salt(t->db, t->seal, t->arena, &t->pairwise_salt);
	if (!e)
		e = pipeline_load(conn, t->seal, t->arena, "post-login", &t->post_login);
	if (!e)
		e = pipeline_load(conn, t->seal, t->arena, "credentials-exchange",
			&t->credentials_exchange);
	if (!e)
		e = tenant_keys_load(conn, t->seal, &t->keys);
	if (!e)
		e = key_rotation_next(conn, t, &t->keys_due_at);
	if (!e)
		e = encryption_keys_load(t);
	if (!e)
		t->jwks = encryption_keys_publish(t);
	return e;
}

static struct str *copy_secrets(struct arena *a, const struct str *secrets, size_t count)
{
	struct str *copy = arena_array(a, struct str, count);

	for (size_t i = 0; i < count; i++)
		copy[i] = arena_str(a, secrets[i]);
	return copy;
}

enum err tenant_load(struct db *db, struct str name, struct str issuer,
	const struct str *secrets, size_t secret_count, struct tenant **ret)
{
	struct arena *a = arena_new(FIRST_BLOCK);
	struct tenant *t = arena_new_of(a, struct tenant);
	enum err e;

	t->arena = a;
	t->name = arena_str(a, name);
	t->db = db;
	t->secrets = copy_secrets(a, secrets, secret_count);
	t->secret_count = secret_count;
	t->seal = seal_new(t->secrets, secret_count);
	t->references = 1;
	e = load(t, issuer);
	if (e)
		tenant_unref(t);
	else
		*ret = t;
	return e;
}

enum err tenant_load_again(const struct tenant *t, struct tenant **ret)
{
	return tenant_load(t->db, t->name, t->issuers[0].url, t->secrets, t->secret_count, ret);
}

struct tenant *tenant_ref(struct tenant *t)
{
	__atomic_fetch_add(&t->references, 1, __ATOMIC_RELAXED);
	return t;
}

void tenant_unref(struct tenant *t)
{
	unsigned before;

	if (!t)
		return;
	before = __atomic_fetch_sub(&t->references, 1, __ATOMIC_ACQ_REL);
	assert(before > 0);
	if (before > 1)
		return;
	encryption_keys_done(t);
	keyring_free(t->keys);
	seal_free(t->seal);
	arena_free(t->arena);
}

const struct client *tenant_client(const struct tenant *t, struct str client_id)
{
	struct client key = { .client_id = client_id };

	if (t->client_count == 0)
		return NULL;
	return bsearch(&key, t->clients, t->client_count, sizeof(struct client), by_client_id);
}

const struct resource_server *tenant_resource_server(
	const struct tenant *t, struct str audience)
{
	for (size_t i = 0; i < t->resource_server_count; i++)
		if (str_eq(t->resource_servers[i].identifier, audience))
			return &t->resource_servers[i];
	return NULL;
}

const struct client_grant *tenant_client_grant(
	const struct tenant *t, struct str client_id, struct str audience)
{
	for (size_t i = 0; i < t->client_grant_count; i++)
		if (str_eq(t->client_grants[i].client_id, client_id) &&
			str_eq(t->client_grants[i].audience, audience))
			return &t->client_grants[i];
	return NULL;
}

const struct issuer *tenant_issuer(const struct tenant *t, struct str host)
{
	for (size_t i = 0; i < t->issuer_count; i++)
		if (str_eq_nocase(t->issuers[i].host, host))
			return &t->issuers[i];
	return &t->issuers[0];
}

const struct issuer *tenant_issuer_by_url(const struct tenant *t, struct str url)
{
	for (size_t i = 0; i < t->issuer_count; i++)
		if (str_eq(t->issuers[i].url, url))
			return &t->issuers[i];
	return NULL;
}
