/** Files as earlier releases wrote them: pods outlive an update of the executable. */
import { expect, test } from 'vitest';
import { recordIn, recordText } from '../../../src/host/record-file.ts';
import { recordOf } from './a-record.ts';

const WITHOUT_SINCE = `{
  "format": 1,
  "attachment": {
    "network": "net",
    "containerId": "pod-a",
    "ifName": "net1"
  },
  "device": "0000:01:10.0",
  "sandbox": "/run/netns/pod-a",
  "bootId": "boot-1",
  "isUnfinished": true,
  "addresses": {
    "dataDir": "/var/lib/cni/networks",
    "held": [
      "10.0.0.2"
    ]
  },
  "before": {
    "settings": {}
  },
  "checksum": "c367bbe5"
}
`;

test('a record that does not say since when is read as it is', () => {
  expect(recordIn(WITHOUT_SINCE, '0000:01:10.0')).toEqual({
    ...recordOf('0000:01:10.0'),
    before: { settings: {} },
  });
});

test('one that says since when is read with it', () => {
  const record = { ...recordOf('0000:01:10.0'), since: '2026-11-22T03:00:00.000Z' };
  expect(recordIn(recordText(record), record.device)).toEqual(record);
});
