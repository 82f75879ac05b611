/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tenant/action_version.h"
#include "tenant/document_secret.h"
#include "tenant/field.h"
#include "tenant/pipeline.h"
#include "tenant/tenant_plan.h"
#include "json/json_writer.h"

enum { CODE_MOST = 1024 * 1024 };

static bool is_file_name(struct str code)
{
	return str_index(code, '\n') < 0 &&
	       (str_starts(code, S("./")) || str_starts(code, S("../")) ||
		       str_ends(code, S(".js")) || str_ends(code, S(".mjs")) ||
		       str_ends(code, S(".cjs")));
}

static struct str path_of(struct plan *p, struct str name)
{
	bool absolute = str_starts(name, S("/"));

	return arena_printf(p->arena, STR_FMT STR_FMT,
		STR_ARG(absolute ? (struct str){ 0 } : p->file->folder), STR_ARG(name));
}

static enum err read_code(struct plan *p, struct str name, struct str *ret)
{
	struct str path = path_of(p, name);
	int fd = open(path.p, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(p->arena, CODE_MOST + 1);
	ssize_t n = 0;
	size_t had = 0;

	if (fd < 0)
		return ERR_IO;
	while (had <= CODE_MOST && (n = read(fd, text + had, CODE_MOST + 1 - had)) > 0)
		had += (size_t)n;
	close(fd);
	if (n < 0 || had > CODE_MOST || !str_is_utf8((struct str){ text, had }))
		return ERR_INVALID;
	*ret = (struct str){ text, had };
	return OK;
}

static enum err read_code_field(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	(void)into;
	return value->type == JSON_STR && value->str.n
		       ? OK
		       : field_refuse(a, ret_why, "code",
				 "must be the path of a file, or the code itself");
}

static enum err read_name_field(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	(void)into;
	return value->type == JSON_STR && value->str.n
		       ? OK
		       : field_refuse(a, ret_why, "name", "must be a string");
}

static enum err read_time_limit(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	(void)into;
	return value->type == JSON_INT && value->integer >= 1 &&
			       value->integer <= ACTION_TIME_LIMIT_MOST_MS
		       ? OK
		       : field_refuse(a, ret_why, "time_limit_in_ms", "must be from 1 to %d",
				 ACTION_TIME_LIMIT_MOST_MS);
}

/* clang-format off */
static const struct field action_fields[] = {
	{ .name = "name", .type = FIELD_OWN, .read = read_name_field },
	{ .name = "code", .type = FIELD_OWN, .read = read_code_field },
	{ .name = "all_changes_deployed", .type = FIELD_KEPT },
	{ .name = "dependencies", .type = FIELD_KEPT },
	{ .name = "deployed", .type = FIELD_KEPT },
	{ .name = "display_name", .type = FIELD_KEPT },
	{ .name = "folder", .type = FIELD_KEPT },
	{ .name = "id", .type = FIELD_KEPT },
	{ .name = "installed_integration_id", .type = FIELD_KEPT },
	{ .name = "modules", .type = FIELD_KEPT },
	{ .name = "runtime", .type = FIELD_KEPT },
	{ .name = "secrets", .type = FIELD_KEPT },
	{ .name = "status", .type = FIELD_KEPT },
	{ .name = "supported_triggers", .type = FIELD_KEPT },
	{ .name = "time_limit_in_ms", .type = FIELD_OWN, .read = read_time_limit },
};
/* clang-format on */

enum { ACTION_FIELDS = sizeof(action_fields) / sizeof(action_fields[0]) };

/* Where the code's file is: its node_modules is what the action may require. */
static void put_folder(struct plan *p, struct json_writer *w, struct str name)
{
	struct str path = path_of(p, name);
	char real[PATH_MAX];
	char *slash;

	if (realpath(arena_cstr(p->arena, path), real) == NULL)
		return;
	slash = strrchr(real, '/');
	*slash = '\0';
	json_put_str(w, "folder", arena_str(p->arena, str_from(real)));
}

static const struct json *with_folder(struct plan *p, const struct json *item)
{
	struct str code = json_get_str(item, "code");
	struct buf b = buf_new(p->arena, 4096);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_each(member, item)
	{
		if (str_is(member->key, "folder") && is_file_name(code))
			continue;
		json_key_str(&w, member->key);
		json_value(&w, member);
	}
	if (is_file_name(code))
		put_folder(p, &w, code);
	json_end_map(&w);
	return plan_parse(p, buf_str(&b));
}

/* The action with the text of its code file in the place of the file's name. */
static enum err with_code(
	struct plan *p, const struct json *item, const struct json **ret, struct str *ret_why)
{
	const struct json *whole = with_folder(p, item);
	struct json *map = arena_new_of(p->arena, struct json);
	const struct json **at = &map->first;

	*map = *whole;
	json_each(child, whole)
	{
		struct json *copy = arena_new_of(p->arena, struct json);

		*copy = *child;
		*at = copy;
		at = &copy->next;
		if (!str_is(child->key, "code") || !is_file_name(child->str))
			continue;
		if (read_code(p, child->str, &copy->str)) {
			*ret_why = arena_printf(p->arena,
				"code: the file " STR_FMT
				" cannot be read (at most 1 MB of UTF-8)",
				STR_ARG(child->str));
			return ERR_INVALID;
		}
	}
	*ret = map;
	return OK;
}

/* An export has their names only. */
static void warn_of_secrets(struct plan *p, struct str name, struct str body)
{
	json_each(secret, json_get(plan_parse(p, body), "secrets"))
	{
		if (json_get_str(secret, "sealed").n == 0)
			plan_warn(p,
				"action " STR_FMT ": the secret " STR_FMT
				" has no value, and event.secrets has none of that name",
				STR_ARG(name), STR_ARG(json_get_str(secret, "name")));
	}
}

enum err plan_action(struct plan *p, const struct plan_part *part, const struct json *item,
	size_t index, struct document *ret)
{
	struct str name = json_get_str(item, "name");
	const struct json *whole = NULL;
	struct str why = S("name: must be given");
	enum err e = fields_read(p->arena, action_fields, ACTION_FIELDS, item, NULL, &why);

	if (!e && (name.n == 0 || !json_get(item, "code"))) {
		why = name.n ? S("code: must be given") : S("name: must be given");
		e = ERR_INVALID;
	}
	if (!e)
		e = with_code(p, item, &whole, &why);
	if (!e) {
		const struct json *before = plan_stored(p, part->kind, name);

		whole = plan_parse(p, action_version_keep(p->arena, whole, before,
					      json_get_bool(item, "deployed", true), p->now));
		e = document_with_secrets(
			p->arena, p->seal, part->kind, whole, before, &ret->body, &why);
	}
	if (e)
		return plan_refuse(p, part->name, item, index, name, why);
	warn_of_secrets(p, name, ret->body);
	ret->id = name;
	ret->name = name;
	return OK;
}
