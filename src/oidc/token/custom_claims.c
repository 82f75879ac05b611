/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/custom_claims.h"

/* OpenID Connect Core 2, 5.1, 5.5, 5.6; RFC 7519, 8417, 8693, 9068; and what only we may say.
 */
static const char reserved[] =
	"iss sub aud exp nbf iat jti sid nonce auth_time acr amr azp at_hash c_hash s_hash "
	"name given_name family_name middle_name nickname preferred_username profile picture "
	"website email email_verified gender birthdate zoneinfo locale phone_number "
	"phone_number_verified address updated_at _claim_names _claim_sources sub_jwk "
	"scope client_id gty cnf act events typ permissions authorization_details "
	"org_id org_name active token_type token_introspection vot vtm usr";

static bool may_be_written(const struct json *claim)
{
	return claim->type != JSON_NULL_VALUE && claim->key.n > 0 &&
	       str_index(claim->key, ' ') < 0 && !str_has_word(str_from(reserved), claim->key);
}

static void write(struct json_writer *w, const struct json *map)
{
	json_each(claim, map)
	{
		if (!may_be_written(claim))
			continue;
		json_key_str(w, claim->key);
		json_value(w, claim);
	}
}

void custom_claims_write(struct json_writer *w, struct str json)
{
	const struct json *map = NULL;

	if (json.n > 0 && json_parse(w->buf->arena, json, &map, NULL) == OK)
		write(w, map);
}

struct str custom_claims_keep(struct arena *a, const struct json *map)
{
	struct buf b = buf_new(a, 256);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	write(&w, map);
	json_end_map(&w);
	return b.n > 2 ? buf_str(&b) : S("");
}
