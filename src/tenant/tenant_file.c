/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/tenant_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tenant/field.h"
#include "tenant/password_change.h"
#include "tenant/tenant_plan.h"
#include "tenant/yaml_value.h"

enum { ATTEMPTS = 5 };

static const char issuer_mark[] = "##ISSUER##";

/* Parts that are read, and parts that Auth0's Deploy CLI writes and nothing here acts on. */
static const char parts[] = "tenant clients resourceServers clientGrants users actions "
			    "triggers guardianPolicies guardianFactors "
			    "attackProtection customDomains prompts databases emailProvider";
static const char other_parts[] =
	"actionModules branding clientAuthCredentials connectionProfiles connections "
	"emailTemplates eventStreams flowVaultConnections flows forms guardianFactorProviders "
	"guardianFactorTemplates guardianPhoneFactorMessageTypes "
	"guardianPhoneFactorSelectedProvider hooks logStreams migrations networkACLs "
	"organizations pages phoneProviders phoneTemplates rateLimitPolicies riskAssessment "
	"roles rules rulesConfigs selfServiceProfiles supplementalSignals themes "
	"tokenExchangeProfiles userAttributeProfiles";

static struct str replace_issuer(struct arena *a, struct str text, struct str issuer)
{
	struct str mark = str_from(issuer_mark);
	struct buf b = buf_new(a, text.n + 1024);
	ptrdiff_t at;

	while ((at = str_find(text, mark)) >= 0) {
		buf_add(&b, str_first(text, (size_t)at));
		buf_add(&b, issuer);
		text = str_after(text, (size_t)at + mark.n);
	}
	buf_add(&b, text);
	return buf_str(&b);
}

static enum err check_parts(
	struct arena *a, const struct tenant_file *file, struct str *ret_why)
{
	if (file->root->type != JSON_MAP) {
		*ret_why = S("the file must be a map of parts (tenant, clients, …)");
		return ERR_INVALID;
	}
	json_each(part, file->root)
	{
		if (str_has_word(str_from(parts), part->key) ||
			str_has_word(str_from(other_parts), part->key))
			continue;
		*ret_why = arena_printf(a, "there is no part \"" STR_FMT "\"",
			STR_ARG(str_first(part->key, 64)));
		if (file->has_lines)
			*ret_why = arena_printf(
				a, "line %u: " STR_FMT, yaml_line(part), STR_ARG(*ret_why));
		return ERR_INVALID;
	}
	return OK;
}

enum err tenant_file_read(struct arena *a, struct str text, struct str folder,
	struct str issuer, struct tenant_file *ret, struct str *ret_why)
{
	struct tenant_file file = { .folder = arena_str(a, folder) };
	struct str why;
	unsigned line;
	enum err e;

	text = replace_issuer(a, text, issuer);
	/* JSON first, for its escapes; YAML knows lines, so it speaks of what is wrong. */
	e = json_parse(a, text, &file.root, &why);
	if (e) {
		file.has_lines = true;
		e = yaml_parse(a, text, &file.root, &why, &line);
		if (e)
			why = arena_printf(a, "line %u: " STR_FMT, line, STR_ARG(why));
	}
	if (e) {
		*ret_why = why;
		return e;
	}
	e = check_parts(a, &file, ret_why);
	if (!e)
		*ret = file;
	return e;
}

const char *change_word(enum change_kind kind)
{
	static const char *const words[] = { "unchanged", "created", "updated", "deleted" };

	return words[kind];
}

void plan_note(struct plan *p, const char *part, struct str id, enum change_kind kind)
{
	struct change_report *r = &p->report;

	if (r->count == p->changes_room) {
		struct change *more;

		p->changes_room = p->changes_room ? p->changes_room * 2 : 64;
		more = arena_array(p->arena, struct change, p->changes_room);
		if (r->count)
			memcpy(more, r->changes, r->count * sizeof(*more));
		r->changes = more;
	}
	r->changes[r->count++] = (struct change){ part, id, kind };
}

void plan_warn(struct plan *p, const char *format, ...)
{
	struct change_report *r = &p->report;
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (r->warning_count == p->warnings_room) {
		struct str *more;

		p->warnings_room = p->warnings_room ? p->warnings_room * 2 : 16;
		more = arena_array(p->arena, struct str, p->warnings_room);
		if (r->warning_count)
			memcpy(more, r->warnings, r->warning_count * sizeof(*more));
		r->warnings = more;
	}
	r->warnings[r->warning_count++] = arena_str(p->arena, str_from(text));
}

/* The member that a message begins with ("a.b: must …"), as deep as it is there. */
static const struct json *named_member(const struct json *item, struct str why)
{
	ptrdiff_t colon = str_index(why, ':');
	struct str rest = colon < 0 ? (struct str){ 0 } : str_first(why, (size_t)colon);
	struct str name;

	while (str_split(&rest, '.', &name)) {
		const struct json *found = NULL;

		json_each(child, item) if (str_eq(child->key, name)) found = child;
		if (!found)
			break;
		item = found;
	}
	return item;
}

enum err plan_refuse(struct plan *p, const char *part, const struct json *item, size_t index,
	struct str name, struct str why)
{
	struct buf b = buf_new(p->arena, 256);

	if (item && p->file->has_lines)
		buf_addf(&b, "line %u: ", yaml_line(named_member(item, why)));
	buf_addf(&b, "%s", part);
	if (index != NO_INDEX)
		buf_addf(&b, "[%zu]", index);
	if (name.n)
		buf_addf(&b, " (" STR_FMT ")", STR_ARG(str_first(name, 100)));
	buf_addf(&b, ": " STR_FMT, STR_ARG(why));
	p->why = buf_str(&b);
	return ERR_INVALID;
}

/* An export names every part, most of them with nothing in it. */
static bool says_something(const struct json *value)
{
	if (value->type != JSON_MAP && value->type != JSON_LIST)
		return value->type != JSON_NULL_VALUE;
	json_each(child, value) if (says_something(child)) return true;
	return false;
}

static void warn_of_other_parts(struct plan *p)
{
	struct buf names = buf_new(p->arena, 256);

	json_each(part, p->file->root)
	{
		if (!str_has_word(str_from(other_parts), part->key) || !says_something(part))
			continue;
		if (names.n > 0)
			buf_add(&names, S(", "));
		buf_add(&names, part->key);
	}
	if (names.n > 0)
		plan_warn(p, "without effect here, and not kept: " STR_FMT,
			STR_ARG(buf_str(&names)));
}

static enum err make(struct plan *p)
{
	enum err e = configuration_version(p->conn, &p->version);

	p->documents_end = &p->documents;
	p->users_end = &p->users;
	if (e)
		return e;
	warn_of_other_parts(p);
	e = plan_documents(p);
	return e ? e : plan_users(p);
}

static enum err write_user(struct db_conn *conn, const struct planned_user *u, int64_t now)
{
	enum err e = OK;

	if (u->is_new)
		e = user_insert(conn, &u->user);
	else if (u->is_changed)
		e = user_update(conn, &u->user);
	if (!e && u->is_new_password)
		e = password_changed_by_admin(conn, u->user.user_id, now);
	for (const struct planned_factor *f = u->factors; !e && f; f = f->next)
		e = factor_insert(conn, &f->factor);
	return e;
}

/* The plan holds only for what it was made from. */
static enum err carry_out(struct db_conn *conn, void *arg)
{
	const struct plan *p = arg;
	int64_t version;
	enum err e = configuration_version(conn, &version);

	if (!e && version != p->version)
		e = ERR_CONFLICT;
	for (const struct planned_document *d = p->documents; !e && d; d = d->next)
		e = d->remove ? document_delete(conn, d->kind, d->document.id)
			      : document_put(conn, d->kind, &d->document, p->now);
	for (const struct planned_user *u = p->users; !e && u; u = u->next)
		e = write_user(conn, u, p->now);
	return e ? e : plan_record(conn, p);
}

enum err tenant_file_apply(struct db *db, const struct seal *seal, struct arena *a,
	const struct tenant_file *file, const struct tenant_file_options *options,
	struct change_report *ret, struct str *ret_why)
{
	enum err e = ERR_CONFLICT;

	for (int i = 0; e == ERR_CONFLICT && i < ATTEMPTS; i++) {
		struct plan p = { .arena = a,
			.conn = db_reader(db),
			.seal = seal,
			.file = file,
			.options = options,
			.now = clock_now() };

		e = make(&p);
		if (e)
			*ret_why = p.why.n ? p.why : S("the store did not answer");
		if (!e && !options->dry_run && (p.documents || p.users))
			e = db_write(db, carry_out, &p);
		if (!e)
			*ret = p.report;
	}
	if (e == ERR_CONFLICT)
		*ret_why = S("the store was changed by others meanwhile");
	return e;
}
