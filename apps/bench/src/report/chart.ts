import { type Spread, spreadOf } from "../measure/statistics.ts";
import { blocksOf, lineOf } from "./figures.ts";
import { OURS, type Report } from "./report.ts";

/** One bar: how fast a lane is as a part of the bare passthrough. */
export interface Bar {
  readonly group: string;
  readonly name: string;
  readonly ratio: Spread;
}

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 44;
const TOP = 44;
const BOTTOM = 40;
const PLOT_WIDTH = WIDTH - LEFT - 12;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
/** Told apart in both colour schemes and by people who see fewer colours (Okabe and Ito). */
const COLOURS = ["#d55e00", "#0072b2", "#009e73", "#cc79a7"];

/** The lanes of this checkout at every number of connections, pinned if that was measured. */
export function barsOf({ speed }: Report): readonly Bar[] {
  const [first] = speed;
  return blocksOf(speed.filter(({ placement }) => placement === first?.placement)).flatMap(
    ({ connections, series }) => {
      const bare = series.find(({ lane }) => lane === "bare") ?? null;
      return series
        .filter(({ target }) => target === OURS)
        .map((entry) => ({
          group: String(connections),
          name: entry.lane.slice(OURS.length + 1),
          ratio: lineOf(entry, bare).ratio ?? spreadOf([0]),
        }));
    },
  );
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** Bars in groups with the spread as a line on each, on a transparent ground. No user's text stands in it. */
export function chartSvg(bars: readonly Bar[]): string {
  const groups = unique(bars.map(({ group }) => group));
  const names = unique(bars.map(({ name }) => name));
  const top = Math.max(1, ...bars.map(({ ratio }) => ratio.max));
  const y = (ratio: number) => (TOP + PLOT_HEIGHT * (1 - ratio / top)).toFixed(1);
  const groupWidth = PLOT_WIDTH / groups.length;
  const barWidth = (groupWidth * 0.8) / names.length;
  const colour = (name: string) => COLOURS[names.indexOf(name) % COLOURS.length];

  const legend = names.map((name, index) => {
    const x = LEFT + index * 100;
    return `<rect x="${x}" y="10" width="12" height="12" fill="${colour(name)}"/><text x="${x + 18}" y="20">${name}</text>`;
  });
  const steps = Array.from({ length: Math.floor(top / 0.25) + 1 }, (_, index) => index * 0.25);
  const grid = steps.map(
    (step) =>
      `<line x1="${LEFT}" x2="${WIDTH - 12}" y1="${y(step)}" y2="${y(step)}" stroke-opacity="${step === 1 ? 1 : 0.25}"/>` +
      `<text x="${LEFT - 6}" y="${y(step)}" dy="4" text-anchor="end" stroke="none">${step}</text>`,
  );
  const drawn = bars.map(({ group, name, ratio }) => {
    const x = LEFT + groupWidth * (groups.indexOf(group) + 0.1) + barWidth * names.indexOf(name);
    const middle = (x + barWidth / 2).toFixed(1);
    const height = (PLOT_HEIGHT * ratio.median) / top;
    return (
      `<rect x="${x.toFixed(1)}" y="${y(ratio.median)}" width="${(barWidth * 0.9).toFixed(1)}" height="${height.toFixed(1)}" fill="${colour(name)}" stroke="none"/>` +
      `<line x1="${middle}" x2="${middle}" y1="${y(ratio.min)}" y2="${y(ratio.max)}"/>`
    );
  });
  const labels = groups.map(
    (group, index) =>
      `<text x="${(LEFT + groupWidth * (index + 0.5)).toFixed(1)}" y="${HEIGHT - 22}" text-anchor="middle">${group}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#888">
<title>Requests per second as a part of a bare passthrough, by connections</title>
${legend.join("\n")}
<g stroke="#888">
${grid.join("\n")}
${drawn.join("\n")}
</g>
${labels.join("\n")}
<text x="${LEFT + PLOT_WIDTH / 2}" y="${HEIGHT - 4}" text-anchor="middle">connections (1 = bare node:http + undici passthrough)</text>
</svg>
`;
}
