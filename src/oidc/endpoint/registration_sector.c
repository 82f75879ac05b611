/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/registration_sector.h"

#include <stdatomic.h>

#include "notify/fetch.h"

/* Strangers can have it asked: most of what may be fetched at once is for others. */
enum { AT_ONCE = 2 };

#define INVALID(name, sentence)                                                          \
	static const struct fault name = { "invalid_client_metadata", STR_LIT(sentence), \
		REASON_REGISTRATION_INVALID }

static bool lists(const struct json *list, struct str uri)
{
	json_each(item, list)
	{
		if (item->type == JSON_STR && str_eq(item->str, uri))
			return true;
	}
	return false;
}

static enum err fetch_in_turn(
	const struct tenant *t, struct arena *a, struct str uri, struct str *ret)
{
	static atomic_int waiting;
	enum err err = ERR_BUSY;

	if (atomic_fetch_add(&waiting, 1) < AT_ONCE)
		err = fetch(a, t->settings.outgoing_private_hosts, uri, ret);
	atomic_fetch_sub(&waiting, 1);
	return err;
}

const struct fault *registration_sector_check(
	const struct tenant *t, struct arena *a, const struct json *metadata)
{
	INVALID(not_there, "sector_identifier_uri could not be fetched.");
	INVALID(no_list, "sector_identifier_uri must lead to a JSON list of redirect_uris.");
	INVALID(not_listed, "sector_identifier_uri must list every redirect_uri.");
	static const struct fault busy = { "temporarily_unavailable",
		STR_LIT("sector_identifier_uri cannot be fetched right now. Try again in a "
			"moment."),
		REASON_TEMPORARILY_UNAVAILABLE };
	struct str uri = json_get_str(metadata, "sector_identifier_uri");
	const struct json *list;
	struct str text;
	enum err err;

	if (uri.n == 0)
		return NULL;
	err = fetch_in_turn(t, a, uri, &text);
	if (err != OK)
		return err == ERR_BUSY ? &busy : &not_there;
	if (json_parse(a, text, &list, NULL) != OK || list->type != JSON_LIST)
		return &no_list;
	json_each(redirect, json_get(metadata, "redirect_uris"))
	{
		if (!lists(list, redirect->str))
			return &not_listed;
	}
	return NULL;
}
