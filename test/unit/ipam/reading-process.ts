/** A process of its own: `reading-process.ts <directory>` reads each new address's file at once, until stdin ends. */
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

const [directory = ''] = process.argv.slice(2);
const contents = new Map<string, string>();
let isOver = false;
process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();
process.stdout.write('ready\n');
while (!isOver) {
  for (const name of readdirSync(directory)) {
    if (/^10\./.test(name) && !contents.has(name))
      contents.set(name, readFileSync(`${directory}/${name}`, 'utf8'));
  }
  await setImmediate();
}
const incomplete = [...contents].filter(([, content]) => !/^pod-\d+\r\nnet1$/.test(content));
process.stdout.write(JSON.stringify({ read: contents.size, incomplete }));
