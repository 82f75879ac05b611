/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/logout/end_session_decide.h"
#include "oidc_support.h"

static void what_a_log_out_ends(void **state)
{
	static const struct {
		const char *when;
		struct end_session_facts f;
		enum end_session_step step;
	} rows[] = {
		{ "nobody is signed in", { false, false, true }, END_SESSION_NOTHING },
		{ "nobody, and no question allowed", { false, false, false },
			END_SESSION_NOTHING },
		{ "a hint of this browser", { true, true, true }, END_SESSION_NAMED },
		{ "a hint of this browser, no question allowed", { true, true, false },
			END_SESSION_NAMED },
		{ "no hint, or another's", { true, false, true }, END_SESSION_ASK },
		{ "no hint, no question allowed", { true, false, false }, END_SESSION_ALL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (end_session_decide(&rows[i].f) != rows[i].step)
			fail_msg("%s", rows[i].when);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_log_out_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
