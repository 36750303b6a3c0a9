/** Findings as a compiler shows its own. */
import { plain, type Terminal, type Tone, toned } from '../terminal.ts';
import type { Finding, Severity, Spot } from './finding.ts';
import type { PassedOver, Validation } from './validation.ts';

const TONES: Readonly<Record<Severity | 'note', Tone>> = { error: 'bad', warning: 'doubtful', note: 'faint' };

/** `isWide`: also what was passed over. */
export function reportOf(validation: Validation, terminal: Terminal, isWide: boolean): string {
  const notes = isWide ? validation.passedOver.map((one) => noteLine(one, terminal)) : [];
  const lines = validation.findings.map((one) => findingLine(one, terminal));
  return [...lines, ...notes, summaryOf(validation)].map((line) => `${line}\n`).join('');
}

function findingLine(finding: Finding, terminal: Terminal): string {
  const { severity, rule, problem, remedy } = finding;
  const said = [problem, remedy].filter(Boolean).join('. ');
  return lineOf(finding, { word: severity, said }, terminal) + toned(terminal, 'faint', ` [${rule}]`);
}

function noteLine(passedOver: PassedOver, terminal: Terminal): string {
  return lineOf(passedOver, { word: 'note', said: `${passedOver.what} is passed over` }, terminal);
}

type Said = { readonly word: Severity | 'note'; readonly said: string };

function lineOf({ file, line, column }: Spot, { word, said }: Said, terminal: Terminal): string {
  const where = toned(terminal, 'title', `${plain(file)}:${line}:${column}:`);
  return `${where} ${toned(terminal, TONES[word], `${word}:`)} ${plain(said)}`;
}

function summaryOf({ findings, passedOver, counts }: Validation): string {
  const { files, own, others } = counts;
  const read = [
    counted(own, 'configuration of sriov', 'configurations of sriov'),
    others > 0 && `${others} of other plugins, not checked`,
    passedOver.length > 0 && counted(passedOver.length, 'document passed over', 'documents passed over'),
  ].filter(Boolean);
  const found = [
    counted(countOf(findings, 'error'), 'error', 'errors'),
    counted(countOf(findings, 'warning'), 'warning', 'warnings'),
  ];
  return `${counted(files, 'file', 'files')}, ${read.join(', ')}: ${found.join(', ')}`;
}

export const countOf = (findings: readonly Finding[], severity: Severity) =>
  findings.filter((one) => one.severity === severity).length;

const counted = (count: number, one: string, several: string) => `${count} ${count === 1 ? one : several}`;
