/* SPDX-License-Identifier: Apache-2.0 */

/* Which account a request means: every lifetime edge, and every pair of sessions with every
 * naming. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "oidc/session/session_choice.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { NOW = 1000000, LIFE = 3600, IDLE = 600, SHORT_LIFE = 1800, SHORT_IDLE = 300 };

static const struct settings settings = {
	.session_lifetime = LIFE,
	.idle_session_lifetime = IDLE,
	.ephemeral_session_lifetime = SHORT_LIFE,
	.idle_ephemeral_session_lifetime = SHORT_IDLE,
};

static struct session session(int64_t age, int64_t idle)
{
	return (struct session){
		.sid = S("s1"),
		.user_id = S("ana"),
		.authenticated_at = NOW - age,
		.last_active_at = NOW - idle,
		.lifetime = LIFE,
		.idle_lifetime = IDLE,
		.persistent = true,
	};
}

static void each_lifetime_edge(void **state)
{
	static const struct {
		const char *when;
		int64_t age;
		int64_t idle;
		enum session_state state;
	} rows[] = {
		{ "fresh", 0, 0, SESSION_LIVE },
		{ "one second before the absolute end", LIFE - 1, 0, SESSION_LIVE },
		{ "at the absolute end", LIFE, 0, SESSION_EXPIRED },
		{ "one second after", LIFE + 1, 0, SESSION_EXPIRED },
		{ "one second before the idle end", IDLE - 1, IDLE - 1, SESSION_LIVE },
		{ "at the idle end", IDLE, IDLE, SESSION_IDLE },
		{ "one second after the idle end", IDLE + 1, IDLE + 1, SESSION_IDLE },
		{ "both: the absolute one is the reason", LIFE, IDLE, SESSION_EXPIRED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct session s = session(rows[i].age, rows[i].idle);

		if (session_state_at(&s, &settings, NOW) != rows[i].state)
			fail_msg("%s", rows[i].when);
	}
}

static void an_ended_session_is_revoked_whatever_its_times(void **state)
{
	struct session s = session(LIFE + 1, IDLE + 1);

	(void)state;
	s.ended_at = NOW - 1;
	assert_int_equal(session_state_at(&s, &settings, NOW), SESSION_REVOKED);
}

static void ephemeral_sessions_have_their_own_lifetimes(void **state)
{
	struct session s = session(SHORT_LIFE, 0);

	(void)state;
	assert_int_equal(session_state_at(&s, &settings, NOW), SESSION_LIVE);
	s.persistent = false;
	assert_int_equal(session_state_at(&s, &settings, NOW), SESSION_EXPIRED);
	s = session(SHORT_IDLE, SHORT_IDLE);
	s.persistent = false;
	assert_int_equal(session_state_at(&s, &settings, NOW), SESSION_IDLE);
}

static void lowering_acts_at_once_and_raising_on_new_sessions(void **state)
{
	struct settings lower = settings;
	struct settings higher = settings;
	struct session s = session(LIFE - 1, 0);

	(void)state;
	lower.session_lifetime = LIFE / 2;
	assert_int_equal(session_state_at(&s, &lower, NOW), SESSION_EXPIRED);
	higher.session_lifetime = LIFE * 2;
	s = session(LIFE + 1, 0);
	assert_int_equal(session_state_at(&s, &higher, NOW), SESSION_EXPIRED);
	s = session(IDLE / 2, IDLE / 2);
	lower = settings;
	lower.idle_session_lifetime = IDLE / 2;
	assert_int_equal(session_state_at(&s, &lower, NOW), SESSION_IDLE);
}

/* A browser with two accounts in every pair of states, and every way to name one. */
enum kind { ABSENT, LIVE, IDLED, EXPIRED, ENDED, KINDS };

static struct session make(
	enum kind kind, const char *sid, const char *user_id, int64_t last_at)
{
	struct session s = session(kind == EXPIRED ? LIFE : 10, kind == IDLED ? IDLE : 10);

	s.sid = str_from(sid);
	s.user_id = str_from(user_id);
	s.client_last_at = last_at;
	s.ended_at = kind == ENDED ? NOW - 5 : 0;
	return s;
}

static void check_invariants(const struct session *list, size_t count,
	const struct session_names *names, struct session_choice choice)
{
	struct str named = names->hint_sub.n > 0 ? names->hint_sub : names->login_hint;
	size_t live = 0;

	for (size_t i = 0; i < count; i++)
		live += session_state_at(&list[i], &settings, NOW) == SESSION_LIVE;
	if (count == 0) {
		assert_int_equal(choice.state, SESSION_UNKNOWN);
		return;
	}
	if (choice.state == SESSION_LIVE && !choice.differs && !choice.ambiguous) {
		assert_non_null(choice.session);
		assert_int_equal(
			session_state_at(choice.session, &settings, NOW), SESSION_LIVE);
		/* Never another user than the one named. */
		if (named.n > 0)
			assert_true(str_eq(choice.session->user_id, named));
		if (names->sid.n > 0)
			assert_true(str_eq(choice.session->sid, names->sid));
	}
	if (choice.ambiguous) {
		assert_true(live > 1);
		assert_true(named.n == 0 && names->sid.n == 0);
	}
	if (live == 0)
		assert_int_not_equal(choice.state, SESSION_LIVE);
	/* Exactly one is signed in and nobody is named: it is that one. */
	if (live == 1 && named.n == 0 && names->sid.n == 0) {
		assert_int_equal(choice.state, SESSION_LIVE);
		assert_false(choice.ambiguous);
	}
}

static void every_pair_with_every_name(void **state)
{
	static const char *const sids[] = { "", "s1", "s2", "gone" };
	static const char *const users[] = { "", "ana", "bob", "eve" };
	static const int64_t habits[][2] = { { 0, 0 }, { 7, 0 }, { 0, 7 }, { 7, 8 } };
	unsigned visited = 0;

	(void)state;
	for (int a = ABSENT; a < KINDS; a++)
		for (int b = ABSENT; b < KINDS; b++)
			for (unsigned n = 0; n < 4 * 4 * 4 * 4; n++) {
				struct session list[2];
				size_t count = 0;
				struct session_names names = {
					.sid = str_from(sids[n % 4]),
					.hint_sub = str_from(users[n / 4 % 4]),
					.login_hint = str_from(users[n / 16 % 4]),
				};

				if (a != ABSENT)
					list[count++] = make(
						(enum kind)a, "s1", "ana", habits[n / 64][0]);
				if (b != ABSENT)
					list[count++] = make(
						(enum kind)b, "s2", "bob", habits[n / 64][1]);
				check_invariants(list, count, &names,
					session_choose(list, count, &settings, NOW, &names));
				visited++;
			}
	assert_int_equal(visited, KINDS * KINDS * 256);
}

struct example {
	const char *when;
	enum kind ana;
	enum kind bob;
	int64_t ana_last;
	int64_t bob_last;
	struct session_names names;
	enum session_state state;
	const char *user_id; /* NULL: none chosen */
	bool differs;
	bool ambiguous;
};

/* clang-format off */
static const struct example examples[] = {
	{ "two accounts, none named, none last used", LIVE, LIVE, 0, 0, { .sid = { 0 } },
	  SESSION_LIVE, NULL, false, true },
	{ "two accounts, bob last used by this client", LIVE, LIVE, 3, 9, { .sid = { 0 } },
	  SESSION_LIVE, "bob", false, false },
	{ "two accounts, the hint names ana", LIVE, LIVE, 3, 9, { .hint_sub = STR_LIT("ana") },
	  SESSION_LIVE, "ana", false, false },
	{ "two accounts, the login_hint names ana", LIVE, LIVE, 3, 9, { .login_hint = STR_LIT("ana") },
	  SESSION_LIVE, "ana", false, false },
	{ "hint and login_hint disagree", LIVE, LIVE, 3, 9,
	  { .hint_sub = STR_LIT("ana"), .login_hint = STR_LIT("bob") }, SESSION_LIVE, NULL, true, false },
	{ "the hint names nobody here", LIVE, LIVE, 3, 9, { .hint_sub = STR_LIT("eve") },
	  SESSION_LIVE, NULL, true, false },
	{ "the hint names nobody here, and nobody is signed in", IDLED, EXPIRED, 0, 0, { .hint_sub = STR_LIT("eve") },
	  SESSION_IDLE, "ana", false, false },
	{ "the hint names ana, whose session is idle", IDLED, LIVE, 0, 0, { .hint_sub = STR_LIT("ana") },
	  SESSION_IDLE, "ana", false, false },
	{ "one signed out, the other signed in", ENDED, LIVE, 0, 0, { .sid = { 0 } },
	  SESSION_LIVE, "bob", false, false },
	{ "both signed out", ENDED, ENDED, 0, 0, { .sid = { 0 } }, SESSION_REVOKED, "ana", false, false },
	{ "the person chose bob", LIVE, LIVE, 9, 0, { .sid = STR_LIT("s2") }, SESSION_LIVE, "bob", false, false },
	{ "the person chose bob, the hint says ana", LIVE, LIVE, 9, 0,
	  { .sid = STR_LIT("s2"), .hint_sub = STR_LIT("ana") }, SESSION_LIVE, NULL, true, false },
	{ "the chosen one is gone", LIVE, ABSENT, 9, 0, { .sid = STR_LIT("s2") }, SESSION_LIVE, NULL, true, false },
};
/* clang-format on */

static void the_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		const struct example *e = &examples[i];
		struct session list[2];
		struct session_choice choice;
		size_t count = 0;

		if (e->ana != ABSENT)
			list[count++] = make(e->ana, "s1", "ana", e->ana_last);
		if (e->bob != ABSENT)
			list[count++] = make(e->bob, "s2", "bob", e->bob_last);
		choice = session_choose(list, count, &settings, NOW, &e->names);
		if (choice.state != e->state || choice.differs != e->differs ||
			choice.ambiguous != e->ambiguous)
			fail_msg("%s: state %d", e->when, (int)choice.state);
		if (e->user_id == NULL) {
			if (choice.session != NULL)
				fail_msg("%s: somebody was chosen", e->when);
			continue;
		}
		if (choice.session == NULL || !str_is(choice.session->user_id, e->user_id))
			fail_msg("%s: not %s", e->when, e->user_id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_lifetime_edge),
		cmocka_unit_test(an_ended_session_is_revoked_whatever_its_times),
		cmocka_unit_test(ephemeral_sessions_have_their_own_lifetimes),
		cmocka_unit_test(lowering_acts_at_once_and_raising_on_new_sessions),
		cmocka_unit_test(every_pair_with_every_name),
		cmocka_unit_test(the_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
