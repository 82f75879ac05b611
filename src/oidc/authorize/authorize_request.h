/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_request: the authorization request as a struct of slices: the "read" of the
 * authorization endpoint. It judges nothing: what a value means is said by authorize_check,
 * and what could not be understood is kept as such (`…_known`, NULL, -1).
 *
 * OpenID Connect Core 1.0, 3.1.2.1; RFC 6749, 4.1.1; RFC 7636, 4.3; RFC 9449, 10. Unknown
 * parameters are accepted and ignored.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "http/params.h"
#include "oidc/response_mode/response_mode.h"
#include "store/interaction.h"

enum response_type_bit { RESPONSE_CODE = 1, RESPONSE_TOKEN = 2, RESPONSE_ID_TOKEN = 4 };

enum {
	STATE_MAX = 4096, /* longer: row 5, without state */
	NONCE_MAX = 2048,
	CLAIMS_MAX = 4096,
	MAX_AGE_ABSENT = -1,
	MAX_AGE_MALFORMED = -2,
};

struct authorize_request {
	struct params params;
	struct str text; /* all of it, as it came: what an interaction keeps */
	struct str client_id;
	struct str redirect_uri;
	struct str redirect_origin; /* of redirect_uri; empty unless it is http or https */
	struct str response_type_text;
	struct str response_mode_text;
	struct str scope;
	struct str audience;
	struct str resource;
	struct str state;
	struct str nonce;
	struct str prompt_text;
	struct str max_age_text;
	struct str login_hint;
	struct str id_token_hint;
	struct str acr_values;
	struct str ui_locales;
	struct str code_challenge;
	struct str code_challenge_method;
	struct str claims;
	struct str dpop_jkt;
	struct str web_message_uri;
	struct str web_message_target;
	struct str screen_hint;
	struct str request;
	struct str request_uri;
	struct str registration;
	/* Of the claims parameter (authorize_claims.h). */
	struct str claims_subject; /* `sub` with a value */
	struct str acr_claimed;    /* values of `acr`, with blanks between */
	bool acr_wanted;
	bool acr_essential;
	unsigned
		response_type; /* of enum response_type_bit; 0 when missing or not understood */
	unsigned prompt;       /* of enum prompt_bit */
	bool prompt_known;     /* false: it holds a word that is no prompt */
	int64_t max_age;       /* seconds, or one of the two above */
	/* How the answer travels: as asked, or by the type where that is absent or bad. */
	enum response_mode_kind mode;
	bool mode_known; /* false: response_mode was sent and is none of ours */
};

/* `text` is a query string or a form body. Slices live in the arena. */
struct authorize_request authorize_request_read(struct arena *, struct str text);

/* "code id_token", for events and grants; a literal. */
const char *response_type_name(unsigned response_type);
