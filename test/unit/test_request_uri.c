/* SPDX-License-Identifier: Apache-2.0 */

/* Which URLs may be asked for a request object, and when one is asked again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/digest.h"
#include "oidc/authorize/request_uri.h"

enum { NOW = 1800000000 };

static const char *answer; /* NULL: nobody answers */
static int asked;

static enum err fetch_here(
	struct arena *a, struct str_list may_be_private, struct str url, struct str *ret)
{
	(void)a;
	(void)may_be_private;
	assert_true(str_index(url, '#') < 0);
	asked++;
	if (answer == NULL)
		return ERR_IO;
	*ret = str_from(answer);
	return OK;
}

static const struct str registered[] = { STR_LIT("https://rp.example/any"),
	STR_LIT("https://rp.example/one#a"), STR_LIT("https://rp.example/q?a=b") };
static const struct client client = { .client_id = STR_LIT("rp"),
	.request_uris = { registered, 3 } };

static void only_what_is_registered(void **state)
{
	static const struct {
		const char *uri;
		bool allowed;
	} rows[] = {
		{ "https://rp.example/any", true },
		{ "https://rp.example/any#x", true },
		{ "https://rp.example/any#", true },
		{ "https://rp.example/any?x", false },
		{ "https://rp.example/any/", false },
		{ "https://rp.example/Any", false },
		{ "https://RP.example/any", false },
		{ "https://rp.example/one#a", true },
		{ "https://rp.example/one", false },
		{ "https://rp.example/one#b", false },
		{ "https://rp.example/q?a=b", true },
		{ "https://rp.example/q", false },
		{ "https://rp.example/", false },
		{ "#", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (request_uri_is_registered(&client, str_from(rows[i].uri)) !=
			rows[i].allowed)
			fail_msg("%s", rows[i].uri);
}

static void it_is_asked_when_it_has_to_be(void **state)
{
	struct arena *a = arena_new(16384);
	const struct tenant tenant = { .name = S("default") };
	struct str digest = sha256_base64url(a, S("object"));
	const char *fixed =
		arena_printf(a, "https://rp.example/any#" STR_FMT, STR_ARG(digest)).p;
	const struct {
		const char *when;
		const char *uri;
		const char *answer;
		int64_t at;
		bool may_block;
		enum err err;
		int asked;        /* in all */
		const char *text; /* NULL: a fault */
	} rows[] = {
		{ "on a loop", "https://rp.example/any", "one", 0, false, ERR_WOULD_BLOCK, 0,
			NULL },
		{ "first", "https://rp.example/any", " one\n", 0, true, OK, 1, "one" },
		{ "again, on a loop", "https://rp.example/any", "two", 4, false, OK, 1, "one" },
		{ "after five seconds", "https://rp.example/any", "two", 5, true, OK, 2,
			"two" },
		{ "another fragment", "https://rp.example/any#x", "three", 6, true, OK, 3,
			"three" },
		{ "nobody answers", "https://rp.example/q?a=b", NULL, 6, true, OK, 4, NULL },
		{ "and not at once again", "https://rp.example/q?a=b", "four", 7, true, OK, 4,
			NULL },
		{ "but then", "https://rp.example/q?a=b", "four", 11, true, OK, 5, "four" },
		{ "not registered", "https://rp.example/x", "x", 11, true, OK, 5, NULL },
		{ "its fragment is its digest", fixed, "object", 11, true, OK, 6, "object" },
		{ "so it stays", fixed, "other", 100000, false, OK, 6, "object" },
		{ "the digest of something else", "https://rp.example/one#a", "object", 11,
			true, OK, 7, "object" },
		{ "does not", "https://rp.example/one#a", "other", 100000, true, OK, 8,
			"other" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request rq = {
			.arena = a, .now = NOW + rows[i].at, .may_block = rows[i].may_block
		};
		const struct fault *fault = NULL;
		struct str text = S("");
		enum err err;

		answer = rows[i].answer;
		err = request_uri_read(&tenant, &client, &rq, str_from(rows[i].uri), fetch_here,
			&text, &fault);
		if (err != rows[i].err || asked != rows[i].asked)
			fail_msg("%s: %d, asked %d", rows[i].when, err, asked);
		if (err == OK && (fault == NULL) != (rows[i].text != NULL))
			fail_msg("%s: fault", rows[i].when);
		if (fault == NULL && err == OK && !str_is(text, rows[i].text))
			fail_msg("%s: " STR_FMT, rows[i].when, STR_ARG(text));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_registered),
		cmocka_unit_test(it_is_asked_when_it_has_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
