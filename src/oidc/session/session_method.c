/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/session/session_method.h"

#include "base/buf.h"

static const struct str names = STR_LIT("\"name\":\"");
static const struct str types = STR_LIT("\"type\":\"");
static const struct str timestamps = STR_LIT("\"timestamp\":");

/* Where RFC 8176 has another word than the session; "" for none. */
static const struct {
	const char *method;
	struct str word;
} words[] = {
	{ "passkey", STR_LIT("pop") },
	{ "webauthn-roaming", STR_LIT("pop") },
	{ "recovery-code", STR_LIT("") },
};

static struct str amr_of(struct str method)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_is(method, words[i].method))
			return words[i].word;
	}
	return method;
}

static void add_word(struct buf *out, struct str word)
{
	if (word.n == 0 || str_has_word(buf_str(out), word))
		return;
	if (out->n > 0)
		buf_addc(out, ' ');
	buf_add(out, word);
}

/* Takes the next value behind `mark` out of *rest. They hold no quotes and no escapes. */
static bool next_value(struct str *rest, struct str mark, struct str *ret)
{
	ptrdiff_t at = str_find(*rest, mark);
	ptrdiff_t end;

	if (at < 0)
		return false;
	*rest = str_after(*rest, (size_t)at + mark.n);
	end = str_index(*rest, '"');
	if (end < 0)
		return false;
	*ret = str_first(*rest, (size_t)end);
	*rest = str_after(*rest, (size_t)end);
	return true;
}

static int64_t timestamp_in(struct str method)
{
	ptrdiff_t at = str_find(method, timestamps);
	struct str digits = at < 0 ? S("") : str_after(method, (size_t)at + timestamps.n);
	size_t n = 0;
	int64_t value = 0;

	while (n < digits.n && digits.p[n] >= '0' && digits.p[n] <= '9')
		n++;
	return str_digits(str_first(digits, n), INT64_MAX, &value) ? value : 0;
}

bool session_method_next(struct str *methods, struct session_method *ret)
{
	struct str one;
	ptrdiff_t end;

	*ret = (struct session_method){ 0 };
	if (!next_value(methods, names, &ret->name))
		return false;
	end = str_find(*methods, names);
	one = end < 0 ? *methods : str_first(*methods, (size_t)end);
	ret->timestamp_ms = timestamp_in(one);
	(void)next_value(&one, types, &ret->type);
	return true;
}

bool session_has_method(struct str methods, struct str name)
{
	struct str found;

	while (next_value(&methods, names, &found))
		if (str_eq(found, name))
			return true;
	return false;
}

struct str session_method_names(struct arena *a, struct str methods)
{
	struct buf out = buf_new(a, 32);
	struct str name;

	for (struct str rest = methods; next_value(&rest, names, &name);)
		add_word(&out, amr_of(name));
	for (struct str rest = methods; next_value(&rest, types, &name);)
		add_word(&out, amr_of(name));
	return buf_str(&out);
}
