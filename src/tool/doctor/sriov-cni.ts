/** Whether what sriov-cni left is still needed; pure. */
import { counted, notChecked, type Outcome, ok, warning } from './finding.ts';

export type SriovCniFacts = {
  readonly directory: string;
  readonly files: number;
  /** VFs whose pod has them still. */
  readonly living: readonly string[];
  /** What cannot be judged, and why. */
  readonly doubts: readonly string[];
};

export function sriovCniOutcome({ directory, files, living, doubts }: SriovCniFacts): Outcome {
  const check = 'sriov-cni';
  if (files === 0) return ok(check, 'nothing of sriov-cni is left');
  if (living.length > 0)
    return ok(
      check,
      `${counted(living.length, 'attachment')} of sriov-cni still alive: ${directory} is needed until the last has ended`,
    );
  const [doubt, ...more] = doubts;
  if (doubt !== undefined) {
    const others = more.length > 0 ? `, and ${more.length} more` : '';
    return notChecked(
      check,
      `whether a pod still needs what sriov-cni left in ${directory}: ${doubt}${others}`,
    );
  }
  return warning(
    check,
    `${directory} has ${counted(files, 'file')} of sriov-cni, and none of its attachments lives: each command takes a lock more than it needs.`,
    [`rm -r ${directory}`],
  );
}
