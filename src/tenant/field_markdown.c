/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/field.h"

enum { HOUR = 3600 };

static const char *type_words(const struct field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
		return "text";
	case FIELD_FLAG:
		return "true or false";
	case FIELD_NUMBER:
		return "number";
	case FIELD_HOURS:
		return "hours";
	case FIELD_LIST:
		return "list";
	case FIELD_CHOICE:
		return "word";
	case FIELD_OWN:
	case FIELD_KEPT:
		break;
	}
	return "see right";
}

static struct str word_at(const char *words, int64_t n)
{
	struct str rest = str_from(words);
	struct str word = { 0 };

	for (int64_t i = 0; i <= n && str_split(&rest, ' ', &word); i++)
		continue;
	return word;
}

static void add_default(struct buf *b, const struct field *f)
{
	if (f->shown)
		buf_add(b, str_from(f->shown));
	else if (f->type == FIELD_FLAG)
		buf_addf(b, "`%s`", f->fallback ? "true" : "false");
	else if (f->type == FIELD_NUMBER)
		buf_addf(b, "`%lld`", (long long)f->fallback);
	else if (f->type == FIELD_HOURS)
		buf_addf(b, "`%lld`", (long long)(f->fallback / HOUR));
	else if (f->type == FIELD_CHOICE)
		buf_addf(b, "`" STR_FMT "`", STR_ARG(word_at(f->choices, f->fallback)));
	else
		buf_add(b, S("–"));
}

static void add_range(struct buf *b, const struct field *f)
{
	struct str rest = str_from(f->choices);
	struct str word;
	bool first = true;

	if (f->type == FIELD_NUMBER)
		buf_addf(b, "%lld – %lld", (long long)f->least, (long long)f->most);
	else if (f->type == FIELD_HOURS)
		buf_addf(b, "1/60 – %lld", (long long)(f->most / HOUR));
	while (f->choices && str_split(&rest, ' ', &word)) {
		if (str_is(word, "?"))
			continue;
		buf_addf(b, "%s`" STR_FMT "`", first ? "" : ", ", STR_ARG(word));
		first = false;
	}
}

static void add_kept(struct buf *b, const struct field *fields, size_t count)
{
	bool first = true;

	for (const struct field *f = fields; f < fields + count; f++) {
		if (f->type != FIELD_KEPT || f->text)
			continue;
		buf_addf(b, "%s`%s`",
			first ? "\nAccepted and kept, without effect here: " : ", ", f->name);
		first = false;
	}
	if (!first)
		buf_add(b, S(".\n"));
}

void fields_markdown(struct buf *b, const struct field *fields, size_t count)
{
	buf_add(b, S("| field | type | default | range | meaning |\n"
		     "|---|---|---|---|---|\n"));
	for (const struct field *f = fields; f < fields + count; f++) {
		if (!f->text)
			continue;
		buf_addf(b, "| `%s` | %s | ", f->name, type_words(f));
		add_default(b, f);
		buf_add(b, S(" | "));
		add_range(b, f);
		buf_addf(b, " | %s |\n", f->text);
	}
	add_kept(b, fields, count);
}
