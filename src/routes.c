/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

#include "login/login.h"
#include "manage/signing_keys.h"
#include "observe/health.h"
#include "oidc/authorize/authorize.h"
#include "oidc/authorize/authorize_continue.h"
#include "oidc/authorize/session_management.h"
#include "oidc/endpoint/device_authorization.h"
#include "oidc/endpoint/discovery.h"
#include "oidc/endpoint/introspection.h"
#include "oidc/endpoint/jwks.h"
#include "oidc/endpoint/pushed_authorization.h"
#include "oidc/endpoint/registration.h"
#include "oidc/endpoint/revocation.h"
#include "oidc/endpoint/token.h"
#include "oidc/endpoint/userinfo.h"
#include "oidc/endpoint/why.h"
#include "oidc/logout/end_session.h"
#include "page/style.h"

enum {
	GET = HTTP_GET,
	GET_HEAD = HTTP_GET | HTTP_HEAD,
	GET_POST = HTTP_GET | HTTP_POST,
	OPEN = HTTP_GET | HTTP_HEAD | HTTP_OPTIONS,
	POST_CORS = HTTP_POST | HTTP_OPTIONS,
	MANAGE = HTTP_GET | HTTP_PUT | HTTP_DELETE,
	GET_PUT = HTTP_GET | HTTP_PUT,
	GET_POST_CORS = HTTP_GET | HTTP_POST | HTTP_OPTIONS,
};

/* clang-format off */
const struct route routes[] = {
	/* path                                    methods        handler          where   a failure's form  name */
	{ "/authorize",                              GET_POST,      authorize,        INLINE, FORM_FRAME, "authorize",        0 },
	{ "/authorize/resume",                       GET,           authorize_resume, POOL,   FORM_PAGE,  "authorize_resume", 0 },
	{ "/continue",                               GET_POST,      authorize_continue, POOL, FORM_PAGE,  "continue",         0 },
	{ "/oauth/token",                            POST_CORS,     token,            POOL,   FORM_JSON,  "token",            0 },
	{ "/oauth/par",                              POST_CORS,     pushed_authorization, POOL, FORM_JSON, "pushed_authorization", 0 },
	{ "/oauth/device/code",                      POST_CORS,     device_authorization, POOL, FORM_JSON, "device_authorization", 0 },
	{ "/oidc/register",                          HTTP_POST,     registration,     POOL,   FORM_JSON,  "registration",     0 },
	{ "/oidc/register/*",                        MANAGE,        registration_management, POOL, FORM_JSON, "registration", 0 },
	{ "/oauth/revoke",                           POST_CORS,     revocation,       POOL,   FORM_JSON,  "revocation",       0 },
	{ "/oauth/introspect",                       HTTP_POST,     introspection,    INLINE, FORM_JSON,  "introspection",    0 },
	{ "/userinfo",                               GET_POST_CORS, userinfo,         INLINE, FORM_JSON,  "userinfo",         0 },
	{ "/.well-known/openid-configuration",       OPEN,          discovery,        INLINE, FORM_JSON,  "discovery",        0 },
	{ "/.well-known/oauth-authorization-server", OPEN,          discovery,        INLINE, FORM_JSON,  "discovery",        0 },
	{ "/.well-known/jwks.json",                  OPEN,          jwks,             INLINE, FORM_JSON,  "jwks",             0 },
	{ "/v2/logout",                              GET,           end_session_v2,   POOL,   FORM_PAGE,  "logout",           0 },
	{ "/oidc/logout",                            GET_POST,      end_session,      POOL,   FORM_PAGE,  "end_session",      0 },
	{ "/oidc/logout/resume",                     GET,           end_session_resume, POOL, FORM_PAGE,  "end_session",      0 },
	{ "/oidc/check_session",                     GET_HEAD,      check_session,    INLINE, FORM_PAGE,  "check_session",    0 },
	{ "/why/*",                                  GET_HEAD,      why,              INLINE, FORM_PAGE,  "why",              0 },

	{ "/u/login",                                GET,           login_page,       POOL,   FORM_PAGE,  "login",            0 },
	{ "/u/login",                                HTTP_POST,     login_submit,     POOL,   FORM_PAGE,  "login",            0 },
	{ "/u/account",                              GET,           account_page,     POOL,   FORM_PAGE,  "account",          0 },
	{ "/u/account",                              HTTP_POST,     account_submit,   POOL,   FORM_PAGE,  "account",          0 },
	{ "/u/account/export",                       GET,           export_page,      POOL,   FORM_PAGE,  "export",           0 },
	{ "/u/account/delete",                       GET_POST,      delete_page,      POOL,   FORM_PAGE,  "delete",           0 },
	{ "/u/password",                             GET_POST,      password_page,    POOL,   FORM_PAGE,  "password",         0 },
	{ "/u/mfa",                                  GET,           mfa_page,         POOL,   FORM_PAGE,  "mfa",              0 },
	{ "/u/mfa",                                  HTTP_POST,     mfa_submit,       POOL,   FORM_PAGE,  "mfa",              0 },
	{ "/u/mfa/manage",                           GET_POST,      factors_page,     POOL,   FORM_PAGE,  "factors",          0 },
	{ "/u/consent",                              GET,           consent_page,     POOL,   FORM_PAGE,  "consent",          0 },
	{ "/u/consent",                              HTTP_POST,     consent_submit,   POOL,   FORM_PAGE,  "consent",          0 },
	{ "/u/signup",                               GET,           signup_page,      POOL,   FORM_PAGE,  "signup",           0 },
	{ "/u/signup",                               HTTP_POST,     signup_submit,    POOL,   FORM_PAGE,  "signup",           0 },
	{ "/u/reset",                                GET_POST,      reset_page,       POOL,   FORM_PAGE,  "reset",            0 },
	{ "/u/verify",                               GET_POST,      verify_page,      POOL,   FORM_PAGE,  "verify",           0 },
	{ "/u/logout",                               GET,           logout_page,      POOL,   FORM_PAGE,  "logout_page",      0 },
	{ "/u/logout",                               HTTP_POST,     logout_submit,    POOL,   FORM_PAGE,  "logout_page",      0 },
	{ "/activate",                               GET_POST,      activate_page,    POOL,   FORM_PAGE,  "activate",         0 },
	{ "/dbconnections/signup",                   POST_CORS,     dbconnections_signup, POOL, FORM_JSON, "db_signup",       0 },
	{ "/dbconnections/change_password",          POST_CORS,     dbconnections_change_password, POOL, FORM_JSON, "db_change_password", 0 },
	{ STYLE_PATH,                                GET_HEAD,      style_sheet,      INLINE, FORM_PAGE,  "style",            0 },

	{ "/api/v2/keys/signing",                    GET,           signing_keys,     POOL,   FORM_JSON,  "signing_keys",     0 },
	{ "/api/v2/keys/signing/rotate",             HTTP_POST,     signing_keys_rotate, POOL, FORM_JSON, "signing_keys",    0 },
	{ "/api/v2/keys/signing/*",                  GET_PUT,       signing_keys_one, POOL,   FORM_JSON,  "signing_keys",     0 },

	{ "/healthz",                                GET_HEAD,      healthz,          INLINE, FORM_JSON,  "healthz",          0 },
	{ "/readyz",                                 GET_HEAD,      readyz,           POOL,   FORM_JSON,  "readyz",           0 },
};

const struct route admin_routes[] = {
	{ "/metrics",                                GET_HEAD,      metrics,          POOL,   FORM_JSON,  "metrics",          0 },
	{ "/healthz",                                GET_HEAD,      healthz,          INLINE, FORM_JSON,  "healthz",          0 },
	{ "/readyz",                                 GET_HEAD,      readyz,           POOL,   FORM_JSON,  "readyz",           0 },
};
/* clang-format on */

const size_t route_count = sizeof(routes) / sizeof(routes[0]);
const size_t admin_route_count = sizeof(admin_routes) / sizeof(admin_routes[0]);
