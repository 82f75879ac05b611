/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client_encryption.h"

#include "tenant/field.h"

static enum err read_one(struct arena *a, const struct client *c, const char *name,
	bool to_client, struct client_encryption *how, struct str *ret_why)
{
	if (how->alg == JWE_ALG_UNKNOWN && how->enc != JWE_ENC_UNKNOWN)
		return field_refuse(
			a, ret_why, arena_printf(a, "%s_enc", name).p, "must come with an alg");
	if (how->alg == JWE_ALG_UNKNOWN)
		return OK;
	if (how->enc == JWE_ENC_UNKNOWN)
		how->enc = JWE_A128CBC_HS256;
	if (!to_client && how->alg < JWE_ECDH_ES)
		return field_refuse(a, ret_why, arena_printf(a, "%s_alg", name).p,
			"must be one of: ECDH-ES ECDH-ES+A128KW ECDH-ES+A256KW");
	if (to_client && c->jwks.n == 0 && c->jwks_uri.n == 0)
		return field_refuse(a, ret_why, arena_printf(a, "%s_alg", name).p,
			"needs a key to encrypt to, in jwks or behind jwks_uri");
	return OK;
}

enum err client_encryption_read(struct arena *a, struct client *c, struct str *ret_why)
{
	struct {
		const char *name;
		bool to_client;
		struct client_encryption *how;
	} const rows[] = {
		{ "id_token_encrypted_response", true, &c->id_token_encryption },
		{ "userinfo_encrypted_response", true, &c->userinfo_encryption },
		{ "introspection_encrypted_response", true, &c->introspection_encryption },
		{ "request_object_encryption", false, &c->request_object_encryption },
	};
	enum err e = OK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !e; i++)
		e = read_one(a, c, rows[i].name, rows[i].to_client, rows[i].how, ret_why);
	return e;
}
