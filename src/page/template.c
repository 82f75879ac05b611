/* SPDX-License-Identifier: Apache-2.0 */
#include "page/template.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "page/template_account.h"
#include "page/template_activate.h"
#include "page/template_codes.h"
#include "page/template_consent.h"
#include "page/template_delete.h"
#include "page/template_device.h"
#include "page/template_enroll.h"
#include "page/template_error.h"
#include "page/template_error_frame.h"
#include "page/template_factor_add.h"
#include "page/template_factors.h"
#include "page/template_frame.h"
#include "page/template_login.h"
#include "page/template_logout.h"
#include "page/template_mail.h"
#include "page/template_mfa.h"
#include "page/template_new_password.h"
#include "page/template_notice.h"
#include "page/template_reset.h"
#include "page/template_signed_out.h"
#include "page/template_signup.h"
#include "page/template_user.h"
#include "page/template_verify.h"
#include "page/template_why.h"

static const struct {
	const char *name;
	struct str source;
} sources[] = {
	{ "account", { template_account, sizeof(template_account) - 1 } },
	{ "activate", { template_activate, sizeof(template_activate) - 1 } },
	{ "codes", { template_codes, sizeof(template_codes) - 1 } },
	{ "consent", { template_consent, sizeof(template_consent) - 1 } },
	{ "delete", { template_delete, sizeof(template_delete) - 1 } },
	{ "device", { template_device, sizeof(template_device) - 1 } },
	{ "enroll", { template_enroll, sizeof(template_enroll) - 1 } },
	{ "error", { template_error, sizeof(template_error) - 1 } },
	{ "error_frame", { template_error_frame, sizeof(template_error_frame) - 1 } },
	{ "factor_add", { template_factor_add, sizeof(template_factor_add) - 1 } },
	{ "factors", { template_factors, sizeof(template_factors) - 1 } },
	{ "frame", { template_frame, sizeof(template_frame) - 1 } },
	{ "login", { template_login, sizeof(template_login) - 1 } },
	{ "logout", { template_logout, sizeof(template_logout) - 1 } },
	{ "mail", { template_mail, sizeof(template_mail) - 1 } },
	{ "mfa", { template_mfa, sizeof(template_mfa) - 1 } },
	{ "new_password", { template_new_password, sizeof(template_new_password) - 1 } },
	{ "notice", { template_notice, sizeof(template_notice) - 1 } },
	{ "reset", { template_reset, sizeof(template_reset) - 1 } },
	{ "signed_out", { template_signed_out, sizeof(template_signed_out) - 1 } },
	{ "signup", { template_signup, sizeof(template_signup) - 1 } },
	{ "user", { template_user, sizeof(template_user) - 1 } },
	{ "verify", { template_verify, sizeof(template_verify) - 1 } },
	{ "why", { template_why, sizeof(template_why) - 1 } },
};

enum { SOURCES = sizeof(sources) / sizeof(sources[0]) };

static struct template templates[SOURCES];
static pthread_once_t parsed_once = PTHREAD_ONCE_INIT;

/* Its arena lives as long as the program. */
static void parse_all(void)
{
	static struct arena *forever;

	forever = arena_new(32 * 1024);
	for (size_t i = 0; i < SOURCES; i++)
		templates[i] = template_parse(forever, sources[i].source);
}

const struct template *template_find(const char *name)
{
	pthread_once(&parsed_once, parse_all);
	for (size_t i = 0; i < SOURCES; i++) {
		if (strcmp(sources[i].name, name) == 0)
			return &templates[i];
	}
	assert(!"a page of that name");
	abort();
}

/* What a page is put together of: {{>title}} and its like. */
static struct node part_node(struct str name)
{
	if (str_is(name, "title"))
		return (struct node){ .kind = NODE_TITLE };
	if (str_is(name, "script"))
		return (struct node){ .kind = NODE_SCRIPT };
	assert(str_is(name, "content"));
	return (struct node){ .kind = NODE_CONTENT };
}

/* What stands between {{ and }}. */
static struct node tag_node(struct str tag)
{
	struct str rest = str_after(tag, 1);

	assert(tag.n > 0);
	switch (tag.p[0]) {
	case '#':
		return (struct node){ .kind = NODE_SECTION, .s = rest };
	case '^':
		return (struct node){ .kind = NODE_INVERTED, .s = rest };
	case '/':
		return (struct node){ .kind = NODE_END, .s = rest };
	case '>':
		return part_node(rest);
	default:
		if (str_starts(tag, S("t.")))
			return (struct node){ .kind = NODE_TEXT, .s = str_after(tag, 2) };
		return (struct node){ .kind = NODE_VALUE, .s = tag };
	}
}

static size_t count_tags(struct str source)
{
	size_t count = 0;

	for (size_t i = 0; i + 1 < source.n; i++)
		count += source.p[i] == '{' && source.p[i + 1] == '{';
	return count;
}

/* Tells each section where it ends. */
static void link_sections(struct node *nodes, size_t count)
{
	size_t open[TEMPLATE_DEPTH_MAX];
	size_t depth = 0;

	for (size_t i = 0; i < count; i++) {
		if (nodes[i].kind == NODE_SECTION || nodes[i].kind == NODE_INVERTED) {
			assert(depth < TEMPLATE_DEPTH_MAX);
			open[depth++] = i;
		}
		if (nodes[i].kind == NODE_END) {
			assert(depth > 0 && str_eq(nodes[open[depth - 1]].s, nodes[i].s));
			nodes[open[--depth]].end = i;
		}
	}
	assert(depth == 0);
}

struct template template_parse(struct arena *a, struct str source)
{
	struct node *nodes = arena_array(a, struct node, 2 * count_tags(source) + 1);
	size_t count = 0;

	while (source.n > 0) {
		ptrdiff_t at = str_find(source, S("{{"));
		size_t html = at < 0 ? source.n : (size_t)at;
		ptrdiff_t end;

		if (html > 0)
			nodes[count++] = (struct node){ .s = str_first(source, html) };
		if (at < 0)
			break;
		source = str_after(source, html + 2);
		end = str_find(source, S("}}"));
		assert(end >= 0);
		nodes[count++] = tag_node(str_first(source, (size_t)end));
		source = str_after(source, (size_t)end + 2);
	}
	link_sections(nodes, count);
	return (struct template){ nodes, count };
}
