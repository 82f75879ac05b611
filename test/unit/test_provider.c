/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/provider.h"

#include <pthread.h>

#include "store/document.h"
#include "store/signing_key.h"
#include "tenant_support.h"

static const char issuer[] = "http://localhost:8080/";

static struct tenant *load(void)
{
	struct tenant *t = NULL;

	row_int("the tenant loads",
		tenant_load(db, S("default"), str_from(issuer), &secret, 1, &t), OK);
	return t;
}

static enum err put_client(struct db_conn *conn, void *arg)
{
	struct document d = { .id = str_from(arg),
		.name = str_from(arg),
		.body = arena_printf(a, "{\"client_id\":\"%s\"}", (const char *)arg) };

	return document_put(conn, DOCUMENT_CLIENT, &d, 1000);
}

static enum err put(const char *client_id)
{
	struct str name = arena_str(a, str_from(client_id));

	return db_write(db, put_client, (char *)(uintptr_t)name.p);
}

static enum err put_nonsense(struct db_conn *conn, void *arg)
{
	struct document d = { .id = S("bad"), .body = S("{\"client_id\":1}") };

	(void)arg;
	return document_put(conn, DOCUMENT_CLIENT, &d, 1000);
}

static void keys_are_made_once(void **state)
{
	struct tenant *one = load();
	struct tenant *two = load();
	struct signing_key *keys;
	size_t count = 0;
	struct str kid_one;
	struct str kid_two;

	(void)state;
	row_int("list", signing_key_list(db_reader(db), a, &keys, &count), OK);
	row_int("three algorithms, current and next", (int64_t)count, 6);
	row_true("a current one", keyring_current(one->keys, JWS_RS256, &kid_one) != NULL);
	row_true("the same", keyring_current(two->keys, JWS_RS256, &kid_two) != NULL);
	row_bytes("after another start", kid_two, kid_one);
	row_true("no private member is stored in the clear",
		str_find(keys[0].sealed, S("\"d\"")) < 0);
	tenant_unref(one);
	tenant_unref(two);
	tenant_unref(NULL);
}

static enum err put_ps256(struct db_conn *conn, void *arg)
{
	struct document d = { .id = S("ps"),
		.body = S("{\"client_id\":\"ps\",\"jwt_configuration\":{\"alg\":\"PS256\"}}") };

	(void)arg;
	return document_put(conn, DOCUMENT_CLIENT, &d, 1000);
}

static void ps256_comes_when_it_is_asked_for(void **state)
{
	struct tenant *t = load();
	struct str kid;

	(void)state;
	row_true("none yet", keyring_current(t->keys, JWS_PS256, &kid) == NULL);
	tenant_unref(t);
	row_int("a client asks", db_write(db, put_ps256, NULL), OK);
	t = load();
	row_true("there it is", keyring_current(t->keys, JWS_PS256, &kid) != NULL);
	tenant_unref(t);
}

static void another_master_key_opens_nothing(void **state)
{
	struct str other = S("another master secret of 32 byte");
	struct tenant *t = load();
	struct tenant *none = NULL;

	(void)state;
	tenant_unref(t);
	row_int("refused", tenant_load(db, S("default"), str_from(issuer), &other, 1, &none),
		ERR_CRYPTO);
	row_true("and nothing was given", none == NULL);
}

static void a_rotation_moves_each_key_on(void **state)
{
	struct tenant *before = load();
	struct tenant *after;
	struct str old;
	struct str now;
	enum jws_alg alg;

	(void)state;
	row_true("current", keyring_current(before->keys, JWS_ES256, &old) != NULL);
	row_int("rotates", tenant_keys_rotate(db, before->seal, JWS_ES256, NULL, 2000), OK);
	after = load();
	row_true("current", keyring_current(after->keys, JWS_ES256, &now) != NULL);
	row_true("is another", !str_eq(old, now));
	row_true("which was published before", str_find(keyring_jwks(before->keys), now) > 0);
	row_true("the old one verifies", keyring_find(after->keys, old, &alg) != NULL);
	tenant_unref(before);
	tenant_unref(after);
}

static enum err insert_ps256(struct db_conn *conn, void *arg)
{
	struct str key_state = str_from(arg);

	return signing_key_insert(conn, &(struct signing_key){ .kid = key_state,
						.alg = S("PS256"),
						.state = key_state,
						.sealed = S("never opened") });
}

static int64_t count_of(const char *alg, const char *key_state)
{
	struct signing_key *keys;
	size_t count = 0;
	int64_t n = 0;

	row_int("list", signing_key_list(db_reader(db), a, &keys, &count), OK);
	for (size_t i = 0; i < count; i++)
		n += str_is(keys[i].alg, alg) && str_is(keys[i].state, key_state);
	return n;
}

/* Keys that sign no more are no reason to make one, nor to refuse the others. */
static void a_rotation_makes_no_keys_that_were_not(void **state)
{
	static char gone[][16] = { "none", "revoked", "previous" };
	struct tenant *t = load();

	(void)state;
	for (size_t i = 0; i < ROWS(gone); i++) {
		if (i > 0)
			row_int("a key of old", db_write(db, insert_ps256, gone[i]), OK);
		row_int("by name", tenant_keys_rotate(db, t->seal, JWS_PS256, NULL, 2000),
			ERR_NOT_FOUND);
		row_int("all", tenant_keys_rotate(db, t->seal, JWS_UNKNOWN, NULL, 2000), OK);
		row_int(gone[i], count_of("PS256", "next"), 0);
		row_int(gone[i], count_of("PS256", "current"), 0);
		row_int(gone[i], count_of("RS256", "previous"), (int64_t)i + 1);
		row_int(gone[i], count_of("ES256", "previous"), (int64_t)i + 1);
		row_int(gone[i], count_of("EdDSA", "previous"), (int64_t)i + 1);
	}
	tenant_unref(t);
}

static void lookups(void **state)
{
	struct tenant *t;

	(void)state;
	row_int("b", put("b"), OK);
	row_int("a", put("a"), OK);
	row_int("c", put("c"), OK);
	t = load();
	row_str("found", tenant_client(t, S("b"))->client_id, "b");
	row_true("not found", tenant_client(t, S("bb")) == NULL);
	row_true("not found", tenant_client(t, S("")) == NULL);
	row_str("its own issuer", tenant_issuer(t, S("localhost:8080"))->url, issuer);
	row_str("for strangers too", tenant_issuer(t, S("evil.example"))->url, issuer);
	row_true("by URL", tenant_issuer_by_url(t, str_from(issuer)) == t->issuers);
	row_true("exactly", tenant_issuer_by_url(t, S("http://localhost:8080")) == NULL);
	tenant_unref(t);
}

static void a_document_that_cannot_be_read_stops_the_load(void **state)
{
	struct tenant *t = NULL;

	(void)state;
	row_int("stored all the same", db_write(db, put_nonsense, NULL), OK);
	row_int("refused", tenant_load(db, S("default"), str_from(issuer), &secret, 1, &t),
		ERR_INVALID);
}

static bool seen(struct provider *p, const char *client_id)
{
	auto_tenant *t = provider_tenant(p, S("localhost:8080"));

	return tenant_client(t, str_from(client_id)) != NULL;
}

static bool seen_within_a_second(struct provider *p, const char *client_id)
{
	for (int i = 0; i < 50; i++) {
		if (seen(p, client_id))
			return true;
		usleep(20 * 1000);
	}
	return false;
}

static void what_others_change_is_acted_on(void **state)
{
	struct provider p = { 0 };

	(void)state;
	row_true("no tenant yet", provider_tenant(&p, S("x")) == NULL);
	provider_add(&p, load());
	row_int("watches", provider_watch(&p), OK);
	row_true("not there", !seen(&p, "new"));
	row_int("put", put("new"), OK);
	row_true("there within a second", seen_within_a_second(&p, "new"));
	row_int("a bad one", db_write(db, put_nonsense, NULL), OK);
	usleep(900 * 1000);
	row_true("what was good stays", seen(&p, "new"));
	provider_stop(&p);
	row_true("and is gone", provider_tenant(&p, S("x")) == NULL);
}

/* Readers that never rest while tenants are swapped under them: the tools that watch memory
 * and threads say whether a tenant was used after its end. */
static bool over;

static void *read_on(void *arg)
{
	size_t reads = 0;

	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		auto_tenant *t = provider_tenant(arg, S("localhost:8080"));

		if (!str_eq(t->issuers[0].url, str_from(issuer)))
			abort();
		reads++;
	}
	return (void *)reads;
}

static void swaps_under_readers(void **state)
{
	enum { READERS = 4, SWAPS = 40 };
	struct provider p = { 0 };
	pthread_t readers[READERS];

	(void)state;
	provider_add(&p, load());
	for (size_t i = 0; i < READERS; i++)
		row_int("starts", pthread_create(&readers[i], NULL, read_on, &p), 0);
	for (size_t i = 0; i < SWAPS; i++)
		provider_swap(&p, load());
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (size_t i = 0; i < READERS; i++) {
		void *reads = NULL;

		pthread_join(readers[i], &reads);
		row_true("it read", (size_t)reads > 0);
	}
	provider_stop(&p);
}

static void tenants_by_host(void **state)
{
	struct provider p = { 0 };
	struct tenant *second = NULL;

	(void)state;
	provider_add(&p, load());
	row_int("loads",
		tenant_load(db, S("second"), S("https://b.example/"), &secret, 1, &second), OK);
	provider_add(&p, second);
	for (int i = 0; i < 3; i++) {
		auto_tenant *own = provider_tenant(&p, S("b.example"));
		auto_tenant *first = provider_tenant(&p, S("localhost:8080"));
		auto_tenant *other = provider_tenant(&p, S("c.example"));

		row_str("by its host", own->name, "second");
		row_str("by its host", first->name, "default");
		row_str("the first for all others", other->name, "default");
	}
	provider_stop(&p);
}

static int set_up(void **state)
{
	(void)state;
	store_open();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	store_close();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_made_once),
		TEST(ps256_comes_when_it_is_asked_for),
		TEST(another_master_key_opens_nothing),
		TEST(a_rotation_moves_each_key_on),
		TEST(a_rotation_makes_no_keys_that_were_not),
		TEST(lookups),
		TEST(a_document_that_cannot_be_read_stops_the_load),
		TEST(what_others_change_is_acted_on),
		TEST(swaps_under_readers),
		TEST(tenants_by_host),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
