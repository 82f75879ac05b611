/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* queue: a message on its way into a row of store/mail.h and out of it. Inside notify only. */

#include "notify/notify.h"
#include "store/mail.h"

/* ERR_INVALID  sealed with a key that is not here any more */
enum err queue_open(const struct tenant *, struct arena *, const struct mail *,
	struct notify_message *ret) MUST_CHECK;
