// Takes the code cache of Node's built-ins out of a single-file executable.
//
// The executable holds a snapshot blob; its last part is a vector of (built-in id, V8 code cache) pairs, about 4 MB
// that node::SnapshotData reads and copies at every start (about 4 ms), though the snapshot has all that the plugin
// uses. With the vector's count set to 0 nothing is copied. A built-in outside the snapshot is then compiled from
// source when it is first used.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** node::SnapshotData::kMagic, little endian. */
const MAGIC = Buffer.from([0x19, 0xda, 0x43, 0x01]);
const LEAST_BLOB = 1_000_000;
const LARGEST_CACHE = 8_000_000;
const LONGEST_ID = 120;

/** Whether a vector of pairs, each part led by its length, starts at `start` and ends exactly at `end`. */
function isCacheVector(bytes, start, end) {
  const count = bytes.readUInt32LE(start);
  if (count < 50 || count > 2000 || bytes.readUInt32LE(start + 4) !== 0) return false;
  let at = start + 8;
  for (let pair = 0; pair < count; pair++) {
    for (const most of [LONGEST_ID, LARGEST_CACHE]) {
      if (at + 8 > end) return false;
      const length = Number(bytes.readBigUInt64LE(at));
      if (length < 1 || length > most) return false;
      at += 8 + length;
    }
  }
  return at === end;
}

function findVector(bytes) {
  for (let magic = bytes.indexOf(MAGIC); magic >= 0; magic = bytes.indexOf(MAGIC, magic + 1)) {
    const length = magic >= 8 ? Number(bytes.readBigUInt64LE(magic - 8)) : 0;
    const end = magic + length;
    if (length < LEAST_BLOB || end > bytes.length) continue;
    for (let start = magic + LEAST_BLOB; start < end - 8; start++) {
      if (isCacheVector(bytes, start, end)) return start;
    }
  }
  return undefined;
}

/** Empties the vector in the file. False, and the file untouched, if it was not found. */
export function trimCodeCache(file) {
  const start = findVector(readFileSync(file));
  if (start === undefined) return false;
  const descriptor = openSync(file, 'r+');
  try {
    writeSync(descriptor, Buffer.alloc(8), 0, 8, start);
  } finally {
    closeSync(descriptor);
  }
  return true;
}
