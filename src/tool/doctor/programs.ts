/** Programs that the plugin starts. */
import type { Distribution } from '../../host/node/kernel.ts';
import { PACKAGE_OF, type Program } from '../../host/run-child.ts';
import { installing } from './cures.ts';
import { type Outcome, ok, problem, warning } from './finding.ts';

export type ProgramFacts = {
  readonly distribution: Distribution;
  /** The path of each, or why there is none. */
  readonly programs: readonly {
    readonly program: Program;
    readonly path?: string;
    readonly missing?: string;
  }[];
  /** What `ip -V` prints; absent without ip. */
  readonly ipVersion?: string;
};

export function programOutcomes({ programs, distribution, ipVersion }: ProgramFacts): Outcome[] {
  const found = programs.map(({ program, path, missing }) =>
    path
      ? ok(`program-${program}`, `${program} is ${path}`)
      : problem(`program-${program}`, `${missing}.`, installing(PACKAGE_OF[program], distribution)),
  );
  return [...found, ...(ipVersion === undefined ? [] : [versionOutcome(ipVersion, distribution)])];
}

/** `iproute2-6.1.0`; until 5.8 the date of the kernel: `iproute2-ss200127`. */
const VERSION = /iproute2-(?:ss(\d{2})|v?(\d+))/;

/** 5.0 came in March 2019, and 4.20, which is good enough, in January. */
const FIRST = { year: 19, major: 5 };

function versionOutcome(printed: string, distribution: Distribution): Outcome {
  const check = 'iproute2-version';
  const [found, year, major] = VERSION.exec(printed) ?? [];
  if (!found)
    return problem(
      check,
      `ip is not that of iproute2, whose JSON and batches the plugin needs: ip -V prints "${printed.trim().slice(0, 80)}".`,
      installing('iproute2', distribution),
    );
  const isOld = year ? Number(year) < FIRST.year : Number(major) < FIRST.major;
  if (!isOld) return ok(check, printed.trim());
  return warning(
    check,
    `${found} is older than 5: it was never tried, and tells less of links. Tested with 6.1.`,
    installing('iproute2', distribution),
  );
}
