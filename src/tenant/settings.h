/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * settings: what a tenant's administrator chose, parsed once from the settings document
 * (the `tenant:` part of the tenant file; Auth0's words). One table in settings.c names each
 * field: its JSON name, type, default, range and text; docs/settings.md is printed from it.
 * Times are seconds here, whatever the file's unit.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json_value.h"
#include "json/json_writer.h"

struct str_list {
	const struct str *list;
	size_t count;
};

/* Separated by spaces. */
struct str str_list_words(struct arena *, struct str_list);

/* Of whom a DPoP proof must carry our nonce (RFC 9449, 8). */
enum dpop_nonce_policy { DPOP_NONCE_PUBLIC, DPOP_NONCE_ALWAYS, DPOP_NONCE_NEVER };

/* guardianFactors: what people may prove themselves by beside the password. */
enum factor_bit {
	FACTOR_OTP = 1,
	FACTOR_KEY = 2,
	FACTOR_PASSKEY = 4,
	FACTOR_WEBAUTHN = FACTOR_KEY | FACTOR_PASSKEY,
	FACTOR_RECOVERY = 8,
	FACTOR_EMAIL = 16,
	FACTORS_BY_DEFAULT = FACTOR_OTP | FACTOR_WEBAUTHN | FACTOR_RECOVERY,
};

enum email_tls { EMAIL_STARTTLS, EMAIL_TLS, EMAIL_PLAIN };

/* emailProvider: by which mail goes out. */
struct email_settings {
	struct str from;
	struct str host; /* empty: there is none */
	int64_t port;
	struct str user;
	struct str password_sealed; /* SEAL_STORE */
	enum email_tls tls;
};

struct settings {
	struct str friendly_name;
	struct str picture_url; /* as it was given: pages show what they may load */
	struct str support_email;
	struct str support_url;
	struct str default_audience;
	struct str_list enabled_locales; /* of en, pt-BR, es; the first is the default */
	struct str_list allowed_logout_urls;
	struct str_list domains;  /* customDomains: further host names (with port if it is not
				     the issuer's) */
	int64_t session_lifetime; /* "require log in after" */
	int64_t idle_session_lifetime;
	int64_t ephemeral_session_lifetime;
	int64_t idle_ephemeral_session_lifetime;
	bool session_cookie_persistent; /* session_cookie.mode */
	bool remember_me;      /* the sign-in page offers "remember me"; unticked is a browser
				  session */
	bool identifier_first; /* prompts.identifier_first */
	bool id_token_hint_requires_prompt_none; /* default true */
	bool s256_only;                          /* refuse code_challenge_method=plain */
	bool authorization_response_iss; /* authorization_response_iss_parameter_supported;
					    default true */
	bool oidc_logout_prompt_enabled; /* sessions.oidc_logout_prompt_enabled; default true */
	bool mfa_always;                 /* guardianPolicies: [all-applications] */
	unsigned factors;                /* of enum factor_bit */
	bool email_factor_beside_others; /* default false */
	bool unsigned_request_objects;   /* default false */
	bool unsigned_id_tokens;         /* default false */
	bool scope_claims_in_id_token;   /* default false */
	struct str_list
		outgoing_private_hosts; /* "host[:port]" that may be fetched though private */
	bool dynamic_registration; /* flags.enable_dynamic_client_registration; default false */
	struct str_list initial_access_tokens; /* SHA-256 as base64url; none: open to all */
	bool require_pushed_requests; /* require_pushed_authorization_requests; default false */
	enum dpop_nonce_policy dpop_nonce;   /* dpop.nonce; public */
	int64_t signing_key_rotation;        /* .every: seconds; 0: by command only */
	int64_t authorization_code_lifetime; /* 60, at most 600 */
	int64_t max_failures;                /* attackProtection: per account and address; 10 */
	int64_t failure_window;              /* seconds a failure counts; 900 */
	int64_t requests_per_minute; /* per client, successful ones too; 0 = off (default) */
	bool refresh_expires_in;     /* told beside a refresh token; default false */
	int64_t redirect_loop_limit; /* round trips that nobody made; 20, 0 = no limit */
	struct {
		int digits;           /* charset: 0 letters, 1 digits */
		struct str mask;      /* the shape of user codes: "****-****" */
		int64_t lifetime;     /* seconds; 900 */
		int64_t interval;     /* seconds between a device's questions; 5 */
		int64_t waiting_most; /* devices that wait for a person at once; 10000 */
	} device_flow;
	struct str_list acr_values_supported;
	struct str database;     /* databases: the name of the first; Auth0's "connection" */
	bool sign_up;            /* people may make an account; false without a database */
	bool sign_up_tells;      /* flags.enable_public_signup_user_exists_error */
	int64_t password_least;  /* characters of a new password; 8 */
	bool breached_passwords; /* refuse those of the list, where the server has one */
	struct email_settings email;
};

/*
 * Fills *ret with defaults overlaid by `document` (NULL: defaults only).
 * ERR_INVALID  a field is of the wrong type, out of range or unknown; *ret_why is one line
 *              that names the field, what it must be, and what it was when that is harmless
 */
enum err settings_read(struct arena *, const struct json *document, struct settings *ret,
	struct str *ret_why) MUST_CHECK;

/* Which setting a lifetime answer should name: kept beside the parser so that texts agree. */
struct str settings_markdown(struct arena *); /* docs/settings.md */
