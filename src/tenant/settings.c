/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/settings.h"

#include <stddef.h>

#include "base/base64.h"
#include "tenant/account_settings.h"
#include "tenant/device_user_code.h"
#include "tenant/factor_settings.h"
#include "tenant/field.h"
#include "tenant/url_rule.h"

enum {
	HOUR = 3600,
	SESSION_MOST = 8760 * HOUR, /* a year: what Auth0's largest plan allows */
	LOCALES = 3,
	PASSWORD_LEAST = 8, /* NIST SP 800-63B, 5.1.1.2 */
};

static enum err read_cookie_mode(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct settings *s = into;

	if (!str_is(value->str, "persistent") && !str_is(value->str, "non-persistent"))
		return field_refuse(a, ret_why, "session_cookie.mode",
			"must be \"persistent\" or \"non-persistent\"");
	s->session_cookie_persistent = str_is(value->str, "persistent");
	return OK;
}

/* {policies: [all-applications]}, or the list alone, as the Deploy CLI has had both. */
static enum err read_guardian_policies(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct settings *s = into;
	const struct json *list =
		value->type == JSON_MAP ? field_find(value, "policies") : value;

	if (!list)
		return OK;
	if (list->type != JSON_LIST)
		return field_refuse(a, ret_why, "guardianPolicies",
			"must be {policies: [all-applications]} or {policies: []}");
	json_each(policy, list)
	{
		if (!str_is(policy->str, "all-applications"))
			return field_refuse(a, ret_why, "guardianPolicies",
				"knows \"all-applications\" only");
		s->mfa_always = true;
	}
	return OK;
}

/* A host name with an optional port: what may stand in a Host header. */
static bool is_host(struct str s)
{
	struct arena *a = arena_new(256);
	struct str url = arena_printf(a, "https://" STR_FMT "/", STR_ARG(s));
	bool fits = !url_rule_origin(a, url) && str_index(s, '*') < 0;

	arena_free(a);
	return fits;
}

static struct str domain_of(const struct json *item)
{
	return item->type == JSON_MAP ? json_get_str(item, "domain") : item->str;
}

/* [{domain: HOST}] as the Deploy CLI has it, or [HOST]. */
static enum err read_custom_domains(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct settings *s = into;
	struct str *domains;
	size_t n = 0;

	if (value->type != JSON_LIST)
		return field_refuse(a, ret_why, "customDomains", "must be a list of domains");
	domains = arena_array(a, struct str, value->count);
	json_each(item, value)
	{
		if (!is_host(domain_of(item)))
			return field_refuse(a, ret_why, "customDomains",
				"each must be a host name, with a port if it is not the "
				"issuer's");
		domains[n++] = arena_str(a, domain_of(item));
	}
	s->domains = (struct str_list){ domains, n };
	return OK;
}

static enum err read_brute_force_enabled(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct settings *s = into;

	if (value->type != JSON_TRUE_VALUE && value->type != JSON_FALSE_VALUE)
		return field_refuse(a, ret_why, "attackProtection.bruteForceProtection.enabled",
			"must be true or false");
	if (value->type == JSON_FALSE_VALUE)
		s->max_failures = INT64_MAX;
	return OK;
}

static const char *check_digest(struct arena *a, struct str text)
{
	struct str digest;

	return base64url_decode(a, text, &digest) != OK || digest.n != 32
		       ? "must be 32 bytes as base64url"
		       : NULL;
}

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct field fields[] = {
	{ "friendly_name", FIELD_TEXT, AT(friendly_name), .text = "the name that pages show" },
	{ "picture_url", FIELD_TEXT, AT(picture_url), .text = "the picture that pages show in the place of that name, which is read out for it: an https URL, or http on localhost; up to 48 pixels high, on a light ground where the page is dark. Pages that also answer a frame keep the name" },
	{ "support_email", FIELD_TEXT, AT(support_email), .text = "whom a page of ours tells people to write to" },
	{ "support_url", FIELD_TEXT, AT(support_url), .check = url_rule_web, .text = "where a page of ours sends people for help" },
	{ "default_audience", FIELD_TEXT, AT(default_audience), .text = "the API of a request that names none, so that its access token is a JWT" },
	{ "enabled_locales", FIELD_LIST, AT(enabled_locales), .choices = "en pt-BR es", .shown = "`[en, pt-BR, es]`", .text = "languages of the pages; the first is the default" },
	{ "allowed_logout_urls", FIELD_LIST, AT(allowed_logout_urls), .check = url_rule_redirect, .text = "where /v2/logout may go without a client_id" },
	{ "session_lifetime", FIELD_HOURS, AT(session_lifetime), 168 * HOUR, .most = SESSION_MOST, .text = "require log in after; also `session_lifetime_in_minutes`. Lowering acts at once, raising on new sessions" },
	{ "idle_session_lifetime", FIELD_HOURS, AT(idle_session_lifetime), 72 * HOUR, .most = SESSION_MOST, .text = "a session ends when it was not used for so long; also `idle_session_lifetime_in_minutes`; at most `session_lifetime`" },
	{ "ephemeral_session_lifetime", FIELD_HOURS, AT(ephemeral_session_lifetime), 72 * HOUR, .most = SESSION_MOST, .text = "the same for sessions whose cookie ends with the browser; also `ephemeral_session_lifetime_in_minutes`" },
	{ "idle_ephemeral_session_lifetime", FIELD_HOURS, AT(idle_ephemeral_session_lifetime), 24 * HOUR, .most = SESSION_MOST, .text = "the same; also `idle_ephemeral_session_lifetime_in_minutes`" },
	{ .name = "session_cookie.mode", .type = FIELD_OWN, .read = read_cookie_mode, .shown = "`persistent`", .text = "`persistent`: the cookie outlives the browser; `non-persistent`: it does not, and the ephemeral lifetimes count" },
	{ "remember_me", FIELD_FLAG, AT(remember_me), 0, .text = "the sign-in page offers \"remember me\"; unticked makes a browser session" },
	{ "prompts.identifier_first", FIELD_FLAG, AT(identifier_first), 0, .text = "ask for the name first and for the password on a second page (part `prompts`)" },
	{ "id_token_hint_requires_prompt_none", FIELD_FLAG, AT(id_token_hint_requires_prompt_none), 1, .text = "refuse an id_token_hint without prompt=none" },
	{ "scope_claims_in_id_token", FIELD_FLAG, AT(scope_claims_in_id_token), 0, .text = "for all clients what the client's field of that name is for one" },
	{ "s256_only", FIELD_FLAG, AT(s256_only), 0, .text = "refuse code_challenge_method=plain" },
	{ "authorization_response_iss_parameter_supported", FIELD_FLAG, AT(authorization_response_iss), 1, .text = "answer `iss` beside the code (RFC 9207)" },
	{ "sessions.oidc_logout_prompt_enabled", FIELD_FLAG, AT(oidc_logout_prompt_enabled), 1, .text = "/oidc/logout without an id_token_hint asks the person first" },
	{ "unsigned_request_objects", FIELD_FLAG, AT(unsigned_request_objects), 0, .text = "accept request objects with alg none" },
	{ "unsigned_id_tokens", FIELD_FLAG, AT(unsigned_id_tokens), 0, .text = "clients may have id_tokens with alg none, from the token endpoint only; false: such a client gets RS256" },
	{ "flags.enable_dynamic_client_registration", FIELD_FLAG, AT(dynamic_registration), 0, .text = "clients may register themselves at /oidc/register" },
	{ "initial_access_token_digests", FIELD_LIST, AT(initial_access_tokens), .check = check_digest, .text = "who may: bearers of a token with one of these digests (SHA-256 as base64url); none: everybody" },
	{ "outgoing_private_hosts", FIELD_LIST, AT(outgoing_private_hosts), .text = "`host` or `host:port` that may be asked, for a jwks_uri, request_uri or sector_identifier_uri or by a back channel, though its address is of this computer or network" },
	{ "require_pushed_authorization_requests", FIELD_FLAG, AT(require_pushed_requests), 0, .text = "refuse requests that were not pushed to /oauth/par, from every client" },
	{ "dpop.nonce", FIELD_CHOICE, AT(dpop_nonce), 0, .choices = "public always never", .text = "of which clients a DPoP proof must carry our nonce: of those without a secret, of all, of none" },
	{ "signing_key_rotation.every", FIELD_NUMBER, AT(signing_key_rotation), 0, 0, 10 * 8760 * (int64_t)HOUR, .text = "seconds after which a signing key gives way to the next one, which is published until then; a key before stays published until its last token and the longest session have ended. 0: by `tacit key rotate` only" },
	{ "authorization_code_lifetime", FIELD_NUMBER, AT(authorization_code_lifetime), 60, 1, 600, .text = "seconds for which a code is good" },
	{ "refresh_expires_in", FIELD_FLAG, AT(refresh_expires_in), 0, .text = "answers with a refresh token say in `refresh_expires_in` after how many seconds it is good no more if nobody uses it: the earliest of its two ends and, where it lives by a session, of the session's two" },
	{ "redirect_loop_limit", FIELD_NUMBER, AT(redirect_loop_limit), 20, 0, 200, .text = "after so many round trips in a row, at most five seconds apart, from an application's page that sends the browser here by itself and is answered at once, a page says so; 0: it may go round for ever" },
	{ "acr_values_supported", FIELD_LIST, AT(acr_values_supported), .shown = "`[\"1\"]`", .text = "what every sign-in here is good for, in words that the clients know: whoever asks for one in acr_values gets it as `acr`. `1` is the first level of ISO/IEC 29115" },
	{ "device_flow.charset", FIELD_CHOICE, AT(device_flow.digits), 0, .choices = "base20 digits", .text = "what the codes are made of that people type for a device: `base20` (letters that make no words) or `digits`" },
	{ "device_flow.mask", FIELD_TEXT, AT(device_flow.mask), .check = device_user_code_check_mask, .shown = "`****-****`, of digits `***-***-***`", .text = "their shape; at least 8 `*` for letters, 9 for digits" },
	{ "device_flow.lifetime", FIELD_NUMBER, AT(device_flow.lifetime), 900, 1, 3600, .text = "seconds in which a person must have let the device in" },
	{ "device_flow.waiting_most", FIELD_NUMBER, AT(device_flow.waiting_most), 10000, 1, 1000000, .text = "devices that may wait for a person at the same time, whoever they are; one more is refused" },
	{ "device_flow.interval", FIELD_NUMBER, AT(device_flow.interval), 5, 1, 60, .text = "seconds that a device must wait between two questions" },
	{ .name = "guardianPolicies", .type = FIELD_OWN, .read = read_guardian_policies, .shown = "`{policies: []}`", .text = "part of the file: `{policies: [all-applications]}` makes a second factor due always" },
	{ .name = "guardianFactors", .type = FIELD_OWN, .read = factor_settings_read, .shown = "otp, webauthn, recovery-code", .text = "part of the file: `[{name: email, enabled: true}]`; `otp`, `webauthn-roaming`, `webauthn-platform`, `recovery-code`, `email`. One that is off is not set up any more; who has it keeps it, except that codes by e-mail and recovery codes end" },
	{ "email_factor_beside_others", FIELD_FLAG, AT(email_factor_beside_others), 0, .text = "a code by e-mail may stand in for the authenticator app or the key of who has one" },
	{ .name = "customDomains", .type = FIELD_OWN, .read = read_custom_domains, .shown = "`[]`", .text = "part of the file: `[{domain: HOST}]`, further host names under which the tenant is an issuer: one on the site of each app keeps its silent sign-in working where third-party cookies are withheld" },
	{ "attackProtection.bruteForceProtection.max_attempts", FIELD_NUMBER, AT(max_failures), 10, 1, 1000, .text = "failures in a row, by account and address, after which it must wait" },
	{ .name = "attackProtection.bruteForceProtection.enabled", .type = FIELD_OWN, .read = read_brute_force_enabled, .shown = "`true`", .text = "false: failures are not counted" },
	{ "attackProtection.bruteForceProtection.failure_window", FIELD_NUMBER, AT(failure_window), 900, 1, 86400, .text = "seconds for which a failure counts" },
	{ .name = "databases", .type = FIELD_OWN, .read = account_read_databases, .shown = "`[]`", .text = "part of the file: `[{name: …, options: {disable_signup: false, password_complexity_options: {min_length: 8}}}]`; with a database people may sign up, unless it says `disable_signup: true`" },
	{ "flags.enable_public_signup_user_exists_error", FIELD_FLAG, AT(sign_up_tells), 0, .text = "sign-up says when an address has an account, and signs in at once; false: both are answered alike, and a link in a mail makes the account" },
	{ "attackProtection.breachedPasswordDetection.enabled", FIELD_FLAG, AT(breached_passwords), 1, .text = "refuse new passwords that are in the server's list (`--breached-passwords`)" },
	{ .name = "emailProvider", .type = FIELD_OWN, .read = account_read_email_provider, .shown = "`{}`", .text = "part of the file: `{name: smtp, default_from_address: …, credentials: {smtp_host, smtp_port, smtp_user, smtp_pass, smtp_tls}}`; `smtp_tls` is `starttls` (the default), `tls` (the default on port 465) or `none`" },
	{ "attackProtection.requests_per_minute", FIELD_NUMBER, AT(requests_per_minute), 0, 0, 1000000, .text = "for each client, successful requests too; 0: no limit" },

	/* Auth0's (auth0-wire.md, 11.4), so that a file that was exported there is accepted. */
	{ .name = "attackProtection.bruteForceProtection.allowlist", .type = FIELD_KEPT },
	{ .name = "attackProtection.bruteForceProtection.mode", .type = FIELD_KEPT },
	{ .name = "attackProtection.bruteForceProtection.shields", .type = FIELD_KEPT },
	{ .name = "attackProtection.breachedPasswordDetection", .type = FIELD_KEPT },
	{ .name = "attackProtection.suspiciousIpThrottling", .type = FIELD_KEPT },
	{ .name = "attackProtection.botDetection", .type = FIELD_KEPT },
	{ .name = "attackProtection.captcha", .type = FIELD_KEPT },
	{ .name = "prompts.universal_login_experience", .type = FIELD_KEPT },
	{ .name = "prompts.webauthn_platform_first_factor", .type = FIELD_KEPT },
	{ .name = "prompts.customText", .type = FIELD_KEPT },
	{ .name = "prompts.partials", .type = FIELD_KEPT },
	{ .name = "prompts.screenRenderers", .type = FIELD_KEPT },
	{ .name = "skip_non_verifiable_callback_uri_confirmation_prompt", .type = FIELD_KEPT },
	{ .name = "allow_organization_name_in_authentication_api", .type = FIELD_KEPT },
	{ .name = "change_password", .type = FIELD_KEPT },
	{ .name = "client_id_metadata_document_supported", .type = FIELD_KEPT },
	{ .name = "customize_mfa_in_postlogin_action", .type = FIELD_KEPT },
	{ .name = "default_directory", .type = FIELD_KEPT },
	{ .name = "default_redirection_uri", .type = FIELD_KEPT },
	{ .name = "default_token_quota", .type = FIELD_KEPT },
	{ .name = "dynamic_client_registration_security_mode", .type = FIELD_KEPT },
	{ .name = "error_page", .type = FIELD_KEPT },
	{ .name = "flags", .type = FIELD_KEPT },
	{ .name = "guardian_mfa_page", .type = FIELD_KEPT },
	{ .name = "idp_session_expiry", .type = FIELD_KEPT },
	{ .name = "mtls", .type = FIELD_KEPT },
	{ .name = "oidc_logout", .type = FIELD_KEPT },
	{ .name = "pushed_authorization_requests_supported", .type = FIELD_KEPT },
	{ .name = "resource_parameter_profile", .type = FIELD_KEPT },
	{ .name = "sandbox_version", .type = FIELD_KEPT },
	{ .name = "sandbox_versions_available", .type = FIELD_KEPT },
	{ .name = "security_headers", .type = FIELD_KEPT },
	{ .name = "universal_login", .type = FIELD_KEPT },
};
/* clang-format on */

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

static enum err check_lifetimes(struct arena *a, const struct settings *s, struct str *ret_why)
{
	if (s->idle_session_lifetime > s->session_lifetime)
		return field_refuse(a, ret_why, "idle_session_lifetime",
			"must be at most session_lifetime (%lld minutes), and is %lld",
			(long long)(s->session_lifetime / 60),
			(long long)(s->idle_session_lifetime / 60));
	if (s->idle_ephemeral_session_lifetime > s->ephemeral_session_lifetime)
		return field_refuse(a, ret_why, "idle_ephemeral_session_lifetime",
			"must be at most ephemeral_session_lifetime (%lld minutes), and is "
			"%lld",
			(long long)(s->ephemeral_session_lifetime / 60),
			(long long)(s->idle_ephemeral_session_lifetime / 60));
	return OK;
}

static enum err check_device_flow(
	struct arena *a, const struct json *document, struct settings *s, struct str *ret_why)
{
	if (s->device_flow.digits && !field_find(document, "device_flow.mask"))
		s->device_flow.mask = S("***-***-***");
	if (!device_user_code_is_long_enough(s->device_flow.mask, s->device_flow.digits != 0))
		return field_refuse(a, ret_why, "device_flow.mask",
			"must have at least 8 * for letters, 9 for digits");
	return OK;
}

/* A lifetime alone below the default idle time draws the idle time along: who writes
 * session_lifetime: 24 has said what he wants. */
static void draw_idle_along(const struct json *document, const char *idle_hours,
	const char *idle_minutes, int64_t lifetime, int64_t *idle)
{
	if (!field_find(document, idle_hours) && !field_find(document, idle_minutes) &&
		*idle > lifetime)
		*idle = lifetime;
}

enum err settings_read(
	struct arena *a, const struct json *document, struct settings *ret, struct str *ret_why)
{
	static const struct str locales[LOCALES] = { STR_LIT("en"), STR_LIT("pt-BR"),
		STR_LIT("es") };
	/* OpenID Connect Core 1.0, 2: "0" is what does not even meet level 1. */
	static const struct str levels[] = { STR_LIT("1") };
	struct settings s = { .session_cookie_persistent = true,
		.password_least = PASSWORD_LEAST,
		.factors = FACTORS_BY_DEFAULT,
		.enabled_locales = { locales, LOCALES },
		.device_flow.mask = S("****-****"),
		.acr_values_supported = { levels, 1 } };
	enum err e;

	fields_default(fields, FIELDS, &s);
	e = fields_read(a, fields, FIELDS, document, &s, ret_why);
	if (e)
		return e;
	draw_idle_along(document, "idle_session_lifetime", "idle_session_lifetime_in_minutes",
		s.session_lifetime, &s.idle_session_lifetime);
	draw_idle_along(document, "idle_ephemeral_session_lifetime",
		"idle_ephemeral_session_lifetime_in_minutes", s.ephemeral_session_lifetime,
		&s.idle_ephemeral_session_lifetime);
	e = check_lifetimes(a, &s, ret_why);
	if (!e)
		e = check_device_flow(a, document, &s, ret_why);
	if (e)
		return e;
	if (s.enabled_locales.count == 0)
		s.enabled_locales = (struct str_list){ locales, LOCALES };
	*ret = s;
	return OK;
}

struct str settings_markdown(struct arena *a)
{
	struct buf b = buf_new(a, 16 * 1024);

	buf_add(&b, S("# Settings\n\n"
		      "Printed from the tables in `src/tenant/` by `tacit version --settings`; "
		      "not edited.\n\n"
		      "## The tenant\n\n"
		      "The part `tenant` of the tenant file, and the parts that are named "
		      "below.\n\n"));
	fields_markdown(&b, fields, FIELDS);
	client_markdown(&b);
	resource_server_markdown(&b);
	return buf_str(&b);
}

struct str str_list_words(struct arena *a, struct str_list words)
{
	struct buf b = buf_new(a, 32);

	for (size_t i = 0; i < words.count; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		buf_add(&b, words.list[i]);
	}
	return buf_str(&b);
}
