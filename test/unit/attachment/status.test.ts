import { expect, test } from 'vitest';
import { status } from '../../../src/attachment/status.ts';

test('STATUS succeeds when an ADD would find what it needs', async () => {
  await expect(status({ readiness: () => [] })).resolves.toBeUndefined();
});

test('STATUS names everything that an ADD would miss', async () => {
  await expect(status({ readiness: () => ['no ip', 'no disk'] })).rejects.toMatchObject({
    fault: 'unavailable',
    message: 'no ip; no disk',
  });
});
