/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/resource_server.h"

#include <stddef.h>

#include "tenant/field.h"

enum { DAY = 86400, LIFETIME_MOST = 30 * DAY, HS256_SECRET_LEAST = 16 };

struct draft {
	struct resource_server api;
	int alg;
	int dialect;
	int format;
};

/* RFC 6749, 3.3: scope-token. */
static bool is_scope_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return s.n > 0;
}

static enum err read_scopes(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct draft *d = into;
	struct api_scope *scopes;
	size_t n = 0;

	if (value->type != JSON_LIST)
		return field_refuse(
			a, ret_why, "scopes", "must be a list of {value, description}");
	scopes = arena_array(a, struct api_scope, value->count);
	json_each(item, value)
	{
		struct str name =
			item->type == JSON_MAP ? json_get_str(item, "value") : item->str;

		if (!is_scope_token(name))
			return field_refuse(a, ret_why, "scopes",
				"each must have a value of printable ASCII without blanks and "
				"quotes");
		scopes[n++] = (struct api_scope){ arena_str(a, name),
			arena_str(a, json_get_str(item, "description")) };
	}
	d->api.scopes = scopes;
	d->api.scope_count = n;
	return OK;
}

static const enum jws_alg alg_values[] = { JWS_RS256, JWS_ES256, JWS_PS256, JWS_EDDSA,
	JWS_HS256 };

#define IN(member) offsetof(struct draft, api.member)
#define AT(member) offsetof(struct draft, member)

/* clang-format off */
static const struct field fields[] = {
	{ "identifier", FIELD_TEXT, IN(identifier), .shown = "–", .text = "its audience" },
	{ "name", FIELD_TEXT, IN(name), .text = "what people are shown" },
	{ .name = "scopes", .type = FIELD_OWN, .read = read_scopes, .shown = "`[]`", .text = "`[{value, description}]`" },
	{ "signing_alg", FIELD_CHOICE, AT(alg), 0, .choices = "RS256 ES256 PS256 EdDSA HS256", .text = "signs its access tokens" },
	{ "signing_secret", FIELD_TEXT, IN(signing_secret), .text = "for HS256 only; kept sealed" },
	{ "token_dialect", FIELD_CHOICE, AT(dialect), 0, .choices = "access_token access_token_authz rfc9068_profile rfc9068_profile_authz", .text = "how its access tokens look" },
	{ "token_format", FIELD_CHOICE, AT(format), 0, .choices = "jwt opaque", .text = "`jwt`: the API reads its access tokens itself; `opaque`: it asks `/oauth/introspect` about each, so that a revoked one ends at once" },
	{ "allow_offline_access", FIELD_FLAG, IN(allow_offline_access), 1, .text = "refresh tokens may be given for it" },
	{ "skip_consent_for_verifiable_first_party_clients", FIELD_FLAG, IN(skip_consent), 1, .text = "first-party clients need no consent" },
	{ "token_lifetime", FIELD_NUMBER, IN(token_lifetime), DAY, 1, LIFETIME_MOST, .text = "seconds for which an access token is good" },
	{ "token_lifetime_for_web", FIELD_NUMBER, IN(token_lifetime_for_web), 7200, 1, LIFETIME_MOST, .text = "the same for those that /authorize gives itself; at most `token_lifetime`" },

	/* Auth0's (auth0-wire.md, 11.4), so that a file that was exported there is accepted. */
	{ .name = "allow_online_access", .type = FIELD_KEPT },
	{ .name = "authorization_details", .type = FIELD_KEPT },
	{ .name = "client", .type = FIELD_KEPT },
	{ .name = "client_id", .type = FIELD_KEPT },
	{ .name = "consent_policy", .type = FIELD_KEPT },
	{ .name = "created_at", .type = FIELD_KEPT },
	{ .name = "enforce_policies", .type = FIELD_KEPT },
	{ .name = "id", .type = FIELD_KEPT },
	{ .name = "is_system", .type = FIELD_KEPT },
	{ .name = "proof_of_possession", .type = FIELD_KEPT },
	{ .name = "signing_secret_sealed", .type = FIELD_KEPT },
	{ .name = "subject_type_authorization", .type = FIELD_KEPT },
	{ .name = "token_encryption", .type = FIELD_KEPT },
	{ .name = "updated_at", .type = FIELD_KEPT },
	{ .name = "verificationKey", .type = FIELD_KEPT },
	{ .name = "verificationLocation", .type = FIELD_KEPT },
};
/* clang-format on */

enum { FIELDS = sizeof(fields) / sizeof(fields[0]), DIALECT_RFC9068 = 2 };

static enum err check(
	struct arena *a, const struct json *body, struct draft *d, struct str *ret_why)
{
	struct resource_server *api = &d->api;

	if (api->identifier.n == 0)
		return field_refuse(a, ret_why, "identifier", "must be given");
	if (api->token_lifetime_for_web > api->token_lifetime) {
		if (field_find(body, "token_lifetime_for_web"))
			return field_refuse(a, ret_why, "token_lifetime_for_web",
				"must be at most token_lifetime (%lld)",
				(long long)api->token_lifetime);
		api->token_lifetime_for_web = api->token_lifetime;
	}
	if (api->signing_secret.n && api->signing_secret.n < HS256_SECRET_LEAST)
		return field_refuse(a, ret_why, "signing_secret", "must be at least %d bytes",
			HS256_SECRET_LEAST);
	return OK;
}

enum err resource_server_read(struct arena *a, struct str document, const struct json *body,
	struct resource_server *ret, struct str *ret_why)
{
	struct draft d = { .api = { .document = document } };
	enum err e;

	fields_default(fields, FIELDS, &d);
	e = fields_read(a, fields, FIELDS, body, &d, ret_why);
	if (!e)
		e = check(a, body, &d, ret_why);
	if (e)
		return e;
	d.api.signing_alg = alg_values[d.alg];
	d.api.opaque = d.format != 0;
	d.api.rfc9068 = d.dialect >= DIALECT_RFC9068;
	if (d.api.name.n == 0)
		d.api.name = d.api.identifier;
	*ret = d.api;
	return OK;
}

bool resource_server_has_scope(const struct resource_server *api, struct str scope)
{
	for (size_t i = 0; i < api->scope_count; i++)
		if (str_eq(api->scopes[i].value, scope))
			return true;
	return false;
}

static enum err read_grant_scope(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct client_grant *grant = into;
	struct buf b = buf_new(a, 128);

	if (value->type == JSON_STR) {
		grant->scope = arena_str(a, value->str);
		return OK;
	}
	if (value->type != JSON_LIST)
		return field_refuse(a, ret_why, "scope", "must be a list of scopes");
	json_each(item, value)
	{
		if (!is_scope_token(item->str))
			return field_refuse(a, ret_why, "scope",
				"each must be printable ASCII without blanks and quotes");
		buf_addf(&b, "%s" STR_FMT, b.n ? " " : "", STR_ARG(item->str));
	}
	grant->scope = buf_str(&b);
	return OK;
}

/* clang-format off */
static const struct field grant_fields[] = {
	{ "client_id", FIELD_TEXT, offsetof(struct client_grant, client_id), .text = "which client: its `client_id`, or its name" },
	{ "audience", FIELD_TEXT, offsetof(struct client_grant, audience), .text = "may use which API without a user (client_credentials)" },
	{ .name = "scope", .type = FIELD_OWN, .read = read_grant_scope, .shown = "`[]`", .text = "with which scopes" },
	{ .name = "allow_all_scopes", .type = FIELD_KEPT },
	{ .name = "allow_any_organization", .type = FIELD_KEPT },
	{ .name = "authorization_details_types", .type = FIELD_KEPT },
	{ .name = "default_for", .type = FIELD_KEPT },
	{ .name = "id", .type = FIELD_KEPT },
	{ .name = "is_system", .type = FIELD_KEPT },
	{ .name = "organization_usage", .type = FIELD_KEPT },
	{ .name = "subject_type", .type = FIELD_KEPT },
};
/* clang-format on */

enum { GRANT_FIELDS = sizeof(grant_fields) / sizeof(grant_fields[0]) };

enum err client_grant_read(
	struct arena *a, const struct json *body, struct client_grant *ret, struct str *ret_why)
{
	struct client_grant grant = { 0 };
	enum err e = fields_read(a, grant_fields, GRANT_FIELDS, body, &grant, ret_why);

	if (e)
		return e;
	if (grant.client_id.n == 0 || grant.audience.n == 0)
		return field_refuse(a, ret_why,
			grant.client_id.n == 0 ? "client_id" : "audience", "must be given");
	*ret = grant;
	return OK;
}

void resource_server_markdown(struct buf *b)
{
	buf_add(b, S("\n## APIs\n\nItems of the part `resourceServers`.\n\n"));
	fields_markdown(b, fields, FIELDS);
	buf_add(b, S("\n## Client grants\n\nItems of the part `clientGrants`.\n\n"));
	fields_markdown(b, grant_fields, GRANT_FIELDS);
}
