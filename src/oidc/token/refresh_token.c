/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/refresh_token.h"

#include <assert.h>

#include "base/base64.h"
#include "json/json_writer.h"

enum { FAMILY_BYTES = 16, GENERATION_BYTES = 4, MAC_BYTES = 32 };
enum { SIGNED_BYTES = FAMILY_BYTES + GENERATION_BYTES };
enum { TOKEN_BYTES = SIGNED_BYTES + MAC_BYTES };

static const char purpose[] = "refresh_token";

struct str refresh_token_write(
	const struct seal *seal, struct arena *a, struct str family_id, int64_t generation)
{
	struct buf token = buf_new(a, TOKEN_BYTES + 1);
	struct str family = { NULL, 0 };
	enum err err = base64url_decode(a, family_id, &family);

	assert(err == OK && family.n == FAMILY_BYTES);
	assert(generation >= 0 && generation <= UINT32_MAX);
	buf_add(&token, family);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_addc(&token, (char)((generation >> shift) & 0xff));
	buf_add(&token, seal_mac(seal, a, purpose, buf_str(&token)));
	return base64url_encode(a, token.p, token.n);
}

enum err refresh_token_read(const struct seal *seal, struct arena *a, struct str token,
	struct str *ret_family_id, int64_t *ret_generation)
{
	struct str bytes, is_signed;
	int64_t generation = 0;
	enum err err;

	err = base64url_decode(a, token, &bytes);
	if (err != OK)
		return err;
	if (bytes.n != TOKEN_BYTES)
		return ERR_INVALID;
	is_signed = str_first(bytes, SIGNED_BYTES);
	if (!seal_mac_fits(seal, purpose, is_signed, str_after(bytes, SIGNED_BYTES)))
		return ERR_INVALID;
	for (size_t i = FAMILY_BYTES; i < SIGNED_BYTES; i++)
		generation = generation << 8 | (unsigned char)bytes.p[i];
	*ret_family_id = base64url_encode(a, bytes.p, FAMILY_BYTES);
	*ret_generation = generation;
	return OK;
}

struct str refresh_claims_write(struct arena *a, const struct refresh_claims *c)
{
	struct buf text = buf_new(a, 192);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "iss", c->issuer);
	json_put_opt(&w, "claims", c->claims);
	json_put_bool(&w, "auth_time_wanted", c->auth_time_wanted);
	if (c->mfa_excused)
		json_put_bool(&w, "mfa_excused", true);
	json_put_int(&w, "auth_time", c->auth_time);
	json_put_opt(&w, "amr", c->amr);
	json_put_opt(&w, "acr", c->acr);
	json_put_opt(&w, "id_claims", c->id_claims);
	json_put_opt(&w, "access_claims", c->access_claims);
	confirmation_write(&w, &c->confirmation);
	json_end_map(&w);
	return buf_str(&text);
}

struct refresh_claims refresh_claims_read(struct arena *a, struct str json)
{
	const struct json *map = NULL;

	if (json_parse(a, json, &map, NULL) != OK)
		map = NULL;
	return (struct refresh_claims){
		.issuer = json_get_str(map, "iss"),
		.claims = json_get_str(map, "claims"),
		.auth_time_wanted = json_get_bool(map, "auth_time_wanted", false),
		.mfa_excused = json_get_bool(map, "mfa_excused", false),
		.auth_time = json_get_int(map, "auth_time", 0),
		.amr = json_get_str(map, "amr"),
		.acr = json_get_str(map, "acr"),
		.id_claims = json_get_str(map, "id_claims"),
		.access_claims = json_get_str(map, "access_claims"),
		.confirmation = confirmation_read(map),
	};
}
