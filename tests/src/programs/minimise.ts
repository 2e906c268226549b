import type { Program } from "./steps.ts";

/** Plays in all that making a program small may take: each try is a proxy and an emulator of its own. */
const TRIES_MAX = 150;

/** Takes steps out as long as the rest still fails (delta debugging): first halves, then ever smaller pieces. */
export async function minimise(
  program: Program,
  fails: (smaller: Program) => Promise<boolean>,
): Promise<Program> {
  let smallest = program;
  let tries = 0;
  const isEnough = async (smaller: Program): Promise<boolean> => {
    tries += 1;
    return tries <= TRIES_MAX && (await fails(smaller));
  };
  for (let size = Math.ceil(program.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = smallest.length - size; start > -size; start -= size) {
      const from = Math.max(0, start);
      const smaller = [...smallest.slice(0, from), ...smallest.slice(from + size)];
      if (smaller.length < smallest.length && (await isEnough(smaller))) smallest = smaller;
    }
  }
  for (const [index, step] of smallest.entries()) {
    if (step.step !== "together") continue;
    for (let kept = step.asked, place = kept.length - 1; place >= 0; place -= 1) {
      const asked = kept.toSpliced(place, 1);
      const smaller = smallest.with(index, { ...step, asked });
      if (await isEnough(smaller)) {
        smallest = smaller;
        kept = asked;
      }
    }
  }
  return smallest;
}
