/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * template: a page's HTML, taken apart once. A flat list of nodes; a section knows where its
 * end is, so rendering never searches. Templates are ours and compiled in: one that is wrong
 * is a bug and aborts. The language is in page.h.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "page/page.h"

enum node_kind {
	NODE_HTML,     /* as it stands */
	NODE_VALUE,    /* {{name}} */
	NODE_TEXT,     /* {{t.key}} */
	NODE_SECTION,  /* {{#name}} */
	NODE_INVERTED, /* {{^name}} */
	NODE_END,      /* {{/name}} */
	NODE_TITLE,    /* {{>title}} */
	NODE_CONTENT,  /* {{>content}} */
	NODE_SCRIPT,   /* {{>script}} */
};

struct node {
	enum node_kind kind;
	struct str s; /* the HTML, the name or the key */
	size_t end;   /* of a section: the index of its NODE_END */
};

struct template
{
	const struct node *nodes;
	size_t count;
};

enum { TEMPLATE_DEPTH_MAX = 8 };

/* The result lives in the arena and points into `source`. */
struct template template_parse(struct arena *, struct str source);

/* One of web/pages, parsed at the first call. Asserts that there is such a page. */
const struct template *template_find(const char *name);

/* Appends the page; {{>content}} is `content`, NULL for nothing. */
void template_render(struct buf *, const struct template *, const struct template *content,
	const struct page *);
