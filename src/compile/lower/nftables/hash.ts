/** FNV-1a with MurmurHash3's finalizer: the same on every host. */
export function hash(name: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let index = 0; index < name.length; index++) value = Math.imul(value ^ name.charCodeAt(index), 0x01000193);
  return mixed(value);
}

/** MurmurHash3's finalizer: each bit of the result depends on each bit of the value. */
export function mixed(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
