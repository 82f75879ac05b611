/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* authorize_run: what authorize.c, which leads a request through the beats, shares with
 * authorize_refuse.c, which says no. */

#include "oidc/authorize/authorize_gather.h"
#include "oidc/authorize/authorize_source.h"
#include "oidc/response_mode/response_mode.h"
#include "tenant/provider.h"

/* One request on its way through the beats. */
struct authorize_run {
	struct provider *provider;
	const struct http_request *rq;
	struct http_response *rs;
	struct authorize_subject subject;
	struct authorize_request request;
	const struct interaction *interaction; /* NULL when it comes straight from the client */
	struct str interaction_id;
	struct authorize_source source;
	struct id_token_hint hint;
	struct authorize_found found;
	struct authorize_facts facts;
	bool gathered;

	struct authorize_response response;
	struct jws_draft draft; /* of its id_token, signed with those of others */
	bool is_issued;
	enum err signed_err;

	/* Where actions made it wait: what to go on with. */
	struct tenant *tenant;
	struct str scope_before;
	struct authorize_facts facts_before;
};

/* Rows 1 to 3: a page of our own that also tells whoever waits for an answer. */
void authorize_refuse_untrusted(struct authorize_run *, const struct fault *);

/* Every later error, to the client, as it asked. ERR_STORE, of a device */
enum err authorize_refuse(struct authorize_run *, const struct fault *) MUST_CHECK;

/* How the answer travels, where that is by web_message: who may frame it, and the relay. */
void authorize_add_transport(const struct authorize_run *, struct authorize_response *);
