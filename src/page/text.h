/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * text: the words of the pages in each language, from web/pages/text. The table is made when
 * the program is built, and checked then: every language has every text.
 */

#include "base/str.h"

/* The languages there are: "en pt-BR es". */
struct str text_languages(void);

/* The language that a tag means here ("pt" and "pt-PT" are "pt-BR", "en-GB" is "en"), out of
 * `enabled` (space separated); empty when there is none. Static. */
struct str text_language(struct str tag, struct str enabled);

/* What the language calls itself: "English". */
struct str text_language_name(struct str language);

/* The text, or the absent string when the dictionary lacks the key. */
struct str text_find(struct str language, struct str key);
