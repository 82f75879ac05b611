/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/base64.h"

enum kind { SHA1, SHA256, SHA384, SHA512, KINDS };

static const struct {
	const char *name;
	size_t size;
	size_t block;
} facts[KINDS] = {
	[SHA1] = { "SHA1", SHA1_SIZE, 64 },
	[SHA256] = { "SHA256", SHA256_SIZE, 64 },
	[SHA384] = { "SHA384", SHA384_SIZE, 128 },
	[SHA512] = { "SHA512", SHA512_SIZE, 128 },
};

enum { BLOCK_MAX = 128 };

/* Contexts that hash once and again, so that nothing is fetched or allocated on the way. */
struct contexts {
	EVP_MD_CTX *md[KINDS];
};

static EVP_MD *mds[KINDS];
static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct contexts *mine;

static void must(bool worked)
{
	if (!worked)
		abort();
}

static void contexts_free(void *p)
{
	struct contexts *c = p;

	for (int i = 0; i < KINDS; i++)
		EVP_MD_CTX_free(c->md[i]);
	free(c);
	mine = NULL;
}

static void fetch(void)
{
	for (int i = 0; i < KINDS; i++) {
		mds[i] = EVP_MD_fetch(NULL, facts[i].name, NULL);
		must(mds[i] != NULL);
	}
	must(pthread_key_create(&at_thread_end, contexts_free) == 0);
}

static struct contexts *contexts(void)
{
	struct contexts *c;

	if (mine != NULL)
		return mine;
	must(pthread_once(&once, fetch) == 0);
	c = calloc(1, sizeof(*c));
	must(c != NULL);
	for (enum kind i = 0; i < KINDS; i++) {
		c->md[i] = EVP_MD_CTX_new();
		must(c->md[i] != NULL && EVP_DigestInit_ex(c->md[i], mds[i], NULL) == 1);
	}
	must(pthread_setspecific(at_thread_end, c) == 0);
	mine = c;
	return c;
}

/* The digest of the two, one after the other. */
static void digest_both(enum kind kind, struct str first, struct str second, unsigned char *out)
{
	EVP_MD_CTX *ctx = contexts()->md[kind];

	must(EVP_DigestInit_ex(ctx, NULL, NULL) == 1);
	must(EVP_DigestUpdate(ctx, first.p, first.n) == 1);
	if (second.n > 0)
		must(EVP_DigestUpdate(ctx, second.p, second.n) == 1);
	must(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
}

static void digest(enum kind kind, struct str data, unsigned char *out)
{
	digest_both(kind, data, (struct str){ 0 }, out);
}

static void mask(unsigned char *block, size_t n, unsigned char with)
{
	for (size_t i = 0; i < n; i++)
		block[i] ^= with;
}

/* RFC 2104, 2. On the library's digests, because its own HMAC allocates ten times. */
static void mac(enum kind kind, struct str key, struct str data, unsigned char *out)
{
	unsigned char block[BLOCK_MAX] = { 0 };
	unsigned char inner[SHA512_SIZE];
	struct str padded = { (const char *)block, facts[kind].block };

	if (key.n > padded.n)
		digest(kind, key, block);
	else if (key.n > 0)
		memcpy(block, key.p, key.n);
	mask(block, padded.n, 0x36);
	digest_both(kind, padded, data, inner);
	mask(block, padded.n, 0x36 ^ 0x5c);
	digest_both(kind, padded, (struct str){ (const char *)inner, facts[kind].size }, out);
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(inner, sizeof(inner));
}

void sha256_into(struct str data, unsigned char out[SHA256_SIZE])
{
	digest(SHA256, data, out);
}

void sha384_into(struct str data, unsigned char out[SHA384_SIZE])
{
	digest(SHA384, data, out);
}

void sha512_into(struct str data, unsigned char out[SHA512_SIZE])
{
	digest(SHA512, data, out);
}

static struct str in_arena(struct arena *a, enum kind kind, struct str data, size_t size)
{
	unsigned char *out = arena_alloc(a, size);

	digest(kind, data, out);
	return (struct str){ (const char *)out, size };
}

struct str sha256(struct arena *a, struct str data)
{
	return in_arena(a, SHA256, data, SHA256_SIZE);
}

struct str sha384(struct arena *a, struct str data)
{
	return in_arena(a, SHA384, data, SHA384_SIZE);
}

struct str sha512(struct arena *a, struct str data)
{
	return in_arena(a, SHA512, data, SHA512_SIZE);
}

struct str sha256_base64url(struct arena *a, struct str data)
{
	unsigned char out[SHA256_SIZE];

	sha256_into(data, out);
	return base64url_encode(a, out, sizeof(out));
}

void hmac_sha1_into(struct str key, struct str data, unsigned char out[SHA1_SIZE])
{
	mac(SHA1, key, data, out);
}

void hmac_sha256_into(struct str key, struct str data, unsigned char out[SHA256_SIZE])
{
	mac(SHA256, key, data, out);
}

void hmac_sha384_into(struct str key, struct str data, unsigned char out[SHA384_SIZE])
{
	mac(SHA384, key, data, out);
}

void hmac_sha512_into(struct str key, struct str data, unsigned char out[SHA512_SIZE])
{
	mac(SHA512, key, data, out);
}

/* RFC 5869: one block of output, so expand is HMAC(PRK, info || 1) and nothing more. */
void hkdf_into(struct str secret, const char *info, unsigned char out[SHA256_SIZE])
{
	static const char no_salt[SHA256_SIZE];
	unsigned char prk[SHA256_SIZE];
	char block[128];
	size_t n = strlen(info);

	assert(n < sizeof(block));
	memcpy(block, info, n);
	block[n] = 1;
	hmac_sha256_into((struct str){ no_salt, sizeof(no_salt) }, secret, prk);
	hmac_sha256_into((struct str){ (const char *)prk, sizeof(prk) },
		(struct str){ block, n + 1 }, out);
	OPENSSL_cleanse(prk, sizeof(prk));
}

bool equal_in_constant_time(struct str a, struct str b)
{
	bool same_length = a.n == b.n;
	const char *other = same_length ? b.p : a.p;

	if (a.n == 0)
		return same_length;
	return (CRYPTO_memcmp(a.p, other, a.n) == 0) & same_length;
}
