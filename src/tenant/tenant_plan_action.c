/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "tenant/document_secret.h"
#include "tenant/field.h"
#include "tenant/tenant_plan.h"

enum { CODE_MOST = 1024 * 1024 };

static bool is_file_name(struct str code)
{
	return str_index(code, '\n') < 0 &&
	       (str_starts(code, S("./")) || str_starts(code, S("../")) ||
		       str_ends(code, S(".js")) || str_ends(code, S(".mjs")) ||
		       str_ends(code, S(".cjs")));
}

static enum err read_code(struct plan *p, struct str name, struct str *ret)
{
	bool absolute = str_starts(name, S("/"));
	struct str path = arena_printf(p->arena, STR_FMT STR_FMT,
		STR_ARG(absolute ? (struct str){ 0 } : p->file->folder), STR_ARG(name));
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

/* clang-format off */
static const struct field action_fields[] = {
	{ .name = "name", .type = FIELD_OWN, .read = read_name_field },
	{ .name = "code", .type = FIELD_OWN, .read = read_code_field },
	{ .name = "all_changes_deployed", .type = FIELD_KEPT },
	{ .name = "dependencies", .type = FIELD_KEPT },
	{ .name = "deployed", .type = FIELD_KEPT },
	{ .name = "display_name", .type = FIELD_KEPT },
	{ .name = "id", .type = FIELD_KEPT },
	{ .name = "installed_integration_id", .type = FIELD_KEPT },
	{ .name = "modules", .type = FIELD_KEPT },
	{ .name = "runtime", .type = FIELD_KEPT },
	{ .name = "secrets", .type = FIELD_KEPT },
	{ .name = "status", .type = FIELD_KEPT },
	{ .name = "supported_triggers", .type = FIELD_KEPT },
};
/* clang-format on */

enum { ACTION_FIELDS = sizeof(action_fields) / sizeof(action_fields[0]) };

/* The action with the text of its code file in the place of the file's name. */
static enum err with_code(
	struct plan *p, const struct json *item, const struct json **ret, struct str *ret_why)
{
	struct json *map = arena_new_of(p->arena, struct json);
	const struct json **at = &map->first;

	*map = *item;
	json_each(child, item)
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
	if (!e)
		e = document_with_secrets(p->arena, p->seal, part->kind, whole,
			plan_stored(p, part->kind, name), &ret->body, &why);
	if (e)
		return plan_refuse(p, part->name, item, index, name, why);
	ret->id = name;
	ret->name = name;
	return OK;
}
