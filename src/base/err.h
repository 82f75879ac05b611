/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * err: how the environment fails. One of three shapes of failure in tacit:
 *
 *   a bug               aborts (assert);
 *   the environment     is an enum err that travels up and is logged once, at the front;
 *   a client's mistake  is a const struct fault * (oidc/fault.h), part of the protocol.
 *
 * The members are what callers can act on, no more. Anything that is not OK leaves a
 * function's ret parameters untouched.
 */

enum err {
	OK = 0,
	ERR_NOT_FOUND,   /* no such row, key, file */
	ERR_CONFLICT,    /* it exists already, or was taken before */
	ERR_INVALID,     /* the input is not what it should be */
	ERR_WOULD_BLOCK, /* an INLINE handler must write: run it again on POOL */
	ERR_WAIT,        /* it waits for something: run it again when that has come */
	ERR_BUSY,        /* a queue is full; say 503 with Retry-After */
	ERR_STORE,       /* the database did not answer */
	ERR_CRYPTO,      /* the crypto library refused */
	ERR_IO,          /* a file or a socket */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* "OK", "ERR_NOT_FOUND", …: for logs. Static, never NULL. */
const char *err_name(enum err);
