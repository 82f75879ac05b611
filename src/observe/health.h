/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * health: what a machine asks of the server. /healthz: the process answers; any page may
 * ask, to tell a server that refuses from a network that is away, and to read its clock (Date).
 * /readyz: the store answers too, else 503. /metrics, on the admin listener only: Prometheus
 * text.
 */

#include "http/handler.h"

handler_fn healthz; /* INLINE */
handler_fn readyz;  /* POOL: a store may take its time */
handler_fn metrics; /* POOL */
