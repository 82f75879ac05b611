/* SPDX-License-Identifier: Apache-2.0 */

/* ticket.h and mail.h. */

#include "conformance.h"
#include "store/mail.h"
#include "store/ticket.h"
#include "store/user.h"

static struct ticket example(struct bench *b)
{
	return (struct ticket){ .key = digest_of(b, "ticket"),
		.kind = S("reset"),
		.user_id = S("ana"),
		.email = S("Ana@example.com"),
		.client_id = S("shop"),
		.sealed = S("\x01\x02"),
		.created_at = 100,
		.expires_at = 200 };
}

static enum err find(struct bench *b, int64_t now, struct ticket *ret)
{
	return ticket_find(db_reader(b->db), b->arena, digest_of(b, "ticket"), now, ret);
}

static void a_ticket_comes_back_whole(void **state)
{
	struct bench *b = *state;
	struct ticket t = example(b), got;

	row_err("nobody's", WRITE(b, ticket_insert(w, &t)), ERR_CONFLICT);
	add_user(b, S("ana"), S("ana@example.com"));
	row_err("insert", WRITE(b, ticket_insert(w, &t)), OK);
	row_err("again", WRITE(b, ticket_insert(w, &t)), ERR_CONFLICT);
	row_err("find", find(b, 199, &got), OK);
	row_bytes("key", got.key, t.key);
	row_bytes("kind", got.kind, t.kind);
	row_bytes("user_id", got.user_id, t.user_id);
	row_bytes("email", got.email, t.email);
	row_bytes("client_id", got.client_id, t.client_id);
	row_bytes("sealed", got.sealed, t.sealed);
	row_int("created_at", got.created_at, 100);
	row_int("expires_at", got.expires_at, 200);
	row_err("at its end", find(b, 200, &got), ERR_NOT_FOUND);
}

static void a_ticket_is_good_once(void **state)
{
	struct bench *b = *state;
	struct ticket t = example(b), got;

	t.user_id = S("");
	row_err("insert", WRITE(b, ticket_insert(w, &t)), OK);
	row_err("too late", WRITE(b, ticket_take(w, t.key, 200)), ERR_NOT_FOUND);
	row_err("take", WRITE(b, ticket_take(w, t.key, 199)), OK);
	row_err("again", WRITE(b, ticket_take(w, t.key, 199)), ERR_NOT_FOUND);
	row_err("gone", find(b, 150, &got), ERR_NOT_FOUND);
}

static void tickets_are_counted_by_address(void **state)
{
	struct bench *b = *state;
	struct ticket t = example(b);
	struct db_conn *reader = db_reader(b->db);
	int64_t count = -1;

	t.user_id = S("");
	row_err("insert", WRITE(b, ticket_insert(w, &t)), OK);
	row_err("count", ticket_count(reader, S("ANA@EXAMPLE.COM"), 99, &count), OK);
	row_int("any case", count, 1);
	row_err("count", ticket_count(reader, S("ana@example.com"), 100, &count), OK);
	row_int("not from before", count, 0);
	row_err("count", ticket_count(reader, S("ben@example.com"), 0, &count), OK);
	row_int("nobody else's", count, 0);
}

static void unused_tickets_are_counted_by_user(void **state)
{
	struct bench *b = *state;
	struct ticket t = example(b);
	struct db_conn *reader = db_reader(b->db);
	int64_t count = -1;

	add_user(b, S("ana"), S("ana@example.com"));
	row_err("insert", WRITE(b, ticket_insert(w, &t)), OK);
	row_err("count", ticket_count_unused(reader, S("ana"), S("reset"), 99, &count), OK);
	row_int("hers", count, 1);
	row_err("count", ticket_count_unused(reader, S("ana"), S("reset"), 100, &count), OK);
	row_int("not from before", count, 0);
	row_err("count", ticket_count_unused(reader, S("ana"), S("verify"), 0, &count), OK);
	row_int("of another kind", count, 0);
	row_err("count", ticket_count_unused(reader, S("ben"), S("reset"), 0, &count), OK);
	row_int("nobody else's", count, 0);
	row_err("take", WRITE(b, ticket_take(w, t.key, 150)), OK);
	row_err("count", ticket_count_unused(reader, S("ana"), S("reset"), 0, &count), OK);
	row_int("not the used", count, 0);
}

static void tickets_go_with_their_user_and_by_time(void **state)
{
	struct bench *b = *state;
	struct ticket t = example(b), got;
	int64_t deleted = -1;

	add_user(b, S("ana"), S("ana@example.com"));
	row_err("insert", WRITE(b, ticket_insert(w, &t)), OK);
	row_err("prune", WRITE(b, ticket_prune(w, 200, 10, &deleted)), OK);
	row_int("not yet", deleted, 0);
	row_err("of another", WRITE(b, ticket_delete_by_user(w, S("ben"))), OK);
	row_err("still there", find(b, 150, &got), OK);
	row_err("of hers", WRITE(b, ticket_delete_by_user(w, S("ana"))), OK);
	row_err("gone", find(b, 150, &got), ERR_NOT_FOUND);
	row_err("insert", WRITE(b, ticket_insert(w, &t)), OK);
	row_err("the user goes", WRITE(b, user_delete(w, S("ana"), 1)), OK);
	row_err("gone with her", find(b, 150, &got), ERR_NOT_FOUND);
	t.user_id = S("");
	row_err("insert", WRITE(b, ticket_insert(w, &t)), OK);
	row_err("prune", WRITE(b, ticket_prune(w, 201, 10, &deleted)), OK);
	row_int("now", deleted, 1);
}

static void mail_waits_its_turn(void **state)
{
	struct bench *b = *state;
	struct db_conn *reader = db_reader(b->db);
	struct mail late = { .mail_id = S("late"),
		.sealed = S("x"),
		.next_at = 120,
		.created_at = 100,
		.expires_at = 300 };
	struct mail early = late, got;

	early.mail_id = S("early");
	early.next_at = 110;
	row_err("insert", WRITE(b, mail_insert(w, &late)), OK);
	row_err("insert", WRITE(b, mail_insert(w, &early)), OK);
	row_err("not yet", mail_next(reader, b->arena, 109, &got), ERR_NOT_FOUND);
	row_err("due", mail_next(reader, b->arena, 130, &got), OK);
	row_bytes("the one that waited longest", got.mail_id, early.mail_id);
	row_bytes("sealed", got.sealed, S("x"));
	row_err("claim", WRITE(b, mail_claim(w, &got, 200)), OK);
	row_err("by one only", WRITE(b, mail_claim(w, &got, 200)), ERR_NOT_FOUND);
	row_err("the other", mail_next(reader, b->arena, 130, &got), OK);
	row_bytes("is next", got.mail_id, late.mail_id);
	row_err("sent", WRITE(b, mail_delete(w, late.mail_id)), OK);
	row_err("gone", WRITE(b, mail_delete(w, late.mail_id)), ERR_NOT_FOUND);
	row_err("claimed still", mail_next(reader, b->arena, 199, &got), ERR_NOT_FOUND);
	row_err("due again", mail_next(reader, b->arena, 200, &got), OK);
	row_int("attempts", got.attempts, 1);
	row_err("postpone", WRITE(b, mail_postpone(w, early.mail_id, 250)), OK);
	row_err("later", mail_next(reader, b->arena, 249, &got), ERR_NOT_FOUND);
	row_err("of no use", mail_next(reader, b->arena, 300, &got), ERR_NOT_FOUND);
}

static void mail_is_pruned(void **state)
{
	struct bench *b = *state;
	struct mail m = { .mail_id = S("m"), .sealed = S("x"), .expires_at = 300 };
	int64_t deleted = -1;

	row_err("insert", WRITE(b, mail_insert(w, &m)), OK);
	row_err("prune", WRITE(b, mail_prune(w, 300, 10, &deleted)), OK);
	row_int("not yet", deleted, 0);
	row_err("prune", WRITE(b, mail_prune(w, 301, 10, &deleted)), OK);
	row_int("now", deleted, 1);
}

int account_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_ticket_comes_back_whole),
		STORE_TEST(a_ticket_is_good_once),
		STORE_TEST(tickets_are_counted_by_address),
		STORE_TEST(unused_tickets_are_counted_by_user),
		STORE_TEST(tickets_go_with_their_user_and_by_time),
		STORE_TEST(mail_waits_its_turn),
		STORE_TEST(mail_is_pruned),
	};

	return run_store_tests(tests);
}
