/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/document_secret.h"

#include <stdarg.h>

#include "base/base64.h"
#include "crypto/digest.h"
#include "tenant/client.h"
#include "tenant/field.h"
#include "json/json_writer.h"

enum { HS256_SECRET_LEAST = 32 }; /* RFC 7518, 3.2 */

static bool is_number(const struct json *value)
{
	return value->type == JSON_INT || value->type == JSON_REAL_VALUE;
}

bool document_same(const struct json *a, const struct json *b)
{
	const struct json *other;

	if (!a || !b)
		return a == b;
	if (is_number(a) && is_number(b))
		return a->type == JSON_INT && b->type == JSON_INT
			       ? a->integer == b->integer
			       : !(a->real < b->real) && !(a->real > b->real);
	if (a->type != b->type || a->count != b->count)
		return false;
	if (a->type == JSON_STR)
		return str_eq(a->str, b->str);
	other = b->first;
	json_each(child, a)
	{
		const struct json *twin = other;

		if (a->type == JSON_MAP)
			for (twin = b->first; twin && !str_eq(twin->key, child->key);)
				twin = twin->next;
		if (!twin || !document_same(child, twin))
			return false;
		other = other->next;
	}
	return true;
}

struct str document_open(
	struct arena *a, const struct seal *seal, const struct json *body, const char *name)
{
	struct str plain = { 0 };

	if (seal_open(seal, a, SEAL_STORE, json_get_str(body, name), &plain))
		return (struct str){ 0 };
	return plain;
}

/* Opens the map and writes all members but those named. The caller goes on and closes it. */
static void begin_without(struct json_writer *w, const struct json *map, const char *name1,
	const char *name2, const char *name3)
{
	json_begin_map(w);
	json_each(child, map)
	{
		if (str_is(child->key, name1) || str_is(child->key, name2) ||
			str_is(child->key, name3))
			continue;
		json_key_str(w, child->key);
		json_value(w, child);
	}
}

/* The text that opens to `plain`: the one of before if it does, else a new one. */
static struct str sealed_again(struct arena *a, const struct seal *seal, struct str plain,
	const struct json *before, const char *name)
{
	struct str old = document_open(a, seal, before, name);

	if (old.n && equal_in_constant_time(old, plain))
		return json_get_str(before, name);
	return seal_close(seal, a, SEAL_STORE, plain);
}

static struct str mac_again(
	struct arena *a, const struct seal *seal, struct str plain, const struct json *before)
{
	struct str text = json_get_str(before, "client_secret_mac");
	struct str mac;

	if (text.n && !base64url_decode(a, text, &mac) &&
		seal_mac_fits(seal, "client_secret", plain, mac))
		return text;
	mac = seal_mac(seal, a, "client_secret", plain);
	return base64url_encode(a, mac.p, mac.n);
}

static enum err check_client_secret(
	struct arena *a, const struct client *client, struct str plain, struct str *ret_why)
{
	if (!client_needs_secret(client))
		return OK;
	if (plain.n == 0)
		return field_refuse(a, ret_why, "client_secret",
			"must be given: HS256 and client_secret_jwt need it");
	if (plain.n < HS256_SECRET_LEAST)
		return field_refuse(a, ret_why, "client_secret",
			"must be at least %d bytes for HS256 and client_secret_jwt",
			HS256_SECRET_LEAST);
	return OK;
}

static enum err client_with_secret(struct arena *a, const struct seal *seal,
	const struct json *body, const struct json *before, struct json_writer *w,
	struct str *ret_why)
{
	struct str plain = json_get_str(body, "client_secret");
	struct str mac = json_get_str(body, "client_secret_mac");
	struct client client;
	enum err e = client_read(a, (struct str){ 0 }, body, &client, ret_why);

	if (e)
		return e;
	if (plain.n == 0 && mac.n == 0) {
		plain = document_open(a, seal, before, "client_secret_sealed");
		mac = json_get_str(before, "client_secret_mac");
	}
	e = check_client_secret(a, &client, plain, ret_why);
	if (e)
		return e;
	begin_without(w, body, "client_secret", "client_secret_mac", "client_secret_sealed");
	json_put_opt(w, "client_secret_mac", plain.n ? mac_again(a, seal, plain, before) : mac);
	if (client_needs_secret(&client))
		json_put_str(w, "client_secret_sealed",
			sealed_again(a, seal, plain, before, "client_secret_sealed"));
	json_end_map(w);
	return OK;
}

static enum err api_with_secret(struct arena *a, const struct seal *seal,
	const struct json *body, const struct json *before, struct json_writer *w,
	struct str *ret_why)
{
	struct str plain = json_get_str(body, "signing_secret");
	bool needed = str_is(json_get_str(body, "signing_alg"), "HS256");

	if (plain.n == 0)
		plain = document_open(a, seal, before, "signing_secret_sealed");
	if (needed && plain.n == 0)
		return field_refuse(
			a, ret_why, "signing_secret", "must be given: signing_alg is HS256");
	begin_without(w, body, "signing_secret", "signing_secret_sealed", "");
	if (needed)
		json_put_str(w, "signing_secret_sealed",
			sealed_again(a, seal, plain, before, "signing_secret_sealed"));
	json_end_map(w);
	return OK;
}

static const struct json *named(const struct json *list, struct str name)
{
	json_each(item, list) if (str_eq(json_get_str(item, "name"), name)) return item;
	return NULL;
}

static enum err action_secret(struct arena *a, const struct seal *seal, const struct json *item,
	const struct json *before, struct json_writer *w, struct str *ret_why)
{
	struct str name = json_get_str(item, "name");
	struct str value = json_get_str(item, "value");
	const struct json *old = named(before, name);
	struct str sealed = json_get_str(old, "sealed");

	if (name.n == 0)
		return field_refuse(a, ret_why, "secrets", "each must have a name");
	if (value.n)
		sealed = sealed_again(a, seal, value, old, "sealed");
	json_begin_map(w);
	json_put_str(w, "name", name);
	json_put_opt(w, "sealed", sealed);
	json_end_map(w);
	return OK;
}

static enum err action_with_secrets(struct arena *a, const struct seal *seal,
	const struct json *body, const struct json *before, struct json_writer *w,
	struct str *ret_why)
{
	const struct json *secrets = json_get(body, "secrets");

	begin_without(w, body, "secrets", "", "");
	if (secrets && secrets->count) {
		json_key(w, "secrets");
		json_begin_list(w);
		json_each(item, secrets)
		{
			enum err e = action_secret(
				a, seal, item, json_get(before, "secrets"), w, ret_why);

			if (e)
				return e;
		}
		json_end_list(w);
	}
	json_end_map(w);
	return OK;
}

enum err document_with_secrets(struct arena *a, const struct seal *seal,
	enum document_kind kind, const struct json *body, const struct json *before,
	struct str *ret, struct str *ret_why)
{
	struct buf b = buf_new(a, 2048);
	struct json_writer w = json_writer_on(&b);
	enum err e = OK;

	if (kind == DOCUMENT_CLIENT)
		e = client_with_secret(a, seal, body, before, &w, ret_why);
	else if (kind == DOCUMENT_RESOURCE_SERVER)
		e = api_with_secret(a, seal, body, before, &w, ret_why);
	else if (kind == DOCUMENT_ACTION)
		e = action_with_secrets(a, seal, body, before, &w, ret_why);
	else
		json_value(&w, body);
	if (e)
		return e;
	*ret = buf_str(&b);
	return OK;
}

static void write_client(struct arena *a, const struct seal *seal, const struct json *body,
	bool show, struct json_writer *w)
{
	struct str plain = document_open(a, seal, body, "client_secret_sealed");

	begin_without(w, body, "client_secret_mac", "client_secret_sealed", "");
	if (show && plain.n)
		json_put_str(w, "client_secret", plain);
	else if (show)
		json_put_opt(w, "client_secret_mac", json_get_str(body, "client_secret_mac"));
	json_end_map(w);
}

static void write_api(struct arena *a, const struct seal *seal, const struct json *body,
	bool show, struct json_writer *w)
{
	begin_without(w, body, "signing_secret_sealed", "", "");
	if (show)
		json_put_opt(w, "signing_secret",
			document_open(a, seal, body, "signing_secret_sealed"));
	json_end_map(w);
}

static void write_action(struct arena *a, const struct seal *seal, const struct json *body,
	bool show, struct json_writer *w)
{
	const struct json *secrets = json_get(body, "secrets");

	begin_without(w, body, "secrets", "versions", "deployed_version");
	if (secrets) {
		json_key(w, "secrets");
		json_begin_list(w);
		json_each(item, secrets)
		{
			json_begin_map(w);
			json_put_str(w, "name", json_get_str(item, "name"));
			if (show)
				json_put_opt(
					w, "value", document_open(a, seal, item, "sealed"));
			json_end_map(w);
		}
		json_end_list(w);
	}
	json_end_map(w);
}

struct str document_without_secrets(struct arena *a, const struct seal *seal,
	enum document_kind kind, const struct json *body, bool show)
{
	struct buf b = buf_new(a, 2048);
	struct json_writer w = json_writer_on(&b);

	if (kind == DOCUMENT_CLIENT)
		write_client(a, seal, body, show, &w);
	else if (kind == DOCUMENT_RESOURCE_SERVER)
		write_api(a, seal, body, show, &w);
	else if (kind == DOCUMENT_ACTION)
		write_action(a, seal, body, show, &w);
	else
		json_value(&w, body);
	return buf_str(&b);
}
