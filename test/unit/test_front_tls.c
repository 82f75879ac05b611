/* SPDX-License-Identifier: Apache-2.0 */
/* TLS as a client sees it: which certificate answers, which versions, and reloading. */
/* Its header has a union of the same name as a struct of http/params.h. */
#define params gnutls_params
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#undef params
#include <stdlib.h>

#include "front/front.h"

#include "rows.h"
#include "wire.h"

static char folder[] = "/tmp/tacit-test-tls-XXXXXX";
static char paths[4][64];
static struct front_certificate files[2];
static struct front *front;

static enum err hello(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	response_text(rs, 200, rq->https ? S("over TLS") : S("in the clear"));
	return OK;
}

static const struct route routes[] = {
	{ "/", HTTP_GET, hello, INLINE, FORM_PAGE, "root", 0 },
};

static void must(int failed)
{
	if (failed < 0)
		fail_msg("%s", gnutls_strerror(failed));
}

static void save(const char *path, const gnutls_datum_t *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text->data, 1, text->size, file), text->size);
	assert_int_equal(fclose(file), 0);
}

static void make_pair(const char *name, const struct front_certificate *to)
{
	gnutls_datum_t pem = { NULL, 0 };
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	time_t now = time(NULL);

	must(gnutls_x509_privkey_init(&key));
	must(gnutls_x509_privkey_generate(
		key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	must(gnutls_x509_crt_init(&crt));
	must(gnutls_x509_crt_set_version(crt, 3));
	must(gnutls_x509_crt_set_serial(crt, "\x01", 1));
	must(gnutls_x509_crt_set_activation_time(crt, now - 60));
	must(gnutls_x509_crt_set_expiration_time(crt, now + 3600));
	must(gnutls_x509_crt_set_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name)));
	must(gnutls_x509_crt_set_subject_alt_name(
		crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name), GNUTLS_FSAN_SET));
	must(gnutls_x509_crt_set_key(crt, key));
	must(gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0));

	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem));
	save(to->cert_file, &pem);
	gnutls_free(pem.data);
	must(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem));
	save(to->key_file, &pem);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static void name_of(gnutls_session_t session, char *ret, size_t n)
{
	unsigned count = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &count);
	gnutls_x509_crt_t crt;

	assert_true(list != NULL && count == 1);
	must(gnutls_x509_crt_init(&crt));
	must(gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER));
	must(gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, ret, &n));
	gnutls_x509_crt_deinit(crt);
}

static void exchange(gnutls_session_t session, char *ret, size_t n)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	ssize_t got = 1;
	size_t at = 0;

	must((int)gnutls_record_send(session, request, sizeof(request) - 1));
	while (got > 0 && at + 1 < n) {
		got = gnutls_record_recv(session, ret + at, n - at - 1);
		if (got > 0)
			at += (size_t)got;
	}
	ret[at] = '\0';
}

struct seen {
	bool shaken; /* the handshake succeeded */
	char name[64];
	char answer[1024];
};

static struct seen visit(const char *server_name, const char *priorities)
{
	struct seen seen = { false, "", "" };
	gnutls_certificate_credentials_t nobody;
	gnutls_session_t session;
	int fd = wire_connect(front_port(front, 0));

	must(gnutls_certificate_allocate_credentials(&nobody));
	must(gnutls_init(&session, GNUTLS_CLIENT));
	must(gnutls_priority_set_direct(session, priorities, NULL));
	must(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, nobody));
	if (server_name != NULL)
		must(gnutls_server_name_set(
			session, GNUTLS_NAME_DNS, server_name, strlen(server_name)));
	gnutls_transport_set_int(session, fd);
	gnutls_handshake_set_timeout(session, 5000);
	seen.shaken = gnutls_handshake(session) == 0;
	if (seen.shaken) {
		name_of(session, seen.name, sizeof(seen.name));
		exchange(session, seen.answer, sizeof(seen.answer));
	}
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(nobody);
	(void)close(fd);
	return seen;
}

static int start(void **state)
{
	static const char *const listen[] = { "127.0.0.1:0" };
	struct front_config config = {
		.listen = listen,
		.listen_count = 1,
		.threads = 1,
		.tls = files,
		.tls_count = 2,
	};

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < 4; i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%zu", folder, i);
	files[0] = (struct front_certificate){ paths[0], paths[1] };
	files[1] = (struct front_certificate){ paths[2], paths[3] };
	make_pair("a.example", &files[0]);
	make_pair("*.b.example", &files[1]);
	return front_start(&config, routes, 1, NULL, 0, NULL, &front) == OK ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	front_stop(front);
	for (size_t i = 0; i < 4; i++)
		(void)unlink(paths[i]);
	return rmdir(folder);
}

static void the_name_chooses(void **state)
{
	static const struct {
		const char *row;
		const char *asked;
		const char *got;
	} rows[] = {
		{ "the first", "a.example", "a.example" },
		{ "the second, by its wildcard", "id.b.example", "*.b.example" },
		{ "a wildcard is one label", "x.id.b.example", "a.example" },
		{ "an unknown name", "c.example", "a.example" },
		{ "no name", NULL, "a.example" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct seen seen = visit(rows[i].asked, "NORMAL");

		row_true(rows[i].row, seen.shaken);
		row_str(rows[i].row, str_from(seen.name), rows[i].got);
		row_true(rows[i].row, strstr(seen.answer, "over TLS") != NULL);
		row_true(rows[i].row,
			strstr(seen.answer, "Strict-Transport-Security: max-age=") != NULL);
	}
}

static void old_versions_are_refused(void **state)
{
	static const struct {
		const char *priorities;
		bool shaken;
	} rows[] = {
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.3", true },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2", true },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.0:%COMPAT", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		row_int(rows[i].priorities, visit("a.example", rows[i].priorities).shaken,
			rows[i].shaken);
}

static void certificates_are_reloaded(void **state)
{
	const struct front_certificate crossed = { paths[2], paths[1] };

	(void)state;
	make_pair("new.example", &files[0]);
	row_str("before", str_from(visit("x", "NORMAL").name), "a.example");
	assert_int_equal(front_reload(front), OK);
	row_str("after", str_from(visit("x", "NORMAL").name), "new.example");

	make_pair("crossed.example", &crossed);
	assert_int_equal(front_reload(front), ERR_INVALID);
	row_str("a key of another", str_from(visit("x", "NORMAL").name), "new.example");

	make_pair("last.example", &files[0]);
	assert_int_equal(unlink(paths[3]), 0);
	assert_int_equal(front_reload(front), ERR_INVALID);
	row_str("a missing key", str_from(visit("x", "NORMAL").name), "new.example");
}

static void what_is_not_tls_is_cut(void **state)
{
	struct wire_answer answer;
	int fd = wire_connect(front_port(front, 0));

	(void)state;
	assert_true(wire_send(fd, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
	wire_read(fd, 3000, &answer);
	(void)close(fd);
	assert_true(answer.closed);
	assert_int_equal(wire_status(&answer), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_chooses),
		cmocka_unit_test(old_versions_are_refused),
		cmocka_unit_test(what_is_not_tls_is_cut),
		cmocka_unit_test(certificates_are_reloaded),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
