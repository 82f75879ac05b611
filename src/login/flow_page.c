/* SPDX-License-Identifier: Apache-2.0 */

/* What all pages show, and what they keep in the interaction. */

#include "brand/brand.h"
#include "login/flow.h"
#include "json/json_writer.h"

/* Relative to the page itself; a chosen language stays chosen. */
static struct str action(const struct flow *f)
{
	struct str asked = params_get(&f->query, "ui_locales");

	if (f->id.n == 0)
		return S("?");
	if (asked.n == 0)
		return arena_printf(f->rq->arena, "?state=" STR_FMT, STR_ARG(f->id));
	return arena_printf(f->rq->arena, "?state=" STR_FMT "&ui_locales=" STR_FMT,
		STR_ARG(f->id), STR_ARG(f->locale));
}

/*
 * Chromium holds every redirect after a form to form-action: ours to the application, and the
 * application's own from its callback to where its pages are, which we cannot know. So the
 * scheme is named, and not the origin.
 */
static struct str form_targets(const struct flow *f)
{
	struct str origin = json_get_str(f->data, "redirect_origin");
	ptrdiff_t colon = str_index(origin, ':');

	return str_first(origin, (size_t)(colon + 1));
}

struct page flow_page(const struct flow *f, const char *template)
{
	struct page_owner owner = brand_owner(f->tenant, f->rq->arena);
	struct page p = {
		.template = template,
		.locale = f->locale,
		.form_action = form_targets(f),
	};

	page_set_owner(&p, f->rq->arena, &owner);
	page_set(&p, "demo", f->op->demo ? S("1") : S(""));
	page_set(&p, "action", action(f));
	page_set(&p, "client", json_get_str(f->data, "client_name"));
	page_set_picture(&p, f->rq->arena, "logo_uri", json_get_str(f->data, "logo_uri"));
	page_set_url(&p, "policy_uri", json_get_str(f->data, "policy_uri"));
	page_set_url(&p, "tos_uri", json_get_str(f->data, "tos_uri"));
	return p;
}

void flow_page_trouble(
	struct page *p, const struct flow *f, const char *trouble, int64_t retry_after)
{
	if (trouble) {
		page_set(p, "trouble", S("1"));
		page_set(p, trouble, S("1"));
	}
	page_set(p, "minutes",
		arena_printf(f->rq->arena, "%lld", (long long)((retry_after + 59) / 60)));
}

struct str flow_data_with_json(const struct flow *f, const char *key, struct str json)
{
	struct buf b = buf_new(f->rq->arena, f->row.data.n + json.n + 32);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_each(member, f->data)
	{
		if (str_is(member->key, key))
			continue;
		json_key_str(&w, member->key);
		json_value(&w, member);
	}
	json_put_raw(&w, key, json);
	json_end_map(&w);
	return buf_str(&b);
}

struct str flow_data_with(const struct flow *f, const char *key, struct str text)
{
	struct buf b = buf_new(f->rq->arena, text.n + 16);
	struct json_writer w = json_writer_on(&b);

	json_str(&w, text);
	return flow_data_with_json(f, key, buf_str(&b));
}

void flow_keep_locale(struct flow *f)
{
	if (params_get(&f->query, "ui_locales").n > 0)
		f->row.data = flow_data_with(f, "page_locale", f->locale);
}
