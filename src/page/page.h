/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * page: HTML that a person reads, rendered from templates that are compiled in. It renders
 * and escapes; others say what. Knows no OAuth.
 *
 * A template is HTML with {{name}} (escaped for text and attribute values), {{#name}}…{{/name}}
 * (rendered when the value is not empty, once for each row of a list), {{^name}}…{{/name}}
 * (when it is empty) and {{t.key}} (the language's text; its {name} placeholders are filled
 * with escaped values). There is no way to write a value unescaped. {{>title}} is the text
 * TEMPLATE.title, {{>content}} the page inside its frame. A text that is not in the
 * dictionary fails the build (tools/dictionary).
 *
 * Every page has frame-ancestors 'none', X-Frame-Options: DENY, a CSP that runs no script but
 * the page's own one, by its hash, and limits form-action, and no-store. Passkeys aside, it
 * works without scripts.
 *
 * The frame itself reads what page/owner.h sets (`site`, `picture`, `locales`, `support_uri`),
 * `policy_uri`, `tos_uri` and `demo`.
 */

#include "base/arena.h"
#include "base/str.h"
#include "http/request.h"
#include "http/response.h"

enum { PAGE_VALUES_MAX = 48, PAGE_ROW_VALUES_MAX = 8 };

struct page_row;

struct page_value {
	const char *name;
	struct str text;
	struct str origin;           /* of a picture: where its page may load it from */
	const struct page_row *rows; /* a list instead of a text */
	size_t row_count;
};

/* One entry of a list: its own values stand before the page's. */
struct page_row {
	struct page_value values[PAGE_ROW_VALUES_MAX];
	size_t count;
};

struct page {
	const char *template;   /* "login", "account", "error", …: web/pages/NAME.html */
	struct str locale;      /* "en", "pt-BR", "es" */
	const char *script;     /* one of web/pages/NAME.js, which runs by its hash; or NULL */
	struct str form_action; /* further form-action sources for the CSP ("https:"), or
				   empty; browsers hold redirects after a form to them */
	struct str frame_src;   /* origins whose pages it may show in frames; or empty */
	struct page_value values[PAGE_VALUES_MAX];
	size_t count;
};

/* A name that was set before is replaced. */
void page_set(struct page *, const char *name, struct str text);
void page_set_rows(struct page *, const char *name, const struct page_row *, size_t count);
void page_row_set(struct page_row *, const char *name, struct str text);

/* For href and src: escaping does not make a URL harmless, so any but absolute http, https
 * and mailto URLs are left out. */
void page_set_url(struct page *, const char *name, struct str url);

/*
 * For the src of a picture: any but an https URL, or an http one on this computer, is left out.
 * The page's policy lets its origin be asked, and no other, where the page shows it.
 */
void page_set_picture(struct page *, struct arena *, const char *name, struct str url);

/* Renders inside the frame template (title, header, language, style sheet) and fills the
 * response. */
void page_respond(
	const struct page *, const struct http_request *, struct http_response *, int status);

/* The template alone, without the frame and without a response: for mail. */
struct str page_html(const struct page *, struct arena *);

/* The language to use: the first of ui_locales, then of Accept-Language, that is in `enabled`
 * (space separated; empty: all there are); else its first. Never empty, and outlives the
 * request. */
struct str page_locale(const struct http_request *, struct str ui_locales, struct str enabled);

/* A text of the dictionary in that language, placeholders unfilled; the key itself when there
 * is none. */
struct str page_text(struct str locale, const char *key);

/* HTML-escapes for text and quoted attribute values. */
struct str page_escape(struct arena *, struct str);
