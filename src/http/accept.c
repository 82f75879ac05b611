/* SPDX-License-Identifier: Apache-2.0 */
#include "http/accept.h"

#include "base/buf.h"
#include "http/request.h"

enum { LANGUAGES_MAX = 16, LANGUAGE_LENGTH_MAX = 35 };

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ). What is broken weighs nothing.
 */
static int weight_of(struct str q)
{
	int64_t whole;
	int64_t part = 0;
	struct str digits = str_after(q, 2);

	if (!str_digits(str_first(q, 1), 1, &whole) || digits.n > 3)
		return 0;
	if (q.n > 1 && q.p[1] != '.')
		return 0;
	if (digits.n > 0 && !str_digits(digits, 999, &part))
		return 0;
	for (size_t i = digits.n; i < 3; i++)
		part *= 10;
	if (whole == 1 && part > 0)
		return 0;
	return (int)(whole * ACCEPT_WEIGHT_MAX + part);
}

static struct accept_item parse_item(struct str text)
{
	struct accept_item item = { .weight = ACCEPT_WEIGHT_MAX };
	struct str part;
	struct str name = { 0 };

	str_split(&text, ';', &name);
	item.name = str_trim(name);
	while (str_split(&text, ';', &part)) {
		part = str_trim(part);
		if (str_eq_nocase(str_first(part, 2), S("q=")))
			item.weight = weight_of(str_after(part, 2));
	}
	return item;
}

bool accept_next(struct str *rest, struct accept_item *ret)
{
	struct str text;

	while (str_split(rest, ',', &text)) {
		struct accept_item item = parse_item(text);

		if (item.name.n == 0)
			continue;
		*ret = item;
		return true;
	}
	return false;
}

bool http_accepts_json(const struct http_request *rq)
{
	struct str rest = http_header(rq, "Accept");
	struct accept_item item;
	int json = 0;
	int html = 0;
	bool json_first = false;

	while (accept_next(&rest, &item)) {
		if (json == 0 && str_eq_nocase(item.name, S("application/json"))) {
			json = item.weight;
			json_first = html == 0;
		}
		if (html == 0 && str_eq_nocase(item.name, S("text/html")))
			html = item.weight;
	}
	return json > html || (json == html && json > 0 && json_first);
}

static bool is_language_tag(struct str tag)
{
	if (tag.n == 0 || tag.n > LANGUAGE_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < tag.n; i++) {
		char c = tag.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return true;
}

/* Puts the item behind those that weigh as much or more; the lightest falls off the end. */
static size_t insert(struct accept_item *list, size_t count, struct accept_item item)
{
	size_t at = count;

	while (at > 0 && list[at - 1].weight < item.weight)
		at--;
	if (at == LANGUAGES_MAX)
		return count;
	if (count == LANGUAGES_MAX)
		count--;
	for (size_t i = count; i > at; i--)
		list[i] = list[i - 1];
	list[at] = item;
	return count + 1;
}

struct str http_languages(const struct http_request *rq)
{
	struct str rest = http_header(rq, "Accept-Language");
	struct accept_item list[LANGUAGES_MAX];
	struct accept_item item;
	size_t count = 0;
	struct buf b;

	while (accept_next(&rest, &item)) {
		if (item.weight > 0 && is_language_tag(item.name))
			count = insert(list, count, item);
	}
	if (count == 0)
		return (struct str){ 0 };
	b = buf_new(rq->arena, count * 8);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		buf_add(&b, list[i].name);
	}
	return buf_str(&b);
}
