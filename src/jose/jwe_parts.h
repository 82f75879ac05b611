/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* jwe_parts: the two halves of a JWE, the key and the content. For the files of jwe only. */

#include "jose/jwe.h"
#include "jose/openssl.h"

enum { CEK_MAX = 64, IV_MAX = 16, TAG_MAX = 32 };

FREES_ITSELF(cipher, EVP_CIPHER, EVP_CIPHER_free)
FREES_ITSELF(cipher_ctx, EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
#define auto_cipher     __attribute__((cleanup(cipher_done))) EVP_CIPHER
#define auto_cipher_ctx __attribute__((cleanup(cipher_ctx_done))) EVP_CIPHER_CTX

/* The key of the content. */
struct cek {
	unsigned char bytes[CEK_MAX];
	size_t n;
};

static inline void cek_done(struct cek *cek)
{
	OPENSSL_cleanse(cek->bytes, sizeof(cek->bytes));
}
#define auto_cek __attribute__((cleanup(cek_done))) struct cek

size_t jwe_cek_size(enum jwe_enc);

/*
 * RFC 7518, 4. A new content key for `to`: *ret_encrypted is what travels (empty where the
 * two agree on the key itself), *ret_epk the JWK of the ephemeral key, or empty.
 */
enum err jwe_key_wrap(const struct jwe_recipient *to, struct arena *, struct cek *ret,
	struct str *ret_encrypted, struct str *ret_epk) MUST_CHECK;
enum err jwe_key_unwrap(
	const struct jwe *, const struct jwk *, struct arena *, struct cek *ret) MUST_CHECK;

/* RFC 7518, 5. `jwe` has enc and aad; iv, ciphertext and tag are written. */
enum err jwe_content_seal(
	struct jwe *jwe, const struct cek *, struct arena *, struct str plain) MUST_CHECK;
enum err jwe_content_open(
	const struct jwe *, const struct cek *, struct arena *, struct str *ret) MUST_CHECK;
