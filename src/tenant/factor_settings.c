/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/factor_settings.h"

#include "tenant/settings.h"

static const struct {
	const char *name;
	unsigned bit; /* 0: not there */
} names[] = {
	{ "otp", FACTOR_OTP },
	{ "webauthn-roaming", FACTOR_KEY },
	{ "webauthn-platform", FACTOR_PASSKEY },
	{ "email", FACTOR_EMAIL },
	{ "recovery-code", FACTOR_RECOVERY },
	{ "sms", 0 },
	{ "phone", 0 },
	{ "push-notification", 0 },
	{ "duo", 0 },
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static enum err read_item(
	struct arena *a, const struct json *item, unsigned *factors, struct str *ret_why)
{
	const struct json *enabled = json_get(item, "enabled");

	if (!enabled || (enabled->type != JSON_TRUE_VALUE && enabled->type != JSON_FALSE_VALUE))
		return field_refuse(
			a, ret_why, "guardianFactors.enabled", "must be true or false");
	for (size_t i = 0; i < NAMES; i++) {
		if (!str_is(json_get_str(item, "name"), names[i].name))
			continue;
		if (enabled->type == JSON_TRUE_VALUE)
			*factors |= names[i].bit;
		else
			*factors &= ~names[i].bit;
		return OK;
	}
	return field_refuse(a, ret_why, "guardianFactors.name",
		"must be otp, webauthn-roaming, webauthn-platform, email or recovery-code");
}

enum err factor_settings_read(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct settings *s = into;
	unsigned factors = FACTORS_BY_DEFAULT;
	enum err err = OK;

	if (value->type != JSON_LIST)
		return field_refuse(
			a, ret_why, "guardianFactors", "must be a list of {name, enabled}");
	json_each(item, value)
	{
		if (err == OK)
			err = read_item(a, item, &factors, ret_why);
	}
	if (err != OK)
		return err;
	s->factors = factors & ~(unsigned)FACTOR_RECOVERY ? factors : FACTORS_BY_DEFAULT;
	return OK;
}
