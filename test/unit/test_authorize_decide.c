/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The decision: its table row by row, and then every combination of facts there is. Rows are
 * checked one at a time with nothing else amiss, so that losing any one of them fails here
 * (tools/mutate-decision tries that out).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "oidc/authorize/authorize_decide.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A user who signed in a minute ago and has granted all that is asked. */
#define SETTLED .state = SESSION_LIVE, .auth_age = 60, .max_age = -1
#define SILENT  .prompt = PROMPT_NONE

struct row {
	const char *when;
	struct authorize_facts f;
	enum authorize_step step;
	const char *error;
	const char *description;
	enum reason reason;
};

/* clang-format off */
#define LOGIN_REQUIRED "login_required", "Login required"
static const struct row silent_rows[] = {
	{ "settled", { SETTLED, SILENT }, AUTHORIZE_ISSUE, NULL, NULL, REASON_NONE },
	{ "7: no cookie", { SILENT, .max_age = -1, .state = SESSION_NONE },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_NO_SESSION },
	{ "8: the cookie was withheld", { SILENT, .max_age = -1, .state = SESSION_COOKIES_BLOCKED },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_COOKIES_BLOCKED },
	{ "9: a cookie without a row", { SILENT, .max_age = -1, .state = SESSION_UNKNOWN },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_SESSION_UNKNOWN },
	{ "9: ended", { SILENT, .max_age = -1, .state = SESSION_REVOKED },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_SESSION_REVOKED },
	{ "10: idle", { SILENT, .max_age = -1, .state = SESSION_IDLE },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_SESSION_IDLE },
	{ "10: past the absolute end", { SILENT, .max_age = -1, .state = SESSION_EXPIRED },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_SESSION_EXPIRED },
	{ "11: somebody else is named", { SETTLED, SILENT, .differs = true },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_SUBJECT_MISMATCH },
	{ "12: several accounts", { SETTLED, SILENT, .ambiguous = true },
	  AUTHORIZE_REFUSE, "account_selection_required", "Account selection required",
	  REASON_ACCOUNT_AMBIGUOUS },
	{ "13: one second older than max_age", { .state = SESSION_LIVE, SILENT, .auth_age = 61, .max_age = 60 },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_MAX_AGE },
	{ "13: exactly as old as max_age", { .state = SESSION_LIVE, SILENT, .auth_age = 60, .max_age = 60 },
	  AUTHORIZE_ISSUE, NULL, NULL, REASON_NONE },
	{ "13: one second younger", { .state = SESSION_LIVE, SILENT, .auth_age = 59, .max_age = 60 },
	  AUTHORIZE_ISSUE, NULL, NULL, REASON_NONE },
	{ "13: max_age=0 within the same second", { .state = SESSION_LIVE, SILENT, .auth_age = 0, .max_age = 0 },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_MAX_AGE },
	{ "14: blocked", { SETTLED, SILENT, .user_blocked = true },
	  AUTHORIZE_REFUSE, "unauthorized", "user is blocked", REASON_USER_BLOCKED },
	{ "an action failed", { SETTLED, SILENT, .action_failed = true },
	  AUTHORIZE_REFUSE, "server_error", "An action failed", REASON_ACTION_FAILED },
	{ "15: an action denied", { SETTLED, SILENT, .action_denied = true },
	  AUTHORIZE_REFUSE, "access_denied", "An action denied access", REASON_ACTION_DENIED },
	{ "16: an action redirects", { SETTLED, SILENT, .action_redirect = true },
	  AUTHORIZE_REFUSE, "interaction_required", "External interaction required", REASON_ACTION_REDIRECT },
	{ "17: a second factor is due", { SETTLED, SILENT, .mfa_due = true },
	  AUTHORIZE_REFUSE, "login_required", "Multifactor authentication required", REASON_MFA_REQUIRED },
	{ "18: consent is missing", { SETTLED, SILENT, .consent_missing = true },
	  AUTHORIZE_REFUSE, "consent_required", "Consent required", REASON_CONSENT_MISSING },
};

static const struct row page_rows[] = {
	{ "settled", { SETTLED }, AUTHORIZE_ISSUE, NULL, NULL, REASON_NONE },
	{ "a stranger signs in", { .max_age = -1, .state = SESSION_NONE }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "a withheld cookie, too", { .max_age = -1, .state = SESSION_COOKIES_BLOCKED }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "an unknown session, too", { .max_age = -1, .state = SESSION_UNKNOWN }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "an ended one, too", { .max_age = -1, .state = SESSION_REVOKED }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "an idle one, too", { .max_age = -1, .state = SESSION_IDLE }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "an expired one, too", { .max_age = -1, .state = SESSION_EXPIRED }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "prompt=login", { SETTLED, .prompt = PROMPT_LOGIN }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "prompt=login, answered",
	  { SETTLED, .prompt = PROMPT_LOGIN, .answered = PROMPT_LOGIN, .just_signed_in = true },
	  AUTHORIZE_ISSUE, NULL, NULL, 0 },
	{ "prompt=create", { SETTLED, .prompt = PROMPT_CREATE }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "prompt=select_account", { SETTLED, .prompt = PROMPT_SELECT_ACCOUNT }, AUTHORIZE_ACCOUNT, NULL, NULL, 0 },
	{ "prompt=select_account, answered",
	  { SETTLED, .prompt = PROMPT_SELECT_ACCOUNT, .answered = PROMPT_SELECT_ACCOUNT },
	  AUTHORIZE_ISSUE, NULL, NULL, 0 },
	{ "login comes before the choice of an account",
	  { SETTLED, .prompt = PROMPT_LOGIN | PROMPT_SELECT_ACCOUNT }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "somebody else is named: let them sign in", { SETTLED, .differs = true }, AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "and still somebody else signed in",
	  { SETTLED, .differs = true, .just_signed_in = true, .answered = PROMPT_LOGIN },
	  AUTHORIZE_REFUSE, LOGIN_REQUIRED, REASON_SUBJECT_MISMATCH },
	{ "signed in, but the browser kept no cookie",
	  { .state = SESSION_NONE, .max_age = -1, .just_signed_in = true, .answered = PROMPT_LOGIN },
	  AUTHORIZE_REFUSE, "login_required", "The browser did not keep the sign-in cookie", REASON_COOKIES_BLOCKED },
	{ "several accounts: choose", { SETTLED, .ambiguous = true }, AUTHORIZE_ACCOUNT, NULL, NULL, 0 },
	{ "too old: sign in again", { .state = SESSION_LIVE, .auth_age = 61, .max_age = 60 },
	  AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "a slow typist is not too old", { .state = SESSION_LIVE, .auth_age = 5, .max_age = 1, .just_signed_in = true },
	  AUTHORIZE_ISSUE, NULL, NULL, 0 },
	{ "max_age=0 wants a sign-in", { .state = SESSION_LIVE, .auth_age = 0, .max_age = 0 },
	  AUTHORIZE_LOGIN, NULL, NULL, 0 },
	{ "max_age=0 after a sign-in", { .state = SESSION_LIVE, .auth_age = 0, .max_age = 0, .just_signed_in = true },
	  AUTHORIZE_ISSUE, NULL, NULL, 0 },
	{ "a second factor", { SETTLED, .mfa_due = true }, AUTHORIZE_MFA, NULL, NULL, 0 },
	{ "an action redirects", { SETTLED, .action_redirect = true }, AUTHORIZE_REDIRECT, NULL, NULL, 0 },
	{ "consent is missing", { SETTLED, .consent_missing = true }, AUTHORIZE_CONSENT, NULL, NULL, 0 },
	{ "prompt=consent though all is granted", { SETTLED, .prompt = PROMPT_CONSENT }, AUTHORIZE_CONSENT, NULL, NULL, 0 },
	{ "prompt=consent, answered",
	  { SETTLED, .prompt = PROMPT_CONSENT, .answered = PROMPT_CONSENT }, AUTHORIZE_ISSUE, NULL, NULL, 0 },
	{ "the person said no", { SETTLED, .denied = true },
	  AUTHORIZE_REFUSE, "access_denied", "User did not authorize the request", REASON_USER_DENIED },
	{ "an action failed, and no page helps", { SETTLED, .action_failed = true },
	  AUTHORIZE_REFUSE, "server_error", "An action failed", REASON_ACTION_FAILED },
	{ "blocked, and no page helps", { SETTLED, .user_blocked = true },
	  AUTHORIZE_REFUSE, "unauthorized", "user is blocked", REASON_USER_BLOCKED },
};
/* clang-format on */

static void check(const struct row *row)
{
	struct authorize_decision d = authorize_decide(&row->f);

	if (d.step != row->step)
		fail_msg("%s: step %d, not %d", row->when, (int)d.step, (int)row->step);
	if (row->error == NULL) {
		assert_null(d.fault);
		return;
	}
	assert_non_null(d.fault);
	assert_string_equal(d.fault->error, row->error);
	assert_true(str_is(d.fault->description, row->description));
	if (d.fault->reason != row->reason)
		fail_msg("%s: reason %d", row->when, (int)d.fault->reason);
}

static void each_row_by_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(silent_rows); i++)
		check(&silent_rows[i]);
	for (size_t i = 0; i < COUNT(page_rows); i++)
		check(&page_rows[i]);
}

/* The contract's order: of two things amiss, the earlier row is the answer. */
static void the_earlier_row_wins(void **state)
{
	static const struct {
		enum reason reason;
		struct authorize_facts f;
	} amiss[] = {
		{ REASON_SUBJECT_MISMATCH, { .differs = true } },
		{ REASON_ACCOUNT_AMBIGUOUS, { .ambiguous = true } },
		{ REASON_MAX_AGE, { .auth_age = 61, .max_age = 60 } },
		{ REASON_USER_BLOCKED, { .user_blocked = true } },
		{ REASON_ACTION_FAILED, { .action_failed = true } },
		{ REASON_ACTION_DENIED, { .action_denied = true } },
		{ REASON_ACTION_REDIRECT, { .action_redirect = true } },
		{ REASON_MFA_REQUIRED, { .mfa_due = true } },
		{ REASON_CONSENT_MISSING, { .consent_missing = true } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(amiss); i++) {
		struct authorize_facts f = { SETTLED, SILENT };

		/* Everything from row i on is amiss; the answer has to be row i. */
		for (size_t j = i; j < COUNT(amiss); j++) {
			f.differs |= amiss[j].f.differs;
			f.ambiguous |= amiss[j].f.ambiguous;
			f.user_blocked |= amiss[j].f.user_blocked;
			f.action_failed |= amiss[j].f.action_failed;
			f.action_denied |= amiss[j].f.action_denied;
			f.action_redirect |= amiss[j].f.action_redirect;
			f.mfa_due |= amiss[j].f.mfa_due;
			f.consent_missing |= amiss[j].f.consent_missing;
			if (amiss[j].f.max_age > 0) {
				f.auth_age = amiss[j].f.auth_age;
				f.max_age = amiss[j].f.max_age;
			}
		}
		assert_int_equal(authorize_decide(&f).fault->reason, amiss[i].reason);
	}
}

/* Every combination of facts, reachable or not. */
static const unsigned pages[] = { PROMPT_LOGIN, PROMPT_SELECT_ACCOUNT, PROMPT_CONSENT,
	PROMPT_CREATE };

static unsigned page_set(unsigned mask)
{
	unsigned set = 0;

	for (size_t i = 0; i < COUNT(pages); i++)
		if (mask & (1u << i))
			set |= pages[i];
	return set;
}

static const struct {
	int64_t age;
	int64_t max;
} ages[] = { { 60, -1 }, { 0, 0 }, { 59, 60 }, { 60, 60 }, { 61, 60 } };

enum { FLAGS = 10, PROMPTS = 17, ANSWERS = 16 };

static struct authorize_facts facts_of(
	unsigned prompt, unsigned answered, unsigned state, size_t age, unsigned flags)
{
	return (struct authorize_facts){
		.prompt = prompt == PROMPTS - 1 ? PROMPT_NONE : page_set(prompt),
		.answered = page_set(answered),
		.state = (enum session_state)state,
		.auth_age = ages[age].age,
		.max_age = ages[age].max,
		.differs = flags & 1,
		.ambiguous = flags & 2,
		.just_signed_in = flags & 4,
		.user_blocked = flags & 8,
		.action_denied = flags & 16,
		.action_redirect = flags & 32,
		.mfa_due = flags & 64,
		.consent_missing = flags & 128,
		.denied = flags & 256,
		.action_failed = flags & 512,
	};
}

static unsigned long visited;

static void every_fact(void (*visit)(struct authorize_facts))
{
	visited = 0;
	for (unsigned prompt = 0; prompt < PROMPTS; prompt++)
		for (unsigned answered = 0; answered < ANSWERS; answered++)
			for (unsigned state = 0; state < SESSION_STATES; state++)
				for (size_t age = 0; age < COUNT(ages); age++)
					for (unsigned flags = 0; flags < 1u << FLAGS; flags++) {
						visited++;
						visit(facts_of(
							prompt, answered, state, age, flags));
					}
}

static void holds(struct authorize_facts f)
{
	struct authorize_decision d = authorize_decide(&f);

	if ((d.step == AUTHORIZE_REFUSE) != (d.fault != NULL))
		fail_msg("a fault means a refusal, and a refusal has one");
	if (f.prompt == PROMPT_NONE && d.step != AUTHORIZE_ISSUE && d.step != AUTHORIZE_REFUSE)
		fail_msg("none shows no page");
	if (d.fault != NULL && d.fault->reason == REASON_NONE)
		fail_msg("every refusal has a reason");
	if (d.step != AUTHORIZE_ISSUE)
		return;
	if (f.state != SESSION_LIVE || f.user_blocked || f.action_denied || f.action_redirect ||
		f.mfa_due || f.consent_missing || f.denied || f.ambiguous || f.action_failed)
		fail_msg("nothing is issued unearned");
	if (f.differs)
		fail_msg("never for another user");
	if (f.prompt & ~f.answered & ~(unsigned)PROMPT_NONE)
		fail_msg("every page asked for was shown");
	if (f.max_age >= 0 && f.auth_age > f.max_age && !f.just_signed_in)
		fail_msg("max_age is kept");
}

/* Actions are due where nothing before them refuses or asks, whatever comes after. */
static void reaches_actions(struct authorize_facts f)
{
	struct authorize_facts settled = f;
	struct authorize_decision d;

	settled.action_failed = settled.action_denied = settled.action_redirect = false;
	settled.mfa_due = settled.consent_missing = false;
	d = authorize_decide(&settled);
	if (authorize_reaches_actions(&f) !=
		(d.step == AUTHORIZE_ISSUE || d.step == AUTHORIZE_CONSENT))
		fail_msg("actions run after row 14, and before row 17");
	f.action_failed = true;
	d = authorize_decide(&f);
	if (authorize_reaches_actions(&f) !=
		(d.fault != NULL && d.fault->reason == REASON_ACTION_FAILED))
		fail_msg("an action that failed is the answer where one may have run");
}

static void actions_run_in_their_place(void **state)
{
	(void)state;
	every_fact(reaches_actions);
}

static void invariants_hold_everywhere(void **state)
{
	(void)state;
	every_fact(holds);
	assert_int_equal(visited,
		(unsigned long)PROMPTS * ANSWERS * SESSION_STATES * COUNT(ages) << FLAGS);
}

/* What an obliging person's answer changes. A named user who is not at hand stays unlike. */
static void answer(struct authorize_facts *f, enum authorize_step step)
{
	if (step == AUTHORIZE_LOGIN) {
		f->state = SESSION_LIVE;
		f->auth_age = 3; /* a slow typist */
		f->just_signed_in = true;
		f->ambiguous = false;
		f->answered |= PROMPT_LOGIN | PROMPT_CREATE;
	}
	if (step == AUTHORIZE_ACCOUNT) {
		f->ambiguous = false;
		f->answered |= PROMPT_SELECT_ACCOUNT;
	}
	if (step == AUTHORIZE_MFA)
		f->mfa_due = false;
	if (step == AUTHORIZE_CONSENT) {
		f->consent_missing = false;
		f->answered |= PROMPT_CONSENT;
	}
	if (step == AUTHORIZE_REDIRECT)
		f->action_redirect = false;
}

static void ends(struct authorize_facts f)
{
	bool shown[AUTHORIZE_STEPS] = { false };

	for (;;) {
		enum authorize_step step = authorize_decide(&f).step;

		if (step == AUTHORIZE_ISSUE || step == AUTHORIZE_REFUSE)
			return;
		if (shown[step])
			fail_msg("a page was shown twice: step %d", (int)step);
		shown[step] = true;
		answer(&f, step);
	}
}

static void no_user_is_sent_round_in_circles(void **state)
{
	(void)state;
	every_fact(ends);
}

static void idle_time_slides_from_row_13_on(void **state)
{
	struct authorize_facts live = { SETTLED, .user_blocked = true };
	struct authorize_facts idle = { .state = SESSION_IDLE };
	struct authorize_facts other = { SETTLED, .differs = true };
	struct authorize_facts several = { SETTLED, .ambiguous = true };

	(void)state;
	assert_true(authorize_session_is_used(&live));
	assert_false(authorize_session_is_used(&idle));
	assert_false(authorize_session_is_used(&other));
	assert_false(authorize_session_is_used(&several));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_by_itself),
		cmocka_unit_test(the_earlier_row_wins),
		cmocka_unit_test(invariants_hold_everywhere),
		cmocka_unit_test(actions_run_in_their_place),
		cmocka_unit_test(no_user_is_sent_round_in_circles),
		cmocka_unit_test(idle_time_slides_from_row_13_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
