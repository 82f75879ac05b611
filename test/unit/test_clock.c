/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "rows.h"
#include "json/json_value.h"

static void iso_times(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 1795289100123, "2026-11-21T19:25:00.123Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
	};
	struct arena *a = arena_new(256);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		row_str(rows[i].want, clock_iso(a, rows[i].ms), rows[i].want);
	arena_free(a);
}

static void the_offset_moves_the_wall_clock_only(void **state)
{
	int64_t wall = clock_now();
	int64_t mono = clock_mono_us();

	(void)state;
	clock_set_offset(86400);
	row_true("a day later", clock_now() - wall >= 86400 && clock_now() - wall < 86460);
	row_true("milliseconds agree", clock_now_ms() / 1000 - clock_now() <= 1);
	row_true("durations do not move", clock_mono_us() - mono < 60 * 1000000);
	clock_set_offset(0);
	row_true("and back", clock_now() - wall < 60);
}

static void random_values(void **state)
{
	struct arena *a = arena_new(256);
	unsigned char bytes[64] = { 0 };
	int zeros = 0;

	(void)state;
	row_int("16 bytes give 22 characters", (int64_t)random_token(a, 16).n, 22);
	row_int("32 bytes give 43 characters", (int64_t)random_token(a, 32).n, 43);
	row_true("no two are the same", !str_eq(random_token(a, 16), random_token(a, 16)));
	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		zeros += bytes[i] == 0;
	row_true("all bytes are filled", zeros < 16);
	random_bytes(bytes, 0);
	arena_free(a);
}

/* Both come out of the same stock of bytes, unless the child notices that it is one. */
static void a_child_draws_its_own(void **state)
{
	struct str of_parent;
	char of_child[22] = "";
	struct arena *a = arena_new(256);
	int ends[2];
	pid_t child;

	(void)state;
	(void)random_token(a, 16); /* now there is a stock */
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		struct str token = random_token(a, 16);

		_exit(write(ends[1], token.p, token.n) == (ssize_t)token.n ? 0 : 1);
	}
	of_parent = random_token(a, 16);
	assert_int_equal(read(ends[0], of_child, sizeof(of_child)), sizeof(of_child));
	assert_int_equal(waitpid(child, NULL, 0), child);
	row_true(
		"not the same", !str_eq(of_parent, (struct str){ of_child, sizeof(of_child) }));
	(void)close(ends[0]);
	(void)close(ends[1]);
	arena_free(a);
}

/* The stock ends within some draw. */
static void no_draw_comes_again(void **state)
{
	struct arena *a = arena_new(1 << 16);
	struct str drawn[200];

	(void)state;
	for (size_t i = 0; i < ROWS(drawn); i++) {
		drawn[i] = random_token(a, 24);
		for (size_t j = 0; j < i; j++)
			row_true("new", !str_eq(drawn[i], drawn[j]));
	}
	arena_free(a);
}

/* What log_line writes, read back. */
static struct str logged(struct arena *a, void (*log)(void))
{
	char *text = arena_alloc(a, 64 * 1024);
	int saved = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	size_t n;

	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	log();
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	n = fread(text, 1, 64 * 1024, file);
	fclose(file);
	return (struct str){ text, n };
}

static void log_plain(void)
{
	log_line(LOG_ERROR, "store", "cannot open", "path", "/x", "reason", "none", NULL);
}

static void log_nasty(void)
{
	log_line(LOG_WARN, "front", "odd", "value", "a\"b\\c\n{\x01\x7f}", "bytes", "\xff\xc3",
		"text", "\xc3\xa4", "nothing", NULL, NULL);
}

static void log_quiet(void)
{
	log_line(LOG_DEBUG, "front", "not shown", NULL);
}

static char long_value[5000];

static void log_long(void)
{
	const char *v = long_value;

	log_line(LOG_INFO, "a", "long", "v1", v, "v2", v, "v3", v, "v4", v, "v5", v, NULL);
}

static void log_lines_are_json(void **state)
{
	struct arena *a = arena_new(256);
	const struct json *line = NULL;
	struct str text = logged(a, log_plain);

	(void)state;
	row_int("a plain line", json_parse(a, text, &line, NULL), OK);
	row_true("one line", str_index(text, '\n') == (ptrdiff_t)text.n - 1);
	row_str("its level", json_get_str(line, "level"), "error");
	row_str("its area", json_get_str(line, "area"), "store");
	row_str("its message", json_get_str(line, "message"), "cannot open");
	row_str("its pair", json_get_str(line, "reason"), "none");
	row_int("its time", (int64_t)json_get_str(line, "time").n, 24);
	text = logged(a, log_nasty);
	row_int("a nasty line", json_parse(a, text, &line, NULL), OK);
	row_true("still one line", str_index(text, '\n') == (ptrdiff_t)text.n - 1);
	row_true("nothing that a terminal acts on", str_index(text, '\x7f') < 0);
	row_str("escapes", json_get_str(line, "value"), "a\"b\\c\n{\x01\x7f}");
	row_str("foreign bytes", json_get_str(line, "bytes"), "\xef\xbf\xbd\xef\xbf\xbd");
	row_str("UTF-8 stays", json_get_str(line, "text"), "\xc3\xa4");
	row_str("NULL reads as nothing", json_get_str(line, "nothing"), "");
	row_str("below the level nothing is written", logged(a, log_quiet), "");
	log_set_level(LOG_DEBUG);
	row_true("at the level it is", logged(a, log_quiet).n > 0);
	log_set_level(LOG_INFO);
	arena_free(a);
}

static void long_values_are_cut(void **state)
{
	struct arena *a = arena_new(256);
	const struct json *line = NULL;
	struct str text;

	(void)state;
	memset(long_value, 'x', 1023);
	memcpy(long_value + 1023, "\xc3\xa4", 3);
	text = logged(a, log_long);
	row_int("a long line", json_parse(a, text, &line, NULL), OK);
	row_int("cut between characters", (int64_t)json_get_str(line, "v1").n, 1023);
	memset(long_value, 1, sizeof(long_value) - 1);
	text = logged(a, log_long);
	row_int("a line that does not fit", json_parse(a, text, &line, NULL), OK);
	row_int("what fits is there", (int64_t)json_get_str(line, "v1").n, 1024);
	row_true("what does not is left out", json_get(line, "v5") == NULL);
	row_true("and the line says so", json_get_bool(line, "cut", false));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso_times),
		cmocka_unit_test(the_offset_moves_the_wall_clock_only),
		cmocka_unit_test(random_values),
		cmocka_unit_test(a_child_draws_its_own),
		cmocka_unit_test(no_draw_comes_again),
		cmocka_unit_test(log_lines_are_json),
		cmocka_unit_test(long_values_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
