/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * document: what an administrator configures, kept as the JSON it was given in (Auth0's
 * words for fields). Rows are parsed once, by tenant/, into typed structs; nothing queries
 * inside them.
 *
 * One table for each kind, same columns: id (the primary key), name, body, created_at,
 * updated_at: CLIENTS           id = client_id RESOURCE_SERVERS  id = identifier (the audience)
 *   CLIENT_GRANTS     id = client_id + " " + audience
 *   SETTINGS          one row, id = "tenant"
 *   ACTIONS           id = name;   BINDINGS  id = trigger
 */

#include "base/arena.h"
#include "db/db.h"

enum document_kind {
	DOCUMENT_CLIENT,
	DOCUMENT_RESOURCE_SERVER,
	DOCUMENT_CLIENT_GRANT,
	DOCUMENT_SETTINGS,
	DOCUMENT_ACTION,
	DOCUMENT_BINDING,
	DOCUMENT_KINDS,
};

struct document {
	struct str id;
	struct str name;
	struct str body; /* JSON text */
	int64_t created_at;
	int64_t updated_at;
};

/* ERR_NOT_FOUND */
enum err document_find(struct db_conn *, struct arena *, enum document_kind, struct str id,
	struct document *ret) MUST_CHECK;

/* All of a kind, by id. *ret is an array of *ret_count in the arena. */
enum err document_list(struct db_conn *, struct arena *, enum document_kind,
	struct document **ret, size_t *ret_count) MUST_CHECK;

/* Inserts or replaces; created_at stays at the first value. */
enum err document_put(
	struct db_conn *, enum document_kind, const struct document *, int64_t now) MUST_CHECK;

/* ERR_NOT_FOUND  there was none */
enum err document_delete(struct db_conn *, enum document_kind, struct str id) MUST_CHECK;

/*
 * A number that grows with every change of a document, signing key or secret: put and
 * delete do it, others call configuration_changed. The running server polls it twice a
 * second and loads the tenant anew.
 */
enum err configuration_version(struct db_conn *, int64_t *ret) MUST_CHECK;
enum err configuration_changed(struct db_conn *) MUST_CHECK;
