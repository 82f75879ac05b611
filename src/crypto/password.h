/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * password: Argon2id by libsodium (PHC strings), and the checking of hashes that came from
 * elsewhere: argon2i/argon2id with any parallelism (libargon2), bcrypt $2a$ $2b$ $2y$
 * (libcrypt), PBKDF2 ($pbkdf2-sha1$, $pbkdf2-sha256$, $pbkdf2-sha512$ of passlib with its
 * ./ base64, and the PHC form with i= and base64).
 *
 * CPU-bound and memory-hungry: call it on POOL only. Calls beyond `password_set_limit` at
 * once wait; beyond the queue limit they are refused with ERR_BUSY at once.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* At most `running` hashes at once and `waiting` in the queue. Call before threads start. */
void password_set_limit(unsigned running, unsigned waiting);

/* ERR_BUSY  the queue is full.   19 MiB, 2 passes (OWASP's second profile). */
enum err password_hash(struct arena *, struct str password, struct str *ret) MUST_CHECK;

/*
 * OK             it fits; *ret_rehash says that the hash is foreign or weaker than ours
 * ERR_NOT_FOUND  it does not fit
 * ERR_INVALID    the stored hash is of no kind we know
 * ERR_BUSY       the queue is full
 */
enum err password_verify(struct str hash, struct str password, bool *ret_rehash) MUST_CHECK;

/* As long as password_verify takes with our own hash: for users that do not exist. */
enum err password_verify_nobody(struct str password) MUST_CHECK;

/* Would password_verify know this kind of stored hash? For the tenant file. */
bool password_hash_is_known(struct str hash);
