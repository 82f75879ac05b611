/* SPDX-License-Identifier: Apache-2.0 */

/*
 * bare DB [PORT]: a server that knows no protocol: one epoll loop of the HTTP library; for each
 * request it reads one of 100,000 rows of its own SQLite file, signs a constant payload of the
 * size of an id_token with ES256, and sends the token in a page. What this machine leaves of
 * `openssl speed` to a server that does nothing else; DB must not exist yet.
 */

#include <microhttpd.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"

enum { ROWS = 100000, PAYLOAD = 480, CONNECTIONS = 4096 };

static sqlite3 *db;
static sqlite3_stmt *select_row;
static EVP_PKEY *key;
static EVP_MD_CTX *signer;
static struct arena *arena;

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bare: %s failed\n", what);
	exit(1);
}

static void fill(const char *path)
{
	const char *sql = "PRAGMA mmap_size = 2147418112; PRAGMA journal_mode = WAL;"
			  "CREATE TABLE session (id BLOB PRIMARY KEY, a TEXT, b INTEGER);"
			  "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
			  " WHERE i < 99999) INSERT INTO session"
			  " SELECT CAST(printf('%032d', i * 7919 % 100000) AS BLOB),"
			  " hex(randomblob(110)), i FROM n;"
			  "PRAGMA wal_checkpoint(TRUNCATE)";

	must(access(path, F_OK) != 0, "a new file");
	must(sqlite3_open_v2(path, &db,
		     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		     NULL) == SQLITE_OK,
		"open");
	must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "fill");
	must(sqlite3_prepare_v2(db, "SELECT a, b FROM session WHERE id = ?", -1, &select_row,
		     NULL) == SQLITE_OK,
		"prepare");
}

static void read_row(void)
{
	static unsigned next;
	char id[33];

	next = (next * 1103515245u + 12345u) & 0x7fffffffu;
	(void)snprintf(id, sizeof(id), "%032u", next % ROWS);
	sqlite3_bind_blob(select_row, 1, id, 32, SQLITE_STATIC);
	must(sqlite3_step(select_row) == SQLITE_ROW, "read");
	sqlite3_reset(select_row);
}

static struct str signed_token(void)
{
	static unsigned char payload[PAYLOAD] = { '{' };
	unsigned char signature[80];
	size_t n = sizeof(signature);
	struct str text = base64url_encode(arena, payload, sizeof(payload));

	must(EVP_DigestSignInit(signer, NULL, NULL, NULL, NULL) == 1, "init");
	must(EVP_DigestSign(signer, signature, &n, (const unsigned char *)text.p, text.n) == 1,
		"sign");
	return arena_printf(arena, "<!doctype html><title>token</title><p>%s.%s", text.p,
		base64url_encode(arena, signature, n).p);
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **state)
{
	static int seen;
	struct MHD_Response *response;
	enum MHD_Result queued;
	struct str page;

	(void)context;
	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	(void)upload_size;
	if (*state == NULL) {
		*state = &seen;
		return MHD_YES;
	}
	arena_reset(arena);
	read_row();
	page = signed_token();
	response = MHD_create_response_from_buffer(
		page.n, (void *)(uintptr_t)page.p, MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return queued;
}

int main(int argc, char **argv)
{
	struct MHD_Daemon *daemon;

	must(argc > 1, "DB");
	fill(argv[1]);
	arena = arena_new(8192);
	key = EVP_EC_gen("P-256");
	signer = EVP_MD_CTX_new();
	must(EVP_DigestSignInit(signer, NULL, EVP_sha256(), NULL, key) == 1, "key");
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO,
		(uint16_t)(argc > 2 ? atoi(argv[2]) : 0), NULL, NULL, answer, NULL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_END);
	must(daemon != NULL, "listen");
	printf("%u\n", (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	pause();
	return 0;
}
