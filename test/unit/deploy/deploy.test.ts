/** docs/deploy: what has to agree, and what the installer must not have. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { DaemonSet, Document, documentsIn, FILES, ofKind } from './documents.ts';

const ROOT = `${import.meta.dirname}/../../..`;
const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));

const [kustomization] = documentsIn('kustomization.yaml');
const [set] = ofKind('daemon-set.yaml', 'DaemonSet', DaemonSet);
const pod = set?.spec.template.spec;

test.each(FILES)('%s has documents that say what they are', (file) => {
  const documents = documentsIn(file).map((document) => z.parse(Document, document));
  expect(documents.length).toBeGreaterThan(0);
  if (file !== 'kustomization.yaml')
    for (const { metadata } of documents) expect(metadata?.name).toMatch(/^[a-z][a-z0-9-]*$/);
});

describe('the kustomization', () => {
  test('has every file but the examples, and the namespace that they have', () => {
    const resources = FILES.filter((file) => !file.includes('/') && file !== 'kustomization.yaml');
    expect(kustomization).toMatchObject({ namespace: 'sriov', resources: expect.arrayContaining(resources) });
    expect(z.parse(z.object({ resources: z.array(z.string()) }), kustomization).resources).toHaveLength(
      resources.length,
    );
    const namespaces = resources
      .flatMap(documentsIn)
      .map((document) => z.parse(Document, document))
      .map(({ kind, metadata }) => (kind === 'Namespace' ? metadata?.name : metadata?.namespace));
    expect(new Set(namespaces)).toEqual(new Set(['sriov']));
  });

  test('takes the image of this version', () => {
    expect(kustomization).toMatchObject({ images: [{ name: 'sriov', newTag: version }] });
    expect(pod).toMatchObject({ containers: [{ image: 'sriov' }] });
  });
});

describe('the DaemonSet', () => {
  test('selects its own pods, and never has two on a node', () => {
    expect(set?.spec.template.metadata.labels).toMatchObject(set?.spec.selector.matchLabels ?? {});
    expect(set?.metadata.labels).toEqual(set?.spec.template.metadata.labels);
    expect(set?.spec.updateStrategy).toMatchObject({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 0 } });
  });

  test('has no capability, no privilege, no token, nothing of the node but one directory', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      hostNetwork: false,
      hostPID: false,
      hostIPC: false,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          securityContext: {
            privileged: false,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
      volumes: [{ hostPath: { path: '/opt/cni/bin', type: 'DirectoryOrCreate' } }],
    });
    const Lists = z.object({ containers: z.array(z.looseObject({})), volumes: z.array(z.unknown()) });
    const { containers, volumes } = z.parse(Lists, pod);
    expect([containers.length, volumes.length]).toEqual([1, 1]);
    expect(containers[0]?.['securityContext']).not.toHaveProperty('capabilities.add');
    expect(pod).not.toHaveProperty('initContainers');
  });

  test('has an account that is there, and has no token either', () => {
    const [account] = documentsIn('service-account.yaml');
    expect(account).toMatchObject({
      kind: 'ServiceAccount',
      metadata: { name: pod?.['serviceAccountName'] },
      automountServiceAccountToken: false,
    });
  });

  test('runs on every x86_64 node, before and after others', () => {
    expect(pod).toMatchObject({
      priorityClassName: 'system-node-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ operator: 'Exists' }],
      containers: [{ resources: { requests: { cpu: '5m' }, limits: { memory: '256Mi' } } }],
    });
  });

  test('starts the image as the image starts by itself, with the directory where that looks for it', () => {
    const containerfile = readFileSync(`${ROOT}/Containerfile`, 'utf8');
    const [, words = ''] = /^CMD (\[.*\])$/m.exec(containerfile) ?? [];
    const args: string[] = JSON.parse(words);
    const to = args[args.indexOf('--to') + 1];
    expect(pod).toMatchObject({
      containers: [
        {
          args,
          volumeMounts: [{ mountPath: to }],
          readinessProbe: { exec: { command: [`${to}/sriov`, '--version'] } },
        },
      ],
    });
    expect(containerfile).toContain('ENTRYPOINT ["/sriov"]');
  });
});
