/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rows: what every file of store does with a statement. Inside store only.
 *
 * A row_read_fn turns the row a statement stands on into a struct; its order is that of the
 * columns in the same file's SELECT.
 */

#include "base/arena.h"
#include "db/db.h"

typedef void row_read_fn(struct db_stmt *, struct arena *, void *row);

/* The first row into *ret. ERR_NOT_FOUND, and *ret is untouched, when there is none. */
enum err row_find(
	struct db_stmt *, struct arena *, row_read_fn *, size_t size, void *ret) MUST_CHECK;

/* All rows; *ret is an array in the arena, of elements of `size` bytes. */
enum err row_list(struct db_stmt *, struct arena *, row_read_fn *, size_t size, void **ret,
	size_t *ret_count) MUST_CHECK;

/* Runs a change. ERR_NOT_FOUND  it changed no row */
enum err row_change(struct db_conn *, struct db_stmt *) MUST_CHECK;

/*
 * Runs a DELETE whose $1 is a time and whose $2 the most rows it may take. What was deleted is
 * added to *deleted, which counts towards `max` already.
 */
enum err row_prune(struct db_conn *, const char *sql, int64_t before, size_t max,
	int64_t *deleted) MUST_CHECK;

/* The one number of a SELECT without parameters. */
enum err row_number(struct db_conn *, const char *sql, int64_t *ret) MUST_CHECK;
/* The same of one whose only parameter is a time. */
enum err row_number_at(struct db_conn *, const char *sql, int64_t now, int64_t *ret) MUST_CHECK;
