/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/action_wish.h"

#include "oidc/token/custom_claims.h"
#include "json/json_writer.h"

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return s.n > 0;
}

static void add_word(struct buf *b, struct str word)
{
	if (b->n > 0)
		buf_addc(b, ' ');
	buf_add(b, word);
}

/* Order and single words stay; what is added comes last. */
static struct str change_scope(struct arena *a, struct str scope, const struct json *wish)
{
	struct buf b = buf_new(a, scope.n + 64);
	struct str word;

	while (str_split(&scope, ' ', &word))
		if (!json_list_has(wish, "scope_remove", word))
			add_word(&b, word);
	json_each(added, json_get(wish, "scope_add"))
	{
		if (added->type == JSON_STR && is_word(added->str) &&
			!str_has_word(buf_str(&b), added->str))
			add_word(&b, added->str);
	}
	return buf_str(&b);
}

struct action_wish action_wish_read(struct arena *a, struct str json, struct str scope)
{
	struct action_wish wish = { .scope = scope };
	const struct json *map = NULL;

	if (json.n == 0 || json_parse(a, json, &map, NULL) != OK)
		return wish;
	wish.scope = change_scope(a, scope, map);
	wish.id_claims = custom_claims_keep(a, json_get(map, "id_token"));
	wish.access_claims = custom_claims_keep(a, json_get(map, "access_token"));
	wish.mfa = json_text(a, json_get(map, "mfa"));
	wish.mfa_by = json_get_str(json_get(map, "mfa"), "by");
	wish.refresh = json_text(a, json_get(map, "refresh_token"));
	wish.cookie_mode = json_get_str(json_get(map, "session"), "cookie_mode");
	wish.is_too_much =
		wish.id_claims.n + wish.access_claims.n + wish.refresh.n > CUSTOM_CLAIMS_MAX;
	return wish;
}

bool action_wish_allows_remembering(struct arena *a, struct str mfa)
{
	const struct json *wish = NULL;

	if (mfa.n == 0 || json_parse(a, mfa, &wish, NULL) != OK)
		return false;
	return json_get_bool(wish, "allow_remember", false);
}
