// The lab's VMs as the tests see them: boot one, run bash in it, end it.

import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const repository = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const defaultTimeoutMs = 60_000;
const hasEnded = "The lab's VM has ended";
const timeToEndMs = 2_000;

/** What a script in the guest left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A VM that is up. */
export interface Lab {
  /**
   * Runs bash script text as root in the guest, in the repository's folder; several may run at once.
   * Any exit code is an outcome. Rejects when the script does not end in time (default 60 s; it is then ended in the
   * guest) or the VM ends.
   */
  run(script: string, options?: { readonly timeoutMs?: number }): Promise<Outcome>;
  /** Ends the VM, as a power failure does. */
  down(): Promise<void>;
}

/** What to boot; `args` are further kernel parameters, `udev` is whether udevd names the links. */
export interface LabOptions {
  readonly name: string;
  readonly udev: boolean;
  readonly args?: readonly string[];
  /** An image that is /var/lib/cni and outlives the VM; made if it is not there. */
  readonly disk?: string | undefined;
}

/**
 * Boots a VM of its own, which sees the repository at its own path. It ends with `down()`, or with this process,
 * whatever that dies of.
 */
export async function bootLab(options: LabOptions): Promise<Lab> {
  const folder = await mkdtemp(`/run/sriov-lab-${options.name}-`);
  const holder = holdVm(folder, options);
  try {
    await readiness(holder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return new Vm(folder, holder);
}

function holdVm(folder: string, { udev, args = [], disk = '' }: LabOptions) {
  const parameters = [...(udev ? ['lab.udev=1'] : []), ...args].join(' ');
  return execa('bash', [join(repository, 'scripts/lab/run.sh'), '--hold'], {
    cwd: repository,
    // One virtual CPU is as fast as two here, and two VMs of one CPU do twice as much at a time.
    env: {
      LAB_RUN: folder,
      LAB_SHARE: repository,
      LAB_ARGS: parameters,
      LAB_DISK: disk,
      LAB_CPUS: '1',
    },
    reject: false,
  });
}

type Holder = ReturnType<typeof holdVm>;

async function readiness(holder: Holder): Promise<void> {
  const first = await Promise.race([holder.iterable().next(), holder]);
  if (!('value' in first) || first.value !== 'ready') {
    throw new Error(`Cannot boot the lab's VM: ${(await holder).stderr}`);
  }
}

class Vm implements Lab {
  readonly #folder: string;
  readonly #holder: Holder;
  readonly #orders: number;
  readonly #ends: JobEnds;
  readonly #isOver: Promise<void>;
  #jobs = 0;

  constructor(folder: string, holder: Holder) {
    this.#folder = folder;
    this.#holder = holder;
    this.#orders = openSync(join(folder, 'orders.in'), constants.O_WRONLY | constants.O_NONBLOCK);
    this.#ends = new JobEnds(folder);
    this.#isOver = holder.then(() => {
      this.#ends.close();
      closeSync(this.#orders);
    });
  }

  async run(script: string, { timeoutMs = defaultTimeoutMs } = {}): Promise<Outcome> {
    if (this.#ends.isClosed) {
      throw new Error(hasEnded);
    }
    this.#jobs += 1;
    const job = `test-${this.#jobs}`;
    await writeFile(join(this.#folder, `${job}.sh`), `cd '${repository}'\n${script}\n`);
    const end = this.#ends.of(job);
    this.#order('run', job);
    const status = await within(timeoutMs, end);
    if (status === undefined) {
      await this.#end(job, end);
    }
    const { stdout, stderr } = await this.#outputs(job);
    if (status === undefined) {
      const what = `The guest's script did not end within ${timeoutMs} ms`;
      throw new Error(`${what}:\n${script}\nstdout: ${stdout}\nstderr: ${stderr}`);
    }
    return { code: Number(status), stdout, stderr };
  }

  async down(): Promise<void> {
    this.#holder.stdin.end();
    await this.#isOver;
  }

  #order(verb: 'run' | 'TERM' | 'KILL', job: string): void {
    writeSync(this.#orders, `${verb} ${job}\n`);
  }

  async #end(job: string, end: Promise<string>): Promise<void> {
    this.#order('TERM', job);
    if ((await within(timeToEndMs, end)) === undefined) {
      this.#order('KILL', job);
    }
  }

  async #outputs(job: string): Promise<{ stdout: string; stderr: string }> {
    const path = join(this.#folder, job);
    const [stdout, stderr] = await Promise.all([
      readFile(`${path}.out`, 'utf8'),
      readFile(`${path}.err`, 'utf8'),
    ]);
    await Promise.all(['sh', 'out', 'err', 'rc'].map((kind) => rm(`${path}.${kind}`, { force: true })));
    return { stdout, stderr };
  }
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Learns of a job's end by the file JOB.rc: what the guest writes over 9p, QEMU writes here, so inotify sees it. */
class JobEnds {
  readonly #folder: string;
  readonly #watcher: FSWatcher;
  readonly #waiting = new Map<
    string,
    { resolve: (status: string) => void; reject: (error: Error) => void }
  >();

  isClosed = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#watcher = watch(folder, (_event, file) => {
      if (file?.endsWith('.rc') === true) {
        void this.#look(file.slice(0, -'.rc'.length));
      }
    });
  }

  of(job: string): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.set(job, { resolve, reject }));
  }

  close(): void {
    this.isClosed = true;
    this.#watcher.close();
    for (const { reject } of this.#waiting.values()) {
      reject(new Error(hasEnded));
    }
  }

  async #look(job: string): Promise<void> {
    const status = (await readFile(join(this.#folder, `${job}.rc`), 'utf8').catch(() => '')).trim();
    // the first event tells of the file still empty
    if (status !== '') {
      this.#waiting.get(job)?.resolve(status);
      this.#waiting.delete(job);
    }
  }
}
