/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/tenant_key.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/signing_key.h"
#include "tenant/admin_event.h"
#include "json/json_value.h"

static const enum jws_alg algs[] = { JWS_RS256, JWS_ES256, JWS_EDDSA, JWS_PS256 };
static const char *const states[] = { "current", "next" };

enum {
	ALGS = sizeof(algs) / sizeof(algs[0]),
	STATES = sizeof(states) / sizeof(states[0]),
	KEYS = ALGS * STATES,
};

struct wanted {
	enum jws_alg alg;
	const char *state;
	struct jwk *key;
	enum err err;
	pthread_t thread;
	bool started;
};

enum err tenant_key_keep(struct db_conn *conn, const struct seal *seal, const struct jwk *key,
	enum jws_alg alg, const char *state, int64_t now)
{
	struct arena *a = arena_new(8192);
	struct str kid = jwk_thumbprint(key, a);
	enum err e = signing_key_insert(conn,
		&(struct signing_key){
			.kid = kid,
			.alg = str_from(jws_alg_name(alg)),
			.state = str_from(state),
			.sealed = seal_close(seal, a, SEAL_STORE, jwk_write_private(key, a)),
			.created_at = now,
			.current_at = str_is(S("current"), state) ? now : 0,
		});

	arena_free(a);
	return e;
}

static bool has_key(
	const struct signing_key *rows, size_t count, enum jws_alg alg, const char *state)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(rows[i].alg, jws_alg_name(alg)) && str_is(rows[i].state, state))
			return true;
	return false;
}

static enum err list_wanted(
	struct db_conn *conn, bool ps256, struct wanted ret[KEYS], size_t *ret_count)
{
	size_t most = ps256 ? KEYS : KEYS - STATES; /* PS256 is the last */
	struct arena *a = arena_new(8192);
	struct signing_key *rows;
	size_t count;
	size_t n = 0;
	enum err e = signing_key_list(conn, a, &rows, &count);

	for (size_t i = 0; !e && i < most; i++)
		if (!has_key(rows, count, algs[i / STATES], states[i % STATES]))
			ret[n++] = (struct wanted){ .alg = algs[i / STATES],
				.state = states[i % STATES] };
	arena_free(a);
	*ret_count = n;
	return e;
}

static void *generate(void *arg)
{
	struct wanted *w = arg;

	w->err = jwk_generate(w->alg, &w->key);
	return NULL;
}

static enum err generate_all(struct wanted *list, size_t count)
{
	enum err e = OK;

	for (size_t i = 0; i < count; i++) {
		list[i].started =
			pthread_create(&list[i].thread, NULL, generate, &list[i]) == 0;
		if (!list[i].started)
			generate(&list[i]);
	}
	for (size_t i = 0; i < count; i++) {
		if (list[i].started)
			pthread_join(list[i].thread, NULL);
		if (list[i].err)
			e = list[i].err;
	}
	return e;
}

struct completion {
	const struct seal *seal;
	struct wanted *list;
	size_t count;
};

/* Another process may have been first: what is still wanted now decides. */
static enum err insert_all(struct db_conn *conn, void *arg)
{
	const struct completion *c = arg;
	struct wanted now[KEYS];
	size_t count = 0;
	enum err e = list_wanted(conn, true, now, &count);

	for (size_t i = 0; !e && i < count; i++)
		for (size_t j = 0; !e && j < c->count; j++)
			if (c->list[j].alg == now[i].alg && c->list[j].state == now[i].state)
				e = tenant_key_keep(conn, c->seal, c->list[j].key, now[i].alg,
					now[i].state, clock_now());
	return e;
}

enum err tenant_keys_complete(struct db *db, const struct seal *seal, bool ps256)
{
	struct wanted list[KEYS];
	struct completion completion = { seal, list, 0 };
	enum err e = list_wanted(db_reader(db), ps256, list, &completion.count);

	if (e || completion.count == 0)
		return e;
	e = generate_all(list, completion.count);
	if (!e)
		e = db_write(db, insert_all, &completion);
	for (size_t i = 0; i < completion.count; i++)
		jwk_unref(list[i].key);
	return e;
}

/* What signs now is rotated, and nothing else gets a key by it: PS256 has none until somebody
 * asks for it, and keys that were all revoked do not come back. */
static enum err list_rotated(
	struct db *db, enum jws_alg alg, struct wanted ret[ALGS], size_t *ret_count)
{
	struct arena *a = arena_new(8192);
	struct signing_key *rows;
	size_t count = 0;
	size_t n = 0;
	enum err e = signing_key_list(db_reader(db), a, &rows, &count);

	for (size_t i = 0; !e && i < ALGS; i++)
		if ((alg == JWS_UNKNOWN || alg == algs[i]) &&
			has_key(rows, count, algs[i], "current"))
			ret[n++] = (struct wanted){ .alg = algs[i], .state = "next" };
	arena_free(a);
	*ret_count = n;
	return e || n > 0 ? e : ERR_NOT_FOUND;
}

struct turnover {
	const struct seal *seal;
	const struct wanted *list;
	size_t count;
	const struct admin_event *event;
	int64_t now;
};

static bool is_turned(const struct turnover *turn, struct str alg)
{
	for (size_t i = 0; i < turn->count; i++)
		if (str_is(alg, jws_alg_name(turn->list[i].alg)))
			return true;
	return false;
}

static enum err record(struct db_conn *conn, const struct turnover *turn)
{
	struct arena *a = arena_new(8192);
	struct buf kids = buf_new(a, 256);
	struct admin_event event = *turn->event;
	struct signing_key *rows;
	size_t count = 0;
	enum err e = signing_key_list(conn, a, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (str_is(rows[i].state, "current") && is_turned(turn, rows[i].alg))
			buf_addf(&kids, "%s" STR_FMT, kids.n ? " " : "", STR_ARG(rows[i].kid));
	event.id = buf_str(&kids);
	if (!e)
		e = admin_event_write(conn, &event, turn->now);
	arena_free(a);
	return e;
}

static enum err write_turnover(struct db_conn *conn, void *arg)
{
	const struct turnover *turn = arg;
	enum err e = OK;

	for (size_t i = 0; !e && i < turn->count; i++) {
		const struct wanted *fresh = &turn->list[i];

		e = signing_key_rotate(conn, str_from(jws_alg_name(fresh->alg)), turn->now);
		if (!e)
			e = tenant_key_keep(conn, turn->seal, fresh->key, fresh->alg,
				fresh->state, turn->now);
	}
	return e || turn->event == NULL ? e : record(conn, turn);
}

enum err tenant_keys_rotate(struct db *db, const struct seal *seal, enum jws_alg alg,
	const struct admin_event *event, int64_t now)
{
	struct wanted list[ALGS];
	struct turnover turn = { .seal = seal, .list = list, .event = event, .now = now };
	enum err e = list_rotated(db, alg, list, &turn.count);

	if (e)
		return e;
	e = generate_all(list, turn.count);
	if (!e)
		e = db_write(db, write_turnover, &turn);
	for (size_t i = 0; i < turn.count; i++)
		jwk_unref(list[i].key);
	return e;
}

static enum err open_key(struct arena *a, const struct seal *seal,
	const struct signing_key *row, struct keyring_key *ret)
{
	static const struct {
		const char *word;
		enum key_state state;
	} words[] = { { "next", KEY_NEXT }, { "current", KEY_CURRENT },
		{ "previous", KEY_PREVIOUS }, { "revoked", KEY_REVOKED } };
	const struct json *body;
	struct str plain;

	if (seal_open(seal, a, SEAL_STORE, row->sealed, &plain) ||
		json_parse(a, plain, &body, NULL) || jwk_read(body, &ret->key)) {
		log_line(LOG_ERROR, "tenant",
			"a signing key does not open with this master key", "kid",
			arena_cstr(a, row->kid), NULL);
		return ERR_CRYPTO;
	}
	ret->kid = row->kid;
	ret->alg = jws_alg_from(row->alg);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_is(row->state, words[i].word))
			ret->state = words[i].state;
	return OK;
}

enum err tenant_keys_load(struct db_conn *conn, const struct seal *seal, struct keyring **ret)
{
	struct arena *a = arena_new(16 * 1024);
	struct signing_key *rows;
	struct keyring_key *keys = NULL;
	size_t count = 0;
	size_t opened = 0;
	enum err e = signing_key_list(conn, a, &rows, &count);

	if (!e)
		keys = arena_array(a, struct keyring_key, count);
	for (; !e && opened < count; opened += !e)
		e = open_key(a, seal, &rows[opened], &keys[opened]);
	if (!e)
		*ret = keyring_new(keys, count);
	for (size_t i = 0; i < opened; i++)
		jwk_unref(keys[i].key);
	arena_free(a);
	return e;
}
