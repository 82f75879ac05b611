/* SPDX-License-Identifier: Apache-2.0 */
#include "login/login.h"
#include "page/style.h"

const struct route login_routes[] = {
	{ STYLE_PATH, HTTP_GET, style_sheet, INLINE, FORM_PAGE, "style", 0 },
	{ "/u/login", HTTP_GET, login_page, POOL, FORM_PAGE, "login", 0 },
	{ "/u/login", HTTP_POST, login_submit, POOL, FORM_PAGE, "login", 0 },
	{ "/u/account", HTTP_GET, account_page, POOL, FORM_PAGE, "account", 0 },
	{ "/u/account", HTTP_POST, account_submit, POOL, FORM_PAGE, "account", 0 },
	{ "/u/consent", HTTP_GET, consent_page, POOL, FORM_PAGE, "consent", 0 },
	{ "/u/consent", HTTP_POST, consent_submit, POOL, FORM_PAGE, "consent", 0 },
	{ "/u/logout", HTTP_GET, logout_page, POOL, FORM_PAGE, "logout", 0 },
	{ "/u/logout", HTTP_POST, logout_submit, POOL, FORM_PAGE, "logout", 0 },
};

const size_t login_route_count = sizeof(login_routes) / sizeof(login_routes[0]);
