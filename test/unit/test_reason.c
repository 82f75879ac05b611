/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every reason has its row, its words in every language, and its page. The pages of
 * docs/errors are what this test makes of them: TACIT_WRITE_DOCS=1 writes them, otherwise
 * they are compared.
 */

#include <stdio.h>

#include "oidc/reason.h"
#include "oidc_support.h"
#include "page/text.h"

static bool is_word(const char *s)
{
	return *s != '\0' && strspn(s, "abcdefghijklmnopqrstuvwxyz_") == strlen(s);
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

static bool is_sentence(struct str s)
{
	return s.n > 20 && str_ends(s, S(".")) && str_find(s, S("  ")) < 0;
}

static void every_reason_has_its_row(void **state)
{
	(void)state;
	for (enum reason r = REASON_NONE + 1; r < REASONS; r++) {
		const struct reason_row *row = reason_row(r);

		assert_true(is_word(row->word));
		assert_true(is_word(row->error));
		assert_non_null(row->setting);
		assert_true(is_plain(reason_title(r, S("en"))));
		assert_true(is_plain(reason_happened(r, S("en"))));
		assert_true(is_plain(reason_remedy(r, S("en"))));
	}
}

/* How a text of the dictionary that is not there reads. */
static struct str key_of(enum reason r, const char *part)
{
	return arena_printf(arena, "reason.%s.%s", reason_word(r), part);
}

/* Its own words: none that are missing, and none that are another language's. */
static void look_at_language(enum reason r, struct str language)
{
	struct str title = reason_title(r, language);
	struct str happened = reason_happened(r, language);
	struct str remedy = reason_remedy(r, language);
	bool english = str_is(language, "en");

	assert_false(str_eq(title, key_of(r, "title")));
	assert_true(is_sentence(happened));
	assert_true(is_sentence(remedy));
	assert_int_equal(str_eq(title, reason_title(r, S("en"))), english);
	assert_int_equal(str_eq(happened, reason_happened(r, S("en"))), english);
	assert_int_equal(str_eq(remedy, reason_remedy(r, S("en"))), english);
}

static void every_reason_has_every_language(void **state)
{
	(void)state;
	for (enum reason r = REASON_NONE + 1; r < REASONS; r++) {
		struct str languages = text_languages();
		struct str language;

		while (str_split(&languages, ' ', &language))
			look_at_language(r, language);
	}
}

/* What is between backquotes, in alphabetical order: names are the same everywhere. */
static struct str names_of(struct str text)
{
	struct str names[16];
	struct buf b = buf_new(arena, 256);
	struct str part;
	size_t count = 0;

	for (size_t i = 0; str_split(&text, '`', &part); i++) {
		size_t at = count;

		if (i % 2 == 0)
			continue;
		assert_true(count < 16);
		for (; at > 0 && str_cmp(names[at - 1], part) > 0; at--)
			names[at] = names[at - 1];
		names[at] = part;
		count++;
	}
	for (size_t i = 0; i < count; i++)
		buf_addf(&b, STR_FMT "\n", STR_ARG(names[i]));
	return buf_str(&b);
}

static void names_are_not_translated(void **state)
{
	(void)state;
	for (enum reason r = REASON_NONE + 1; r < REASONS; r++) {
		struct str languages = text_languages();
		struct str happened = names_of(reason_happened(r, S("en")));
		struct str remedy = names_of(reason_remedy(r, S("en")));
		struct str language;

		while (str_split(&languages, ' ', &language)) {
			assert_str(names_of(reason_happened(r, language)), happened.p);
			assert_str(names_of(reason_remedy(r, language)), remedy.p);
		}
	}
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
		struct str setting = str_from(reason_row(r)->setting);
		struct str languages = text_languages();
		struct str language;

		while (str_split(&languages, ' ', &language))
			assert_true(str_find(reason_remedy(r, language), setting) >= 0);
	}
}

static struct str page_of(enum reason r)
{
	const struct reason_row *row = reason_row(r);
	struct str title = reason_title(r, S("en"));
	struct str happened = reason_happened(r, S("en"));
	struct str remedy = reason_remedy(r, S("en"));
	struct buf b = buf_new(arena, 2048);

	buf_addf(&b, "# %s\n\n" STR_FMT "\n\n", row->word, STR_ARG(title));
	buf_addf(&b, "Error code: `%s`\n\n", row->error);
	buf_addf(&b, "## What happened\n\n" STR_FMT "\n\n", STR_ARG(happened));
	buf_addf(&b, "## What to do\n\n" STR_FMT "\n", STR_ARG(remedy));
	if (row->setting[0] != '\0')
		buf_addf(&b, "\nSetting: `%s`\n", row->setting);
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
		struct str path =
			arena_printf(arena, "%s/docs/errors/%s.md", source, reason_word(r));

		if (getenv("TACIT_WRITE_DOCS") != NULL)
			write_page(path.p, page_of(r));
		assert_str(read_page(path.p), page_of(r).p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_has_its_row),
		cmocka_unit_test(every_reason_has_every_language),
		cmocka_unit_test(names_are_not_translated),
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
