/* SPDX-License-Identifier: Apache-2.0 */

/* Statements and their cache: the part of db.h between a connection and its rows. */

#include <assert.h>
#include <string.h>

#include "db/parts.h"

/* Literals lie close together; the multiplication spreads them (Fibonacci hashing). */
static unsigned first_slot(const char *sql)
{
	return (unsigned)(((uint64_t)(uintptr_t)sql * 0x9E3779B97F4A7C15u) >> 56) %
	       DB_CACHE_SLOTS;
}

/*
 * A free statement of that literal, or NULL. One literal may stand in several slots: a
 * function that runs a query inside the loop over the same query needs two statements.
 */
static struct db_stmt *cached(struct db_conn *conn, const char *sql)
{
	struct db_stmt *q;

	for (unsigned i = first_slot(sql); (q = conn->cache[i]) != NULL;
		i = (i + 1) % DB_CACHE_SLOTS)
		if (q->sql == sql && !q->in_use)
			return q;
	return NULL;
}

/* The table never fills, so that a search always meets an empty slot. */
static void keep(struct db_conn *conn, struct db_stmt *q)
{
	unsigned i = first_slot(q->sql);

	if (conn->cached == DB_CACHE_LIMIT)
		return;
	while (conn->cache[i] != NULL)
		i = (i + 1) % DB_CACHE_SLOTS;
	conn->cache[i] = q;
	conn->cached++;
	q->cached = true;
}

static void enter(struct db_conn *conn)
{
	if (conn->in_use++ == 0)
		conn->driver->enter(conn);
}

static void leave(struct db_conn *conn)
{
	if (--conn->in_use == 0)
		conn->driver->leave(conn);
}

enum err db_prepare(struct db_conn *conn, const char *sql, struct db_stmt **ret)
{
	struct db_stmt *q;
	enum err err;

	if (conn == NULL)
		return ERR_STORE;
	enter(conn);
	q = cached(conn, sql);
	if (q == NULL) {
		err = conn->driver->prepare(conn, sql, &q);
		if (err != OK) {
			leave(conn);
			return err;
		}
		q->conn = conn;
		q->sql = sql;
		keep(conn, q);
	}
	q->in_use = true;
	*ret = q;
	return OK;
}

void db_release(struct db_stmt **q)
{
	struct db_stmt *done = *q;
	struct db_conn *conn;

	if (done == NULL)
		return;
	*q = NULL;
	conn = done->conn;
	if (done->cached) {
		conn->driver->reset(done);
		done->in_use = false;
	} else {
		conn->driver->finalize(done);
	}
	leave(conn);
}

void conn_close(struct db_conn *conn)
{
	if (conn == NULL)
		return;
	for (unsigned i = 0; i < DB_CACHE_SLOTS; i++) {
		if (conn->cache[i] == NULL)
			continue;
		assert(!conn->cache[i]->in_use);
		conn->driver->finalize(conn->cache[i]);
	}
	conn->driver->disconnect(conn);
}

void db_bind_int(struct db_stmt *q, int n, int64_t value)
{
	q->conn->driver->bind_int(q, n, value);
}

void db_bind_str(struct db_stmt *q, int n, struct str value)
{
	if (value.n == 0)
		q->conn->driver->bind_null(q, n);
	else
		q->conn->driver->bind_text(q, n, value);
}

void db_bind_text(struct db_stmt *q, int n, struct str value)
{
	q->conn->driver->bind_text(q, n, value.n == 0 ? S("") : value);
}

void db_bind_blob(struct db_stmt *q, int n, struct str value)
{
	if (value.n == 0)
		q->conn->driver->bind_null(q, n);
	else
		q->conn->driver->bind_blob(q, n, value);
}

void db_bind_null(struct db_stmt *q, int n)
{
	q->conn->driver->bind_null(q, n);
}

enum err db_step(struct db_stmt *q)
{
	return q->conn->driver->step(q);
}

enum err db_run(struct db_stmt *q)
{
	enum err err;

	do
		err = q->conn->driver->step(q);
	while (err == OK);
	return err == ERR_NOT_FOUND ? OK : err;
}

int64_t db_int(struct db_stmt *q, int column)
{
	return q->conn->driver->column_int(q, column);
}

struct str db_str(struct db_stmt *q, struct arena *arena, int column)
{
	struct str value = q->conn->driver->column_bytes(q, column);

	return value.n == 0 ? (struct str){ NULL, 0 } : arena_str(arena, value);
}

bool db_is_null(struct db_stmt *q, int column)
{
	return q->conn->driver->column_is_null(q, column);
}
