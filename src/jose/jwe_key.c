/* SPDX-License-Identifier: Apache-2.0 */

/* Key management: RFC 7518, 4.3, 4.4 and 4.6. */

#include <assert.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "jose/jwe_parts.h"
#include "jose/jwk_key.h"

enum { KEK_MAX = 32, WRAP_MORE = 8, Z_MAX = COORDINATE_MAX };

struct kek {
	unsigned char bytes[CEK_MAX];
	size_t n;
};

static bool set_oaep(EVP_PKEY_CTX *ctx, enum jwe_alg alg)
{
	const char *md = alg == JWE_RSA_OAEP_256 ? "SHA256" : "SHA1";

	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, md, NULL) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, md, NULL) == 1;
}

static enum err rsa_wrap(
	const struct jwe_recipient *to, struct arena *a, const struct cek *cek, struct str *ret)
{
	auto_pkey_ctx *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, to->key->pkey, NULL);
	size_t n = (size_t)EVP_PKEY_get_size(to->key->pkey);
	unsigned char *out = arena_alloc(a, n);

	if (ctx == NULL || EVP_PKEY_encrypt_init(ctx) != 1 || !set_oaep(ctx, to->alg) ||
		EVP_PKEY_encrypt(ctx, out, &n, cek->bytes, cek->n) != 1)
		return ERR_CRYPTO;
	*ret = (struct str){ (const char *)out, n };
	return OK;
}

/* RFC 7516, 11.5: a key that does not decrypt is replaced by a random one, so that only the
 * tag says no. */
static enum err rsa_unwrap(
	const struct jwe *jwe, const struct jwk *key, struct arena *a, struct cek *ret)
{
	auto_pkey_ctx *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	size_t n = (size_t)EVP_PKEY_get_size(key->pkey);
	unsigned char *out = arena_alloc(a, n);
	size_t size = ret->n;

	random_bytes(ret->bytes, size);
	if (ctx == NULL || EVP_PKEY_decrypt_init(ctx) != 1 || !set_oaep(ctx, jwe->alg))
		return ERR_CRYPTO;
	if (EVP_PKEY_decrypt(ctx, out, &n, (const unsigned char *)jwe->encrypted_key.p,
		    jwe->encrypted_key.n) == 1 &&
		n == size)
		memcpy(ret->bytes, out, size);
	OPENSSL_cleanse(out, (size_t)EVP_PKEY_get_size(key->pkey));
	ERR_clear_error();
	return OK;
}

static void add_number(struct buf *b, size_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_addc(b, (char)((number >> shift) & 0xff));
}

static void add_sized(struct buf *b, struct str s)
{
	add_number(b, s.n);
	buf_add(b, s);
}

/* Concat KDF with SHA-256 (NIST SP 800-56A, 5.8.1; RFC 7518, 4.6.2). */
static void derive(struct str z, struct str purpose, struct str apu, struct str apv,
	struct arena *a, struct kek *ret)
{
	unsigned char digest[SHA256_SIZE];

	for (size_t done = 0; done < ret->n; done += sizeof(digest)) {
		struct buf text = buf_new(a, 256 + apu.n + apv.n);
		size_t rest = ret->n - done;

		add_number(&text, done / sizeof(digest) + 1);
		buf_add(&text, z);
		add_sized(&text, purpose);
		add_sized(&text, apu);
		add_sized(&text, apv);
		add_number(&text, ret->n * 8);
		sha256_into(buf_str(&text), digest);
		memcpy(ret->bytes + done, digest,
			rest < sizeof(digest) ? rest : sizeof(digest));
	}
	OPENSSL_cleanse(digest, sizeof(digest));
}

/* What the agreed key is for: the content itself, or the wrapping of its key. */
static size_t kek_size(enum jwe_alg alg, enum jwe_enc enc)
{
	if (alg == JWE_ECDH_ES)
		return jwe_cek_size(enc);
	return alg == JWE_ECDH_ES_A128KW ? 16 : 32;
}

static enum err agree(EVP_PKEY *mine, EVP_PKEY *theirs, enum jwe_alg alg, enum jwe_enc enc,
	const struct json *header, struct arena *a, struct kek *ret)
{
	auto_pkey_ctx *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, mine, NULL);
	struct str purpose =
		str_from(alg == JWE_ECDH_ES ? jwe_enc_name(enc) : jwe_alg_name(alg));
	unsigned char z[Z_MAX];
	size_t n = sizeof(z);
	struct str apu, apv;

	if (base64url_decode(a, json_get_str(header, "apu"), &apu) != OK ||
		base64url_decode(a, json_get_str(header, "apv"), &apv) != OK)
		return ERR_INVALID;
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
		EVP_PKEY_derive_set_peer(ctx, theirs) != 1 ||
		EVP_PKEY_derive(ctx, z, &n) != 1) {
		ERR_clear_error();
		return ERR_INVALID;
	}
	ret->n = kek_size(alg, enc);
	derive((struct str){ (const char *)z, n }, purpose, apu, apv, a, ret);
	OPENSSL_cleanse(z, sizeof(z));
	return OK;
}

/* RFC 3394. *n is of the result. */
static bool aes_wrap(const struct kek *kek, bool wrap, const unsigned char *in, size_t in_n,
	unsigned char *out, size_t *n)
{
	auto_cipher *cipher =
		EVP_CIPHER_fetch(NULL, kek->n == 16 ? "AES-128-WRAP" : "AES-256-WRAP", NULL);
	auto_cipher_ctx *ctx = EVP_CIPHER_CTX_new();
	int done = 0;

	if (cipher == NULL || ctx == NULL)
		return false;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex2(ctx, cipher, kek->bytes, NULL, wrap, NULL) != 1 ||
		EVP_CipherUpdate(ctx, out, &done, in, (int)in_n) != 1 || done <= 0) {
		ERR_clear_error();
		return false;
	}
	*n = (size_t)done;
	return true;
}

static enum err ec_wrap(const struct jwe_recipient *to, struct arena *a, struct cek *cek,
	struct str *ret_encrypted, struct str *ret_epk)
{
	auto_pkey *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", jwk_curve(to->key->kind)->group);
	unsigned char *out = arena_alloc(a, CEK_MAX + WRAP_MORE);
	struct jwk *ephemeral;
	struct kek kek;
	size_t n = 0;
	enum err err;

	if (pkey == NULL || jwk_adopt(pkey, true, &ephemeral) != OK)
		return ERR_CRYPTO;
	*ret_epk = jwk_write_members(ephemeral, a);
	err = agree(pkey, to->key->pkey, to->alg, to->enc, NULL, a, &kek);
	jwk_unref(ephemeral);
	if (err != OK)
		return err;
	if (to->alg == JWE_ECDH_ES)
		memcpy(cek->bytes, kek.bytes, cek->n);
	else if (!aes_wrap(&kek, true, cek->bytes, cek->n, out, &n))
		err = ERR_CRYPTO;
	OPENSSL_cleanse(&kek, sizeof(kek));
	*ret_encrypted = (struct str){ (const char *)out, n };
	return err;
}

static enum err ec_unwrap_with(const struct jwe *jwe, const struct jwk *key,
	const struct jwk *ephemeral, struct arena *a, struct cek *ret)
{
	unsigned char out[CEK_MAX + WRAP_MORE];
	struct kek kek;
	size_t n = 0;
	enum err err =
		agree(key->pkey, ephemeral->pkey, jwe->alg, jwe->enc, jwe->header, a, &kek);

	if (err != OK)
		return err;
	if (jwe->alg == JWE_ECDH_ES)
		memcpy(ret->bytes, kek.bytes, ret->n);
	else if (jwe->encrypted_key.n != ret->n + WRAP_MORE ||
		 !aes_wrap(&kek, false, (const unsigned char *)jwe->encrypted_key.p,
			 jwe->encrypted_key.n, out, &n) ||
		 n != ret->n)
		err = ERR_INVALID;
	else
		memcpy(ret->bytes, out, n);
	OPENSSL_cleanse(&kek, sizeof(kek));
	OPENSSL_cleanse(out, sizeof(out));
	return err;
}

/* The point is looked at when the key is read: one off the curve would tell our key bit by
 * bit. */
static enum err ec_unwrap(
	const struct jwe *jwe, const struct jwk *key, struct arena *a, struct cek *ret)
{
	struct jwk *ephemeral;
	enum err err = jwk_read_encryption(json_get(jwe->header, "epk"), &ephemeral);

	if (err != OK)
		return err;
	if (ephemeral->kind != key->kind || (jwe->alg == JWE_ECDH_ES && jwe->encrypted_key.n))
		err = ERR_INVALID;
	else
		err = ec_unwrap_with(jwe, key, ephemeral, a, ret);
	jwk_unref(ephemeral);
	return err;
}

bool jwk_fits_jwe(const struct jwk *jwk, enum jwe_alg alg)
{
	if (alg == JWE_RSA_OAEP || alg == JWE_RSA_OAEP_256)
		return jwk->kind == JWK_RSA;
	return alg >= JWE_ECDH_ES && alg < JWE_ALGS && jwk->kind >= JWK_P256 &&
	       jwk->kind <= JWK_P521;
}

enum err jwe_key_wrap(const struct jwe_recipient *to, struct arena *a, struct cek *ret,
	struct str *ret_encrypted, struct str *ret_epk)
{
	ret->n = jwe_cek_size(to->enc);
	random_bytes(ret->bytes, ret->n);
	if (to->key->kind != JWK_RSA)
		return ec_wrap(to, a, ret, ret_encrypted, ret_epk);
	*ret_epk = S("");
	return rsa_wrap(to, a, ret, ret_encrypted);
}

enum err jwe_key_unwrap(
	const struct jwe *jwe, const struct jwk *key, struct arena *a, struct cek *ret)
{
	ret->n = jwe_cek_size(jwe->enc);
	return key->kind == JWK_RSA ? rsa_unwrap(jwe, key, a, ret)
				    : ec_unwrap(jwe, key, a, ret);
}
