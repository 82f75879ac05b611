/* SPDX-License-Identifier: Apache-2.0 */
#include "login/scope_rows.h"

/* Those of OpenID Connect Core, 5.4 and 11, have words of ours; an API brings its own. */
static const struct {
	const char *scope;
	const char *text;
} known_scopes[] = {
	{ "openid", "scope.openid" },
	{ "profile", "scope.profile" },
	{ "email", "scope.email" },
	{ "address", "scope.address" },
	{ "phone", "scope.phone" },
	{ "offline_access", "scope.offline_access" },
	{ "online_access", "scope.online_access" },
};

static struct str known_words(struct str locale, struct str scope)
{
	for (size_t i = 0; i < sizeof(known_scopes) / sizeof(known_scopes[0]); i++) {
		if (str_is(scope, known_scopes[i].scope))
			return page_text(locale, known_scopes[i].text);
	}
	return (struct str){ 0 };
}

static void fill_row(const struct flow *f, const struct json *scope, struct page_row *row)
{
	struct str value = json_get_str(scope, "value");
	struct str words = known_words(f->locale, value);

	if (words.n == 0) {
		words = json_get_str(scope, "description");
		page_row_set(row, "code", value);
	}
	page_row_set(row, "words", words);
}

void scope_rows_set(const struct flow *f, struct page *p)
{
	const struct json *scopes = json_get(f->data, "scopes");
	size_t room = scopes != NULL ? scopes->count : 0;
	struct page_row *rows = arena_array(f->rq->arena, struct page_row, room + 1);
	size_t count = 0;

	/* All of them: what is not shown must not be granted. */
	json_each(scope, scopes) fill_row(f, scope, &rows[count++]);
	page_set_rows(p, "scopes", rows, count);
}
