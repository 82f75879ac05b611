/* SPDX-License-Identifier: Apache-2.0 */

/* Keys from PEM (RFC 7468): PKCS #8 and traditional private keys, public keys. */

#include "jose/jwk_key.h"
#include "jose/jwk_rsa.h"

enum { PEM_MAX = 32 * 1024 };

/* Without this, OpenSSL would ask for a pass phrase on the terminal. */
static int no_pass_phrase(char *buf, int size, int writing, void *context)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

enum err jwk_read_pem(struct str pem, struct jwk **ret)
{
	auto_bio *private = NULL;
	auto_bio *public = NULL;
	auto_pkey *pkey = NULL;
	bool is_private;

	if (pem.n == 0 || pem.n > PEM_MAX)
		return ERR_INVALID;
	private = BIO_new_mem_buf(pem.p, (int)pem.n);
	public = BIO_new_mem_buf(pem.p, (int)pem.n);
	if (private == NULL || public == NULL)
		return ERR_CRYPTO;
	pkey = PEM_read_bio_PrivateKey(private, NULL, no_pass_phrase, NULL);
	is_private = pkey != NULL;
	if (pkey == NULL)
		pkey = PEM_read_bio_PUBKEY(public, NULL, no_pass_phrase, NULL);
	ERR_clear_error();
	if (pkey == NULL)
		return ERR_INVALID;
	if (is_private && EVP_PKEY_is_a(pkey, "RSA") && !rsa_halves_fit(pkey))
		return ERR_INVALID;
	return jwk_adopt(pkey, is_private, ret);
}
