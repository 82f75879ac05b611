/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/queue.h"

#include "base/random.h"
#include "json/json_writer.h"

enum { ADDRESS_MAX = 254, MAIL_ID_BYTES = 16 };

bool notify_is_address(struct str s)
{
	ptrdiff_t at = str_index(s, '@');

	if (s.n > ADDRESS_MAX || at <= 0 || (size_t)at + 1 >= s.n ||
		str_index(str_after(s, (size_t)at + 1), '@') >= 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c <= ' ' || c > '~' || c == '<' || c == '>' || c == '"' || c == ',' ||
			c == ';' || c == ':' || c == '(' || c == ')' || c == '[' || c == ']' ||
			c == '\\')
			return false;
	}
	return true;
}

bool notify_can_send(const struct provider *p, const struct tenant *t)
{
	return p->mail_sink != NULL || t->settings.email.host.n > 0;
}

enum err notify_queue(struct db_conn *conn, const struct tenant *t, struct arena *a,
	const struct notify_message *m, int64_t now)
{
	struct buf b = buf_new(a, m->text.n + m->html.n + 512);
	struct json_writer w = json_writer_on(&b);
	struct mail row = {
		.mail_id = random_token(a, MAIL_ID_BYTES),
		.next_at = now,
		.created_at = now,
		.expires_at = m->expires_at,
	};

	if (!notify_is_address(m->to))
		return ERR_INVALID;
	json_begin_map(&w);
	json_put_str(&w, "to", m->to);
	json_put_str(&w, "subject", m->subject);
	json_put_str(&w, "text", m->text);
	json_put_str(&w, "html", m->html);
	json_end_map(&w);
	row.sealed = seal_close(t->seal, a, SEAL_STORE, buf_str(&b));
	return mail_insert(conn, &row);
}

enum err queue_open(const struct tenant *t, struct arena *a, const struct mail *row,
	struct notify_message *ret)
{
	const struct json *body;
	struct str plain;

	if (seal_open(t->seal, a, SEAL_STORE, row->sealed, &plain) != OK ||
		json_parse(a, plain, &body, NULL) != OK)
		return ERR_INVALID;
	*ret = (struct notify_message){
		.to = json_get_str(body, "to"),
		.subject = json_get_str(body, "subject"),
		.text = json_get_str(body, "text"),
		.html = json_get_str(body, "html"),
		.expires_at = row->expires_at,
	};
	return OK;
}
