/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authenticator_data: what an authenticator signs beside the hash of the client data (WebAuthn
 * Level 3, 6.1), taken apart. Whether it is about us and who was there is for webauthn.c.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "jose/cose.h"

enum {
	AUTHENTICATOR_PRESENT = 0x01,
	AUTHENTICATOR_VERIFIED = 0x04,
};

struct authenticator_data {
	struct str rp_hash;
	unsigned flags; /* AUTHENTICATOR_… */
	uint32_t count;
	struct str credential_id; /* of a new credential, with its key; empty: none */
	struct cose_key key;      /* sound, of a kind that we take */
};

/*
 * ERR_INVALID  not that; with anything behind it; a backup of what is not for backup (7.1,
 *              step 18); a key of another kind. What *ret names is in the arena or in `bytes`.
 */
enum err authenticator_data_read(
	struct arena *, struct str bytes, struct authenticator_data *ret) MUST_CHECK;
