/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_event: the `event` object of post-login actions (auth0-wire, 4.2): what is known
 * of the request, the user, the session and the client, as JSON. What a self-hosted server
 * cannot know (geoip, risk) is not there; event.transaction.silent is ours.
 */

#include "http/request.h"
#include "oidc/authorize_gather.h"
#include "store/factor.h"
#include "store/user.h"

struct authorize_event {
	const struct authorize_subject *subject;
	const struct http_request *rq;
	const struct authorize_found *found;
	const struct user *user;
	const struct factor *factors;
	size_t factor_count;
	const struct params *returned; /* of /continue: what the outside page gave; or NULL */
	bool returned_by_post;
};

struct str authorize_event_write(struct arena *, const struct authorize_event *);
