/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/reason.h"

#include <assert.h>
#include <stdio.h>

#include "page/page.h"

/* clang-format off */
static const struct reason_row reasons[REASONS] = {
	[REASON_NONE]                    = { "none",                    "",                           "" },
	[REASON_CLIENT_UNKNOWN]          = { "client_unknown",          "invalid_request",            "enabled" },
	[REASON_REDIRECT_URI_MISMATCH]   = { "redirect_uri_mismatch",   "invalid_request",            "callbacks" },
	[REASON_ORIGIN_NOT_REGISTERED]   = { "origin_not_registered",   "invalid_request",            "web_origins" },
	[REASON_HINT_WITHOUT_NONE]       = { "hint_without_none",       "invalid_request",            "id_token_hint_requires_prompt_none" },
	[REASON_REQUEST_INVALID]         = { "request_invalid",         "invalid_request",            "" },
	[REASON_HINT_INVALID]            = { "hint_invalid",            "invalid_request",            "" },
	[REASON_NO_SESSION]              = { "no_session",              "login_required",             "session_cookie.mode" },
	[REASON_COOKIES_BLOCKED]         = { "cookies_blocked",         "login_required",             "customDomains" },
	[REASON_SESSION_UNKNOWN]         = { "session_unknown",         "login_required",             "data" },
	[REASON_SESSION_REVOKED]         = { "session_revoked",         "login_required",             "" },
	[REASON_SESSION_IDLE]            = { "session_idle",            "login_required",             "idle_session_lifetime" },
	[REASON_SESSION_EXPIRED]         = { "session_expired",         "login_required",             "session_lifetime" },
	[REASON_SUBJECT_MISMATCH]        = { "subject_mismatch",        "login_required",             "" },
	[REASON_ACCOUNT_AMBIGUOUS]       = { "account_ambiguous",       "account_selection_required", "" },
	[REASON_MAX_AGE]                 = { "max_age",                 "login_required",             "default_max_age" },
	[REASON_USER_BLOCKED]            = { "user_blocked",            "unauthorized",               "blocked" },
	[REASON_ACTION_DENIED]           = { "action_denied",           "access_denied",              "triggers" },
	[REASON_ACTION_REDIRECT]         = { "action_redirect",         "interaction_required",       "triggers" },
	[REASON_ACTION_FAILED]           = { "action_failed",           "server_error",               "triggers" },
	[REASON_MFA_REQUIRED]            = { "mfa_required",            "login_required",             "guardianPolicies" },
	[REASON_CONSENT_MISSING]         = { "consent_missing",         "consent_required",           "skip_consent_for_verifiable_first_party_clients" },
	[REASON_USER_DENIED]             = { "user_denied",             "access_denied",              "" },
	[REASON_INTERACTION_EXPIRED]     = { "interaction_expired",     "access_denied",              "" },
	[REASON_LOGIN_LOOP]              = { "login_loop",              "login_required",             "acr_values_supported" },
	[REASON_REDIRECT_LOOP]           = { "redirect_loop",           "invalid_request",            "redirect_loop_limit" },
	[REASON_REQUEST_OBJECT_INVALID]  = { "request_object_invalid",  "invalid_request_object",     "unsigned_request_objects" },
	[REASON_REQUEST_URI_INVALID]     = { "request_uri_invalid",     "invalid_request_uri",        "request_uris" },
	[REASON_REGISTRATION_INVALID]    = { "registration_invalid",    "invalid_client_metadata",    "flags.enable_dynamic_client_registration" },
	[REASON_CLIENT_AUTHENTICATION]   = { "client_authentication",   "invalid_client",             "token_endpoint_auth_method" },
	[REASON_GRANT_NOT_ALLOWED]       = { "grant_not_allowed",       "unauthorized_client",        "grant_types" },
	[REASON_CODE_INVALID]            = { "code_invalid",            "invalid_grant",              "" },
	[REASON_CODE_EXPIRED]            = { "code_expired",            "invalid_grant",              "authorization_code_lifetime" },
	[REASON_CODE_REUSED]             = { "code_reused",             "invalid_grant",              "" },
	[REASON_CODE_MISMATCH]           = { "code_mismatch",           "invalid_grant",              "" },
	[REASON_PKCE_FAILED]             = { "pkce_failed",             "invalid_grant",              "" },
	[REASON_REFRESH_INVALID]         = { "refresh_invalid",         "invalid_grant",              "" },
	[REASON_REFRESH_EXPIRED]         = { "refresh_expired",         "invalid_grant",              "refresh_token.idle_token_lifetime" },
	[REASON_REFRESH_REUSED]          = { "refresh_reused",          "invalid_grant",              "refresh_token.leeway" },
	[REASON_REFRESH_REVOKED]         = { "refresh_revoked",         "invalid_grant",              "" },
	[REASON_SESSION_ENDED]           = { "session_ended",           "invalid_grant",              "refresh_token.outlive_session" },
	[REASON_DEVICE_PENDING]          = { "device_pending",          "authorization_pending",      "" },
	[REASON_DEVICE_TOO_FAST]         = { "device_too_fast",         "slow_down",                  "device_flow.interval" },
	[REASON_DEVICE_EXPIRED]          = { "device_expired",          "expired_token",              "device_flow.lifetime" },
	[REASON_DEVICE_CODE_INVALID]     = { "device_code_invalid",     "invalid_grant",              "" },
	[REASON_TOKEN_INVALID]           = { "token_invalid",           "invalid_token",              "token_lifetime" },
	[REASON_DPOP_PROOF_INVALID]      = { "dpop_proof_invalid",      "invalid_dpop_proof",         "dpop_bound_access_tokens" },
	[REASON_DPOP_NONCE_REQUIRED]     = { "dpop_nonce_required",     "use_dpop_nonce",             "dpop.nonce" },
	[REASON_KEY_MISMATCH]            = { "key_mismatch",            "invalid_grant",              "" },
	[REASON_ENCRYPTION_KEY_MISSING]  = { "encryption_key_missing",  "invalid_request",            "jwks" },
	[REASON_LOGOUT_URL_MISMATCH]     = { "logout_url_mismatch",     "invalid_request",            "allowed_logout_urls" },
	[REASON_TOO_MANY_REQUESTS]       = { "too_many_requests",       "too_many_requests",          "attackProtection" },
	[REASON_TEMPORARILY_UNAVAILABLE] = { "temporarily_unavailable", "temporarily_unavailable",    "threads" },
	[REASON_SERVER_ERROR]            = { "server_error",            "server_error",               "" },
};
/* clang-format on */

const struct reason_row *reason_row(enum reason reason)
{
	assert(reason >= REASON_NONE && reason < REASONS);
	return &reasons[reason];
}

const char *reason_word(enum reason reason)
{
	return reason_row(reason)->word;
}

static struct str text(enum reason reason, struct str locale, const char *part)
{
	char key[64];

	snprintf(key, sizeof(key), "reason.%s.%s", reason_word(reason), part);
	return page_text(locale, key);
}

struct str reason_title(enum reason reason, struct str locale)
{
	return text(reason, locale, "title");
}

struct str reason_happened(enum reason reason, struct str locale)
{
	return text(reason, locale, "happened");
}

struct str reason_remedy(enum reason reason, struct str locale)
{
	return text(reason, locale, "remedy");
}

enum reason reason_from(struct str word)
{
	for (enum reason r = REASON_NONE; r < REASONS; r++)
		if (str_is(word, reasons[r].word))
			return r;
	return REASONS;
}
