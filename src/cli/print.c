/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/print.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { COLUMNS_MOST = 12, WIDTH_MOST = 60, MS = 1000 };

void print_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		putchar(c == '\n' || c == '\t' || (c >= ' ' && c != 0x7F) ? c : '?');
	}
	putchar('\n');
}

/* What a cell shows: plain text as it is, all else as JSON. */
static struct str cell(struct arena *a, const struct json *value)
{
	struct buf b = buf_new(a, 64);
	struct json_writer w = json_writer_on(&b);

	if (!value || value->type == JSON_NULL_VALUE)
		return (struct str){ 0 };
	if (value->type == JSON_STR)
		return value->str;
	json_value(&w, value);
	return buf_str(&b);
}

/* UTF-8 characters: good enough for columns. */
static size_t width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

static void add_padded(struct buf *b, struct str s, size_t width)
{
	buf_add(b, s);
	for (size_t n = width_of(s); n < width + 2; n++)
		buf_addc(b, ' ');
}

static void print_line(struct buf *b)
{
	struct str line = buf_str(b);

	while (line.n && line.p[line.n - 1] == ' ')
		line.n--;
	print_text(line);
}

static size_t read_columns(struct arena *a, const char *columns, const char *ret[COLUMNS_MOST])
{
	struct str rest = str_from(columns);
	struct str name;
	size_t n = 0;

	while (n < COLUMNS_MOST && str_split(&rest, ' ', &name))
		ret[n++] = arena_cstr(a, name);
	return n;
}

static void print_row(struct arena *a, const struct json *row, const char *const *names,
	const size_t *widths, size_t count)
{
	struct buf b = buf_new(a, 256);

	for (size_t i = 0; i < count; i++)
		add_padded(&b, row ? cell(a, json_get(row, names[i])) : str_from(names[i]),
			widths[i]);
	print_line(&b);
}

void print_table(struct cli *cli, struct str text, const char *columns)
{
	struct arena *a = cli->arena;
	const char *names[COLUMNS_MOST];
	size_t widths[COLUMNS_MOST] = { 0 };
	size_t count = read_columns(a, columns, names);
	const struct json *rows = NULL;

	if (option_on(&cli->options, OPTION_JSON) || json_parse(a, text, &rows, NULL)) {
		print_text(text);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		widths[i] = strlen(names[i]);
		json_each(row, rows)
		{
			size_t width = width_of(cell(a, json_get(row, names[i])));

			if (width > WIDTH_MOST)
				width = WIDTH_MOST;
			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
	print_row(a, NULL, names, widths, count);
	json_each(row, rows) print_row(a, row, names, widths, count);
}

void print_map(struct cli *cli, struct str text)
{
	struct arena *a = cli->arena;
	const struct json *map = NULL;
	size_t width = 0;

	if (option_on(&cli->options, OPTION_JSON) || json_parse(a, text, &map, NULL)) {
		print_text(text);
		return;
	}
	json_each(child, map) width = child->key.n > width ? child->key.n : width;
	json_each(child, map)
	{
		struct buf b = buf_new(a, 256);

		add_padded(&b, child->key, width);
		buf_add(&b, cell(a, child));
		print_line(&b);
	}
}

int print_done(struct cli *cli, enum err err, const char *word)
{
	if (err)
		return refuse("the store did not take it");
	print_map(cli, arena_printf(cli->arena, "{\"%s\":true}", word));
	return EXIT_DONE;
}

void put_time(struct arena *a, struct json_writer *w, const char *name, int64_t at)
{
	if (at)
		json_put_str(w, name, clock_iso(a, at * MS));
}
