/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/base64.h"

enum kind { SHA1, SHA256, SHA384, SHA512, KINDS };

static const char *const names[KINDS] = { "SHA1", "SHA256", "SHA384", "SHA512" };

/* Contexts that hash once and again, so that nothing is fetched or allocated on the way. */
struct contexts {
	EVP_MD_CTX *md[KINDS];
	EVP_MAC_CTX *mac[KINDS];
};

static EVP_MD *mds[KINDS];
static EVP_MAC *hmac;
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

	for (int i = 0; i < KINDS; i++) {
		EVP_MD_CTX_free(c->md[i]);
		EVP_MAC_CTX_free(c->mac[i]);
	}
	free(c);
	mine = NULL;
}

static void fetch(void)
{
	for (int i = 0; i < KINDS; i++) {
		mds[i] = EVP_MD_fetch(NULL, names[i], NULL);
		must(mds[i] != NULL);
	}
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	must(hmac != NULL);
	must(pthread_key_create(&at_thread_end, contexts_free) == 0);
}

static EVP_MAC_CTX *mac_new(enum kind kind)
{
	char name[8];
	OSSL_PARAM params[2];
	EVP_MAC_CTX *ctx;

	strcpy(name, names[kind]);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	ctx = EVP_MAC_CTX_new(hmac);
	must(ctx != NULL && EVP_MAC_CTX_set_params(ctx, params) == 1);
	return ctx;
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
		c->mac[i] = mac_new(i);
	}
	must(pthread_setspecific(at_thread_end, c) == 0);
	mine = c;
	return c;
}

static void digest(enum kind kind, struct str data, unsigned char *out)
{
	EVP_MD_CTX *ctx = contexts()->md[kind];

	must(EVP_DigestInit_ex(ctx, NULL, NULL) == 1);
	must(EVP_DigestUpdate(ctx, data.p, data.n) == 1);
	must(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
}

static void mac(
	enum kind kind, struct str key, struct str data, unsigned char *out, size_t size)
{
	EVP_MAC_CTX *ctx = contexts()->mac[kind];
	const char *bytes = key.n > 0 ? key.p : "";
	size_t n = 0;

	must(EVP_MAC_init(ctx, (const unsigned char *)bytes, key.n, NULL) == 1);
	must(EVP_MAC_update(ctx, (const unsigned char *)data.p, data.n) == 1);
	must(EVP_MAC_final(ctx, out, &n, size) == 1 && n == size);
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
	mac(SHA1, key, data, out, SHA1_SIZE);
}

void hmac_sha256_into(struct str key, struct str data, unsigned char out[SHA256_SIZE])
{
	mac(SHA256, key, data, out, SHA256_SIZE);
}

void hmac_sha384_into(struct str key, struct str data, unsigned char out[SHA384_SIZE])
{
	mac(SHA384, key, data, out, SHA384_SIZE);
}

void hmac_sha512_into(struct str key, struct str data, unsigned char out[SHA512_SIZE])
{
	mac(SHA512, key, data, out, SHA512_SIZE);
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
