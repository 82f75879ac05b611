/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jws.h"

#include <assert.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "json/json_writer.h"

enum {
	COMPACT_MAX = 32 * 1024,
	HEADER_GUESS = 256,
	SIGNATURE_GUESS = 400, /* RSA-2048 has 342 characters */
};

static struct str header_json(struct arena *a, enum jws_alg alg, struct str typ, struct str kid)
{
	struct buf buf = buf_new(a, HEADER_GUESS);
	struct json_writer w = json_writer_on(&buf);

	json_begin_map(&w);
	json_put_str(&w, "alg", str_from(jws_alg_name(alg)));
	json_put_opt(&w, "typ", typ);
	json_put_opt(&w, "kid", kid);
	json_end_map(&w);
	return buf_str(&buf);
}

/* header.payload, with room for the rest. */
static struct buf signing_input(
	enum jws_alg alg, struct str typ, struct str kid, struct arena *a, struct str payload)
{
	struct str header = header_json(a, alg, typ, kid);
	struct buf buf = buf_new(a, (header.n + payload.n) * 4 / 3 + SIGNATURE_GUESS);

	base64url_add(&buf, header.p, header.n);
	buf_addc(&buf, '.');
	base64url_add(&buf, payload.p, payload.n);
	return buf;
}

enum err jws_sign(const struct jwk *jwk, enum jws_alg alg, struct str typ, struct str kid,
	struct arena *a, struct str payload, struct str *ret)
{
	struct buf buf = signing_input(alg, typ, kid, a, payload);
	struct str signature = { 0 };
	enum err err;

	if (alg != JWS_NONE) {
		err = jws_sign_raw(jwk, alg, a, buf_str(&buf), &signature);
		if (err != OK)
			return err;
	}
	buf_addc(&buf, '.');
	base64url_add(&buf, signature.p, signature.n);
	*ret = buf_str(&buf);
	return OK;
}

enum err jws_draft_make(const struct jwk *jwk, enum jws_alg alg, struct str typ, struct str kid,
	struct arena *a, struct str payload, struct jws_draft *ret_draft, struct str *ret)
{
	size_t size = jws_signature_size(jwk, alg);
	size_t characters = (size * 4 + 2) / 3;
	struct buf buf;
	size_t input;

	if (size == 0)
		return ERR_INVALID;
	buf = signing_input(alg, typ, kid, a, payload);
	input = buf.n;
	buf_addc(&buf, '.');
	for (size_t i = 0; i < characters; i++)
		buf_addc(&buf, '=');
	*ret = buf_str(&buf);
	*ret_draft = (struct jws_draft){ .key = jwk,
		.alg = alg,
		.arena = a,
		.input = str_first(*ret, input),
		.blank = buf.p + input + 1,
		.size = characters };
	return OK;
}

enum err jws_draft_sign(const struct jws_draft *draft)
{
	struct str signature;
	enum err err =
		jws_sign_raw(draft->key, draft->alg, draft->arena, draft->input, &signature);

	if (err != OK)
		return err;
	signature = base64url_encode(draft->arena, signature.p, signature.n);
	assert(signature.n == draft->size);
	memcpy(draft->blank, signature.p, signature.n);
	return OK;
}

/* Three parts, and what was signed is the first two as they were sent. */
static bool take_apart(struct str compact, struct str part[3], struct str *ret_input)
{
	ptrdiff_t first = str_index(compact, '.');
	ptrdiff_t second;

	if (first <= 0)
		return false;
	part[0] = str_first(compact, (size_t)first);
	compact.p += first + 1;
	compact.n -= (size_t)first + 1;
	second = str_index(compact, '.');
	if (second < 0)
		return false;
	part[1] = str_first(compact, (size_t)second);
	part[2] = str_after(compact, (size_t)second + 1);
	*ret_input = (struct str){ part[0].p, part[0].n + 1 + part[1].n };
	return str_index(part[2], '.') < 0;
}

static bool is_string_or_absent(const struct json *map, const char *name)
{
	const struct json *member = json_get(map, name);

	return member == NULL || member->type == JSON_STR;
}

/* "crit" names what we would have to understand, "b64" changes what is signed (RFC 7797), and
 * "zip" is of what is encrypted (RFC 7516, 4.1.3): a signed token of ours has none of them. */
static bool header_is_ours(const struct json *header)
{
	return header->type == JSON_MAP && json_get(header, "crit") == NULL &&
	       json_get(header, "b64") == NULL && json_get(header, "zip") == NULL &&
	       is_string_or_absent(header, "kid") && is_string_or_absent(header, "typ") &&
	       is_string_or_absent(header, "alg");
}

static enum err read_header(struct arena *a, struct str part, struct jws *jws)
{
	struct str text;
	enum err err;

	err = base64url_decode(a, part, &text);
	if (err != OK)
		return err;
	err = json_parse(a, text, &jws->header, NULL);
	if (err != OK)
		return err;
	if (!header_is_ours(jws->header))
		return ERR_INVALID;
	jws->alg = jws_alg_from(json_get_str(jws->header, "alg"));
	jws->kid = json_get_str(jws->header, "kid");
	jws->typ = json_get_str(jws->header, "typ");
	return OK;
}

enum err jws_parse(struct arena *a, struct str compact, struct jws *ret)
{
	struct jws jws = { 0 };
	struct str part[3];
	enum err err;

	if (compact.n > COMPACT_MAX || !take_apart(compact, part, &jws.signing_input))
		return ERR_INVALID;
	err = read_header(a, part[0], &jws);
	if (err != OK)
		return err;
	err = base64url_decode(a, part[1], &jws.payload);
	if (err != OK)
		return err;
	err = base64url_decode(a, part[2], &jws.signature);
	if (err != OK)
		return err;
	*ret = jws;
	return OK;
}

enum err jws_verify(const struct jws *jws, const struct jwk *jwk, enum jws_alg alg)
{
	if (alg == JWS_NONE || alg == JWS_UNKNOWN || jws->alg != alg)
		return ERR_INVALID;
	return jws_verify_raw(jwk, alg, jws->signing_input, jws->signature);
}
