/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Refresh tokens: their form, the decision over all facts there are, and a model of tabs
 * that share a family.
 */

#include "base/random.h"
#include "oidc/token/refresh_decide.h"
#include "oidc/token/refresh_token.h"
#include "oidc_support.h"

static void a_token_is_its_family_and_generation(void **state)
{
	struct str family = random_token(arena, 16), read;
	struct str token = refresh_token_write(tenant.seal, arena, family, 7);
	int64_t generation;

	(void)state;
	assert_int_equal(refresh_token_read(tenant.seal, arena, token, &read, &generation), OK);
	assert_true(str_eq(read, family));
	assert_int_equal(generation, 7);
	assert_true(str_eq(token, refresh_token_write(tenant.seal, arena, family, 7)));
	assert_false(str_eq(token, refresh_token_write(tenant.seal, arena, family, 8)));
}

static void nobody_makes_one_up(void **state)
{
	struct str family = random_token(arena, 16), read;
	struct str token = refresh_token_write(tenant.seal, arena, family, 1);
	int64_t generation;

	(void)state;
	for (size_t i = 0; i < token.n; i++) {
		char *changed = arena_alloc(arena, token.n);

		memcpy(changed, token.p, token.n);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_int_equal(refresh_token_read(tenant.seal, arena,
					 (struct str){ changed, token.n }, &read, &generation),
			ERR_INVALID);
		assert_int_equal(refresh_token_read(tenant.seal, arena, str_first(token, i),
					 &read, &generation),
			ERR_INVALID);
	}
}

static void what_id_tokens_repeat_is_kept(void **state)
{
	struct refresh_claims in = { .issuer = S("https://op.example/"),
		.claims = S("{\"userinfo\":{\"name\":null}}"),
		.auth_time_wanted = true,
		.auth_time = NOW,
		.amr = S("pwd mfa"),
		.confirmation = confirmation_by_jkt(S("thumbprint")),
		.acr = S("urn:acr") };
	struct refresh_claims out =
		refresh_claims_read(arena, refresh_claims_write(arena, &in));

	(void)state;
	assert_true(str_eq(in.issuer, out.issuer) && str_eq(in.claims, out.claims));
	assert_true(str_eq(in.amr, out.amr) && str_eq(in.acr, out.acr));
	assert_true(out.auth_time_wanted);
	assert_int_equal(out.confirmation.method, CONFIRM_JKT);
	assert_str(out.confirmation.thumbprint, "thumbprint");
	assert_int_equal(out.auth_time, NOW);
}

/* A session-bound token, used for the first time by its own client. */
#define GOOD                                                                                 \
	.client_matches = true, .key_matches = true, .rotating = true, .session_live = true, \
	.scope_granted = true, .audience_granted = true, .window_open = true

static void the_table(void **state)
{
	static const struct {
		const char *when;
		struct refresh_facts f;
		enum refresh_step step;
		enum reason reason;
	} rows[] = {
		{ "current", { GOOD }, REFRESH_ROTATE, REASON_NONE },
		{ "the one before, in the window", { GOOD, .generation = GENERATION_PREVIOUS },
			REFRESH_SUCCESSOR, REASON_NONE },
		{ "not rotating", { GOOD, .rotating = false }, REFRESH_KEEP, REASON_NONE },
		{ "offline without a session", { GOOD, .offline = true, .session_live = false },
			REFRESH_ROTATE, REASON_NONE },
		{ "another client's", { GOOD, .client_matches = false }, REFRESH_REFUSE,
			REASON_REFRESH_INVALID },
		{ "another client's, and old: no use",
			{ GOOD, .client_matches = false, .generation = GENERATION_OLDER },
			REFRESH_REFUSE, REASON_REFRESH_INVALID },
		{ "without its key", { GOOD, .key_matches = false }, REFRESH_REFUSE,
			REASON_KEY_MISMATCH },
		{ "without its key, and old: no use",
			{ GOOD, .key_matches = false, .generation = GENERATION_OLDER },
			REFRESH_REFUSE, REASON_KEY_MISMATCH },
		{ "newer than all", { GOOD, .generation = GENERATION_UNKNOWN }, REFRESH_REFUSE,
			REASON_REFRESH_INVALID },
		{ "older, not rotating",
			{ GOOD, .rotating = false, .generation = GENERATION_PREVIOUS },
			REFRESH_REFUSE, REASON_REFRESH_INVALID },
		{ "revoked", { GOOD, .revoked = true }, REFRESH_REFUSE,
			REASON_REFRESH_REVOKED },
		{ "ended by a log-out", { GOOD, .revoked = true, .revoked_with_session = true },
			REFRESH_REFUSE, REASON_SESSION_ENDED },
		{ "older", { GOOD, .generation = GENERATION_OLDER }, REFRESH_END,
			REASON_REFRESH_REUSED },
		{ "the one before, after the window",
			{ GOOD, .generation = GENERATION_PREVIOUS, .window_open = false },
			REFRESH_END, REASON_REFRESH_REUSED },
		{ "older, of a family that is revoked: once is enough",
			{ GOOD, .generation = GENERATION_OLDER, .revoked = true },
			REFRESH_REFUSE, REASON_REFRESH_REVOKED },
		{ "expired", { GOOD, .expired = true }, REFRESH_REFUSE,
			REASON_REFRESH_EXPIRED },
		{ "user gone", { GOOD, .user = REFRESH_USER_GONE }, REFRESH_REFUSE,
			REASON_REFRESH_REVOKED },
		{ "user blocked", { GOOD, .user = REFRESH_USER_BLOCKED }, REFRESH_REFUSE,
			REASON_USER_BLOCKED },
		{ "session over", { GOOD, .session_live = false }, REFRESH_REFUSE,
			REASON_SESSION_ENDED },
		{ "more scope", { GOOD, .scope_granted = false }, REFRESH_REFUSE,
			REASON_REQUEST_INVALID },
		{ "another audience", { GOOD, .audience_granted = false }, REFRESH_REFUSE,
			REASON_REQUEST_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct refresh_decision d = refresh_decide(&rows[i].f);
		enum reason reason = d.fault == NULL ? REASON_NONE : d.fault->reason;

		if (d.step != rows[i].step || reason != rows[i].reason)
			fail_msg("%s: step %d, %s", rows[i].when, d.step, reason_word(reason));
	}
}

static void holds(const struct refresh_facts *f)
{
	struct refresh_decision d = refresh_decide(f);
	bool refused = d.step == REFRESH_REFUSE || d.step == REFRESH_END;

	assert_int_equal(refused, d.fault != NULL);
	if (d.step == REFRESH_END) {
		assert_true(f->client_matches && f->key_matches);
		assert_true(f->rotating && !f->revoked);
		assert_true(f->generation != GENERATION_CURRENT);
		assert_false(f->generation == GENERATION_PREVIOUS && f->window_open);
	}
	if (refused)
		return;
	assert_true(f->client_matches && f->key_matches);
	assert_true(!f->revoked && !f->expired);
	assert_int_equal(f->user, REFRESH_USER_FINE);
	assert_true(f->offline || f->session_live);
	assert_true(f->scope_granted && f->audience_granted);
	switch (d.step) {
	case REFRESH_ROTATE:
		assert_true(f->rotating && f->generation == GENERATION_CURRENT);
		break;
	case REFRESH_SUCCESSOR:
		assert_true(f->rotating && f->window_open);
		assert_int_equal(f->generation, GENERATION_PREVIOUS);
		break;
	default:
		assert_true(!f->rotating && f->generation == GENERATION_CURRENT);
		break;
	}
}

/* A bit each for the eleven booleans, times generations and users. */
static void nothing_is_given_unearned_anywhere(void **state)
{
	unsigned visited = 0;

	(void)state;
	for (unsigned bits = 0; bits < 1U << 11; bits++)
		for (int g = 0; g < GENERATIONS; g++)
			for (int u = 0; u < REFRESH_USERS; u++) {
				struct refresh_facts f = {
					.client_matches = bits & 1,
					.revoked = bits & 2,
					.revoked_with_session = bits & 4,
					.rotating = bits & 8,
					.window_open = bits & 16,
					.expired = bits & 32,
					.offline = bits & 64,
					.session_live = bits & 128,
					.scope_granted = bits & 256,
					.audience_granted = bits & 512,
					.key_matches = bits & 1024,
					.generation = (enum refresh_generation)g,
					.user = (enum refresh_user)u,
				};

				holds(&f);
				visited++;
			}
	assert_int_equal(visited, 2048 * GENERATIONS * REFRESH_USERS);
}

/* One family as the store keeps it, and what the grant makes of the decision. */
struct family {
	int64_t generation;
	int64_t rotated_at;
	bool revoked;
};

/* What the client gets: a generation, or 0. */
static int64_t use(struct family *f, int64_t token, int64_t now, int64_t leeway)
{
	struct refresh_facts facts = { GOOD, .revoked = f->revoked,
		.window_open = now < f->rotated_at + leeway };

	facts.generation = token == f->generation       ? GENERATION_CURRENT
			   : token == f->generation - 1 ? GENERATION_PREVIOUS
			   : token < f->generation      ? GENERATION_OLDER
							: GENERATION_UNKNOWN;
	switch (refresh_decide(&facts).step) {
	case REFRESH_ROTATE:
		f->generation++;
		f->rotated_at = now;
		return f->generation;
	case REFRESH_SUCCESSOR:
		return f->generation;
	case REFRESH_END:
		f->revoked = true;
		return 0;
	default:
		return 0;
	}
}

static void tabs_that_race_get_the_same_successor(void **state)
{
	struct family f = { .generation = 1 };

	(void)state;
	for (int tab = 0; tab < 5; tab++)
		assert_int_equal(use(&f, 1, 100 + tab, 30), 2);
	assert_int_equal(f.generation, 2);
	assert_false(f.revoked);
}

static void the_successors_first_use_closes_the_window(void **state)
{
	struct family f = { .generation = 1 };

	(void)state;
	assert_int_equal(use(&f, 1, 100, 30), 2);
	assert_int_equal(use(&f, 2, 101, 30), 3);
	assert_int_equal(use(&f, 1, 102, 30), 0);
	assert_true(f.revoked);
	assert_int_equal(use(&f, 3, 103, 30), 0);
}

static void time_closes_it_too(void **state)
{
	struct family f = { .generation = 1 };

	(void)state;
	assert_int_equal(use(&f, 1, 100, 30), 2);
	assert_int_equal(use(&f, 1, 129, 30), 2);
	assert_int_equal(use(&f, 1, 130, 30), 0);
	assert_true(f.revoked);
}

static void without_leeway_there_is_no_window(void **state)
{
	struct family f = { .generation = 1 };

	(void)state;
	assert_int_equal(use(&f, 1, 100, 0), 2);
	assert_int_equal(use(&f, 1, 100, 0), 0);
	assert_true(f.revoked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_its_family_and_generation),
		cmocka_unit_test(nobody_makes_one_up),
		cmocka_unit_test(what_id_tokens_repeat_is_kept),
		cmocka_unit_test(the_table),
		cmocka_unit_test(nothing_is_given_unearned_anywhere),
		cmocka_unit_test(tabs_that_race_get_the_same_successor),
		cmocka_unit_test(the_successors_first_use_closes_the_window),
		cmocka_unit_test(time_closes_it_too),
		cmocka_unit_test(without_leeway_there_is_no_window),
	};
	int failed;

	make_tenant();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free_tenant();
	return failed;
}
