/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance.h"

#include "store/session.h"
#include "store/user.h"

void add_user(struct bench *b, struct str user_id, struct str email)
{
	struct user u = { .user_id = user_id, .email = email, .created_at = 1000 };

	row_err("a user", WRITE(b, user_insert(w, &u)), OK);
}

void add_session(
	struct bench *b, struct str sid, struct str user_id, struct str browser, int64_t at)
{
	struct session s = {
		.sid = sid,
		.user_id = user_id,
		.created_at = at,
		.authenticated_at = at,
		.last_active_at = at,
		.lifetime = 7 * 86400,
		.idle_lifetime = 3 * 86400,
	};

	row_err("a session", WRITE(b, session_insert(w, &s, browser)), OK);
}

struct str digest_of(struct bench *b, const char *word)
{
	char *p = arena_alloc(b->arena, 32);

	memcpy(p, word, strlen(word));
	return (struct str){ p, 32 };
}

int main(void)
{
	int failed = configuration_tests();

	failed += user_tests();
	failed += factor_tests();
	failed += session_tests();
	failed += token_tests();
	failed += interaction_tests();
	failed += account_tests();
	failed += log_tests();
	failed += logout_tests();
	return failed != 0;
}
