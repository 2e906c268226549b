import { dollars } from "../money.ts";

interface UsedProps {
  readonly name: string;
  readonly spent: number;
  readonly held: number;
  /** US dollars; null for none. */
  readonly cap: number | null;
}

/** A bar of what was spent and is held of a cap, and the same in figures. */
export function Used({ name, spent, held, cap }: UsedProps) {
  const used = spent + held;
  const heldWords = held > 0 ? `, of which ${dollars(held)} held` : "";
  const words = `${dollars(used)} ${cap === null ? "(no cap of its own)" : `of ${dollars(cap)}`}${heldWords}`;
  if (cap === null || cap === 0) return <span className="used">{words}</span>;
  return (
    <span className="used">
      <meter
        aria-label={`Used by ${name}`}
        min={0}
        max={cap}
        low={cap * 0.5}
        high={cap * 0.8}
        optimum={0}
        value={used}
      />{" "}
      {words}
    </span>
  );
}
