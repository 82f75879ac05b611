/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* user_page: the parts of a person's own page, /u/account without a state. */

#include "login/own_page.h"

enum { USER_ROWS_MAX = 100 };

/* A time as these pages show it: "2026-11-21 22:40 UTC". */
struct str user_page_minute(struct arena *, int64_t at);

/* Their live sessions, the present one first marked. ERR_STORE */
enum err user_page_set_sessions(const struct own_page *, struct page *) MUST_CHECK;

/* The applications that have their consent or a refresh token. ERR_STORE */
enum err user_page_set_apps(const struct own_page *, struct page *) MUST_CHECK;

/* GET and POST of /u/account without a state. */
enum err user_page_show(
	struct provider *, const struct http_request *, struct http_response *) MUST_CHECK;
enum err user_page_submit(
	struct provider *, const struct http_request *, struct http_response *) MUST_CHECK;
