/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fetch: the only way in which a URL that a stranger wrote is asked for: a client's keys, and
 * the word that a session has ended. https only, with a certificate that is checked
 * (SSL_CERT_FILE names other authorities); TLS 1.3 where it is offered, never below 1.2.
 * Nothing private: the name is resolved once, every address must be a public one, and the
 * connection goes to exactly these. No redirect is followed, no proxy is asked, and time and
 * size are bounded.
 *
 * It blocks for up to FETCH_SECONDS and the resolver's own time: on POOL only, and of its
 * threads on no more than fetch_set_limit says, so that hosts that answer slowly leave the
 * others to everybody else.
 */

#include <stdbool.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/err.h"
#include "tenant/settings.h"

enum { FETCH_SECONDS = 5, FETCH_MAX = 64 * 1024 };

/*
 * The body of a 200. `may_be_private`: "host" or "host:port" that may have addresses of this
 * computer or network.
 * ERR_INVALID  the URL is not one to be asked for
 * ERR_IO       no answer, or another status, or more than FETCH_MAX bytes
 * ERR_BUSY     as many as may be are under way: nobody was asked
 */
enum err fetch(struct arena *, struct str_list may_be_private, struct str url,
	struct str *ret) MUST_CHECK;

/*
 * POST of a form, application/x-www-form-urlencoded. *ret_status is whatever was answered; what
 * it says is not kept.
 * ERR_INVALID, ERR_IO as above
 */
enum err fetch_post(struct arena *, struct str_list may_be_private, struct str url,
	struct str form, int *ret_status) MUST_CHECK;

/* How many calls of fetch() may be under way at the same time; before it is called, 2. Those of
 * fetch_post() are not counted: whoever calls it has threads of its own. */
void fetch_set_limit(unsigned at_once);

/* Is it an address of the public internet? Pure. */
bool fetch_address_is_public(const struct sockaddr *);
