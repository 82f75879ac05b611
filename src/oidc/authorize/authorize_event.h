/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_event: the `event` object of post-login actions (auth0-wire, 4.2): what is known
 * of the request, the user, the session and the client, as JSON. What a self-hosted server
 * cannot know (geoip, risk) is not there; event.transaction.silent is ours.
 *
 * They run at a sign-in, and when a refresh token is exchanged; then there is `family`, there
 * may be no session, and the subject's request has the exchange's parameters and scope only.
 */

#include "http/request.h"
#include "oidc/authorize/authorize_gather.h"
#include "store/factor.h"
#include "store/refresh_token.h"
#include "store/user.h"

struct provider; /* tenant/provider.h */

struct authorize_event {
	const struct provider *op;
	const struct authorize_subject *subject;
	const struct http_request *rq;
	const struct session *session;       /* or NULL */
	const struct refresh_family *family; /* that is exchanged, or NULL */
	const struct user *user;
	struct str methods; /* as a session has them */
	bool silent;        /* nobody is there to be asked */
	bool by_token;      /* at the token endpoint */
	/* By authorize_event_load: */
	struct factor *factors;
	size_t factor_count;
	struct str *session_clients;
	size_t session_client_count;
	struct str session_metadata;
	struct str refresh_metadata;
	const struct params *returned; /* of /continue: what the outside page gave; or NULL */
	bool returned_by_post;
};

/* Looks up what else belongs to user, session and family. ERR_STORE */
enum err authorize_event_load(struct arena *, struct authorize_event *) MUST_CHECK;

struct str authorize_event_write(struct arena *, const struct authorize_event *);

/* The one of credentials-exchange: neither user nor session. */
struct str client_event_write(struct arena *, const struct authorize_event *);
