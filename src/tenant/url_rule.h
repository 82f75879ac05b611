/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * url_rule: what may be registered as a URL or an origin, and when a value fits an entry with
 * a wildcard. Used inside tenant/ only.
 *
 * '*' may stand only as the whole left-most label of an http or https host, and what is
 * behind it must be a domain that somebody can own (not "com", not "github.io"). It stands
 * for one label.
 */

#include "tenant/field.h"

/* An absolute URL without fragment and user information; no scheme that runs code. */
field_check_fn url_rule_redirect;
/* scheme://host[:port], http or https; one slash behind it is forgiven. */
field_check_fn url_rule_origin;
/* An absolute http or https URL, no wildcard. */
field_check_fn url_rule_web;
/* … and https, or http on localhost: what our pages may show as a picture. Its host is one that
 * can be named in a Content-Security-Policy. */
field_check_fn url_rule_picture;
/* https only, for what is fetched; and where a fragment may stand for what is there. */
field_check_fn url_rule_https;
field_check_fn url_rule_https_fragment;
/* … and https, or on this computer: what our pages may show in a frame. */
field_check_fn url_rule_frame;

/* Does `value` fit the entry? Without a '*' in its host: exact bytes. */
bool url_rule_fits(struct str entry, struct str value);

/* The origin of an entry that url_rule_origin passed. '*' stays. */
struct str url_rule_origin_of(struct arena *, struct str entry);
