/* SPDX-License-Identifier: Apache-2.0 */

/* A QR code as the data of one SVG path: a run of dark modules is a rectangle one high. */

#include <qrencode.h>

#include "base/buf.h"
#include "login/factor/factor.h"

static void free_code(QRcode **code)
{
	QRcode_free(*code);
}
#define auto_code __attribute__((cleanup(free_code))) QRcode

static bool is_dark(const QRcode *code, int x, int y)
{
	return code->data[y * code->width + x] & 1;
}

static void add_row(struct buf *b, const QRcode *code, int y)
{
	for (int x = 0; x < code->width; x++) {
		int from = x;

		while (x < code->width && is_dark(code, x, y))
			x++;
		if (x > from)
			buf_addf(b, "M%d %dh%dv1h-%dz", from, y, x - from, x - from);
	}
}

enum err qr_path(struct arena *a, struct str text, struct str *ret_path, int *ret_width)
{
	auto_code *code =
		QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
	struct buf b = buf_new(a, 8192);

	if (code == NULL)
		return ERR_INVALID;
	for (int y = 0; y < code->width; y++)
		add_row(&b, code, y);
	*ret_path = buf_str(&b);
	*ret_width = code->width;
	return OK;
}
