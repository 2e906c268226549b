/** A stream of uniformly distributed 32-bit unsigned integers. */
export type RandomSource = () => number;

/**
 * The small fast counter generator (sfc32, from the public-domain PractRand suite): 128 bits of state, the
 * same sequence for the same seed on every machine. Not for secrets.
 */
export function createRandom(seed: number): RandomSource {
  let a = seed | 0;
  let b = (seed / 0x1_0000_0000) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  // Seeds that differ in one bit need some rounds to diverge.
  for (let round = 0; round < 12; round += 1) next();
  return next;
}

/** A number in [0, 1). */
export function randomFraction(random: RandomSource): number {
  return random() / 0x1_0000_0000;
}
