/* SPDX-License-Identifier: Apache-2.0 */

/* Names in certificates: how they may be written, and which certificate has them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/certificate.h"

#include "rows.h"

/* clang-format off */
/* CN=máquina 7+OU=A,O=Exemplo\, \"Filhos\",C=BR; a name of each kind; a century long. */
static const char pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIICHTCCAcKgAwIBAgIUBE7AuUeUDWPmFoLnwfJG2eIkq0UwCgYIKoZIzj0EAwIw\n"
	"SDELMAkGA1UEBhMCQlIxGjAYBgNVBAoMEUV4ZW1wbG8sICJGaWxob3MiMR0wCAYD\n"
	"VQQLDAFBMBEGA1UEAwwKbcOhcXVpbmEgNzAgFw0yNjExMjIwMDU4MjhaGA8yMTI2\n"
	"MTAyOTAwNTgyOFowSDELMAkGA1UEBhMCQlIxGjAYBgNVBAoMEUV4ZW1wbG8sICJG\n"
	"aWxob3MiMR0wCAYDVQQLDAFBMBEGA1UEAwwKbcOhcXVpbmEgNzBZMBMGByqGSM49\n"
	"AgEGCCqGSM49AwEHA0IABGELaFCAr8orMahkWainKXtES/jN27rVp5IZ6twrxw+J\n"
	"UyORyJvYJZvRb1KYP8xxodA/QYCTY+6Wlw8oLKM0l7WjgYcwgYQwYwYDVR0RBFww\n"
	"WoIOQ2xpZW50LmV4YW1wbGWGDHVybjpjbGllbnQ6N4cEwAACB4cQIAENuAAAAAAA\n"
	"AAAAAAAAB4ESb3BzQGNsaWVudC5leGFtcGxlgg4qLndpbGQuZXhhbXBsZTAdBgNV\n"
	"HQ4EFgQU02OVyQjqfQD7PbXt5eKaVUjYcFQwCgYIKoZIzj0EAwIDSQAwRgIhAMwX\n"
	"eQ+CzjVb6VspMrsVGNW7gb2lLbRkHxq+zMuaQpmaAiEAi+9SLP/mO/0dxBZZPIna\n"
	"FNnX4wPxu3DjTRF8Z02yu4k=\n"
	"-----END CERTIFICATE-----\n";
/* clang-format on */

static struct arena *arena;
static struct str der;

static void names_may_be_written_so(void **state)
{
	static const struct {
		enum certificate_name kind;
		const char *name;
		bool may;
	} rows[] = {
		{ CERTIFICATE_SUBJECT_DN, "CN=a", true },
		{ CERTIFICATE_SUBJECT_DN, "cn=a,o=b,c=BR", true },
		{ CERTIFICATE_SUBJECT_DN, "CN=a, O=b , C=BR", true },
		{ CERTIFICATE_SUBJECT_DN, "2.5.4.3=a", true },
		{ CERTIFICATE_SUBJECT_DN, "OU=a+CN=b,DC=example,UID=7,STREET=x", true },
		{ CERTIFICATE_SUBJECT_DN, "CN=a\\,b\\+c\\\\\\22\\C3\\A1", true },
		{ CERTIFICATE_SUBJECT_DN, "emailAddress=a@b.example,CN=a=b", true },
		{ CERTIFICATE_SUBJECT_DN, "", false },
		{ CERTIFICATE_SUBJECT_DN, "a", false },
		{ CERTIFICATE_SUBJECT_DN, "=a", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=a,", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=a+", false },
		{ CERTIFICATE_SUBJECT_DN, ",CN=a", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=a,,O=b", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=a;O=b", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=\"a\"", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=a\\", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=a\\4", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=a\\4x", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=\\ff", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=#04024869", false },
		{ CERTIFICATE_SUBJECT_DN, "C=Brasil", false },
		{ CERTIFICATE_SUBJECT_DN, "MAGIC=a", false },
		{ CERTIFICATE_SUBJECT_DN, "/CN=a", false },
		{ CERTIFICATE_SAN_DNS, "client.example", true },
		{ CERTIFICATE_SAN_DNS, "*.client.example", false },
		{ CERTIFICATE_SAN_DNS, "a b", false },
		{ CERTIFICATE_SAN_DNS, "", false },
		{ CERTIFICATE_SAN_IP, "192.0.2.7", true },
		{ CERTIFICATE_SAN_IP, "::1", true },
		{ CERTIFICATE_SAN_IP, "192.0.2", false },
		{ CERTIFICATE_SAN_IP, "client.example", false },
		{ CERTIFICATE_SAN_URI, "urn:client:7", true },
		{ CERTIFICATE_SAN_URI, "urn:m\xc3\xa1", false },
		{ CERTIFICATE_SAN_EMAIL, "a@b.example", true },
		{ CERTIFICATE_SAN_EMAIL, "a @b.example", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *must = certificate_name_check(rows[i].kind, str_from(rows[i].name));

		if ((must == NULL) != rows[i].may)
			fail_msg("%s: %s", rows[i].name, must != NULL ? must : "accepted");
	}
}

static void a_certificate_has_its_own_names(void **state)
{
	static const struct {
		enum certificate_name kind;
		const char *name;
		bool has;
	} rows[] = {
		{ CERTIFICATE_SUBJECT_DN,
			"CN=m\xc3\xa1quina 7+OU=A,O=Exemplo\\, \\\"Filhos\\\",C=BR", true },
		{ CERTIFICATE_SUBJECT_DN,
			"OU=A+CN=m\\C3\\A1quina 7,O=Exemplo\\2C \\22Filhos\\22,C=BR", true },
		{ CERTIFICATE_SUBJECT_DN,
			"ou=a + cn=M\xc3\xa1quina   7, o=exemplo\\, \\\"filhos\\\", c=br",
			true },
		{ CERTIFICATE_SUBJECT_DN,
			"CN=m\xc3\xa1quina 7,OU=A,O=Exemplo\\, \\\"Filhos\\\",C=BR", false },
		{ CERTIFICATE_SUBJECT_DN,
			"C=BR,O=Exemplo\\, \\\"Filhos\\\",CN=m\xc3\xa1quina 7+OU=A", false },
		{ CERTIFICATE_SUBJECT_DN,
			"CN=m\xc3\xa1quina 7+OU=A,O=Exemplo\\, \\\"Filhos\\\"", false },
		{ CERTIFICATE_SUBJECT_DN, "CN=m\xc3\xa1quina 7", false },
		{ CERTIFICATE_SUBJECT_DN, "C=BR", false },
		{ CERTIFICATE_SUBJECT_DN, "", false },
		{ CERTIFICATE_SAN_DNS, "client.example", true },
		{ CERTIFICATE_SAN_DNS, "CLIENT.EXAMPLE", true },
		{ CERTIFICATE_SAN_DNS, "a.wild.example", false },
		{ CERTIFICATE_SAN_DNS, "example", false },
		{ CERTIFICATE_SAN_DNS, "ops@client.example", false },
		{ CERTIFICATE_SAN_URI, "urn:client:7", true },
		{ CERTIFICATE_SAN_URI, "URN:client:7", false },
		{ CERTIFICATE_SAN_URI, "client.example", false },
		{ CERTIFICATE_SAN_IP, "192.0.2.7", true },
		{ CERTIFICATE_SAN_IP, "2001:0DB8:0:0::7", true },
		{ CERTIFICATE_SAN_IP, "::ffff:192.0.2.7", false },
		{ CERTIFICATE_SAN_IP, "192.0.2.8", false },
		{ CERTIFICATE_SAN_EMAIL, "ops@client.example", true },
		{ CERTIFICATE_SAN_EMAIL, "ops@client.exampl", false },
		{ CERTIFICATE_SAN_EMAIL, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (certificate_names(der, rows[i].kind, str_from(rows[i].name)) != rows[i].has)
			fail_msg("%s", rows[i].name);
}

static void it_has_its_time(void **state)
{
	(void)state;
	assert_false(certificate_is_current(der, 1700000000));
	assert_true(certificate_is_current(der, 1900000000));
	assert_false(certificate_is_current(der, 5000000000));
}

static void what_is_no_certificate_has_no_name(void **state)
{
	char *longer = arena_alloc(arena, der.n + 1);
	struct str none;

	(void)state;
	for (size_t n = 0; n < der.n; n++)
		assert_false(certificate_names(
			str_first(der, n), CERTIFICATE_SAN_DNS, S("client.example")));
	memcpy(longer, der.p, der.n);
	longer[der.n] = 0;
	assert_false(certificate_names(
		(struct str){ longer, der.n + 1 }, CERTIFICATE_SAN_DNS, S("client.example")));
	assert_int_equal(certificate_read_pem(arena, S(""), &none), ERR_INVALID);
	assert_int_equal(certificate_read_pem(arena, S("pem"), &none), ERR_INVALID);
	assert_int_equal(
		certificate_read_pem(arena, str_first(str_from(pem), 300), &none), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_may_be_written_so),
		cmocka_unit_test(a_certificate_has_its_own_names),
		cmocka_unit_test(it_has_its_time),
		cmocka_unit_test(what_is_no_certificate_has_no_name),
	};
	int failed;

	arena = arena_new(16384);
	assert_int_equal(certificate_read_pem(arena, str_from(pem), &der), OK);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
