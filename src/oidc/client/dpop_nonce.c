/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/dpop_nonce.h"

#include "base/base64.h"

enum { STRETCH_BYTES = 8, MAC_BYTES = 32 };

static const char purpose[] = "dpop_nonce";

struct str dpop_nonce_make(const struct seal *seal, struct arena *a, int64_t now)
{
	struct buf nonce = buf_new(a, STRETCH_BYTES + MAC_BYTES);
	uint64_t stretch = (uint64_t)(now / DPOP_NONCE_SECONDS);

	for (int shift = 56; shift >= 0; shift -= 8)
		buf_addc(&nonce, (char)((stretch >> shift) & 0xff));
	buf_add(&nonce, seal_mac(seal, a, purpose, buf_str(&nonce)));
	return base64url_encode(a, nonce.p, nonce.n);
}

bool dpop_nonce_is_good(const struct seal *seal, struct arena *a, struct str nonce, int64_t now)
{
	uint64_t current = (uint64_t)(now / DPOP_NONCE_SECONDS);
	uint64_t stretch = 0;
	struct str bytes;

	if (base64url_decode(a, nonce, &bytes) != OK || bytes.n != STRETCH_BYTES + MAC_BYTES)
		return false;
	if (!seal_mac_fits(seal, purpose, str_first(bytes, STRETCH_BYTES),
		    str_after(bytes, STRETCH_BYTES)))
		return false;
	for (size_t i = 0; i < STRETCH_BYTES; i++)
		stretch = stretch << 8 | (unsigned char)bytes.p[i];
	return stretch == current || stretch + 1 == current;
}
