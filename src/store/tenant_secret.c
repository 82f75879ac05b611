/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tenant_secret.h"

#include "store/rows.h"

static void read_secret(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct tenant_secret *)row = (struct tenant_secret){
		.name = db_str(q, arena, 0),
		.kid = db_str(q, arena, 1),
		.sealed = db_str(q, arena, 2),
		.created_at = db_int(q, 3),
	};
}

enum err tenant_secret_list(struct db_conn *db, struct arena *arena, struct str name,
	struct tenant_secret **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		"SELECT name, kid, sealed, created_at FROM tenant_secret WHERE name = $1"
		" ORDER BY created_at DESC, kid",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, name);
	err = row_list(q, arena, read_secret, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err tenant_secret_insert(struct db_conn *db, const struct tenant_secret *secret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO tenant_secret (name, kid, sealed, created_at)"
		" VALUES ($1, $2, $3, $4)",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, secret->name);
	db_bind_text(q, 2, secret->kid);
	db_bind_blob(q, 3, secret->sealed);
	db_bind_int(q, 4, secret->created_at);
	return db_run(q);
}

enum err tenant_secret_delete(struct db_conn *db, struct str name, struct str kid)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "DELETE FROM tenant_secret WHERE name = $1 AND kid = $2", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, name);
	db_bind_text(q, 2, kid);
	return row_change(db, q);
}
