import { CniError } from '../../../schemas/fault.ts';
import { failureText } from './wording.ts';

/** What the system refuses is told with what was being done, and what to do. */
export async function failing<T>(doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const { syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    throw new CniError('input-output', failureText(doing, cause as NodeJS.ErrnoException), { cause });
  }
}
