/* SPDX-License-Identifier: Apache-2.0 */

/* interaction.h, pushed_request.h and device_grant.h. */

#include <pthread.h>

#include "conformance.h"
#include "store/device_grant.h"
#include "store/interaction.h"
#include "store/pushed_request.h"

static struct interaction example(struct bench *b)
{
	return (struct interaction){ .key = digest_of(b, "key"),
		.binding = digest_of(b, "cookie"),
		.client_id = S("shop"),
		.request = S("client_id=shop&state=x%00y"),
		.issuer = S("https://id.example/"),
		.page = S("login"),
		.data = S("{}"),
		.created_at = 100,
		.expires_at = 200 };
}

static enum err find(struct bench *b, int64_t now, struct interaction *ret)
{
	return interaction_find(db_reader(b->db), b->arena, digest_of(b, "key"), now, ret);
}

static void it_comes_back_whole(void **state)
{
	struct bench *b = *state;
	struct interaction i = example(b), got;

	i.answered = 5;
	i.login_at = 6;
	i.sid = S("s");
	i.denied = true;
	row_err("insert", WRITE(b, interaction_insert(w, &i)), OK);
	row_err("again", WRITE(b, interaction_insert(w, &i)), ERR_CONFLICT);
	row_err("find", find(b, 150, &got), OK);
	row_bytes("key", got.key, i.key);
	row_bytes("binding", got.binding, i.binding);
	row_bytes("client_id", got.client_id, i.client_id);
	row_bytes("request", got.request, i.request);
	row_bytes("issuer", got.issuer, i.issuer);
	row_bytes("page", got.page, i.page);
	row_int("answered", got.answered, 5);
	row_int("login_at", got.login_at, 6);
	row_bytes("sid", got.sid, i.sid);
	row_true("denied", got.denied);
	row_bytes("data", got.data, i.data);
	row_int("created_at", got.created_at, 100);
	row_int("expires_at", got.expires_at, 200);
}

static void it_ends_by_time(void **state)
{
	struct bench *b = *state;
	struct interaction i = example(b), got;
	int64_t deleted;

	row_err("insert", WRITE(b, interaction_insert(w, &i)), OK);
	row_err("the last second", find(b, 199, &got), OK);
	row_err("over", find(b, 200, &got), ERR_NOT_FOUND);
	row_err("prune", WRITE(b, interaction_prune(w, 199, 10, &deleted)), OK);
	row_int("not yet", deleted, 0);
	row_err("prune", WRITE(b, interaction_prune(w, 200, 10, &deleted)), OK);
	row_int("now", deleted, 1);
}

static void of_too_many_the_oldest_go(void **state)
{
	struct bench *b = *state;
	struct interaction i = example(b), got;
	int64_t deleted = -1;

	for (int n = 0; n < 5; n++) {
		i.key = digest_of(b, arena_printf(b->arena, "%d", n).p);
		i.expires_at = 200 + (n * 3) % 5;
		row_err("insert", WRITE(b, interaction_insert(w, &i)), OK);
	}
	row_err("no more than five", WRITE(b, interaction_prune_oldest(w, 5, 10, &deleted)),
		OK);
	row_int("none goes", deleted, 0);
	row_err("two", WRITE(b, interaction_prune_oldest(w, 2, 2, &deleted)), OK);
	row_int("as many as may at once", deleted, 2);
	row_err("two", WRITE(b, interaction_prune_oldest(w, 2, 10, &deleted)), OK);
	row_int("and what is left above", deleted, 1);
	for (int n = 0; n < 5; n++)
		row_err("the youngest stay",
			interaction_find(db_reader(b->db), b->arena,
				digest_of(b, arena_printf(b->arena, "%d", n).p), 150, &got),
			n == 1 || n == 3 ? OK : ERR_NOT_FOUND);
}

static void pages_answer(void **state)
{
	struct bench *b = *state;
	struct interaction i = example(b), got;

	row_err("none", WRITE(b, interaction_update(w, &i)), ERR_NOT_FOUND);
	row_err("insert", WRITE(b, interaction_insert(w, &i)), OK);
	i.page = S("consent");
	i.answered = 3;
	i.login_at = 120;
	i.sid = S("s1");
	i.denied = true;
	i.data = S("{\"a\":1}");
	i.client_id = S("another");
	i.request = S("another");
	i.binding = digest_of(b, "another");
	i.expires_at = 999;
	row_err("update", WRITE(b, interaction_update(w, &i)), OK);
	row_err("find", find(b, 150, &got), OK);
	row_str("page", got.page, "consent");
	row_int("answered", got.answered, 3);
	row_int("login_at", got.login_at, 120);
	row_str("sid", got.sid, "s1");
	row_true("denied", got.denied);
	row_str("data", got.data, "{\"a\":1}");
	row_str("the client stays", got.client_id, "shop");
	row_str("the request stays", got.request, "client_id=shop&state=x%00y");
	row_bytes("the browser stays", got.binding, digest_of(b, "cookie"));
	row_int("the end stays", got.expires_at, 200);
}

struct taker {
	struct db *db;
	struct str key;
	pthread_t thread;
	enum err got;
};

static enum err take(struct db_conn *db, void *arg)
{
	return interaction_take(db, ((struct taker *)arg)->key);
}

static void *take_it(void *arg)
{
	struct taker *t = arg;

	t->got = db_write(t->db, take, t);
	return NULL;
}

static void one_takes_it(void **state)
{
	struct bench *b = *state;
	struct interaction i = example(b), got;
	struct taker takers[8];
	int won = 0;

	row_err("insert", WRITE(b, interaction_insert(w, &i)), OK);
	for (int n = 0; n < 8; n++) {
		takers[n] = (struct taker){ .db = b->db, .key = i.key };
		assert_int_equal(
			pthread_create(&takers[n].thread, NULL, take_it, &takers[n]), 0);
	}
	for (int n = 0; n < 8; n++) {
		pthread_join(takers[n].thread, NULL);
		won += takers[n].got == OK;
		row_true(
			"or it is gone", takers[n].got == OK || takers[n].got == ERR_NOT_FOUND);
	}
	row_int("one", won, 1);
	row_err("gone", find(b, 150, &got), ERR_NOT_FOUND);
}

static void pushed_requests(void **state)
{
	struct bench *b = *state;
	struct pushed_request p = { .key = digest_of(b, "urn"),
		.client_id = S("shop"),
		.request = S("client_id=shop&state=x%00y"),
		.expires_at = 200 };
	struct pushed_request got;
	int64_t deleted;

	row_err("insert", WRITE(b, pushed_request_insert(w, &p)), OK);
	row_err("again", WRITE(b, pushed_request_insert(w, &p)), ERR_CONFLICT);
	row_err("find", pushed_request_find(db_reader(b->db), b->arena, p.key, 199, &got), OK);
	row_bytes("key", got.key, p.key);
	row_bytes("client_id", got.client_id, p.client_id);
	row_bytes("request", got.request, p.request);
	row_int("expires_at", got.expires_at, 200);
	row_err("at its end", pushed_request_find(db_reader(b->db), b->arena, p.key, 200, &got),
		ERR_NOT_FOUND);
	row_err("take", WRITE(b, pushed_request_take(w, p.key)), OK);
	row_err("take it twice", WRITE(b, pushed_request_take(w, p.key)), ERR_NOT_FOUND);
	row_err("insert", WRITE(b, pushed_request_insert(w, &p)), OK);
	row_err("prune", WRITE(b, pushed_request_prune(w, 199, 10, &deleted)), OK);
	row_int("too early", deleted, 0);
	row_err("prune", WRITE(b, pushed_request_prune(w, 200, 10, &deleted)), OK);
	row_int("pruned", deleted, 1);
}

static struct device_grant device(struct bench *b)
{
	return (struct device_grant){ .key = digest_of(b, "device"),
		.user_key = digest_of(b, "user"),
		.client_id = S("tv"),
		.issuer = S("https://id.example/"),
		.request = S("client_id=tv&scope=openid"),
		.data = S("{}"),
		.state = S("pending"),
		.interval = 5,
		.created_at = 100,
		.expires_at = 200 };
}

static enum err find_device(struct bench *b, struct device_grant *ret)
{
	return device_grant_find(db_reader(b->db), b->arena, digest_of(b, "device"), ret);
}

static enum err find_typed(struct bench *b, int64_t now)
{
	struct device_grant got;

	return device_grant_find_by_user(
		db_reader(b->db), b->arena, digest_of(b, "user"), now, &got);
}

static void devices_wait(void **state)
{
	struct bench *b = *state;
	struct device_grant d = device(b), second = d, got;

	row_err("nobody", find_device(b, &got), ERR_NOT_FOUND);
	row_err("insert", WRITE(b, device_grant_insert(w, &d)), OK);
	row_err("again", WRITE(b, device_grant_insert(w, &d)), ERR_CONFLICT);
	second.key = digest_of(b, "another");
	row_err("the same user code", WRITE(b, device_grant_insert(w, &second)), ERR_CONFLICT);
	row_err("find", find_device(b, &got), OK);
	row_bytes("key", got.key, d.key);
	row_bytes("user_key", got.user_key, d.user_key);
	row_str("client_id", got.client_id, "tv");
	row_bytes("issuer", got.issuer, d.issuer);
	row_bytes("request", got.request, d.request);
	row_str("data", got.data, "{}");
	row_str("state", got.state, "pending");
	row_int("no code", (int64_t)got.code.n, 0);
	row_int("interval", got.interval, 5);
	row_int("polled_at_ms", got.polled_at_ms, 0);
	row_int("created_at", got.created_at, 100);
	row_int("expires_at", got.expires_at, 200);
	row_err("typed, the last second", find_typed(b, 199), OK);
	row_err("typed, over", find_typed(b, 200), ERR_NOT_FOUND);
	row_err("poll", WRITE(b, device_grant_poll(w, d.key, 10, 150123)), OK);
	row_err("find", find_device(b, &got), OK);
	row_int("interval", got.interval, 10);
	row_int("polled_at_ms", got.polled_at_ms, 150123);
	row_err("poll none", WRITE(b, device_grant_poll(w, second.key, 1, 1)), ERR_NOT_FOUND);
}

static int64_t devices_waiting(struct bench *b, int64_t now, int64_t most)
{
	int64_t n = -1;

	row_err("count", device_grant_count_waiting(db_reader(b->db), now, most, &n), OK);
	return n;
}

static void who_waits_is_counted(void **state)
{
	static const char *const names[] = { "a", "b", "c" };
	struct bench *b = *state;

	row_int("nobody", devices_waiting(b, 100, 9), 0);
	for (int i = 0; i < 3; i++) {
		struct device_grant d = device(b);

		d.key = digest_of(b, names[i]);
		d.user_key = digest_of(b, names[i]);
		d.expires_at += i;
		row_err("insert", WRITE(b, device_grant_insert(w, &d)), OK);
	}
	row_int("all", devices_waiting(b, 199, 9), 3);
	row_int("no more than that", devices_waiting(b, 199, 2), 2);
	row_int("one is over", devices_waiting(b, 200, 9), 2);
	row_err("answer", WRITE(b, device_grant_answer(w, digest_of(b, "c"), S(""), 200)), OK);
	row_int("and one answered", devices_waiting(b, 200, 9), 1);
}

static void devices_are_answered_once(void **state)
{
	struct bench *b = *state;
	struct device_grant d = device(b), got;
	int64_t deleted;

	row_err("insert", WRITE(b, device_grant_insert(w, &d)), OK);
	row_err("too late", WRITE(b, device_grant_answer(w, d.key, S("c"), 200)),
		ERR_NOT_FOUND);
	row_err("approve", WRITE(b, device_grant_answer(w, d.key, S("c"), 199)), OK);
	row_err("deny after it", WRITE(b, device_grant_answer(w, d.key, S(""), 150)),
		ERR_NOT_FOUND);
	row_err("find", find_device(b, &got), OK);
	row_str("state", got.state, "approved");
	row_str("code", got.code, "c");
	row_err("typed again", find_typed(b, 150), ERR_NOT_FOUND);
	row_err("prune", WRITE(b, device_grant_prune(w, 199, 10, &deleted)), OK);
	row_int("not yet", deleted, 0);
	row_err("prune", WRITE(b, device_grant_prune(w, 200, 10, &deleted)), OK);
	row_int("now", deleted, 1);
	row_err("insert", WRITE(b, device_grant_insert(w, &d)), OK);
	row_err("deny", WRITE(b, device_grant_answer(w, d.key, S(""), 150)), OK);
	row_err("find", find_device(b, &got), OK);
	row_str("state", got.state, "denied");
}

int interaction_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(it_comes_back_whole),
		STORE_TEST(it_ends_by_time),
		STORE_TEST(of_too_many_the_oldest_go),
		STORE_TEST(pages_answer),
		STORE_TEST(one_takes_it),
		STORE_TEST(pushed_requests),
		STORE_TEST(devices_wait),
		STORE_TEST(devices_are_answered_once),
		STORE_TEST(who_waits_is_counted),
	};

	return run_store_tests(tests);
}
