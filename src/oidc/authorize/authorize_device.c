/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_device.h"

#include <string.h>

#include "base/base64.h"
#include "brand/brand.h"
#include "crypto/digest.h"
#include "page/error_page.h"
#include "store/device_grant.h"

typedef struct authorize_subject subject;

static const struct json *data_of(const struct interaction *i, struct arena *a)
{
	const struct json *data;

	if (i == NULL || json_parse(a, i->data, &data, NULL) != OK)
		return NULL;
	return data;
}

struct str authorize_device_of(const struct interaction *i, struct arena *a)
{
	struct str key;

	if (base64url_decode(a, json_get_str(data_of(i, a), "device"), &key) != OK)
		return S("");
	return key.n == SHA256_SIZE ? key : S("");
}

/* As the pages before chose it: login/flow.c. */
static struct str locale_of(
	const subject *s, const struct interaction *i, const struct http_request *rq)
{
	const struct json *data = data_of(i, s->arena);

	return page_locale(rq,
		arena_printf(s->arena, STR_FMT " " STR_FMT,
			STR_ARG(json_get_str(data, "page_locale")),
			STR_ARG(s->request->ui_locales)),
		str_list_words(s->arena, s->tenant->settings.enabled_locales));
}

struct answer {
	struct str device;
	struct str code;
	int64_t now;
};

static enum err write_answer(struct db_conn *conn, void *arg)
{
	const struct answer *a = arg;

	return device_grant_answer(conn, a->device, a->code, a->now);
}

static void show(const subject *s, struct str locale, const char *title, const char *sentence,
	const struct http_request *rq, struct http_response *rs)
{
	struct page_owner owner = brand_owner(s->tenant, s->arena);
	struct page p = { .template = "notice", .locale = locale };

	page_set_owner(&p, s->arena, &owner);
	page_set(&p, "title", page_text(locale, title));
	page_set(&p, "sentence", page_text(locale, sentence));
	page_set(&p, "client", s->client != NULL ? s->client->name : S(""));
	page_respond(&p, rq, rs, 200);
}

static void show_trouble(const subject *s, struct str locale, struct str title,
	struct str sentence, enum reason reason, const struct http_request *rq,
	struct http_response *rs)
{
	struct error_page page = {
		.status = 400,
		.locale = locale,
		.title = title,
		.sentence = sentence,
		.reason = str_from(reason_word(reason)),
		.why_uri = fault_uri(s->arena, s->issuer->url, reason, rq->id),
		.owner = brand_owner(s->tenant, s->arena),
	};

	rs->reason = reason_word(reason);
	page_error(&page, rq, rs);
}

static void show_over(const subject *s, struct str locale, const struct http_request *rq,
	struct http_response *rs)
{
	show_trouble(s, locale, page_text(locale, "device.over.title"),
		page_text(locale, "device.over.body"), REASON_DEVICE_EXPIRED, rq, rs);
}

static struct str code_of(const struct authorize_response *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->members[i].name, "code") == 0)
			return r->members[i].value;
	return S("");
}

enum err authorize_device_approve(const subject *s, const struct interaction *i,
	const struct authorize_response *r, const struct http_request *rq,
	struct http_response *rs)
{
	struct answer a = { s->device, code_of(r), rq->now };
	struct str locale = locale_of(s, i, rq);
	enum err err = db_write(s->tenant->db, write_answer, &a);

	if (err == ERR_NOT_FOUND) {
		show_over(s, locale, rq, rs);
		return OK;
	}
	if (err == OK)
		show(s, locale, "device.done.title", "device.done.body", rq, rs);
	return err;
}

enum err authorize_device_refuse(const subject *s, const struct interaction *i,
	const struct fault *fault, const struct http_request *rq, struct http_response *rs)
{
	struct answer a = { .device = s->device, .now = rq->now };
	struct str locale = locale_of(s, i, rq);
	enum err err = db_write(s->tenant->db, write_answer, &a);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	rs->reason = reason_word(fault->reason);
	if (fault->reason == REASON_USER_DENIED)
		show(s, locale, "device.denied.title", "device.denied.body", rq, rs);
	else
		show_trouble(s, locale, page_text(locale, "device.denied.title"),
			fault->description, fault->reason, rq, rs);
	return OK;
}
