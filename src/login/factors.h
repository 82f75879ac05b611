/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * factors: /u/mfa/manage, taken apart: the second factors of a person, their recovery codes and
 * the browsers that do not ask for them. Whoever comes here has proven lately who they are,
 * with the factor that they have (OWN_PAGE_PROVEN); each change of what counts is told by a
 * letter.
 *
 * factors.c reads and changes, factors_add.c adds, factors_show.c shows.
 */

#include "login/factor/factor.h"
#include "login/own_page.h"

enum { FACTORS_MOST = 20, FACTOR_NAME_MAX = 60 };

enum factors_trouble {
	FACTORS_FINE,
	FACTORS_LAST,  /* one must stay */
	FACTORS_FULL,  /* no more can be added */
	FACTORS_WRONG, /* the proof of a new one */
	FACTORS_KEY_WRONG,
	FACTORS_TAKEN, /* that key is set up already */
	FACTORS_TROUBLES
};

struct factors {
	struct own_page page;
	struct factor *list;
	size_t count;
	enum factors_trouble trouble;
};

/* A new factor until it is proven. The form carries it sealed: it is this session's, and ends.
 */
struct factor_draft {
	const struct factor_kind *kind;
	struct str secret;
	struct str sealed;
};

extern const char factors_path[];

/* How many that can be asked for: recovery codes are none. */
size_t factors_real(const struct factors *);
/* Inside a db_write: fresh recovery codes in place of those before. */
enum err factors_write_codes(struct db_conn *, const struct factors *,
	const struct str codes[RECOVERY_CODES]) MUST_CHECK;

/* The page for another one, and its form. A GET without a kind that may be added shows the
 * list. */
enum err factors_add_show(struct factors *, struct http_response *) MUST_CHECK;
enum err factors_add_submit(struct factors *, struct http_response *) MUST_CHECK;
/* May one of that kind be added here? */
bool factors_may_add(const struct factors *, const struct factor_kind *);

/* The challenge that a browser signs is of the draft. */
struct factor_question factors_question(const struct factors *, struct str sealed);

enum err factors_show_list(struct factors *, struct http_response *) MUST_CHECK;
enum err factors_show_add(
	const struct factors *, const struct factor_draft *, struct http_response *) MUST_CHECK;
/* Once: nobody can show them again. */
void factors_show_codes(
	const struct factors *, const struct str codes[RECOVERY_CODES], struct http_response *);
/* To the list, by a redirect. */
void factors_go(const struct factors *, struct http_response *);
