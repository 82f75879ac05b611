/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * oidc_support: a tenant made by hand for the tests of oidc/: one issuer, fresh keys, a seal,
 * two clients and an API. With a store only when a test asks for one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/db.h"
#include "jose/jwt.h"
#include "store/schema.h"
#include "tenant/tenant.h"
#include "json/json_value.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { NOW = 1800000000 };

static struct arena *arena;
static struct client support_clients[2];
static struct resource_server support_apis[3];
static struct issuer support_issuer;
static struct tenant tenant;
static char support_folder[64];

static inline struct str arena_text(const char *text)
{
	return arena_str(arena, str_from(text));
}

static inline void make_keys(void)
{
	static const enum jws_alg algs[] = { JWS_ES256, JWS_EDDSA, JWS_RS256 };
	struct keyring_key list[COUNT(algs)];

	for (size_t i = 0; i < COUNT(algs); i++) {
		struct jwk *key;

		assert_int_equal(jwk_generate(algs[i], &key), OK);
		list[i] = (struct keyring_key){ key, str_from(jws_alg_name(algs[i])), algs[i],
			KEY_CURRENT };
	}
	tenant.keys = keyring_new(list, COUNT(algs));
	for (size_t i = 0; i < COUNT(algs); i++)
		jwk_unref(list[i].key);
}

static inline void make_tenant(void)
{
	struct str secret = S("0123456789abcdef0123456789abcdef");

	arena = arena_new(65536);
	support_issuer = (struct issuer){ .url = S("https://op.example/"),
		.origin = S("https://op.example"),
		.host = S("op.example") };
	support_clients[0] = (struct client){ .client_id = S("alpha"),
		.enabled = true,
		.id_token_alg = JWS_ES256,
		.id_token_lifetime = 36000 };
	support_clients[1] = (struct client){ .client_id = S("beta"),
		.enabled = true,
		.id_token_alg = JWS_HS256,
		.id_token_lifetime = 60,
		.secret = S("a secret of thirty-two bytes or so") };
	support_apis[0] = (struct resource_server){ .identifier = S("https://api.example"),
		.signing_alg = JWS_ES256,
		.token_lifetime = 86400,
		.token_lifetime_for_web = 7200 };
	support_apis[1] = support_apis[0];
	support_apis[1].identifier = S("urn:rfc9068");
	support_apis[1].rfc9068 = true;
	support_apis[2] = support_apis[0];
	support_apis[2].identifier = S("urn:shared-secret");
	support_apis[2].signing_alg = JWS_HS256;
	support_apis[2].signing_secret = S("the secret that this API holds too");
	tenant = (struct tenant){ .name = S("default"),
		.arena = arena,
		.seal = seal_new(&secret, 1),
		.issuers = &support_issuer,
		.issuer_count = 1,
		.clients = support_clients,
		.client_count = COUNT(support_clients),
		.resource_servers = support_apis,
		.resource_server_count = COUNT(support_apis) };
	make_keys();
}

static inline void free_tenant(void)
{
	keyring_free(tenant.keys);
	seal_free(tenant.seal);
	arena_free(arena);
}

static inline void open_store(void)
{
	struct str url;

	strcpy(support_folder, "/tmp/tacit-test-XXXXXX");
	assert_non_null(mkdtemp(support_folder));
	url = arena_printf(arena, "sqlite:%s/tacit.db", support_folder);
	assert_int_equal(db_open(url, &tenant.db), OK);
	assert_int_equal(schema_migrate(tenant.db), OK);
}

static inline void close_store(void)
{
	static const char *const files[] = { "tacit.db", "tacit.db-wal", "tacit.db-shm" };

	db_close(tenant.db);
	for (size_t i = 0; i < COUNT(files); i++)
		unlink(arena_printf(arena, "%s/%s", support_folder, files[i]).p);
	rmdir(support_folder);
}

/* The claims of a JWT, unverified; and what its header says. */
static inline const struct json *claims_of(struct str token)
{
	const struct json *claims = NULL;
	struct jws jws;

	assert_int_equal(jws_parse(arena, token, &jws), OK);
	assert_int_equal(jwt_claims(arena, &jws, &claims), OK);
	return claims;
}

static inline struct str typ_of(struct str token)
{
	struct jws jws;

	assert_int_equal(jws_parse(arena, token, &jws), OK);
	return jws.typ;
}

static inline void assert_str(struct str actual, const char *expected)
{
	assert_string_equal(arena_str(arena, actual).p, expected);
}

/* The names of an object's members, in their order, separated by blanks. */
static inline struct str members_of(const struct json *map)
{
	struct buf names = buf_new(arena, 128);

	json_each(member, map)
	{
		if (names.n > 0)
			buf_addc(&names, ' ');
		buf_add(&names, member->key);
	}
	return buf_str(&names);
}
