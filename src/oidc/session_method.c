/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/session_method.h"

#include "base/buf.h"

/* Takes the next name out of *rest. Names hold no quotes and no escapes. */
static bool next_name(struct str *rest, struct str *ret)
{
	static const struct str mark = STR_LIT("\"name\":\"");
	ptrdiff_t at = str_find(*rest, mark);
	ptrdiff_t end;

	if (at < 0)
		return false;
	*rest = str_after(*rest, (size_t)at + mark.n);
	end = str_index(*rest, '"');
	if (end < 0)
		return false;
	*ret = str_first(*rest, (size_t)end);
	*rest = str_after(*rest, (size_t)end);
	return true;
}

bool session_has_method(struct str methods, struct str name)
{
	struct str found;

	while (next_name(&methods, &found))
		if (str_eq(found, name))
			return true;
	return false;
}

struct str session_method_names(struct arena *a, struct str methods)
{
	struct buf out = buf_new(a, 32);
	struct str name;

	while (next_name(&methods, &name)) {
		if (str_has_word(buf_str(&out), name))
			continue;
		if (out.n > 0)
			buf_addc(&out, ' ');
		buf_add(&out, name);
	}
	return buf_str(&out);
}
