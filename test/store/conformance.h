/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * conformance: every function of the store, by the promises of its header. One group a file;
 * each returns how many of its tests failed.
 */

#include "store_test.h"

int configuration_tests(void);
int user_tests(void);
int factor_tests(void);
int session_tests(void);
int token_tests(void);
int interaction_tests(void);
int account_tests(void);
int log_tests(void);
int logout_tests(void);

/* cmocka_run_group_tests on the store: opened once, emptied before each test. */
#define STORE_TEST(f)       cmocka_unit_test_setup(f, bench_clear)
#define run_store_tests(ts) cmocka_run_group_tests(ts, bench_open_with_schema, bench_close)

/* A user with nothing but an id and an e-mail; both may be anything. */
void add_user(struct bench *, struct str user_id, struct str email);
/* A session of that user, made and last active at `at`, in that browser. */
void add_session(
	struct bench *, struct str sid, struct str user_id, struct str browser, int64_t at);

/* 32 bytes that begin with the word, as a digest would be. */
struct str digest_of(struct bench *, const char *word);
