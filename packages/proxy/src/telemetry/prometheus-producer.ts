import { type HrTime, ValueType } from "@opentelemetry/api";
import { millisToHrTime } from "@opentelemetry/core";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";
import type { Families } from "./telemetry.ts";

/** The figures of /metrics for a collector: one source for both, under one name. */
export function prometheusProducer(read: () => Promise<Families>): MetricProducer {
  const startTime = millisToHrTime(performance.timeOrigin);
  return {
    async collect() {
      const times = { startTime, endTime: millisToHrTime(Date.now()) };
      const families = await read();
      const metrics = families.map((family) => metricOf(family, times)).filter((metric) => metric !== null);
      const scopeMetrics = [{ scope: { name: "keybrake" }, metrics }];
      return { resourceMetrics: { resource: resourceFromAttributes({}), scopeMetrics }, errors: [] };
    },
  };
}

type Family = Families[number];
type Times = { readonly startTime: HrTime; readonly endTime: HrTime };

function metricOf(family: Family, times: Times): MetricData | null {
  const { name, help } = family;
  const unit = /_(seconds|bytes|usd)(?:_total)?$/.exec(name)?.[1];
  const base = {
    descriptor: {
      name,
      description: help,
      // UCUM, as OpenTelemetry wants it; money has no unit there.
      unit: unit === undefined ? "" : ({ seconds: "s", bytes: "By", usd: "{USD}" }[unit] ?? ""),
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  // prom-client has its types as words at run time, whatever its own types say.
  switch (String(family.type)) {
    case "counter":
      return {
        ...base,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: points(family, times),
      };
    case "gauge":
      return { ...base, dataPointType: DataPointType.GAUGE, dataPoints: points(family, times) };
    case "histogram":
      return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(family, times) };
    default:
      return null;
  }
}

function points({ values }: Family, times: Times): DataPoint<number>[] {
  return values.map(({ value, labels }) => ({ ...times, attributes: labels, value }));
}

/** Prometheus counts what is at most a bound, OpenTelemetry what is between two. */
function histograms({ name, values }: Family, times: Times): DataPoint<Histogram>[] {
  const byLabels = new Map<string, { attributes: Family["values"][number]["labels"]; samples: Sample[] }>();
  for (const value of values as readonly (Family["values"][number] & { metricName?: string })[]) {
    const { le, ...attributes } = value.labels;
    const key = JSON.stringify(attributes);
    const entry = byLabels.get(key) ?? { attributes, samples: [] };
    byLabels.set(key, entry);
    entry.samples.push({ part: value.metricName?.slice(name.length + 1) ?? "", le, value: value.value });
  }
  return [...byLabels.values()].map(({ attributes, samples }) => ({
    ...times,
    attributes,
    value: histogramOf(samples),
  }));
}

interface Sample {
  /** `bucket`, `sum` or `count`. */
  readonly part: string;
  readonly le: string | number | undefined;
  readonly value: number;
}

function histogramOf(samples: readonly Sample[]): Histogram {
  const figure = (part: string) => samples.find((sample) => sample.part === part)?.value ?? 0;
  const buckets = samples.filter(({ part }) => part === "bucket");
  const counts = buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0));
  const boundaries = buckets.map(({ le }) => Number(le)).filter(Number.isFinite);
  return { buckets: { boundaries, counts }, sum: figure("sum"), count: figure("count") };
}
