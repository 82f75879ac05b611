/* SPDX-License-Identifier: Apache-2.0 */

/* What is tried when no cookie came: the browsers' cases by name, then every combination. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "oidc/authorize/storage_access.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FRAME(access)                                           \
	{                                                       \
		FETCH_SITE_CROSS_SITE, FETCH_DEST_FRAME, access \
	}

static void what_browsers_do(void **state)
{
	static const struct {
		const char *when;
		struct storage_access_facts f;
		struct storage_access_verdict v; /* withheld, uncertain, retry, ask */
	} rows[] = {
		{ "a program without any such header", { .can_repeat = true, .by_page = true },
			{ false, false, false, false } },
		{ "a frame on the issuer's own site",
			{ .fetch = { FETCH_SITE_SAME_SITE, FETCH_DEST_FRAME,
				  STORAGE_ACCESS_ABSENT },
				.can_repeat = true },
			{ false, false, false, false } },
		{ "a cross-site frame, cookies withheld",
			{ .fetch = FRAME(STORAGE_ACCESS_NONE), .can_repeat = true },
			{ true, false, false, true } },
		{ "a permission not in use, a registered origin",
			{ .fetch = FRAME(STORAGE_ACCESS_INACTIVE),
				.can_repeat = true,
				.origin_registered = true },
			{ true, false, true, true } },
		{ "a permission not in use, a foreign origin",
			{ .fetch = FRAME(STORAGE_ACCESS_INACTIVE), .can_repeat = true },
			{ true, false, false, true } },
		{ "the permission is in use and still nothing came",
			{ .fetch = FRAME(STORAGE_ACCESS_ACTIVE),
				.can_repeat = true,
				.origin_registered = true },
			{ false, false, false, false } },
		{ "a browser that does not say",
			{ .fetch = FRAME(STORAGE_ACCESS_ABSENT), .can_repeat = true },
			{ true, true, false, true } },
		{ "the same, once more",
			{ .fetch = FRAME(STORAGE_ACCESS_ABSENT),
				.can_repeat = true,
				.repeated = true },
			{ false, false, false, false } },
		{ "withheld, once more: it is said, and nothing is tried",
			{ .fetch = FRAME(STORAGE_ACCESS_NONE),
				.can_repeat = true,
				.repeated = true },
			{ true, false, false, false } },
		{ "withheld from a POST, which cannot be repeated",
			{ .fetch = FRAME(STORAGE_ACCESS_NONE) },
			{ true, false, false, false } },
		{ "withheld from a fetch that answers by redirect",
			{ .fetch = { FETCH_SITE_CROSS_SITE, FETCH_DEST_EMPTY,
				  STORAGE_ACCESS_NONE },
				.can_repeat = true },
			{ true, false, false, false } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct storage_access_verdict v = storage_access_judge(&rows[i].f);

		if (v.withheld != rows[i].v.withheld || v.uncertain != rows[i].v.uncertain ||
			v.retry != rows[i].v.retry || v.ask != rows[i].v.ask)
			fail_msg("%s", rows[i].when);
	}
}

static void nothing_is_tried_twice(void **state)
{
	unsigned visited = 0;

	(void)state;
	for (int site = 0; site <= FETCH_SITE_CROSS_SITE; site++)
		for (int dest = 0; dest <= FETCH_DEST_OTHER; dest++)
			for (int storage = 0; storage <= STORAGE_ACCESS_ACTIVE; storage++)
				for (unsigned flags = 0; flags < 16; flags++) {
					struct storage_access_facts f = {
						.fetch = { (enum fetch_site)site,
							(enum fetch_dest)dest,
							(enum storage_access)storage },
						.origin_registered = flags & 1,
						.repeated = flags & 2,
						.can_repeat = flags & 4,
						.by_page = flags & 8,
					};
					struct storage_access_verdict v =
						storage_access_judge(&f);

					visited++;
					assert_false((f.repeated || !f.can_repeat) &&
						     (v.ask || v.retry));
					assert_false((v.ask || v.retry || v.uncertain) &&
						     !v.withheld);
					assert_false(v.retry && !f.origin_registered);
					assert_false(
						v.retry && storage != STORAGE_ACCESS_INACTIVE);
				}
	assert_int_equal(visited, 5 * 6 * 4 * 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_browsers_do),
		cmocka_unit_test(nothing_is_tried_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
