// Sums up the reports of several test runs in one closing line.
import { readdirSync, readFileSync } from 'node:fs';

const directory = process.argv[2] ?? '.';
const reports = readdirSync(directory).map((name) =>
  JSON.parse(readFileSync(`${directory}/${name}`, 'utf8')),
);
const sum = (key) => reports.reduce((total, report) => total + report[key], 0);
process.stdout.write(`tests: ${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed\n`);
