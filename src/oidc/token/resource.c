/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/resource.h"

#define TARGET(name, sentence)                                                  \
	static const struct fault name = { "invalid_target", STR_LIT(sentence), \
		REASON_REQUEST_INVALID }

TARGET(too_many, "The request names more resources than one token can be for.");
TARGET(apart, "The resources cannot share one access token: ask for them one by one.");
TARGET(contradiction, "The resource is not the audience that the request names too.");

struct resources resources_read(const struct params *params)
{
	struct resources r = { .count = 0 };

	for (size_t i = 0; i < params->count; i++) {
		const struct param *p = &params->list[i];

		if (!str_is(p->name, "resource") || p->value.n == 0)
			continue;
		if (r.count == AUDIENCE_MOST) {
			r.too_many = true;
			break;
		}
		r.list[r.count++] = p->value;
	}
	return r;
}

/* RFC 8707, 2: an absolute URI (RFC 3986, 4.3), so without a fragment. */
static bool is_absolute_uri(struct str s)
{
	ptrdiff_t colon = str_index(s, ':');

	if (colon < 1 || str_index(s, '#') >= 0 || str_index(s, ' ') >= 0)
		return false;
	for (ptrdiff_t i = 0; i < colon; i++) {
		char c = s.p[i];
		bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';

		if (!alpha && (i == 0 || !other))
			return false;
	}
	return true;
}

static const struct fault *check_one(
	const struct tenant *t, struct arena *a, struct str resource)
{
	if (!is_absolute_uri(resource))
		return fault_with(a, "invalid_target", REASON_REQUEST_INVALID, "The resource '",
			resource, "' is not an absolute URI without a fragment.");
	if (tenant_resource_server(t, resource) == NULL)
		return fault_with(a, "invalid_target", REASON_REQUEST_INVALID,
			"Service not found: ", resource, "");
	return NULL;
}

const struct fault *resources_check(
	const struct tenant *t, struct arena *a, const struct resources *r, struct str audience)
{
	const struct fault *fault = r->too_many ? &too_many : NULL;

	for (size_t i = 0; i < r->count && fault == NULL; i++) {
		fault = check_one(t, a, r->list[i]);
		if (fault == NULL && audience.n > 0 && !str_eq(audience, r->list[i]))
			fault = &contradiction;
	}
	if (fault == NULL && r->count > 1 &&
		tenant_audience(t, a, resources_audience(a, r)) == NULL)
		fault = &apart;
	return fault;
}

struct str resources_audience(struct arena *a, const struct resources *r)
{
	return audience_join(a, r->list, r->count);
}

const struct fault *resources_narrow(const struct tenant *t, struct arena *a,
	const struct resources *r, struct str granted, struct str *ret)
{
	if (r->too_many)
		return &too_many;
	for (size_t i = 0; i < r->count; i++)
		if (!audience_has(t, granted, r->list[i]))
			return fault_with(a, "invalid_target", REASON_REQUEST_INVALID,
				"The resource was not granted: ", r->list[i], "");
	*ret = r->count > 0 ? resources_audience(a, r) : granted;
	return NULL;
}

struct str resources_scope(const struct tenant *t, struct arena *a, struct str scope,
	struct str granted, struct str narrowed)
{
	const struct resource_server *all = tenant_audience(t, a, granted);
	const struct resource_server *some = tenant_audience(t, a, narrowed);
	struct buf out = buf_new(a, scope.n + 1);
	struct str word;

	if (str_eq(granted, narrowed) || all == NULL || some == NULL)
		return scope;
	while (str_split(&scope, ' ', &word)) {
		if (word.n == 0 || (resource_server_has_scope(all, word) &&
					   !resource_server_has_scope(some, word)))
			continue;
		if (out.n > 0)
			buf_addc(&out, ' ');
		buf_add(&out, word);
	}
	return buf_str(&out);
}
