/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/browser.h"

#include <string.h>

#include "base/base64.h"
#include "base/random.h"
#include "crypto/digest.h"

enum { SECRET_SIZE = 32, TEXT_SIZE = 43 }; /* 32 bytes as base64url */
enum { STATE_TEXT_SIZE = 22 };             /* 16 bytes */

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

bool browser_state_read(struct arena *a, struct str cookie, struct browser_state *ret)
{
	struct str key, state;

	if (cookie.n != 2 * STATE_TEXT_SIZE + 1 || cookie.p[STATE_TEXT_SIZE] != '.')
		return false;
	if (base64url_decode(a, str_first(cookie, STATE_TEXT_SIZE), &key) != OK ||
		base64url_decode(a, str_after(cookie, STATE_TEXT_SIZE + 1), &state) != OK)
		return false;
	ret->key = str_first(cookie, STATE_TEXT_SIZE);
	memcpy(ret->state, state.p, BROWSER_STATE_SIZE);
	return true;
}

struct str browser_state_next(struct arena *a, struct str before)
{
	struct browser_state known;
	struct str key = browser_state_read(a, before, &known)
				 ? known.key
				 : random_token(a, BROWSER_STATE_SIZE);

	return arena_printf(a, STR_FMT "." STR_FMT, STR_ARG(key),
		STR_ARG(random_token(a, BROWSER_STATE_SIZE)));
}
