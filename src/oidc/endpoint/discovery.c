/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/discovery.h"

#include "oidc/client/dpop_proof.h"
#include "oidc/client/mutual_tls.h"
#include "oidc/cors_oidc.h"
#include "tenant/provider.h"
#include "json/json_writer.h"

#define JWE_ALGS_TEXT "RSA-OAEP RSA-OAEP-256 ECDH-ES ECDH-ES+A128KW ECDH-ES+A256KW"
#define JWE_ENCS_TEXT "A128CBC-HS256 A256CBC-HS512 A128GCM A256GCM"

/* clang-format off */
static const struct {
	const char *name;
	const char *path;
} endpoints[] = {
	{ "authorization_endpoint", "authorize" },
	{ "token_endpoint",         "oauth/token" },
	{ "userinfo_endpoint",      "userinfo" },
	{ "jwks_uri",               ".well-known/jwks.json" },
	{ "device_authorization_endpoint", "oauth/device/code" },
	{ "pushed_authorization_request_endpoint", "oauth/par" },
	{ "revocation_endpoint",    "oauth/revoke" },
	{ "introspection_endpoint", "oauth/introspect" },
	{ "end_session_endpoint",   "oidc/logout" },
	{ "check_session_iframe",   "oidc/check_session" },
};

static const struct {
	const char *name;
	const char *words; /* space separated */
} lists[] = {
	{ "scopes_supported", "openid profile email address phone offline_access online_access" },
	{ "response_modes_supported", "query fragment form_post web_message" },
	{ "grant_types_supported", "authorization_code implicit refresh_token client_credentials"
	  " urn:ietf:params:oauth:grant-type:device_code"
	  " urn:ietf:params:oauth:grant-type:token-exchange" },
	{ "subject_types_supported", "public pairwise" },
	{ "userinfo_signing_alg_values_supported", "RS256 ES256 PS256 EdDSA HS256" },
	{ "id_token_encryption_alg_values_supported", JWE_ALGS_TEXT },
	{ "id_token_encryption_enc_values_supported", JWE_ENCS_TEXT },
	{ "userinfo_encryption_alg_values_supported", JWE_ALGS_TEXT },
	{ "userinfo_encryption_enc_values_supported", JWE_ENCS_TEXT },
	{ "request_object_encryption_alg_values_supported", "ECDH-ES ECDH-ES+A128KW ECDH-ES+A256KW" },
	{ "request_object_encryption_enc_values_supported", JWE_ENCS_TEXT },
	{ "introspection_signing_alg_values_supported", "RS256 ES256 PS256 EdDSA HS256" },
	{ "introspection_encryption_alg_values_supported", JWE_ALGS_TEXT },
	{ "introspection_encryption_enc_values_supported", JWE_ENCS_TEXT },
	{ "token_endpoint_auth_methods_supported",
	  "none client_secret_basic client_secret_post client_secret_jwt private_key_jwt" },
	{ "token_endpoint_auth_signing_alg_values_supported",
	  "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA HS256 HS384 HS512" },
	{ "revocation_endpoint_auth_methods_supported",
	  "none client_secret_basic client_secret_post client_secret_jwt private_key_jwt" },
	{ "revocation_endpoint_auth_signing_alg_values_supported",
	  "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA HS256 HS384 HS512" },
	{ "introspection_endpoint_auth_methods_supported",
	  "client_secret_basic client_secret_post client_secret_jwt private_key_jwt" },
	{ "introspection_endpoint_auth_signing_alg_values_supported",
	  "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA HS256 HS384 HS512" },
	{ "dpop_signing_alg_values_supported", DPOP_ALGS },
	{ "claim_types_supported", "normal" },
	{ "claims_supported",
	  "iss sub aud exp iat sid nonce auth_time acr amr at_hash c_hash"
	  " name given_name family_name middle_name nickname preferred_username profile picture"
	  " website gender birthdate zoneinfo locale updated_at email email_verified address"
	  " phone_number phone_number_verified" },
};

/* Values that hold blanks themselves. */
static const char *const response_types[] = {
	"code", "token", "id_token", "code token", "code id_token", "id_token token",
	"code id_token token",
};
/* clang-format on */

/* Where a client may show its certificate (RFC 8705, 5): they have their own host name. */
static const char mtls_endpoints[] =
	"token_endpoint userinfo_endpoint revocation_endpoint"
	" introspection_endpoint pushed_authorization_request_endpoint"
	" device_authorization_endpoint";

static void put_mtls_aliases(struct json_writer *w, struct str origin)
{
	struct arena *a = w->buf->arena;

	if (origin.n == 0)
		return;
	json_key(w, "mtls_endpoint_aliases");
	json_begin_map(w);
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		if (str_has_word(str_from(mtls_endpoints), str_from(endpoints[i].name)))
			json_put_str(w, endpoints[i].name,
				arena_printf(
					a, STR_FMT "/%s", STR_ARG(origin), endpoints[i].path));
	json_end_map(w);
}

static void put_lists(struct json_writer *w, bool mtls)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct str words = str_from(lists[i].words);

		if (mtls && str_ends(str_from(lists[i].name), S("_auth_methods_supported")))
			words = arena_printf(w->buf->arena,
				STR_FMT " tls_client_auth self_signed_tls_client_auth",
				STR_ARG(words));
		json_put_words(w, lists[i].name, words);
	}
}

static void put_endpoints(struct json_writer *w, struct str issuer)
{
	struct arena *a = w->buf->arena;

	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		json_put_str(w, endpoints[i].name,
			arena_printf(a, STR_FMT "%s", STR_ARG(issuer), endpoints[i].path));
}

static void put_response_types(struct json_writer *w)
{
	json_key(w, "response_types_supported");
	json_begin_list(w);
	for (size_t i = 0; i < sizeof(response_types) / sizeof(response_types[0]); i++)
		json_str(w, str_from(response_types[i]));
	json_end_list(w);
}

static void put_list(struct json_writer *w, const char *name, struct str_list list)
{
	if (list.count == 0)
		return;
	json_key(w, name);
	json_begin_list(w);
	for (size_t i = 0; i < list.count; i++)
		json_str(w, list.list[i]);
	json_end_list(w);
}

/* Where the standard's default for an absent member is true, false must be said. */
static void put_flags(struct json_writer *w, const struct settings *settings)
{
	json_put_bool(w, "backchannel_logout_supported", true);
	json_put_bool(w, "backchannel_logout_session_supported", true);
	json_put_bool(w, "frontchannel_logout_supported", true);
	json_put_bool(w, "frontchannel_logout_session_supported", true);
	json_put_bool(w, "claims_parameter_supported", true);
	json_put_bool(w, "request_parameter_supported", true);
	json_put_bool(w, "request_uri_parameter_supported", true);
	json_put_bool(w, "require_request_uri_registration", true);
	json_put_bool(
		w, "require_pushed_authorization_requests", settings->require_pushed_requests);
	json_put_bool(w, "authorization_response_iss_parameter_supported",
		settings->authorization_response_iss);
}

static struct str metadata(struct arena *a, const struct provider *op, const struct tenant *t,
	const struct issuer *issuer)
{
	struct buf text = buf_new(a, 4096);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "issuer", issuer->url);
	put_endpoints(&w, issuer->url);
	put_mtls_aliases(&w, mutual_tls_alias(a, op, issuer));
	if (op->mtls)
		json_put_bool(&w, "tls_client_certificate_bound_access_tokens", true);
	put_lists(&w, op->mtls);
	put_response_types(&w);
	json_put_words(&w, "code_challenge_methods_supported",
		t->settings.s256_only ? S("S256") : S("S256 plain"));
	json_put_words(&w, "prompt_values_supported",
		t->settings.sign_up ? S("none login consent select_account create")
				    : S("none login consent select_account"));
	put_list(&w, "acr_values_supported", t->settings.acr_values_supported);
	put_list(&w, "ui_locales_supported", t->settings.enabled_locales);
	if (t->settings.dynamic_registration)
		json_put_str(&w, "registration_endpoint",
			arena_printf(a, STR_FMT "oidc/register", STR_ARG(issuer->url)));
	json_put_words(&w, "id_token_signing_alg_values_supported",
		t->settings.unsigned_id_tokens ? S("RS256 ES256 PS256 EdDSA HS256 none")
					       : S("RS256 ES256 PS256 EdDSA HS256"));
	json_put_words(&w, "request_object_signing_alg_values_supported",
		t->settings.unsigned_request_objects ? S("RS256 PS256 ES256 EdDSA HS256 none")
						     : S("RS256 PS256 ES256 EdDSA HS256"));
	put_flags(&w, &t->settings);
	json_end_map(&w);
	return buf_str(&text);
}

enum err discovery(struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);

	if (t == NULL)
		return ERR_BUSY;
	if (cors_oidc_any(rq, rs, "GET, HEAD, OPTIONS"))
		return OK;
	response_json(rs, 200, metadata(rq->arena, op, t, tenant_issuer(t, rq->host)));
	response_header(rs, "Cache-Control", S("public, max-age=300"));
	return OK;
}
