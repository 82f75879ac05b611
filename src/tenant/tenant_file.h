/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tenant_file: the declarative file of a tenant (contract, section 2): YAML or JSON in the
 * words of Auth0's Deploy CLI, plus `users`. Applying it twice changes nothing the second
 * time; an export is such a file, and applying it changes nothing. A file with an error
 * changes nothing, and the message names part, item, field and (YAML) line.
 *
 * What it says replaces what is stored, item by item: clients by client_id (or name),
 * resourceServers by identifier, and so on. Secrets that it does not name stay. Of a user
 * only the named fields change, since people change the others themselves; a password_hash
 * counts only until its user has signed in, a password only until they, or an administrator
 * by command, have set another (docs/decisions/0032). Users are never deleted.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/seal.h"
#include "db/db.h"
#include "json/json_value.h"

struct tenant_file {
	const struct json *root;
	bool has_lines;    /* YAML: yaml_line works on its nodes */
	struct str folder; /* files that it names are relative to this; with a slash or empty */
};

/* `##ISSUER##` becomes `issuer`. ERR_INVALID  *ret_why, one line. */
enum err tenant_file_read(struct arena *, struct str text, struct str folder, struct str issuer,
	struct tenant_file *ret, struct str *ret_why) MUST_CHECK;

enum change_kind { CHANGE_NONE, CHANGE_CREATED, CHANGE_UPDATED, CHANGE_DELETED };

struct change {
	const char *part; /* "clients", … */
	struct str id;
	enum change_kind kind;
};

/* What an apply did, or would do. Lists are in the arena that was given. */
struct change_report {
	struct change *changes;
	size_t count;
	struct str *warnings;
	size_t warning_count;
};

const char *change_word(enum change_kind); /* "unchanged", "created", … */

struct tenant_file_options {
	struct str issuer; /* for warnings about sites */
	bool dry_run;
	bool sets_passwords; /* those that people have set themselves, too: an administrator's
				word */
	/* By which: what it changes is an event then (admin_event.h). May be NULL. */
	const char *command;
	/* The file is one user or one client, and this is what is done to it ("Create a
	 * user"); NULL: the event counts what was changed. */
	const char *item;
	bool prune; /* delete what a part that is in the file does not name; never users */
};

/*
 * Everything or nothing, in one durable transaction. Hashes passwords, so it takes its time.
 *
 * ERR_INVALID   *ret_why, one line; nothing was changed
 * ERR_CONFLICT  others change the same store all the time; nothing was changed
 * ERR_STORE, ERR_BUSY
 */
enum err tenant_file_apply(struct db *, const struct seal *, struct arena *,
	const struct tenant_file *, const struct tenant_file_options *,
	struct change_report *ret, struct str *ret_why) MUST_CHECK;

/* The tenant as such a file, in YAML. Without `secrets` it holds no secret and no hash. */
enum err tenant_file_export(struct db_conn *, const struct seal *, struct arena *, bool secrets,
	struct str *ret) MUST_CHECK;
