/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_request.h"

#include <stddef.h>

#include "base/url.h"

#define FIELD(name)                                                      \
	{                                                                \
		STR_LIT(#name), offsetof(struct authorize_request, name) \
	}
#define FIELD_AS(word, at)                                            \
	{                                                             \
		STR_LIT(word), offsetof(struct authorize_request, at) \
	}

static const struct {
	struct str name;
	size_t offset;
} fields[] = {
	FIELD(client_id),
	FIELD(redirect_uri),
	FIELD_AS("response_type", response_type_text),
	FIELD_AS("response_mode", response_mode_text),
	FIELD(scope),
	FIELD(audience),
	FIELD(resource),
	FIELD(state),
	FIELD(nonce),
	FIELD_AS("prompt", prompt_text),
	FIELD_AS("max_age", max_age_text),
	FIELD(login_hint),
	FIELD(id_token_hint),
	FIELD(acr_values),
	FIELD(ui_locales),
	FIELD(code_challenge),
	FIELD(code_challenge_method),
	FIELD(claims),
	FIELD(dpop_jkt),
	FIELD(web_message_uri),
	FIELD(web_message_target),
	FIELD(screen_hint),
	FIELD(request),
	FIELD(request_uri),
	FIELD(registration),
};

struct word {
	struct str word;
	unsigned bit;
};

static const struct word response_types[] = {
	{ STR_LIT("code"), RESPONSE_CODE },
	{ STR_LIT("token"), RESPONSE_TOKEN },
	{ STR_LIT("id_token"), RESPONSE_ID_TOKEN },
};

static const struct word prompts[] = {
	{ STR_LIT("none"), PROMPT_NONE },
	{ STR_LIT("login"), PROMPT_LOGIN },
	{ STR_LIT("select_account"), PROMPT_SELECT_ACCOUNT },
	{ STR_LIT("consent"), PROMPT_CONSENT },
	{ STR_LIT("create"), PROMPT_CREATE },
};

static const struct {
	struct str word;
	enum response_mode_kind mode;
} modes[] = {
	{ STR_LIT("query"), MODE_QUERY },
	{ STR_LIT("fragment"), MODE_FRAGMENT },
	{ STR_LIT("form_post"), MODE_FORM_POST },
	{ STR_LIT("web_message"), MODE_WEB_MESSAGE },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void fill(struct authorize_request *ar, const struct param *param)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		struct str *field = (struct str *)(void *)((char *)ar + fields[i].offset);

		if (!str_eq(fields[i].name, param->name))
			continue;
		if (field->n == 0)
			*field = param->value;
		return;
	}
}

static unsigned word_bit(const struct word *words, size_t count, struct str word)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(words[i].word, word))
			return words[i].bit;
	return 0;
}

/* The words of a space-separated set as bits; false when one is unknown or comes twice. */
static bool read_set(const struct word *words, size_t count, struct str text, unsigned *ret)
{
	struct str word;
	unsigned bits = 0;

	while (str_split(&text, ' ', &word)) {
		unsigned bit = word_bit(words, count, word);

		if (word.n == 0)
			continue;
		if (bit == 0 || (bits & bit))
			return false;
		bits |= bit;
	}
	*ret = bits;
	return true;
}

static int64_t read_max_age(struct str text)
{
	int64_t seconds;

	if (text.n == 0)
		return MAX_AGE_ABSENT;
	/* A hundred years is as good as no limit, and larger numbers must not overflow. */
	if (!str_digits(text, 3155760000, &seconds))
		return MAX_AGE_MALFORMED;
	return seconds;
}

static void read_mode(struct authorize_request *ar)
{
	unsigned front_channel = RESPONSE_TOKEN | RESPONSE_ID_TOKEN;

	/* Also when the type as a whole is not understood: a token may have been meant. */
	if (ar->response_type & front_channel ||
		str_has_word(ar->response_type_text, S("token")) ||
		str_has_word(ar->response_type_text, S("id_token")))
		ar->mode = MODE_FRAGMENT;
	ar->mode_known = ar->response_mode_text.n == 0;
	for (size_t i = 0; i < COUNT(modes); i++) {
		if (!str_eq(modes[i].word, ar->response_mode_text))
			continue;
		ar->mode_known = true;
		/* Tokens never travel in a query (OAuth 2.0 Multiple Response Types, 3). */
		if (modes[i].mode == MODE_QUERY && ar->mode == MODE_FRAGMENT)
			ar->mode_known = false;
		else
			ar->mode = modes[i].mode;
	}
}

static struct str origin_of(struct arena *a, struct str uri)
{
	struct url url;

	if (url_parse(uri, &url) != OK)
		return S("");
	return url_origin(a, &url);
}

struct authorize_request authorize_request_read(struct arena *a, struct str text)
{
	struct authorize_request ar = { .text = text, .params = params_read(a, text) };

	for (size_t i = 0; i < ar.params.count; i++)
		fill(&ar, &ar.params.list[i]);
	if (!read_set(response_types, COUNT(response_types), ar.response_type_text,
		    &ar.response_type))
		ar.response_type = 0;
	ar.prompt_known = read_set(prompts, COUNT(prompts), ar.prompt_text, &ar.prompt);
	/* "none" next to a foreign word is still a request that may show nothing. */
	if (!ar.prompt_known && str_has_word(ar.prompt_text, S("none")))
		ar.prompt = PROMPT_NONE;
	ar.max_age = read_max_age(ar.max_age_text);
	read_mode(&ar);
	if (ar.redirect_uri.n > 0)
		ar.redirect_origin = origin_of(a, ar.redirect_uri);
	return ar;
}

const char *response_type_name(unsigned response_type)
{
	static const char *const names[] = {
		"",
		"code",
		"token",
		"code token",
		"id_token",
		"code id_token",
		"id_token token",
		"code id_token token",
	};

	return response_type < COUNT(names) ? names[response_type] : "";
}
