/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * page_parts: what the small pages of an authorization response share: one inline script,
 * pinned by its hash in the Content-Security-Policy, called with one JSON object; no other
 * asset; framed by the client's registered origins only; never cached. Under 2 kB without
 * the values (contract, section 4).
 *
 * Cross-Origin-Resource-Policy and Cross-Origin-Embedder-Policy let a cross-origin isolated
 * app embed it (pains A8).
 */

#include "oidc/response_mode/response_mode.h"
#include "json/json_writer.h"

enum page_kind {
	PAGE_WEB_MESSAGE,       /* {origin, message}: posts */
	PAGE_ASK_OR_RELAY,      /* {origin, message, again, otherwise, relay}: posts, too */
	PAGE_ASK_THEN_REDIRECT, /* {again, to, otherwise}: asks for storage access, then goes */
	PAGE_FORM_POST,         /* {}: submits the form in the body */
	PAGE_ERROR,             /* {origin, message}: posts, beside text for a person */
};

struct script_page {
	enum page_kind kind;
	int status;
	struct str locale; /* empty: "en" */
	struct str title;
	struct str style;       /* of an inline style sheet; a literal, or empty */
	struct str body;        /* HTML, escaped already */
	struct str ancestors;   /* frame-ancestors; empty: 'none', and X-Frame-Options: DENY */
	struct str form_action; /* where its form may go; empty: nowhere */
};

/* The page, being written: its script is open, and in that the object it is called with. */
struct page_script {
	struct buf buf;
	struct json_writer writer;
	size_t script; /* where the script's text begins */
};

/* In place, because the writer points at the buffer. */
void page_script_begin(struct page_script *, const struct script_page *, struct arena *);

/* The members of the response as "message":{"type":"authorization_response","response":{…}}. */
void page_script_put_message(struct page_script *, const struct authorize_response *);

/* Closes the object, the script and the page, and fills the response. */
void page_script_respond(struct page_script *, const struct script_page *,
	const struct http_request *, struct http_response *);
