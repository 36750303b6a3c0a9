/** Where a text ceases to be JSON, and why. */

export type Mistake = { readonly offset: number; readonly reason: string };

/** Undefined of a text that is JSON. */
export function jsonMistakeIn(text: string): Mistake | undefined {
  const message = refusalOf(text);
  if (message === undefined) return undefined;
  if (text.startsWith(BYTE_ORDER_MARK)) return { offset: 0, reason: 'it begins with a byte order mark' };
  return { offset: offsetIn(message, text), reason: reasonOf(message) };
}

const BYTE_ORDER_MARK = '\ufeff';

function refusalOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** V8 tells the position of most mistakes, and has a text of its own where the text ends too early. */
const positionIn = (message: string) => /at position (\d+)/.exec(message)?.[1];
const tellsOfEnd = (message: string) => message.startsWith('Unexpected end');

function offsetIn(message: string, text: string): number {
  const position = positionIn(message);
  if (position !== undefined) return Number(position);
  return tellsOfEnd(message) ? text.length : lengthOfBeginning(text);
}

/** It names only the character of others: the longest beginning that more text could make JSON ends before it. */
function lengthOfBeginning(text: string): number {
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (canGoOn(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function canGoOn(beginning: string): boolean {
  const message = refusalOf(beginning);
  return message === undefined || tellsOfEnd(message) || positionIn(message) === String(beginning.length);
}

function reasonOf(message: string): string {
  if (tellsOfEnd(message)) return 'it ends too early';
  return message
    .replace(/ in JSON(?= at position)/, '')
    .replace(/ at position \d+.*$/s, '')
    .replace(/, (\.\.\.)?".*is not valid JSON$/s, '')
    .replace(/ is not valid JSON$/, '')
    .replace(/^./, (first) => first.toLowerCase());
}
