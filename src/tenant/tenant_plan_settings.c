/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/account_settings.h"
#include "tenant/field.h"
#include "tenant/settings.h"
#include "tenant/tenant_plan.h"
#include "tenant/url_rule.h"
#include "json/json_writer.h"

/* The parts that are kept inside the settings document, under their own names. */
static const char *const settings_parts[] = { "guardianPolicies", "guardianFactors",
	"attackProtection", "customDomains", "prompts", "databases", "emailProvider" };

enum { SETTINGS_PARTS = sizeof(settings_parts) / sizeof(settings_parts[0]) };

static bool is_settings_part(struct str key)
{
	for (size_t i = 0; i < SETTINGS_PARTS; i++)
		if (str_is(key, settings_parts[i]))
			return true;
	return false;
}

static void write_members(struct json_writer *w, const struct json *map, bool of_parts)
{
	json_each(child, map)
	{
		if (is_settings_part(child->key) != of_parts || child->type == JSON_NULL_VALUE)
			continue;
		json_key_str(w, child->key);
		json_value(w, child);
	}
}

/* A part that is in the file replaces the stored one; the others stay. */
static struct str compose_settings(struct plan *p, const struct json *stored)
{
	const struct json *root = p->file->root;
	const struct json *tenant = field_find(root, "tenant");
	struct buf b = buf_new(p->arena, 1024);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	write_members(&w, tenant ? tenant : stored, false);
	for (size_t i = 0; i < SETTINGS_PARTS; i++) {
		const struct json *part = field_find(root, settings_parts[i]);

		if (!part)
			part = field_find(stored, settings_parts[i]);
		if (!part)
			continue;
		json_key(&w, settings_parts[i]);
		if (str_is(S("emailProvider"), settings_parts[i]) && part->type == JSON_MAP)
			json_raw(&w, email_provider_with_secret(p->arena, p->seal, part,
					     field_find(stored, "emailProvider")));
		else
			json_value(&w, part);
	}
	json_end_map(&w);
	return buf_str(&b);
}

/* Where a message about the settings points to: the part `tenant`, or the file for those that
 * begin with the name of another part. */
static enum err refuse_settings(struct plan *p, struct str why)
{
	const struct json *root = p->file->root;
	const struct json *tenant = field_find(root, "tenant");
	size_t end = 0;

	while (end < why.n && why.p[end] != '.' && why.p[end] != ':')
		end++;
	if (is_settings_part(str_first(why, end)) || !tenant)
		return plan_refuse(p, "the settings", root, NO_INDEX, (struct str){ 0 }, why);
	return plan_refuse(p, "tenant", tenant, NO_INDEX, (struct str){ 0 }, why);
}

/* The Deploy CLI's exports have "##SMTP_PASS##" where a secret was. */
static bool is_mark(struct str s)
{
	return s.n > 4 && str_starts(s, S("##")) && str_ends(s, S("##"));
}

static enum err check_marks(struct plan *p, struct str *ret_why)
{
	const struct json *provider = json_get(p->file->root, "emailProvider");

	if (!str_is(json_get_str(provider, "name"), "smtp") ||
		!json_get_bool(provider, "enabled", true))
		return OK;
	json_each(child, json_get(provider, "credentials"))
	{
		if (child->type == JSON_STR && is_mark(child->str))
			return field_refuse(p->arena, ret_why,
				arena_printf(p->arena, "emailProvider.credentials." STR_FMT,
					STR_ARG(child->key))
					.p,
				"is a mark of the Deploy CLI: put what it stands for in its "
				"place");
	}
	return OK;
}

/* Asked of the file only: a store may hold older ones, and a server must start with it. */
static enum err check_file(struct plan *p, const struct json *tenant, struct str *ret_why)
{
	struct str picture = json_get_str(tenant, "picture_url");
	const char *must = picture.n > 0 ? url_rule_picture(p->arena, picture) : NULL;

	if (must)
		return field_refuse(p->arena, ret_why, "picture_url", "%s", must);
	return check_marks(p, ret_why);
}

enum err plan_settings(struct plan *p)
{
	const struct json *stored = plan_stored(p, DOCUMENT_SETTINGS, S("tenant"));
	const struct json *tenant = field_find(p->file->root, "tenant");
	struct document d = { .id = S("tenant"), .body = compose_settings(p, stored) };
	struct settings settings;
	struct str why;

	if (tenant && tenant->type != JSON_MAP)
		return plan_refuse(p, "tenant", tenant, NO_INDEX, (struct str){ 0 },
			S("must be a map of fields"));
	if (tenant)
		plan_warn_of_confirmation(p, tenant, "tenant");
	if (settings_read(p->arena, plan_parse(p, d.body), &settings, &why) ||
		check_file(p, tenant, &why))
		return refuse_settings(p, why);
	if (!stored && str_is(d.body, "{}"))
		return OK;
	d.name = settings.friendly_name;
	return plan_document(p, "tenant", DOCUMENT_SETTINGS, &d);
}
