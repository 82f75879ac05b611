/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every reason has its row and its page. The pages of docs/errors are what this test makes
 * of the table: TACIT_WRITE_DOCS=1 writes them, otherwise they are compared.
 */

#include <stdio.h>

#include "oidc/reason.h"
#include "oidc_support.h"
#include "page/text.h"

static bool is_word(const char *s)
{
	return *s != '\0' && strspn(s, "abcdefghijklmnopqrstuvwxyz_") == strlen(s);
}

static bool is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			return false;
	return true;
}

static bool is_sentence(const char *s)
{
	size_t n = strlen(s);

	return n > 20 && is_plain(s) && s[n - 1] == '.' && strstr(s, "  ") == NULL;
}

static void every_reason_has_its_row(void **state)
{
	(void)state;
	for (enum reason r = REASON_NONE + 1; r < REASONS; r++) {
		const struct reason_text *text = reason_text(r);

		assert_true(is_word(text->word));
		assert_true(is_word(text->error));
		assert_true(is_plain(text->title));
		assert_true(is_sentence(text->happened));
		assert_true(is_sentence(text->remedy));
		assert_non_null(text->setting);
	}
}

/* The dictionary's titles are translations of these. */
static void titles_are_the_dictionarys(void **state)
{
	size_t count = 0;

	(void)state;
	for (enum reason r = REASON_NONE + 1; r < REASONS; r++) {
		struct str key = arena_printf(arena, "fault.%s", reason_word(r));
		struct str title = text_find(S("en"), key);

		if (title.n == 0)
			continue;
		count++;
		assert_str(title, reason_text(r)->title);
	}
	assert_int_equal(count, 8);
}

static void words_lead_back(void **state)
{
	(void)state;
	for (enum reason r = REASON_NONE; r < REASONS; r++)
		assert_int_equal(reason_from(str_from(reason_word(r))), r);
	assert_int_equal(reason_from(S("no_such_reason")), REASONS);
	assert_int_equal(reason_from(S("")), REASONS);
	assert_string_equal(reason_word(REASON_NONE), "none");
}

static void a_remedy_names_its_setting(void **state)
{
	(void)state;
	for (enum reason r = REASON_NONE + 1; r < REASONS; r++) {
		const struct reason_text *text = reason_text(r);

		assert_non_null(strstr(text->remedy, text->setting));
	}
}

static struct str page_of(const struct reason_text *text)
{
	struct buf b = buf_new(arena, 2048);

	buf_addf(&b, "# %s\n\n%s\n\n", text->word, text->title);
	buf_addf(&b, "Error code: `%s`\n\n", text->error);
	buf_addf(&b, "## What happened\n\n%s\n\n## What to do\n\n%s\n", text->happened,
		text->remedy);
	if (text->setting[0] != '\0')
		buf_addf(&b, "\nSetting: `%s`\n", text->setting);
	return buf_str(&b);
}

static struct str read_page(const char *path)
{
	char *text = arena_alloc(arena, 8192);
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		return S("");
	n = fread(text, 1, 8191, f);
	fclose(f);
	return (struct str){ text, n };
}

static void write_page(const char *path, struct str text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	assert_int_equal(fclose(f), 0);
}

static void the_pages_are_those_of_the_table(void **state)
{
	const char *source = getenv("TACIT_SOURCE");

	(void)state;
	assert_non_null(source);
	for (enum reason r = REASON_NONE + 1; r < REASONS; r++) {
		const struct reason_text *text = reason_text(r);
		struct str path =
			arena_printf(arena, "%s/docs/errors/%s.md", source, text->word);

		if (getenv("TACIT_WRITE_DOCS") != NULL)
			write_page(path.p, page_of(text));
		assert_str(read_page(path.p), page_of(text).p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_has_its_row),
		cmocka_unit_test(titles_are_the_dictionarys),
		cmocka_unit_test(words_lead_back),
		cmocka_unit_test(a_remedy_names_its_setting),
		cmocka_unit_test(the_pages_are_those_of_the_table),
	};
	int failed;

	make_tenant();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free_tenant();
	return failed;
}
