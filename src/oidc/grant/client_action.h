/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_action: has the actions that are bound to credentials-exchange run for the
 * client_credentials grant, before anything is issued (auth0-wire, 4.1).
 */

#include "oidc/grant/grant.h"
#include "oidc/token/action_wish.h"

/*
 * ret->fault is set where they refuse. *wish has what they want of the token; its scope is
 * ret->scope where nothing is bound. ERR_BUSY, ERR_STORE
 */
enum err client_action(const struct token_request *, const struct resource_server *,
	struct token_answer *ret, struct action_wish *ret_wish) MUST_CHECK;
