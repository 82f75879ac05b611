/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/certificate.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/distinguished_name.h"

enum { NAME_MAX_BYTES = 2048 };

static void x509_done(X509 **x)
{
	X509_free(*x);
}
#define auto_x509 __attribute__((cleanup(x509_done))) X509

static void bio_done(BIO **bio)
{
	BIO_free(*bio);
}
#define auto_bio __attribute__((cleanup(bio_done))) BIO

static X509 *read_der(struct str der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509 *x;

	if (der.n == 0 || der.n > LONG_MAX)
		return NULL;
	x = d2i_X509(NULL, &p, (long)der.n);
	if (x != NULL && p == (const unsigned char *)der.p + der.n)
		return x;
	X509_free(x);
	ERR_clear_error();
	return NULL;
}

static bool read_ip(struct str text, unsigned char out[16], size_t *ret_n)
{
	char copy[INET6_ADDRSTRLEN] = { 0 };

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	*ret_n = 4;
	if (inet_pton(AF_INET, copy, out) == 1)
		return true;
	*ret_n = 16;
	return inet_pton(AF_INET6, copy, out) == 1;
}

static bool is_plain(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
	return name.n > 0;
}

const char *certificate_name_check(enum certificate_name kind, struct str name)
{
	unsigned char address[16];
	size_t n;

	if (name.n > NAME_MAX_BYTES)
		return "must be at most 2048 bytes";
	switch (kind) {
	case CERTIFICATE_SUBJECT_DN:
		return distinguished_name_is_one(name)
			       ? NULL
			       : "must be a distinguished name as RFC 4514 writes it";
	case CERTIFICATE_SAN_DNS:
		return is_plain(name) && str_index(name, '*') < 0
			       ? NULL
			       : "must be a host name without a wildcard";
	case CERTIFICATE_SAN_IP:
		return read_ip(name, address, &n) ? NULL : "must be an IP address";
	case CERTIFICATE_SAN_URI:
	case CERTIFICATE_SAN_EMAIL:
	case CERTIFICATE_NAMES:
		break;
	}
	return is_plain(name) ? NULL : "must be printable ASCII without blanks";
}

static struct str text_of(const ASN1_STRING *s)
{
	return (struct str){ (const char *)ASN1_STRING_get0_data(s),
		(size_t)ASN1_STRING_length(s) };
}

static bool is_alternative(const GENERAL_NAME *has, enum certificate_name kind, struct str name)
{
	unsigned char address[16];
	size_t n;

	switch (kind) {
	case CERTIFICATE_SAN_DNS:
		return has->type == GEN_DNS && str_eq_nocase(text_of(has->d.dNSName), name);
	case CERTIFICATE_SAN_URI:
		return has->type == GEN_URI &&
		       str_eq(text_of(has->d.uniformResourceIdentifier), name);
	case CERTIFICATE_SAN_EMAIL:
		return has->type == GEN_EMAIL && str_eq(text_of(has->d.rfc822Name), name);
	case CERTIFICATE_SAN_IP:
		return has->type == GEN_IPADD && read_ip(name, address, &n) &&
		       str_eq(text_of(has->d.iPAddress),
			       (struct str){ (const char *)address, n });
	case CERTIFICATE_SUBJECT_DN:
	case CERTIFICATE_NAMES:
		break;
	}
	return false;
}

static bool has_alternative(const X509 *x, enum certificate_name kind, struct str name)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++)
		found = is_alternative(sk_GENERAL_NAME_value(names, i), kind, name);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return found;
}

bool certificate_names(struct str der, enum certificate_name kind, struct str name)
{
	auto_x509 *x = read_der(der);

	if (x == NULL || name.n == 0)
		return false;
	if (kind == CERTIFICATE_SUBJECT_DN)
		return distinguished_name_is(name, X509_get_subject_name(x));
	return has_alternative(x, kind, name);
}

bool certificate_is_current(struct str der, int64_t now)
{
	auto_x509 *x = read_der(der);
	time_t at = (time_t)now;

	return x != NULL && X509_cmp_time(X509_get0_notBefore(x), &at) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(x), &at) > 0;
}

enum err certificate_read_pem(struct arena *a, struct str pem, struct str *ret_der)
{
	auto_bio *bio = NULL;
	auto_x509 *x = NULL;
	unsigned char *der;
	int n;

	if (pem.n == 0 || pem.n > INT_MAX)
		return ERR_INVALID;
	bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	if (bio == NULL)
		abort();
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	n = x == NULL ? 0 : i2d_X509(x, NULL);
	ERR_clear_error();
	if (n <= 0)
		return ERR_INVALID;
	der = arena_alloc(a, (size_t)n);
	*ret_der = (struct str){ (char *)der, (size_t)n };
	(void)i2d_X509(x, &der);
	return OK;
}
