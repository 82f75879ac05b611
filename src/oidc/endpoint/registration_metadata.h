/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * registration_metadata: what a client says of itself (RFC 7591, 2; OpenID Connect
 * Registration 1.0, 2), checked member by member and turned into a client document of ours.
 * Pure. A table names each member: its type, what it must be, and what it becomes.
 *
 * Members that are not known are left out, as both standards ask; those that are known and
 * would ask for what is not there (software statements) are refused, so that nobody relies on
 * them.
 */

#include "oidc/fault.h"
#include "json/json_value.h"

struct registration_metadata {
	struct str echo; /* the members that count, defaults filled in, as a JSON object */
	struct str auth_method;
	bool needs_secret;
};

/* A fault names the member that is wrong. `certificates`: clients can show one here. */
const struct fault *registration_metadata_read(struct arena *, const struct json *body,
	bool certificates, struct registration_metadata *ret) MUST_CHECK;

/* The document of a client with that metadata; `digest` is of its registration access token. */
struct str registration_document(struct arena *, const struct registration_metadata *,
	struct str client_id, struct str secret, struct str digest);
