/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/browser.h"

#include "base/base64.h"
#include "base/random.h"
#include "crypto/digest.h"

enum { SECRET_SIZE = 32, TEXT_SIZE = 43 }; /* 32 bytes as base64url */

static const char purpose[] = "browser";

struct browser_secret browser_secret_new(const struct tenant *t, struct arena *a)
{
	char *bytes = arena_alloc(a, SECRET_SIZE);
	struct str secret = { bytes, SECRET_SIZE };
	struct str mac;

	random_bytes(bytes, SECRET_SIZE);
	mac = seal_mac(t->seal, a, purpose, secret);
	return (struct browser_secret){
		.cookie = arena_printf(a, "v1." STR_FMT "." STR_FMT,
			STR_ARG(base64url_encode(a, secret.p, secret.n)),
			STR_ARG(base64url_encode(a, mac.p, mac.n))),
		.digest = sha256(a, secret),
	};
}

static bool take_part(struct str *rest, struct arena *a, struct str *ret)
{
	struct str part;

	return str_split(rest, '.', &part) && part.n == TEXT_SIZE &&
	       !base64url_decode(a, part, ret);
}

enum err browser_secret_read(
	const struct tenant *t, struct arena *a, struct str cookie, struct str *ret_digest)
{
	struct str rest = cookie;
	struct str version;
	struct str secret;
	struct str mac;

	/* The length first: "…." would otherwise read as three parts, too. */
	if (cookie.n != sizeof("v1.") - 1 + TEXT_SIZE + 1 + TEXT_SIZE)
		return ERR_INVALID;
	if (!str_split(&rest, '.', &version) || !str_is(version, "v1"))
		return ERR_INVALID;
	if (!take_part(&rest, a, &secret) || !take_part(&rest, a, &mac))
		return ERR_INVALID;
	if (!seal_mac_fits(t->seal, purpose, secret, mac))
		return ERR_INVALID;
	*ret_digest = sha256(a, secret);
	return OK;
}
