/* SPDX-License-Identifier: Apache-2.0 */

/* Content encryption: RFC 7518, 5.2 and 5.3. */

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "jose/jwe_parts.h"

static const struct content {
	const char *cipher;
	size_t key;
	size_t mac_key; /* of it, the first bytes are for HMAC; 0: the cipher authenticates */
	size_t iv;
	size_t tag;
} contents[JWE_ENCS] = {
	[JWE_A128GCM] = { "AES-128-GCM", 16, 0, 12, 16 },
	[JWE_A256GCM] = { "AES-256-GCM", 32, 0, 12, 16 },
	[JWE_A128CBC_HS256] = { "AES-128-CBC", 32, 16, 16, 16 },
	[JWE_A256CBC_HS512] = { "AES-256-CBC", 64, 32, 16, 32 },
};

static const unsigned char *bytes_of(struct str s)
{
	return (const unsigned char *)s.p;
}

size_t jwe_cek_size(enum jwe_enc enc)
{
	assert(enc != JWE_ENC_UNKNOWN && enc < JWE_ENCS);
	return contents[enc].key;
}

/* The cipher, ready for its message. NULL: OpenSSL does not have it. */
static EVP_CIPHER_CTX *begin(
	const struct content *c, const struct cek *cek, const unsigned char *iv, bool encrypt)
{
	auto_cipher *cipher = EVP_CIPHER_fetch(NULL, c->cipher, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (cipher != NULL && ctx != NULL &&
		EVP_CipherInit_ex2(ctx, cipher, cek->bytes + c->mac_key, iv, encrypt, NULL) ==
			1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

/* HMAC over AAD, IV, ciphertext and the length of the AAD in bits; its first half. */
static void cbc_tag(const struct content *c, const struct cek *cek, const struct jwe *jwe,
	struct arena *a, unsigned char tag[TAG_MAX])
{
	unsigned char full[SHA512_SIZE];
	struct buf text = buf_new(a, jwe->aad.n + jwe->iv.n + jwe->ciphertext.n + 8);
	struct str key = { (const char *)cek->bytes, c->mac_key };

	buf_add(&text, jwe->aad);
	buf_add(&text, jwe->iv);
	buf_add(&text, jwe->ciphertext);
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_addc(&text, (char)(((uint64_t)jwe->aad.n * 8 >> shift) & 0xff));
	if (c->mac_key == 32)
		hmac_sha512_into(key, buf_str(&text), full);
	else
		hmac_sha256_into(key, buf_str(&text), full);
	memcpy(tag, full, c->tag);
	OPENSSL_cleanse(full, sizeof(full));
}

static bool add_aad(EVP_CIPHER_CTX *ctx, const struct content *c, struct str aad)
{
	int n;

	return c->mac_key > 0 ||
	       EVP_CipherUpdate(ctx, NULL, &n, bytes_of(aad), (int)aad.n) == 1;
}

enum err jwe_content_seal(
	struct jwe *jwe, const struct cek *cek, struct arena *a, struct str plain)
{
	const struct content *c = &contents[jwe->enc];
	unsigned char *iv = arena_alloc(a, IV_MAX);
	unsigned char *out = arena_alloc(a, plain.n + IV_MAX);
	unsigned char *tag = arena_alloc(a, TAG_MAX);
	auto_cipher_ctx *ctx = NULL;
	int n = 0, last = 0;

	assert(cek->n == c->key);
	random_bytes(iv, c->iv);
	ctx = begin(c, cek, iv, true);
	if (ctx == NULL || !add_aad(ctx, c, jwe->aad) ||
		EVP_CipherUpdate(ctx, out, &n, bytes_of(plain), (int)plain.n) != 1 ||
		EVP_CipherFinal_ex(ctx, out + n, &last) != 1)
		return ERR_CRYPTO;
	jwe->iv = (struct str){ (const char *)iv, c->iv };
	jwe->ciphertext = (struct str){ (const char *)out, (size_t)(n + last) };
	if (c->mac_key > 0)
		cbc_tag(c, cek, jwe, a, tag);
	else if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)c->tag, tag) != 1)
		return ERR_CRYPTO;
	jwe->tag = (struct str){ (const char *)tag, c->tag };
	return OK;
}

/* Before anything is decrypted, where the cipher itself cannot tell. */
static bool tag_fits(const struct content *c, const struct jwe *jwe, const struct cek *cek,
	struct arena *a, EVP_CIPHER_CTX *ctx)
{
	unsigned char tag[TAG_MAX];

	if (c->mac_key > 0) {
		cbc_tag(c, cek, jwe, a, tag);
		return equal_in_constant_time(
			(struct str){ (const char *)tag, c->tag }, jwe->tag);
	}
	memcpy(tag, jwe->tag.p, c->tag);
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)c->tag, tag) == 1;
}

enum err jwe_content_open(
	const struct jwe *jwe, const struct cek *cek, struct arena *a, struct str *ret)
{
	const struct content *c = &contents[jwe->enc];
	unsigned char *out = arena_alloc(a, jwe->ciphertext.n + IV_MAX);
	auto_cipher_ctx *ctx = NULL;
	int n = 0, last = 0;

	if (jwe->iv.n != c->iv || jwe->tag.n != c->tag || cek->n != c->key)
		return ERR_INVALID;
	ctx = begin(c, cek, bytes_of(jwe->iv), false);
	if (ctx == NULL)
		return ERR_CRYPTO;
	if (!tag_fits(c, jwe, cek, a, ctx) || !add_aad(ctx, c, jwe->aad) ||
		EVP_CipherUpdate(
			ctx, out, &n, bytes_of(jwe->ciphertext), (int)jwe->ciphertext.n) != 1 ||
		EVP_CipherFinal_ex(ctx, out + n, &last) != 1) {
		ERR_clear_error();
		return ERR_INVALID;
	}
	*ret = (struct str){ (const char *)out, (size_t)(n + last) };
	return OK;
}
