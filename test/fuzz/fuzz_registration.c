/* SPDX-License-Identifier: Apache-2.0 */

/* What strangers send as JSON: a client's metadata, and the claims of a request object. */
#include "fuzz.h"
#include "oidc/authorize/request_object.h"
#include "oidc/endpoint/registration_metadata.h"
#include "tenant/client.h"

static void check_metadata(struct arena *a, const struct json *body)
{
	struct registration_metadata metadata;
	const struct json *document;
	struct str text;
	enum err err;

	if (registration_metadata_read(a, body, true, &metadata) != NULL)
		return;
	text = registration_document(a, &metadata, S("id"), S(""), S("digest"));
	err = json_parse(a, text, &document, NULL);
	assert(err == OK);
	assert(!json_get_bool(document, "is_first_party", true));
	assert(str_is(json_get_str(document, "client_id"), "id"));
	(void)err;
}

/* All that is inside comes out as well-formed parameters, and nothing that makes a JWT does. */
static void check_merged(struct arena *a, const struct json *claims)
{
	struct params params = params_read(a, request_object_merge(a, claims, NULL));

	assert(!params.malformed_name);
	assert(params_find(&params, "request") == NULL);
	assert(params_find(&params, "request_uri") == NULL);
	assert(params_find(&params, "iss") == NULL);
	for (size_t i = 0; i < params.count; i++) {
		assert(!params.list[i].malformed);
		assert(!params.list[i].repeated || str_is(params.list[i].name, "resource"));
	}
}

static void fuzz_input(struct arena *a, struct str text)
{
	const struct json *body;

	if (json_parse(a, text, &body, NULL) != OK || body->type != JSON_MAP)
		return;
	check_metadata(a, body);
	check_merged(a, body);
}
