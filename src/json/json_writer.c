/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json_writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct json_writer json_writer_on(struct buf *buf)
{
	return (struct json_writer){ .buf = buf };
}

/* Each value comes through here: the comma before it, and the debt of one after it. */
static void begin_value(struct json_writer *w)
{
	if (w->comma)
		buf_addc(w->buf, ',');
	w->comma = true;
}

static void begin_group(struct json_writer *w, char bracket)
{
	begin_value(w);
	buf_addc(w->buf, bracket);
	w->comma = false;
}

static void end_group(struct json_writer *w, char bracket)
{
	buf_addc(w->buf, bracket);
	w->comma = true;
}

void json_begin_map(struct json_writer *w)
{
	begin_group(w, '{');
}

void json_end_map(struct json_writer *w)
{
	end_group(w, '}');
}

void json_begin_list(struct json_writer *w)
{
	begin_group(w, '[');
}

void json_end_list(struct json_writer *w)
{
	end_group(w, ']');
}

/* How many bytes at `p`, of `left`, need an escape of their own: 0, 1, or 3 for U+2028 and
 * U+2029, which end a line in a script. Pointers, because this is the hot path. */
static inline size_t unsafe_length(const char *p, size_t left, bool html_safe)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x20 || c == '"' || c == '\\')
		return 1;
	if (!html_safe)
		return 0;
	if (c == '<' || c == '>' || c == '&')
		return 1;
	if (c == 0xe2 && left >= 3 &&
		(memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0))
		return 3;
	return 0;
}

static void add_escape(struct buf *b, struct str unsafe)
{
	static const char named[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	char text[sizeof("\\u2028")];
	unsigned code = (unsigned char)unsafe.p[0];
	const char *hit = code == 0 ? NULL : strchr(named, (int)code);

	if (hit) {
		buf_addc(b, '\\');
		buf_addc(b, letters[hit - named]);
		return;
	}
	if (unsafe.n == 3)
		code = 0x2000U | ((unsigned char)unsafe.p[2] & 0x3f);
	snprintf(text, sizeof(text), "\\u%04x", code & 0xffff);
	buf_add(b, str_from(text));
}

/* Sixteen bytes at once. */
typedef unsigned char bytes __attribute__((vector_size(16)));

/* Are the next sixteen bytes all safe in both kinds of text? False may be said in doubt. */
static inline bool is_plain(const char *p)
{
	bytes b;
	uint64_t found[2];

	memcpy(&b, p, sizeof(b));
	b = (bytes)((b < 0x20) | (b == '"') | (b == '\\') | (b == '<') | (b == '>') |
		    (b == '&') | (b == 0xe2));
	memcpy(found, &b, sizeof(found));
	return (found[0] | found[1]) == 0;
}

static void add_quoted(struct json_writer *w, struct str s)
{
	size_t from = 0;
	size_t i = 0;

	buf_addc(w->buf, '"');
	while (i < s.n) {
		size_t unsafe;

		if (s.n - i >= sizeof(bytes) && is_plain(s.p + i)) {
			i += sizeof(bytes);
			continue;
		}
		/* What is left of a longer text: its last sixteen bytes hold it. */
		if (s.n >= sizeof(bytes) && s.n - i < sizeof(bytes) &&
			is_plain(s.p + s.n - sizeof(bytes)))
			break;
		unsafe = unsafe_length(s.p + i, s.n - i, w->html_safe);
		if (unsafe == 0) {
			i++;
			continue;
		}
		buf_add(w->buf, (struct str){ s.p + from, i - from });
		add_escape(w->buf, (struct str){ s.p + i, unsafe });
		i += unsafe;
		from = i;
	}
	buf_add(w->buf, str_after(s, from));
	buf_addc(w->buf, '"');
}

void json_key_str(struct json_writer *w, struct str key)
{
	begin_value(w);
	add_quoted(w, key);
	buf_addc(w->buf, ':');
	w->comma = false;
}

void json_key(struct json_writer *w, const char *key)
{
	json_key_str(w, str_from(key));
}

void json_str(struct json_writer *w, struct str s)
{
	begin_value(w);
	add_quoted(w, s);
}

void json_int(struct json_writer *w, int64_t value)
{
	char text[sizeof("-9223372036854775808")];
	char *p = text + sizeof(text);
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0)
		*--p = '-';
	begin_value(w);
	buf_add(w->buf, (struct str){ p, (size_t)(text + sizeof(text) - p) });
}

/* The shortest text that reads back as the same number, and as a real one. */
void json_real(struct json_writer *w, double value)
{
	char text[40];

	if (!isfinite(value)) {
		json_null(w);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	json_raw(w, str_from(text));
	if (!strpbrk(text, ".e"))
		buf_add(w->buf, S(".0"));
}

void json_bool(struct json_writer *w, bool value)
{
	json_raw(w, value ? S("true") : S("false"));
}

void json_null(struct json_writer *w)
{
	json_raw(w, S("null"));
}

void json_raw(struct json_writer *w, struct str json)
{
	begin_value(w);
	buf_add(w->buf, json);
}

static void write_children(struct json_writer *w, const struct json *parent)
{
	json_each(child, parent)
	{
		if (parent->type == JSON_MAP)
			json_key_str(w, child->key);
		json_value(w, child);
	}
}

void json_value(struct json_writer *w, const struct json *value)
{
	bool is_map = value->type == JSON_MAP;

	switch (value->type) {
	case JSON_NULL_VALUE:
		json_null(w);
		break;
	case JSON_FALSE_VALUE:
	case JSON_TRUE_VALUE:
		json_bool(w, value->type == JSON_TRUE_VALUE);
		break;
	case JSON_INT:
		json_int(w, value->integer);
		break;
	case JSON_REAL_VALUE:
		json_real(w, value->real);
		break;
	case JSON_STR:
		json_str(w, value->str);
		break;
	case JSON_LIST:
	case JSON_MAP:
		begin_group(w, is_map ? '{' : '[');
		write_children(w, value);
		end_group(w, is_map ? '}' : ']');
		break;
	}
}

struct str json_text(struct arena *a, const struct json *value)
{
	struct buf b = buf_new(a, 256);
	struct json_writer w = json_writer_on(&b);

	if (!value)
		return S("");
	json_value(&w, value);
	return buf_str(&b);
}

void json_put_str(struct json_writer *w, const char *key, struct str value)
{
	json_key(w, key);
	json_str(w, value);
}

void json_put_opt(struct json_writer *w, const char *key, struct str value)
{
	if (value.n > 0)
		json_put_str(w, key, value);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value)
{
	json_key(w, key);
	json_int(w, value);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
	json_key(w, key);
	json_bool(w, value);
}

void json_put_raw(struct json_writer *w, const char *key, struct str json)
{
	json_key(w, key);
	json_raw(w, json);
}

void json_put_words(struct json_writer *w, const char *key, struct str words)
{
	struct str word;

	json_key(w, key);
	json_begin_list(w);
	while (str_split(&words, ' ', &word)) {
		if (word.n > 0)
			json_str(w, word);
	}
	json_end_list(w);
}
