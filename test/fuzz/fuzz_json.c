/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what was read is written, reads again, and is then written the same way. */
#include "fuzz.h"
#include "json/json_writer.h"

static struct str written(struct arena *a, const struct json *value, bool html_safe)
{
	struct buf b = buf_new(a, 256);
	struct json_writer w = json_writer_on(&b);

	w.html_safe = html_safe;
	json_value(&w, value);
	return buf_str(&b);
}

static void check_children(const struct json *value)
{
	size_t n = 0;

	json_each(child, value)
	{
		assert(str_is_utf8(child->key) && str_is_utf8(child->str));
		check_children(child);
		n++;
	}
	assert(n == value->count);
}

static void fuzz_input(struct arena *a, struct str text)
{
	const struct json *value;
	const struct json *again;
	struct str why = { 0 };
	struct str plain;
	struct str html;
	enum err err;

	if (json_parse(a, text, &value, &why) != OK) {
		assert(why.n > 0);
		return;
	}
	check_children(value);
	plain = written(a, value, false);
	html = written(a, value, true);
	assert(str_index(html, '<') < 0 && str_find(html, S("\xe2\x80\xa8")) < 0);
	err = json_parse(a, plain, &again, NULL);
	assert(!err && str_eq(written(a, again, false), plain));
	err = json_parse(a, html, &again, NULL);
	assert(!err && str_eq(written(a, again, false), plain));
}
