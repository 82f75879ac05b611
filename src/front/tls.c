/* SPDX-License-Identifier: Apache-2.0 */
#include "front/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"

struct certificate {
	gnutls_x509_crt_t leaf;
	gnutls_pcert_st chain[TLS_CHAIN_MAX];
	unsigned chain_count;
	gnutls_privkey_t key;
};

struct set {
	struct set *older;
	size_t count;
	struct certificate list[];
};

static _Atomic(struct set *) current;
static _Atomic(const char *) asking; /* the server name for which clients are asked */

static void set_free(struct set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct certificate *c = &set->list[i];

		for (unsigned k = 0; k < c->chain_count; k++)
			gnutls_pcert_deinit(&c->chain[k]);
		if (c->leaf != NULL)
			gnutls_x509_crt_deinit(c->leaf);
		if (c->key != NULL)
			gnutls_privkey_deinit(c->key);
	}
	free(set);
}

static int load_key(struct certificate *c, const char *file)
{
	gnutls_datum_t pem = { NULL, 0 };
	int failed = gnutls_load_file(file, &pem);

	if (failed != 0)
		return failed;
	failed = gnutls_privkey_init(&c->key);
	if (failed == 0)
		failed = gnutls_privkey_import_x509_raw(
			c->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	gnutls_memset(pem.data, 0, pem.size);
	gnutls_free(pem.data);
	return failed;
}

static int load_chain(struct certificate *c, const char *file)
{
	unsigned count = TLS_CHAIN_MAX;
	int failed;

	failed = gnutls_pcert_list_import_x509_file(
		c->chain, &count, file, GNUTLS_X509_FMT_PEM, NULL, NULL, 0);
	if (failed != 0)
		return failed;
	c->chain_count = count;
	return gnutls_pcert_export_x509(&c->chain[0], &c->leaf);
}

static int is_pair(const struct certificate *c)
{
	unsigned char of_key[64];
	unsigned char of_leaf[64];
	size_t key_n = sizeof(of_key);
	size_t leaf_n = sizeof(of_leaf);
	gnutls_pubkey_t public = NULL;
	int failed = gnutls_pubkey_init(&public);

	if (failed == 0)
		failed = gnutls_pubkey_import_privkey(public, c->key, 0, 0);
	if (failed == 0)
		failed = gnutls_pubkey_get_key_id(
			public, GNUTLS_KEYID_USE_SHA256, of_key, &key_n);
	if (failed == 0)
		failed = gnutls_x509_crt_get_key_id(
			c->leaf, GNUTLS_KEYID_USE_SHA256, of_leaf, &leaf_n);
	if (public != NULL)
		gnutls_pubkey_deinit(public);
	if (failed != 0)
		return failed;
	return key_n == leaf_n && memcmp(of_key, of_leaf, key_n) == 0
		       ? 0
		       : GNUTLS_E_CERTIFICATE_KEY_MISMATCH;
}

static bool load(struct certificate *c, const struct front_certificate *files)
{
	const char *file = files->cert_file;
	int failed = load_chain(c, file);

	if (failed == 0) {
		file = files->key_file;
		failed = load_key(c, file);
	}
	if (failed == 0)
		failed = is_pair(c);
	if (failed != 0)
		log_line(LOG_ERROR, "front", "cannot use the certificate", "file", file,
			"reason", gnutls_strerror(failed), NULL);
	return failed == 0;
}

enum err tls_load(const struct front_certificate *files, size_t count)
{
	struct set *set = calloc(1, sizeof(*set) + count * sizeof(struct certificate));

	if (set == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		set->count++;
		if (!load(&set->list[i], &files[i])) {
			set_free(set);
			return ERR_INVALID;
		}
	}
	set->older = atomic_load(&current);
	while (!atomic_compare_exchange_weak(&current, &set->older, set))
		;
	return OK;
}

void tls_done(void)
{
	struct set *set = atomic_exchange(&current, NULL);

	while (set != NULL) {
		struct set *older = set->older;

		set_free(set);
		set = older;
	}
}

static struct certificate *for_name(struct set *set, gnutls_session_t session)
{
	char name[256];
	size_t n = sizeof(name) - 1;
	unsigned type = 0;

	if (gnutls_server_name_get(session, name, &n, &type, 0) != 0 || type != GNUTLS_NAME_DNS)
		return &set->list[0];
	name[n] = '\0';
	for (size_t i = 0; i < set->count; i++) {
		if (gnutls_x509_crt_check_hostname(set->list[i].leaf, name) != 0)
			return &set->list[i];
	}
	return &set->list[0];
}

static int choose(gnutls_session_t session, const gnutls_datum_t *authorities,
	int authority_count, const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
	gnutls_pcert_st **chain, unsigned *chain_count, gnutls_privkey_t *key)
{
	struct set *set = atomic_load(&current);
	struct certificate *c;

	(void)authorities;
	(void)authority_count;
	(void)algorithms;
	(void)algorithm_count;
	if (set == NULL || set->count == 0)
		return -1;
	c = for_name(set, session);
	*chain = c->chain;
	*chain_count = c->chain_count;
	*key = c->key;
	return 0;
}

void tls_ask_clients_of(const char *host)
{
	atomic_store(&asking, host);
}

/* No names of authorities are sent along: clients whose certificates are their own would hold
 * them back. */
static int ask(gnutls_session_t session)
{
	const char *host = atomic_load(&asking);
	char name[256] = { 0 };
	size_t n = sizeof(name) - 1;
	unsigned type = 0;

	if (host == NULL || gnutls_server_name_get(session, name, &n, &type, 0) != 0 ||
		type != GNUTLS_NAME_DNS || strcasecmp(name, host) != 0)
		return 0;
	gnutls_certificate_send_x509_rdn_sequence(session, 1);
	gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
	return 0;
}

void tls_begin(void *session)
{
	if (atomic_load(&asking) != NULL)
		gnutls_handshake_set_post_client_hello_function(session, ask);
}

size_t tls_client_chain(void *session, struct arena *arena, struct str ret[TLS_CHAIN_MAX])
{
	const gnutls_datum_t *list;
	unsigned count = 0;

	if (gnutls_certificate_type_get2(session, GNUTLS_CTYPE_CLIENT) != GNUTLS_CRT_X509)
		return 0;
	list = gnutls_certificate_get_peers(session, &count);
	if (list == NULL || count > TLS_CHAIN_MAX)
		return 0;
	for (unsigned i = 0; i < count; i++)
		ret[i] = arena_str(
			arena, (struct str){ (const char *)list[i].data, list[i].size });
	return count;
}

void *tls_callback(void)
{
	gnutls_certificate_retrieve_function2 *function = choose;
	void *pointer;

	memcpy(&pointer, &function, sizeof(pointer));
	return pointer;
}
