/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/place.h"
#include "cli/print.h"
#include "store/signing_key.h"
#include "store/tenant_secret.h"
#include "tenant/admin_event.h"
#include "tenant/encryption_key.h"
#include "tenant/tenant.h"

/* By this name they are listed and rotated; they are good for the ones with key wrapping, too.
 */
#define ENCRYPTION_ALG "ECDH-ES"

static const enum jws_alg algs[] = { JWS_RS256, JWS_ES256, JWS_PS256, JWS_EDDSA };

enum { ALGS = sizeof(algs) / sizeof(algs[0]) };

/* Those that clients encrypt to: the newest is published, the others still open. */
static enum err put_encryption_keys(
	struct cli *cli, const struct place *place, struct json_writer *w)
{
	struct tenant_secret *keys;
	size_t count;
	enum err e = tenant_secret_list(
		db_reader(place->db), cli->arena, S(ENCRYPTION_KEY), &keys, &count);

	for (size_t i = 0; !e && i < count; i++) {
		json_begin_map(w);
		json_put_str(w, "kid", keys[i].kid);
		json_put_str(w, "alg", S(ENCRYPTION_ALG));
		json_put_str(w, "state", i == 0 ? S("current") : S("previous"));
		put_time(cli->arena, w, "created_at", keys[i].created_at);
		put_time(cli->arena, w, "current_since", keys[i].created_at);
		json_end_map(w);
	}
	return e;
}

static int print_keys(struct cli *cli, const struct place *place)
{
	struct buf b = buf_new(cli->arena, 4096);
	struct json_writer w = json_writer_on(&b);
	struct signing_key *keys;
	size_t count = 0;

	if (signing_key_list(db_reader(place->db), cli->arena, &keys, &count))
		return refuse("the store cannot be read");
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++) {
		json_begin_map(&w);
		json_put_str(&w, "kid", keys[i].kid);
		json_put_str(&w, "alg", keys[i].alg);
		json_put_str(&w, "state", keys[i].state);
		put_time(cli->arena, &w, "created_at", keys[i].created_at);
		put_time(cli->arena, &w, "current_since", keys[i].current_at);
		put_time(cli->arena, &w, "current_until", keys[i].previous_at);
		put_time(cli->arena, &w, "revoked_at", keys[i].revoked_at);
		json_end_map(&w);
	}
	if (put_encryption_keys(cli, place, &w))
		return refuse("the store cannot be read");
	json_end_list(&w);
	print_table(cli, buf_str(&b), "kid alg state created_at current_since revoked_at");
	return EXIT_DONE;
}

int cmd_key_list(struct cli *cli)
{
	auto_place place = { 0 };
	int status = place_open(cli, PLACE_EXISTS, &place);

	return status ? status : print_keys(cli, &place);
}

struct rotation {
	struct arena *arena;
	const struct seal *seal;
	struct admin_event event;
};

static enum err rotate_encryption(struct db_conn *conn, void *arg)
{
	struct rotation *r = arg;
	struct tenant_secret *keys;
	size_t count = 0;
	int64_t now = clock_now();
	enum err e = encryption_key_rotate(conn, r->seal, r->arena, now);

	if (!e)
		e = tenant_secret_list(conn, r->arena, S(ENCRYPTION_KEY), &keys, &count);
	if (e)
		return e;
	if (count > 0)
		r->event.id = keys[0].kid;
	return admin_event_write(conn, &r->event, now);
}

int cmd_key_rotate(struct cli *cli)
{
	auto_place place = { 0 };
	struct str name = option(&cli->options, OPTION_ALG);
	struct rotation r = { .arena = cli->arena,
		.event = { .command = cli->command, .kind = "key" } };
	enum jws_alg alg = JWS_UNKNOWN;
	bool encryption = str_is(name, ENCRYPTION_ALG);
	bool known = name.n == 0 || encryption;
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	for (size_t i = 0; i < ALGS; i++)
		if (str_is(name, jws_alg_name(algs[i]))) {
			alg = algs[i];
			known = true;
		}
	if (!known)
		return refuse("--alg must be RS256, ES256, PS256, EdDSA or ECDH-ES");
	r.seal = place.seal;
	r.event.description =
		encryption ? "Rotate the encryption key" : "Rotate the signing keys";
	e = encryption ? db_write(place.db, rotate_encryption, &r)
		       : tenant_keys_rotate(place.db, place.seal, alg, &r.event, clock_now());
	if (e == ERR_NOT_FOUND)
		return refuse(alg == JWS_PS256
				      ? "there are no PS256 keys: a server makes them when a "
					"client or an API is set to PS256"
				      : "there are no such keys yet: a server makes them");
	if (e)
		return refuse("the keys stay as they were: the store did not take it");
	return print_keys(cli, &place);
}

struct revocation {
	struct arena *arena;
	struct admin_event event;
};

/* Then there is nothing left to do, and it is not refused. */
static enum err was_revoked(struct db_conn *conn, const struct revocation *r, bool *ret)
{
	struct signing_key *keys;
	size_t count = 0;
	bool revoked = false;
	enum err e = signing_key_list(conn, r->arena, &keys, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (str_eq(keys[i].kid, r->event.id))
			revoked = str_is(keys[i].state, "revoked");
	if (!e)
		*ret = revoked;
	return e;
}

static enum err revoke(struct db_conn *conn, void *arg)
{
	struct revocation *r = arg;
	int64_t now = clock_now();
	bool done = false;
	enum err e = was_revoked(conn, r, &done);

	if (e || done)
		return e;
	e = signing_key_revoke(conn, r->event.id, now);
	if (e == ERR_NOT_FOUND) {
		r->event.description = "Revoke an encryption key";
		e = encryption_key_revoke(conn, r->arena, r->event.id);
	}
	return e ? e : admin_event_write(conn, &r->event, now);
}

int cmd_key_revoke(struct cli *cli)
{
	auto_place place = { 0 };
	struct revocation r = { cli->arena, { .command = cli->command,
						    .description = "Revoke a signing key",
						    .kind = "key",
						    .id = cli->args[0] } };
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	e = db_write(place.db, revoke, &r);
	if (e == ERR_NOT_FOUND)
		return refuse_missing("key", r.event.id);
	if (e == ERR_CONFLICT)
		return refuse("the key is current or next: rotate first (tacit key rotate)");
	if (e)
		return refuse("the store did not take it");
	return print_keys(cli, &place);
}
