/** Names of keys, for readers that look at a configuration as it was written. */
import { type NetConf, RuntimeConfig } from './netconf.ts';

type Keys = readonly (keyof NetConf)[];

/** Of what a runtime passes. */
export const RUNTIME_CONFIG = 'runtimeConfig' satisfies keyof NetConf;

/** What a runtime passes if the configuration declares that it can take it. */
export const CAPABILITIES: readonly string[] = Object.keys(RuntimeConfig.shape);

/** With these a configuration names its device by itself. */
export const DEVICE_KEYS = ['deviceID', 'pciBusID'] as const satisfies Keys;
