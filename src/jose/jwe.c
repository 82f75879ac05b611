/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwe.h"

#include "base/base64.h"
#include "base/buf.h"
#include "jose/jwe_parts.h"
#include "json/json_writer.h"

enum { COMPACT_MAX = 64 * 1024, PARTS = 5, HEADER_GUESS = 384 };

static const char *const alg_names[JWE_ALGS] = { "", "RSA-OAEP", "RSA-OAEP-256", "ECDH-ES",
	"ECDH-ES+A128KW", "ECDH-ES+A256KW" };
static const char *const enc_names[JWE_ENCS] = { "", "A128CBC-HS256", "A256CBC-HS512",
	"A128GCM", "A256GCM" };

const char *jwe_alg_name(enum jwe_alg alg)
{
	return alg_names[alg < JWE_ALGS ? alg : JWE_ALG_UNKNOWN];
}

enum jwe_alg jwe_alg_from(struct str name)
{
	for (enum jwe_alg alg = JWE_RSA_OAEP; alg < JWE_ALGS; alg++)
		if (str_is(name, alg_names[alg]))
			return alg;
	return JWE_ALG_UNKNOWN;
}

const char *jwe_enc_name(enum jwe_enc enc)
{
	return enc_names[enc < JWE_ENCS ? enc : JWE_ENC_UNKNOWN];
}

enum jwe_enc jwe_enc_from(struct str name)
{
	for (enum jwe_enc enc = JWE_A128CBC_HS256; enc < JWE_ENCS; enc++)
		if (str_is(name, enc_names[enc]))
			return enc;
	return JWE_ENC_UNKNOWN;
}

static struct str write_header(
	const struct jwe_recipient *to, struct str cty, struct str epk, struct arena *a)
{
	struct buf text = buf_new(a, HEADER_GUESS);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "alg", str_from(jwe_alg_name(to->alg)));
	json_put_str(&w, "enc", str_from(jwe_enc_name(to->enc)));
	json_put_opt(&w, "kid", to->kid);
	json_put_opt(&w, "cty", cty);
	if (epk.n > 0)
		json_put_raw(&w, "epk", epk);
	json_end_map(&w);
	return base64url_encode(a, text.p, text.n);
}

enum err jwe_encrypt(const struct jwe_recipient *to, struct str cty, struct arena *a,
	struct str plain, struct str *ret)
{
	struct jwe jwe = { .alg = to->alg, .enc = to->enc };
	auto_cek cek = { .n = 0 };
	struct str epk;
	struct buf out;
	enum err err;

	if (to->enc == JWE_ENC_UNKNOWN || to->enc >= JWE_ENCS ||
		!jwk_fits_jwe(to->key, to->alg))
		return ERR_INVALID;
	err = jwe_key_wrap(to, a, &cek, &jwe.encrypted_key, &epk);
	if (err != OK)
		return err;
	jwe.aad = write_header(to, cty, epk, a);
	err = jwe_content_seal(&jwe, &cek, a, plain);
	if (err != OK)
		return err;
	out = buf_new(a, jwe.aad.n + (jwe.ciphertext.n + jwe.encrypted_key.n) * 4 / 3 + 96);
	buf_add(&out, jwe.aad);
	buf_addc(&out, '.');
	base64url_add(&out, jwe.encrypted_key.p, jwe.encrypted_key.n);
	buf_addc(&out, '.');
	base64url_add(&out, jwe.iv.p, jwe.iv.n);
	buf_addc(&out, '.');
	base64url_add(&out, jwe.ciphertext.p, jwe.ciphertext.n);
	buf_addc(&out, '.');
	base64url_add(&out, jwe.tag.p, jwe.tag.n);
	*ret = buf_str(&out);
	return OK;
}

bool jwe_looks_like(struct str compact)
{
	size_t dots = 0;

	for (size_t i = 0; i < compact.n; i++)
		dots += compact.p[i] == '.';
	return dots == PARTS - 1;
}

static bool is_text_or_absent(const struct json *map, const char *name)
{
	const struct json *member = json_get(map, name);

	return member == NULL || member->type == JSON_STR;
}

static bool header_is_ours(const struct json *header)
{
	static const char *const texts[] = { "kid", "cty", "typ", "apu", "apv" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!is_text_or_absent(header, texts[i]))
			return false;
	return header->type == JSON_MAP && json_get(header, "crit") == NULL &&
	       json_get(header, "zip") == NULL && json_get(header, "b64") == NULL;
}

static enum err read_header(struct arena *a, struct jwe *jwe)
{
	struct str text;

	if (base64url_decode(a, jwe->aad, &text) != OK ||
		json_parse(a, text, &jwe->header, NULL) != OK || !header_is_ours(jwe->header))
		return ERR_INVALID;
	jwe->alg = jwe_alg_from(json_get_str(jwe->header, "alg"));
	jwe->enc = jwe_enc_from(json_get_str(jwe->header, "enc"));
	jwe->kid = json_get_str(jwe->header, "kid");
	jwe->cty = json_get_str(jwe->header, "cty");
	return jwe->alg == JWE_ALG_UNKNOWN || jwe->enc == JWE_ENC_UNKNOWN ? ERR_INVALID : OK;
}

enum err jwe_parse(struct arena *a, struct str compact, struct jwe *ret)
{
	struct jwe jwe = { .alg = JWE_ALG_UNKNOWN };
	struct str *parts[PARTS - 1] = { &jwe.encrypted_key, &jwe.iv, &jwe.ciphertext,
		&jwe.tag };
	struct str part;

	if (compact.n > COMPACT_MAX || !jwe_looks_like(compact) ||
		!str_split(&compact, '.', &jwe.aad) || read_header(a, &jwe) != OK)
		return ERR_INVALID;
	for (size_t i = 0; i < PARTS - 1; i++) {
		ptrdiff_t dot = str_index(compact, '.');

		part = dot < 0 ? compact : str_first(compact, (size_t)dot);
		compact = dot < 0 ? S("") : str_after(compact, (size_t)dot + 1);
		if (base64url_decode(a, part, parts[i]) != OK)
			return ERR_INVALID;
	}
	*ret = jwe;
	return OK;
}

enum err jwe_decrypt(
	const struct jwe *jwe, const struct jwk *key, struct arena *a, struct str *ret)
{
	auto_cek cek = { .n = 0 };
	enum err err;

	if (!jwk_is_private(key) || !jwk_fits_jwe(key, jwe->alg))
		return ERR_INVALID;
	err = jwe_key_unwrap(jwe, key, a, &cek);
	return err == OK ? jwe_content_open(jwe, &cek, a, ret) : err;
}
