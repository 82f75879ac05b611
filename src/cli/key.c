/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/place.h"
#include "cli/print.h"
#include "store/signing_key.h"
#include "store/tenant_secret.h"
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
};

static enum err rotate_encryption(struct db_conn *conn, void *arg)
{
	const struct rotation *r = arg;

	return encryption_key_rotate(conn, r->seal, r->arena, clock_now());
}

int cmd_key_rotate(struct cli *cli)
{
	auto_place place = { 0 };
	struct str name = option(&cli->options, OPTION_ALG);
	struct rotation r = { .arena = cli->arena };
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
	e = encryption ? db_write(place.db, rotate_encryption, &r)
		       : tenant_keys_rotate(place.db, place.seal, alg, clock_now());
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
	struct str kid;
};

static enum err revoke(struct db_conn *conn, void *arg)
{
	const struct revocation *r = arg;
	enum err e = signing_key_revoke(conn, r->kid, clock_now());

	return e == ERR_NOT_FOUND ? encryption_key_revoke(conn, r->arena, r->kid) : e;
}

int cmd_key_revoke(struct cli *cli)
{
	auto_place place = { 0 };
	struct revocation r = { cli->arena, cli->args[0] };
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	e = db_write(place.db, revoke, &r);
	if (e == ERR_NOT_FOUND)
		return refuse_missing("key", r.kid);
	if (e == ERR_CONFLICT)
		return refuse("the key is current or next: rotate first (tacit key rotate)");
	if (e)
		return refuse("the store did not take it");
	return print_keys(cli, &place);
}
