/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * url: an absolute URL taken apart (RFC 3986), its origin (RFC 6454), and percent-encoding.
 * Slices point into the input. It does not resolve, normalise or fetch. Redirect URIs are
 * compared as strings, byte for byte; this parser is for origins and for refusing what is
 * not a URL: control bytes, blanks, backslashes and bytes outside ASCII are ERR_INVALID.
 *
 * It is stricter than RFC 3986 where parsers disagree: a host is made of unreserved
 * characters only (so it can stand in a CSP) or is an IPv6 address in brackets; http and
 * https have a host; '@' comes at most once. It is laxer in one point: brackets may stand
 * in path, query and fragment.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct url {
	struct str scheme;   /* as written; compare with str_eq_nocase */
	struct str userinfo; /* before '@', without it */
	bool has_userinfo;
	struct str host;  /* as written, IPv6 with its brackets */
	struct str port;  /* digits, or empty */
	struct str path;  /* from '/', or empty; without authority, all behind the scheme */
	struct str query; /* without '?' */
	bool has_query;
	struct str fragment; /* without '#' */
	bool has_fragment;
	bool has_authority; /* "//" follows the scheme; custom schemes may lack it */
};

/* ERR_INVALID  no scheme, or bytes that no URL has, or a bad host or port */
enum err url_parse(struct str, struct url *ret) MUST_CHECK;

/*
 * "https://app.example:8443": scheme and host in lower case, the default port left out.
 * Empty for schemes other than http and https (their origin is opaque: "null").
 */
struct str url_origin(struct arena *, const struct url *);

/* localhost, *.localhost, 127.0.0.0/8 and [::1] (contract, section 8). Takes a host without
 * port. */
bool url_host_is_loopback(struct str host);

/* Percent-encodes all but RFC 3986 unreserved characters. '+' and ' ' become %2B and %20. */
void url_encode_add(struct buf *, struct str);
struct str url_encode(struct arena *, struct str);

/*
 * Decodes %XX; with `plus`, '+' is a blank (application/x-www-form-urlencoded).
 * ERR_INVALID  a broken escape
 * The result may hold any byte, NUL too: callers check with str_is_utf8.
 */
enum err url_decode(struct arena *, struct str, bool plus, struct str *ret) MUST_CHECK;
