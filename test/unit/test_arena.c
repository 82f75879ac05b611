/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "rows.h"

static bool all_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

/* Sizes around the first block's, the growing blocks' and the large blocks'. */
static const size_t sizes[] = { 0, 1, 15, 16, 17, 255, 256, 257, 1000, 4096, 32768, 32769,
	65536, 65537, 300000 };

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena *a = arena_new(256);
	unsigned char *p[ROWS(sizes)];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ROWS(sizes); i++) {
			p[i] = arena_alloc(a, sizes[i]);
			row_true("aligned for any type",
				(uintptr_t)p[i] % _Alignof(max_align_t) == 0);
			row_true("zeroed, also after a reset", all_zero(p[i], sizes[i]));
			memset(p[i], (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < ROWS(sizes); i++) {
			for (size_t j = 0; j < sizes[i]; j++)
				row_true("not shared", p[i][j] == i + 1);
		}
		arena_reset(a);
		row_int("nothing is used after a reset", (int64_t)arena_used(a), 0);
	}
	arena_free(a);
}

static void small_allocations_fill_blocks(void **state)
{
	struct arena *a = arena_new(64);
	char *last = NULL;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char *p = arena_alloc(a, 24);

		row_true("each has its own address", p != last);
		row_true("zeroed", all_zero((unsigned char *)p, 24));
		memset(p, 0xff, 24);
		last = p;
	}
	row_int("used counts rounded sizes", (int64_t)arena_used(a), 20000 * 32);
	arena_free(a);
	arena_free(NULL);
}

static void the_first_block_is_kept(void **state)
{
	struct arena *a = arena_new(1024);
	const void *before = arena_alloc(a, 100);

	(void)state;
	arena_alloc(a, 100000);
	arena_alloc(a, 2000);
	arena_reset(a);
	row_true("the same memory serves the next request", arena_alloc(a, 100) == before);
	arena_free(a);
}

static void copies_end_in_a_nul(void **state)
{
	struct arena *a = arena_new(64);
	struct str long_text;

	(void)state;
	row_bytes("a copy", arena_str(a, str_first(S("abcdef"), 3)), S("abc"));
	row_true("its NUL", arena_str(a, str_first(S("abcdef"), 3)).p[3] == '\0');
	row_true(
		"a copy of absent is a C string", arena_str(a, (struct str){ 0 }).p[0] == '\0');
	row_bytes("a copy keeps NULs", arena_str(a, S("a\0b")), S("a\0b"));
	row_true("a C string", strcmp(arena_cstr(a, str_first(S("abcdef"), 3)), "abc") == 0);
	row_str("printf", arena_printf(a, "%d-%s", 42, "x"), "42-x");
	long_text = arena_printf(a, "%0*d", 1000, 7);
	row_int("a long printf", (int64_t)long_text.n, 1000);
	row_true("its last digit and NUL", strcmp(long_text.p + 998, "07") == 0);
	for (int n = 250; n < 260; n++)
		row_int("around the size of the small buffer",
			(int64_t)strlen(arena_printf(a, "%0*d", n, 1).p), n);
	arena_free(a);
}

static void c_string_with_nul(struct arena *a)
{
	arena_cstr(a, S("a\0b"));
}

static void product_too_large(struct arena *a)
{
	size_t n = SIZE_MAX / sizeof(uint64_t) + 2; /* the product wraps to 8 */

	arena_array(a, uint64_t, n);
}

static void size_too_large(struct arena *a)
{
	size_t n = SIZE_MAX - 3;

	arena_alloc(a, n);
}

static void bugs_abort(void **state)
{
	(void)state;
	row_aborts("a NUL inside a C string", c_string_with_nul);
	row_aborts("an array whose size overflows", product_too_large);
	row_aborts("a size that overflows when rounded", size_too_large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(small_allocations_fill_blocks),
		cmocka_unit_test(the_first_block_is_kept),
		cmocka_unit_test(copies_end_in_a_nul),
		cmocka_unit_test(bugs_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
