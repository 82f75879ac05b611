/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "rows.h"

static void it_grows_by_every_way_of_adding(void **state)
{
	struct arena *a = arena_new(256);

	(void)state;
	for (size_t cap = 0; cap < 200; cap += 7) {
		struct buf b = buf_new(a, cap);
		char want[4096] = "";

		for (int i = 0; i < 100; i++) {
			buf_add(&b, S("abc"));
			buf_addc(&b, ';');
			buf_addf(&b, "%d/%s,", i, "x");
			row_true("a NUL stands behind", b.p[b.n] == '\0');
			snprintf(want + strlen(want), sizeof(want) - strlen(want), "abc;%d/%s,",
				i, "x");
		}
		row_str("all was kept, in order", buf_str(&b), want);
	}
	arena_free(a);
}

static void edges(void **state)
{
	struct arena *a = arena_new(256);
	struct buf b = buf_new(a, 0);

	(void)state;
	row_str("new is empty", buf_str(&b), "");
	row_true("new is a C string", buf_str(&b).p[0] == '\0');
	buf_add(&b, (struct str){ 0 });
	row_str("absent adds nothing", buf_str(&b), "");
	buf_addf(&b, "%0*d", 5000, 1);
	row_int("one long printf", (int64_t)b.n, 5000);
	row_true("a long printf ends in its NUL", strlen(b.p) == 5000);
	buf_add(&b, S("a\0b"));
	row_bytes("NULs are kept", str_after(buf_str(&b), 5000), S("a\0b"));
	for (int n = 60; n < 70; n++) {
		struct buf exact = buf_new(a, 64);

		buf_addf(&exact, "%0*d", n, 1);
		row_int("printf around the capacity", (int64_t)strlen(exact.p), n);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_by_every_way_of_adding),
		cmocka_unit_test(edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
