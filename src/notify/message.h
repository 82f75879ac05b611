/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* message: mail as it travels (RFC 5322, MIME of RFC 2045 and 2046): text and HTML of the same,
 * both in base64, so that no line is too long and no byte above 127. Inside notify only. */

#include "notify/notify.h"

struct message_frame {
	struct str from;      /* an address */
	struct str from_name; /* may be empty, or not ASCII */
	struct str domain;    /* for Message-ID */
	int64_t now;
};

struct str message_write(
	struct arena *, const struct notify_message *, const struct message_frame *);
