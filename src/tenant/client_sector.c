/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client_sector.h"

#include "base/url.h"
#include "tenant/field.h"

static struct str host_of(struct arena *a, struct str text)
{
	struct url url;
	char *host;

	if (text.n == 0 || url_parse(text, &url) != OK)
		return S("");
	host = arena_alloc(a, url.host.n + 1);
	for (size_t i = 0; i < url.host.n; i++) {
		char c = url.host.p[i];

		host[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return (struct str){ host, url.host.n };
}

enum err client_sector_read(struct arena *a, struct client *c, struct str *ret_why)
{
	struct str sector = host_of(a, c->sector_identifier_uri);

	if (!c->pairwise)
		return OK;
	for (size_t i = 0; i < c->callbacks.count && c->sector_identifier_uri.n == 0; i++) {
		struct str host = host_of(a, c->callbacks.list[i]);

		if (host.n == 0 || (sector.n > 0 && !str_eq(host, sector)))
			return field_refuse(a, ret_why, "sector_identifier_uri",
				"must be given for subject_type pairwise where callbacks are "
				"on several hosts");
		sector = host;
	}
	if (sector.n == 0)
		return field_refuse(a, ret_why, "sector_identifier_uri",
			"must be given for subject_type pairwise without callbacks");
	c->sector = sector;
	return OK;
}
