/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* delivery: one message to where it goes. Blocks, up to its timeout. Inside notify only. */

#include "notify/notify.h"

/*
 * By the tenant's mail server. *ret_why is one sentence for the log. Its certificate is checked
 * (SSL_CERT_FILE names other authorities), and without TLS nothing is said to it unless the
 * tenant's settings say so.
 *
 * ERR_IO       not now: try again
 * ERR_INVALID  the server will never take it
 */
enum err delivery_smtp(const struct tenant *, struct arena *, const char *from, const char *to,
	struct str message, const char **ret_why) MUST_CHECK;

/* Into a file of its own, NAME.eml, that appears whole. ERR_IO */
enum err delivery_sink(
	struct arena *, const char *folder, struct str name, struct str message) MUST_CHECK;

/* Once, before and after all threads. */
void delivery_begin(void);
void delivery_end(void);
