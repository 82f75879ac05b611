/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/encryption_key.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/tenant_secret.h"
#include "json/json_writer.h"

enum { JWKS_GUESS = 4096 };

static const char secret_name[] = "encryption_key";

static enum err insert(struct db_conn *conn, void *arg)
{
	return tenant_secret_insert(conn, arg);
}

static enum err make_first(const struct tenant *t)
{
	struct tenant_secret row = { .name = str_from(secret_name), .created_at = clock_now() };
	struct jwk *key;
	enum err e = jwk_generate(JWS_ES256, &key); /* a key on P-256 */

	if (e)
		return e;
	row.kid = jwk_thumbprint(key, t->arena);
	row.sealed =
		seal_close(t->seal, t->arena, SEAL_STORE, jwk_write_private(key, t->arena));
	jwk_unref(key);
	return db_write(t->db, insert, &row);
}

static enum err open_key(
	const struct tenant *t, const struct tenant_secret *row, struct encryption_key *ret)
{
	const struct json *body;
	struct str plain;

	if (seal_open(t->seal, t->arena, SEAL_STORE, row->sealed, &plain) ||
		json_parse(t->arena, plain, &body, NULL) ||
		jwk_read_encryption(body, &ret->key)) {
		log_line(LOG_ERROR, "tenant",
			"an encryption key does not open with this master key", "kid",
			arena_cstr(t->arena, row->kid), NULL);
		return ERR_CRYPTO;
	}
	ret->kid = row->kid;
	return OK;
}

static enum err list(const struct tenant *t, struct tenant_secret **ret, size_t *ret_count)
{
	return tenant_secret_list(
		db_reader(t->db), t->arena, str_from(secret_name), ret, ret_count);
}

enum err encryption_keys_load(struct tenant *t)
{
	struct tenant_secret *rows;
	struct encryption_key *keys;
	size_t count;
	enum err e = list(t, &rows, &count);

	if (!e && count == 0) {
		e = make_first(t);
		if (!e)
			e = list(t, &rows, &count);
	}
	if (e)
		return e;
	keys = arena_array(t->arena, struct encryption_key, count);
	t->encryption_keys = keys;
	for (size_t i = 0; i < count && !e; i++) {
		e = open_key(t, &rows[i], &keys[i]);
		if (!e)
			t->encryption_key_count++;
	}
	return e;
}

void encryption_keys_done(struct tenant *t)
{
	for (size_t i = 0; i < t->encryption_key_count; i++)
		jwk_unref(t->encryption_keys[i].key);
}

struct str encryption_keys_publish(const struct tenant *t)
{
	struct buf text = buf_new(t->arena, JWKS_GUESS);
	struct json_writer w = json_writer_on(&text);
	const struct json *signing = NULL;

	if (json_parse(t->arena, keyring_jwks(t->keys), &signing, NULL) != OK)
		return keyring_jwks(t->keys);
	json_begin_map(&w);
	json_key(&w, "keys");
	json_begin_list(&w);
	json_each(key, json_get(signing, "keys")) json_value(&w, key);
	if (t->encryption_key_count > 0)
		json_raw(&w, jwk_write_encryption(t->encryption_keys[0].key, t->arena,
				     t->encryption_keys[0].kid));
	json_end_list(&w);
	json_end_map(&w);
	return buf_str(&text);
}

enum err encryption_keys_open(
	const struct tenant *t, struct arena *a, struct str compact, struct str *ret)
{
	struct jwe jwe;
	enum err e = jwe_parse(a, compact, &jwe);

	if (e)
		return e;
	if (jwe.cty.n > 0 && !str_eq_nocase(jwe.cty, S("JWT")) &&
		!str_eq_nocase(jwe.cty, S("oauth-authz-req+jwt")))
		return ERR_INVALID;
	for (size_t i = 0; i < t->encryption_key_count; i++) {
		const struct encryption_key *key = &t->encryption_keys[i];

		if (jwe.kid.n == 0 || str_eq(jwe.kid, key->kid))
			return jwe_decrypt(&jwe, key->key, a, ret);
	}
	return ERR_INVALID;
}
