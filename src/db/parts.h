/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* parts: what the files of db share with each other and with nobody else. */

#include "db/driver.h"

struct db_writer;
struct reader;

struct db {
	uint64_t id; /* never used twice, unlike the address */
	const struct db_driver *driver;
	struct db_place *place;
	struct db_writer *writer;
	struct reader *readers; /* one a thread; guarded by reader.c */
};

/* Ends the statements of a connection, then the connection. NULL is accepted. */
void conn_close(struct db_conn *);

/* Closes the connections that threads still hold to this database. */
void readers_close(struct db *);

/* Starts the writer's thread on a connection of its own. */
enum err writer_start(struct db *, struct db_writer **ret) MUST_CHECK;

/* Works off both queues, ends the thread, closes the connection. NULL is accepted. */
void writer_stop(struct db_writer *);
