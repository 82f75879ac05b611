/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/seal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/base64.h"
#include "base/random.h"
#include "crypto/digest.h"

enum {
	KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	SECRET = 32,
};
static_assert((int)KEY == (int)SHA256_SIZE, "a derived key is one HKDF block");
static_assert(NONCE + TAG == 40, "seal.h promises 40 bytes more");

/* What is derived for, and what is authenticated. They are on disk and in browsers: a name
 * that changes makes everything sealed under it unreadable. */
static const char *const labels[SEAL_LABELS] = {
	[SEAL_CODE] = "tacit seal code",
	[SEAL_ACCESS_TOKEN] = "tacit seal access token",
	[SEAL_INTERACTION] = "tacit seal interaction",
	[SEAL_STORE] = "tacit seal store",
	[SEAL_TICKET] = "tacit seal ticket",
};

/* Purposes whose keys are made ahead; others are derived each time. */
static const char *const ready[] = { "browser", "page_form", "refresh_token" };
enum { READY = sizeof(ready) / sizeof(ready[0]) };

struct generation {
	unsigned char key[SEAL_LABELS][KEY];
	unsigned char mac_root[SHA256_SIZE];
	unsigned char mac_key[READY][SHA256_SIZE];
};

struct seal {
	size_t count;
	struct generation generation[];
};

static void mac_key(const struct generation *g, const char *purpose, unsigned char *out)
{
	struct str root = { (const char *)g->mac_root, sizeof(g->mac_root) };

	hmac_sha256_into(root, str_from(purpose), out);
}

static void derive(struct generation *g, struct str secret)
{
	for (int label = 0; label < SEAL_LABELS; label++)
		hkdf_into(secret, labels[label], g->key[label]);
	hkdf_into(secret, "tacit mac", g->mac_root);
	for (int i = 0; i < READY; i++)
		mac_key(g, ready[i], g->mac_key[i]);
}

struct seal *seal_new(const struct str *secrets, size_t count)
{
	struct seal *s;

	assert(count > 0);
	s = calloc(1, sizeof(*s) + count * sizeof(s->generation[0]));
	if (s == NULL || sodium_init() < 0)
		abort();
	s->count = count;
	for (size_t i = 0; i < count; i++) {
		assert(secrets[i].n == SECRET);
		derive(&s->generation[i], secrets[i]);
	}
	return s;
}

void seal_free(struct seal *s)
{
	if (s == NULL)
		return;
	sodium_memzero(s->generation, s->count * sizeof(s->generation[0]));
	free(s);
}

struct str seal_close(
	const struct seal *s, struct arena *a, enum seal_label label, struct str plain)
{
	size_t n = NONCE + plain.n + TAG;
	unsigned char *out = arena_alloc(a, n);
	int rc;

	assert((unsigned)label < SEAL_LABELS);
	random_bytes(out, NONCE);
	rc = crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL,
		(const unsigned char *)plain.p, plain.n, (const unsigned char *)labels[label],
		strlen(labels[label]), NULL, out, s->generation[0].key[label]);
	assert(rc == 0);
	(void)rc;
	return base64url_encode(a, out, n);
}

enum err seal_open(const struct seal *s, struct arena *a, enum seal_label label,
	struct str sealed, struct str *ret)
{
	const unsigned char *in;
	unsigned char *plain;
	struct str raw;
	enum err err;

	assert((unsigned)label < SEAL_LABELS);
	err = base64url_decode(a, sealed, &raw);
	if (err != OK)
		return err;
	if (raw.n < NONCE + TAG)
		return ERR_INVALID;

	in = (const unsigned char *)raw.p;
	plain = arena_alloc(a, raw.n - NONCE - TAG);
	for (size_t i = 0; i < s->count; i++) {
		int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
			in + NONCE, raw.n - NONCE, (const unsigned char *)labels[label],
			strlen(labels[label]), in, s->generation[i].key[label]);

		if (rc != 0)
			continue;
		*ret = (struct str){ (const char *)plain, raw.n - NONCE - TAG };
		return OK;
	}
	return ERR_INVALID;
}

static void mac_under(const struct generation *g, const char *purpose, struct str data,
	unsigned char out[SHA256_SIZE])
{
	unsigned char key[SHA256_SIZE];
	struct str derived = { (const char *)key, sizeof(key) };

	for (int i = 0; i < READY; i++) {
		if (strcmp(purpose, ready[i]) != 0)
			continue;
		derived.p = (const char *)g->mac_key[i];
		hmac_sha256_into(derived, data, out);
		return;
	}
	mac_key(g, purpose, key);
	hmac_sha256_into(derived, data, out);
	sodium_memzero(key, sizeof(key));
}

struct str seal_mac(const struct seal *s, struct arena *a, const char *purpose, struct str data)
{
	unsigned char *out = arena_alloc(a, SHA256_SIZE);

	mac_under(&s->generation[0], purpose, data, out);
	return (struct str){ (const char *)out, SHA256_SIZE };
}

bool seal_mac_fits(const struct seal *s, const char *purpose, struct str data, struct str mac)
{
	for (size_t i = 0; i < s->count; i++) {
		unsigned char expected[SHA256_SIZE];

		mac_under(&s->generation[i], purpose, data, expected);
		if (equal_in_constant_time(
			    (struct str){ (const char *)expected, sizeof(expected) }, mac))
			return true;
	}
	return false;
}
