/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tenant_plan: what applying a tenant file would do, found out by reading: which documents
 * to put and delete, which users to insert and update, and what to say about it. Making it
 * is slow (passwords) and reads only; carrying it out is one short write. Used by
 * tenant_file*.c only.
 */

#include "store/document.h"
#include "store/factor.h"
#include "store/user.h"
#include "tenant/tenant_file.h"

struct planned_document {
	enum document_kind kind;
	struct document document;
	bool remove;
	struct planned_document *next;
};

struct planned_factor {
	struct factor factor;
	struct planned_factor *next;
};

struct planned_user {
	struct user user;
	bool is_new;
	bool is_changed;
	bool is_new_password;           /* of a user who was there */
	struct planned_factor *factors; /* to insert */
	struct planned_user *next;
};

struct plan {
	struct arena *arena;
	struct db_conn *conn; /* reads only */
	const struct seal *seal;
	const struct tenant_file *file;
	const struct tenant_file_options *options;
	int64_t now;
	int64_t version; /* of the configuration that was read */
	struct planned_document *documents;
	struct planned_document **documents_end;
	struct planned_user *users;
	struct planned_user **users_end;
	struct str *names; /* of the planned users: a hash table, see tenant_plan_user.c */
	size_t names_room; /* a power of two */
	struct change_report report;
	size_t changes_room;
	size_t warnings_room;
	struct str why;
};

/* Notes a change; the list grows. */
void plan_note(struct plan *, const char *part, struct str id, enum change_kind);
void plan_warn(struct plan *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define NO_INDEX SIZE_MAX

/*
 * "line N: PART[i] (NAME): WHY" in plan->why. `item` may be NULL, `index` NO_INDEX. When `why`
 * begins with the path of a member of `item`, the line is that member's.
 */
enum err plan_refuse(struct plan *, const char *part, const struct json *item, size_t index,
	struct str name, struct str why);

/* One part of the file whose items are documents of one kind. */
struct plan_part {
	const char *name;
	enum document_kind kind;
	/* The document that an item becomes. ERR_INVALID: plan->why. */
	enum err (*prepare)(struct plan *, const struct plan_part *, const struct json *item,
		size_t index, struct document *ret);
};

/* JSON text that was written here, or is stored; NULL when it is none. */
const struct json *plan_parse(struct plan *, struct str text);
/* The stored body under that id, or NULL. */
const struct json *plan_stored(struct plan *, enum document_kind, struct str id);
/* Puts what differs from the store, and notes it. */
enum err plan_document(
	struct plan *, const char *part, enum document_kind, struct document *) MUST_CHECK;

/* `whose`: a client_id, or "tenant". */
void plan_warn_of_confirmation(struct plan *, const struct json *item, const char *whose);

enum err plan_settings(struct plan *) MUST_CHECK;
enum err plan_action(struct plan *, const struct plan_part *, const struct json *item,
	size_t index, struct document *ret) MUST_CHECK;

enum err plan_documents(struct plan *) MUST_CHECK;
enum err plan_users(struct plan *) MUST_CHECK;

/* Inside the write that carries it out: the event that options->command asks for, unless
 * nothing changed. */
enum err plan_record(struct db_conn *, const struct plan *) MUST_CHECK;
