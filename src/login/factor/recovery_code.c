/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Recovery codes: for whoever has lost the phone. Ten, shown once, each good once. The row
 * keeps a MAC of each under the tenant's key, so that a copy of the database alone cannot be
 * searched.
 */

#include "base/base64.h"
#include "base/random.h"
#include "login/factor/factor.h"
#include "json/json_value.h"
#include "json/json_writer.h"

enum { CODE_CHARS = 10, HALF = CODE_CHARS / 2, ID_BYTES = 16 };

static const char purpose[] = "recovery_code";

/* Crockford's: without I, L, O and U. Ten of these are 50 bits. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static struct str new_code(struct arena *a)
{
	unsigned char random[CODE_CHARS];
	char *text = arena_alloc(a, CODE_CHARS + 1);
	size_t n = 0;

	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < CODE_CHARS; i++) {
		if (i == HALF)
			text[n++] = '-';
		text[n++] = alphabet[random[i] % 32];
	}
	return (struct str){ text, n };
}

void recovery_codes_new(struct arena *a, struct str ret[RECOVERY_CODES])
{
	for (size_t i = 0; i < RECOVERY_CODES; i++)
		ret[i] = new_code(a);
}

/* Capitals without blanks and dashes; O is read as 0, I and L as 1. */
static struct str normal_form(struct arena *a, struct str typed)
{
	char *text = arena_alloc(a, typed.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];

		if (c == ' ' || c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 0x20);
		text[n++] = c == 'O' ? '0' : (c == 'I' || c == 'L') ? '1' : c;
	}
	return (struct str){ text, n };
}

static struct str bound(struct arena *a, struct str user_id, struct str code)
{
	return arena_printf(
		a, STR_FMT "\n" STR_FMT, STR_ARG(user_id), STR_ARG(normal_form(a, code)));
}

struct factor recovery_codes_factor(const struct tenant *t, struct arena *a, struct str user_id,
	const struct str codes[RECOVERY_CODES], int64_t now)
{
	struct buf data = buf_new(a, 64 * RECOVERY_CODES);
	struct json_writer w = json_writer_on(&data);

	json_begin_map(&w);
	json_key(&w, "macs");
	json_begin_list(&w);
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		struct str mac = seal_mac(t->seal, a, purpose, bound(a, user_id, codes[i]));

		json_str(&w, base64url_encode(a, mac.p, mac.n));
	}
	json_end_list(&w);
	json_end_map(&w);
	return (struct factor){
		.factor_id = arena_printf(
			a, "recovery-code|" STR_FMT, STR_ARG(random_token(a, ID_BYTES))),
		.user_id = user_id,
		.type = S("recovery-code"),
		.data = buf_str(&data),
		.confirmed = true,
		.created_at = now,
	};
}

static bool owns(const struct factor *f)
{
	return str_is(f->type, "recovery-code");
}

enum err recovery_codes_replace(
	struct db_conn *conn, struct arena *a, const struct factor *fresh)
{
	struct factor *list;
	size_t count;
	enum err err = factor_list(conn, a, fresh->user_id, &list, &count);

	for (size_t i = 0; err == OK && i < count; i++) {
		if (owns(&list[i]))
			err = factor_delete(conn, fresh->user_id, list[i].factor_id);
	}
	return err == OK ? factor_insert(conn, fresh) : err;
}

static const struct json *macs_of(struct arena *a, const struct factor *f)
{
	const struct json *data = NULL;

	if (json_parse(a, f->data, &data, NULL) != OK)
		return NULL;
	return json_get(data, "macs");
}

size_t recovery_codes_left(struct arena *a, const struct factor *f)
{
	const struct json *macs = macs_of(a, f);

	return macs == NULL ? 0 : macs->count;
}

/* The row's data without that one. */
static struct str data_without(
	struct arena *a, const struct json *macs, const struct json *used)
{
	struct buf data = buf_new(a, 64 * RECOVERY_CODES);
	struct json_writer w = json_writer_on(&data);

	json_begin_map(&w);
	json_key(&w, "macs");
	json_begin_list(&w);
	json_each(mac, macs)
	{
		if (mac != used)
			json_value(&w, mac);
	}
	json_end_list(&w);
	json_end_map(&w);
	return buf_str(&data);
}

static const struct json *find_mac(
	const struct factor_question *q, const struct json *macs, struct str text)
{
	json_each(one, macs)
	{
		struct str mac;

		if (base64url_decode(q->arena, one->str, &mac) != OK)
			continue;
		if (seal_mac_fits(q->tenant->seal, purpose, text, mac))
			return one;
	}
	return NULL;
}

static enum err judge(
	const struct factor_question *q, struct str answer, struct factor_proof *ret)
{
	if (answer.n > 2 * CODE_CHARS)
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < q->count; i++) {
		const struct factor *f = &q->factors[i];
		const struct json *macs, *found;

		if (!owns(f))
			continue;
		macs = macs_of(q->arena, f);
		found = find_mac(q, macs, bound(q->arena, f->user_id, answer));
		if (found == NULL)
			continue;
		*ret = (struct factor_proof){
			.factor = f,
			.data = data_without(q->arena, macs, found),
		};
		return OK;
	}
	return ERR_NOT_FOUND;
}

const struct factor_kind recovery_code_kind = {
	.name = "recovery-code",
	.types = "recovery-code",
	.bit = FACTOR_RECOVERY,
	.method = "recovery-code",
	.owns = owns,
	.judge = judge,
};
