/* SPDX-License-Identifier: Apache-2.0 */

/* schema.h, document.h, signing_key.h. */

#include <dirent.h>
#include <stdlib.h>

#include "conformance.h"
#include "store/document.h"
#include "store/schema.h"
#include "store/signing_key.h"
#include "store/tenant_secret.h"

static int64_t version(struct bench *b)
{
	int64_t n = -1;

	row_err("the version", configuration_version(db_reader(b->db), &n), OK);
	return n;
}

static void migrating_again_changes_nothing(void **state)
{
	struct bench *b = *state;
	int64_t before, after;

	row_err("version", schema_version(b->db, &before), OK);
	row_true("a step was applied", before >= 1);
	row_err("again", schema_migrate(b->db), OK);
	row_err("version", schema_version(b->db, &after), OK);
	row_int("the same", after, before);
}

static enum err pretend_newer(struct db_conn *db, void *arg)
{
	(void)arg;
	return db_script(
		db, S("INSERT INTO schema_step (number, name) VALUES (9999, 'future')"));
}

static enum err forget_newer(struct db_conn *db, void *arg)
{
	(void)arg;
	return db_script(db, S("DELETE FROM schema_step WHERE number = 9999"));
}

static void a_newer_database_is_refused(void **state)
{
	struct bench *b = *state;
	enum err err;

	row_err("from the future", db_write(b->db, pretend_newer, NULL), OK);
	err = schema_migrate(b->db);
	row_err("back", db_write(b->db, forget_newer, NULL), OK);
	row_err("refused", err, ERR_CONFLICT);
	row_err("and now", schema_migrate(b->db), OK);
}

/* Is there a file of the same step in the other dialect? */
static bool has_twin(struct bench *b, const char *folder, const char *name)
{
	const char *sqlite = strstr(name, ".sqlite.sql");
	const char *postgres = strstr(name, ".postgres.sql");
	const char *mark = sqlite != NULL ? sqlite : postgres;

	if (mark == NULL)
		return false;
	return access(arena_printf(b->arena, "%s/%.*s.%s.sql", folder, (int)(mark - name), name,
			      sqlite != NULL ? "postgres" : "sqlite")
			       .p,
		       R_OK) == 0;
}

static void every_step_speaks_both_dialects(void **state)
{
	struct bench *b = *state;
	const char *source = getenv("TACIT_SOURCE");
	int64_t last = 0, applied;
	struct dirent *entry;
	const char *folder;
	DIR *dir;

	row_true("TACIT_SOURCE is set", source != NULL);
	folder = arena_printf(b->arena, "%s/src/store/schema", source).p;
	dir = opendir(folder);
	row_true(folder, dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		row_true(entry->d_name, has_twin(b, folder, entry->d_name));
		if (strtol(entry->d_name, NULL, 10) > last)
			last = strtol(entry->d_name, NULL, 10);
	}
	closedir(dir);
	row_err("version", schema_version(b->db, &applied), OK);
	row_int("the last file is the last step", applied, last);
}

static void a_document_of_each_kind(void **state)
{
	struct bench *b = *state;

	for (enum document_kind kind = 0; kind < DOCUMENT_KINDS; kind++) {
		struct document d = {
			.id = S("one"), .name = S("One"), .body = S("{\"a\":1}")
		};
		struct document got;
		struct document *all;
		int64_t before = version(b);
		size_t n;

		row_err("none yet", document_find(db_reader(b->db), b->arena, kind, d.id, &got),
			ERR_NOT_FOUND);
		row_err("put", WRITE(b, document_put(w, kind, &d, 100)), OK);
		d.body = S("{\"a\":2}");
		row_err("put again", WRITE(b, document_put(w, kind, &d, 200)), OK);
		row_int("two changes", version(b), before + 2);

		row_err("find", document_find(db_reader(b->db), b->arena, kind, d.id, &got),
			OK);
		row_str("id", got.id, "one");
		row_str("name", got.name, "One");
		row_str("the later body", got.body, "{\"a\":2}");
		row_int("created at first", got.created_at, 100);
		row_int("updated", got.updated_at, 200);

		d.id = S("another");
		row_err("put another", WRITE(b, document_put(w, kind, &d, 300)), OK);
		row_err("list", document_list(db_reader(b->db), b->arena, kind, &all, &n), OK);
		row_int("two", (int64_t)n, 2);
		row_str("by id", all[0].id, "another");
		row_str("by id", all[1].id, "one");

		row_err("delete", WRITE(b, document_delete(w, kind, S("one"))), OK);
		row_err("gone", WRITE(b, document_delete(w, kind, S("one"))), ERR_NOT_FOUND);
		row_int("the failed one does not count", version(b), before + 4);
	}
}

static void other_changes_count_too(void **state)
{
	struct bench *b = *state;
	int64_t before = version(b);

	row_err("changed", WRITE(b, configuration_changed(w)), OK);
	row_int("one more", version(b), before + 1);
}

static void a_long_list_keeps_its_order(void **state)
{
	struct bench *b = *state;
	struct document *all;
	size_t n;

	for (int i = 0; i < 100; i++) {
		struct document d = { .id = arena_printf(b->arena, "c%03d", 99 - i),
			.name = S("n"),
			.body = S("{}") };

		row_err("put", WRITE(b, document_put(w, DOCUMENT_CLIENT, &d, 1)), OK);
	}
	row_err("list", document_list(db_reader(b->db), b->arena, DOCUMENT_CLIENT, &all, &n),
		OK);
	row_int("all", (int64_t)n, 100);
	for (int i = 0; i < 100; i++)
		row_str("in order", all[i].id, arena_printf(b->arena, "c%03d", i).p);
}

static void add_key(
	struct bench *b, struct str kid, struct str alg, struct str state_, int64_t at)
{
	struct signing_key key = { .kid = kid,
		.alg = alg,
		.state = state_,
		.sealed = { "\0secret", 7 },
		.created_at = at };

	row_err("a key", WRITE(b, signing_key_insert(w, &key)), OK);
}

static void keys_take_turns(void **state)
{
	struct bench *b = *state;
	struct signing_key *keys;
	int64_t before;
	size_t n;

	add_key(b, S("r1"), S("RS256"), S("current"), 1);
	add_key(b, S("r2"), S("RS256"), S("next"), 2);
	add_key(b, S("e1"), S("ES256"), S("current"), 3);
	before = version(b);
	row_err("rotate", WRITE(b, signing_key_rotate(w, S("RS256"), 50)), OK);
	row_true("the server will hear of it", version(b) > before);

	row_err("list", signing_key_list(db_reader(b->db), b->arena, &keys, &n), OK);
	row_int("three", (int64_t)n, 3);
	row_str("r1", keys[0].kid, "r1");
	row_str("r1", keys[0].state, "previous");
	row_int("r1", keys[0].previous_at, 50);
	row_bytes("r1", keys[0].sealed, (struct str){ "\0secret", 7 });
	row_str("r2", keys[1].state, "current");
	row_int("r2", keys[1].current_at, 50);
	row_str("the other algorithm keeps its key", keys[2].state, "current");
	row_int("and its time", keys[2].current_at, 0);
}

static void without_a_next_key_nothing_turns(void **state)
{
	struct bench *b = *state;
	struct signing_key *keys;
	size_t n;

	add_key(b, S("r1"), S("RS256"), S("current"), 1);
	row_err("rotate", WRITE(b, signing_key_rotate(w, S("RS256"), 50)), ERR_NOT_FOUND);
	row_err("list", signing_key_list(db_reader(b->db), b->arena, &keys, &n), OK);
	row_str("it still signs", keys[0].state, "current");
}

static struct str state_of(struct bench *b, const char *kid)
{
	struct signing_key *keys;
	size_t n;

	row_err("list", signing_key_list(db_reader(b->db), b->arena, &keys, &n), OK);
	for (size_t i = 0; i < n; i++)
		if (str_is(keys[i].kid, kid))
			return keys[i].state;
	return S("none");
}

static void keys_take_turns_by_time(void **state)
{
	struct bench *b = *state;
	int64_t before;

	add_key(b, S("r1"), S("RS256"), S("current"), 1);
	add_key(b, S("r2"), S("RS256"), S("next"), 1);
	row_err("by command", WRITE(b, signing_key_rotate(w, S("RS256"), 100)), OK);
	add_key(b, S("r3"), S("RS256"), S("next"), 100);
	before = version(b);
	row_err("not due", WRITE(b, signing_key_rotate_due(w, S("RS256"), 99, 150)),
		ERR_NOT_FOUND);
	row_str("nothing moved", state_of(b, "r2"), "current");
	row_int("nothing to hear of", version(b), before);
	row_err("due", WRITE(b, signing_key_rotate_due(w, S("RS256"), 100, 150)), OK);
	row_str("it signs no more", state_of(b, "r2"), "previous");
	row_str("the next one does", state_of(b, "r3"), "current");
	row_true("the server will hear of it", version(b) > before);
	add_key(b, S("r4"), S("RS256"), S("next"), 150);
	row_err("a second process", WRITE(b, signing_key_rotate_due(w, S("RS256"), 100, 150)),
		ERR_NOT_FOUND);
	row_err("no such", WRITE(b, signing_key_rotate_due(w, S("ES256"), 100, 150)),
		ERR_NOT_FOUND);
}

static void without_a_next_key_time_turns_nothing(void **state)
{
	struct bench *b = *state;

	add_key(b, S("r1"), S("RS256"), S("current"), 1);
	row_err("due", WRITE(b, signing_key_rotate_due(w, S("RS256"), 100, 150)),
		ERR_NOT_FOUND);
	row_str("it still signs", state_of(b, "r1"), "current");
}

static void previous_keys_retire_by_time(void **state)
{
	struct bench *b = *state;
	int64_t before;

	add_key(b, S("r1"), S("RS256"), S("current"), 1);
	add_key(b, S("r2"), S("RS256"), S("next"), 1);
	row_err("rotate", WRITE(b, signing_key_rotate(w, S("RS256"), 100)), OK);
	before = version(b);
	row_err("too early", WRITE(b, signing_key_retire(w, 99, 200)), ERR_NOT_FOUND);
	row_int("nothing to hear of", version(b), before);
	row_err("now", WRITE(b, signing_key_retire(w, 100, 200)), OK);
	row_str("r1", state_of(b, "r1"), "revoked");
	row_str("only that one", state_of(b, "r2"), "current");
	row_true("the server will hear of it", version(b) > before);
	row_err("once", WRITE(b, signing_key_retire(w, 100, 200)), ERR_NOT_FOUND);
}

static void there_is_one_current_and_one_next(void **state)
{
	static const char *const states[] = { "current", "next" };
	struct bench *b = *state;

	add_key(b, S("c"), S("RS256"), S("current"), 1);
	add_key(b, S("n"), S("RS256"), S("next"), 1);
	for (size_t i = 0; i < ROWS(states); i++) {
		struct signing_key key = { .kid = S("x"),
			.alg = S("RS256"),
			.state = str_from(states[i]),
			.sealed = S("s") };

		row_err(states[i], WRITE(b, signing_key_insert(w, &key)), ERR_CONFLICT);
	}
}

static void only_a_previous_key_is_revoked(void **state)
{
	static const struct {
		const char *kid;
		enum err want;
	} rows[] = { { "current", ERR_CONFLICT }, { "next", ERR_CONFLICT }, { "previous", OK },
		{ "revoked", OK }, { "nobody", ERR_NOT_FOUND } };
	struct bench *b = *state;
	struct signing_key *keys;
	size_t n;

	for (size_t i = 0; i < 3; i++)
		add_key(b, str_from(rows[i].kid), S("RS256"), str_from(rows[i].kid), 1);
	row_err("insert",
		WRITE(b, signing_key_insert(w, &(struct signing_key){ .kid = S("revoked"),
						       .alg = S("RS256"),
						       .state = S("revoked"),
						       .sealed = S("s"),
						       .created_at = 1,
						       .revoked_at = 7 })),
		OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].kid, WRITE(b, signing_key_revoke(w, str_from(rows[i].kid), 60)),
			rows[i].want);

	row_err("list", signing_key_list(db_reader(b->db), b->arena, &keys, &n), OK);
	row_int("four", (int64_t)n, 4);
	row_str("by kid", keys[2].kid, "previous");
	row_str("revoked", keys[2].state, "revoked");
	row_int("now", keys[2].revoked_at, 60);
	row_int("once is enough", keys[3].revoked_at, 7);
}

static void secrets_are_found_again(void **state)
{
	struct bench *b = *state;
	struct tenant_secret *got;
	size_t n;
	struct tenant_secret salt = {
		.name = S("salt"), .kid = S(""), .sealed = { "\0one", 4 }, .created_at = 1
	};
	struct tenant_secret keys[] = {
		{ S("key"), S("b"), S("old"), 5 },
		{ S("key"), S("a"), S("new"), 6 },
	};

	row_err("none yet", tenant_secret_list(db_reader(b->db), b->arena, S("salt"), &got, &n),
		OK);
	row_int("none yet", (int64_t)n, 0);
	row_err("insert", WRITE(b, tenant_secret_insert(w, &salt)), OK);
	row_err("once only", WRITE(b, tenant_secret_insert(w, &salt)), ERR_CONFLICT);
	for (size_t i = 0; i < ROWS(keys); i++)
		row_err("a key", WRITE(b, tenant_secret_insert(w, &keys[i])), OK);
	row_err("salt", tenant_secret_list(db_reader(b->db), b->arena, S("salt"), &got, &n),
		OK);
	row_int("one", (int64_t)n, 1);
	row_int("whole", (int64_t)got[0].sealed.n, 4);
	row_err("keys", tenant_secret_list(db_reader(b->db), b->arena, S("key"), &got, &n), OK);
	row_int("two", (int64_t)n, 2);
	row_str("the newest first", got[0].kid, "a");
	row_str("its value", got[0].sealed, "new");
	row_int("its time", got[1].created_at, 5);
	row_err("delete", WRITE(b, tenant_secret_delete(w, S("key"), S("a"))), OK);
	row_err("again", WRITE(b, tenant_secret_delete(w, S("key"), S("a"))), ERR_NOT_FOUND);
	row_err("keys", tenant_secret_list(db_reader(b->db), b->arena, S("key"), &got, &n), OK);
	row_int("one is left", (int64_t)n, 1);
	row_str("the other", got[0].kid, "b");
}

int configuration_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(migrating_again_changes_nothing),
		STORE_TEST(a_newer_database_is_refused),
		STORE_TEST(every_step_speaks_both_dialects),
		STORE_TEST(a_document_of_each_kind),
		STORE_TEST(other_changes_count_too),
		STORE_TEST(a_long_list_keeps_its_order),
		STORE_TEST(keys_take_turns),
		STORE_TEST(without_a_next_key_nothing_turns),
		STORE_TEST(keys_take_turns_by_time),
		STORE_TEST(without_a_next_key_time_turns_nothing),
		STORE_TEST(previous_keys_retire_by_time),
		STORE_TEST(there_is_one_current_and_one_next),
		STORE_TEST(only_a_previous_key_is_revoked),
		STORE_TEST(secrets_are_found_again),
	};

	return run_store_tests(tests);
}
