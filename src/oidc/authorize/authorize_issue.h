/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_issue: the decision was "issue": seals a code, signs the tokens, and writes what
 * the contract's section 4 "Cost" allows: one row the first time a client joins a session,
 * nothing else that anybody waits for. A silent success is the same as an interactive one.
 */

#include "http/request.h"
#include "oidc/authorize/authorize_gather.h"
#include "oidc/response_mode/response_mode.h"

/*
 * Adds code, tokens and what belongs to them to *response. `interactive`: a person chose
 * this session now, so it becomes the one last used by this client. Where `draft` is not NULL,
 * the id_token may have been left for it to sign.
 *
 * ERR_WOULD_BLOCK  a row must be written and rq->may_block is false: nothing was done
 * ERR_BUSY, ERR_STORE, ERR_CRYPTO
 */
enum err authorize_issue(const struct authorize_subject *, const struct http_request *,
	const struct authorize_found *, bool interactive, struct jws_draft *draft,
	struct authorize_response *response) MUST_CHECK;

/* Slides the session's idle time, at most once in a twentieth of it, without waiting. */
void authorize_touch(
	const struct authorize_subject *, const struct http_request *, const struct session *);
