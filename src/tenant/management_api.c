/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/management_api.h"

#include "json/json_writer.h"

static struct str document(const struct tenant *t)
{
	struct buf text = buf_new(t->arena, 256);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "identifier", t->management_audience);
	json_put_str(&w, "name", S("Management API"));
	json_put_bool(&w, "is_system", true);
	json_put_bool(&w, "allow_offline_access", false);
	json_end_map(&w);
	return buf_str(&text);
}

enum err management_api_add(struct tenant *t)
{
	struct str text, why;
	struct resource_server *apis;
	const struct json *body;
	enum err e;

	t->management_audience =
		arena_printf(t->arena, STR_FMT "api/v2/", STR_ARG(t->issuers[0].url));
	if (tenant_resource_server(t, t->management_audience) != NULL)
		return OK;
	apis = arena_array(t->arena, struct resource_server, t->resource_server_count + 1);
	for (size_t i = 0; i < t->resource_server_count; i++)
		apis[i] = t->resource_servers[i];
	text = document(t);
	e = json_parse(t->arena, text, &body, NULL);
	if (!e)
		e = resource_server_read(
			t->arena, text, body, &apis[t->resource_server_count], &why);
	if (e)
		return e;
	t->resource_servers = apis;
	t->resource_server_count++;
	return OK;
}
