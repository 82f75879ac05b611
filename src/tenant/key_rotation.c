/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/key_rotation.h"

#include "base/log.h"
#include "store/signing_key.h"
#include "tenant/admin_event.h"
#include "tenant/tenant_key.h"

enum { LEEWAY = 300 }; /* clocks, and copies of jwks.json in caches */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* How long after its end something signed by a key can still be of use. */
static int64_t longest_life(const struct tenant *t)
{
	int64_t life =
		later(t->settings.session_lifetime, t->settings.ephemeral_session_lifetime);

	for (size_t i = 0; i < t->client_count; i++)
		life = later(life, t->clients[i].id_token_lifetime);
	for (size_t i = 0; i < t->resource_server_count; i++)
		life = later(life, t->resource_servers[i].token_lifetime);
	return life + LEEWAY;
}

/* When this key's state ends by schedule. */
static int64_t end_of(const struct tenant *t, const struct signing_key *key)
{
	if (str_is(key->state, "current"))
		return key->current_at + t->settings.signing_key_rotation;
	if (str_is(key->state, "previous"))
		return key->previous_at + longest_life(t);
	return INT64_MAX;
}

enum err key_rotation_next(struct db_conn *conn, const struct tenant *t, int64_t *ret)
{
	struct arena *a = arena_new(8192);
	struct signing_key *keys;
	int64_t next = INT64_MAX;
	size_t count = 0;
	enum err e = OK;

	if (t->settings.signing_key_rotation > 0)
		e = signing_key_list(conn, a, &keys, &count);
	for (size_t i = 0; !e && i < count; i++)
		if (end_of(t, &keys[i]) < next)
			next = end_of(t, &keys[i]);
	arena_free(a);
	if (!e)
		*ret = next;
	return e;
}

/* Those of `alg`, or of all where that is empty, in that state since `since` or earlier. */
static enum err list_kids(struct db_conn *conn, struct arena *a, struct str alg,
	const char *state, int64_t since, struct str *ret)
{
	struct buf kids = buf_new(a, 256);
	struct signing_key *keys;
	size_t count = 0;
	enum err e = signing_key_list(conn, a, &keys, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (str_is(keys[i].state, state) && keys[i].previous_at <= since &&
			(alg.n == 0 || str_eq(keys[i].alg, alg)))
			buf_addf(&kids, "%s" STR_FMT, kids.n ? " " : "", STR_ARG(keys[i].kid));
	*ret = buf_str(&kids);
	return e;
}

static enum err tell(
	struct db_conn *conn, const char *description, struct str kids, int64_t now)
{
	return admin_event_write(conn,
		&(struct admin_event){ .command = "serve",
			.description = description,
			.kind = "key",
			.id = kids },
		now);
}

struct turn {
	const struct tenant *tenant;
	enum jws_alg alg;
	const struct jwk *fresh;
	int64_t now;
};

static enum err write_turn(struct db_conn *conn, void *arg)
{
	const struct turn *turn = arg;
	const struct tenant *t = turn->tenant;
	struct str alg = str_from(jws_alg_name(turn->alg));
	struct arena *a = arena_new(8192);
	struct str kids;
	enum err e = signing_key_rotate_due(
		conn, alg, turn->now - t->settings.signing_key_rotation, turn->now);

	if (!e)
		e = tenant_key_keep(conn, t->seal, turn->fresh, turn->alg, "next", turn->now);
	if (!e)
		e = list_kids(conn, a, alg, "current", turn->now, &kids);
	if (!e)
		e = tell(conn, "Rotate the signing keys by schedule", kids, turn->now);
	arena_free(a);
	return e;
}

static enum err rotate(const struct tenant *t, enum jws_alg alg, int64_t now)
{
	struct turn turn = { .tenant = t, .alg = alg, .now = now };
	struct jwk *fresh;
	enum err e = jwk_generate(alg, &fresh);

	if (e)
		return e;
	turn.fresh = fresh;
	e = db_write(t->db, write_turn, &turn);
	jwk_unref(fresh);
	if (!e)
		log_line(LOG_INFO, "tenant", "signing key rotated by schedule", "alg",
			jws_alg_name(alg), NULL);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err write_retirement(struct db_conn *conn, void *arg)
{
	const struct turn *turn = arg;
	int64_t since = turn->now - longest_life(turn->tenant);
	struct arena *a = arena_new(8192);
	struct str kids;
	enum err e = list_kids(conn, a, (struct str){ 0 }, "previous", since, &kids);

	if (!e)
		e = signing_key_retire(conn, since, turn->now);
	if (!e)
		e = tell(conn, "Revoke signing keys by schedule", kids, turn->now);
	arena_free(a);
	return e == ERR_NOT_FOUND ? OK : e;
}

static bool has_next(const struct signing_key *keys, size_t count, struct str alg)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(keys[i].state, "next") && str_eq(keys[i].alg, alg))
			return true;
	return false;
}

enum err key_rotation_run(const struct tenant *t, int64_t now)
{
	struct turn retirement = { .tenant = t, .now = now };
	struct arena *a = arena_new(8192);
	struct signing_key *keys;
	size_t count = 0;
	bool retiring = false;
	enum err e = signing_key_list(db_reader(t->db), a, &keys, &count);

	for (size_t i = 0; !e && i < count; i++) {
		if (end_of(t, &keys[i]) > now)
			continue;
		if (str_is(keys[i].state, "previous"))
			retiring = true;
		else if (has_next(keys, count, keys[i].alg))
			e = rotate(t, jws_alg_from(keys[i].alg), now);
	}
	if (!e && retiring)
		e = db_write(t->db, write_retirement, &retirement);
	arena_free(a);
	return e;
}
