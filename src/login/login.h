/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * login: what a person goes through. Each page belongs to an interaction (store/interaction.h)
 * that oidc/ began; it records the answer, in one durable write with what it did, and sends
 * the browser back to ISSUER authorize/resume?state=ID, where the decision is asked again. It
 * never calls oidc/ and knows nothing of the protocol.
 *
 * Pages are for the browser that began: its flow cookie, and in every form a token that is
 * bound to the interaction, the step and that cookie (flow.h).
 */

#include "http/handler.h"

/* /u/login: identifier and password. */
handler_fn login_page;
handler_fn login_submit;

/* /u/account?state=ID: which of the accounts of this browser; without a state, the person's own
 * page, with /u/password, /u/account/export and /u/account/delete. */
handler_fn account_page;
handler_fn account_submit;
handler_fn password_page;
handler_fn export_page;
handler_fn delete_page;

/* /u/mfa: the second factor, or the way to one. */
handler_fn mfa_page;
handler_fn mfa_submit;

/* /u/mfa/manage: a person's own factors, recovery codes and remembered browsers. */
handler_fn factors_page;

/* /u/consent: what an application may do. */
handler_fn consent_page;
handler_fn consent_submit;

/* /u/signup: a new account, where the tenant lets people make one. */
handler_fn signup_page;
handler_fn signup_submit;

/* /activate: a person lets a device in that has no browser (store/device_grant.h). */
handler_fn activate_page;

/* POST and OPTIONS of /dbconnections/signup and /dbconnections/change_password. */
handler_fn dbconnections_signup;
handler_fn dbconnections_change_password;

/* /u/reset: a forgotten password; /u/verify: an address is confirmed. GET and POST. */
handler_fn reset_page;
handler_fn verify_page;

/*
 * /u/logout. With ?state=ID of an interaction whose page is "logout": ends the session that
 * data.sid names, or without it all of the browser's, adds their sids to data as the list
 * "page_ended", and goes on to ISSUER oidc/logout/resume?state=ID. Without a state: ends all
 * and says so.
 */
handler_fn logout_page;
handler_fn logout_submit;
