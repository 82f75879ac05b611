/* SPDX-License-Identifier: Apache-2.0 */

/* breached.h: both kinds of file, their first and last lines, and what is no list. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/breached.h"

/* The SHA-1 of "password" and of "hello", in order: 5BAA… and AAF4…. */
static const char hashes[] = "0000000000000000000000000000000000000000:1\r\n"
			     "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9\r\n"
			     "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";

static enum err open_text(const char *text, struct breached **ret)
{
	char path[] = "/tmp/breached-XXXXXX";
	int fd = mkstemp(path);
	enum err err;

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "%s", text) >= 0);
	close(fd);
	err = breached_open(path, ret);
	unlink(path);
	return err;
}

static void hashes_are_found_by_halves(void **state)
{
	struct breached *list = NULL;

	(void)state;
	assert_int_equal(open_text(hashes, &list), OK);
	assert_true(breached_has(list, S("password")));
	assert_true(breached_has(list, S("hello")));
	assert_false(breached_has(list, S("Password")));
	assert_false(breached_has(list, S("")));
	breached_close(list);
}

static void words_are_found_whole(void **state)
{
	struct breached *list = NULL;

	(void)state;
	assert_int_equal(open_text("zebra\r\nhello world\n\nlast", &list), OK);
	assert_true(breached_has(list, S("zebra")));
	assert_true(breached_has(list, S("hello world")));
	assert_true(breached_has(list, S("last")));
	assert_false(breached_has(list, S("hello")));
	assert_false(breached_has(list, S("")));
	breached_close(list);
}

static void what_is_no_list_is_refused(void **state)
{
	struct breached *list = NULL;

	(void)state;
	assert_int_equal(open_text("", &list), ERR_INVALID);
	assert_int_equal(breached_open("/nowhere/at/all", &list), ERR_IO);
	assert_int_equal(breached_open("/tmp", &list), ERR_IO);
	assert_null(list);
	assert_false(breached_has(NULL, S("password")));
	breached_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_found_by_halves),
		cmocka_unit_test(words_are_found_whole),
		cmocka_unit_test(what_is_no_list_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
