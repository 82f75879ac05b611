/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Each thread's reading connections, one a database. A thread walks its own list without a
 * lock; the lock is for the moments in which a database and a thread part. Whoever comes
 * first closes the connection: db_close those of all threads, a thread's end its own. Only
 * the thread frees the entry, because only it knows that it is not looking at it.
 */

#include <pthread.h>
#include <stdlib.h>

#include "db/parts.h"

struct reader {
	uint64_t id; /* of the database: an address may come back, an id does not */
	struct db *db;
	struct db_conn *conn; /* NULL when the database was closed */
	struct reader *next_of_thread;
	struct reader *next_of_db;
};

static pthread_mutex_t parting = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static _Thread_local struct reader *mine;

static void leave_db(struct reader *r)
{
	struct reader **p = &r->db->readers;

	while (*p != r)
		p = &(*p)->next_of_db;
	*p = r->next_of_db;
}

static void thread_ends(void *list)
{
	struct reader *r = list;

	mine = NULL;
	pthread_mutex_lock(&parting);
	while (r != NULL) {
		struct reader *next = r->next_of_thread;

		if (r->conn != NULL) {
			leave_db(r);
			conn_close(r->conn);
		}
		free(r);
		r = next;
	}
	pthread_mutex_unlock(&parting);
}

static void make_key(void)
{
	if (pthread_key_create(&at_exit, thread_ends) != 0)
		abort();
}

/* Frees the entries of closed databases, lest a long-lived thread collect them. */
static void forget_closed(void)
{
	struct reader **p = &mine;

	while (*p != NULL) {
		struct reader *r = *p;

		if (r->conn != NULL) {
			p = &r->next_of_thread;
			continue;
		}
		*p = r->next_of_thread;
		free(r);
	}
}

static struct db_conn *connect_thread(struct db *db)
{
	struct db_conn *conn;
	struct reader *r;

	if (db->driver->connect(db->place, DB_READER, &conn) != OK)
		return NULL;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		abort();
	*r = (struct reader){ .id = db->id, .db = db, .conn = conn };

	pthread_once(&once, make_key);
	pthread_mutex_lock(&parting);
	forget_closed();
	r->next_of_thread = mine;
	r->next_of_db = db->readers;
	db->readers = r;
	pthread_mutex_unlock(&parting);

	mine = r;
	if (pthread_setspecific(at_exit, mine) != 0)
		abort();
	return conn;
}

struct db_conn *db_reader(struct db *db)
{
	for (struct reader *r = mine; r != NULL; r = r->next_of_thread)
		if (r->id == db->id)
			return r->conn;
	return connect_thread(db);
}

void readers_close(struct db *db)
{
	pthread_mutex_lock(&parting);
	for (struct reader *r = db->readers; r != NULL; r = r->next_of_db) {
		conn_close(r->conn);
		r->conn = NULL;
	}
	db->readers = NULL;
	pthread_mutex_unlock(&parting);
}
