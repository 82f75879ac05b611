/* SPDX-License-Identifier: Apache-2.0 */
#include "login/account_mail.h"

#include "base/random.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "login/factor/factor.h"

enum {
	SECRET_BYTES = 32,
	SECRET_MAX = 64,
	MINUTE = 60,
	HOUR = 3600,
	RESET_SECONDS = HOUR,
	VERIFY_SECONDS = 24 * HOUR,
	LETTERS_PER_HOUR = 5, /* to one address, whoever asks */
};

static const struct {
	const char *subject;
	const char *body;
	const char *button;
	const char *validity;
	int64_t lifetime;
} letters[LETTERS] = {
	[LETTER_VERIFY] = { "mail.verify.subject", "mail.verify.body", "mail.verify.button",
		"mail.validity", VERIFY_SECONDS },
	[LETTER_SIGN_UP] = { "mail.sign_up.subject", "mail.sign_up.body", "mail.sign_up.button",
		"mail.validity", VERIFY_SECONDS },
	[LETTER_EXISTS] = { "mail.exists.subject", "mail.exists.body", "mail.exists.button",
		"mail.validity", RESET_SECONDS },
	[LETTER_RESET] = { "mail.reset.subject", "mail.reset.body", "mail.reset.button",
		"mail.validity", RESET_SECONDS },
	[LETTER_CHANGED] = { "mail.changed.subject", "mail.changed.body", NULL, NULL,
		VERIFY_SECONDS },
	[LETTER_FACTORS] = { "mail.factors.subject", "mail.factors.body", NULL, NULL,
		VERIFY_SECONDS },
	[LETTER_CODE] = { "mail.code.subject", "mail.code.body", NULL, "mail.code.validity",
		EMAIL_CODE_SECONDS },
};

static struct str site_name(const struct flow *f)
{
	struct str name = f->tenant->settings.friendly_name;

	return name.n > 0 ? name : f->tenant->issuers[0].host;
}

/* A text with its placeholders filled: plain, since it goes into plain text, and into a
 * template that escapes. */
static struct str fill(const struct account_mail *m, const char *key)
{
	struct str text = page_text(m->flow->locale, key);
	struct buf b = buf_new(m->flow->rq->arena, text.n + 128);

	while (text.n > 0) {
		ptrdiff_t open = str_index(text, '{');
		ptrdiff_t close = str_index(text, '}');
		struct str name;

		if (open < 0 || close < open)
			break;
		name = str_first(str_after(text, (size_t)open + 1), (size_t)(close - open - 1));
		buf_add(&b, str_first(text, (size_t)open));
		if (str_is(name, "site"))
			buf_add(&b, site_name(m->flow));
		else if (str_is(name, "email"))
			buf_add(&b, m->to);
		else
			buf_addf(&b, "%lld",
				(long long)(letters[m->letter].lifetime /
					    (str_is(name, "hours") ? HOUR : MINUTE)));
		text = str_after(text, (size_t)close + 1);
	}
	buf_add(&b, text);
	return buf_str(&b);
}

/* Not the issuer that the request came to: its Host header is the sender's choice. */
static struct str link_of(const struct account_mail *m, struct str secret)
{
	const struct flow *f = m->flow;
	struct buf b = buf_new(f->rq->arena, 256);

	buf_addf(&b, STR_FMT "u/%s?ticket=" STR_FMT "&ui_locales=" STR_FMT,
		STR_ARG(f->tenant->issuers[0].url), m->page, STR_ARG(secret),
		STR_ARG(f->locale));
	/* On from there, when it is opened in the browser that asked. */
	if (f->id.n > 0)
		buf_addf(&b, "&state=" STR_FMT, STR_ARG(url_encode(f->rq->arena, f->id)));
	return buf_str(&b);
}

static void write_letter(struct account_mail *m, struct str link)
{
	const struct flow *f = m->flow;
	const char *limit = letters[m->letter].validity;
	struct str body = fill(m, letters[m->letter].body);
	struct str validity = limit ? fill(m, limit) : S("");
	struct str key = link.n > 0 ? link : m->code;
	struct page p = { .template = "mail", .locale = f->locale };

	page_set(&p, "locale", f->locale);
	page_set(&p, "site", site_name(f));
	page_set(&p, "body", body);
	page_set(&p, "link", link);
	page_set(&p, "code", m->code);
	page_set(&p, "validity", validity);
	if (link.n > 0)
		page_set(&p, "button", fill(m, letters[m->letter].button));
	m->message = (struct notify_message){
		.to = m->to,
		.subject = fill(m, letters[m->letter].subject),
		.text = arena_printf(f->rq->arena,
			STR_FMT "\r\n\r\n" STR_FMT "%s" STR_FMT "%s" STR_FMT "\r\n",
			STR_ARG(body), STR_ARG(key), key.n > 0 ? "\r\n\r\n" : "",
			STR_ARG(validity), limit ? "\r\n\r\n" : "", STR_ARG(site_name(f))),
		.html = page_html(&p, f->rq->arena),
		.expires_at = m->live ? f->rq->now + letters[m->letter].lifetime : f->rq->now,
	};
}

void account_mail_prepare(struct account_mail *m)
{
	const struct http_request *rq = m->flow->rq;
	struct str secret = random_token(rq->arena, SECRET_BYTES);

	if (!notify_is_address(m->to)) {
		m->to = S("nobody@example.invalid");
		m->live = false;
	}
	m->ticket.key = sha256(rq->arena, secret);
	m->ticket.kind = m->live && m->kind ? str_from(m->kind) : S("none");
	m->ticket.email = m->to;
	m->ticket.created_at = rq->now;
	m->ticket.expires_at = m->live ? rq->now + letters[m->letter].lifetime : rq->now;
	if (!m->live)
		m->ticket.user_id = S("");
	write_letter(m, m->kind ? link_of(m, secret) : S(""));
}

enum err account_mail_write(struct db_conn *conn, const struct account_mail *m)
{
	const struct flow *f = m->flow;
	enum err err = m->kind ? ticket_insert(conn, &m->ticket) : OK;

	if (err != OK)
		return err;
	return notify_queue(conn, f->tenant, f->rq->arena, &m->message, f->rq->now);
}

enum err account_mail_write_all(struct db_conn *conn, void *mail)
{
	return account_mail_write(conn, mail);
}

enum err account_mail_is_flooded(const struct flow *f, struct str email, bool *ret)
{
	int64_t count = 0;
	enum err err = ticket_count(db_reader(f->tenant->db), email, f->rq->now - HOUR, &count);

	if (err == OK)
		*ret = f->op->limits && count >= LETTERS_PER_HOUR;
	return err;
}

struct str account_ticket_secret(const struct flow *f)
{
	struct str secret = params_get(&f->form, "ticket");

	if (secret.n == 0)
		secret = params_get(&f->query, "ticket");
	return secret.n <= SECRET_MAX ? secret : (struct str){ 0 };
}

enum err account_ticket_find(const struct flow *f, const char *kind, struct ticket *ret)
{
	struct str secret = account_ticket_secret(f);
	struct ticket ticket;
	enum err err;

	if (secret.n == 0)
		return ERR_NOT_FOUND;
	err = ticket_find(db_reader(f->tenant->db), f->rq->arena, sha256(f->rq->arena, secret),
		f->rq->now, &ticket);
	if (err != OK)
		return err;
	if (!str_is(ticket.kind, kind))
		return ERR_NOT_FOUND;
	*ret = ticket;
	return OK;
}
