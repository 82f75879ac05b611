/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/client_authentication.h"

#include "base/base64.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "jose/jwt.h"
#include "oidc/body_params.h"
#include "oidc/client/client_signature.h"
#include "oidc/client/mutual_tls.h"
#include "store/used_code.h"

enum {
	ASSERTION_LEEWAY = 60,
	ASSERTION_LIFE_MAX = 24 * 3600, /* a jti is kept for as long */
	JTI_MAX = 512,
};

static const struct fault wrong = { "invalid_client", STR_LIT("Client authentication failed"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault wrong_method = { "invalid_client",
	STR_LIT("The client is registered with another token_endpoint_auth_method"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault required = { "invalid_client",
	STR_LIT("The client must authenticate"), REASON_CLIENT_AUTHENTICATION };
static const struct fault unnamed = { "invalid_client", STR_LIT("The request names no client"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault too_many = { "invalid_request",
	STR_LIT("The request uses more than one way to authenticate the client"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault bad_basic = { "invalid_client",
	STR_LIT("The Authorization header is not well formed Basic"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault two_names = { "invalid_client",
	STR_LIT("The request names two different clients"), REASON_CLIENT_AUTHENTICATION };
static const struct fault bad_assertion_type = { "invalid_client",
	STR_LIT("The client_assertion_type is not supported"), REASON_CLIENT_AUTHENTICATION };
static const struct fault bad_assertion = { "invalid_client",
	STR_LIT("The client_assertion is not one that this server accepts"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault old_assertion = { "invalid_client",
	STR_LIT("The client_assertion has expired, is not valid yet, or lives too long"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault used_assertion = { "invalid_client",
	STR_LIT("The client_assertion was used before"), REASON_CLIENT_AUTHENTICATION };

/* What the request says, before anything is looked up. */
struct presented {
	struct str client_id;
	struct str secret;
	struct str assertion;
	bool basic;
	bool post;
};

/* RFC 6749, 2.3.1: both halves are form-url-encoded inside Basic. */
static const struct fault *read_basic(
	struct arena *a, struct str credentials, struct presented *ret)
{
	struct str pair, id, secret;
	ptrdiff_t colon;

	if (base64_decode(a, str_trim(credentials), &pair) != OK)
		return &bad_basic;
	colon = str_index(pair, ':');
	if (colon < 0)
		return &bad_basic;
	if (url_decode(a, str_first(pair, (size_t)colon), true, &id) != OK ||
		url_decode(a, str_after(pair, (size_t)colon + 1), true, &secret) != OK)
		return &bad_basic;
	if (id.n == 0 || !str_is_utf8(id) || !str_is_utf8(secret))
		return &bad_basic;
	ret->client_id = id;
	ret->secret = secret;
	ret->basic = true;
	return NULL;
}

/* The client an assertion speaks for; nothing of it is proven yet. */
static struct str assertion_subject(struct arena *a, struct str assertion)
{
	const struct json *claims;
	struct jws jws;

	if (jws_parse(a, assertion, &jws) != OK || jwt_claims(a, &jws, &claims) != OK)
		return S("");
	return json_get_str(claims, "sub");
}

static const struct fault *read_assertion(
	struct arena *a, const struct params *params, struct presented *ret)
{
	ret->assertion = params_get(params, "client_assertion");
	if (ret->assertion.n == 0)
		return NULL;
	if (!str_is(params_get(params, "client_assertion_type"),
		    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
		return &bad_assertion_type;
	if (ret->client_id.n == 0)
		ret->client_id = assertion_subject(a, ret->assertion);
	return NULL;
}

static const struct fault *read_presented(
	const struct http_request *rq, const struct params *params, struct presented *ret)
{
	struct str header = http_header(rq, "Authorization");
	struct str named = params_get(params, "client_id");
	struct str posted = params_get(params, "client_secret");
	const struct fault *fault;

	if (header.n > 6 && str_eq_nocase(str_first(header, 6), S("Basic "))) {
		fault = read_basic(rq->arena, str_after(header, 6), ret);
		if (fault != NULL)
			return fault;
	}
	if (ret->basic && named.n > 0 && !str_eq(named, ret->client_id))
		return &two_names;
	if (!ret->basic)
		ret->client_id = named;
	fault = read_assertion(rq->arena, params, ret);
	if (fault != NULL)
		return fault;

	ret->post = posted.n > 0;
	if ((ret->basic && ret->secret.n > 0) + ret->post + (ret->assertion.n > 0) > 1)
		return &too_many;
	if (ret->post)
		ret->secret = posted;
	return ret->client_id.n > 0 ? NULL : &unnamed;
}

/* A certificate is on the connection whatever it is used for: the registration says. */
static bool by_certificate(enum auth_method method)
{
	return method == AUTH_TLS || method == AUTH_SELF_SIGNED_TLS;
}

static enum auth_method method_of(const struct presented *p, const struct client *client)
{
	if (p->assertion.n > 0)
		return client->auth_method == AUTH_SECRET_JWT ? AUTH_SECRET_JWT
							      : AUTH_PRIVATE_KEY_JWT;
	if (p->secret.n == 0)
		return by_certificate(client->auth_method) ? client->auth_method : AUTH_NONE;
	return p->basic ? AUTH_SECRET_BASIC : AUTH_SECRET_POST;
}

static bool by_secret(enum auth_method method)
{
	return method == AUTH_SECRET_BASIC || method == AUTH_SECRET_POST;
}

static const struct fault *check_method(enum auth_method used, enum auth_method registered)
{
	if (used == registered || (by_secret(used) && by_secret(registered)))
		return NULL;
	return used == AUTH_NONE ? &required : &wrong_method;
}

static const struct fault *check_secret(
	const struct tenant *t, const struct client *client, struct str secret)
{
	if (client->secret_mac.n == 0 ||
		!seal_mac_fits(t->seal, "client_secret", secret, client->secret_mac))
		return &wrong;
	return NULL;
}

/* The endpoint that is asked counts as well as the token endpoint: RFC 9126, 2. */
static bool names_us(
	const struct http_request *rq, const struct json *claims, const struct issuer *issuer)
{
	struct str origin = issuer->origin;
	struct str asked =
		arena_printf(rq->arena, STR_FMT STR_FMT, STR_ARG(origin), STR_ARG(rq->path));
	struct str token = arena_printf(rq->arena, STR_FMT "oauth/token", STR_ARG(issuer->url));

	return jwt_has_audience(claims, issuer->url) || jwt_has_audience(claims, origin) ||
	       jwt_has_audience(claims, token) ||
	       (rq->path.n > 1 && jwt_has_audience(claims, asked));
}

/* A JWT that says that it is something else is no assertion (RFC 8725, 3.11). */
static bool is_typed_so(const struct jws *jws)
{
	return jws->typ.n == 0 || str_eq_nocase(jws->typ, S("JWT")) ||
	       str_eq_nocase(jws->typ, S("client-authentication+jwt"));
}

static const struct fault *check_claims(const struct http_request *rq,
	const struct client *client, const struct issuer *issuer, const struct json *claims)
{
	struct str jti = json_get_str(claims, "jti");

	if (!str_eq(json_get_str(claims, "iss"), client->client_id) ||
		!str_eq(json_get_str(claims, "sub"), client->client_id))
		return &bad_assertion;
	if (!names_us(rq, claims, issuer) || jti.n == 0 || jti.n > JTI_MAX)
		return &bad_assertion;
	if (jwt_check_times(claims, rq->now, ASSERTION_LEEWAY) != JWT_TIME_FITS ||
		jwt_expires_at(claims) > rq->now + ASSERTION_LIFE_MAX)
		return &old_assertion;
	return NULL;
}

struct take {
	struct str id;
	int64_t now;
	int64_t until;
};

static enum err take_jti(struct db_conn *conn, void *arg)
{
	const struct take *take = arg;

	return used_code_take(conn, take->id, take->now, take->until);
}

/* One client's jti says nothing of another's. */
static struct str jti_key(struct arena *a, const struct client *client, struct str jti)
{
	struct str both =
		arena_printf(a, STR_FMT "\n" STR_FMT, STR_ARG(client->client_id), STR_ARG(jti));
	struct str digest = sha256_base64url(a, both);

	return arena_printf(a, "jti." STR_FMT, STR_ARG(digest));
}

static enum err use_once(const struct tenant *t, const struct http_request *rq,
	const struct client *client, const struct json *claims, const struct fault **ret)
{
	struct take take = {
		.id = jti_key(rq->arena, client, json_get_str(claims, "jti")),
		.now = rq->now,
		.until = jwt_expires_at(claims) + ASSERTION_LEEWAY + 1,
	};
	enum err err;

	if (!rq->may_block)
		return ERR_WOULD_BLOCK;
	err = db_write(t->db, take_jti, &take);
	if (err != OK && err != ERR_CONFLICT)
		return err;
	*ret = err == ERR_CONFLICT ? &used_assertion : NULL;
	return OK;
}

static enum err check_assertion(const struct tenant *t, const struct issuer *issuer,
	const struct http_request *rq, const struct client *client, struct str assertion,
	const struct fault **ret)
{
	const struct json *claims;
	struct jws jws;
	enum err err;

	*ret = &bad_assertion;
	if (jws_parse(rq->arena, assertion, &jws) != OK || !is_typed_so(&jws))
		return OK;
	if (client->assertion_alg != JWS_NONE && client->assertion_alg != jws.alg)
		return OK;
	err = client->auth_method == AUTH_SECRET_JWT
		      ? client_verify_with_secret(client, &jws)
		      : client_verify_with_keys(t, client, rq, &jws);
	if (err == ERR_WOULD_BLOCK || err == ERR_BUSY)
		return err;
	if (err != OK || jwt_claims(rq->arena, &jws, &claims) != OK)
		return OK;
	*ret = check_claims(rq, client, issuer, claims);
	if (*ret != NULL)
		return OK;
	return use_once(t, rq, client, claims, ret);
}

static const struct fault *check_client(
	struct arena *a, const struct client *client, struct str client_id)
{
	if (client != NULL && client->enabled)
		return NULL;
	return fault_with(
		a, "invalid_client", REASON_CLIENT_UNKNOWN, "Unknown client: ", client_id, "");
}

enum err client_authenticate(const struct tenant *t, const struct issuer *issuer,
	const struct http_request *rq, const struct params *params,
	struct client_authentication *ret)
{
	struct client_authentication found = { 0 };
	struct presented p = { 0 };
	enum err err = OK;

	found.fault = read_presented(rq, params, &p);
	found.basic = p.basic;
	found.client_id = p.client_id;
	found.client = tenant_client(t, p.client_id);
	if (found.fault == NULL)
		found.fault = check_client(rq->arena, found.client, p.client_id);
	if (found.fault == NULL) {
		found.method = method_of(&p, found.client);
		found.fault = check_method(found.method, found.client->auth_method);
	}
	if (found.fault == NULL && by_secret(found.method))
		found.fault = check_secret(t, found.client, p.secret);
	else if (found.fault == NULL && p.assertion.n > 0)
		err = check_assertion(t, issuer, rq, found.client, p.assertion, &found.fault);
	else if (found.fault == NULL && by_certificate(found.method))
		err = mutual_tls_authenticate(t, found.client, rq, &found.fault);
	if (err != OK)
		return err;
	*ret = found;
	return OK;
}

enum err client_request_read(const struct tenant *t, const struct issuer *issuer,
	const struct http_request *rq, struct params *ret_params,
	struct client_authentication *ret)
{
	struct client_authentication bad_body = { 0 };

	bad_body.fault = body_params(rq, ret_params);
	if (bad_body.fault == NULL)
		return client_authenticate(t, issuer, rq, ret_params, ret);
	*ret = bad_body;
	return OK;
}
