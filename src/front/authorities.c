/* SPDX-License-Identifier: Apache-2.0 */
#include "front/authorities.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <stdlib.h>

#include "base/log.h"
#include "front/tls.h"

struct authorities {
	struct authorities *older;
	gnutls_x509_trust_list_t list;
};

void authorities_free(struct authorities *authorities)
{
	while (authorities != NULL) {
		struct authorities *older = authorities->older;

		if (authorities->list != NULL)
			gnutls_x509_trust_list_deinit(authorities->list, 1);
		free(authorities);
		authorities = older;
	}
}

enum err authorities_load(const char *file, struct authorities *older, struct authorities **ret)
{
	struct authorities *made = calloc(1, sizeof(*made));
	int count;

	if (made == NULL)
		abort();
	count = gnutls_x509_trust_list_init(&made->list, 0);
	if (count == 0)
		count = gnutls_x509_trust_list_add_trust_file(
			made->list, file, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	if (count <= 0) {
		log_line(LOG_ERROR, "front", "cannot use the authorities", "file", file,
			"reason", count < 0 ? gnutls_strerror(count) : "there is none in it",
			NULL);
		authorities_free(made);
		return ERR_INVALID;
	}
	made->older = older;
	*ret = made;
	return OK;
}

static unsigned import(
	gnutls_x509_crt_t list[TLS_CHAIN_MAX], const struct str *chain, size_t count)
{
	unsigned n = 0;

	for (size_t i = 0; i < count && i < TLS_CHAIN_MAX; i++) {
		const gnutls_datum_t der = { (unsigned char *)(uintptr_t)chain[i].p,
			(unsigned)chain[i].n };

		if (chain[i].n > UINT_MAX || gnutls_x509_crt_init(&list[n]) != 0)
			break;
		n++;
		if (gnutls_x509_crt_import(list[n - 1], &der, GNUTLS_X509_FMT_DER) != 0)
			break;
	}
	return n;
}

bool authorities_vouch(
	const struct authorities *authorities, const struct str *chain, size_t count)
{
	gnutls_typed_vdata_st client = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT };
	gnutls_x509_crt_t list[TLS_CHAIN_MAX];
	unsigned status = GNUTLS_CERT_INVALID;
	unsigned n;
	int failed = -1;

	if (authorities == NULL)
		return false;
	n = import(list, chain, count);
	if (n > 0 && n == count)
		failed = gnutls_x509_trust_list_verify_crt2(
			authorities->list, list, n, &client, 1, 0, &status, NULL);
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(list[i]);
	return failed == 0 && status == 0;
}
