/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/dpop_proof.h"

#include "base/url.h"
#include "jose/jwt.h"

enum { PROOF_MAX = 8192, JTI_MAX = 512 };

static enum err verify(struct arena *a, const struct jws *jws, struct str *ret_jkt)
{
	const struct json *header = json_get(jws->header, "jwk");
	struct str alg = json_get_str(header, "alg");
	struct jwk *key;
	enum err err;

	if (alg.n > 0 && jws_alg_from(alg) != jws->alg)
		return ERR_INVALID;
	err = jwk_read(header, &key);
	if (err != OK)
		return err;
	err = jwk_is_private(key) ? ERR_INVALID : jws_verify(jws, key, jws->alg);
	if (err == OK)
		*ret_jkt = jwk_thumbprint(key, a);
	jwk_unref(key);
	return err;
}

static bool is_of_key_pair(enum jws_alg alg)
{
	return alg > JWS_NONE && alg <= JWS_EDDSA;
}

/* Absent, or a string. */
static bool take(const struct json *claims, const char *name, struct str *ret)
{
	const struct json *member = json_get(claims, name);

	*ret = json_get_str(claims, name);
	return member == NULL || member->type == JSON_STR;
}

/* NumericDate (RFC 7519, 2) may have a fraction. */
static bool take_time(const struct json *claims, const char *name, int64_t *ret)
{
	const double far = 1e12;
	const struct json *member = json_get(claims, name);

	if (member == NULL || (member->type != JSON_INT && member->type != JSON_REAL_VALUE) ||
		!(member->real > -far && member->real < far))
		return false;
	*ret = (int64_t)member->real;
	return true;
}

enum err dpop_proof_read(struct arena *a, struct str text, struct dpop_proof *ret)
{
	struct dpop_proof p = { 0 };
	const struct json *claims;
	struct jws jws;

	if (text.n > PROOF_MAX || jws_parse(a, text, &jws) != OK ||
		!str_eq_nocase(jws.typ, S("dpop+jwt")) || !is_of_key_pair(jws.alg) ||
		jwt_claims(a, &jws, &claims) != OK)
		return ERR_INVALID;
	if (!take(claims, "jti", &p.jti) || !take(claims, "htm", &p.htm) ||
		!take(claims, "htu", &p.htu) || !take(claims, "nonce", &p.nonce) ||
		!take(claims, "ath", &p.ath) || !take_time(claims, "iat", &p.iat))
		return ERR_INVALID;
	if (p.jti.n == 0 || p.jti.n > JTI_MAX || p.htm.n == 0 || p.htu.n == 0)
		return ERR_INVALID;
	if (verify(a, &jws, &p.jkt) != OK)
		return ERR_INVALID;
	*ret = p;
	return OK;
}

bool dpop_htu_is(struct arena *a, struct str htu, struct str origin, struct str path)
{
	struct url url;

	if (url_parse(htu, &url) != OK || url.has_userinfo)
		return false;
	return str_eq(url_origin(a, &url), origin) && str_eq(url.path, path);
}
