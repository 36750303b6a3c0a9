/** Files of sections with `key=value`, as systemd and NetworkManager have them, and their patterns. */

export type Section = {
  readonly name: string;
  readonly entries: readonly { readonly key: string; readonly value: string }[];
};

export function sectionsIn(text: string): Section[] {
  const sections: { name: string; entries: { key: string; value: string }[] }[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
    const [, name] = /^\[(.+)\]$/.exec(line) ?? [];
    const [, key, value = ''] = /^([^#;=[][^=]*?)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) sections.push({ name, entries: [] });
    else if (key !== undefined) sections.at(-1)?.entries.push({ key, value });
  }
  return sections;
}

/** A shell's pattern: `*`, `?` and `[...]`. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$+.()|{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return new RegExp(`^${source.replaceAll('[!', '[^')}$`).test(text);
  } catch {
    return pattern === text;
  }
}
