/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tenant_secret: what a tenant made once for itself and must find again: the salt of pairwise
 * subjects, the keys that others encrypt to. Sealed (crypto/seal, SEAL_STORE). Rows are never
 * changed; several of one name differ by their kid, and the newest is the one in use.
 */

#include "base/arena.h"
#include "db/db.h"

struct tenant_secret {
	struct str name; /* "pairwise_salt", "encryption_key" */
	struct str kid;  /* empty where there is one only */
	struct str sealed;
	int64_t created_at;
};

/* All of that name, the newest first. */
enum err tenant_secret_list(struct db_conn *, struct arena *, struct str name,
	struct tenant_secret **ret, size_t *ret_count) MUST_CHECK;
/* ERR_NOT_FOUND */
enum err tenant_secret_delete(struct db_conn *, struct str name, struct str kid) MUST_CHECK;
/* ERR_CONFLICT  name and kid are taken */
enum err tenant_secret_insert(struct db_conn *, const struct tenant_secret *) MUST_CHECK;
