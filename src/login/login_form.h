/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * login_form: the sign-in page, filled in. With `identifier_first` it comes in two steps of
 * the same names: the user name, then the password beside it.
 */

#include "login/flow.h"

enum { USERNAME_MAX = 256, PASSWORD_TEXT_MAX = 1024 };

enum login_trouble {
	LOGIN_FINE,
	LOGIN_WRONG,
	LOGIN_NO_USERNAME,
	LOGIN_NO_PASSWORD,
	LOGIN_TOO_LONG,
	LOGIN_LIMITED,
	LOGIN_BLOCKED,
	LOGIN_NOT_SUBJECT,
	LOGIN_PASSKEY_WRONG,
	LOGIN_TROUBLES
};

struct login_form {
	struct str username;
	struct str password; /* never shown again */
	bool remember;
	bool only_username; /* the first step of two */
	enum login_trouble trouble;
	int64_t retry_after; /* seconds, for LOGIN_LIMITED */
};

/* The steps that a form's token names. */
#define LOGIN_STEP_USERNAME "login.username"
#define LOGIN_STEP_PASSWORD "login.password"
#define LOGIN_STEP_PASSKEY  "login.passkey"

/* The form as it was sent, with the first thing that is missing or too long. */
struct login_form login_form_read(const struct flow *, bool only_username);

void login_form_show(const struct flow *, const struct login_form *, struct http_response *);
