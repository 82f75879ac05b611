/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * schema: brings a database to the shape this program knows. Steps are files
 * store/schema/NNNN_name.DIALECT.sql, embedded, applied in order, each once, each in its own
 * transaction, and recorded in the table schema_step.
 *
 * ERR_CONFLICT  the database was made by a newer program
 * ERR_STORE     a step failed (its transaction was rolled back)
 */

#include "db/db.h"

enum err schema_migrate(struct db *) MUST_CHECK;

/* The same; where a database of an older shape got this one, `tell` runs inside the transaction
 * of the last step. Not for one that was empty. */
enum err schema_migrate_and(struct db *, db_write_fn *tell, void *arg) MUST_CHECK;

/* The number of the last step applied; 0 for an empty database. */
enum err schema_version(struct db *, int64_t *ret) MUST_CHECK;
