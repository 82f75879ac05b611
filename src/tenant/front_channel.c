/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/front_channel.h"

#include "base/buf.h"
#include "base/url.h"
#include "store/session.h"

static struct str url_for(
	struct arena *a, const struct client *client, struct str issuer, struct str sid)
{
	struct str uri = client->frontchannel_logout_uri;
	struct buf b = buf_new(a, uri.n + 128);

	buf_add(&b, uri);
	buf_add(&b, str_index(uri, '?') < 0 ? S("?iss=") : S("&iss="));
	url_encode_add(&b, issuer);
	buf_add(&b, S("&sid="));
	url_encode_add(&b, sid);
	return buf_str(&b);
}

enum err front_channel_urls(const struct tenant *t, struct arena *a, struct str issuer,
	const struct str *sids, size_t count, size_t max, struct str_list *ret)
{
	struct str *urls = arena_array(a, struct str, max);
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		struct str *ids;
		size_t id_count;
		enum err err = session_clients(db_reader(t->db), a, sids[i], &ids, &id_count);

		if (err != OK)
			return err;
		for (size_t k = 0; k < id_count && n < max; k++) {
			const struct client *client = tenant_client(t, ids[k]);

			if (client != NULL && client->enabled &&
				client->frontchannel_logout_uri.n > 0)
				urls[n++] = url_for(a, client, issuer, sids[i]);
		}
	}
	*ret = (struct str_list){ urls, n };
	return OK;
}
