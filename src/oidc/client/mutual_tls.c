/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/mutual_tls.h"

#include "base/base64.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "notify/fetch.h"
#include "oidc/client/client_jwks.h"

static const struct fault none = { "invalid_client",
	STR_LIT("The client must authenticate with a certificate, and the connection has none"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault unvouched = { "invalid_client",
	STR_LIT("No authority that this server trusts vouches for the certificate"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault misnamed = { "invalid_client",
	STR_LIT("The certificate does not have the name that the client is registered with"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault unregistered = { "invalid_client",
	STR_LIT("The certificate is not one that the client is registered with"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault outdated = { "invalid_client",
	STR_LIT("The certificate has expired, or is not valid yet"),
	REASON_CLIENT_AUTHENTICATION };

/* name[:port]; the port is the issuer's unless the name has its own. */
static struct str alias_host(
	struct arena *a, const struct provider *op, const struct issuer *issuer)
{
	struct str host = str_from(op->mtls_host);
	ptrdiff_t port = str_index(issuer->host, ':');

	if (host.n == 0 || port < 0 || str_index(host, ':') >= 0)
		return host;
	return arena_printf(a, STR_FMT STR_FMT, STR_ARG(host),
		STR_ARG(str_after(issuer->host, (size_t)port)));
}

struct str mutual_tls_alias(
	struct arena *a, const struct provider *op, const struct issuer *issuer)
{
	struct str host = alias_host(a, op, issuer);
	size_t scheme = issuer->origin.n - issuer->host.n;

	if (host.n == 0)
		return host;
	return arena_printf(
		a, STR_FMT STR_FMT, STR_ARG(str_first(issuer->origin, scheme)), STR_ARG(host));
}

struct str mutual_tls_origin(
	const struct provider *op, const struct issuer *issuer, const struct http_request *rq)
{
	struct str host = alias_host(rq->arena, op, issuer);

	return host.n > 0 && str_eq(host, rq->host) ? mutual_tls_alias(rq->arena, op, issuer)
						    : issuer->origin;
}

struct str mutual_tls_thumbprint(const struct http_request *rq)
{
	return rq->certificate.n > 0 ? sha256_base64url(rq->arena, rq->certificate) : S("");
}

static const struct fault *check_name(
	const struct client *client, const struct http_request *rq)
{
	if (!rq->certificate_trusted)
		return &unvouched;
	return certificate_names(rq->certificate, client->tls_name_kind, client->tls_name)
		       ? NULL
		       : &misnamed;
}

/* RFC 7517, 4.7 and 4.9: the key's certificate, or its thumbprint. */
static bool is_key_of(struct arena *a, const struct json *key, struct str thumbprint)
{
	const struct json *chain = json_get(key, "x5c");
	struct str der;

	if (str_eq(json_get_str(key, "x5t#S256"), thumbprint))
		return true;
	if (chain == NULL || chain->type != JSON_LIST || chain->first == NULL ||
		chain->first->type != JSON_STR)
		return false;
	return base64_decode(a, chain->first->str, &der) == OK &&
	       str_eq(sha256_base64url(a, der), thumbprint);
}

static bool is_in(struct arena *a, struct str text, struct str thumbprint)
{
	const struct json *set = NULL;

	if (json_parse(a, text, &set, NULL) != OK)
		return false;
	json_each(key, json_get(set, "keys"))
	{
		if (is_key_of(a, key, thumbprint))
			return true;
	}
	return false;
}

/* A set that lacks it may be old: asked for by a name that it lacks, it is fetched anew. */
static enum err look_behind_uri(const struct tenant *t, const struct client *client,
	const struct http_request *rq, struct str thumbprint, bool *ret)
{
	struct str text = { 0 };
	enum err err = client_jwks_get(
		t, rq->arena, client->jwks_uri, S(""), rq->now, rq->may_block, fetch, &text);

	if (err == OK && !is_in(rq->arena, text, thumbprint))
		err = client_jwks_get(t, rq->arena, client->jwks_uri, thumbprint, rq->now,
			rq->may_block, fetch, &text);
	if (err == ERR_WOULD_BLOCK || err == ERR_BUSY)
		return err;
	*ret = err == OK && is_in(rq->arena, text, thumbprint);
	return OK;
}

static enum err check_key(const struct tenant *t, const struct client *client,
	const struct http_request *rq, const struct fault **ret)
{
	struct str thumbprint = mutual_tls_thumbprint(rq);
	bool found = client->jwks.n > 0 && is_in(rq->arena, client->jwks, thumbprint);
	enum err err = OK;

	if (client->jwks.n == 0 && client->jwks_uri.n > 0)
		err = look_behind_uri(t, client, rq, thumbprint, &found);
	if (err != OK)
		return err;
	*ret = found ? NULL : &unregistered;
	if (found && !certificate_is_current(rq->certificate, rq->now))
		*ret = &outdated;
	return OK;
}

enum err mutual_tls_authenticate(const struct tenant *t, const struct client *client,
	const struct http_request *rq, const struct fault **ret)
{
	if (rq->certificate.n == 0) {
		*ret = &none;
		return OK;
	}
	if (client->auth_method == AUTH_SELF_SIGNED_TLS)
		return check_key(t, client, rq, ret);
	*ret = check_name(client, rq);
	return OK;
}
