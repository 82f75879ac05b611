/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* tenant_key: the tenant's signing keys, from rows to a ring and from nothing to rows. Used
 * inside tenant/ only; tenant.h has what others may call. */

#include "tenant/tenant.h"

/*
 * Makes what is missing (a current and a next key of each algorithm), durably. Key pairs are
 * made side by side, outside the write. Does nothing when all are there. PS256 only with
 * `ps256`: hardly anybody asks for it, and an RSA key is what a first start waits for.
 */
enum err tenant_keys_complete(struct db *, const struct seal *, bool ps256) MUST_CHECK;

/* Keeps a key that was made before, sealed: inside a db_write. ERR_CONFLICT, ERR_STORE */
enum err tenant_key_keep(struct db_conn *, const struct seal *, const struct jwk *,
	enum jws_alg, const char *state, int64_t now) MUST_CHECK;

/*
 * ERR_CRYPTO  a key does not open with these secrets; the log says which
 */
enum err tenant_keys_load(
	struct db_conn *, const struct seal *, struct keyring **ret) MUST_CHECK;
