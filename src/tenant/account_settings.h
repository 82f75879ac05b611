/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * account_settings: the parts `databases` and `emailProvider` of the tenant file, in the words
 * of Auth0's Deploy CLI. The password of the mail server is sealed on its way into the store
 * and left out of exports, as the secrets of document_secret.h are. Used inside tenant/ only.
 */

#include "crypto/seal.h"
#include "tenant/field.h"

/*
 * [{name, strategy: auth0, options: {disable_signup, password_complexity_options:
 * {min_length}}}]: the first database is the tenant's. Its other members are kept.
 */
field_read_fn account_read_databases;

/*
 * {name: smtp, enabled, default_from_address, credentials: {smtp_host, smtp_port, smtp_user,
 * smtp_pass, smtp_tls}}. Another name is kept, and nothing here sends by it.
 */
field_read_fn account_read_email_provider;

/* The part as it is stored; a password that `part` does not name stays that of `before`. */
struct str email_provider_with_secret(struct arena *, const struct seal *,
	const struct json *part, const struct json *before);

/* The part as it is exported. */
struct str email_provider_without_secret(
	struct arena *, const struct seal *, const struct json *part, bool show);
