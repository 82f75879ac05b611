/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client: a relying party, parsed once from its document (fields spelled as the Auth0 API
 * spells them; defaults of auth0-wire.md 11.4). Immutable; lives as long as its tenant.
 * The whole document stays at hand for what only reads it (export, the management API).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/certificate.h"
#include "jose/jwe.h"
#include "jose/jwk.h"
#include "tenant/settings.h"
#include "json/json_value.h"

enum app_type { APP_REGULAR_WEB, APP_SPA, APP_NATIVE, APP_NON_INTERACTIVE, APP_OTHER };

enum grant_bit {
	GRANT_AUTHORIZATION_CODE = 1,
	GRANT_IMPLICIT = 2,
	GRANT_REFRESH_TOKEN = 4,
	GRANT_CLIENT_CREDENTIALS = 8,
	GRANT_DEVICE_CODE = 16,
	GRANT_TOKEN_EXCHANGE = 32,
	GRANT_PASSWORD = 64,
	GRANT_MFA = 128,
};

enum auth_method {
	AUTH_NONE,
	AUTH_SECRET_BASIC,
	AUTH_SECRET_POST,
	AUTH_SECRET_JWT,
	AUTH_PRIVATE_KEY_JWT,
	AUTH_TLS,
	AUTH_SELF_SIGNED_TLS
};

/* How something is encrypted to a client; alg JWE_ALG_UNKNOWN: not at all. */
struct client_encryption {
	enum jwe_alg alg;
	enum jwe_enc enc;
};

/* What a client may exchange a token for (RFC 8693). */
struct exchange_target {
	struct str audience;
	struct str scope; /* the most it may have there, space separated */
};

struct client {
	struct str client_id;
	struct str name;
	struct str document; /* the JSON it was read from */
	bool enabled;        /* "enabled": false disables it */
	bool is_first_party;
	enum app_type app_type;
	unsigned grant_types; /* of enum grant_bit */
	enum auth_method auth_method;
	enum jws_alg assertion_alg; /* token_endpoint_auth_signing_alg; JWS_NONE: any that is of
				       its method */
	struct str secret_mac;      /* seal_mac "client_secret" of the secret; empty for public
				       clients */
	struct str secret;          /* only where HS256 or client_secret_jwt needs it */
	struct str_list callbacks;
	struct str_list web_origins; /* as written; origins, host "*.example.com" allowed */
	struct str_list allowed_origins;
	struct str_list allowed_logout_urls;
	struct str_list initiate_login_uris;
	struct str backchannel_logout_uri;  /* https; told of each session's end; or empty */
	struct str frontchannel_logout_uri; /* loaded in a frame at a log-out; or empty */
	enum jws_alg id_token_alg;          /* jwt_configuration.alg; RS256 */
	int64_t id_token_lifetime; /* jwt_configuration.lifetime_in_seconds; 36000; >= 1 */
	enum jws_alg userinfo_alg; /* userinfo_signed_response_alg; JWS_UNKNOWN: plain JSON */
	enum jws_alg introspection_alg; /* introspection_signed_response_alg; RS256 */
	struct client_encryption id_token_encryption;
	struct client_encryption userinfo_encryption;
	struct client_encryption introspection_encryption;
	struct client_encryption request_object_encryption; /* what it may use, by its word */
	bool require_pkce;
	bool require_pushed_request;     /* only by /oauth/par */
	int64_t pushed_request_lifetime; /* par_request_expiry, seconds; 30 */
	bool require_signed_request;     /* signed_request_object.required */
	enum jws_alg request_object_alg; /* the only one for its request objects;
					    JWS_UNKNOWN: any that its keys allow */
	bool dpop_bound;         /* dpop_bound_access_tokens: no token without a proof */
	bool certificate_bound;  /* tls_client_certificate_bound_access_tokens */
	bool require_possession; /* require_proof_of_possession: one of the two */
	bool require_auth_time;
	bool scope_claims_in_id_token; /* what Auth0 does; the standard: only without a token */
	int64_t default_max_age;       /* -1: none */
	struct str_list default_acr_values;
	bool revoke_on_logout; /* offline refresh tokens too */
	struct {
		bool rotating;
		int64_t leeway;        /* seconds of the overlap window; 30 */
		int64_t lifetime;      /* absolute, seconds; 0: none */
		int64_t idle_lifetime; /* 0: none */
		bool outlive_session;  /* for app_type spa: false unless the client says
					  otherwise */
	} refresh;
	enum certificate_name
		tls_name_kind; /* tls_client_auth: what its certificate is named */
	struct str tls_name;
	struct { /* token_exchange: with nothing set, nothing can be exchanged */
		struct str_list subject_clients;   /* whose tokens, beside its own */
		struct str_list subject_audiences; /* access tokens for these, whoever's */
		const struct exchange_target *targets;
		size_t target_count;
		bool impersonation; /* tokens without `act` */
	} exchange;
	struct str jwks; /* JSON of its public keys, or empty */
	struct str jwks_uri;
	bool pairwise;     /* subject_type */
	struct str sector; /* whose clients know a person by the same pairwise subject */
	struct str sector_identifier_uri;
	struct str_list request_uris; /* where its request objects may be fetched */
	struct str logo_uri;
	struct str policy_uri;
	struct str tos_uri;
};

/*
 * ERR_INVALID  *ret_why is one line that names the field and what it must be
 * `document` must be the text of `body`.
 */
enum err client_read(struct arena *, struct str document, const struct json *body,
	struct client *ret, struct str *ret_why) MUST_CHECK;

/* Must its secret be at hand in the clear (HS256, client_secret_jwt)? */
bool client_needs_secret(const struct client *);

/* Exact match; '*' only as the whole left-most label of a host that has a registered entry with
 * it. */
bool client_has_callback(const struct client *, struct str redirect_uri);
bool client_has_logout_url(
	const struct client *, struct str url); /* the query is ignored, as /v2/logout wants */
bool client_has_logout_url_exactly(const struct client *, struct str url);
/* Is the origin (url_origin form) one of web_origins? */
bool client_has_web_origin(const struct client *, struct str origin);
/* … of web_origins, allowed_origins, or the origins of callbacks: CORS at the token endpoint.
 */
bool client_has_cors_origin(const struct client *, struct str origin);
/* Could a URL that fits this callback be on that origin? */
bool client_callback_is_on(struct str callback, struct str origin);
/* The origins of web_origins as one space-separated list, for frame-ancestors. */
struct str client_frame_ancestors(const struct client *, struct arena *);

/* Does `value` fit one of the entries, where an entry may have a host "*.example.com"? */
bool url_list_matches(struct str_list, struct str value);
