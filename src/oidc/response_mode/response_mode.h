/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * response_mode: how an authorization response travels to the client: query, fragment,
 * form_post, web_message; one file each, one table. The response itself is a list of
 * members, the same for every mode. A mode renders; it decides nothing.
 *
 * OAuth 2.0 Multiple Response Types, 2.1; Form Post Response Mode; contract, section 4,
 * "web_message page" and "Delivery".
 */

#include "http/request.h"
#include "http/response.h"
#include "page/owner.h"

enum response_mode_kind { MODE_QUERY, MODE_FRAGMENT, MODE_FORM_POST, MODE_WEB_MESSAGE };

enum { RESPONSE_MEMBERS_MAX = 12 };

struct response_member {
	const char *name;
	struct str value;
	bool is_number; /* a number in JSON */
};

struct authorize_response {
	struct response_member members[RESPONSE_MEMBERS_MAX];
	size_t count;
	struct str redirect_uri;
	struct str origin;          /* of redirect_uri; empty for custom schemes */
	struct str frame_ancestors; /* the client's registered origins */
	struct str
		relay_uri_origin; /* web_message relay: origin of web_message_uri, else empty */
	struct str relay_target;  /* web_message_target */
	/*
	 * No cookie came into a cross-site frame: the page first asks the browser for storage
	 * access, and if it is granted loads `again_url` instead of answering. When the browser
	 * says that it withheld nothing, error_uri_otherwise replaces error_uri.
	 */
	struct str again_url;
	struct str error_uri_otherwise;
};

/* Adds a member unless its value is empty. `name` is a literal. */
void authorize_response_add(struct authorize_response *, const char *name, struct str value);
void authorize_response_add_number(
	struct authorize_response *, const char *name, struct str digits);

typedef void response_mode_fn(
	const struct authorize_response *, const struct http_request *, struct http_response *);

response_mode_fn response_mode_query, response_mode_fragment, response_mode_form_post,
	response_mode_web_message;

void response_mode_respond(enum response_mode_kind, const struct authorize_response *,
	const struct http_request *, struct http_response *);

/*
 * Rows 1 to 3, and failures of the environment in a frame: a page that a person can read and
 * that also posts the error to `origin` (empty: to nobody). It never redirects, never
 * carries a token, and has no form, link or button: whoever frames it has proven nothing.
 * The sentence is English; the rest speaks the reader's language.
 */
struct error_frame {
	int status;
	struct str origin; /* of the given redirect_uri, registered or not */
	struct str sentence;
	struct str reason;     /* its title is the page's */
	struct str ui_locales; /* as the request asked */
	struct page_owner owner;
};

/* The origin if it may stand in a header although nobody registered it; else empty. */
struct str error_frame_origin(struct str origin);

void error_frame_respond(const struct error_frame *, const struct authorize_response *,
	const struct http_request *, struct http_response *);
