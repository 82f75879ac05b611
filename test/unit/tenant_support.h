/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* tenant_support: a store in a folder of its own, and JSON written as tests read best. */

#include <stdlib.h>

#include "arena_rows.h"

#include "crypto/seal.h"
#include "db/db.h"
#include "store/schema.h"
#include "json/json_value.h"

static struct db *db;
static char folder[64];

static const struct str secret = STR_LIT("0123456789abcdef0123456789abcdef");

/* ' for ", so that rows stay readable. */
static inline struct str quoted(const char *text)
{
	struct str copy = arena_str(a, str_from(text));

	for (char *c = (char *)(uintptr_t)copy.p; *c; c++)
		*c = (char)(*c == '\'' ? '"' : *c);
	return copy;
}

static inline const struct json *json_of(const char *text)
{
	const struct json *value = NULL;

	row_int(text, json_parse(a, quoted(text), &value, NULL), OK);
	return value;
}

static inline void store_open(void)
{
	strcpy(folder, "/tmp/tacit-test-XXXXXX");
	row_true("a folder can be made", mkdtemp(folder) != NULL);
	row_int("the store opens", db_open(arena_printf(a, "sqlite:%s/t.db", folder), &db), OK);
	row_int("and gets its shape", schema_migrate(db), OK);
}

static inline void store_close(void)
{
	static const char *const files[] = { "t.db", "t.db-wal", "t.db-shm" };

	db_close(db);
	db = NULL;
	for (size_t i = 0; i < ROWS(files); i++)
		unlink(arena_printf(a, "%s/%s", folder, files[i]).p);
	rmdir(folder);
}
