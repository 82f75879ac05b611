/* SPDX-License-Identifier: Apache-2.0 */
#include "login_support.h"

#include "login/factor/factor.h"
#include "tenant/base32.h"

#define SECRET "12345678901234567890" /* of RFC 6238, appendix B */

/* The last six of the eight digits that the RFC prints. */
static void the_codes_of_the_standard(void **state)
{
	static const struct {
		int64_t now;
		const char *code;
	} rows[] = {
		{ 59, "287082" },
		{ 1111111109, "081804" },
		{ 1111111111, "050471" },
		{ 1234567890, "005924" },
		{ 2000000000, "279037" },
		{ 20000000000, "353130" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t step = 0;

		row_int(rows[i].code,
			totp_fits(S(SECRET), str_from(rows[i].code), rows[i].now, &step), OK);
		row_int(rows[i].code, step, rows[i].now / 30);
	}
}

static void a_clock_may_be_a_step_off(void **state)
{
	static const struct {
		const char *when;
		int64_t now;
		enum err want;
	} rows[] = {
		{ "its first second", 1111111110, OK },
		{ "a step early, first second", 1111111080, OK },
		{ "one second before that", 1111111079, ERR_NOT_FOUND },
		{ "a step late, last second", 1111111169, OK },
		{ "one second after that", 1111111170, ERR_NOT_FOUND },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t step = 0;

		row_int(rows[i].when, totp_fits(S(SECRET), S("050471"), rows[i].now, &step),
			rows[i].want);
		row_int("the step of the code, or none", step,
			rows[i].want == OK ? 1111111110 / 30 : 0);
	}
}

static void what_people_type(void **state)
{
	static const struct {
		const char *text;
		enum err want;
	} rows[] = {
		{ "050471", OK },
		{ "050 471", OK },
		{ " 050471 ", OK },
		{ "", ERR_NOT_FOUND },
		{ "50471", ERR_NOT_FOUND },
		{ "0504711", ERR_NOT_FOUND },
		{ "05047a", ERR_NOT_FOUND },
		{ "+50471", ERR_NOT_FOUND },
		{ "14050471", ERR_NOT_FOUND },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t step = 0;

		row_int(rows[i].text,
			totp_fits(S(SECRET), str_from(rows[i].text), 1111111111, &step),
			rows[i].want);
	}
}

static void what_an_app_reads(void **state)
{
	struct str path;
	int width = 0;
	struct str uri = totp_uri(
		w.a, S("Demo & Sons"), S("ana+1@example.com"), S("12345678901234567890"));

	(void)state;
	row_str("the URI", uri,
		"otpauth://totp/Demo%20%26%20Sons:ana%2B1%40example.com"
		"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Demo%20%26%20Sons"
		"&algorithm=SHA1&digits=6&period=30");
	row_int("its code", qr_path(w.a, uri, &path, &width), OK);
	row_true("as wide as a code is", width >= 21 && (width - 17) % 4 == 0);
	row_true("begins with a finder pattern", str_starts(path, S("M0 0h7v1h-7z")));
}

static struct factor_question question(const struct factor *factors, size_t count)
{
	return (struct factor_question){
		.tenant = w.tenant,
		.issuer = &w.tenant->issuers[0],
		.arena = w.a,
		.factors = factors,
		.count = count,
		.now = 1111111111,
	};
}

static void a_step_that_was_used_is_told_from_a_wrong_code(void **state)
{
	struct factor factor =
		totp_factor(w.tenant, w.a, S("auth0|ana"), S(SECRET), 1111111111 / 30, w.now);
	struct factor_question q = question(&factor, 1);
	struct factor_proof proof;

	(void)state;
	row_int("used", totp_kind.judge(&q, S("050471"), &proof), ERR_CONFLICT);
	row_int("wrong", totp_kind.judge(&q, S("050472"), &proof), ERR_NOT_FOUND);
	factor.last_step--;
	row_int("not used", totp_kind.judge(&q, S("050471"), &proof), OK);
	row_int("its step", proof.step, 1111111111 / 30);
	factor.confirmed = false;
	row_int("never proven", totp_kind.judge(&q, S("050471"), &proof), ERR_NOT_FOUND);
	row_true("the secret is sealed", str_find(factor.sealed, S(SECRET)) < 0);
}

static void recovery_codes_are_good_once(void **state)
{
	struct str codes[RECOVERY_CODES];
	struct factor factor, after;
	struct factor_question q;
	struct factor_proof proof;

	(void)state;
	recovery_codes_new(w.a, codes);
	factor = recovery_codes_factor(w.tenant, w.a, S("auth0|ana"), codes, w.now);
	row_int("all", (int64_t)recovery_codes_left(w.a, &factor), RECOVERY_CODES);
	row_true("kept as digests", str_find(factor.data, codes[0]) < 0);
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		q = question(&factor, 1);
		row_int("each", recovery_code_kind.judge(&q, codes[i], &proof), OK);
		after = factor;
		after.data = proof.data;
		q = question(&after, 1);
		row_int("once", recovery_code_kind.judge(&q, codes[i], &proof), ERR_NOT_FOUND);
		row_int("one less", (int64_t)recovery_codes_left(w.a, &after),
			RECOVERY_CODES - 1);
	}
	factor.user_id = S("auth0|bob");
	q = question(&factor, 1);
	row_int("another user's", recovery_code_kind.judge(&q, codes[0], &proof),
		ERR_NOT_FOUND);
}

static void a_recovery_code_as_it_is_typed(void **state)
{
	static const char *const forms[] = { "01ABC-DEFGH", "01abcdefgh", " olabc defgh ",
		"0IABC-DEFGH" };
	struct str codes[RECOVERY_CODES];
	struct factor factor;
	struct factor_question q;
	struct factor_proof proof;

	(void)state;
	recovery_codes_new(w.a, codes);
	codes[7] = S("01ABC-DEFGH");
	factor = recovery_codes_factor(w.tenant, w.a, S("auth0|ana"), codes, w.now);
	q = question(&factor, 1);
	for (size_t i = 0; i < ROWS(forms); i++)
		row_int(forms[i], recovery_code_kind.judge(&q, str_from(forms[i]), &proof), OK);
	row_int("none", recovery_code_kind.judge(&q, S(""), &proof), ERR_NOT_FOUND);
	row_int("too long", recovery_code_kind.judge(&q, S("01ABC-DEFGH01ABC-DEFGH"), &proof),
		ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_codes_of_the_standard),
		cmocka_unit_test(a_clock_may_be_a_step_off),
		cmocka_unit_test(what_people_type),
		cmocka_unit_test_setup_teardown(
			what_an_app_reads, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(a_step_that_was_used_is_told_from_a_wrong_code,
			world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
			recovery_codes_are_good_once, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
			a_recovery_code_as_it_is_typed, world_set_up, world_tear_down),
	};

	return cmocka_run_group_tests(tests, world_make_first, world_remove_first);
}
