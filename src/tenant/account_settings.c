/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/account_settings.h"

#include "crypto/digest.h"
#include "tenant/document_secret.h"
#include "tenant/settings.h"
#include "json/json_writer.h"

enum {
	PORT_MOST = 65535,
	PORT_SUBMISSION = 587,        /* RFC 6409 */
	PORT_SUBMISSION_BY_TLS = 465, /* RFC 8314 */
	PASSWORD_LEAST_MOST = 128,
};

static const struct json *first_database(const struct json *list)
{
	json_each(item, list)
	{
		struct str strategy = json_get_str(item, "strategy");

		if (strategy.n == 0 || str_is(strategy, "auth0"))
			return item;
	}
	return NULL;
}

/* Of Auth0's two spellings the older one, or the newer. */
static const struct json *least_of(const struct json *options)
{
	const struct json *least =
		field_find(options, "password_complexity_options.min_length");

	return least ? least : field_find(options, "password_options.complexity.min_length");
}

enum err account_read_databases(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct settings *s = into;
	const struct json *item, *options, *least;

	if (value->type != JSON_LIST)
		return field_refuse(a, ret_why, "databases", "must be a list of databases");
	item = first_database(value);
	if (!item)
		return OK;
	options = json_get(item, "options");
	least = least_of(options);
	if (least && (least->type != JSON_INT || least->integer < 1 ||
			     least->integer > PASSWORD_LEAST_MOST))
		return field_refuse(a, ret_why,
			"databases.options.password_complexity_options.min_length",
			"must be a whole number from 1 to %d", PASSWORD_LEAST_MOST);
	s->database = arena_str(a, json_get_str(item, "name"));
	s->sign_up = !json_get_bool(options, "disable_signup", false);
	if (least)
		s->password_least = least->integer;
	return OK;
}

/* What may stand in an SMTP command and a header: an address, not a name with one. */
static bool is_address(struct str s)
{
	ptrdiff_t at = str_index(s, '@');

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || s.p[i] == '<' ||
			s.p[i] == '>' || s.p[i] == ',')
			return false;
	return at > 0 && (size_t)at + 1 < s.n;
}

static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '.' || c == '-'))
			return false;
	}
	return s.n > 0;
}

static enum err read_tls(struct arena *a, const struct json *credentials,
	struct email_settings *e, struct str *ret_why)
{
	struct str tls = json_get_str(credentials, "smtp_tls");

	e->tls = e->port == PORT_SUBMISSION_BY_TLS ? EMAIL_TLS : EMAIL_STARTTLS;
	if (str_is(tls, "none"))
		e->tls = EMAIL_PLAIN;
	else if (str_is(tls, "starttls"))
		e->tls = EMAIL_STARTTLS;
	else if (str_is(tls, "tls"))
		e->tls = EMAIL_TLS;
	else if (tls.n > 0)
		return field_refuse(a, ret_why, "emailProvider.credentials.smtp_tls",
			"must be starttls, tls or none");
	return OK;
}

enum err account_read_email_provider(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct settings *s = into;
	const struct json *credentials = json_get(value, "credentials");
	struct email_settings e = {
		.from = arena_str(a, json_get_str(value, "default_from_address")),
		.host = arena_str(a, json_get_str(credentials, "smtp_host")),
		.port = json_get_int(credentials, "smtp_port", PORT_SUBMISSION),
		.user = arena_str(a, json_get_str(credentials, "smtp_user")),
		.password_sealed = arena_str(a, json_get_str(credentials, "smtp_pass_sealed")),
	};

	if (value->type != JSON_MAP)
		return field_refuse(a, ret_why, "emailProvider", "must be a map");
	if (e.from.n > 0 && !is_address(e.from))
		return field_refuse(a, ret_why, "emailProvider.default_from_address",
			"must be an e-mail address");
	s->email.from = e.from;
	if (!str_is(json_get_str(value, "name"), "smtp") ||
		!json_get_bool(value, "enabled", true))
		return OK;
	if (!is_host(e.host))
		return field_refuse(a, ret_why, "emailProvider.credentials.smtp_host",
			"must be a host name");
	if (e.port < 1 || e.port > PORT_MOST)
		return field_refuse(a, ret_why, "emailProvider.credentials.smtp_port",
			"must be from 1 to %d", PORT_MOST);
	if (e.from.n == 0)
		return field_refuse(a, ret_why, "emailProvider.default_from_address",
			"must be given: it is whom the mail is from");
	if (read_tls(a, credentials, &e, ret_why) != OK)
		return ERR_INVALID;
	s->email = e;
	return OK;
}

/* All members but the password in either form; the map is left open. */
static void begin_credentials(struct json_writer *w, const struct json *credentials)
{
	json_begin_map(w);
	json_each(child, credentials)
	{
		if (str_is(child->key, "smtp_pass") || str_is(child->key, "smtp_pass_sealed"))
			continue;
		json_key_str(w, child->key);
		json_value(w, child);
	}
}

static void begin_part(struct json_writer *w, const struct json *part)
{
	json_begin_map(w);
	json_each(child, part)
	{
		if (str_is(child->key, "credentials"))
			continue;
		json_key_str(w, child->key);
		json_value(w, child);
	}
	json_key(w, "credentials");
}

static struct str sealed_password(struct arena *a, const struct seal *seal,
	const struct json *credentials, const struct json *before)
{
	struct str plain = json_get_str(credentials, "smtp_pass");
	struct str sealed = json_get_str(credentials, "smtp_pass_sealed");
	struct str old = document_open(a, seal, before, "smtp_pass_sealed");

	if (sealed.n > 0)
		return sealed;
	if (plain.n == 0 || (old.n > 0 && equal_in_constant_time(old, plain)))
		return json_get_str(before, "smtp_pass_sealed");
	return seal_close(seal, a, SEAL_STORE, plain);
}

struct str email_provider_with_secret(struct arena *a, const struct seal *seal,
	const struct json *part, const struct json *before)
{
	const struct json *credentials = json_get(part, "credentials");
	struct buf b = buf_new(a, 512);
	struct json_writer w = json_writer_on(&b);

	begin_part(&w, part);
	begin_credentials(&w, credentials);
	json_put_opt(&w, "smtp_pass_sealed",
		sealed_password(a, seal, credentials, json_get(before, "credentials")));
	json_end_map(&w);
	json_end_map(&w);
	return buf_str(&b);
}

struct str email_provider_without_secret(
	struct arena *a, const struct seal *seal, const struct json *part, bool show)
{
	const struct json *credentials = json_get(part, "credentials");
	struct buf b = buf_new(a, 512);
	struct json_writer w = json_writer_on(&b);

	begin_part(&w, part);
	begin_credentials(&w, credentials);
	if (show)
		json_put_opt(&w, "smtp_pass",
			document_open(a, seal, credentials, "smtp_pass_sealed"));
	json_end_map(&w);
	json_end_map(&w);
	return buf_str(&b);
}
