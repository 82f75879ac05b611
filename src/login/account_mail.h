/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * account_mail: the letters of accounts, in the language of the page that caused them, and the
 * links in them. A link leads to the tenant's own issuer as it was configured, whatever the
 * Host header said, and holds a secret that is good once (store/ticket.h).
 */

#include "login/flow.h"
#include "notify/notify.h"
#include "store/ticket.h"

enum account_letter {
	LETTER_VERIFY,  /* confirm your address */
	LETTER_SIGN_UP, /* finish your account */
	LETTER_EXISTS,  /* you have an account already */
	LETTER_RESET,
	LETTER_CHANGED, /* your password was changed: no link */
	LETTER_FACTORS, /* your second factors were changed: no link */
	LETTER_CODE,    /* the second factor: a code, no link */
	LETTERS
};

struct account_mail {
	const struct flow *flow;
	enum account_letter letter;
	struct str to;
	const char *page;     /* of the link: "verify", "reset" */
	struct ticket ticket; /* key, kind and times are filled in here */
	const char *kind;     /* of the ticket; NULL: the letter has no link */
	struct str code;      /* of a letter with one */
	bool live;            /* false: the same work, but nothing is sent and no link works */
	struct notify_message message;
};

/* Makes the secret and the letter. */
void account_mail_prepare(struct account_mail *);

/* Inside a db_write: the ticket and the letter. ERR_CONFLICT, ERR_STORE */
enum err account_mail_write(struct db_conn *, const struct account_mail *) MUST_CHECK;

/* The same as a db_write change. */
enum err account_mail_write_all(struct db_conn *, void *mail) MUST_CHECK;

/*
 * Did this address get as many letters lately as anybody may cause to be sent to somebody else?
 * ERR_STORE
 */
enum err account_mail_is_flooded(const struct flow *, struct str email, bool *ret) MUST_CHECK;

/* The ticket that the request names, if it is of that kind. ERR_NOT_FOUND  no such one, used,
 * or too old */
enum err account_ticket_find(
	const struct flow *, const char *kind, struct ticket *ret) MUST_CHECK;

/* The secret as the request brought it, in its query or its form; may be empty. */
struct str account_ticket_secret(const struct flow *);
