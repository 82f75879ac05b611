/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_check.h"

#include "base/base64.h"
#include "base/url.h"
#include "oidc/authorize/authorize_claims.h"
#include "oidc/token/resource.h"

typedef struct authorize_subject subject;

#define INVALID(name, sentence)                                                  \
	static const struct fault name = { "invalid_request", STR_LIT(sentence), \
		REASON_REQUEST_INVALID }

static struct str audience_of(const subject *s, const struct resources *resources)
{
	if (s->request->audience.n > 0)
		return s->request->audience;
	if (resources->count > 0)
		return resources_audience(s->arena, resources);
	return s->tenant->settings.default_audience;
}

void authorize_subject_load(subject *s, const struct issuer *issuer)
{
	struct resources resources = resources_read(&s->request->params);

	s->issuer = issuer;
	s->client = tenant_client(s->tenant, s->request->client_id);
	s->audience = audience_of(s, &resources);
	/* Only resources can be several: an audience is one identifier, whatever it looks like.
	 */
	s->api = resources.count > 1 && s->request->audience.n == 0
			 ? tenant_audience(s->tenant, s->arena, s->audience)
			 : tenant_resource_server(s->tenant, s->audience);
}

const struct fault *authorize_check_before_trust(const subject *s)
{
	const struct authorize_request *ar = s->request;
	const struct param *client_id = params_find(&ar->params, "client_id");
	const struct param *redirect_uri = params_find(&ar->params, "redirect_uri");

	if (s->client == NULL || !s->client->enabled || client_id == NULL ||
		client_id->repeated)
		return fault_with(s->arena, "invalid_request", REASON_CLIENT_UNKNOWN,
			"Unknown client: ", ar->client_id, "");
	if (s->device.n > 0)
		return NULL;
	if (redirect_uri == NULL || redirect_uri->repeated || redirect_uri->malformed ||
		!client_has_callback(s->client, ar->redirect_uri)) {
		static const struct fault mismatch = {
			"invalid_request",
			STR_LIT("Callback URL mismatch. The provided redirect_uri is not in "
				"the list of allowed callback URLs."),
			REASON_REDIRECT_URI_MISMATCH,
		};
		return &mismatch;
	}
	if (ar->mode == MODE_WEB_MESSAGE &&
		(ar->redirect_origin.n == 0 ||
			!client_has_web_origin(s->client, ar->redirect_origin)))
		return fault_with(s->arena, "invalid_request", REASON_ORIGIN_NOT_REGISTERED,
			"The specified redirect_uri '", ar->redirect_uri,
			"' does not have a registered origin.");
	return NULL;
}

static const struct fault *check_hint_needs_none(const subject *s)
{
	static const struct fault hint_without_none = {
		"invalid_request",
		STR_LIT("The use of the id_token_hint property requires the prompt value to be "
			"set as 'none'."),
		REASON_HINT_WITHOUT_NONE,
	};

	if (!s->tenant->settings.id_token_hint_requires_prompt_none)
		return NULL;
	if (s->request->id_token_hint.n > 0 && !(s->request->prompt & PROMPT_NONE))
		return &hint_without_none;
	return NULL;
}

static const struct fault *check_parameters(const subject *s)
{
	INVALID(too_many, "The request has too many parameters.");
	INVALID(bad_name, "The name of a parameter is not percent-encoded UTF-8.");
	const struct params *params = &s->request->params;

	if (params->too_many)
		return &too_many;
	if (params->malformed_name)
		return &bad_name;
	for (size_t i = 0; i < params->count; i++) {
		const struct param *p = &params->list[i];

		if (p->malformed)
			return fault_with(s->arena, "invalid_request", REASON_REQUEST_INVALID,
				"The parameter ", p->name,
				" is not percent-encoded UTF-8 without NUL.");
		/* RFC 8707, 2: only resource may come more than once. */
		if (p->repeated && !str_is(p->name, "resource"))
			return fault_with(s->arena, "invalid_request", REASON_REQUEST_INVALID,
				"The parameter ", p->name, " was sent more than once.");
	}
	return NULL;
}

static const struct fault *check_sizes(const subject *s)
{
	INVALID(state_too_long, "The state parameter is longer than 4096 bytes.");
	INVALID(nonce_too_long, "The nonce parameter is longer than 2048 bytes.");

	if (s->request->state.n > STATE_MAX)
		return &state_too_long;
	if (s->request->nonce.n > NONCE_MAX)
		return &nonce_too_long;
	return NULL;
}

/* A request object, and what was pushed, is an ordinary request by now (authorize_source). */
static const struct fault *check_request_object(const subject *s)
{
	static const struct fault request = { "request_not_supported",
		STR_LIT("The request parameter is not supported."), REASON_REQUEST_INVALID };
	static const struct fault request_uri = { "request_uri_not_supported",
		STR_LIT("The request_uri parameter is not supported."),
		REASON_REQUEST_INVALID };
	static const struct fault registration = { "registration_not_supported",
		STR_LIT("The registration parameter is not supported."),
		REASON_REQUEST_INVALID };

	if (s->request->request.n > 0)
		return &request;
	if (s->request->request_uri.n > 0)
		return &request_uri;
	return s->request->registration.n > 0 ? &registration : NULL;
}

static const struct fault *check_way(const subject *s)
{
	INVALID(push, "This client has to push its requests.");
	INVALID(sign, "This client has to send a signed request object.");

	if ((s->client->require_pushed_request ||
		    s->tenant->settings.require_pushed_requests) &&
		!s->is_pushed)
		return &push;
	return s->client->require_signed_request && !s->is_signed ? &sign : NULL;
}

static const struct fault *check_device(const subject *s)
{
	static const struct fault no_device = { "unauthorized_client",
		STR_LIT("Grant type 'urn:ietf:params:oauth:grant-type:device_code' not allowed "
			"for the client."),
		REASON_GRANT_NOT_ALLOWED };

	return s->client->grant_types & GRANT_DEVICE_CODE ? NULL : &no_device;
}

static const struct fault *check_response_type(const subject *s)
{
	INVALID(missing, "The response_type parameter is missing.");
	static const struct fault unsupported = { "unsupported_response_type",
		STR_LIT("The response_type is not one that this server supports."),
		REASON_REQUEST_INVALID };
	static const struct fault no_code = { "unauthorized_client",
		STR_LIT("Grant type 'authorization_code' not allowed for the client."),
		REASON_GRANT_NOT_ALLOWED };
	static const struct fault no_implicit = { "unauthorized_client",
		STR_LIT("Grant type 'implicit' not allowed for the client."),
		REASON_GRANT_NOT_ALLOWED };
	static const struct fault no_signature = { "unauthorized_client",
		STR_LIT("An id_token without a signature comes from the token endpoint only."),
		REASON_REQUEST_INVALID };
	unsigned type = s->request->response_type;

	if (s->device.n > 0)
		return check_device(s);
	if (s->request->response_type_text.n == 0)
		return &missing;
	if (type == 0)
		return &unsupported;
	if ((type & RESPONSE_CODE) && !(s->client->grant_types & GRANT_AUTHORIZATION_CODE))
		return &no_code;
	if ((type & (RESPONSE_TOKEN | RESPONSE_ID_TOKEN)) &&
		!(s->client->grant_types & GRANT_IMPLICIT))
		return &no_implicit;
	if ((type & RESPONSE_ID_TOKEN) && s->client->id_token_alg == JWS_NONE)
		return &no_signature;
	return NULL;
}

static const struct fault *check_response_mode(const subject *s)
{
	INVALID(unknown, "The response_mode is not one that this response_type can have.");
	INVALID(half_a_relay,
		"web_message_uri and web_message_target are only of use together, and with "
		"response_mode web_message.");
	INVALID(foreign_relay, "The origin of web_message_uri is not registered.");
	const struct authorize_request *ar = s->request;
	struct url url;

	if (!ar->mode_known)
		return &unknown;
	if (ar->web_message_uri.n == 0 && ar->web_message_target.n == 0)
		return NULL;
	if (ar->web_message_uri.n == 0 || ar->web_message_target.n == 0 ||
		ar->mode != MODE_WEB_MESSAGE)
		return &half_a_relay;
	if (url_parse(ar->web_message_uri, &url) != OK ||
		!client_has_web_origin(s->client, url_origin(s->arena, &url)))
		return &foreign_relay;
	return NULL;
}

/* scope-token = 1*( %x21 / %x23-5B / %x5D-7E ): RFC 6749, 3.3 */
static bool is_scope_text(struct str scope)
{
	for (size_t i = 0; i < scope.n; i++) {
		unsigned char c = (unsigned char)scope.p[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			return false;
	}
	return true;
}

static const struct fault *check_scope(const subject *s)
{
	static const struct fault malformed = { "invalid_scope",
		STR_LIT("The scope parameter holds characters that a scope cannot have."),
		REASON_REQUEST_INVALID };
	INVALID(no_openid, "An id_token needs the scope openid.");
	const struct authorize_request *ar = s->request;

	if (!is_scope_text(ar->scope))
		return &malformed;
	if ((ar->response_type & RESPONSE_ID_TOKEN) && !str_has_word(ar->scope, S("openid")))
		return &no_openid;
	return NULL;
}

static const struct fault *check_nonce(const subject *s)
{
	INVALID(missing, "An id_token from the authorization endpoint needs a nonce.");

	if ((s->request->response_type & RESPONSE_ID_TOKEN) && s->request->nonce.n == 0)
		return &missing;
	return NULL;
}

static const struct fault *check_prompt(const subject *s)
{
	INVALID(unknown, "The prompt parameter holds a value that is not known here.");
	INVALID(nobody_may, "prompt=create is not supported: nobody can sign up here.");
	INVALID(not_alone, "prompt=none cannot be combined with another prompt.");

	if (!s->request->prompt_known)
		return &unknown;
	/* Initiating User Registration via OpenID Connect 1.0, 4. */
	if ((s->request->prompt & PROMPT_CREATE) && !s->tenant->settings.sign_up)
		return &nobody_may;
	if ((s->request->prompt & PROMPT_NONE) && s->request->prompt != PROMPT_NONE)
		return &not_alone;
	return NULL;
}

static const struct fault *check_max_age(const subject *s)
{
	INVALID(malformed, "The max_age parameter is not a whole number of seconds.");

	return s->request->max_age == MAX_AGE_MALFORMED ? &malformed : NULL;
}

/* unreserved, 43 to 128 characters: RFC 7636, 4.1 and 4.2 */
static bool is_challenge(struct str challenge)
{
	if (challenge.n < 43 || challenge.n > 128)
		return false;
	for (size_t i = 0; i < challenge.n; i++) {
		char c = challenge.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
			    c == '~'))
			return false;
	}
	return true;
}

static const struct fault *check_pkce(const subject *s)
{
	INVALID(required, "This client has to send a code_challenge.");
	INVALID(malformed, "The code_challenge is not 43 to 128 unreserved characters.");
	INVALID(method, "The code_challenge_method is neither S256 nor plain.");
	INVALID(plain, "The code_challenge_method has to be S256.");
	INVALID(alone, "A code_challenge_method was sent without a code_challenge.");
	const struct authorize_request *ar = s->request;
	bool is_s256 = str_is(ar->code_challenge_method, "S256");

	if (ar->code_challenge.n == 0) {
		if (ar->code_challenge_method.n > 0)
			return &alone;
		return s->client->require_pkce && s->device.n == 0 &&
				       (ar->response_type & RESPONSE_CODE)
			       ? &required
			       : NULL;
	}
	if (!is_challenge(ar->code_challenge))
		return &malformed;
	if (!is_s256 && ar->code_challenge_method.n > 0 &&
		!str_is(ar->code_challenge_method, "plain"))
		return &method;
	if (!is_s256 && s->tenant->settings.s256_only)
		return &plain;
	return NULL;
}

static const struct fault *check_claims(const subject *s)
{
	return authorize_claims_check(
		s->arena, s->request, s->tenant->settings.acr_values_supported);
}

/* A SHA-256 thumbprint as base64url: RFC 9449, 10. */
static const struct fault *check_dpop_jkt(const subject *s)
{
	INVALID(malformed, "The dpop_jkt parameter is not a JWK SHA-256 thumbprint.");
	struct str jkt = s->request->dpop_jkt;
	struct str bytes;

	if (jkt.n == 0)
		return NULL;
	if (jkt.n != 43 || base64url_decode(s->arena, jkt, &bytes) != OK)
		return &malformed;
	return NULL;
}

/* An access token that is answered here is bound by dpop_jkt, or by nothing. */
static const struct fault *check_possession(const subject *s)
{
	INVALID(unbound, "This client's access tokens are bound to a key: one that is answered "
			 "here needs dpop_jkt.");
	const struct client *c = s->client;

	if (!(s->request->response_type & RESPONSE_TOKEN) || s->request->dpop_jkt.n > 0)
		return NULL;
	return c->dpop_bound || c->certificate_bound || c->require_possession ? &unbound : NULL;
}

static const struct fault *check_resource(const subject *s)
{
	struct resources resources = resources_read(&s->request->params);

	return resources_check(s->tenant, s->arena, &resources, s->request->audience);
}

static const struct fault *check_audience(const subject *s)
{
	if (s->audience.n == 0 || s->api != NULL)
		return NULL;
	if (str_starts(s->audience, s->issuer->url) &&
		str_is(str_after(s->audience, s->issuer->url.n), "userinfo"))
		return NULL;
	return fault_with(s->arena, "access_denied", REASON_REQUEST_INVALID,
		"Service not found: ", s->audience, "");
}

/* In this order; the first fault is the answer. */
static const struct fault *(*const checks[])(const subject *) = {
	check_hint_needs_none, /* row 4 */
	check_parameters,      /* row 5, from here on */
	check_sizes,
	check_request_object,
	check_way,
	check_response_type,
	check_response_mode,
	check_scope,
	check_nonce,
	check_prompt,
	check_max_age,
	check_pkce,
	check_claims,
	check_dpop_jkt,
	check_possession,
	check_resource,
	check_audience,
};

const struct fault *authorize_check(const subject *s)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const struct fault *fault = checks[i](s);

		if (fault != NULL)
			return fault;
	}
	return NULL;
}
