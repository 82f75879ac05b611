/* SPDX-License-Identifier: Apache-2.0 */
#include "page/escape.h"

#include "page/page.h"

static struct str reference(char c)
{
	switch (c) {
	case '&':
		return S("&amp;");
	case '<':
		return S("&lt;");
	case '>':
		return S("&gt;");
	case '"':
		return S("&quot;");
	case '\'':
		return S("&#39;");
	default:
		return (struct str){ 0 };
	}
}

void escape_add(struct buf *b, struct str s)
{
	size_t done = 0;

	for (size_t i = 0; i < s.n; i++) {
		struct str r = reference(s.p[i]);

		if (r.n == 0)
			continue;
		buf_add(b, str_first(str_after(s, done), i - done));
		buf_add(b, r);
		done = i + 1;
	}
	buf_add(b, str_after(s, done));
}

struct str page_escape(struct arena *a, struct str s)
{
	struct buf b = buf_new(a, s.n + 32);

	escape_add(&b, s);
	return buf_str(&b);
}
