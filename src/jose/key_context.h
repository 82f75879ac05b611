/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * key_context: OpenSSL's prepared context for one key, one algorithm and one use, kept per
 * thread (measured.md, 3: preparing it each time costs 17 %, and a key shared between two
 * threads costs a third). For the files of jose only.
 *
 * A thread keeps at most KEY_CONTEXTS of them, with a copy of the key of its own. When a key
 * that some thread has a copy of dies, every thread drops all its copies before the next
 * use, so that no private key outlives its ring by more than that.
 */

#include "base/err.h"
#include "jose/jwk_key.h"

enum { KEY_CONTEXTS = 64 };

enum key_use { KEY_SIGNS, KEY_VERIFIES };

struct key_context {
	uint64_t id; /* 0: empty */
	enum jws_alg alg;
	enum key_use use;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *ctx; /* all but EdDSA */
	EVP_MD_CTX *md;    /* EdDSA */
};

/*
 * A key that is used for the first time (often the last: a client's assertion) is prepared
 * in `once`, which the caller ends with key_context_end; from the second time on it has its
 * place in the thread's table. `once` starts as { 0 }.
 *
 * ERR_CRYPTO  OpenSSL did not take it
 */
enum err key_context_get(const struct jwk *, enum jws_alg, enum key_use,
	struct key_context *once, struct key_context **ret) MUST_CHECK;
void key_context_end(struct key_context *once);

/* A key died of which threads may have copies. */
void key_context_forget_dead(void);
