/* SPDX-License-Identifier: Apache-2.0 */
#include "front/forwarded.h"

#include "front/guard.h"

struct str host_lower(struct arena *arena, struct str host)
{
	char *lower = arena_alloc(arena, host.n + 1);

	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return (struct str){ lower, host.n };
}

/* Takes the last element of a comma-separated list off its end. */
static bool split_last(struct str *list, struct str *ret)
{
	size_t i = list->n;

	if (i == 0)
		return false;
	while (i > 0 && list->p[i - 1] != ',')
		i--;
	*ret = str_trim(str_after(*list, i));
	*list = str_first(*list, i > 0 ? i - 1 : 0);
	return true;
}

/* "192.0.2.7:4711" and "[2001:db8::7]:4711" without their ports. */
static struct str without_port(struct str s)
{
	ptrdiff_t end = str_index(s, ']');
	ptrdiff_t colon = str_index(s, ':');

	if (s.n > 0 && s.p[0] == '[' && end > 0)
		return str_first(str_after(s, 1), (size_t)end - 1);
	if (colon >= 0 && str_index(str_after(s, (size_t)colon + 1), ':') < 0)
		return str_first(s, (size_t)colon);
	return s;
}

/* Follows one header's list from the right; false when the client was reached. */
static bool follow(struct str list, const struct trust *trust, struct address *client)
{
	struct str last;

	while (split_last(&list, &last)) {
		struct address address;

		if (address_parse(without_port(last), &address) != OK)
			return false;
		*client = address;
		if (!networks_hold(trust->networks, trust->count, client))
			return false;
	}
	return true;
}

static struct str last_value(const struct http_request *rq, struct str name)
{
	struct str value = { NULL, 0 };

	for (size_t i = rq->header_count; i > 0; i--) {
		struct str list = rq->headers[i - 1].value;

		if (!str_eq_nocase(rq->headers[i - 1].name, name))
			continue;
		if (split_last(&list, &value))
			return value;
	}
	return value;
}

static void apply_client(
	struct http_request *rq, const struct trust *trust, const struct address *peer)
{
	struct address client = *peer;
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = rq->header_count; i > 0; i--) {
		const struct http_header *h = &rq->headers[i - 1];

		if (!str_eq_nocase(h->name, S("x-forwarded-for")))
			continue;
		if (!follow(h->value, trust, &client))
			break;
	}
	rq->remote = arena_str(rq->arena, address_text(&client, text));
}

void forwarded_apply(
	struct http_request *rq, const struct trust *trust, const struct address *peer)
{
	struct str proto;
	struct str host;

	if (!networks_hold(trust->networks, trust->count, peer))
		return;
	apply_client(rq, trust, peer);

	proto = last_value(rq, S("x-forwarded-proto"));
	if (str_eq_nocase(proto, S("https")))
		rq->https = true;
	if (str_eq_nocase(proto, S("http")))
		rq->https = false;

	host = last_value(rq, S("x-forwarded-host"));
	if (host.n > 0 && guard_host_ok(host))
		rq->host = host_lower(rq->arena, host);
}
