/* SPDX-License-Identifier: Apache-2.0 */

/*
 * seed DIR LOGIN CLIENT_ID COUNT PRINTED [METHODS]: fills a data folder with live sessions of
 * one user, each in a browser of its own, and prints the cookie values of the last PRINTED of
 * them, which the client has joined. For measuring: nothing in the program makes sessions this
 * way.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "store/session.h"
#include "store/user.h"
#include "tenant/browser.h"

enum { BATCH = 5000, WEEK = 604800, THREE_DAYS = 259200, KEY_CHARS = 64 };

struct batch {
	struct tenant *tenant;
	struct arena *arena;
	struct str user_id;
	struct str client_id;
	long first;
	long count;
	long print_from;
	struct str methods;
};

static enum err write_batch(struct db_conn *conn, void *arg)
{
	struct batch *b = arg;
	int64_t now = clock_now();
	enum err err = OK;

	for (long i = b->first; err == OK && i < b->first + b->count; i++) {
		struct browser_secret browser = browser_secret_new(b->tenant, b->arena);
		struct session session = {
			.sid = random_token(b->arena, 16),
			.user_id = b->user_id,
			.created_at = now,
			.authenticated_at = now,
			.last_active_at = now,
			.lifetime = WEEK,
			.idle_lifetime = THREE_DAYS,
			.persistent = true,
			.methods = b->methods,
			.ip = S("127.0.0.1"),
			.user_agent = S("seed"),
		};

		err = session_insert(conn, &session, browser.digest);
		if (err != OK || i < b->print_from)
			continue;
		err = session_join_client(
			conn, session.sid, b->client_id, S("http://localhost/"), now);
		printf(STR_FMT "\n", STR_ARG(browser.cookie));
	}
	return err;
}

static struct seal *read_seal(struct arena *a, const char *dir)
{
	FILE *file = fopen(arena_printf(a, "%s/master.key", dir).p, "r");
	char line[KEY_CHARS + 1] = "";
	struct str secret;

	if (file == NULL || fgets(line, sizeof(line), file) == NULL ||
		hex_decode(a, str_from(line), &secret) != OK)
		exit(1);
	fclose(file);
	return seal_new(&secret, 1);
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new(1 << 20);
	struct arena *batch_arena = arena_new(1 << 20);
	struct tenant tenant = { .name = S("default") };
	struct batch batch = { .tenant = &tenant, .arena = batch_arena };
	struct user user;
	long count;

	if (argc != 6 && argc != 7)
		return 2;
	tenant.seal = read_seal(a, argv[1]);
	if (db_open(arena_printf(a, "sqlite:%s/default.db", argv[1]), &tenant.db) != OK)
		return 1;
	if (user_find_by_login(db_reader(tenant.db), a, str_from(argv[2]), &user) != OK)
		return 1;
	batch.methods = argc == 7 ? str_from(argv[6])
				  : S("[{\"name\":\"pwd\",\"timestamp\":1763758800000}]");
	count = atol(argv[4]);
	batch.user_id = user.user_id;
	batch.client_id = str_from(argv[3]);
	batch.print_from = count - atol(argv[5]);
	for (; batch.first < count; batch.first += BATCH) {
		batch.count = count - batch.first < BATCH ? count - batch.first : BATCH;
		if (db_write(tenant.db, write_batch, &batch) != OK)
			return 1;
		arena_reset(batch_arena);
	}
	db_close(tenant.db);
	seal_free(tenant.seal);
	return 0;
}
