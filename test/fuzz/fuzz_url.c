/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: the parts joined are the input; an origin is its own origin; escapes come back. */
#include "base/url.h"
#include "fuzz.h"

static void add_part(struct buf *b, bool there, struct str mark, struct str part)
{
	if (!there)
		return;
	buf_add(b, mark);
	buf_add(b, part);
}

static struct str joined(struct arena *a, const struct url *u)
{
	struct buf b = buf_new(a, 256);

	buf_add(&b, u->scheme);
	buf_addc(&b, ':');
	add_part(&b, u->has_authority, S("//"), u->userinfo);
	add_part(&b, u->has_userinfo, S("@"), (struct str){ 0 });
	buf_add(&b, u->host);
	add_part(&b, u->port.p != NULL, S(":"), u->port);
	buf_add(&b, u->path);
	add_part(&b, u->has_query, S("?"), u->query);
	add_part(&b, u->has_fragment, S("#"), u->fragment);
	return buf_str(&b);
}

static void check_origin(struct arena *a, const struct url *u)
{
	struct str origin = url_origin(a, u);
	struct url again;
	enum err err;

	if (origin.n == 0)
		return;
	err = url_parse(origin, &again);
	assert(!err && str_eq(url_origin(a, &again), origin));
	assert(str_eq_nocase(again.scheme, u->scheme) && str_eq_nocase(again.host, u->host));
	assert(!again.has_userinfo && !again.has_query && !again.has_fragment);
	assert(again.path.n == 0 && origin.p[origin.n] == '\0');
	for (size_t i = 0; i < origin.n; i++)
		assert(str_index(S(" \"'(),;*<>\\"), origin.p[i]) < 0);
}

static void check_escapes(struct arena *a, struct str text)
{
	struct str plain;
	struct str again;
	enum err err;

	err = url_decode(a, url_encode(a, text), false, &again);
	assert(!err && str_eq(again, text));
	if (url_decode(a, text, true, &plain) != OK)
		return;
	err = url_decode(a, url_encode(a, plain), true, &again);
	assert(!err && str_eq(again, plain));
}

static void fuzz_input(struct arena *a, struct str text)
{
	struct url u;

	check_escapes(a, text);
	url_host_is_loopback(text);
	if (url_parse(text, &u) != OK)
		return;
	assert(str_eq(joined(a, &u), text));
	check_origin(a, &u);
}
