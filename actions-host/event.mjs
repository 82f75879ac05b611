// SPDX-License-Identifier: Apache-2.0
// The event of a run, whose parts are read when they are asked for: most actions look at one or
// two of them. `index` says where each is: ",user=0:512,client=512:60".

/** The parts that nobody has asked for, nor put another value in the place of. */
class Parts {
  #text;

  #index;

  #taken = new Set();

  constructor(text, index) {
    this.#text = text;
    this.#index = index;
  }

  #read(event, name) {
    if (typeof name !== 'string' || this.#taken.has(name)) return;
    const key = `,${name}=`;
    const at = this.#index.indexOf(key);
    if (at < 0) return;
    this.#taken.add(name);
    const from = parseInt(this.#index.slice(at + key.length), 10);
    const length = parseInt(this.#index.slice(this.#index.indexOf(':', at) + 1), 10);
    event[name] = JSON.parse(this.#text.slice(from, from + length));
  }

  #readAll(event) {
    for (const [, name] of this.#index.matchAll(/,(\w+)=/g)) this.#read(event, name);
  }

  get(event, name) {
    this.#read(event, name);
    return event[name];
  }

  set(event, name, value) {
    this.#taken.add(name);
    event[name] = value;
    return true;
  }

  has(event, name) {
    this.#read(event, name);
    return name in event;
  }

  deleteProperty(event, name) {
    this.#taken.add(name);
    return delete event[name];
  }

  defineProperty(event, name, descriptor) {
    this.#read(event, name);
    return Reflect.defineProperty(event, name, descriptor);
  }

  getOwnPropertyDescriptor(event, name) {
    this.#read(event, name);
    return Reflect.getOwnPropertyDescriptor(event, name);
  }

  ownKeys(event) {
    this.#readAll(event);
    return Reflect.ownKeys(event);
  }
}

export function makeEvent(text, index) {
  return new Proxy({}, new Parts(text, index));
}
