/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/field.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tenant/settings.h"

enum { HOUR = 3600, MINUTE = 60, NAME_MAX_LENGTH = 96 };

enum err field_refuse(
	struct arena *a, struct str *ret_why, const char *path, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	*ret_why = arena_printf(a, "%s: %s", path, text);
	return ERR_INVALID;
}

static const struct json *member(const struct json *map, struct str name)
{
	if (!map || map->type != JSON_MAP)
		return NULL;
	json_each(child, map) if (str_eq(child->key, name)) return child;
	return NULL;
}

const struct json *field_find(const struct json *document, const char *path)
{
	struct str rest = str_from(path);
	struct str name;

	while (document && str_split(&rest, '.', &name))
		document = member(document, name);
	return document && document->type != JSON_NULL_VALUE ? document : NULL;
}

static void *at(void *into, const struct field *f)
{
	return (char *)into + f->offset;
}

static void put_int(void *into, const struct field *f, int64_t value)
{
	int choice = (int)value;

	if (f->type == FIELD_FLAG)
		*(bool *)at(into, f) = value != 0;
	else if (f->type == FIELD_CHOICE)
		memcpy(at(into, f), &choice, sizeof(choice));
	else
		*(int64_t *)at(into, f) = value;
}

void fields_default(const struct field *fields, size_t count, void *into)
{
	for (const struct field *f = fields; f < fields + count; f++)
		if (f->type == FIELD_FLAG || f->type == FIELD_NUMBER ||
			f->type == FIELD_HOURS || f->type == FIELD_CHOICE)
			put_int(into, f, f->fallback);
}

static enum err read_text(struct arena *a, const struct field *f, const struct json *value,
	void *into, struct str *ret_why)
{
	const char *must;

	if (value->type != JSON_STR)
		return field_refuse(a, ret_why, f->name, "must be a string");
	must = f->check && value->str.n ? f->check(a, value->str) : NULL;
	if (must)
		return field_refuse(a, ret_why, f->name, "%s", must);
	*(struct str *)at(into, f) = arena_str(a, value->str);
	return OK;
}

static enum err read_flag(struct arena *a, const struct field *f, const struct json *value,
	void *into, struct str *ret_why)
{
	if (value->type != JSON_TRUE_VALUE && value->type != JSON_FALSE_VALUE)
		return field_refuse(a, ret_why, f->name, "must be true or false");
	put_int(into, f, value->type == JSON_TRUE_VALUE);
	return OK;
}

static enum err read_number(struct arena *a, const struct field *f, const struct json *value,
	void *into, struct str *ret_why)
{
	if (value->type != JSON_INT)
		return field_refuse(a, ret_why, f->name,
			"must be a whole number from %lld to %lld", (long long)f->least,
			(long long)f->most);
	if (value->integer < f->least || value->integer > f->most)
		return field_refuse(a, ret_why, f->name,
			"must be from %lld to %lld, and is %lld", (long long)f->least,
			(long long)f->most, (long long)value->integer);
	put_int(into, f, value->integer);
	return OK;
}

static enum err read_time(struct arena *a, const struct field *f, const struct json *value,
	const char *name, int unit, void *into, struct str *ret_why)
{
	double seconds;

	if (value->type != JSON_INT && value->type != JSON_REAL_VALUE)
		return field_refuse(a, ret_why, name, "must be a number of %s",
			unit == HOUR ? "hours (fractions are allowed)" : "minutes");
	seconds = value->real * unit;
	/* The negated form also refuses what is not a number. */
	if (!(seconds >= MINUTE))
		return field_refuse(a, ret_why, name, "must be at least one minute");
	if (seconds > (double)f->most)
		return field_refuse(a, ret_why, name, "must be at most %lld %s",
			(long long)(f->most / unit), unit == HOUR ? "hours" : "minutes");
	put_int(into, f, (int64_t)(seconds + 0.5));
	return OK;
}

static const char *twin_name(const struct field *f, char ret[static NAME_MAX_LENGTH])
{
	snprintf(ret, NAME_MAX_LENGTH, "%s_in_minutes", f->name);
	return ret;
}

static enum err read_hours(struct arena *a, const struct field *f, const struct json *document,
	void *into, struct str *ret_why)
{
	char name[NAME_MAX_LENGTH];
	const struct json *hours = field_find(document, f->name);
	const struct json *minutes = field_find(document, twin_name(f, name));

	if (hours && minutes)
		return field_refuse(a, ret_why, f->name,
			"give it in hours or %s in minutes, not both", name);
	if (hours)
		return read_time(a, f, hours, f->name, HOUR, into, ret_why);
	if (minutes)
		return read_time(a, f, minutes, name, MINUTE, into, ret_why);
	return OK;
}

static enum err check_item(
	struct arena *a, const struct field *f, const struct json *item, struct str *ret_why)
{
	const char *must;

	if (item->type != JSON_STR || item->str.n == 0)
		return field_refuse(a, ret_why, f->name, "must be a list of strings");
	if (f->choices && !str_has_word(str_from(f->choices), item->str))
		return field_refuse(a, ret_why, f->name,
			"each must be one of: %s; \"" STR_FMT "\" is none", f->choices,
			STR_ARG(str_first(item->str, 64)));
	must = f->check ? f->check(a, item->str) : NULL;
	if (must)
		return field_refuse(a, ret_why, f->name, "\"" STR_FMT "\" %s",
			STR_ARG(str_first(item->str, 200)), must);
	return OK;
}

static enum err read_list(struct arena *a, const struct field *f, const struct json *value,
	void *into, struct str *ret_why)
{
	struct str_list *list = at(into, f);
	struct str *strings;
	size_t n = 0;

	if (value->type != JSON_LIST)
		return field_refuse(a, ret_why, f->name, "must be a list of strings");
	strings = arena_array(a, struct str, value->count);
	json_each(item, value)
	{
		enum err e = check_item(a, f, item, ret_why);

		if (e)
			return e;
		strings[n++] = arena_str(a, item->str);
	}
	*list = (struct str_list){ strings, n };
	return OK;
}

/* What a person may write: "?" stands for "not given". */
static const char *choices_shown(const char *choices)
{
	return choices[0] == '?' ? choices + 2 : choices;
}

static enum err read_choice(struct arena *a, const struct field *f, const struct json *value,
	void *into, struct str *ret_why)
{
	struct str rest = str_from(f->choices);
	struct str word;

	if (value->type == JSON_STR)
		for (int i = 0; str_split(&rest, ' ', &word); i++)
			if (str_eq(word, value->str) && !str_is(word, "?")) {
				put_int(into, f, i);
				return OK;
			}
	return field_refuse(
		a, ret_why, f->name, "must be one of: %s", choices_shown(f->choices));
}

static enum err read_field(struct arena *a, const struct field *f, const struct json *document,
	void *into, struct str *ret_why)
{
	const struct json *value = field_find(document, f->name);

	if (f->type == FIELD_HOURS)
		return read_hours(a, f, document, into, ret_why);
	if (!value)
		return OK;
	switch (f->type) {
	case FIELD_TEXT:
		return read_text(a, f, value, into, ret_why);
	case FIELD_FLAG:
		return read_flag(a, f, value, into, ret_why);
	case FIELD_NUMBER:
		return read_number(a, f, value, into, ret_why);
	case FIELD_LIST:
		return read_list(a, f, value, into, ret_why);
	case FIELD_CHOICE:
		return read_choice(a, f, value, into, ret_why);
	case FIELD_OWN:
		return f->read(a, value, into, ret_why);
	case FIELD_HOURS:
	case FIELD_KEPT:
		break;
	}
	return OK;
}

/* How a path in the document relates to a row's name. */
enum relation { RELATION_NONE, RELATION_LEADS_TO, RELATION_IS };

static enum relation relate(struct str path, const struct field *f)
{
	char twin[NAME_MAX_LENGTH];
	struct str name = str_from(f->name);

	if (str_eq(path, name))
		return RELATION_IS;
	if (f->type == FIELD_HOURS && str_is(path, twin_name(f, twin)))
		return RELATION_IS;
	if (str_starts(name, path) && name.n > path.n && name.p[path.n] == '.')
		return RELATION_LEADS_TO;
	return RELATION_NONE;
}

static enum relation relate_any(struct str path, const struct field *fields, size_t count)
{
	enum relation best = RELATION_NONE;

	for (const struct field *f = fields; f < fields + count; f++) {
		enum relation r = relate(path, f);

		if (r > best)
			best = r;
	}
	return best;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
	size_t d = a < b ? a : b;

	return d < c ? d : c;
}

/* How many letters apart two names are (Levenshtein); names that long are not compared. */
static size_t distance(struct str a, struct str b)
{
	size_t row[NAME_MAX_LENGTH + 1];

	if (a.n > NAME_MAX_LENGTH || b.n > NAME_MAX_LENGTH)
		return NAME_MAX_LENGTH;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t here = corner + (a.p[i - 1] != b.p[j - 1]);

			corner = row[j];
			row[j] = least_of(here, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[b.n];
}

static enum err refuse_unknown(struct arena *a, struct str path, const struct field *fields,
	size_t count, struct str *ret_why)
{
	const struct field *nearest = NULL;
	size_t least = path.n / 3 + 1;

	for (const struct field *f = fields; f < fields + count; f++) {
		size_t d = distance(path, str_from(f->name));

		if (d <= least) {
			least = d;
			nearest = f;
		}
	}
	path = str_first(path, NAME_MAX_LENGTH);
	if (nearest)
		return field_refuse(a, ret_why, arena_cstr(a, path),
			"there is no such field; did you mean %s?", nearest->name);
	return field_refuse(a, ret_why, arena_cstr(a, path), "there is no such field");
}

/* Every member must have a row of its own, or lead to one. Depth is at most that of a name. */
static enum err check_names(struct arena *a, const struct field *fields, size_t count,
	const struct json *map, struct str above, struct str *ret_why)
{
	json_each(child, map)
	{
		struct str path = above.n ? arena_printf(a, STR_FMT "." STR_FMT, STR_ARG(above),
						    STR_ARG(child->key))
					  : child->key;
		enum relation r = relate_any(path, fields, count);
		enum err e = OK;

		if (r == RELATION_NONE)
			return refuse_unknown(a, path, fields, count, ret_why);
		if (r == RELATION_LEADS_TO && child->type == JSON_MAP)
			e = check_names(a, fields, count, child, path, ret_why);
		else if (r == RELATION_LEADS_TO && child->type != JSON_NULL_VALUE)
			e = field_refuse(
				a, ret_why, arena_cstr(a, path), "must be a map of fields");
		if (e)
			return e;
	}
	return OK;
}

enum err fields_read(struct arena *a, const struct field *fields, size_t count,
	const struct json *document, void *into, struct str *ret_why)
{
	enum err e;

	if (!document)
		return OK;
	if (document->type != JSON_MAP)
		return field_refuse(a, ret_why, "document", "must be a map of fields");
	e = check_names(a, fields, count, document, (struct str){ 0 }, ret_why);
	for (const struct field *f = fields; !e && f < fields + count; f++)
		e = read_field(a, f, document, into, ret_why);
	return e;
}
