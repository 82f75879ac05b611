/* SPDX-License-Identifier: Apache-2.0 */
#include "store/document.h"
#include "store/factor.h"
#include "tenant/account_settings.h"
#include "tenant/base32.h"
#include "tenant/document_secret.h"
#include "tenant/settings.h"
#include "tenant/tenant_file.h"
#include "tenant/user_fields.h"
#include "tenant/yaml_value.h"
#include "json/json_writer.h"

enum { USERS_AT_ONCE = 500 };

struct export
{
	struct db_conn *conn;
	const struct seal *seal;
	struct arena *arena;
	bool secrets;
	struct json_writer writer;
};

static const char settings_parts[] = "guardianPolicies guardianFactors attackProtection "
				     "customDomains prompts databases emailProvider";

static enum err write_settings(struct export *x)
{
	struct document row;
	const struct json *body;
	enum err e = document_find(x->conn, x->arena, DOCUMENT_SETTINGS, S("tenant"), &row);

	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	e = json_parse(x->arena, row.body, &body, NULL);
	if (e)
		return e;
	json_key(&x->writer, "tenant");
	json_begin_map(&x->writer);
	json_each(child, body)
	{
		if (str_has_word(str_from(settings_parts), child->key))
			continue;
		json_key_str(&x->writer, child->key);
		json_value(&x->writer, child);
	}
	json_end_map(&x->writer);
	json_each(child, body)
	{
		if (!str_has_word(str_from(settings_parts), child->key))
			continue;
		json_key_str(&x->writer, child->key);
		if (str_is(child->key, "emailProvider"))
			json_raw(&x->writer, email_provider_without_secret(
						     x->arena, x->seal, child, x->secrets));
		else
			json_value(&x->writer, child);
	}
	return OK;
}

static enum err write_documents(struct export *x, enum document_kind kind, const char *part)
{
	struct document *rows;
	size_t count;
	enum err e = document_list(x->conn, x->arena, kind, &rows, &count);

	if (e || count == 0)
		return e;
	json_key(&x->writer, part);
	json_begin_list(&x->writer);
	for (size_t i = 0; !e && i < count; i++) {
		const struct json *body;

		e = json_parse(x->arena, rows[i].body, &body, NULL);
		if (!e)
			json_raw(&x->writer, document_without_secrets(x->arena, x->seal, kind,
						     body, x->secrets));
	}
	json_end_list(&x->writer);
	return e;
}

static enum err write_triggers(struct export *x)
{
	struct document *rows;
	size_t count;
	enum err e = document_list(x->conn, x->arena, DOCUMENT_BINDING, &rows, &count);

	if (e || count == 0)
		return e;
	json_key(&x->writer, "triggers");
	json_begin_map(&x->writer);
	for (size_t i = 0; !e && i < count; i++) {
		const struct json *body;

		e = json_parse(x->arena, rows[i].body, &body, NULL);
		if (e)
			break;
		json_key_str(&x->writer, rows[i].id);
		json_begin_list(&x->writer);
		json_each(binding, json_get(body, "bindings")) json_value(&x->writer, binding);
		json_end_list(&x->writer);
	}
	json_end_map(&x->writer);
	return e;
}

static void write_factor(struct export *x, const struct factor *factor)
{
	struct str secret;

	json_begin_map(&x->writer);
	json_put_str(&x->writer, "type", S("totp"));
	json_put_opt(&x->writer, "name", factor->name);
	if (x->secrets && !seal_open(x->seal, x->arena, SEAL_STORE, factor->sealed, &secret))
		json_put_str(&x->writer, "totp_secret", base32_encode(x->arena, secret));
	json_end_map(&x->writer);
}

static bool is_exported(const struct factor *factor)
{
	return str_is(factor->type, "totp") && factor->confirmed;
}

static enum err write_user(struct export *x, const struct user *user)
{
	struct factor *factors;
	size_t count;
	bool any = false;
	enum err e = factor_list(x->conn, x->arena, user->user_id, &factors, &count);

	if (e)
		return e;
	user_fields_write(x->arena, user, x->secrets, &x->writer);
	for (size_t i = 0; i < count; i++) {
		if (!is_exported(&factors[i]))
			continue;
		if (!any) {
			json_key(&x->writer, "authentication_methods");
			json_begin_list(&x->writer);
		}
		any = true;
		write_factor(x, &factors[i]);
	}
	if (any)
		json_end_list(&x->writer);
	json_end_map(&x->writer);
	return OK;
}

static enum err write_users(struct export *x)
{
	struct str after = { 0 };
	struct user *users;
	size_t count = 0;
	bool any = false;
	enum err e;

	do {
		e = user_list(x->conn, x->arena, after, USERS_AT_ONCE, &users, &count);
		if (!e && count && !any) {
			json_key(&x->writer, "users");
			json_begin_list(&x->writer);
			any = true;
		}
		for (size_t i = 0; !e && i < count; i++) {
			e = write_user(x, &users[i]);
			after = users[i].user_id;
		}
	} while (!e && count == USERS_AT_ONCE);
	if (any)
		json_end_list(&x->writer);
	return e;
}

enum err tenant_file_export(struct db_conn *conn, const struct seal *seal, struct arena *a,
	bool secrets, struct str *ret)
{
	struct buf b = buf_new(a, 64 * 1024);
	struct export x = { conn, seal, a, secrets, json_writer_on(&b) };
	const struct json *tree;
	enum err e;

	json_begin_map(&x.writer);
	e = write_settings(&x);
	if (!e)
		e = write_documents(&x, DOCUMENT_CLIENT, "clients");
	if (!e)
		e = write_documents(&x, DOCUMENT_RESOURCE_SERVER, "resourceServers");
	if (!e)
		e = write_documents(&x, DOCUMENT_CLIENT_GRANT, "clientGrants");
	if (!e)
		e = write_documents(&x, DOCUMENT_ACTION, "actions");
	if (!e)
		e = write_triggers(&x);
	if (!e)
		e = write_users(&x);
	json_end_map(&x.writer);
	if (!e)
		e = json_parse(a, buf_str(&b), &tree, NULL);
	if (!e)
		*ret = yaml_write(a, tree);
	return e;
}
