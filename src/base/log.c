/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	LINE_MAX_BYTES = 16 * 1024,
	VALUE_MAX = 1024,
	ESCAPED_MAX = 6, /* bytes that one byte becomes: \u00XX */
	TAIL = 32,       /* room for what ends a line that is cut */
};

/* Not a buf: a line is written where no arena is, and when memory may be the trouble. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t n;
	bool cut;
};

static _Atomic int least_level = LOG_INFO;

void log_set_level(enum log_level least)
{
	atomic_store_explicit(&least_level, (int)least, memory_order_relaxed);
}

static void add(struct line *line, struct str s)
{
	memcpy(line->text + line->n, s.p, s.n);
	line->n += s.n;
}

static void add_escaped(struct line *line, unsigned char c, bool utf8)
{
	char text[ESCAPED_MAX + 1];

	if (c == '"' || c == '\\')
		snprintf(text, sizeof(text), "\\%c", c);
	else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
		snprintf(text, sizeof(text), "\\u%04x", c >= 0x80 ? 0xfffdU : c);
	else
		snprintf(text, sizeof(text), "%c", c);
	add(line, str_from(text));
}

/* The first kilobyte, cut between characters. */
static struct str clip(const char *value)
{
	size_t n = strnlen(value, VALUE_MAX + 1);

	if (n <= VALUE_MAX)
		return (struct str){ value, n };
	n = VALUE_MAX;
	while (n > VALUE_MAX - 4 && ((unsigned char)value[n] & 0xc0) == 0x80)
		n--;
	return (struct str){ value, n };
}

static void add_quoted(struct line *line, struct str s)
{
	bool utf8 = str_is_utf8(s);

	add(line, S("\""));
	for (size_t i = 0; i < s.n; i++)
		add_escaped(line, (unsigned char)s.p[i], utf8);
	add(line, S("\""));
}

/* Pairs that no longer fit are left out, and the line says so. */
static void add_pair(struct line *line, const char *key, const char *value)
{
	struct str k = clip(key);
	struct str v = clip(value ? value : "");

	if ((k.n + v.n) * ESCAPED_MAX + TAIL + line->n >= sizeof(line->text)) {
		line->cut = true;
		return;
	}
	add(line, line->n > 1 ? S(",") : S(""));
	add_quoted(line, k);
	add(line, S(":"));
	add_quoted(line, v);
}

static void write_line(const struct line *line)
{
	ssize_t written;

	do {
		written = write(STDERR_FILENO, line->text, line->n);
	} while (written < 0 && errno == EINTR);
}

void log_line(enum log_level level, const char *area, const char *message, ...)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	struct line line = { .n = 0 };
	char time[CLOCK_ISO_SIZE];
	const char *key;
	va_list pairs;

	if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed))
		return;
	clock_iso_write(time, clock_now_ms());
	add(&line, S("{"));
	add_pair(&line, "time", time);
	add_pair(&line, "level", names[level]);
	add_pair(&line, "area", area);
	add_pair(&line, "message", message);
	va_start(pairs, message);
	for (key = va_arg(pairs, const char *); key; key = va_arg(pairs, const char *))
		add_pair(&line, key, va_arg(pairs, const char *));
	va_end(pairs);
	add(&line, line.cut ? S(",\"cut\":true}\n") : S("}\n"));
	write_line(&line);
}
