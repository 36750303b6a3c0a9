/** The figures as tables and plots for docs/performance.md. */
import { little, ours } from './contestants.ts';
import type { Figures, Spread } from './figures.ts';

const ms = (value: number) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
const ratio = (value: number, to: number) => (value / to).toFixed(2);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const OURS = ours.name;
const others = (names: readonly string[]) => names.filter((name) => name !== OURS);
const contestantsIn = (of: Readonly<Record<string, unknown>>) => Object.keys(of);

/** What runs on Node, beside the same command of the others; all beside an empty script. */
function commandRows(commands: Readonly<Record<string, Spread>>): string[][] {
  const empty = commands['empty Node script']?.medianMs ?? Number.NaN;
  return Object.entries(commands).map(([name, { medianMs, p90Ms }]) => {
    const [command = '', who = OURS] = name.split(', ');
    const peers = Object.entries(commands).filter(
      ([other]) =>
        other !== name &&
        other.startsWith(`${command}, `) &&
        !other.endsWith(OURS) &&
        [OURS, little.name].includes(who),
    );
    const ratios = peers.map(
      ([other, spread]) => `${ratio(medianMs, spread.medianMs)} of ${other.split(', ')[1]}`,
    );
    return [name, ms(medianMs), ms(p90Ms), ratio(medianMs, empty), ratios.join(', ')];
  });
}

function familyRows(families: Readonly<Record<string, Spread>>): string[][] {
  return Object.entries(families).map(([name, { medianMs }]) => {
    const [what = '', who] = name.split(', ');
    const peer = Object.entries(families).find(([other]) => other.startsWith(`${what}, `) && other !== name);
    return [name, ms(medianMs), who === OURS && peer ? ratio(medianMs, peer[1].medianMs) : ''];
  });
}

function storeRows({ stores }: Figures): string[][] {
  const [ours = {}, theirs = {}] = Object.values(stores);
  return Object.entries(ours).flatMap(([held, commands]) =>
    Object.entries(commands).map(([command, { medianMs }]) => {
      const their = theirs[Number(held)]?.[command]?.medianMs;
      const beside = their === undefined ? ['', ''] : [ms(their), ratio(medianMs, their)];
      return [`${command}, ${held} held`, ms(medianMs), ...beside];
    }),
  );
}

function parallelRows({ parallel }: Figures): string[][] {
  const [ours = {}, theirs = {}] = Object.values(parallel);
  return Object.entries(ours).map(([held, took]) => {
    const their = theirs[Number(held)] ?? Number.NaN;
    return [`110 ADDs at once, ${held} held`, ms(took), ms(their), ratio(took, their)];
  });
}

function resourceRows({ resources }: Figures): string[][] {
  const whole = (survivors: readonly number[]) =>
    survivors.findLastIndex((count, index) => count === index + 1) + 1;
  const row = (name: string, of: (figures: Figures['resources'][string]) => string) => [
    name,
    ...Object.values(resources).map(of),
  ];
  return [
    row('CPU of one ADD with its children, ms', ({ cpuMs }) => ms(cpuMs)),
    row('memory charged for one ADD, MiB', ({ mebibytes }) => mebibytes.toFixed(1)),
    row('memory charged for 8 ADDs at once, MiB', ({ mebibytesOfAll }) => mebibytesOfAll.toFixed(1)),
    row('most ADDs at once that all survive in 50 MiB, of 8', ({ survivors }) => String(whole(survivors))),
    row('survivors of 8 at once in 50 MiB', ({ survivors }) => String(survivors.at(-1))),
    row('ADD with a tenth of a CPU, ms', ({ throttledMs }) => ms(throttledMs)),
  ];
}

function budgetRows(spans: Figures['budget'][string]): string[][] {
  const inOrder = [...spans].sort((one, other) => one.fromMs - other.fromMs);
  return inOrder.map(({ name, fromMs, ms: took }) => [
    `\`${name.replaceAll('|', ' ')}\``,
    ms(fromMs),
    ms(took),
  ]);
}

export function pageOf(figures: Figures): string {
  const { commands, families, stores, resources, budget, vm } = figures;
  const [, peer = ''] = contestantsIn(stores);
  const who = ['', OURS, peer, 'ratio'];
  return [
    `Measured on ${figures.machine}.`,
    '![ADD and DEL](performance-commands.svg) ![one ADD of the store](performance-store.svg)',
    table(
      ['command, start to end', 'median, ms', '90th percentile, ms', 'of an empty script', 'ratio'],
      commandRows(commands),
    ),
    table(['ADD with IPv6', 'median, ms', 'ratio'], familyRows(families)),
    '### The store alone',
    table(who, [...storeRows(figures), ...parallelRows(figures)]),
    `110 of ${little.name} that only start and end take ${ms(figures.startsMs)} ms at once.`,
    '### What it needs',
    table(['', ...contestantsIn(resources)], resourceRows(figures)),
    '### On real VFs, in a VM with a processor of software',
    table(
      ['command, start to end', 'median, ms', '90th percentile, ms', 'of an empty script', 'ratio'],
      [
        ...commandRows(vm.commands),
        ...Object.entries(vm.atOnce).map(([who, took]) => [`14 ADDs at once, ${who}`, ms(took), '', '', '']),
      ],
    ),
    ...Object.entries(budget).flatMap(([command, spans]) => [
      `### Where the time of one ${command} goes`,
      table(['', 'begins at, ms', 'takes, ms'], budgetRows(spans)),
    ]),
  ].join('\n\n');
}

type Bar = { readonly label: string; readonly value: number };

/** Horizontal bars, in milliseconds. */
function bars(title: string, all: readonly Bar[]): string {
  const [left, width, step] = [330, 300, 22];
  const most = Math.max(...all.map(({ value }) => value));
  const rows = all.map(({ label, value }, index) => {
    const y = 34 + index * step;
    const fill = label.endsWith(OURS) ? '#2563a8' : '#9aa4b0';
    const length = Math.max(1, (value / most) * width);
    return `<text x="${left - 6}" y="${y + 12}" text-anchor="end">${label}</text>
<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="16" fill="${fill}"/>
<text x="${left + length + 6}" y="${y + 12}">${ms(value)}</text>`;
  });
  const height = 44 + all.length * step;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 70}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="20" font-weight="bold">${title}</text>
${rows.join('\n')}
</svg>
`;
}

export function plotsOf({ commands, stores }: Figures): Readonly<Record<string, string>> {
  const named = (of: Readonly<Record<string, Spread>>): Bar[] =>
    Object.entries(of).map(([label, { medianMs }]) => ({ label, value: medianMs }));
  const store = Object.entries(stores).flatMap(([who, sizes]) =>
    Object.entries(sizes).flatMap(([held, { ADD }]) =>
      ADD ? [{ label: `${held} held, ${others([who])[0] ?? who}`, value: ADD.medianMs }] : [],
    ),
  );
  return {
    'performance-commands.svg': bars('One command, ms', named(commands)),
    'performance-store.svg': bars('One ADD of the store alone, ms', store),
  };
}
