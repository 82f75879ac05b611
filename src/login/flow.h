/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * flow: one request to a page, with the interaction it belongs to. It refuses what is not
 * this browser's, not current or not from our own form, and says what to do then: nothing
 * is lost by it.
 */

#include "http/params.h"
#include "http/request.h"
#include "http/response.h"
#include "page/page.h"
#include "store/interaction.h"
#include "tenant/provider.h"
#include "json/json_value.h"

enum flow_trouble {
	FLOW_FINE,
	FLOW_GONE,    /* unknown, finished or expired */
	FLOW_COOKIE,  /* bound to another browser, or the cookie did not come */
	FLOW_FOREIGN, /* the form was sent by another site */
	FLOW_STALE,   /* a form of another step, or another page is due */
	FLOW_TROUBLES
};

struct flow {
	struct provider *op;
	const struct tenant *tenant;
	const struct issuer *issuer;
	const struct http_request *rq;
	struct params query;
	struct params form;
	struct str locale;
	struct str id;          /* of the interaction, as in the URL */
	struct str cookie;      /* the flow cookie, once it fits */
	struct interaction row; /* once it is found */
	const struct json *data;
	enum flow_trouble trouble;
};

/*
 * The request, its language and its forms, without an interaction. Refuses (FLOW_FOREIGN)
 * what another site sent.
 */
struct flow flow_without_row(
	struct provider *, const struct tenant *, const struct http_request *);

/*
 * The request with its interaction, whose due page must be `page`. Look at ret->trouble.
 * ERR_STORE  the store did not answer
 */
enum err flow_open(struct provider *, const struct tenant *, const struct http_request *,
	const char *page, struct flow *ret) MUST_CHECK;

/* What a handler does with a flow that is fine. */
typedef enum err flow_serve_fn(struct flow *, struct http_response *);
/* flow_open, or one that opens it likewise. */
typedef enum err flow_open_fn(struct provider *, const struct tenant *,
	const struct http_request *, const char *page, struct flow *ret);

/* A handler: opens the flow and has it served, or answers for one in trouble. What they return;
 * ERR_BUSY  no tenant is loaded */
enum err flow_handle(struct provider *, const struct http_request *, struct http_response *,
	flow_open_fn *, const char *page, flow_serve_fn *) MUST_CHECK;

/*
 * The value of the browser's flow cookie; a new one is set when there is none. One cookie a
 * browser: several tabs may have interactions under way.
 */
struct str flow_cookie(const struct flow *, struct http_response *);

/* Answers for a flow in trouble: a page, or for a GET of a page that is not due the way to
 * the one that is. */
void flow_refuse(const struct flow *, struct http_response *);
/* The same when it turns out later, as a handler ends: always OK. */
enum err flow_refuse_as(struct flow *, enum flow_trouble, struct http_response *);

/*
 * What a form carries so that only this step of this interaction in this browser can send it.
 * `detail` is what the person saw and answers (may be empty): when it changes meanwhile, the
 * answer does not count.
 */
struct str flow_token(const struct flow *, const char *step, struct str detail);
/* Does the form's `flow` fit? */
bool flow_token_fits(const struct flow *, const char *step, struct str detail);

/*
 * Is the request about this person, as far as it says? The member "subject" is the name by
 * which the client knows somebody (tenant/subject.h), so the other way round it is not asked.
 */
bool flow_is_about(const struct flow *, struct str user_id);

/* A page with what all of them show: names, links, languages, the form's target. */
struct page flow_page(const struct flow *, const char *template);

/* Why a form is shown again: what went wrong as the template calls it, NULL for nothing; and
 * how long to wait. */
void flow_page_trouble(
	struct page *, const struct flow *, const char *trouble, int64_t retry_after);

/* 303 to ISSUER PATH?state=ID. */
void flow_go(const struct flow *, const char *path, struct http_response *);
/* To the decision. */
void flow_resume(const struct flow *, struct http_response *);

/* row.data with the member `key` set to the text, or to JSON; for "page_…" members. */
struct str flow_data_with(const struct flow *, const char *key, struct str text);
struct str flow_data_with_json(const struct flow *, const char *key, struct str json);

/* The language the person chose on this page is remembered in row->data. */
void flow_keep_locale(struct flow *);

/* interaction_update as a db_write change. */
enum err flow_write_row(struct db_conn *, void *row) MUST_CHECK;
