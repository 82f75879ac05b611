/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* resource_server: an API, parsed once from its document (auth0-wire.md 11.4). */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "jose/jwk.h"
#include "tenant/settings.h"
#include "json/json_value.h"

struct api_scope {
	struct str value;
	struct str description;
};

struct resource_server {
	struct str identifier; /* the audience */
	struct str name;
	struct str document;
	const struct api_scope *scopes;
	size_t scope_count;
	enum jws_alg signing_alg;  /* RS256 */
	struct str signing_secret; /* HS256 only */
	bool rfc9068;          /* token_dialect rfc9068_profile: typ at+jwt, client_id, jti */
	bool opaque;           /* token_format: its access tokens are asked about, not read */
	struct str_list parts; /* when it stands for several (tenant/audience.h), theirs */
	bool allow_offline_access; /* default true in tenant files, as apps expect */
	bool skip_consent; /* skip_consent_for_verifiable_first_party_clients; default true */
	int64_t token_lifetime;         /* 86400 */
	int64_t token_lifetime_for_web; /* 7200: tokens that /authorize gives */
};

/* A client may use an API without a user (client_credentials), with these scopes. */
struct client_grant {
	struct str client_id;
	struct str audience;
	struct str scope; /* space separated */
};

enum err resource_server_read(struct arena *, struct str document, const struct json *body,
	struct resource_server *ret, struct str *ret_why) MUST_CHECK;
enum err client_grant_read(struct arena *, const struct json *body, struct client_grant *ret,
	struct str *ret_why) MUST_CHECK;
bool resource_server_has_scope(const struct resource_server *, struct str scope);
