/** Thousands of configurations that nobody wrote: the tool finds an error where the plugin would refuse, and nowhere else. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valueAt } from '../../../../schemas/decode.ts';
import { parseJson, requestOf, versionOf } from '../../../../src/cni/request.ts';
import type { Finding, Rule } from '../../../../src/tool/validate/finding.ts';
import { sourceOf } from '../../../../src/tool/validate/source.ts';
import { validationOf } from '../../../../src/tool/validate/validation.ts';
import { anyStdin } from '../../../any-input.ts';
import { seedOf, times } from '../../../figures.ts';
import { EVERYTHING, SETTINGS } from '../../../sound-conf.ts';
import { checkRanges } from '../../cni/calls.ts';

const RUNS = times({ fast: 100, soak: 20_000 });
const TIMEOUT_MS = times({ fast: 30_000, soak: 1_200_000 });
const anyText = anyStdin({ ...EVERYTHING, ...SETTINGS });

const findingsIn = (file: string, text: string) => validationOf([sourceOf(file, text)]).findings;

/** As a command that needs no device reads it. */
function isRefused(text: string): boolean {
  try {
    const json = parseJson(text);
    versionOf(json);
    requestOf({ command: 'STATUS', version: '1.1.0', env: {}, json }, checkRanges);
    return false;
  } catch {
    return true;
  }
}

/** Runtimes refuse these before the plugin is asked, or the plugin does when it knows more than STATUS. */
const OF_OTHERS: readonly Rule[] = ['capability-is-no-flag', 'inexpressible-result'];

const isRefusal = ({ severity, rule, problem }: Finding) =>
  severity === 'error' && !OF_OTHERS.includes(rule) && !problem.startsWith('ipam.type: expected the name');

/** What is not for us, the plugin does not notice. */
function isOurs(text: string): boolean {
  try {
    const json = parseJson(text);
    return valueAt(json, ['type']) === 'sriov' && (valueAt(json, ['plugins']) ?? undefined) === undefined;
  } catch {
    return false;
  }
}

test(
  'an error is found in a configuration of ours if, and only if, the plugin refuses it',
  () => {
    const outcomes = { refused: 0, taken: 0 };
    const property = fc.property(anyText.filter(isOurs), (text) => {
      const isBad = isRefused(text);
      outcomes[isBad ? 'refused' : 'taken']++;
      expect(findingsIn('net.json', text).some(isRefusal)).toBe(isBad);
    });
    fc.assert(property, { seed: seedOf('as the plugin'), numRuns: RUNS });
    expect(Math.min(outcomes.refused, outcomes.taken)).toBeGreaterThan(RUNS / 20);
  },
  TIMEOUT_MS,
);

const indented = (text: string) => text.replaceAll(/^/gm, '    ');
const HEAD =
  'apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: { name: blue }\nspec:\n';
const OF_CONFIGURATIONS: readonly Rule[] = ['wrong-value', 'unknown-key', 'unsupported-version', 'not-json'];

/** Without what the file around it is. */
const inConfiguration = (findings: readonly Finding[]) =>
  findings
    .filter(({ rule }) => OF_CONFIGURATIONS.includes(rule))
    .map(({ line, column, problem }) => ({ line, column, problem }));

test(
  'what is found in a file is found in a NetworkAttachmentDefinition, five lines below and four columns to the right',
  () => {
    const property = fc.property(anyText.filter(isOurs), (text) => {
      // YAML has no other characters, and a name that is missing is Multus' matter.
      fc.pre(/^[\x20-\x7e\n]*$/.test(text) && Boolean(valueAt(parseJson(text), ['name'])));
      const inFile = inConfiguration(findingsIn('net.json', text));
      const inBlock = inConfiguration(findingsIn('net.yaml', `${HEAD}  config: |\n${indented(text)}\n`));
      expect(inBlock).toEqual(inFile.map((one) => ({ ...one, line: one.line + 5, column: one.column + 4 })));
    });
    fc.assert(property, { seed: seedOf('in a NetworkAttachmentDefinition'), numRuns: RUNS });
  },
  TIMEOUT_MS,
);

test(
  'nothing that a file may hold is too much',
  () => {
    const names = fc.constantFrom('net.json', 'net.yaml', 'net.conflist', '<stdin>');
    const property = fc.property(anyText, names, (text, file) => {
      for (const { line, column } of findingsIn(file, text)) {
        expect(Math.min(line, column)).toBeGreaterThan(0);
      }
      findingsIn('nad.yaml', `${HEAD}  config: ${JSON.stringify(text)}\n`);
      findingsIn('list.json', JSON.stringify({ name: 'blue', plugins: [{ type: 'sriov' }, text] }));
    });
    fc.assert(property, { seed: seedOf('any file'), numRuns: RUNS });
  },
  TIMEOUT_MS,
);
