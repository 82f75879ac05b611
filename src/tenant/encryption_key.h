/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * encryption_key: the keys that clients encrypt their request objects to: on P-256, made with
 * the tenant, sealed in the store (store/tenant_secret.h), the newest published. Older ones
 * still open what was encrypted to them.
 */

#include "tenant/tenant.h"

/*
 * Loads t->encryption_keys, making the first where there is none: it writes then. For tenant.c.
 * ERR_CRYPTO  one does not open with these secrets; the log says which
 */
enum err encryption_keys_load(struct tenant *) MUST_CHECK;
void encryption_keys_done(struct tenant *);

/*
 * A new one, which is published from now on: inside a db_write. The tenant is not changed: the
 * store is, and so is noticed. ERR_STORE, ERR_CRYPTO
 */
enum err encryption_key_rotate(
	struct db_conn *, const struct seal *, struct arena *, int64_t now) MUST_CHECK;

/* What was encrypted to it opens no more. ERR_NOT_FOUND; ERR_CONFLICT  it is the newest */
enum err encryption_key_revoke(struct db_conn *, struct arena *, struct str kid) MUST_CHECK;

/* The name of their rows. */
#define ENCRYPTION_KEY "encryption_key"

/* t->jwks: what /.well-known/jwks.json shows. */
struct str encryption_keys_publish(const struct tenant *);

/*
 * Opens a JWE that was encrypted to the tenant. ERR_INVALID  it was not, or it is none, or what
 * is in it is said to be something else than a JWT
 */
enum err encryption_keys_open(
	const struct tenant *, struct arena *, struct str compact, struct str *ret) MUST_CHECK;
