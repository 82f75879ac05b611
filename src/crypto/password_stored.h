/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * password_stored: a stored password hash taken apart. It knows the spellings (PHC strings,
 * passlib's, crypt's) and their bounds; it computes nothing. The bounds keep a tenant file
 * from hanging the server: no check may take more than about a second and 256 MiB.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum password_kind { PASSWORD_ARGON2I, PASSWORD_ARGON2ID, PASSWORD_BCRYPT, PASSWORD_PBKDF2 };

enum {
	PASSWORD_SALT_MAX = 128,
	PASSWORD_HASH_MAX = 128,
	BCRYPT_LENGTH = 60,
};

struct password_stored {
	enum password_kind kind;
	uint32_t version;   /* Argon2: 0x10 or 0x13 */
	uint32_t memory;    /* Argon2: KiB */
	uint32_t passes;    /* Argon2's t, PBKDF2's iterations */
	uint32_t lanes;     /* Argon2's p */
	const char *digest; /* PBKDF2: OpenSSL's name for it */
	unsigned char salt[PASSWORD_SALT_MAX];
	size_t salt_n;
	unsigned char hash[PASSWORD_HASH_MAX];
	size_t hash_n;
	char bcrypt[BCRYPT_LENGTH + 1]; /* as stored */
};

/* False: of no kind we know, or beyond the bounds; *ret is then unspecified. */
bool password_stored_read(struct str stored, struct password_stored *ret);
