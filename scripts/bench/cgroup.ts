/** A control group for what is measured: version 1 or 2, whichever the machine has. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

/** As bench.ts sees it, which has started us: the machine of the bench has a sysfs of its own. */
const ROOT = `/proc/${process.ppid}/root/sys/fs/cgroup`;
const NAME = 'sriov-bench';
const UNLIMITED = 2 ** 52;

type Files = {
  readonly folders: readonly string[];
  readonly memoryPeak: string;
  readonly memoryLimit: string;
  readonly cpuUsedNs: () => number;
  readonly limitCpu: (share: number) => void;
};

export type Cgroup = {
  /** Words before a program that put it into the group. */
  readonly via: readonly string[];
  /** Bytes that were charged to the group at most, since it was asked to forget. */
  readonly memoryPeak: () => number;
  readonly forgetPeak: () => void;
  readonly limitMemory: (bytes: number | undefined) => void;
  readonly cpuUsedMs: () => number;
  /** Of one CPU. */
  readonly limitCpu: (share: number) => void;
  readonly remove: () => void;
};

const PERIOD_US = 100_000;

function version1(): Files {
  const folders = ['memory', 'cpu', 'cpuacct'].map((controller) => `${ROOT}/${controller}/${NAME}`);
  const [memory, cpu, cpuacct] = folders;
  return {
    folders,
    memoryPeak: `${memory}/memory.max_usage_in_bytes`,
    memoryLimit: `${memory}/memory.limit_in_bytes`,
    cpuUsedNs: () => Number(readFileSync(`${cpuacct}/cpuacct.usage`, 'utf8')),
    limitCpu: (share) =>
      writeFileSync(`${cpu}/cpu.cfs_quota_us`, String(share === 1 ? -1 : share * PERIOD_US)),
  };
}

function version2(): Files {
  const folder = `${ROOT}/${NAME}`;
  const usedUs = () => Number(/usage_usec (\d+)/.exec(readFileSync(`${folder}/cpu.stat`, 'utf8'))?.[1]);
  return {
    folders: [folder],
    memoryPeak: `${folder}/memory.peak`,
    memoryLimit: `${folder}/memory.max`,
    cpuUsedNs: () => usedUs() * 1000,
    limitCpu: (share) =>
      writeFileSync(`${folder}/cpu.max`, `${share === 1 ? 'max' : share * PERIOD_US} ${PERIOD_US}`),
  };
}

export function createCgroup(): Cgroup {
  const files = existsSync(`${ROOT}/memory`) ? version1() : version2();
  for (const folder of files.folders) mkdirSync(folder, { recursive: true });
  const enter = files.folders.map((folder) => `echo $$ >${folder}/cgroup.procs`).join('; ');
  return {
    via: ['/bin/bash', '-c', `${enter}; exec "$@"`, 'bash'],
    memoryPeak: () => Number(readFileSync(files.memoryPeak, 'utf8')),
    forgetPeak: () => writeFileSync(files.memoryPeak, '0'),
    limitMemory: (bytes) => writeFileSync(files.memoryLimit, String(bytes ?? UNLIMITED)),
    cpuUsedMs: () => files.cpuUsedNs() / 1e6,
    limitCpu: files.limitCpu,
    remove: () => {
      for (const folder of files.folders) rmdirSync(folder);
    },
  };
}
