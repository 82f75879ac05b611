/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password_stored.h"

#include <string.h>

#include <sodium.h>

enum {
	STORED_MAX = 512,
	ARGON2_MEMORY_MAX = 256 * 1024, /* KiB */
	ARGON2_PASSES_MAX = 16,
	ARGON2_LANES_MAX = 16,
	ARGON2_SALT_MIN = 8,
	BCRYPT_COST_MIN = 4,
	BCRYPT_COST_MAX = 14,
	PBKDF2_ITERATIONS_MAX = 2000000,
	HASH_MIN = 16,
};

/* Base64 without padding; passlib writes '.' where the standard has '+'. */
static bool read_base64(struct str text, unsigned char *out, size_t max, size_t *ret_n)
{
	char copy[PASSWORD_SALT_MAX * 2];

	if (text.n >= sizeof(copy))
		return false;
	for (size_t i = 0; i < text.n; i++)
		copy[i] = text.p[i] == '.' ? '+' : text.p[i];
	return sodium_base642bin(out, max, copy, text.n, NULL, ret_n, NULL,
		       sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
}

static bool read_number(struct str text, int64_t max, uint32_t *ret)
{
	int64_t number;

	if (!str_digits(text, max, &number) || number < 1)
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* "m=65536": true when `text` is that name with a number from 1 to max. */
static bool read_parameter(struct str text, const char *name, int64_t max, uint32_t *ret)
{
	size_t n = strlen(name);

	if (!str_starts(text, (struct str){ name, n }))
		return false;
	return read_number(str_after(text, n), max, ret);
}

static bool read_salt_and_hash(struct str *rest, struct password_stored *s)
{
	struct str salt;
	struct str hash;

	if (!str_split(rest, '$', &salt) || !str_split(rest, '$', &hash) || rest->n > 0)
		return false;
	return read_base64(salt, s->salt, sizeof(s->salt), &s->salt_n) &&
	       read_base64(hash, s->hash, sizeof(s->hash), &s->hash_n) && s->hash_n >= HASH_MIN;
}

/* m=,t=,p= in that order, as the PHC string format fixes it. */
static bool read_argon2_cost(struct str text, struct password_stored *s)
{
	struct str m;
	struct str t;
	struct str p;

	if (!str_split(&text, ',', &m) || !str_split(&text, ',', &t) ||
		!str_split(&text, ',', &p) || text.n > 0)
		return false;
	return read_parameter(m, "m=", ARGON2_MEMORY_MAX, &s->memory) &&
	       read_parameter(t, "t=", ARGON2_PASSES_MAX, &s->passes) &&
	       read_parameter(p, "p=", ARGON2_LANES_MAX, &s->lanes) &&
	       s->memory >= 8 * s->lanes;
}

static bool read_argon2(struct str rest, struct password_stored *s)
{
	struct str part;

	/* The first version wrote no v=. */
	s->version = 0x10;
	if (!str_split(&rest, '$', &part))
		return false;
	if (read_parameter(part, "v=", 0x13, &s->version) && !str_split(&rest, '$', &part))
		return false;
	if (s->version != 0x10 && s->version != 0x13)
		return false;
	return read_argon2_cost(part, s) && read_salt_and_hash(&rest, s) &&
	       s->salt_n >= ARGON2_SALT_MIN;
}

static bool read_argon2i(struct str rest, struct password_stored *s)
{
	s->kind = PASSWORD_ARGON2I;
	return read_argon2(rest, s);
}

static bool read_argon2id(struct str rest, struct password_stored *s)
{
	s->kind = PASSWORD_ARGON2ID;
	return read_argon2(rest, s);
}

/* passlib: 29000$salt$hash; PHC: i=29000$salt$hash or i=29000,l=32$salt$hash. */
static bool read_pbkdf2(struct str rest, const char *digest, struct password_stored *s)
{
	uint32_t length = 0;
	struct str cost;
	struct str rounds;

	s->kind = PASSWORD_PBKDF2;
	s->digest = digest;
	if (!str_split(&rest, '$', &cost) || !str_split(&cost, ',', &rounds))
		return false;
	if (!read_parameter(rounds, "i=", PBKDF2_ITERATIONS_MAX, &s->passes) &&
		!read_number(rounds, PBKDF2_ITERATIONS_MAX, &s->passes))
		return false;
	if (cost.n > 0 && !read_parameter(cost, "l=", PASSWORD_HASH_MAX, &length))
		return false;
	return read_salt_and_hash(&rest, s) && (length == 0 || length == s->hash_n);
}

static bool read_pbkdf2_sha1(struct str rest, struct password_stored *s)
{
	return read_pbkdf2(rest, "SHA1", s);
}

static bool read_pbkdf2_sha256(struct str rest, struct password_stored *s)
{
	return read_pbkdf2(rest, "SHA256", s);
}

static bool read_pbkdf2_sha512(struct str rest, struct password_stored *s)
{
	return read_pbkdf2(rest, "SHA512", s);
}

static bool is_crypt_base64(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '.' && c <= '9')))
			return false;
	}
	return true;
}

/* $2b$12$ and 53 characters: salt and hash. */
static bool read_bcrypt(struct str stored, struct password_stored *s)
{
	int64_t cost;

	s->kind = PASSWORD_BCRYPT;
	if (stored.n != BCRYPT_LENGTH || stored.p[6] != '$')
		return false;
	if (!str_digits((struct str){ stored.p + 4, 2 }, BCRYPT_COST_MAX, &cost) ||
		cost < BCRYPT_COST_MIN || !is_crypt_base64(str_after(stored, 7)))
		return false;
	memcpy(s->bcrypt, stored.p, BCRYPT_LENGTH);
	s->bcrypt[BCRYPT_LENGTH] = '\0';
	return true;
}

/* passlib leaves the digest's name out where it is SHA-1. */
static const struct {
	const char *prefix;
	bool (*read)(struct str, struct password_stored *);
	bool whole; /* read wants the prefix too */
} kinds[] = {
	{ "$argon2id$", read_argon2id, false },
	{ "$argon2i$", read_argon2i, false },
	{ "$2a$", read_bcrypt, true },
	{ "$2b$", read_bcrypt, true },
	{ "$2y$", read_bcrypt, true },
	{ "$pbkdf2$", read_pbkdf2_sha1, false },
	{ "$pbkdf2-sha1$", read_pbkdf2_sha1, false },
	{ "$pbkdf2-sha256$", read_pbkdf2_sha256, false },
	{ "$pbkdf2-sha512$", read_pbkdf2_sha512, false },
};

bool password_stored_read(struct str stored, struct password_stored *ret)
{
	*ret = (struct password_stored){ 0 };
	if (stored.n > STORED_MAX)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct str prefix = str_from(kinds[i].prefix);

		if (!str_starts(stored, prefix))
			continue;
		return kinds[i].read(
			kinds[i].whole ? stored : str_after(stored, prefix.n), ret);
	}
	return false;
}
