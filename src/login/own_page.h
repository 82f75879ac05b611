/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * own_page: a page of the person's own (/u/account and what it leads to), opened for one of the
 * accounts that are signed in in this browser. Whoever is not signed in, not lately enough, or
 * without their second factor is sent through the sign-in pages first, by an interaction
 * without a client: its `request` is the path to come back to (docs/decisions).
 */

#include "login/browser_sessions.h"
#include "login/flow.h"
#include "store/user.h"

enum {
	OWN_PAGE_ANY_AGE = 0,
	OWN_PAGE_FRESH = 15 * 60,
	/* As fresh as that, and so is the second factor of who has one: a password alone must
	 * not change what it is worth. */
	OWN_PAGE_PROVEN = -1,
};

struct own_page {
	struct flow flow;
	struct browser_sessions here;
	struct session session;
	struct user user;
};

/* What a handler does with the page once it is open. */
typedef enum err own_page_serve_fn(struct own_page *, struct http_response *);

/*
 * A handler: opens the page and has it served, or answers itself. The query's `sid` says for
 * which account, else the one used last. `path` is the page ("u/account"); `fresh` the seconds
 * since the person proved who they are, or one of the words above. For a form (POST) its token
 * is checked too. ERR_STORE, what it is served with; ERR_BUSY  no tenant is loaded
 */
enum err own_page_handle(struct provider *, const struct http_request *, struct http_response *,
	const char *path, int64_t fresh, own_page_serve_fn *) MUST_CHECK;

/* What a form of such a page carries. */
struct str own_page_token(const struct own_page *);

/* "/PATH?sid=SID" of this account, with the language that was chosen. */
struct str own_page_uri(const struct own_page *, const char *path);

/* A template of such a page: names, form token and the way back are set. */
struct page own_page_begin(const struct own_page *, const char *template);

/* What a button of such a page does. */
struct own_change {
	const char *field;  /* whose value is what it is about */
	const char *action; /* or the word that it sends, where it has none */
	db_write_fn *write;
	const char *event; /* what the log is told, or NULL */
	const char *description;
};

/* Does what was pressed: `write` with `arg`, in which *value is the field's.
 * ERR_NOT_FOUND  nothing of these, or what `write` says of what is gone already */
enum err own_page_change(const struct own_page *, const struct own_change *, size_t count,
	void *arg, struct str *value) MUST_CHECK;
