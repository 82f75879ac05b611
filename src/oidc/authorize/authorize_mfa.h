/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_mfa: row 17: is a second factor due? Done once in a session it counts for the whole
 * session. The request may demand one (acr_values), the tenant's policy or an action may want
 * one; only from the latter two does a remembered browser excuse (wire document, 4.5).
 */

#include "oidc/authorize/authorize_gather.h"

/* After the actions; nothing where an earlier row answers. ERR_STORE */
enum err authorize_mfa(const struct authorize_subject *, const struct http_request *,
	struct authorize_found *, struct authorize_facts *) MUST_CHECK;
