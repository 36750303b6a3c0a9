/** Findings as a person reads them: what is wrong first, and that the rest was looked at. */
import { plain, type Terminal, type Tone, toned } from '../terminal.ts';
import { type Finding, GROUPS, type Group, VERDICTS, type Verdict } from './finding.ts';

const TONES: Readonly<Record<Verdict, Tone>> = {
  problem: 'bad',
  warning: 'doubtful',
  'not checked': 'faint',
  ok: 'good',
};

const SEVERAL: Readonly<Record<Verdict, string>> = {
  problem: 'problems',
  warning: 'warnings',
  'not checked': 'not checked',
  ok: 'ok',
};

type Counts = Readonly<Record<Verdict, number>>;

export function countsOf(findings: readonly Finding[]): Counts {
  const count = (verdict: Verdict) => findings.filter((one) => one.verdict === verdict).length;
  return {
    problem: count('problem'),
    warning: count('warning'),
    'not checked': count('not checked'),
    ok: count('ok'),
  };
}

export type View = { readonly findings: readonly Finding[]; readonly isWide: boolean };

export function reportOf({ findings, isWide }: View, terminal: Terminal): string {
  const groups = (Object.keys(GROUPS) as Group[]).flatMap((group) => {
    const its = findings.filter((one) => one.group === group);
    return its.length > 0 ? [groupText(group, { findings: its, isWide }, terminal)] : [];
  });
  const hidden = isWide || countsOf(findings).ok === 0 ? '' : '\n-o wide shows what is ok, too.\n';
  return `${summaryOf(findings, terminal)}\n\n${groups.join('')}${hidden}`;
}

function summaryOf(findings: readonly Finding[], terminal: Terminal): string {
  const { problem, warning } = countsOf(findings);
  const nothing = toned(terminal, 'good', 'Nothing wrong was found');
  return `${problem + warning === 0 ? `${nothing}: ` : ''}${countsText(findings, terminal)}.`;
}

/** Those that there are, the worst first. */
function countsText(findings: readonly Finding[], terminal: Terminal): string {
  const counts = countsOf(findings);
  return VERDICTS.filter((verdict) => counts[verdict] > 0)
    .map((verdict) =>
      toned(
        terminal,
        TONES[verdict],
        `${counts[verdict]} ${counts[verdict] === 1 ? verdict : SEVERAL[verdict]}`,
      ),
    )
    .join(', ');
}

function groupText(group: Group, { findings, isWide }: View, terminal: Terminal): string {
  const shown = VERDICTS.filter((verdict) => isWide || verdict !== 'ok').flatMap((verdict) =>
    findings.filter((one) => one.verdict === verdict),
  );
  const title = toned(terminal, 'title', GROUPS[group]);
  return `${title}: ${countsText(findings, terminal)}\n${shown.map((one) => findingText(one, terminal)).join('')}`;
}

/** As wide as the longest verdict, with a blank on both sides. */
const INDENT = '  ';
const COLUMN = Math.max(...VERDICTS.map(({ length }) => length)) + INDENT.length;
const CURE = `${INDENT}${INDENT}cure`.padEnd(INDENT.length + COLUMN);
/** Narrower terminals wrap by themselves. */
const LEAST_WIDTH = 40;

function findingText({ verdict, message, cure = [] }: Finding, terminal: Terminal): string {
  const label = toned(terminal, TONES[verdict], verdict) + ' '.repeat(COLUMN - verdict.length);
  const hanging = INDENT + ' '.repeat(COLUMN);
  const width = Math.max((terminal.width ?? Number.POSITIVE_INFINITY) - hanging.length, LEAST_WIDTH);
  const text = wrapped(plain(message), width).join(`\n${hanging}`);
  // Whole, so that it can be copied.
  const cures = cure.map(
    (line, index) => `${index === 0 ? CURE : hanging}${toned(terminal, 'title', plain(line))}\n`,
  );
  return `${INDENT}${label}${text}\n${cures.join('')}`;
}

/** Lines of whole words. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
