/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * front_fault: the words for a failure that no handler answered (404, 405, 413, 500, 503), in
 * the form that its route names: a page for a person, JSON for a program, and on /authorize
 * a page that also tells a frame that waits. Pages of registered origins may read the JSON.
 */

#include "front/front.h"

front_fault_fn front_fault;
