/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/action_version.h"

#include "json/json_writer.h"

enum { VERSIONS_MOST = 20 };

static struct action_version read_version(const struct json *map)
{
	return (struct action_version){
		.number = json_get_int(map, "number", 0),
		.code = json_get_str(map, "code"),
		.folder = json_get_str(map, "folder"),
		.created_at = json_get_int(map, "created_at", 0),
	};
}

struct action_version action_version_draft(const struct json *body)
{
	struct action_version draft = read_version(body);

	draft.number = 0;
	return draft;
}

bool action_version_find(const struct json *body, int64_t number, struct action_version *ret)
{
	json_each(version, json_get(body, "versions"))
	{
		if (json_get_int(version, "number", 0) != number)
			continue;
		*ret = read_version(version);
		return true;
	}
	return false;
}

bool action_version_deployed(const struct json *body, struct action_version *ret)
{
	if (json_get(body, "versions") != NULL)
		return action_version_find(
			body, json_get_int(body, "deployed_version", 0), ret);
	*ret = action_version_draft(body);
	return json_get_bool(body, "deployed", true);
}

static bool is_same(const struct action_version *a, const struct action_version *b)
{
	return str_eq(a->code, b->code) && str_eq(a->folder, b->folder);
}

static void write_version(struct json_writer *w, const struct action_version *v)
{
	json_begin_map(w);
	json_put_int(w, "number", v->number);
	json_put_str(w, "code", v->code);
	json_put_opt(w, "folder", v->folder);
	json_put_int(w, "created_at", v->created_at);
	json_end_map(w);
}

/* Opens the map with all but what is kept here. */
static void begin_draft(struct json_writer *w, const struct json *body)
{
	json_begin_map(w);
	json_each(member, body)
	{
		if (str_is(member->key, "versions") || str_is(member->key, "deployed_version"))
			continue;
		json_key_str(w, member->key);
		json_value(w, member);
	}
}

static int64_t last_number(const struct json *versions)
{
	int64_t last = 0;

	json_each(version, versions)
	{
		int64_t number = json_get_int(version, "number", 0);

		last = number > last ? number : last;
	}
	return last;
}

/* The oldest make room, never the one that runs. */
static void write_versions(struct json_writer *w, const struct json *versions, int64_t deployed,
	const struct action_version *fresh)
{
	size_t surplus = 0;
	size_t count = (versions != NULL ? versions->count : 0) + (fresh != NULL ? 1 : 0);

	if (count > VERSIONS_MOST)
		surplus = count - VERSIONS_MOST;
	json_key(w, "versions");
	json_begin_list(w);
	json_each(version, versions)
	{
		if (surplus > 0 && json_get_int(version, "number", 0) != deployed) {
			surplus--;
			continue;
		}
		json_value(w, version);
	}
	if (fresh != NULL)
		write_version(w, fresh);
	json_end_list(w);
}

struct str action_version_keep(struct arena *a, const struct json *body,
	const struct json *before, bool deploy, int64_t now)
{
	const struct json *versions = json_get(before, "versions");
	struct action_version draft = action_version_draft(body);
	struct action_version running = { 0 };
	int64_t deployed = json_get_int(before, "deployed_version", 0);
	bool runs = versions != NULL && action_version_find(before, deployed, &running);
	bool fresh = deploy && !(runs && is_same(&draft, &running));
	struct buf b = buf_new(a, 4096);
	struct json_writer w = json_writer_on(&b);

	draft.number = last_number(versions) + 1;
	draft.created_at = now;
	begin_draft(&w, body);
	if (fresh)
		deployed = draft.number;
	write_versions(&w, versions, deployed, fresh ? &draft : NULL);
	if (deployed > 0)
		json_put_int(&w, "deployed_version", deployed);
	json_end_map(&w);
	return buf_str(&b);
}

struct str action_version_roll_back(struct arena *a, const struct json *body, int64_t number)
{
	struct buf b = buf_new(a, 4096);
	struct json_writer w = json_writer_on(&b);

	begin_draft(&w, body);
	write_versions(&w, json_get(body, "versions"), number, NULL);
	json_put_int(&w, "deployed_version", number);
	json_end_map(&w);
	return buf_str(&b);
}
