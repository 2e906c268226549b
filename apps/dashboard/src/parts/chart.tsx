import { useEffect, useRef } from "react";
import uPlot from "uplot";

interface ChartProps {
  /** ISO 8601, when each bin begins. */
  readonly starts: readonly string[];
  readonly bin: "hour" | "day";
  /** For each group a figure for each bin: millionths of a US dollar, or calls. */
  readonly series: readonly (readonly number[])[];
  readonly isMoney: boolean;
}

const BIN_SECONDS = { hour: 3_600, day: 86_400 } as const;
const HEIGHT = 240;
const MICROS = 1_000_000;

const MONEY = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", notation: "compact" });
const COUNT = new Intl.NumberFormat("en-US", { notation: "compact" });

/** Bars that stand on each other: each is drawn from the ground up, those behind the higher ones first. */
function stacked(series: ChartProps["series"], unit: number): number[][] {
  const heights = series.map((values) => values.map((value) => value / unit));
  for (let index = heights.length - 2; index >= 0; index--) {
    const below = heights[index + 1] ?? [];
    heights[index] = heights[index]?.map((value, bin) => value + (below[bin] ?? 0)) ?? [];
  }
  return heights;
}

/** The page's own colours, which are others in the dark. */
function colourOf(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function optionsOf(element: HTMLElement, { bin, series, isMoney }: ChartProps): uPlot.Options {
  const probe = document.createElement("span");
  element.append(probe);
  const resolved = (name: string) => {
    probe.className = name;
    return colourOf(probe, "color");
  };
  const quiet = resolved("quiet");
  const bars = uPlot.paths.bars?.({ size: [0.75, 60], align: 1 });
  const axis = { stroke: quiet, grid: { stroke: resolved("line"), width: 1 }, ticks: { show: false } };
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    // Days are days of UTC.
    ...(bin === "day"
      ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") }
      : {}),
    scales: {
      // A bin is as wide as it lasts, the last one too.
      x: { range: (_plot, first, last) => [first, last + BIN_SECONDS[bin]] },
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.05 : 1] },
    },
    axes: [
      axis,
      {
        ...axis,
        size: 64,
        values: (_plot, values) => values.map((value) => (isMoney ? MONEY : COUNT).format(value)),
      },
    ],
    series: [
      {},
      ...series.map((_, index) => {
        const colour = resolved(`series-${index}`);
        return {
          fill: colour,
          stroke: colour,
          width: 0,
          points: { show: false },
          ...(bars && { paths: bars }),
        };
      }),
    ],
  };
  probe.remove();
  return options;
}

/** Figures over time. The table below it has the same in words, for those who do not see it. */
export default function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const { starts, series, isMoney } = props;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const at = starts.map((start) => Date.parse(start) / 1000);
    const data = [at, ...stacked(series, isMoney ? MICROS : 1)] as uPlot.AlignedData;
    let plot: uPlot | null = null;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(optionsOf(element, props), data, element);
    };
    const resized = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: HEIGHT }));
    const dark = matchMedia("(prefers-color-scheme: dark)");
    draw();
    resized.observe(element);
    dark.addEventListener("change", draw);
    return () => {
      dark.removeEventListener("change", draw);
      resized.disconnect();
      plot?.destroy();
    };
  });
  return <div ref={place} className="plot" aria-hidden="true" />;
}
