/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * device_authorization: POST /oauth/device/code (RFC 8628, 3.1 and 3.2). A device that has no
 * browser asks for a code to show; the request is checked as /authorize would check it, and
 * waits in a row of store/device_grant.h for a person at /activate. What comes of it is
 * fetched at the token endpoint: grant/device_code.c.
 */

#include "http/handler.h"

handler_fn device_authorization;
