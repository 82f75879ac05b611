/* SPDX-License-Identifier: Apache-2.0 */
#include "page/text.h"

#include "page/dictionary.h"
#include "page/page.h"

static const struct {
	struct str tag;
	struct str name;
} languages[] = {
	{ STR_LIT("en"), STR_LIT("English") },
	{ STR_LIT("pt-BR"), STR_LIT("Português") },
	{ STR_LIT("es"), STR_LIT("Español") },
};

_Static_assert(sizeof(languages) / sizeof(languages[0]) == DICTIONARY_LANGUAGES,
	"a language needs its name here");

struct str text_languages(void)
{
	return S("en pt-BR es");
}

/* "pt" of "pt-BR". */
static struct str primary(struct str tag)
{
	ptrdiff_t dash = str_index(tag, '-');

	return dash < 0 ? tag : str_first(tag, (size_t)dash);
}

static struct str pick(struct str tag, struct str enabled, bool exact)
{
	for (size_t i = 0; i < DICTIONARY_LANGUAGES; i++) {
		struct str language = languages[i].tag;
		bool same = exact ? str_eq_nocase(language, tag)
				  : str_eq_nocase(primary(language), primary(tag));

		if (same && str_has_word(enabled, language))
			return language;
	}
	return (struct str){ 0 };
}

struct str text_language(struct str tag, struct str enabled)
{
	struct str exact = pick(tag, enabled, true);

	return exact.n > 0 ? exact : pick(tag, enabled, false);
}

struct str text_language_name(struct str language)
{
	for (size_t i = 0; i < DICTIONARY_LANGUAGES; i++) {
		if (str_eq(languages[i].tag, language))
			return languages[i].name;
	}
	return language;
}

/* English when the language is unknown: a page is better than none. */
static size_t column_of(struct str language)
{
	for (size_t i = 0; i < DICTIONARY_LANGUAGES; i++) {
		if (str_is(language, dictionary_languages[i]))
			return i;
	}
	return 0;
}

struct str text_find(struct str language, struct str key)
{
	size_t low = 0;
	size_t high = sizeof(dictionary) / sizeof(dictionary[0]);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(str_from(dictionary[middle].key), key);

		if (order == 0)
			return dictionary[middle].text[column_of(language)];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (struct str){ 0 };
}

struct str page_text(struct str locale, const char *key)
{
	struct str text = text_find(locale, str_from(key));

	return text.p != NULL ? text : str_from(key);
}

static struct str first_enabled(struct str tags, struct str enabled)
{
	struct str tag;

	while (str_split(&tags, ' ', &tag)) {
		struct str language = text_language(tag, enabled);

		if (language.n > 0)
			return language;
	}
	return (struct str){ 0 };
}

struct str page_locale(const struct http_request *rq, struct str ui_locales, struct str enabled)
{
	struct str offered = enabled.n > 0 ? enabled : text_languages();
	struct str locale = first_enabled(ui_locales, offered);

	if (locale.n == 0)
		locale = first_enabled(http_languages(rq), offered);
	if (locale.n == 0)
		locale = first_enabled(offered, offered);
	return locale.n > 0 ? locale : languages[0].tag;
}
