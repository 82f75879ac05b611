/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/request_object.h"

#include "base/url.h"
#include "jose/jwt.h"
#include "oidc/client/client_signature.h"
#include "tenant/encryption_key.h"
#include "json/json_writer.h"

enum { LEEWAY = 60 };

#define INVALID(name, sentence)                                                         \
	static const struct fault name = { "invalid_request_object", STR_LIT(sentence), \
		REASON_REQUEST_OBJECT_INVALID }

INVALID(malformed, "The request object is not a JWT that this server can read.");
INVALID(unreadable, "The request object is not encrypted to a key of this server.");
INVALID(wrong_alg, "The request object is not signed by an algorithm that counts here.");
INVALID(wrong_signature, "The signature of the request object does not verify.");

static const char *const jwt_members[] = { "iss", "aud", "sub", "exp", "nbf", "iat", "jti",
	"request", "request_uri" };

static bool is_jwt_member(struct str name)
{
	for (size_t i = 0; i < sizeof(jwt_members) / sizeof(jwt_members[0]); i++)
		if (str_is(name, jwt_members[i]))
			return true;
	return false;
}

static void add_pair(struct buf *out, struct str name, struct str value)
{
	if (value.n == 0)
		return;
	if (out->n > 0)
		buf_addc(out, '&');
	url_encode_add(out, name);
	buf_addc(out, '=');
	url_encode_add(out, value);
}

/* `claims` is an object there (RFC 9101, 4), max_age a number, resource may be a list. */
static void add_member(struct arena *a, struct buf *out, const struct json *member)
{
	struct buf text = buf_new(a, 64);
	struct json_writer w = json_writer_on(&text);

	if (member->type == JSON_STR) {
		add_pair(out, member->key, member->str);
	} else if (member->type == JSON_LIST && str_is(member->key, "resource")) {
		json_each(item, member) add_pair(out, member->key, item->str);
	} else if (member->type != JSON_NULL_VALUE) {
		json_value(&w, member);
		add_pair(out, member->key, buf_str(&text));
	}
}

static bool has_member(const struct json *claims, struct str name)
{
	json_each(member, claims)
	{
		if (str_eq(member->key, name))
			return true;
	}
	return false;
}

struct str request_object_merge(
	struct arena *a, const struct json *claims, const struct params *beside)
{
	struct buf out = buf_new(a, 1024);

	json_each(member, claims)
	{
		if (!is_jwt_member(member->key))
			add_member(a, &out, member);
	}
	for (size_t i = 0; beside != NULL && i < beside->count; i++) {
		const struct param *p = &beside->list[i];

		if (!is_jwt_member(p->name) && !has_member(claims, p->name))
			add_pair(&out, p->name, p->value);
	}
	return buf_str(&out);
}

static bool is_accepted(const struct tenant *t, const struct client *client, enum jws_alg alg)
{
	if (client->request_object_alg != JWS_UNKNOWN && client->request_object_alg != alg)
		return false;
	switch (alg) {
	case JWS_RS256:
	case JWS_PS256:
	case JWS_ES256:
	case JWS_EDDSA:
	case JWS_HS256:
		return true;
	case JWS_NONE:
		return t->settings.unsigned_request_objects && !client->require_signed_request;
	default:
		return false;
	}
}

/* A JWT inside a JWT, and compressed ones, are of JWE; typ is what RFC 9101, 10.8 says, or that
 * of clients that are older. */
static bool has_plain_header(const struct jws *jws)
{
	struct str typ = jws->typ;

	if (json_get(jws->header, "zip") != NULL || json_get(jws->header, "enc") != NULL ||
		json_get(jws->header, "cty") != NULL)
		return false;
	if (typ.n > 12 && str_eq_nocase(str_first(typ, 12), S("application/")))
		typ = str_after(typ, 12);
	return typ.n == 0 || str_eq_nocase(typ, S("JWT")) ||
	       str_eq_nocase(typ, S("oauth-authz-req+jwt"));
}

static enum err verify(const struct tenant *t, const struct client *client,
	const struct http_request *rq, const struct jws *jws)
{
	if (jws->alg == JWS_NONE)
		return jws->signature.n == 0 ? OK : ERR_INVALID;
	return jws->alg == JWS_HS256 ? client_verify_with_secret(client, jws)
				     : client_verify_with_keys(t, client, rq, jws);
}

static const struct fault *check_parties(const struct issuer *issuer,
	const struct client *client, const struct json *claims, bool is_signed)
{
	INVALID(wrong_issuer, "The iss of the request object is not the client_id.");
	INVALID(wrong_audience, "The aud of the request object is not this issuer.");
	INVALID(has_subject, "A request object has no sub that is the client.");

	if ((is_signed || json_get(claims, "iss") != NULL) &&
		!str_eq(json_get_str(claims, "iss"), client->client_id))
		return &wrong_issuer;
	if ((is_signed || json_get(claims, "aud") != NULL) &&
		!jwt_has_audience(claims, issuer->url) &&
		!jwt_has_audience(claims, issuer->origin))
		return &wrong_audience;
	/* It could be a client_assertion of the same keys (RFC 9101, 10.8). */
	if (str_eq(json_get_str(claims, "sub"), client->client_id))
		return &has_subject;
	return NULL;
}

static const struct fault *check_times(const struct json *claims, int64_t now)
{
	INVALID(expired, "The request object has expired.");
	INVALID(not_yet, "The request object is not valid yet.");
	INVALID(no_time, "A time of the request object is not a number.");

	switch (jwt_check_optional_times(claims, now, LEEWAY)) {
	case JWT_EXPIRED:
		return &expired;
	case JWT_NOT_YET:
		return &not_yet;
	case JWT_TIME_MISSING:
		return &no_time;
	case JWT_TIME_FITS:
		break;
	}
	return NULL;
}

/* What stands beside must not say another thing (OpenID Connect Core 1.0, 6.1). */
static const struct fault *check_agreement(
	const struct client *client, const struct json *claims, const struct params *beside)
{
	INVALID(nested, "A request object cannot hold another request object.");
	INVALID(other_client, "The client_id of the request object is another one.");
	INVALID(other_type, "The response_type of the request object is another one.");
	struct str type = params_get(beside, "response_type");

	if (json_get(claims, "request") != NULL || json_get(claims, "request_uri") != NULL)
		return &nested;
	if (json_get(claims, "client_id") != NULL &&
		!str_eq(json_get_str(claims, "client_id"), client->client_id))
		return &other_client;
	if (type.n > 0 && json_get(claims, "response_type") != NULL &&
		!str_eq(json_get_str(claims, "response_type"), type))
		return &other_type;
	return NULL;
}

static const struct fault *check(const struct issuer *issuer, const struct client *client,
	const struct json *claims, const struct params *beside, bool is_signed, int64_t now)
{
	const struct fault *fault = check_parties(issuer, client, claims, is_signed);

	if (fault == NULL)
		fault = check_times(claims, now);
	return fault != NULL ? fault : check_agreement(client, claims, beside);
}

static struct str with_client(struct arena *a, struct str text, const struct json *claims,
	const struct client *client)
{
	struct buf out = buf_new(a, text.n + 64);

	buf_add(&out, text);
	if (json_get(claims, "client_id") == NULL)
		add_pair(&out, S("client_id"), client->client_id);
	return buf_str(&out);
}

enum err request_object_open(const struct tenant *t, const struct issuer *issuer,
	const struct client *client, const struct http_request *rq, struct str object,
	const struct params *beside, struct str *ret_text, const struct fault **ret_fault)
{
	struct arena *a = rq->arena;
	const struct json *claims;
	struct jws jws;
	enum err err;

	*ret_fault = &unreadable;
	if (jwe_looks_like(object) && encryption_keys_open(t, a, object, &object) != OK)
		return OK;
	*ret_fault = &malformed;
	if (jws_parse(a, object, &jws) != OK || !has_plain_header(&jws))
		return OK;
	*ret_fault = &wrong_alg;
	if (!is_accepted(t, client, jws.alg))
		return OK;
	err = verify(t, client, rq, &jws);
	*ret_fault = &wrong_signature;
	if (err != OK)
		return err == ERR_INVALID ? OK : err;
	*ret_fault = &malformed;
	if (jwt_claims(a, &jws, &claims) != OK)
		return OK;
	*ret_fault = check(issuer, client, claims, beside, jws.alg != JWS_NONE, rq->now);
	if (*ret_fault != NULL)
		return OK;
	*ret_text =
		client->require_signed_request
			? with_client(a, request_object_merge(a, claims, NULL), claims, client)
			: request_object_merge(a, claims, beside);
	return OK;
}
