/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/pipeline.h"

#include "base/log.h"
#include "store/document.h"
#include "tenant/action_version.h"
#include "tenant/document_secret.h"
#include "json/json_writer.h"

static void put_secrets(struct json_writer *w, struct arena *a, const struct seal *seal,
	const struct json *secrets)
{
	json_key(w, "secrets");
	json_begin_map(w);
	json_each(secret, secrets)
	{
		json_key_str(w, json_get_str(secret, "name"));
		json_str(w, document_open(a, seal, secret, "sealed"));
	}
	json_end_map(w);
}

static int64_t time_limit_of(const struct json *body)
{
	int64_t given = json_get_int(body, "time_limit_in_ms", ACTION_TIME_LIMIT_MS);

	if (given < 1 || given > ACTION_TIME_LIMIT_MOST_MS)
		return ACTION_TIME_LIMIT_MS;
	return given;
}

static void put_action(struct json_writer *w, struct arena *a, const struct seal *seal,
	const struct json *body, const struct action_version *v)
{
	json_begin_map(w);
	json_put_str(w, "name", json_get_str(body, "name"));
	json_put_int(w, "version", v->number);
	json_put_str(w, "code", v->code);
	json_put_str(w, "folder", v->folder);
	json_put_int(w, "time_limit", time_limit_of(body));
	put_secrets(w, a, seal, json_get(body, "secrets"));
	json_end_map(w);
}

static void begin(struct json_writer *w, struct str trigger)
{
	json_begin_map(w);
	json_put_str(w, "type", S("load"));
	json_put_str(w, "trigger", trigger);
	json_key(w, "actions");
	json_begin_list(w);
}

static void finish(struct json_writer *w, struct pipeline *p)
{
	json_end_list(w);
	json_end_map(w);
	p->load = buf_str(w->buf);
	sha256_into(p->load, p->digest);
}

static enum err refuse(struct arena *a, struct str name)
{
	log_line(LOG_ERROR, "tenant", "a document cannot be used", "kind", "action", "id",
		arena_cstr(a, name), NULL);
	return ERR_INVALID;
}

static enum err add(struct db_conn *conn, const struct seal *seal, struct arena *a,
	struct str name, struct json_writer *w, struct pipeline *p, struct str *folders)
{
	struct action_version version;
	struct document row;
	const struct json *body;
	enum err err = document_find(conn, a, DOCUMENT_ACTION, name, &row);

	if (err == ERR_NOT_FOUND || (err == OK && json_parse(a, row.body, &body, NULL) != OK))
		return refuse(a, name);
	if (err != OK)
		return err;
	/* Bound, but never deployed: it does nothing yet. */
	if (!action_version_deployed(body, &version))
		return OK;
	folders[p->count++] = version.folder;
	p->time_limit_ms += time_limit_of(body);
	put_action(w, a, seal, body, &version);
	return OK;
}

enum err pipeline_load(struct db_conn *conn, const struct seal *seal, struct arena *a,
	const char *trigger, struct pipeline *ret)
{
	struct pipeline p = { 0 };
	struct document row;
	const struct json *body;
	const struct json *bindings;
	struct str *folders;
	struct buf b;
	struct json_writer w;
	enum err err = document_find(conn, a, DOCUMENT_BINDING, str_from(trigger), &row);

	if (err == ERR_NOT_FOUND) {
		*ret = p;
		return OK;
	}
	if (err == OK && json_parse(a, row.body, &body, NULL) != OK)
		err = refuse(a, row.id);
	if (err != OK)
		return err;
	bindings = json_get(body, "bindings");
	folders = arena_array(a, struct str, bindings != NULL ? bindings->count : 0);
	b = buf_new(a, 4096);
	w = json_writer_on(&b);
	begin(&w, str_from(trigger));
	json_each(binding, bindings)
	{
		err = add(conn, seal, a, json_get_str(binding, "action_name"), &w, &p, folders);
		if (err != OK)
			return err;
	}
	finish(&w, &p);
	p.folders = folders;
	*ret = p;
	return OK;
}

/* The first that it says it supports; most say nothing else. */
static struct str trigger_of(const struct json *body)
{
	const struct json *list = json_get(body, "supported_triggers");
	struct str id = json_get_str(list != NULL ? list->first : NULL, "id");

	return id.n > 0 ? id : S("post-login");
}

enum err pipeline_of_draft(
	struct arena *a, const struct seal *seal, struct str text, struct pipeline *ret)
{
	struct pipeline p = { .count = 1 };
	struct str *folder = arena_new_of(a, struct str);
	struct buf b = buf_new(a, 4096);
	struct json_writer w = json_writer_on(&b);
	struct action_version draft;
	const struct json *body;

	if (json_parse(a, text, &body, NULL) != OK)
		return ERR_INVALID;
	draft = action_version_draft(body);
	*folder = draft.folder;
	begin(&w, trigger_of(body));
	put_action(&w, a, seal, body, &draft);
	finish(&w, &p);
	p.folders = folder;
	p.time_limit_ms = time_limit_of(body);
	*ret = p;
	return OK;
}
