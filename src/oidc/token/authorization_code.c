/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/authorization_code.h"

#include "base/random.h"
#include "oidc/pack.h"

enum { ID_BYTES = 16 };

static const char version = 3;

enum code_flag { CHALLENGE_PLAIN = 1, AUTH_TIME_WANTED = 2, MFA_EXCUSED = 4 };

/* Every slice of a code, in the order in which they are packed. */
enum { CODE_STRINGS = 17 };
static void strings_of(struct authorization_code *code, struct str *ret[CODE_STRINGS])
{
	struct str *all[CODE_STRINGS] = {
		&code->id,
		&code->issuer,
		&code->client_id,
		&code->redirect_uri_digest,
		&code->code_challenge,
		&code->nonce,
		&code->scope,
		&code->audience,
		&code->dpop_jkt,
		&code->claims,
		&code->id_claims,
		&code->access_claims,
		&code->refresh,
		&code->who.user_id,
		&code->who.sid,
		&code->who.amr,
		&code->who.acr,
	};

	for (size_t i = 0; i < CODE_STRINGS; i++)
		ret[i] = all[i];
}

static void draw_id(struct arena *a, struct authorization_code *code)
{
	char *id = arena_alloc(a, ID_BYTES);

	random_bytes(id, ID_BYTES);
	code->id = (struct str){ id, ID_BYTES };
}

struct str authorization_code_seal(
	const struct seal *seal, struct arena *a, struct authorization_code *code)
{
	struct buf plain = buf_new(a, 512);
	struct str *strings[CODE_STRINGS];

	if (code->id.n == 0)
		draw_id(a, code);
	strings_of(code, strings);
	buf_addc(&plain, version);
	buf_addc(&plain, (char)((code->challenge_plain ? CHALLENGE_PLAIN : 0) |
				 (code->auth_time_wanted ? AUTH_TIME_WANTED : 0) |
				 (code->mfa_excused ? MFA_EXCUSED : 0)));
	pack_int(&plain, code->issued_at);
	pack_int(&plain, code->expires_at);
	pack_int(&plain, code->who.auth_time);
	for (size_t i = 0; i < CODE_STRINGS; i++)
		pack_str(&plain, *strings[i]);
	return seal_close(seal, a, SEAL_CODE, buf_str(&plain));
}

enum err authorization_code_open(const struct seal *seal, struct arena *a, struct str code,
	struct authorization_code *ret)
{
	struct authorization_code opened = { 0 };
	struct str *strings[CODE_STRINGS];
	struct str plain;
	struct unpack u;
	enum err err;

	err = seal_open(seal, a, SEAL_CODE, code, &plain);
	if (err != OK)
		return err;
	if (plain.n < 2 || plain.p[0] != version)
		return ERR_INVALID;

	u = (struct unpack){ .rest = str_after(plain, 2) };
	opened.challenge_plain = plain.p[1] & CHALLENGE_PLAIN;
	opened.auth_time_wanted = plain.p[1] & AUTH_TIME_WANTED;
	opened.mfa_excused = plain.p[1] & MFA_EXCUSED;
	opened.issued_at = unpack_int(&u);
	opened.expires_at = unpack_int(&u);
	opened.who.auth_time = unpack_int(&u);
	strings_of(&opened, strings);
	for (size_t i = 0; i < CODE_STRINGS; i++)
		*strings[i] = unpack_str(&u);
	if (!unpack_end(&u) || opened.id.n != ID_BYTES)
		return ERR_INVALID;
	*ret = opened;
	return OK;
}
