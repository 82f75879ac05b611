/* SPDX-License-Identifier: Apache-2.0 */
#include "front/router.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* One path, and the first of its rows; `next` leads to the others. */
struct place {
	struct str path; /* without the '*' */
	const struct route *route;
	struct place *next;
};

struct router {
	struct place *places;
	struct place **exact; /* a hash table, never full */
	size_t mask;
	struct place **prefixes; /* longest first */
	size_t prefix_count;
};

static bool is_prefix(const struct route *route)
{
	size_t n = strlen(route->path);

	return n > 0 && route->path[n - 1] == '*';
}

static struct place **exact_slot(const struct router *router, struct str path)
{
	size_t at = (size_t)str_hash(path) & router->mask;

	while (router->exact[at] != NULL && !str_eq(router->exact[at]->path, path))
		at = (at + 1) & router->mask;
	return &router->exact[at];
}

static struct place **prefix_slot(struct router *router, struct str path)
{
	size_t at = 0;

	while (at < router->prefix_count && router->prefixes[at]->path.n >= path.n) {
		if (str_eq(router->prefixes[at]->path, path))
			return &router->prefixes[at];
		at++;
	}
	memmove(&router->prefixes[at + 1], &router->prefixes[at],
		(router->prefix_count - at) * sizeof(struct place *));
	router->prefix_count++;
	router->prefixes[at] = NULL;
	return &router->prefixes[at];
}

static void append(struct place **slot, struct place *place)
{
	while (*slot != NULL)
		slot = &(*slot)->next;
	*slot = place;
}

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size);

	if (p == NULL)
		abort();
	return p;
}

struct router *router_new(const struct route *routes, size_t count)
{
	struct router *router = zeroed(1, sizeof(*router));
	size_t size = 8;

	while (size < count * 4)
		size *= 2;
	router->mask = size - 1;
	router->exact = zeroed(size, sizeof(struct place *));
	router->places = zeroed(count, sizeof(struct place));
	router->prefixes = zeroed(count + 1, sizeof(struct place *));

	for (size_t i = 0; i < count; i++) {
		struct place *place = &router->places[i];

		assert(routes[i].path[0] == '/' && routes[i].handler != NULL);
		place->route = &routes[i];
		place->path = str_from(routes[i].path);
		if (is_prefix(&routes[i])) {
			place->path.n--;
			append(prefix_slot(router, place->path), place);
		} else {
			append(exact_slot(router, place->path), place);
		}
	}
	return router;
}

void router_free(struct router *router)
{
	if (router == NULL)
		return;
	free(router->places);
	free(router->exact);
	free(router->prefixes);
	free(router);
}

static const struct place *place_of(const struct router *router, struct str path)
{
	const struct place *exact = *exact_slot(router, path);

	if (exact != NULL)
		return exact;
	for (size_t i = 0; i < router->prefix_count; i++) {
		if (str_starts(path, router->prefixes[i]->path))
			return router->prefixes[i];
	}
	return NULL;
}

struct router_match router_find(const struct router *router, unsigned method, struct str path)
{
	const struct place *place = place_of(router, path);
	struct router_match match = { .form = FORM_PAGE };

	if (place == NULL)
		return match;
	match.form = place->route->form;
	if (is_prefix(place->route))
		match.tail = str_after(path, place->path.n);
	for (; place != NULL; place = place->next) {
		match.allowed |= place->route->methods;
		if (match.route == NULL && (place->route->methods & method) != 0) {
			match.route = place->route;
			match.form = place->route->form;
		}
	}
	return match;
}

struct str router_allow(struct arena *arena, unsigned methods)
{
	static const struct {
		unsigned method;
		const char *name;
	} names[] = {
		{ HTTP_GET, "GET" },
		{ HTTP_HEAD, "HEAD" },
		{ HTTP_POST, "POST" },
		{ HTTP_PUT, "PUT" },
		{ HTTP_PATCH, "PATCH" },
		{ HTTP_DELETE, "DELETE" },
		{ HTTP_OPTIONS, "OPTIONS" },
	};
	struct buf out = buf_new(arena, 64);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(methods & names[i].method))
			continue;
		buf_addf(&out, "%s%s", out.n > 0 ? ", " : "", names[i].name);
	}
	return buf_str(&out);
}
