// SPDX-License-Identifier: Apache-2.0
// Just enough HTML to use our own pages as a person would: forms, their fields and buttons,
// elements by id. The pages are ours and regular; this is no general parser.

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

export function unescape(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return entities[name.toLowerCase()] ?? whole;
  });
}

function attributes(tag) {
  const found = {};
  for (const [, name, double, single, bare] of tag.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)) {
    found[name.toLowerCase()] ??= unescape(double ?? single ?? bare ?? '');
  }
  return found;
}

/** Every element of this name: {attributes, inner (HTML), text}. */
export function elements(html, name) {
  const isVoid = /^(input|meta|link|br|img)$/.test(name);
  const end = isVoid ? '' : `([\\s\\S]*?)</${name}\\s*>`;
  const tags = html.matchAll(new RegExp(`<${name}\\b((?:"[^"]*"|'[^']*'|[^"'>])*)>${end}`, 'gi'));
  return [...tags].map(([, tag, inner = '']) => ({
    attributes: attributes(tag),
    inner,
    text: unescape(inner.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim()),
  }));
}

/** The element whose id this is, as above; undefined if there is none. */
export function byId(html, id) {
  const tag = new RegExp(`<([a-z][a-z0-9]*)\\b(?:"[^"]*"|'[^']*'|[^"'>])*\\bid\\s*=\\s*["']?${id}["'\\s>]`, 'i').exec(html);
  return tag && elements(html.slice(tag.index), tag[1].toLowerCase())[0];
}

/**
 * The page's forms: {action, method, fields, buttons}. `fields` is what the form would send
 * untouched, in order: [[name, value]…]; `controls` every input by id or name.
 */
export function forms(html) {
  return elements(html, 'form').map(({ attributes: form, inner }) => {
    const inputs = elements(inner, 'input').map((input) => input.attributes);
    const sent = inputs.filter((input) => input.name
      && !/^(submit|button|image|reset)$/.test(input.type ?? '')
      && (!/^(checkbox|radio)$/.test(input.type ?? '') || 'checked' in input));
    return {
      action: form.action ?? '',
      method: (form.method ?? 'get').toUpperCase(),
      fields: sent.map((input) => [input.name, input.value ?? '']),
      controls: inputs,
      buttons: elements(inner, 'button').map((button) => ({ ...button.attributes, text: button.text })),
    };
  });
}
