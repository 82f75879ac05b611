/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client.h"

#include <stddef.h>
#include <string.h>

#include "base/base64.h"
#include "tenant/client_certificate.h"
#include "tenant/client_encryption.h"
#include "tenant/client_exchange.h"
#include "tenant/client_keys.h"
#include "tenant/client_logout.h"
#include "tenant/client_sector.h"
#include "tenant/field.h"
#include "tenant/url_rule.h"

enum {
	DAY = 86400,
	SECONDS_MOST = 10 * 365 * DAY,
	REFRESH_LIFETIME = 30 * DAY,      /* Auth0's numbers for a new client */
	REFRESH_IDLE_LIFETIME = 15 * DAY, /* … */
	MAC_SIZE = 32,
};

/* What the document says, before one field's default depends on another's value. */
struct draft {
	struct client client;
	struct str client_id;
	struct str secret_mac;
	struct str initiate_login_uri;
	struct str_list grant_types;
	struct str_list backchannel_logout_urls;
	struct str tls_names[CERTIFICATE_NAMES];
	struct str assertion_alg;
	int subject_type; /* as in subject_types */
	int auth_method;  /* as in auth_methods, 0: not given */
	int rotation;     /* 0: not given */
	int expiration;   /* 0: not given */
	bool infinite_lifetime;
	bool infinite_idle_lifetime;
	bool outlive_session_given;
};

static const struct {
	const char *name;
	enum grant_bit bit;
} grants[] = {
	{ "authorization_code", GRANT_AUTHORIZATION_CODE },
	{ "implicit", GRANT_IMPLICIT },
	{ "refresh_token", GRANT_REFRESH_TOKEN },
	{ "client_credentials", GRANT_CLIENT_CREDENTIALS },
	{ "device_code", GRANT_DEVICE_CODE },
	{ "urn:ietf:params:oauth:grant-type:device_code", GRANT_DEVICE_CODE },
	{ "token_exchange", GRANT_TOKEN_EXCHANGE },
	{ "urn:ietf:params:oauth:grant-type:token-exchange", GRANT_TOKEN_EXCHANGE },
	{ "password", GRANT_PASSWORD },
	{ "http://auth0.com/oauth/grant-type/password-realm", GRANT_PASSWORD },
	{ "http://auth0.com/oauth/grant-type/mfa-otp", GRANT_MFA },
	{ "http://auth0.com/oauth/grant-type/mfa-oob", GRANT_MFA },
	{ "http://auth0.com/oauth/grant-type/mfa-recovery-code", GRANT_MFA },
};

/* Known to Auth0, and without an endpoint here: accepted, grants nothing. */
static const char *const idle_grants[] = {
	"http://auth0.com/oauth/legacy/grant-type/ro",
	"http://auth0.com/oauth/legacy/grant-type/ro/jwt-bearer",
	"http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token",
	"http://auth0.com/oauth/legacy/grant-type/delegation/id_token",
	"http://auth0.com/oauth/legacy/grant-type/access_token",
	"http://auth0.com/oauth/grant-type/passwordless/otp",
	"urn:openid:params:grant-type:ciba",
};

static unsigned grant_bit_of(struct str name)
{
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++)
		if (str_is(name, grants[i].name))
			return grants[i].bit;
	return 0;
}

static const char *check_grant_type(struct arena *a, struct str name)
{
	(void)a;
	for (size_t i = 0; i < sizeof(idle_grants) / sizeof(idle_grants[0]); i++)
		if (str_is(name, idle_grants[i]))
			return NULL;
	return grant_bit_of(name) ? NULL : "is not a grant type";
}

static const char *check_client_id(struct arena *a, struct str id)
{
	(void)a;
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] <= ' ' || id.p[i] > '~')
			return "must be printable ASCII without blanks";
	return id.n > 255 ? "must be at most 255 bytes" : NULL;
}

static const char *check_mac(struct arena *a, struct str text)
{
	struct str mac;

	return base64url_decode(a, text, &mac) || mac.n != MAC_SIZE
		       ? "must be 32 bytes as base64url"
		       : NULL;
}

static enum err read_initiate_login(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;
	const char *must = value->type == JSON_STR ? NULL : "must be a string";

	if (!must && value->str.n)
		must = url_rule_web(a, value->str);
	if (must)
		return field_refuse(a, ret_why, "initiate_login_uri", "%s", must);
	d->initiate_login_uri = arena_str(a, value->str);
	return OK;
}

static enum err read_max_age(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;

	if (value->type != JSON_INT || value->integer < 0)
		return field_refuse(
			a, ret_why, "default_max_age", "must be a whole number from 0");
	d->client.default_max_age = value->integer;
	return OK;
}

static enum err read_outlive(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;

	if (value->type != JSON_TRUE_VALUE && value->type != JSON_FALSE_VALUE)
		return field_refuse(
			a, ret_why, "refresh_token.outlive_session", "must be true or false");
	d->outlive_session_given = true;
	d->client.refresh.outlive_session = value->type == JSON_TRUE_VALUE;
	return OK;
}

static enum err read_jwks(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;

	return client_keys_from_jwks(a, value, &d->client.jwks, ret_why);
}

/* Auth0's other way to say token_endpoint_auth_method, which is null there then. */
static enum err read_methods(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	static const struct {
		const char *name;
		enum auth_method method;
	} methods[] = { { "private_key_jwt", AUTH_PRIVATE_KEY_JWT },
		{ "tls_client_auth", AUTH_TLS },
		{ "self_signed_tls_client_auth", AUTH_SELF_SIGNED_TLS } };
	struct draft *d = into;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (d->auth_method == 0 && field_find(value, methods[i].name))
			d->auth_method = (int)methods[i].method + 1;
	return client_keys_from_credentials(a, value, &d->client.jwks, ret_why);
}

static enum err read_exchange_targets(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;

	return client_exchange_targets(a, value, &d->client, ret_why);
}

#define AT(member) offsetof(struct draft, member)
#define IN(member) offsetof(struct draft, client.member)

/* In the order of enum app_type; all from APP_OTHER on are that. */
static const char app_types[] = "regular_web spa native non_interactive resource_server "
				"sso_integration express_configuration";
/* In the order of enum auth_method. "?" in a row of choices means not given. */
static const char auth_methods[] = "? none client_secret_basic client_secret_post "
				   "client_secret_jwt private_key_jwt tls_client_auth "
				   "self_signed_tls_client_auth";
/* In the order of enum jwe_alg and jwe_enc. */
static const char jwe_algs[] = "? RSA-OAEP RSA-OAEP-256 ECDH-ES ECDH-ES+A128KW ECDH-ES+A256KW";
static const char jwe_encs[] = "? A128CBC-HS256 A256CBC-HS512 A128GCM A256GCM";
static const char subject_types[] = "public pairwise";
static const char algs[] = "RS256 ES256 PS256 EdDSA HS256 none";
static const enum jws_alg alg_values[] = { JWS_RS256, JWS_ES256, JWS_PS256, JWS_EDDSA,
	JWS_HS256, JWS_NONE };
enum { WITHOUT_NONE = 5, WITH_NONE = 6 }; /* how many of them */

static enum err read_alg(struct arena *a, const struct json *value, const char *name,
	size_t choices, enum jws_alg *ret, struct str *ret_why)
{
	struct str rest = str_from(algs);
	struct str word;

	for (size_t i = 0; str_split(&rest, ' ', &word) && i < choices; i++)
		if (str_eq(word, value->str)) {
			*ret = alg_values[i];
			return OK;
		}
	return field_refuse(a, ret_why, name, "must be one of: RS256 ES256 PS256 EdDSA HS256%s",
		choices == WITH_NONE ? " none" : "");
}

static enum err read_id_token_alg(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;

	return read_alg(
		a, value, "jwt_configuration.alg", WITH_NONE, &d->client.id_token_alg, ret_why);
}

static enum err read_userinfo_alg(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;

	return read_alg(a, value, "userinfo_signed_response_alg", WITHOUT_NONE,
		&d->client.userinfo_alg, ret_why);
}

static enum err read_introspection_alg(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;

	return read_alg(a, value, "introspection_signed_response_alg", WITHOUT_NONE,
		&d->client.introspection_alg, ret_why);
}

static enum err read_request_object_alg(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;

	return read_alg(a, value, "request_object_signing_alg", WITH_NONE,
		&d->client.request_object_alg, ret_why);
}

/* clang-format off */
static const struct field fields[] = {
	{ "client_id", FIELD_TEXT, IN(client_id), .check = check_client_id, .shown = "made", .text = "its public name" },
	{ "name", FIELD_TEXT, IN(name), .text = "what people are shown" },
	{ "enabled", FIELD_FLAG, IN(enabled), 1, .text = "false: it is treated as if there were no such client" },
	{ "is_first_party", FIELD_FLAG, IN(is_first_party), 1, .text = "false: people are asked for consent" },
	{ "app_type", FIELD_CHOICE, IN(app_type), 0, .choices = app_types, .text = "what kind of program it is; other defaults follow from it" },
	{ "token_endpoint_auth_method", FIELD_CHOICE, AT(auth_method), 0, .choices = auth_methods, .shown = "`none` for `spa` and `native`, else `client_secret_basic`", .text = "how it proves itself at the token endpoint" },
	{ "token_endpoint_auth_signing_alg", FIELD_TEXT, AT(assertion_alg), .check = client_keys_check_alg, .shown = "any of its method", .text = "the one algorithm of its assertions" },
	{ "client_secret", FIELD_TEXT, IN(secret), .text = "kept as a digest, except where HS256 or client_secret_jwt needs it (then sealed)" },
	{ "client_secret_mac", FIELD_TEXT, AT(secret_mac), .check = check_mac, .text = "that digest, as an export with --secrets writes it" },
	{ "callbacks", FIELD_LIST, IN(callbacks), .check = url_rule_redirect, .text = "redirect URIs, compared byte for byte; `*` may be the whole left-most label of the host" },
	{ "web_origins", FIELD_LIST, IN(web_origins), .check = url_rule_origin, .text = "origins that may ask silently (web_message) and call the token endpoint" },
	{ "allowed_origins", FIELD_LIST, IN(allowed_origins), .check = url_rule_origin, .text = "further origins that may call the token endpoint" },
	{ "allowed_logout_urls", FIELD_LIST, IN(allowed_logout_urls), .check = url_rule_redirect, .text = "where a log-out may go" },
	{ "backchannel_logout_uri", FIELD_TEXT, IN(backchannel_logout_uri), .check = url_rule_https, .text = "told of the end of each session in which it was served, with `sub` and `sid`" },
	{ .name = "backchannel_logout_session_required", .type = FIELD_KEPT },
	{ "oidc_logout.backchannel_logout_urls", FIELD_LIST, AT(backchannel_logout_urls), .check = url_rule_https, .text = "the same as `backchannel_logout_uri`, which comes first; one at most" },
	{ .name = "oidc_logout.backchannel_logout_initiators", .type = FIELD_KEPT },
	{ .name = "oidc_logout.backchannel_logout_session_metadata", .type = FIELD_KEPT },
	{ "frontchannel_logout_uri", FIELD_TEXT, IN(frontchannel_logout_uri), .check = url_rule_frame, .text = "loaded in a frame, with `iss` and `sid`, when a session in which it was served ends in its browser; on the origin of a callback" },
	{ .name = "frontchannel_logout_session_required", .type = FIELD_KEPT },
	{ "grant_types", FIELD_LIST, AT(grant_types), .check = check_grant_type, .shown = "authorization_code, implicit, refresh_token, and client_credentials unless it is public", .text = "what it may ask the token endpoint for" },
	{ .name = "initiate_login_uri", .type = FIELD_OWN, .read = read_initiate_login, .shown = "–", .text = "where its sign-in begins (OpenID Connect Core 1.0, 4); kept and told, no page leads there so far" },
	{ .name = "jwt_configuration.alg", .type = FIELD_OWN, .read = read_id_token_alg, .shown = "`RS256`", .text = "signs its id_tokens: RS256, ES256, PS256, EdDSA or HS256; none where the tenant has unsigned_id_tokens" },
	{ "jwt_configuration.lifetime_in_seconds", FIELD_NUMBER, IN(id_token_lifetime), 36000, 1, SECONDS_MOST, .text = "how long an id_token is good" },
	{ .name = "userinfo_signed_response_alg", .type = FIELD_OWN, .read = read_userinfo_alg, .shown = "plain JSON", .text = "sign the answers of /userinfo" },
	{ .name = "introspection_signed_response_alg", .type = FIELD_OWN, .read = read_introspection_alg, .shown = "`RS256`", .text = "signs the answers of /oauth/introspect that it asks for as a JWT" },
	{ "id_token_encrypted_response_alg", FIELD_CHOICE, IN(id_token_encryption.alg), 0, .choices = jwe_algs, .shown = "–", .text = "encrypt its id_tokens, to a key of jwks or jwks_uri" },
	{ "id_token_encrypted_response_enc", FIELD_CHOICE, IN(id_token_encryption.enc), 0, .choices = jwe_encs, .shown = "`A128CBC-HS256` with an alg", .text = "the cipher for it" },
	{ "userinfo_encrypted_response_alg", FIELD_CHOICE, IN(userinfo_encryption.alg), 0, .choices = jwe_algs, .shown = "–", .text = "encrypt the answers of /userinfo" },
	{ "userinfo_encrypted_response_enc", FIELD_CHOICE, IN(userinfo_encryption.enc), 0, .choices = jwe_encs, .shown = "`A128CBC-HS256` with an alg", .text = "the cipher for it" },
	{ "introspection_encrypted_response_alg", FIELD_CHOICE, IN(introspection_encryption.alg), 0, .choices = jwe_algs, .shown = "–", .text = "encrypt the answers of /oauth/introspect that are a JWT" },
	{ "introspection_encrypted_response_enc", FIELD_CHOICE, IN(introspection_encryption.enc), 0, .choices = jwe_encs, .shown = "`A128CBC-HS256` with an alg", .text = "the cipher for it" },
	{ "request_object_encryption_alg", FIELD_CHOICE, IN(request_object_encryption.alg), 0, .choices = jwe_algs, .shown = "–", .text = "what it may encrypt its request objects with" },
	{ "request_object_encryption_enc", FIELD_CHOICE, IN(request_object_encryption.enc), 0, .choices = jwe_encs, .shown = "`A128CBC-HS256` with an alg", .text = "the cipher for it" },
	{ "require_pkce", FIELD_FLAG, IN(require_pkce), 0, .text = "refuse a request without code_challenge" },
	{ "require_pushed_authorization_requests", FIELD_FLAG, IN(require_pushed_request), 0, .text = "refuse a request that was not pushed to /oauth/par" },
	{ "par_request_expiry", FIELD_NUMBER, IN(pushed_request_lifetime), 30, 1, 600, .text = "seconds for which a pushed request is good" },
	{ "signed_request_object.required", FIELD_FLAG, IN(require_signed_request), 0, .text = "refuse a request without a signed request object; its parameters alone count then" },
	{ .name = "request_object_signing_alg", .type = FIELD_OWN, .read = read_request_object_alg, .shown = "any that its keys allow", .text = "the one algorithm of its request objects: RS256, ES256, PS256, EdDSA, HS256 or none" },
	{ "dpop_bound_access_tokens", FIELD_FLAG, IN(dpop_bound), 0, .text = "give no token without a DPoP proof (RFC 9449)" },
	{ "scope_claims_in_id_token", FIELD_FLAG, IN(scope_claims_in_id_token), 0, .text = "put the claims of `profile`, `email`, `address` and `phone` into each id_token, as Auth0 does, not only at /userinfo" },
	{ "tls_client_certificate_bound_access_tokens", FIELD_FLAG, IN(certificate_bound), 0, .text = "bind its access tokens to the certificate of the connection (RFC 8705), and give none without" },
	{ "require_proof_of_possession", FIELD_FLAG, IN(require_possession), 0, .text = "give no token without one of the two: a DPoP proof, or a certificate" },
	{ "tls_client_auth_subject_dn", FIELD_TEXT, AT(tls_names[CERTIFICATE_SUBJECT_DN]), .check = client_check_subject_dn, .text = "for `tls_client_auth`, exactly one of these five: the subject of its certificate (RFC 4514)" },
	{ "tls_client_auth_san_dns", FIELD_TEXT, AT(tls_names[CERTIFICATE_SAN_DNS]), .check = client_check_san_dns, .text = "… or a DNS name in it" },
	{ "tls_client_auth_san_uri", FIELD_TEXT, AT(tls_names[CERTIFICATE_SAN_URI]), .check = client_check_san_uri, .text = "… or a URI in it" },
	{ "tls_client_auth_san_ip", FIELD_TEXT, AT(tls_names[CERTIFICATE_SAN_IP]), .check = client_check_san_ip, .text = "… or an IP address in it" },
	{ "tls_client_auth_san_email", FIELD_TEXT, AT(tls_names[CERTIFICATE_SAN_EMAIL]), .check = client_check_san_email, .text = "… or an e-mail address in it" },
	{ "require_auth_time", FIELD_FLAG, IN(require_auth_time), 0, .text = "put auth_time into each id_token" },
	{ .name = "default_max_age", .type = FIELD_OWN, .read = read_max_age, .shown = "–", .text = "max_age of a request that has none, in seconds" },
	{ "default_acr_values", FIELD_LIST, IN(default_acr_values), .text = "acr_values of a request that has none" },
	{ "revoke_on_logout", FIELD_FLAG, IN(revoke_on_logout), 0, .text = "a log-out ends offline refresh tokens too" },
	{ "refresh_token.rotation_type", FIELD_CHOICE, AT(rotation), 0, .choices = "? rotating non-rotating", .shown = "`rotating`", .text = "rotating or non-rotating" },
	{ "refresh_token.expiration_type", FIELD_CHOICE, AT(expiration), 0, .choices = "? expiring non-expiring", .shown = "`expiring`", .text = "expiring or non-expiring" },
	{ "refresh_token.leeway", FIELD_NUMBER, IN(refresh.leeway), 30, 0, DAY, .text = "seconds in which the token before yields the same successor, so that tabs may race" },
	{ "refresh_token.token_lifetime", FIELD_NUMBER, IN(refresh.lifetime), REFRESH_LIFETIME, 1, SECONDS_MOST, .text = "seconds from the first token of the family" },
	{ "refresh_token.idle_token_lifetime", FIELD_NUMBER, IN(refresh.idle_lifetime), REFRESH_IDLE_LIFETIME, 1, SECONDS_MOST, .text = "seconds from its last use" },
	{ "refresh_token.infinite_token_lifetime", FIELD_FLAG, AT(infinite_lifetime), 0, .text = "no absolute end" },
	{ "refresh_token.infinite_idle_token_lifetime", FIELD_FLAG, AT(infinite_idle_lifetime), 0, .text = "no end for not being used" },
	{ .name = "refresh_token.outlive_session", .type = FIELD_OWN, .read = read_outlive, .shown = "`false` for `spa`, else `true`", .text = "offline tokens live on when the session ends" },
	{ "refresh_token.revoke_on_logout", FIELD_FLAG, IN(revoke_on_logout), 0, .text = "the same as `revoke_on_logout`" },
	{ "token_exchange.subject_clients", FIELD_LIST, IN(exchange.subject_clients), .text = "clients whose tokens it may exchange, beside its own" },
	{ "token_exchange.subject_audiences", FIELD_LIST, IN(exchange.subject_audiences), .text = "APIs that it stands for: access tokens for them it may exchange, whichever client they were given to" },
	{ .name = "token_exchange.targets", .type = FIELD_OWN, .read = read_exchange_targets, .shown = "`[]`", .text = "`[{audience, scope: [...]}]`: what it may exchange them for, and the most it may have there" },
	{ "token_exchange.impersonation", FIELD_FLAG, IN(exchange.impersonation), 0, .text = "without an actor_token, leave out who acts (`act`): the API cannot tell it from the person" },
	{ .name = "jwks", .type = FIELD_OWN, .read = read_jwks, .shown = "–", .text = "its public keys" },
	{ .name = "client_authentication_methods", .type = FIELD_OWN, .read = read_methods, .shown = "–", .text = "`{private_key_jwt: {credentials: [{pem, alg, kid}]}}`: the same as token_endpoint_auth_method and jwks" },
	{ "jwks_uri", FIELD_TEXT, IN(jwks_uri), .check = url_rule_web, .text = "where its public keys are" },
	{ "subject_type", FIELD_CHOICE, AT(subject_type), 0, .choices = subject_types, .text = "`pairwise`: it knows people by a `sub` that clients of other sectors do not see" },
	{ "sector_identifier_uri", FIELD_TEXT, IN(sector_identifier_uri), .check = url_rule_https, .text = "its host is the sector; needed where callbacks of a pairwise client are on several hosts" },
	{ "request_uris", FIELD_LIST, IN(request_uris), .check = url_rule_https_fragment, .text = "from where its request objects may be fetched; a fragment may stand for what is there" },
	{ "logo_uri", FIELD_TEXT, IN(logo_uri), .check = url_rule_web, .text = "its picture on our pages" },
	{ "policy_uri", FIELD_TEXT, IN(policy_uri), .check = url_rule_web, .text = "its privacy policy, shown where consent is asked" },
	{ "tos_uri", FIELD_TEXT, IN(tos_uri), .check = url_rule_web, .text = "its terms, shown where consent is asked" },

	/* Auth0's (auth0-wire.md, 11.4), so that a file that was exported there is accepted. */
	{ .name = "addons", .type = FIELD_KEPT },
	{ .name = "allowed_clients", .type = FIELD_KEPT },
	{ .name = "async_approval_notification_channels", .type = FIELD_KEPT },
	{ .name = "callback_url_template", .type = FIELD_KEPT },
	{ .name = "client_aliases", .type = FIELD_KEPT },
	{ .name = "client_metadata", .type = FIELD_KEPT },
	{ .name = "client_secret_sealed", .type = FIELD_KEPT },
	{ .name = "compliance_level", .type = FIELD_KEPT },
	{ .name = "created_at", .type = FIELD_KEPT },
	{ .name = "cross_origin_auth", .type = FIELD_KEPT },
	{ .name = "cross_origin_authentication", .type = FIELD_KEPT },
	{ .name = "cross_origin_loc", .type = FIELD_KEPT },
	{ .name = "custom_login_page", .type = FIELD_KEPT },
	{ .name = "custom_login_page_on", .type = FIELD_KEPT },
	{ .name = "custom_login_page_preview", .type = FIELD_KEPT },
	{ .name = "default_organization", .type = FIELD_KEPT },
	{ .name = "description", .type = FIELD_KEPT },
	{ .name = "encrypted", .type = FIELD_KEPT },
	{ .name = "encryption_key", .type = FIELD_KEPT },
	{ .name = "express_configuration", .type = FIELD_KEPT },
	{ .name = "form_template", .type = FIELD_KEPT },
	{ .name = "global", .type = FIELD_KEPT },
	{ .name = "is_token_endpoint_ip_header_trusted", .type = FIELD_KEPT },
	{ .name = "jwt_configuration.scopes", .type = FIELD_KEPT },
	{ .name = "jwt_configuration.secret_encoded", .type = FIELD_KEPT },
	{ .name = "mobile", .type = FIELD_KEPT },
	{ .name = "native_social_login", .type = FIELD_KEPT },
	{ .name = "oidc_backchannel_logout", .type = FIELD_KEPT },
	{ .name = "oidc_conformant", .type = FIELD_KEPT },
	{ .name = "organization_discovery_methods", .type = FIELD_KEPT },
	{ .name = "organization_require_behavior", .type = FIELD_KEPT },
	{ .name = "organization_usage", .type = FIELD_KEPT },
	{ .name = "redirection_policy", .type = FIELD_KEPT },
	{ .name = "refresh_token.policies", .type = FIELD_KEPT },
	{ .name = "registration", .type = FIELD_KEPT },
	{ .name = "resource_server_identifier", .type = FIELD_KEPT },
	{ .name = "session_transfer", .type = FIELD_KEPT },
	{ .name = "signed_request_object.credentials", .type = FIELD_KEPT },
	{ .name = "signing_keys", .type = FIELD_KEPT },
	{ .name = "skip_non_verifiable_callback_uri_confirmation", .type = FIELD_KEPT },
	{ .name = "skip_non_verifiable_callback_uri_confirmation_prompt", .type = FIELD_KEPT },
	{ .name = "sso", .type = FIELD_KEPT },
	{ .name = "sso_disabled", .type = FIELD_KEPT },
	{ .name = "tenant", .type = FIELD_KEPT },
	{ .name = "third_party_security_mode", .type = FIELD_KEPT },
	{ .name = "token_exchange.allow_any_profile_of_type", .type = FIELD_KEPT },
	{ .name = "token_quota", .type = FIELD_KEPT },
	{ .name = "updated_at", .type = FIELD_KEPT },
};
/* clang-format on */

enum { FIELDS = sizeof(fields) / sizeof(fields[0]), NON_ROTATING = 2, NON_EXPIRING = 2 };

static enum auth_method default_auth_method(enum app_type type)
{
	return type == APP_SPA || type == APP_NATIVE ? AUTH_NONE : AUTH_SECRET_BASIC;
}

static unsigned default_grant_types(enum auth_method method)
{
	unsigned common = GRANT_AUTHORIZATION_CODE | GRANT_IMPLICIT | GRANT_REFRESH_TOKEN;

	return method == AUTH_NONE ? common : common | GRANT_CLIENT_CREDENTIALS;
}

static unsigned grant_bits(struct str_list names)
{
	unsigned bits = 0;

	for (size_t i = 0; i < names.count; i++)
		bits |= grant_bit_of(names.list[i]);
	return bits;
}

/* An origin is compared as browsers write it: lower case, no default port, no slash. */
static struct str_list normal_origins(struct arena *a, struct str_list written)
{
	struct str *origins = arena_array(a, struct str, written.count);

	for (size_t i = 0; i < written.count; i++)
		origins[i] = url_rule_origin_of(a, written.list[i]);
	return (struct str_list){ origins, written.count };
}

static void finish_refresh(struct draft *d)
{
	struct client *c = &d->client;
	bool expiring = d->expiration != NON_EXPIRING;

	c->refresh.rotating = d->rotation != NON_ROTATING;
	if (!expiring || d->infinite_lifetime)
		c->refresh.lifetime = 0;
	if (!expiring || d->infinite_idle_lifetime)
		c->refresh.idle_lifetime = 0;
	if (!d->outlive_session_given)
		c->refresh.outlive_session = c->app_type != APP_SPA;
}

bool client_needs_secret(const struct client *c)
{
	return c->id_token_alg == JWS_HS256 || c->userinfo_alg == JWS_HS256 ||
	       c->introspection_alg == JWS_HS256 || c->request_object_alg == JWS_HS256 ||
	       c->auth_method == AUTH_SECRET_JWT;
}

static void finish(struct arena *a, const struct json *body, struct draft *d)
{
	struct client *c = &d->client;

	if (c->app_type > APP_OTHER)
		c->app_type = APP_OTHER;
	c->auth_method = d->auth_method ? (enum auth_method)(d->auth_method - 1)
					: default_auth_method(c->app_type);
	if (d->assertion_alg.n > 0)
		c->assertion_alg = jws_alg_from(d->assertion_alg);
	c->grant_types = field_find(body, "grant_types") ? grant_bits(d->grant_types)
							 : default_grant_types(c->auth_method);
	c->pairwise = d->subject_type != 0;
	if (c->name.n == 0)
		c->name = c->client_id;
	c->web_origins = normal_origins(a, c->web_origins);
	c->allowed_origins = normal_origins(a, c->allowed_origins);
	if (d->initiate_login_uri.n) {
		struct str *uri = arena_new_of(a, struct str);

		*uri = d->initiate_login_uri;
		c->initiate_login_uris = (struct str_list){ uri, 1 };
	}
	if (d->secret_mac.n && base64url_decode(a, d->secret_mac, &c->secret_mac))
		c->secret_mac = (struct str){ 0 };
	if (!client_needs_secret(c))
		c->secret = (struct str){ 0 };
	finish_refresh(d);
}

enum err client_read(struct arena *a, struct str document, const struct json *body,
	struct client *ret, struct str *ret_why)
{
	struct draft d = { .client = { .document = document,
				   .id_token_alg = JWS_RS256,
				   .userinfo_alg = JWS_UNKNOWN,
				   .introspection_alg = JWS_RS256,
				   .request_object_alg = JWS_UNKNOWN,
				   .default_max_age = -1 } };
	enum err e;

	fields_default(fields, FIELDS, &d);
	e = fields_read(a, fields, FIELDS, body, &d, ret_why);
	if (e)
		return e;
	if (d.client.client_id.n == 0)
		return field_refuse(a, ret_why, "client_id", "must be given");
	finish(a, body, &d);
	e = client_encryption_read(a, &d.client, ret_why);
	if (!e)
		e = client_sector_read(a, &d.client, ret_why);
	if (!e)
		e = client_logout_read(a, &d.client, d.backchannel_logout_urls, ret_why);
	if (!e)
		e = client_certificate_choose(a, d.tls_names, &d.client, ret_why);
	if (e)
		return e;
	*ret = d.client;
	return OK;
}

void client_markdown(struct buf *b)
{
	buf_add(b, S("\n## Clients\n\nItems of the part `clients`.\n\n"));
	fields_markdown(b, fields, FIELDS);
}
