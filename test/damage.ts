/** What a failing disk, a crash or a person may make of a file. */
import fc from 'fast-check';

type Bytes = Buffer<ArrayBuffer>;
type Damage = (whole: Bytes) => Bytes;

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (whole: Bytes, where: number) => Math.floor(where * whole.length);

function flipped(whole: Bytes, bit: number): Bytes {
  const bytes = Buffer.from(whole);
  if (bytes.length > 0) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes;
}

function spliced(whole: Bytes, [from, to]: readonly [number, number], middle: Bytes): Bytes {
  return Buffer.concat([whole.subarray(0, from), middle, whole.subarray(to)]);
}

const flip = share.map<Damage>((where) => (whole) => flipped(whole, Math.floor(where * whole.length * 8)));

const truncation = share.map<Damage>((where) => (whole) => whole.subarray(0, at(whole, where)));

const insertion = fc.tuple(share, fc.uint8Array({ minLength: 1, maxLength: 9 })).map<Damage>(
  ([where, bytes]) =>
    (whole) =>
      spliced(whole, [at(whole, where), at(whole, where)], Buffer.from(bytes)),
);

const deletion = fc.tuple(share, share).map<Damage>(
  ([one, other]) =>
    (whole) =>
      spliced(whole, stretch(whole, one, other), Buffer.alloc(0)),
);

/** As after a crash, where the size was written and the block was not. */
const zeros = fc.tuple(share, share).map<Damage>(([one, other]) => (whole) => {
  const [from, to] = stretch(whole, one, other);
  return spliced(whole, [from, to], Buffer.alloc(to - from));
});

const swap = share.map<Damage>((where) => (whole) => {
  const middle = at(whole, where);
  return Buffer.concat([whole.subarray(middle), whole.subarray(0, middle)]);
});

/** A piece of another file. */
const mixture = (others: readonly Bytes[]) =>
  fc.tuple(share, fc.constantFrom(...others)).map<Damage>(([where, other]) => (whole) => {
    const middle = at(whole, where);
    return Buffer.concat([whole.subarray(0, middle), other.subarray(middle)]);
  });

function stretch(whole: Bytes, one: number, other: number): [number, number] {
  const [from = 0, to = 0] = [at(whole, one), at(whole, other)].sort((a, b) => a - b);
  return [from, to];
}

/** The text with something wrong, in bytes. */
export function damaged(text: string, others: readonly string[]): fc.Arbitrary<Bytes> {
  const foreign = others.map((other) => Buffer.from(other));
  const damage = fc.oneof(flip, flip, truncation, insertion, deletion, zeros, swap, mixture(foreign));
  return fc
    .array(damage, { minLength: 1, maxLength: 3 })
    .map((damages) => damages.reduce((bytes, make) => make(bytes), Buffer.from(text)))
    .filter((bytes) => !bytes.equals(Buffer.from(text)));
}
