/* SPDX-License-Identifier: Apache-2.0 */
#include "store/metadata.h"

#include "store/rows.h"

static void read_text(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct str *)row = db_str(q, arena, 0);
}

static enum err find(struct db_conn *db, struct arena *arena, const char *sql, struct str id,
	struct str *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, sql, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, id);
	return row_find(q, arena, read_text, sizeof(*ret), ret);
}

static enum err set(struct db_conn *db, const char *sql, struct str id, struct str metadata)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, sql, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, id);
	db_bind_str(q, 2, metadata);
	return row_change(db, q);
}

enum err session_metadata_find(
	struct db_conn *db, struct arena *arena, struct str sid, struct str *ret)
{
	return find(db, arena, "SELECT metadata FROM session WHERE sid = $1", sid, ret);
}

enum err session_metadata_set(struct db_conn *db, struct str sid, struct str metadata)
{
	return set(db, "UPDATE session SET metadata = $2 WHERE sid = $1 AND ended_at = 0", sid,
		metadata);
}

enum err refresh_metadata_find(
	struct db_conn *db, struct arena *arena, struct str family_id, struct str *ret)
{
	return find(db, arena, "SELECT metadata FROM refresh_family WHERE family_id = $1",
		family_id, ret);
}

enum err refresh_metadata_set(struct db_conn *db, struct str family_id, struct str metadata)
{
	return set(db,
		"UPDATE refresh_family SET metadata = $2"
		" WHERE family_id = $1 AND revoked_at = 0",
		family_id, metadata);
}
