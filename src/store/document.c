/* SPDX-License-Identifier: Apache-2.0 */
#include "store/document.h"

#include "store/rows.h"

/* The same four statements for six tables: literals, because statements are cached by them. */
#define STATEMENTS(table)                                                               \
	{                                                                               \
		.find = "SELECT id, name, body, created_at, updated_at FROM " table     \
			" WHERE id = $1",                                               \
		.list = "SELECT id, name, body, created_at, updated_at FROM " table     \
			" ORDER BY id",                                                 \
		.put = "INSERT INTO " table " (id, name, body, created_at, updated_at)" \
		       " VALUES ($1, $2, $3, $4, $4) ON CONFLICT (id) DO UPDATE"        \
		       " SET name = excluded.name, body = excluded.body,"               \
		       " updated_at = excluded.updated_at",                             \
		.delete = "DELETE FROM " table " WHERE id = $1",                        \
	}

static const struct {
	const char *find;
	const char *list;
	const char *put;
	const char *delete;
} statements[DOCUMENT_KINDS] = {
	[DOCUMENT_CLIENT] = STATEMENTS("client"),
	[DOCUMENT_RESOURCE_SERVER] = STATEMENTS("resource_server"),
	[DOCUMENT_CLIENT_GRANT] = STATEMENTS("client_grant"),
	[DOCUMENT_SETTINGS] = STATEMENTS("setting"),
	[DOCUMENT_ACTION] = STATEMENTS("login_action"),
	[DOCUMENT_BINDING] = STATEMENTS("action_binding"),
};

static void read_document(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct document *)row = (struct document){
		.id = db_str(q, arena, 0),
		.name = db_str(q, arena, 1),
		.body = db_str(q, arena, 2),
		.created_at = db_int(q, 3),
		.updated_at = db_int(q, 4),
	};
}

enum err document_find(struct db_conn *db, struct arena *arena, enum document_kind kind,
	struct str id, struct document *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, statements[kind].find, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, id);
	return row_find(q, arena, read_document, sizeof(*ret), ret);
}

enum err document_list(struct db_conn *db, struct arena *arena, enum document_kind kind,
	struct document **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db, statements[kind].list, &q);

	if (err == OK)
		err = row_list(q, arena, read_document, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err document_put(
	struct db_conn *db, enum document_kind kind, const struct document *d, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, statements[kind].put, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, d->id);
	db_bind_text(q, 2, d->name);
	db_bind_text(q, 3, d->body);
	db_bind_int(q, 4, now);
	err = db_run(q);
	return err == OK ? configuration_changed(db) : err;
}

enum err document_delete(struct db_conn *db, enum document_kind kind, struct str id)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, statements[kind].delete, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, id);
	err = row_change(db, q);
	return err == OK ? configuration_changed(db) : err;
}

enum err configuration_version(struct db_conn *db, int64_t *ret)
{
	return row_number(db, "SELECT version FROM configuration", ret);
}

enum err configuration_changed(struct db_conn *db)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "UPDATE configuration SET version = version + 1", &q);

	return err == OK ? row_change(db, q) : err;
}
