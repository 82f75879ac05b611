/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * place: what a command works on: the data folder with the database, the master key and the
 * issuer under which the server was started last.
 *
 *   DIR/default.db    the tenant's database (--store sqlite:DIR puts it elsewhere)
 *   DIR/master.key    32 random bytes as hex on each line, newest first; mode 0600. All that
 *                     is sealed depends on it. TACIT_MASTER_KEY takes its place.
 *   DIR/issuer        written by `tacit serve`, for commands that need to know it
 */

#include "cli/command.h"
#include "crypto/seal.h"
#include "db/db.h"

enum { MASTER_KEYS_MOST = 16 };

struct place {
	struct str folder; /* with a slash */
	struct db *db;
	struct str secrets[MASTER_KEYS_MOST];
	size_t secret_count;
	struct seal *seal;
	struct str issuer; /* --issuer, or the last one served; may be empty */
};

enum place_need {
	PLACE_EXISTS, /* a folder that is not there is refused */
	PLACE_MAKE,   /* … is made, with its key */
};

/* EXIT_DONE, or EXIT_REFUSED when it was said why not. Also brings the database to this
 * program's shape. */
int place_open(struct cli *, enum place_need, struct place *ret);
void place_close(struct place *); /* half-opened ones too */
#define auto_place __attribute__((cleanup(place_close))) struct place

/* Remembers the issuer that is being served. */
enum err place_set_issuer(struct arena *, const struct place *, struct str issuer) MUST_CHECK;

/* Brings a database to this program's shape; where it had an older one, that is an event of the
 * tenant's log. ERR_CONFLICT  a newer program made it */
enum err place_migrate(const struct cli *, struct db *) MUST_CHECK;

/* Where the database is or would be; empty when it was said why not. Makes the folders. */
struct str place_database(struct cli *);

/* TACIT_CLOCK_OFFSET moves this process's clock. False: it is set and no number. */
bool clock_offset_take(bool *ret_is_set);
