/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/file.h"

enum { HOUR = 3600, DAY = 24 * HOUR, LIFE = 30 * DAY, SERIAL_SIZE = 16, NAME_SIZE = 4 };

static void bio_done(BIO **bio)
{
	BIO_free(*bio);
}

static void pkey_done(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void x509_done(X509 **certificate)
{
	X509_free(*certificate);
}

#define auto_bio  __attribute__((cleanup(bio_done))) BIO
#define auto_pkey __attribute__((cleanup(pkey_done))) EVP_PKEY
#define auto_x509 __attribute__((cleanup(x509_done))) X509

struct extension {
	int nid;
	const char *value; /* as openssl.cnf writes it */
};

static bool set_serial(X509 *certificate)
{
	unsigned char bytes[SERIAL_SIZE];
	BIGNUM *number;
	bool done;

	random_bytes(bytes, sizeof(bytes));
	bytes[0] &= 0x7f; /* RFC 5280, 4.1.2.2: positive, at most 20 bytes */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return done;
}

static bool set_extensions(
	X509 *certificate, X509 *issuer, const struct extension *list, size_t count)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	for (size_t i = 0; i < count; i++) {
		X509_EXTENSION *made =
			X509V3_EXT_conf_nid(NULL, &context, list[i].nid, list[i].value);
		bool added = made && X509_add_ext(certificate, made, -1);

		X509_EXTENSION_free(made);
		if (!added)
			return false;
	}
	return true;
}

/* A certificate for `key` without extensions; not signed yet. Begins an hour ago, for clocks
 * that are not quite right. NULL when OpenSSL cannot. */
static X509 *begin(EVP_PKEY *key, struct str name)
{
	X509 *made = X509_new();

	if (made && X509_set_version(made, X509_VERSION_3) && set_serial(made) &&
		X509_gmtime_adj(X509_getm_notBefore(made), -HOUR) &&
		X509_gmtime_adj(X509_getm_notAfter(made), LIFE) && X509_set_pubkey(made, key) &&
		X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
			(const unsigned char *)name.p, (int)name.n, -1, 0))
		return made;
	X509_free(made);
	return NULL;
}

/* Its name is new each time: a browser must not take two of them for one. */
static X509 *make_authority(struct arena *a, EVP_PKEY *key)
{
	static const struct extension extensions[] = {
		{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
		{ NID_key_usage, "critical,keyCertSign" },
		{ NID_name_constraints, "critical,permitted;DNS:localhost" },
		{ NID_subject_key_identifier, "hash" },
	};
	X509 *made;
	unsigned char id[NAME_SIZE];

	random_bytes(id, sizeof(id));
	made = begin(key,
		arena_printf(a, "tacit demo %02x%02x%02x%02x", id[0], id[1], id[2], id[3]));
	if (made && X509_set_issuer_name(made, X509_get_subject_name(made)) &&
		set_extensions(
			made, made, extensions, sizeof(extensions) / sizeof(extensions[0])) &&
		X509_sign(made, key, EVP_sha256()))
		return made;
	X509_free(made);
	return NULL;
}

static struct str alternative_names(struct arena *a, const char *const *names, size_t count)
{
	struct buf out = buf_new(a, 256);

	for (size_t i = 0; i < count; i++)
		buf_addf(&out, "%sDNS:%s", i ? "," : "", names[i]);
	return buf_str(&out);
}

static X509 *make_leaf(
	struct arena *a, EVP_PKEY *key, X509 *authority, EVP_PKEY *signer, struct str names)
{
	const struct extension extensions[] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth" },
		{ NID_subject_alt_name, names.p },
		{ NID_authority_key_identifier, "keyid" },
	};
	X509 *made = begin(key, arena_str(a, S("tacit demo")));

	if (made && X509_set_issuer_name(made, X509_get_subject_name(authority)) &&
		set_extensions(made, authority, extensions,
			sizeof(extensions) / sizeof(extensions[0])) &&
		X509_sign(made, signer, EVP_sha256()))
		return made;
	X509_free(made);
	return NULL;
}

static struct str bio_text(struct arena *a, BIO *bio)
{
	char *text = NULL;
	long n = BIO_get_mem_data(bio, &text);

	return arena_str(a, (struct str){ text, n > 0 ? (size_t)n : 0 });
}

static enum err write_certificates(struct arena *a, struct str path, X509 *first, X509 *second)
{
	auto_bio *bio = BIO_new(BIO_s_mem());

	if (!bio || !PEM_write_bio_X509(bio, first) ||
		(second && !PEM_write_bio_X509(bio, second)))
		return ERR_CRYPTO;
	return file_write(a, path, bio_text(a, bio));
}

static enum err write_key(struct arena *a, struct str path, EVP_PKEY *key)
{
	auto_bio *bio = BIO_new(BIO_s_secmem());

	if (!bio || !PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		return ERR_CRYPTO;
	return file_write(a, path, bio_text(a, bio));
}

static bool is_good(struct arena *a, const struct demo_certificate *c, const char *const *names,
	size_t count)
{
	time_t tomorrow = clock_now() + DAY;
	struct str text;
	auto_bio *bio = NULL;
	auto_x509 *leaf = NULL;

	if (file_read(a, c->authority_file, &text) || file_read(a, c->key_file, &text) ||
		file_read(a, c->cert_file, &text))
		return false;
	bio = BIO_new_mem_buf(text.p, (int)text.n);
	leaf = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	if (!leaf || X509_cmp_time(X509_get0_notAfter(leaf), &tomorrow) <= 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (X509_check_host(leaf, names[i], 0, 0, NULL) != 1)
			return false;
	return true;
}

static enum err make(struct arena *a, const struct demo_certificate *c,
	const char *const *names, size_t count)
{
	auto_pkey *signer = EVP_EC_gen("P-256");
	auto_pkey *key = EVP_EC_gen("P-256");
	auto_x509 *authority = signer ? make_authority(a, signer) : NULL;
	auto_x509 *leaf = key && authority ? make_leaf(a, key, authority, signer,
						     alternative_names(a, names, count))
					   : NULL;
	enum err err;

	if (!leaf)
		return ERR_CRYPTO;
	err = write_certificates(a, c->authority_file, authority, NULL);
	if (!err)
		err = write_key(a, c->key_file, key);
	return err ? err : write_certificates(a, c->cert_file, leaf, authority);
}

enum err demo_certificate_prepare(struct arena *a, struct str folder, const char *const *names,
	size_t count, struct demo_certificate *ret)
{
	struct demo_certificate c = {
		.authority_file = arena_printf(a, STR_FMT "authority.pem", STR_ARG(folder)),
		.cert_file = arena_printf(a, STR_FMT "certificate.pem", STR_ARG(folder)),
		.key_file = arena_printf(a, STR_FMT "certificate.key", STR_ARG(folder)),
	};

	if (!is_good(a, &c, names, count)) {
		enum err err = make(a, &c, names, count);

		if (err)
			return err;
	}
	*ret = c;
	return OK;
}
