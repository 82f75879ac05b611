/* SPDX-License-Identifier: Apache-2.0 */

/* The headers in which proxies pass certificates on. */
#include "front/certificate_header.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/url.h"

#include "rows.h"

static struct arena *arena;

/* Looks like a certificate from outside: a SEQUENCE of `n` bytes. */
static struct str sequence(size_t n)
{
	struct buf b = buf_new(arena, n + 4);

	buf_addc(&b, 0x30);
	buf_addc(&b, (char)0x82);
	buf_addc(&b, (char)(n >> 8));
	buf_addc(&b, (char)n);
	for (size_t i = 0; i < n; i++)
		buf_addc(&b, (char)(i * 7));
	return buf_str(&b);
}

static struct str pem_of(struct str base64, const char *separator)
{
	struct buf b = buf_new(arena, 2048);

	buf_add(&b, S("-----BEGIN CERTIFICATE-----"));
	for (size_t i = 0; i < base64.n; i += 64) {
		buf_add(&b, str_from(separator));
		buf_add(&b, str_first(str_after(base64, i), 64));
	}
	buf_add(&b, str_from(separator));
	buf_add(&b, S("-----END CERTIFICATE-----"));
	return buf_str(&b);
}

static void every_common_way_is_read(void **state)
{
	struct str der = sequence(500);
	struct str base64 = base64_encode(arena, der.p, der.n);
	const struct str ways[] = {
		base64,
		arena_printf(arena, ":" STR_FMT ":", STR_ARG(base64)),
		arena_printf(arena, "  :" STR_FMT ": ", STR_ARG(base64)),
		pem_of(base64, " "),
		pem_of(base64, "\t"),
		pem_of(base64, "%0A"),
		pem_of(base64, "%0D%0A"),
		url_encode(arena, pem_of(base64, "\n")),
	};

	(void)state;
	for (size_t i = 0; i < ROWS(ways); i++) {
		struct str read;

		if (certificate_header_read(arena, ways[i], &read) != OK || !str_eq(read, der))
			fail_msg("%.80s", ways[i].p);
	}
}

static void all_else_is_none(void **state)
{
	struct str der = sequence(500);
	struct str base64 = base64_encode(arena, der.p, der.n);
	struct str longer = arena_printf(arena, STR_FMT "AAAA", STR_ARG(base64));
	const struct str rows[] = {
		S(""),
		S(" "),
		S(":"),
		S("::"),
		S("(null)"),
		S("NONE"),
		S("AAAA"),
		S("MIIB"),
		S("%"),
		S("-----BEGIN CERTIFICATE-----"),
		S("-----BEGIN CERTIFICATE----------END CERTIFICATE-----"),
		S("-----END CERTIFICATE-----"),
		S("-----BEGIN CERTIFICATE-----END CERTIFICATE-----"),
		S("-----BEGIN%2"),
		longer,
		str_first(base64, base64.n - 4),
		pem_of(longer, " "),
		arena_printf(arena, ":" STR_FMT, STR_ARG(base64)),
		arena_printf(arena, ":" STR_FMT ":, :" STR_FMT ":", STR_ARG(base64),
			STR_ARG(base64)),
		arena_printf(arena, STR_FMT " " STR_FMT, STR_ARG(pem_of(base64, " ")),
			STR_ARG(pem_of(base64, " "))),
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str read;

		if (certificate_header_read(arena, rows[i], &read) != ERR_INVALID)
			fail_msg("%zu: %.80s", i, rows[i].n > 0 ? rows[i].p : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_common_way_is_read),
		cmocka_unit_test(all_else_is_none),
	};
	int failed;

	arena = arena_new(65536);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
