/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/logout/logout_token.h"

#include "base/random.h"
#include "oidc/token/id_token.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

enum { JTI_BYTES = 16 };

static const char event[] = "http://schemas.openid.net/event/backchannel-logout";

enum err logout_token_make(
	const struct logout_token_request *rq, struct arena *a, struct str *ret)
{
	struct buf text = buf_new(a, 512);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "iss", rq->issuer);
	json_put_str(&w, "sub", subject_for(rq->tenant, rq->client, a, rq->user_id));
	json_put_str(&w, "aud", rq->client->client_id);
	json_put_int(&w, "iat", rq->now);
	json_put_int(&w, "exp", rq->now + LOGOUT_TOKEN_SECONDS);
	json_put_str(&w, "jti", random_token(a, JTI_BYTES));
	json_put_str(&w, "sid", rq->sid);
	json_key(&w, "events");
	json_begin_map(&w);
	json_key(&w, event);
	json_begin_map(&w);
	json_end_map(&w);
	json_end_map(&w);
	json_end_map(&w);
	return id_token_sign(rq->tenant, rq->client, S("logout+jwt"), a, buf_str(&text), ret);
}
