/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_certificate: the name that the certificate of a tls_client_auth client must have
 * (RFC 8705, 2.1.2): one member of five. Used by client.c only.
 */

#include "tenant/client.h"
#include "tenant/field.h"

field_check_fn client_check_subject_dn;
field_check_fn client_check_san_dns;
field_check_fn client_check_san_uri;
field_check_fn client_check_san_ip;
field_check_fn client_check_san_email;

/* Of `names`, each empty where the document has none, the one that counts, into the client.
 * ERR_INVALID  *ret_why: several, or none where the method needs one */
enum err client_certificate_choose(struct arena *, const struct str names[CERTIFICATE_NAMES],
	struct client *, struct str *ret_why) MUST_CHECK;
