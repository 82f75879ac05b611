/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client_certificate.h"

const char *client_check_subject_dn(struct arena *a, struct str name)
{
	(void)a;
	return certificate_name_check(CERTIFICATE_SUBJECT_DN, name);
}

const char *client_check_san_dns(struct arena *a, struct str name)
{
	(void)a;
	return certificate_name_check(CERTIFICATE_SAN_DNS, name);
}

const char *client_check_san_uri(struct arena *a, struct str name)
{
	(void)a;
	return certificate_name_check(CERTIFICATE_SAN_URI, name);
}

const char *client_check_san_ip(struct arena *a, struct str name)
{
	(void)a;
	return certificate_name_check(CERTIFICATE_SAN_IP, name);
}

const char *client_check_san_email(struct arena *a, struct str name)
{
	(void)a;
	return certificate_name_check(CERTIFICATE_SAN_EMAIL, name);
}

enum err client_certificate_choose(struct arena *a, const struct str names[CERTIFICATE_NAMES],
	struct client *client, struct str *ret_why)
{
	size_t count = 0;

	for (enum certificate_name n = 0; n < CERTIFICATE_NAMES; n++) {
		if (names[n].n == 0)
			continue;
		client->tls_name_kind = n;
		client->tls_name = names[n];
		count++;
	}
	if (count > 1 || (count == 0 && client->auth_method == AUTH_TLS))
		return field_refuse(a, ret_why, "tls_client_auth_subject_dn",
			"exactly one name of the certificate must be given for "
			"tls_client_auth: this, or tls_client_auth_san_dns, _san_uri, _san_ip "
			"or _san_email");
	return OK;
}
