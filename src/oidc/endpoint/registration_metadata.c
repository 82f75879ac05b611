/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/registration_metadata.h"

#include "base/url.h"
#include "crypto/certificate.h"
#include "json/json_writer.h"

enum { LIST_MAX = 50, TEXT_MAX = 2048 };

enum kind {
	TEXT,
	TEXTS,
	WORD,  /* one of `words` */
	WORDS, /* a list of them */
	FLAG,
	SECONDS,
	WEB_URL,   /* http or https */
	HTTPS_URL, /* https only */
	HTTPS_URLS,
	REDIRECTS,
	KEYS,
	SUBJECT_DN, /* of its certificate, as the four below */
	SAN_DNS,
	SAN_URI,
	SAN_IP,
	SAN_EMAIL,
	REFUSED /* known, and not there */
};

/* clang-format off */
static const struct member {
	const char *name;
	enum kind kind;
	const char *words;
	const char *fallback; /* JSON */
	const char *becomes;  /* the member of our document; NULL: kept beside it */
} members[] = {
	{ "redirect_uris", REDIRECTS, NULL, NULL, "callbacks" },
	{ "response_types", WORDS, "code|token|id_token|code token|token code|code id_token|id_token code|id_token token|token id_token|code id_token token|code token id_token", "[\"code\"]", NULL },
	{ "grant_types", WORDS, "authorization_code|implicit|refresh_token|client_credentials", "[\"authorization_code\"]", "grant_types" },
	{ "application_type", WORD, "web|native", "\"web\"", NULL },
	{ "token_endpoint_auth_method", WORD, "none|client_secret_basic|client_secret_post|client_secret_jwt|private_key_jwt|tls_client_auth|self_signed_tls_client_auth", "\"client_secret_basic\"", "token_endpoint_auth_method" },
	{ "token_endpoint_auth_signing_alg", WORD, "RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA|HS256|HS384|HS512", NULL, "token_endpoint_auth_signing_alg" },
	{ "contacts", TEXTS, NULL, NULL, NULL },
	{ "client_name", TEXT, NULL, NULL, "name" },
	{ "client_uri", WEB_URL, NULL, NULL, NULL },
	{ "logo_uri", WEB_URL, NULL, NULL, "logo_uri" },
	{ "policy_uri", WEB_URL, NULL, NULL, "policy_uri" },
	{ "tos_uri", WEB_URL, NULL, NULL, "tos_uri" },
	{ "jwks", KEYS, NULL, NULL, "jwks" },
	{ "jwks_uri", HTTPS_URL, NULL, NULL, "jwks_uri" },
	{ "sector_identifier_uri", HTTPS_URL, NULL, NULL, "sector_identifier_uri" },
	{ "subject_type", WORD, "public|pairwise", "\"public\"", "subject_type" },
	{ "id_token_signed_response_alg", WORD, "RS256|PS256|ES256|EdDSA|HS256|none", "\"RS256\"", "jwt_configuration" },
	{ "id_token_encrypted_response_alg", WORD, "RSA-OAEP|RSA-OAEP-256|ECDH-ES|ECDH-ES+A128KW|ECDH-ES+A256KW", NULL, "id_token_encrypted_response_alg" },
	{ "id_token_encrypted_response_enc", WORD, "A128CBC-HS256|A256CBC-HS512|A128GCM|A256GCM", NULL, "id_token_encrypted_response_enc" },
	{ "userinfo_signed_response_alg", WORD, "RS256|PS256|ES256|EdDSA|HS256", NULL, "userinfo_signed_response_alg" },
	{ "userinfo_encrypted_response_alg", WORD, "RSA-OAEP|RSA-OAEP-256|ECDH-ES|ECDH-ES+A128KW|ECDH-ES+A256KW", NULL, "userinfo_encrypted_response_alg" },
	{ "userinfo_encrypted_response_enc", WORD, "A128CBC-HS256|A256CBC-HS512|A128GCM|A256GCM", NULL, "userinfo_encrypted_response_enc" },
	{ "introspection_signed_response_alg", WORD, "RS256|PS256|ES256|EdDSA|HS256", NULL, "introspection_signed_response_alg" },
	{ "introspection_encrypted_response_alg", WORD, "RSA-OAEP|RSA-OAEP-256|ECDH-ES|ECDH-ES+A128KW|ECDH-ES+A256KW", NULL, "introspection_encrypted_response_alg" },
	{ "introspection_encrypted_response_enc", WORD, "A128CBC-HS256|A256CBC-HS512|A128GCM|A256GCM", NULL, "introspection_encrypted_response_enc" },
	{ "request_object_signing_alg", WORD, "RS256|PS256|ES256|EdDSA|HS256|none", NULL, "request_object_signing_alg" },
	{ "request_object_encryption_alg", WORD, "ECDH-ES|ECDH-ES+A128KW|ECDH-ES+A256KW", NULL, "request_object_encryption_alg" },
	{ "request_object_encryption_enc", WORD, "A128CBC-HS256|A256CBC-HS512|A128GCM|A256GCM", NULL, "request_object_encryption_enc" },
	{ "require_signed_request_object", FLAG, NULL, NULL, "signed_request_object" },
	{ "require_pushed_authorization_requests", FLAG, NULL, NULL, "require_pushed_authorization_requests" },
	{ "dpop_bound_access_tokens", FLAG, NULL, NULL, "dpop_bound_access_tokens" },
	{ "tls_client_certificate_bound_access_tokens", FLAG, NULL, NULL, "tls_client_certificate_bound_access_tokens" },
	{ "tls_client_auth_subject_dn", SUBJECT_DN, NULL, NULL, "tls_client_auth_subject_dn" },
	{ "tls_client_auth_san_dns", SAN_DNS, NULL, NULL, "tls_client_auth_san_dns" },
	{ "tls_client_auth_san_uri", SAN_URI, NULL, NULL, "tls_client_auth_san_uri" },
	{ "tls_client_auth_san_ip", SAN_IP, NULL, NULL, "tls_client_auth_san_ip" },
	{ "tls_client_auth_san_email", SAN_EMAIL, NULL, NULL, "tls_client_auth_san_email" },
	{ "default_max_age", SECONDS, NULL, NULL, "default_max_age" },
	{ "require_auth_time", FLAG, NULL, NULL, "require_auth_time" },
	{ "default_acr_values", TEXTS, NULL, NULL, "default_acr_values" },
	{ "initiate_login_uri", HTTPS_URL, NULL, NULL, "initiate_login_uri" },
	{ "request_uris", HTTPS_URLS, NULL, NULL, "request_uris" },
	{ "post_logout_redirect_uris", REDIRECTS, NULL, NULL, "allowed_logout_urls" },
	{ "backchannel_logout_uri", HTTPS_URL, NULL, NULL, "backchannel_logout_uri" },
	{ "backchannel_logout_session_required", FLAG, NULL, NULL, "backchannel_logout_session_required" },
	{ "frontchannel_logout_uri", WEB_URL, NULL, NULL, "frontchannel_logout_uri" },
	{ "frontchannel_logout_session_required", FLAG, NULL, NULL, "frontchannel_logout_session_required" },
	{ "scope", TEXT, NULL, NULL, NULL },
	{ "software_id", TEXT, NULL, NULL, NULL },
	{ "software_version", TEXT, NULL, NULL, NULL },
	{ "software_statement", REFUSED, NULL, NULL, NULL },
};
/* clang-format on */

enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static const struct fault *refuse(
	struct arena *a, const char *error, struct str name, const char *must)
{
	return fault_with(a, error, REASON_REGISTRATION_INVALID, "", name,
		arena_printf(a, " %s.", must).p);
}

static bool is_word(const char *words, struct str value)
{
	struct str rest = str_from(words);
	struct str word;

	while (str_split(&rest, '|', &word))
		if (str_eq(word, value))
			return true;
	return false;
}

static const char *check_text(const struct json *v)
{
	return v->type == JSON_STR && v->str.n > 0 && v->str.n <= TEXT_MAX
		       ? NULL
		       : "must be a text of at most 2048 bytes";
}

static const char *check_url(const struct json *v, bool https_only, bool fragment)
{
	struct url url;

	if (check_text(v) != NULL)
		return check_text(v);
	if (url_parse(v->str, &url) != OK || url.host.n == 0 || url.has_userinfo ||
		(url.has_fragment && !fragment))
		return "must be an absolute URL without user information and fragment";
	if (str_eq_nocase(url.scheme, S("https")) ||
		(!https_only && str_eq_nocase(url.scheme, S("http"))))
		return NULL;
	return https_only ? "must be an https URL" : "must be an http or https URL";
}

static const char *check_certificate_name(enum kind kind, const struct json *v)
{
	static const enum certificate_name names[] = {
		[SUBJECT_DN] = CERTIFICATE_SUBJECT_DN,
		[SAN_DNS] = CERTIFICATE_SAN_DNS,
		[SAN_URI] = CERTIFICATE_SAN_URI,
		[SAN_IP] = CERTIFICATE_SAN_IP,
		[SAN_EMAIL] = CERTIFICATE_SAN_EMAIL,
	};

	if (check_text(v) != NULL)
		return check_text(v);
	return certificate_name_check(names[kind], v->str);
}

static const char *check_item(const struct member *m, const struct json *v)
{
	switch (m->kind) {
	case TEXT:
	case TEXTS:
		return check_text(v);
	case WORD:
	case WORDS:
		return v->type == JSON_STR && is_word(m->words, v->str)
			       ? NULL
			       : "must be one that this server supports";
	case FLAG:
		return v->type == JSON_TRUE_VALUE || v->type == JSON_FALSE_VALUE
			       ? NULL
			       : "must be true or false";
	case SECONDS:
		return v->type == JSON_INT && v->integer >= 0 ? NULL
							      : "must be a number of seconds";
	case WEB_URL:
		return check_url(v, false, false);
	case HTTPS_URL:
		return check_url(v, true, false);
	case HTTPS_URLS:
		return check_url(v, true, true);
	case KEYS:
		return v->type == JSON_MAP ? NULL : "must be a JWK Set";
	case SUBJECT_DN:
	case SAN_DNS:
	case SAN_URI:
	case SAN_IP:
	case SAN_EMAIL:
		return check_certificate_name(m->kind, v);
	case REFUSED:
		return "is not supported by this server";
	case REDIRECTS:
		break;
	}
	return NULL;
}

/* Is this scheme one that an app can own (RFC 8252, 7.1: a name with a dot)? */
static bool is_private_scheme(struct str scheme)
{
	return str_index(scheme, '.') > 0;
}

static const char *check_redirect(const struct json *v, bool native, bool implicit)
{
	struct url url;

	if (check_text(v) != NULL)
		return check_text(v);
	if (url_parse(v->str, &url) != OK)
		return "must hold absolute URLs in ASCII";
	if (url.has_fragment)
		return "must not have a fragment";
	if (url.has_userinfo)
		return "must not hold user information";
	if (str_index(v->str, '*') >= 0)
		return "must not have a wildcard";
	if (str_eq_nocase(url.scheme, S("https")))
		return url.host.n > 0 ? NULL : "must name a host";
	if (!str_eq_nocase(url.scheme, S("http")))
		return native && is_private_scheme(url.scheme)
			       ? NULL
			       : "must be https, or of a native application's own scheme";
	if (!url_host_is_loopback(url.host))
		return "must be https where it is not on this computer";
	return native || !implicit ? NULL : "must be https for a web client of implicit";
}

static bool is_list(enum kind kind)
{
	return kind == TEXTS || kind == WORDS || kind == HTTPS_URLS || kind == REDIRECTS;
}

static const struct fault *check_member(struct arena *a, const struct member *m,
	const struct json *v, bool native, bool implicit)
{
	const char *must = NULL;
	const char *error = m->kind == REDIRECTS && m == members ? "invalid_redirect_uri"
								 : "invalid_client_metadata";

	if (!is_list(m->kind)) {
		must = check_item(m, v);
		return must == NULL ? NULL : refuse(a, error, str_from(m->name), must);
	}
	if (v->type != JSON_LIST || v->count > LIST_MAX)
		return refuse(
			a, error, str_from(m->name), "must be a list of at most 50 values");
	json_each(item, v)
	{
		must = m->kind == REDIRECTS ? check_redirect(item, native, implicit)
					    : check_item(m, item);
		if (must != NULL)
			return refuse(a, error, str_from(m->name), must);
	}
	return NULL;
}

/* The member as it was sent, or its default; NULL when it is neither. */
static const struct json *value_of(
	struct arena *a, const struct json *body, const struct member *m)
{
	const struct json *v = json_get(body, m->name);

	if (v != NULL && v->type != JSON_NULL_VALUE)
		return v;
	if (m->fallback == NULL || json_parse(a, str_from(m->fallback), &v, NULL) != OK)
		return NULL;
	return v;
}

static bool has_word(const struct json *list, const char *word)
{
	json_each(item, list)
	{
		if (str_has_word(item->str, str_from(word)))
			return true;
	}
	return false;
}

static const struct json *member_of(struct arena *a, const struct json *body, const char *name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (str_is(str_from(name), members[i].name))
			return value_of(a, body, &members[i]);
	return NULL;
}

/* RFC 8705, 2.1.2 and 2.2.2. */
static const struct fault *check_certificate(
	struct arena *a, const struct json *body, struct str method, bool certificates)
{
	size_t names = 0;

	if (!certificates && str_ends(method, S("tls_client_auth")))
		return refuse(a, "invalid_client_metadata", S("token_endpoint_auth_method"),
			"must be one that this server supports");
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].kind >= SUBJECT_DN && members[i].kind <= SAN_EMAIL)
			names += value_of(a, body, &members[i]) != NULL;
	if (names > 1 || (names == 0 && str_is(method, "tls_client_auth")))
		return refuse(a, "invalid_client_metadata", S("tls_client_auth_subject_dn"),
			"or one of its four kind must be given, exactly one, for "
			"tls_client_auth");
	if (str_is(method, "self_signed_tls_client_auth") && json_get(body, "jwks") == NULL &&
		json_get(body, "jwks_uri") == NULL)
		return refuse(a, "invalid_client_metadata", S("jwks"),
			"must be given for self_signed_tls_client_auth");
	return NULL;
}

/* What one member says of another (RFC 7591, 2.1). */
static const struct fault *check_together(struct arena *a, const struct json *body)
{
	const struct json *types = member_of(a, body, "response_types");
	const struct json *grants = member_of(a, body, "grant_types");
	const struct json *redirects = json_get(body, "redirect_uris");
	bool browser = has_word(grants, "authorization_code") || has_word(grants, "implicit");
	struct str method = member_of(a, body, "token_endpoint_auth_method")->str;

	if (browser && (redirects == NULL || redirects->count == 0))
		return refuse(a, "invalid_redirect_uri", S("redirect_uris"),
			"must be given for these grant_types");
	if (browser && has_word(types, "code") && !has_word(grants, "authorization_code"))
		return refuse(a, "invalid_client_metadata", S("grant_types"),
			"must hold authorization_code for these response_types");
	if ((has_word(types, "token") || has_word(types, "id_token")) &&
		!has_word(grants, "implicit"))
		return refuse(a, "invalid_client_metadata", S("grant_types"),
			"must hold implicit for these response_types");
	if (json_get(body, "jwks") != NULL && json_get(body, "jwks_uri") != NULL)
		return refuse(a, "invalid_client_metadata", S("jwks_uri"),
			"must not be given beside jwks");
	if (str_is(method, "private_key_jwt") && json_get(body, "jwks") == NULL &&
		json_get(body, "jwks_uri") == NULL)
		return refuse(a, "invalid_client_metadata", S("jwks"),
			"must be given for private_key_jwt");
	if (str_is(method, "none") && has_word(grants, "client_credentials"))
		return refuse(a, "invalid_client_metadata", S("grant_types"),
			"must not hold client_credentials for a public client");
	return NULL;
}

static const struct fault *check_members(struct arena *a, const struct json *body)
{
	const struct json *type = member_of(a, body, "application_type");
	bool native = str_is(type->str, "native");
	const struct json *grants = member_of(a, body, "grant_types");
	bool implicit = has_word(grants, "implicit");

	for (size_t i = 0; i < MEMBERS; i++) {
		const struct json *v = json_get(body, members[i].name);
		const struct fault *fault =
			v == NULL || v->type == JSON_NULL_VALUE
				? NULL
				: check_member(a, &members[i], v, native, implicit);

		if (fault != NULL)
			return fault;
	}
	return check_together(a, body);
}

static bool wants_secret(struct arena *a, const struct json *body)
{
	struct str method = member_of(a, body, "token_endpoint_auth_method")->str;

	return str_starts(method, S("client_secret")) ||
	       str_is(json_get_str(body, "id_token_signed_response_alg"), "HS256") ||
	       str_is(json_get_str(body, "userinfo_signed_response_alg"), "HS256") ||
	       str_is(json_get_str(body, "introspection_signed_response_alg"), "HS256") ||
	       str_is(json_get_str(body, "request_object_signing_alg"), "HS256");
}

const struct fault *registration_metadata_read(struct arena *a, const struct json *body,
	bool certificates, struct registration_metadata *ret)
{
	struct buf text = buf_new(a, 1024);
	struct json_writer w = json_writer_on(&text);
	const struct fault *fault = check_members(a, body);

	if (fault == NULL)
		fault = check_certificate(a, body,
			member_of(a, body, "token_endpoint_auth_method")->str, certificates);
	if (fault != NULL)
		return fault;
	json_begin_map(&w);
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct json *v = value_of(a, body, &members[i]);

		if (v == NULL)
			continue;
		json_key(&w, members[i].name);
		json_value(&w, v);
	}
	json_end_map(&w);
	ret->echo = buf_str(&text);
	ret->auth_method = member_of(a, body, "token_endpoint_auth_method")->str;
	ret->needs_secret = wants_secret(a, body);
	return NULL;
}

/* Two of ours hold what is one member there. */
static void put_member(struct json_writer *w, const struct member *m, const struct json *v)
{
	const char *inner = str_is(str_from(m->becomes), "jwt_configuration")       ? "alg"
			    : str_is(str_from(m->becomes), "signed_request_object") ? "required"
										    : NULL;

	json_key(w, m->becomes);
	if (inner != NULL) {
		json_begin_map(w);
		json_key(w, inner);
	}
	json_value(w, v);
	if (inner != NULL)
		json_end_map(w);
}

struct str registration_document(struct arena *a, const struct registration_metadata *metadata,
	struct str client_id, struct str secret, struct str digest)
{
	struct buf text = buf_new(a, 2048);
	struct json_writer w = json_writer_on(&text);
	const struct json *echo;

	if (json_parse(a, metadata->echo, &echo, NULL) != OK)
		return S("");
	json_begin_map(&w);
	json_put_str(&w, "client_id", client_id);
	json_put_opt(&w, "client_secret", secret);
	/* Nobody of ours has looked at it: a person is asked before it gets anything. */
	json_put_bool(&w, "is_first_party", false);
	json_put_str(&w, "app_type",
		str_is(json_get_str(echo, "application_type"), "native") ? S("native")
									 : S("regular_web"));
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct json *v = json_get(echo, members[i].name);

		if (v != NULL && members[i].becomes != NULL)
			put_member(&w, &members[i], v);
	}
	json_key(&w, "registration");
	json_begin_map(&w);
	json_put_raw(&w, "metadata", metadata->echo);
	json_put_str(&w, "access_token_digest", digest);
	json_end_map(&w);
	json_end_map(&w);
	return buf_str(&text);
}
