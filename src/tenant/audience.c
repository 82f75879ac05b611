/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/audience.h"

#include <stdlib.h>

enum { WITHOUT_API = 86400 }; /* opaque tokens for /userinfo: oidc/token/access_token.c */

static bool may_share(const struct resource_server *a, const struct resource_server *b)
{
	return a->signing_alg == b->signing_alg && a->signing_alg != JWS_HS256 &&
	       a->rfc9068 == b->rfc9068 && a->opaque == b->opaque;
}

static int64_t lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void add_scopes(
	struct resource_server *all, const struct resource_server *api, struct arena *a)
{
	struct api_scope *scopes =
		arena_array(a, struct api_scope, all->scope_count + api->scope_count);
	size_t n = all->scope_count;

	for (size_t i = 0; i < n; i++)
		scopes[i] = all->scopes[i];
	for (size_t i = 0; i < api->scope_count; i++)
		if (!resource_server_has_scope(all, api->scopes[i].value))
			scopes[n++] = api->scopes[i];
	all->scopes = scopes;
	all->scope_count = n;
}

static void join(
	struct resource_server *all, const struct resource_server *api, struct arena *a)
{
	all->name =
		arena_printf(a, STR_FMT ", " STR_FMT, STR_ARG(all->name), STR_ARG(api->name));
	all->allow_offline_access = all->allow_offline_access && api->allow_offline_access;
	all->skip_consent = all->skip_consent && api->skip_consent;
	all->token_lifetime = lesser(all->token_lifetime, api->token_lifetime);
	all->token_lifetime_for_web =
		lesser(all->token_lifetime_for_web, api->token_lifetime_for_web);
	add_scopes(all, api, a);
}

static const struct resource_server *several(
	const struct tenant *t, struct arena *a, struct str audience)
{
	struct resource_server *all = arena_new_of(a, struct resource_server);
	struct str *parts = arena_array(a, struct str, AUDIENCE_MOST);
	struct str rest = audience;
	struct str part;
	size_t n = 0;

	while (str_split(&rest, ' ', &part)) {
		const struct resource_server *api = tenant_resource_server(t, part);

		if (api == NULL || n == AUDIENCE_MOST || (n > 0 && !may_share(all, api)))
			return NULL;
		if (n == 0)
			*all = *api;
		else
			join(all, api, a);
		parts[n++] = api->identifier;
	}
	if (n < 2)
		return NULL;
	all->identifier = arena_str(a, audience);
	all->parts = (struct str_list){ parts, n };
	return all;
}

const struct resource_server *tenant_audience(
	const struct tenant *t, struct arena *a, struct str audience)
{
	const struct resource_server *api = tenant_resource_server(t, audience);

	if (api != NULL || str_index(audience, ' ') < 0)
		return api;
	return several(t, a, audience);
}

int64_t audience_longest_life(const struct tenant *t, struct str audience)
{
	const struct resource_server *api = tenant_resource_server(t, audience);
	int64_t life = api != NULL ? api->token_lifetime : 0;
	struct str part;

	while (api == NULL && str_split(&audience, ' ', &part)) {
		const struct resource_server *one = tenant_resource_server(t, part);

		if (one != NULL && one->token_lifetime > life)
			life = one->token_lifetime;
	}
	return life > 0 ? life : WITHOUT_API;
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

struct str audience_join(struct arena *a, const struct str *list, size_t count)
{
	struct str sorted[AUDIENCE_MOST];
	struct buf b = buf_new(a, 128);

	if (count == 0 || count > AUDIENCE_MOST)
		return S("");
	for (size_t i = 0; i < count; i++)
		sorted[i] = list[i];
	qsort(sorted, count, sizeof(sorted[0]), by_text);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && str_eq(sorted[i], sorted[i - 1]))
			continue;
		if (i > 0)
			buf_addc(&b, ' ');
		buf_add(&b, sorted[i]);
	}
	return buf_str(&b);
}

bool audience_has(const struct tenant *t, struct str audience, struct str identifier)
{
	if (str_eq(audience, identifier))
		return true;
	return tenant_resource_server(t, audience) == NULL &&
	       str_has_word(audience, identifier);
}
