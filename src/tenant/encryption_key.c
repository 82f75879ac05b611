/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/encryption_key.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/document.h"
#include "store/tenant_secret.h"
#include "json/json_writer.h"

enum { JWKS_GUESS = 4096 };

static enum err insert(
	struct db_conn *conn, const struct seal *seal, struct arena *a, int64_t now)
{
	struct tenant_secret row = { .name = S(ENCRYPTION_KEY), .created_at = now };
	struct jwk *key;
	enum err e = jwk_generate(JWS_ES256, &key); /* a key on P-256 */

	if (e)
		return e;
	row.kid = jwk_thumbprint(key, a);
	row.sealed = seal_close(seal, a, SEAL_STORE, jwk_write_private(key, a));
	jwk_unref(key);
	return tenant_secret_insert(conn, &row);
}

/* Another process may have been first. */
static enum err make_first(struct db_conn *conn, void *arg)
{
	const struct tenant *t = arg;
	struct tenant_secret *rows;
	size_t count;
	enum err e = tenant_secret_list(conn, t->arena, S(ENCRYPTION_KEY), &rows, &count);

	return e || count > 0 ? e : insert(conn, t->seal, t->arena, clock_now());
}

enum err encryption_key_rotate(
	struct db_conn *conn, const struct seal *seal, struct arena *a, int64_t now)
{
	struct tenant_secret *rows;
	size_t count;
	enum err e = tenant_secret_list(conn, a, S(ENCRYPTION_KEY), &rows, &count);

	if (e)
		return e;
	/* The newest is what its time says. */
	if (count > 0 && rows[0].created_at >= now)
		now = rows[0].created_at + 1;
	e = insert(conn, seal, a, now);
	return e ? e : configuration_changed(conn);
}

enum err encryption_key_revoke(struct db_conn *conn, struct arena *a, struct str kid)
{
	struct tenant_secret *rows;
	size_t count;
	enum err e = tenant_secret_list(conn, a, S(ENCRYPTION_KEY), &rows, &count);

	if (e)
		return e;
	if (count > 0 && str_eq(rows[0].kid, kid))
		return ERR_CONFLICT;
	e = tenant_secret_delete(conn, S(ENCRYPTION_KEY), kid);
	return e ? e : configuration_changed(conn);
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
		db_reader(t->db), t->arena, S(ENCRYPTION_KEY), ret, ret_count);
}

enum err encryption_keys_load(struct tenant *t)
{
	struct tenant_secret *rows;
	struct encryption_key *keys;
	size_t count;
	enum err e = list(t, &rows, &count);

	if (!e && count == 0) {
		e = db_write(t->db, make_first, t);
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
