/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* find_user: the user that somebody named on the command line. */

#include "cli/place.h"
#include "store/user.h"

/* By user_id, else by e-mail or user name. EXIT_REFUSED, and it was said why. */
int find_user(struct cli *, const struct place *, struct str name, struct user *ret);

/* Opens the data folder, and finds in it the user that --user names; `what` of theirs is asked
 * for ("sessions"). */
int open_user_option(struct cli *, const char *what, struct place *ret_place, struct user *ret);

/* The same with the user that the first argument names. */
int open_user(struct cli *, struct place *ret_place, struct user *ret);
