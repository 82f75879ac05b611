/* SPDX-License-Identifier: Apache-2.0 */

/* Which addresses may be asked, and which URLs are not asked at all. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "notify/fetch.h"

static bool is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return fetch_address_is_public((const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return fetch_address_is_public((const struct sockaddr *)&v6);
}

static void public_and_private(void **state)
{
	static const char *const yes[] = { "1.1.1.1", "9.255.255.255", "11.0.0.0",
		"100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.1.1",
		"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.0.0",
		"198.20.0.0", "223.255.255.255", "2606:4700::1", "2a00::1", "2001:4860::8888" };
	static const char *const no[] = { "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255",
		"100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
		"169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1",
		"192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255",
		"198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
		"255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
		"::7f00:1", "64:ff9b::7f00:1", "100::1", "2001::1", "2001:10::1", "2001:db8::1",
		"2002:7f00:1::", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1" };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!is_public(yes[i]))
			fail_msg("%s is public", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (is_public(no[i]))
			fail_msg("%s is not public", no[i]);
}

static void urls_that_are_not_asked(void **state)
{
	static const char *const rows[] = { "", "x", "http://example.com/",
		"file:///etc/passwd", "ftp://example.com/", "https://", "https:///x",
		"https://u@example.com/", "https://u:p@example.com/", "https://[::1]/",
		"https://127.0.0.1/", "https://127.0.0.1:8080/", "https://2130706433/",
		"https://0x7f.1/", "https://0177.0.0.1/", "https://169.254.169.254/latest",
		"https://10.0.0.1/", "https://0/", "https://localhost/" };
	struct arena *a = arena_new(4096);
	struct str body = S("untouched");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fetch(a, (struct str_list){ 0 }, str_from(rows[i]), &body) != ERR_INVALID)
			fail_msg("asked: %s", rows[i]);
	assert_true(str_is(body, "untouched"));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_and_private),
		cmocka_unit_test(urls_that_are_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
