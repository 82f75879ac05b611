/* SPDX-License-Identifier: Apache-2.0 */

/* Which trips of an application are in a row. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "oidc/authorize/authorize_loop.h"
#include "rows.h"

static void what_is_in_a_row(void **state)
{
	static const struct {
		const char *row;
		struct loop_trips before;
		uint16_t who;
		int64_t at;
		int count;
	} rows[] = {
		{ "the first of all", { 0 }, 7, 1000, 1 },
		{ "the next one, soon", { 7, 1, 1000 }, 7, 1001, 2 },
		{ "the next one, five seconds later", { 7, 4, 1000 }, 7, 1010, 5 },
		{ "later than that: others", { 7, 4, 1000 }, 7, 1011, 1 },
		{ "at the same time: another tab", { 7, 4, 1000 }, 7, 1000, 4 },
		{ "another session or client in the same place", { 7, 4, 1000 }, 8, 1001, 1 },
		{ "a clock that was set back", { 7, 4, 1000 }, 7, 999, 1 },
		{ "as many as can be counted", { 7, 255, 1000 }, 7, 1001, 255 },
		{ "after the page was shown", { 7, 0, 1000 }, 7, 1001, 1 },
		{ "in the moment in which it was shown", { 7, 0, 1000 }, 7, 1000, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct loop_trips next =
			loop_trips_next(rows[i].before, rows[i].who, rows[i].at);

		row_true(rows[i].row, next.count == rows[i].count);
		row_true(rows[i].row, next.who == rows[i].who && next.at == rows[i].at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_in_a_row) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
