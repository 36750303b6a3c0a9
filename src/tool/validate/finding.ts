/** What `sriov validate` has to say of a place in a file. */

export type Severity = 'error' | 'warning';

/** The names are stable: scripts may look for them. An error is what the plugin, or whoever reads the file before it, refuses. */
export const RULES = {
  'not-json': 'error',
  'not-yaml': 'error',
  'too-deep': 'error',
  'too-large': 'error',
  'too-many-aliases': 'error',
  'no-configuration': 'error',
  'api-version': 'error',
  'config-is-no-text': 'error',
  'no-plugins': 'error',
  'missing-type': 'error',
  'wrong-value': 'error',
  'unsupported-version': 'error',
  'inexpressible-result': 'error',
  'capability-is-no-flag': 'error',
  'misspelt-type': 'warning',
  'unknown-key': 'warning',
  'duplicate-key': 'warning',
  'ipam-without-type': 'warning',
  'gateway-outside-subnet': 'warning',
  'default-route': 'warning',
  'shared-range': 'warning',
  'missing-capability': 'warning',
  'unknown-capability': 'warning',
  'missing-resource-name': 'warning',
  'fixed-device': 'warning',
  'config-on-node': 'warning',
  'version-for-new-runtimes': 'warning',
} as const satisfies Record<string, Severity>;
export type Rule = keyof typeof RULES;

/** Both count from 1. */
export type Position = { readonly line: number; readonly column: number };
export type Spot = Position & { readonly file: string };

export type Finding = Spot & {
  readonly severity: Severity;
  readonly rule: Rule;
  /** Of the key or value, in the configuration or the manifest; empty for all of it. */
  readonly path: string;
  readonly problem: string;
  /** What to do, where the problem does not tell. */
  readonly remedy?: string;
};

/** A place by its path. */
export type Place = Spot & { readonly path: string };

type Said = Pick<Finding, 'problem' | 'remedy'>;

export function findingAt(
  { file, line, column, path }: Place,
  rule: Rule,
  { problem, remedy }: Said,
): Finding {
  return { file, line, column, severity: RULES[rule], rule, path, problem, ...(remedy && { remedy }) };
}

/** As they stand in the files; what two plugins of one list have in common is told once. */
export function inOrder(findings: readonly Finding[], files: readonly string[]): Finding[] {
  const once = new Map(findings.map((one) => [JSON.stringify(one), one]));
  return [...once.values()].sort(
    (one, other) =>
      files.indexOf(one.file) - files.indexOf(other.file) ||
      one.line - other.line ||
      one.column - other.column,
  );
}
