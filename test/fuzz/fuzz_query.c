/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters: written out again and read again, they are the same parameters. */
#include "base/buf.h"
#include "base/url.h"
#include "fuzz.h"
#include "http/params.h"

static bool comes_again(const struct params *params, size_t i)
{
	for (size_t j = i + 1; j < params->count; j++) {
		if (str_eq(params->list[j].name, params->list[i].name))
			return true;
	}
	return false;
}

static bool is_first(const struct params *params, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (str_eq(params->list[j].name, params->list[i].name))
			return false;
	}
	return true;
}

static void check(const struct params *params, size_t i)
{
	const struct param *p = &params->list[i];

	assert(p->name.n > 0 && str_is_utf8(p->name) && p->name.p[p->name.n] == '\0');
	assert(p->malformed == (p->value.n == 0));
	assert(p->malformed || (str_is_utf8(p->value) && p->value.p[p->value.n] == '\0'));
	assert(p->repeated == (is_first(params, i) && comes_again(params, i)));
}

static struct str written(struct arena *a, const struct params *params)
{
	struct buf b = buf_new(a, 256);

	for (size_t i = 0; i < params->count; i++) {
		const struct param *p = &params->list[i];

		url_encode_add(&b, p->name);
		buf_addc(&b, '=');
		url_encode_add(&b, p->malformed ? S("\xff") : p->value);
		buf_addc(&b, '&');
	}
	return buf_str(&b);
}

static void fuzz_input(struct arena *a, struct str text)
{
	struct params params = params_read(a, text);
	struct params again;

	assert(params.count <= PARAMS_MAX);
	assert(!params.too_many || params.count == PARAMS_MAX);
	for (size_t i = 0; i < params.count; i++)
		check(&params, i);
	again = params_read(a, written(a, &params));
	assert(again.count == params.count && !again.too_many && !again.malformed_name);
	for (size_t i = 0; i < params.count; i++) {
		assert(str_eq(again.list[i].name, params.list[i].name));
		assert(str_eq(again.list[i].value, params.list[i].value));
		assert(again.list[i].malformed == params.list[i].malformed);
		assert(again.list[i].repeated == params.list[i].repeated);
	}
}
