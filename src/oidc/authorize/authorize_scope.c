/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"
#include "oidc/authorize/authorize_check.h"
#include "json/json_writer.h"

typedef struct authorize_subject subject;

static const struct str openid_scopes[] = {
	STR_LIT("openid"),
	STR_LIT("profile"),
	STR_LIT("email"),
	STR_LIT("address"),
	STR_LIT("phone"),
};

static bool is_openid_scope(struct str scope)
{
	for (size_t i = 0; i < sizeof(openid_scopes) / sizeof(openid_scopes[0]); i++)
		if (str_eq(openid_scopes[i], scope))
			return true;
	return false;
}

/* A refresh token comes only out of a code, to a client that may use it, and not against the
 * API's will. */
static bool may_have_refresh_token(const subject *s)
{
	return (s->request->response_type & RESPONSE_CODE) &&
	       (s->client->grant_types & GRANT_REFRESH_TOKEN) &&
	       (s->api == NULL || s->api->allow_offline_access);
}

static bool may_have(const subject *s, struct str scope)
{
	if (is_openid_scope(scope))
		return true;
	if (str_is(scope, "offline_access") || str_is(scope, "online_access"))
		return may_have_refresh_token(s);
	return s->api != NULL && resource_server_has_scope(s->api, scope);
}

struct str authorize_scope(const subject *s)
{
	struct buf out = buf_new(s->arena, s->request->scope.n + 1);
	struct str rest = s->request->scope;
	struct str scope;

	while (str_split(&rest, ' ', &scope)) {
		if (scope.n == 0 || !may_have(s, scope) || str_has_word(buf_str(&out), scope))
			continue;
		if (out.n > 0)
			buf_addc(&out, ' ');
		buf_add(&out, scope);
	}
	return buf_str(&out);
}

static struct str description_of(const subject *s, struct str scope)
{
	for (size_t i = 0; s->api != NULL && i < s->api->scope_count; i++)
		if (str_eq(s->api->scopes[i].value, scope))
			return s->api->scopes[i].description;
	return S("");
}

void authorize_scope_put(struct json_writer *w, const subject *s, struct str scope)
{
	struct str word;

	json_key(w, "scopes");
	json_begin_list(w);
	while (str_split(&scope, ' ', &word)) {
		json_begin_map(w);
		json_put_str(w, "value", word);
		json_put_opt(w, "description", description_of(s, word));
		json_end_map(w);
	}
	json_end_list(w);
}

struct str authorize_consent_scope(const subject *s, struct str scope)
{
	/* First-party: only an API that insists asks (auth0-wire, 7). */
	if (s->client->is_first_party && (s->api == NULL || s->api->skip_consent))
		return S("");
	return scope;
}
