/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/tenant_plan.h"

#include <string.h>

#include "base/random.h"
#include "tenant/client.h"
#include "tenant/document_secret.h"
#include "tenant/field.h"
#include "tenant/issuer.h"
#include "tenant/resource_server.h"
#include "tenant/site.h"
#include "json/json_writer.h"

enum { CLIENT_ID_BYTES = 24 };

const struct json *plan_parse(struct plan *p, struct str text)
{
	const struct json *body = NULL;

	return json_parse(p->arena, text, &body, NULL) ? NULL : body;
}

static void put(struct plan *p, enum document_kind kind, const struct document *d, bool remove)
{
	struct planned_document *planned = arena_new_of(p->arena, struct planned_document);

	planned->kind = kind;
	planned->document = *d;
	planned->remove = remove;
	*p->documents_end = planned;
	p->documents_end = &planned->next;
}

static bool is_planned(const struct plan *p, enum document_kind kind, struct str id)
{
	for (const struct planned_document *d = p->documents; d; d = d->next)
		if (d->kind == kind && !d->remove && str_eq(d->document.id, id))
			return true;
	return false;
}

static bool is_noted(const struct plan *p, const char *part, struct str id)
{
	for (size_t i = 0; i < p->report.count; i++)
		if (strcmp(p->report.changes[i].part, part) == 0 &&
			str_eq(p->report.changes[i].id, id))
			return true;
	return false;
}

/* Puts what differs from the store, and notes it. */
enum err plan_document(
	struct plan *p, const char *part, enum document_kind kind, struct document *d)
{
	struct document stored;
	enum err e = document_find(p->conn, p->arena, kind, d->id, &stored);

	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && str_eq(stored.name, d->name) &&
		document_same(plan_parse(p, stored.body), plan_parse(p, d->body))) {
		plan_note(p, part, d->id, CHANGE_NONE);
		return OK;
	}
	plan_note(p, part, d->id, e ? CHANGE_CREATED : CHANGE_UPDATED);
	put(p, kind, d, false);
	return OK;
}

const struct json *plan_stored(struct plan *p, enum document_kind kind, struct str id)
{
	struct document stored;

	return document_find(p->conn, p->arena, kind, id, &stored) ? NULL
								   : plan_parse(p, stored.body);
}

/* False: two documents have that name. */
static bool is_the_one(const struct document *d, struct str name, struct str *found)
{
	if (!str_eq(d->name, name))
		return true;
	if (found->n > 0 && !str_eq(*found, d->id))
		return false;
	*found = d->id;
	return true;
}

/*
 * The file may know a client by its name only: the Deploy CLI's exports name the client of a
 * grant so, and clients too unless they are asked for identifiers. Empty: none has that name,
 * or more than one.
 */
static struct str client_id_by_name(struct plan *p, struct str name)
{
	struct str found = { 0 };
	struct document *rows;
	size_t count;

	if (name.n == 0 || document_list(p->conn, p->arena, DOCUMENT_CLIENT, &rows, &count))
		return found;
	for (const struct planned_document *d = p->documents; d; d = d->next)
		if (d->kind == DOCUMENT_CLIENT && !d->remove &&
			!is_the_one(&d->document, name, &found))
			return (struct str){ 0 };
	for (size_t i = 0; i < count; i++)
		if (!is_the_one(&rows[i], name, &found))
			return (struct str){ 0 };
	return found;
}

static const struct json *with_client_id(
	struct plan *p, const struct json *item, struct str client_id)
{
	struct json *map = arena_new_of(p->arena, struct json);
	struct json *id = arena_new_of(p->arena, struct json);
	const struct json **at = &id->next;

	*id = (struct json){ .type = JSON_STR, .key = S("client_id"), .str = client_id };
	*map = *item;
	map->first = id;
	map->count = 1;
	json_each(member, item)
	{
		struct json *copy = arena_new_of(p->arena, struct json);

		if (str_is(member->key, "client_id"))
			continue;
		*copy = *member;
		copy->next = NULL;
		*at = copy;
		at = &copy->next;
		map->count++;
	}
	return map;
}

static void warn_of_sites(struct plan *p, const struct client *client)
{
	struct settings settings;
	struct str why;
	const struct json *body = plan_stored(p, DOCUMENT_SETTINGS, S("tenant"));
	const struct issuer *issuers;

	for (const struct planned_document *d = p->documents; d; d = d->next)
		if (d->kind == DOCUMENT_SETTINGS)
			body = plan_parse(p, d->document.body);
	if (p->options->issuer.n == 0 || settings_read(p->arena, body, &settings, &why))
		return;
	issuers = issuers_make(p->arena, p->options->issuer, settings.domains);
	for (size_t i = 0; i < client->web_origins.count; i++) {
		struct str origin = client->web_origins.list[i];
		bool same = false;

		for (size_t j = 0; !same && j <= settings.domains.count; j++)
			same = site_is_same(p->arena, origin, issuers[j].origin);
		if (!same)
			plan_warn(p,
				"silent authentication will fail for " STR_FMT
				" in browsers that withhold third-party cookies: give the "
				"tenant an issuer on its site (customDomains)",
				STR_ARG(origin));
	}
}

static void warn_of_secret(struct plan *p, const struct client *client, struct str body)
{
	if (client->auth_method >= AUTH_SECRET_BASIC &&
		client->auth_method <= AUTH_SECRET_JWT &&
		json_get_str(plan_parse(p, body), "client_secret_mac").n == 0)
		plan_warn(p,
			"client " STR_FMT " has no client_secret: it cannot use the token "
			"endpoint until it gets one (tacit client secret " STR_FMT ")",
			STR_ARG(client->client_id), STR_ARG(client->client_id));
}

/* No page asks there: whoever switched it on must not believe that one does. */
void plan_warn_of_confirmation(struct plan *p, const struct json *item, const char *whose)
{
	static const char name[] = "skip_non_verifiable_callback_uri_confirmation_prompt";

	if (!json_get_bool(item, name, true))
		plan_warn(p,
			"%s: %s is false, and no confirmation is shown here before an answer "
			"to a loopback address or a custom scheme",
			whose, name);
}

static enum err prepare_client(struct plan *p, const struct plan_part *part,
	const struct json *item, size_t index, struct document *ret)
{
	struct str name = json_get_str(item, "name");
	struct str id = json_get_str(item, "client_id");
	const struct json *whole = item;
	struct client client;
	struct str why;

	if (id.n == 0 && item->type == JSON_MAP) {
		id = client_id_by_name(p, name);
		if (id.n == 0)
			id = random_token(p->arena, CLIENT_ID_BYTES);
		whole = with_client_id(p, item, id);
	}
	if (client_read(p->arena, (struct str){ 0 }, whole, &client, &why) ||
		document_with_secrets(p->arena, p->seal, part->kind, whole,
			plan_stored(p, part->kind, id), &ret->body, &why))
		return plan_refuse(p, part->name, item, index, name.n ? name : id, why);
	ret->id = client.client_id;
	ret->name = client.name;
	warn_of_sites(p, &client);
	warn_of_secret(p, &client, ret->body);
	plan_warn_of_confirmation(p, item, arena_cstr(p->arena, client.client_id));
	return OK;
}

static enum err prepare_api(struct plan *p, const struct plan_part *part,
	const struct json *item, size_t index, struct document *ret)
{
	struct resource_server api;
	struct str why;

	if (resource_server_read(p->arena, (struct str){ 0 }, item, &api, &why) ||
		document_with_secrets(p->arena, p->seal, part->kind, item,
			plan_stored(p, part->kind, api.identifier), &ret->body, &why))
		return plan_refuse(
			p, part->name, item, index, json_get_str(item, "identifier"), why);
	/* Taken in silence it would give everybody what it was meant to withhold. */
	if (json_get_bool(item, "enforce_policies", false))
		return plan_refuse(p, part->name, item, index, api.identifier,
			S("enforce_policies: cannot be true: people have no permissions here, "
			  "so nothing could be withheld; let an action remove scopes"));
	ret->id = api.identifier;
	ret->name = api.name;
	return OK;
}

static enum err prepare_grant(struct plan *p, const struct plan_part *part,
	const struct json *item, size_t index, struct document *ret)
{
	struct str named = json_get_str(item, "client_id");
	struct str id = client_id_by_name(p, named);
	struct client_grant grant;
	struct document client;
	struct str why;

	if (client_grant_read(p->arena, item, &grant, &why))
		return plan_refuse(p, part->name, item, index, named, why);
	if (is_noted(p, "clients", named) ||
		!document_find(p->conn, p->arena, DOCUMENT_CLIENT, named, &client))
		id = named;
	if (id.n == 0)
		return plan_refuse(p, part->name, item, index, named,
			S("client_id: there is no such client, nor one client of that name"));
	item = with_client_id(p, item, id);
	grant.client_id = id;
	ret->id = arena_printf(p->arena, STR_FMT " " STR_FMT, STR_ARG(grant.client_id),
		STR_ARG(grant.audience));
	return document_with_secrets(
		p->arena, p->seal, part->kind, item, NULL, &ret->body, &why);
}

static enum err write_binding(
	struct plan *p, struct json_writer *w, const struct json *binding, struct str trigger)
{
	struct str action =
		binding->type == JSON_MAP ? json_get_str(binding, "action_name") : binding->str;
	struct str shown = json_get_str(binding, "display_name");
	struct document stored;

	if (action.n == 0 ||
		(!is_planned(p, DOCUMENT_ACTION, action) &&
			document_find(p->conn, p->arena, DOCUMENT_ACTION, action, &stored)))
		return plan_refuse(p, "triggers", binding, NO_INDEX, trigger,
			S("each must be the name of an action"));
	json_begin_map(w);
	json_put_str(w, "action_name", action);
	json_put_str(w, "display_name", shown.n ? shown : action);
	json_end_map(w);
	return OK;
}

static const char triggers_run[] = "post-login credentials-exchange";
static const char triggers_elsewhere[] =
	"pre-user-registration post-user-registration post-change-password send-phone-message "
	"password-reset-post-challenge custom-phone-provider custom-email-provider "
	"custom-token-exchange event-stream password-hash-migration mcp-tool";

/* Whoever binds an action relies on it: one that would never run must not pass in silence. */
static enum err check_trigger(struct plan *p, const struct json *item)
{
	if (str_has_word(str_from(triggers_run), item->key))
		return OK;
	if (!str_has_word(str_from(triggers_elsewhere), item->key))
		return plan_refuse(p, "triggers", item, NO_INDEX, item->key,
			S("there is no such trigger; post-login and credentials-exchange are "
			  "run"));
	if (item->count)
		plan_warn(p,
			"actions bound to the trigger " STR_FMT " are kept and never run here",
			STR_ARG(item->key));
	return OK;
}

/* Here an item is a member of the map: its key is the trigger. */
static enum err prepare_trigger(struct plan *p, const struct plan_part *part,
	const struct json *item, size_t index, struct document *ret)
{
	struct buf b = buf_new(p->arena, 256);
	struct json_writer w = json_writer_on(&b);

	if (item->type != JSON_LIST)
		return plan_refuse(p, part->name, item, index, item->key,
			S("must be a list of names of actions"));
	if (check_trigger(p, item))
		return ERR_INVALID;
	json_begin_map(&w);
	json_key(&w, "bindings");
	json_begin_list(&w);
	json_each(binding, item)
	{
		enum err e = write_binding(p, &w, binding, item->key);

		if (e)
			return e;
	}
	json_end_list(&w);
	json_end_map(&w);
	ret->id = item->key;
	ret->name = item->key;
	ret->body = buf_str(&b);
	return OK;
}

static const struct plan_part parts[] = {
	{ "clients", DOCUMENT_CLIENT, prepare_client },
	{ "resourceServers", DOCUMENT_RESOURCE_SERVER, prepare_api },
	{ "clientGrants", DOCUMENT_CLIENT_GRANT, prepare_grant },
	{ "actions", DOCUMENT_ACTION, plan_action },
	{ "triggers", DOCUMENT_BINDING, prepare_trigger },
};

static enum err prune(struct plan *p, const struct plan_part *part)
{
	struct document *rows;
	size_t count;
	enum err e = document_list(p->conn, p->arena, part->kind, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		if (is_noted(p, part->name, rows[i].id))
			continue;
		plan_note(p, part->name, rows[i].id, CHANGE_DELETED);
		put(p, part->kind, &rows[i], true);
	}
	return e;
}

static enum err plan_items(struct plan *p, const struct plan_part *part)
{
	const struct json *items = field_find(p->file->root, part->name);
	bool is_map = part->kind == DOCUMENT_BINDING;
	size_t index = 0;

	if (!items)
		return OK;
	if (items->type != (is_map ? JSON_MAP : JSON_LIST))
		return plan_refuse(p, part->name, items, NO_INDEX, (struct str){ 0 },
			is_map ? S("must be a map of lists") : S("must be a list"));
	json_each(item, items)
	{
		struct document d = { 0 };
		size_t shown = is_map ? NO_INDEX : index++;
		enum err e = part->prepare(p, part, item, shown, &d);

		if (!e && is_noted(p, part->name, d.id))
			e = plan_refuse(p, part->name, item, shown, d.id, S("is there twice"));
		if (!e)
			e = plan_document(p, part->name, part->kind, &d);
		if (e)
			return e;
	}
	return p->options->prune ? prune(p, part) : OK;
}

enum err plan_documents(struct plan *p)
{
	enum err e = plan_settings(p);

	for (size_t i = 0; !e && i < sizeof(parts) / sizeof(parts[0]); i++)
		e = plan_items(p, &parts[i]);
	return e;
}
