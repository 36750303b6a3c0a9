import { mkdirSync, writeFileSync } from 'node:fs';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import { readResolvConf } from '../../../ipam/disk-resolv-conf.ts';
import { dnsOf } from '../../../ipam/resolv-conf.ts';
import { emptyDirectory } from './directories.ts';

test.each([
  ['nothing', '', {}],
  ['comments and unknown lines', '# one\n  ; two\n#nameserver 10.0.0.1\nsortlist 10.0.0.0\n', {}],
  [
    'name servers in their order',
    'nameserver 10.0.0.2\nnameserver\t::1 \n',
    { nameservers: ['10.0.0.2', '::1'] },
  ],
  ['the last domain', 'domain a.example\ndomain b.example\ndomain\n', { domain: 'b.example' }],
  ['all search lists', 'search a b\nsearch c', { search: ['a', 'b', 'c'] }],
  ['all options', 'options ndots:5 edns0\r\noptions rotate\r\n', { options: ['ndots:5', 'edns0', 'rotate'] }],
  ['keys without a value as nothing', 'nameserver\nsearch\noptions\ndomain', {}],
  [
    'everything together',
    'search a\nnameserver 10.0.0.2\noptions x\ndomain d\n',
    { nameservers: ['10.0.0.2'], domain: 'd', search: ['a'], options: ['x'] },
  ],
])('dnsOf() takes %s', (_, text, expected) => {
  expect(dnsOf(text)).toEqual(expected);
});

test('readResolvConf() reads the file', () => {
  const path = `${emptyDirectory()}/resolv.conf`;
  writeFileSync(path, 'nameserver 10.0.0.2\n');
  expect(readResolvConf(path)).toEqual({ nameservers: ['10.0.0.2'] });
});

test('readResolvConf() blames the configuration for a file that cannot be read', () => {
  const directory = emptyDirectory();
  mkdirSync(`${directory}/sub`);
  execaSync('mkfifo', [`${directory}/fifo`]);
  const refusalOf = (path: string, reason: string) =>
    expect.objectContaining({
      fault: 'netconf',
      message: `ipam.resolvConf: Cannot read "${path}": ${reason}`,
    });
  const reasons = {
    none: 'ENOENT: no such file or directory',
    sub: 'it is no file of at most 65536 bytes',
    fifo: 'it is no file of at most 65536 bytes',
  };
  for (const [name, reason] of Object.entries(reasons)) {
    const path = `${directory}/${name}`;
    expect(() => readResolvConf(path)).toThrow(refusalOf(path, reason));
  }
});
